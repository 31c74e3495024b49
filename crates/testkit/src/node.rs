//! A node as an operator has it: a process, a data directory, and the command line.

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::wait::eventually;

/// The longest wait for a node. A start takes milliseconds; a loaded machine needs more.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program under test. It is in the parent of the test's directory, or in the directory of a development tool.
pub fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let found = test.ancestors().skip(1).take(2).map(|dir| dir.join("postwacht")).find(|path| path.is_file());
    found.expect("postwacht is not built: cargo build --release --workspace --bins")
}

pub struct Output {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Output {
    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }
}

/// The resources that a process uses (proc(5)).
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Resident memory in MiB: now, and (`peak`) the most since the last [`Node::forget_peak`].
    pub resident: u64,
    pub peak: u64,
    pub cpu: Duration,
    pub descriptors: usize,
}

pub struct Node {
    pub dir: PathBuf,
    _place: Option<tempfile::TempDir>,
    child: Option<Child>,
    /// The socket for notifications to the service manager.
    manager: UnixDatagram,
    variables: Vec<(String, String)>,
    wrapper: Vec<String>,
    /// The data directory, if it is not the directory of sockets and log.
    data: Option<PathBuf>,
    serve_args: Vec<String>,
}

impl Node {
    /// Starts a node in a new temporary directory.
    pub fn start() -> Self {
        let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
        let mut node = Self::at(place.path());
        node._place = Some(place);
        node.run();
        node
    }

    /// A node in this directory, not yet started.
    pub fn at(dir: &Path) -> Self {
        let socket = dir.join("notify");
        drop(std::fs::remove_file(&socket));
        let manager = UnixDatagram::bind(&socket).unwrap();
        manager.set_nonblocking(true).unwrap();
        Self {
            dir: dir.to_owned(),
            _place: None,
            child: None,
            manager,
            variables: Vec::new(),
            wrapper: Vec::new(),
            data: None,
            serve_args: Vec::new(),
        }
    }

    /// Puts the data into another directory. Sockets, log and notifications stay if that directory goes.
    pub fn with_data_in(mut self, data: &Path) -> Self {
        self.data = Some(data.to_owned());
        self
    }

    pub fn data_dir(&self) -> &Path {
        self.data.as_deref().unwrap_or(&self.dir)
    }

    /// Sets the arguments of `serve` from the next start on.
    pub fn serve_with(&mut self, args: &[&str]) {
        self.serve_args = args.iter().map(|arg| (*arg).to_owned()).collect();
    }

    pub fn variable(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Runs the program under another program (`unshare …`).
    pub fn under(&mut self, wrapper: &[&str]) {
        self.wrapper = wrapper.iter().map(|word| (*word).to_owned()).collect();
    }

    pub fn command(&self) -> Command {
        let words: Vec<String> = self.wrapper.iter().cloned().chain([program().display().to_string()]).collect();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg("--data-dir").arg(self.data_dir());
        if self.data.is_some() {
            command.env("POSTWACHT_RUN_DIR", &self.dir);
        }
        // No fixed port: each node serves its pages on a free one.
        command
            .env("POSTWACHT_HTTP", "127.0.0.1:0")
            .env("POSTWACHT_PAIR", "127.0.0.1:0")
            .env_remove("LANG")
            .env_remove("LC_ALL")
            .env_remove("RUST_BACKTRACE")
            .envs(self.variables.iter().cloned());
        command
    }

    /// Starts the process without waiting. Its log goes to `DIR/log`.
    pub fn spawn(&mut self) {
        let log = std::fs::File::options().create(true).append(true).open(self.log_path()).unwrap();
        let mut command = self.command();
        command
            .arg("serve")
            .args(&self.serve_args)
            .env("NOTIFY_SOCKET", self.dir.join("notify"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        while self.told().is_some() {}
        self.child = Some(command.spawn().unwrap());
    }

    /// Starts the process and waits until it reports `READY=1`.
    pub fn run(&mut self) {
        self.spawn();
        eventually("READY=1", PATIENCE, || {
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().unwrap()) {
                panic!("the node ended: {status}\n{}", self.log());
            }
            self.told().filter(|told| told == "READY=1")
        });
    }

    fn log_path(&self) -> PathBuf {
        self.dir.join("log")
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// The URL of the pages, from the log of the last start: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        let log = self.log();
        let from = log.rfind("pages=\"http").map(|at| at + 7).expect("the log names the pages");
        log[from..].split('"').next().expect("a whole address").to_owned()
    }

    /// The link that the first start prints on the console.
    pub fn first_link(&self) -> String {
        let log = self.log();
        log.split_whitespace().find(|word| word.contains("/login/start/")).expect("the console names the link").to_owned()
    }

    /// The next notification to the service manager, if one has arrived.
    pub fn told(&self) -> Option<String> {
        let mut buffer = [0; 200];
        let n = self.manager.recv(&mut buffer).ok()?;
        Some(String::from_utf8_lossy(&buffer[..n]).into_owned())
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("the node runs").id()
    }

    pub fn usage(&self) -> Usage {
        let place = PathBuf::from(format!("/proc/{}", self.pid()));
        let text = |name: &str| std::fs::read_to_string(place.join(name)).unwrap();
        let status = text("status");
        let mib = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() >> 10
        };
        // Fields 14 and 15, in hundredths of a second (proc_pid_stat(5)). The name before them may hold any character.
        let stat = text("stat");
        let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        let ticks: u64 = fields[11..13].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
        let descriptors = std::fs::read_dir(place.join("fd")).unwrap().count();
        Usage { resident: mib("VmRSS:"), peak: mib("VmHWM:"), cpu: Duration::from_millis(ticks * 10), descriptors }
    }

    /// Resets the peak of resident memory (proc_pid_clear_refs(5)).
    pub fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.pid()), "5").unwrap();
    }

    /// Kills the process with SIGKILL: for the process, a power cut.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Waits for the end of the process. Returns its exit code, or `None` if a signal ended it or no process runs.
    pub fn wait(&mut self) -> Option<i32> {
        let mut child = self.child.take()?;
        eventually("the node ends", PATIENCE, || child.try_wait().unwrap()).code()
    }

    /// Stops the process with SIGTERM and waits for its end. Returns its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        let child = self.child.as_ref()?;
        let pid = rustix::process::Pid::from_child(child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.wait()
    }

    /// Runs a CLI command on this node.
    pub fn cli(&self, args: &[&str]) -> Output {
        self.cli_with(args, "")
    }

    pub fn cli_with(&self, args: &[&str], input: &str) -> Output {
        use std::io::Write;
        let mut command = self.command();
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that does not read its input may have ended already.
        drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Output { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Runs a CLI command that must succeed. Returns its JSON.
    pub fn json(&self, args: &[&str]) -> Value {
        self.json_of(args, 0)
    }

    /// Starts a CLI command without waiting for it.
    pub fn begin(&self, args: &[&str]) -> Child {
        let mut command = self.command();
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Submits `count` messages over the API with one curl process.
    pub fn send_many(&self, count: usize, to: &str, subject: &str) {
        let body = serde_json::json!({ "to": to, "subject": subject, "text": "Hi" }).to_string();
        let url = format!("http://localhost/api/v1/messages?n=[1-{count}]");
        let mut curl = Command::new("curl");
        curl.args(["-s", "-f", "-o", "/dev/null", "-H", "content-type: application/json", "-d", &body, "--unix-socket"]);
        assert!(curl.arg(self.dir.join("control.sock")).arg(url).status().unwrap().success());
    }

    /// Replaces the settings at `path` over the API, with the revision that is stored now.
    pub fn put(&self, path: &str, body: &Value) -> (u16, Value) {
        let revision = self.api("GET", path, &Value::Null).1["meta"]["revision"].to_string();
        self.ask("PUT", path, body, &["-H", &format!("if-match: \"r{revision}\"")])
    }

    /// Calls the API on the control socket. Returns status and JSON; status 0 means no answer.
    pub fn api(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.ask(method, path, body, &[])
    }

    /// Calls the API with one more header.
    pub fn api_with(&self, method: &str, path: &str, body: &Value, header: &str) -> (u16, Value) {
        self.ask(method, path, body, &["-H", header])
    }

    fn ask(&self, method: &str, path: &str, body: &Value, more: &[&str]) -> (u16, Value) {
        let mut curl = Command::new("curl");
        curl.args(more).args(["-s", "-w", "\n%{http_code}", "-X", method, "-H", "content-type: application/json"]);
        if !body.is_null() {
            curl.args(["-d", &body.to_string()]);
        }
        let url = format!("http://localhost/api/v1{path}");
        let output = curl.arg("--unix-socket").arg(self.dir.join("control.sock")).arg(url).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (body, status) = text.rsplit_once('\n').unwrap_or(("", "0"));
        (status.parse().unwrap(), serde_json::from_str(body).unwrap_or(Value::Null))
    }

    /// Runs a CLI command that must end with this exit code. Returns its JSON.
    pub fn json_of(&self, args: &[&str], code: i32) -> Value {
        let mut all = vec!["--json"];
        all.extend(args);
        let output = self.cli(&all);
        assert_eq!(output.code, code, "{args:?}: {}{}", output.out, output.err);
        output.json()
    }

    /// Imports settings, which must be valid.
    pub fn settings(&self, toml: &str) {
        let output = self.cli_with(&["settings", "import", "-"], toml);
        assert_eq!(output.code, 0, "{}{}", output.out, output.err);
    }

    /// Runs statements on the node's database from this process, a second one. SQLite before 3.51.3, as in Debian's tools,
    /// may damage a database that two processes checkpoint (<https://www.sqlite.org/wal.html#walresetbug>).
    pub fn sql(&self, statements: &str) {
        let connection = rusqlite::Connection::open(self.data_dir().join("postwacht.db")).unwrap();
        connection.busy_timeout(Duration::from_secs(30)).unwrap();
        connection.execute_batch(statements).unwrap();
    }

    /// Submits a message and returns its ID.
    pub fn send(&self, to: &[&str], subject: &str) -> String {
        let mut args = vec!["send", "--subject", subject, "--to"];
        args.extend(to);
        let output = self.cli(&args);
        assert_eq!(output.code, 0, "{}{}", output.out, output.err);
        output.out.trim().to_owned()
    }

    pub fn message(&self, id: &str) -> Value {
        self.json(&["queue", "show", id])
    }

    /// Waits until the message is in this state.
    pub fn becomes(&self, id: &str, state: &str) -> Value {
        eventually(&format!("{id} becomes {state}"), PATIENCE, || {
            let message = self.message(id);
            (message["state"] == state).then_some(message)
        })
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("log of the node:\n{}", self.log());
        }
        self.kill();
    }
}
