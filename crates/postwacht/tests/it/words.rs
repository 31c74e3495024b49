//! The command line in both languages.

use testkit::Node;

#[test]
fn help_and_errors_use_the_environment_language() {
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    let mut node = Node::at(place.path());
    assert!(node.cli(&["--help"]).out.contains("Usage:"));
    let english = node.cli(&["status"]);
    assert!(
        english.code == 4 && english.err.contains("No node can be reached") && english.err.contains("→ Start it"),
        "{}",
        english.err
    );
    node.variable("LC_ALL", "nl_NL.UTF-8");
    let help = node.cli(&["queue", "--help"]).out;
    assert!(
        help.contains("Gebruik:") && help.contains("Opdrachten") && help.contains("Vastgehouden berichten vrijgeven"),
        "{help}"
    );
    assert!(node.cli(&["status"]).err.contains("Hier is geen node bereikbaar"));
}
