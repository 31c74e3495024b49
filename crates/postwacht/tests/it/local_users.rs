//! Another user of this machine can submit mail and nothing else. Runs as root, as `./test` does.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::{Node, Output};

use crate::way::Relay;

/// UID and GID of Debian's unprivileged user.
const NOBODY: u32 = 65_534;

/// A node that makes the directory of its sockets, as it does by default. Also holds a copy of the program that every user
/// may run.
struct LocalUsersScene {
    node: Node,
    program: PathBuf,
    place: tempfile::TempDir,
}

fn scene(run_dir: &str) -> LocalUsersScene {
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let (data, program) = (place.path().join("data"), place.path().join("postwacht"));
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700)).unwrap();
    std::fs::copy(testkit::program(), &program).unwrap();
    let mut node = Node::at(&data);
    node.variable("POSTWACHT_RUN_DIR", place.path().join(run_dir).to_str().unwrap());
    node.run();
    node.settings(&Relay::new(1, "none").toml());
    LocalUsersScene { node, program, place }
}

impl LocalUsersScene {
    /// Runs a command as another user.
    fn as_nobody(&self, run_dir: &str, args: &[&str]) -> Output {
        let mut command = Command::new(&self.program);
        command.arg("--data-dir").arg(&self.node.dir).args(args).current_dir("/").env("LC_ALL", "C");
        command.env("POSTWACHT_RUN_DIR", self.place.path().join(run_dir)).uid(NOBODY).gid(NOBODY);
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Output { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Sends a request with curl as another user. Returns the HTTP status, or 000 without a connection.
    fn curl_as_nobody(&self, socket: &Path, path: &str, body: &str) -> String {
        let mut curl = Command::new("curl");
        curl.args(["-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "content-type: application/json", "-d", body]);
        curl.arg("--unix-socket").arg(socket).arg(format!("http://localhost/api/v1{path}"));
        let output = curl.current_dir("/").uid(NOBODY).gid(NOBODY).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

#[test]
fn other_user_submits_mail_and_nothing_else() {
    for run_dir in ["run", "made/on/the/way"] {
        let mut scene = scene(run_dir);
        let run = scene.place.path().join(run_dir);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&run), mode(&scene.node.dir)), (0o755, 0o700));
        let mail = r#"{"to":"bob@lab.test","subject":"from nobody"}"#;
        assert_eq!(scene.curl_as_nobody(&run.join("submit.sock"), "/messages", mail), "201");
        assert_eq!(scene.curl_as_nobody(&run.join("control.sock"), "/messages", mail), "000", "not even connected");
        let sent = scene.as_nobody(run_dir, &["send", "--to", "bob@lab.test", "--subject", "by the command"]);
        assert_eq!(sent.code, 0, "{}", sent.err);
        assert_eq!(scene.node.message(sent.out.trim())["app"], "local:nobody", "{}", scene.node.message(sent.out.trim()));
        for args in [&["status"][..], &["queue", "list"], &["send", "--wait", "--to", "bob@lab.test", "--subject", "x"]] {
            let refused = scene.as_nobody(run_dir, args);
            assert!(refused.code == 4 && refused.err.contains("postwacht-admin"), "{args:?}: {}{}", refused.out, refused.err);
        }
        for name in ["key", "postwacht.db", "lock", "."] {
            let read = Command::new("cat").arg(scene.node.dir.join(name)).uid(NOBODY).gid(NOBODY).output().unwrap();
            assert!(!read.status.success(), "{name}");
        }
        scene.node.stop();
    }
}

#[test]
fn closed_directory_keeps_its_mode_and_is_logged() {
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let inner = place.path().join("made");
    let mut node = Node::at(place.path());
    node.variable("POSTWACHT_RUN_DIR", inner.to_str().unwrap());
    node.run();
    assert_eq!(std::fs::metadata(place.path()).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(node.log().contains(&format!("{} is closed to other users", place.path().display())), "{}", node.log());
    node.stop();
}
