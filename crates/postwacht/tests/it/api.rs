//! Tests the API against its OpenAPI document.

use std::process::Command;

use testkit::{Lab, Node, python};

use crate::way::Relay;

#[test]
#[ignore = "needs the lab"]
fn openapi_document_is_valid() {
    let check = "import json, sys; from openapi_spec_validator import validate; validate(json.load(open(sys.argv[1])))";
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let output = Command::new(python("python")).args(["-c", check, document]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Tests that fill a machine: one at a time (`.config/nextest.toml`).
mod heavy {
    use super::*;

    /// Schemathesis sends valid and invalid requests to every path of the document. Each answer must match the document, and none
    /// may be a server error.
    #[test]
    #[ignore = "needs the lab"]
    fn api_answers_match_the_openapi_document() {
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
}
