//! A client that is generated from the OpenAPI document, compiled, and used against a node.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use testkit::{Node, eventually, npm};

use crate::way::{PATIENCE, Relay};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Runs a program of Node in this directory and returns its standard output.
fn run(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("node").current_dir(dir).args(args).output().unwrap();
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{args:?}: {out}{}", String::from_utf8_lossy(&output.stderr));
    out
}

#[test]
fn client_generated_from_openapi_document_works() {
    let node = Node::start();
    // Nothing listens at this port: the message stays in the queue.
    node.settings(&Relay::new(1, "none").toml());
    // As soon as the relay is held, no attempt is under way that a cancellation would have to wait for.
    node.send(&["bob@lab.test"], "first");
    eventually("the relay is held", PATIENCE, || {
        (node.cli(&["--json", "status"]).json()["relays"][0]["state"] != "open").then_some(())
    });
    let made = node.json(&["token", "create", "--scope", "administer", "--expires", "1d"]);
    let dir = tempfile::tempdir().unwrap();
    for file in ["client.ts", "tsconfig.json", "package.json"] {
        std::fs::copy(Path::new(ROOT).join("lab/client").join(file), dir.path().join(file)).unwrap();
    }
    symlink(npm(""), dir.path().join("node_modules")).unwrap();
    let (generator, compiler) = (npm("openapi-typescript/bin/cli.js"), npm("typescript/bin/tsc"));
    let document = Path::new(ROOT).join("docs/openapi.json").canonicalize().unwrap();
    run(dir.path(), &[generator.to_str().unwrap(), document.to_str().unwrap(), "--output", "schema.ts"]);
    run(dir.path(), &[compiler.to_str().unwrap(), "--project", "."]);
    let to = "carol@lab.test";
    let said = run(dir.path(), &["client.js", &node.url(), made["token"].as_str().unwrap(), to]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert!(said["health"] == "unproven" || said["health"] == "silent", "{said}");
    assert_eq!(
        (&said["relay"], &said["listed"], &said["subject"]),
        (&"main".into(), &true.into(), &"Generated".into()),
        "{said}"
    );
    assert_eq!((&said["recipients"][0], &said["touched"]), (&to.into(), &1.into()), "{said}");
    assert_eq!((&said["name"], &said["revision"]), (&"Generated".into(), &2.into()), "{said}");
    let incident = node.json(&["event", "show", &said["incident"].to_string()]);
    assert_eq!((&incident["code"], &incident["facts"]["n"]), (&"app.generated".into(), &"1".into()), "{incident}");
}
