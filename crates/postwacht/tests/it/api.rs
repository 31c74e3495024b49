//! The API's document against the API: what it says is what is answered, whatever is asked.

use std::process::Command;

use testkit::{Lab, Node, python};

use crate::way::Relay;

#[test]
fn the_document_is_valid_openapi() {
    let check = "import json, sys; from openapi_spec_validator import validate; validate(json.load(open(sys.argv[1])))";
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let output = Command::new(python("python")).args(["-c", check, document]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Schemathesis asks every path for what the document allows and for what it does not.
#[test]
fn heavy_whatever_is_asked_is_answered_as_documented_and_never_by_a_fault_of_ours() {
    let (lab, node) = (Lab::get(), Node::start());
    node.settings(&Relay::new(lab.postfix(0), "none").toml());
    let made = node.json(&["token", "create", "--scope", "administer", "--expires", "1d"]);
    let bearer = format!("Authorization: Bearer {}", made["token"].as_str().unwrap());
    let checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
    let output = Command::new(python("schemathesis"))
        .current_dir(&node.dir)
        .args(["run", &format!("{}/api/v1/openapi.json", node.url()), "-H", &bearer, "--checks", checks])
        .args(["--max-examples", "40", "--generation-deterministic", "--no-color"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("Test cases:"), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(!node.log().contains("panicked"), "{}", node.log());
}
