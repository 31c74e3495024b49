//! The README's first command: `postwacht demo` runs without any configuration.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;

use testkit::{Chromium, eventually, program};

use crate::way::PATIENCE;

#[test]
#[ignore = "needs the lab"]
fn demo_delivers_mail_and_removes_its_directory() {
    let mut child =
        Command::new(program()).arg("demo").env("LC_ALL", "C").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (tell, told) = mpsc::channel();
    let out = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || out.lines().map_while(Result::ok).for_each(|line| drop(tell.send(line))));
    let mut seen = String::new();
    let mut until = |text: &str| {
        eventually(text, PATIENCE, || {
            while let Ok(line) = told.try_recv() {
                seen += &(line + "\n");
            }
            seen.contains(text).then_some(())
        });
        seen.clone()
    };
    let intro = until("Ctrl-C ends the demo");
    for stage in [
        "Resolve",
        "Connect",
        "Greeting",
        "EHLO",
        "Sender",
        "Recipient",
        "Data",
        "Final reply",
        "accepted by the relay",
        "[Demo] Test message",
    ] {
        assert!(intro.contains(stage), "{stage}:\n{intro}");
    }
    // Runs the printed command as a person would paste it.
    let command = intro.lines().find(|line| line.trim_end().ends_with("--subject Hi --wait")).unwrap().trim();
    let output = Command::new("sh").args(["-c", command]).env("LC_ALL", "C").output().unwrap();
    assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("accepted"), "{output:?}");
    until("<you@demo.example>");
    in_the_browser(&intro, command.split(" send ").next().unwrap());
    let dir = command.split("--data-dir ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    assert!(std::path::Path::new(&dir).exists());
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(!std::path::Path::new(&dir).exists(), "the throw-away directory is gone");
}

/// The printed link signs in. The mailbox shows each mail as mail programs do, and runs none of its scripts.
fn in_the_browser(intro: &str, command: &str) {
    let link = intro.split_whitespace().find(|word| word.contains("/login/start/")).expect("a link");
    let origin = link.split("/login/").next().unwrap();
    let html = "<h1>Hello</h1><script>parent.pwned=1</script><img src=x onerror=parent.pwned=1>";
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), html).unwrap();
    let send = format!(
        "echo Text | {command} send --to you@demo.example --subject 'Zoë' --body-file - --html {} --wait",
        file.path().display()
    );
    assert!(Command::new("sh").args(["-c", &send]).env("LC_ALL", "C").output().unwrap().status.success());
    let chromium = Chromium::start("en");
    chromium.go(link);
    chromium.click("button.main");
    eventually("signed in", PATIENCE, || chromium.source().contains("Signed in as demo").then_some(()));
    chromium.go(&format!("{origin}/demo/mailbox"));
    super::browser::well(&chromium, origin, "mailbox-en");
    chromium.click("tbody a");
    eventually("the newest mail", PATIENCE, || chromium.text().contains("Zoë").then_some(()));
    super::browser::well(&chromium, origin, "letter-en");
    assert!(chromium.text().contains("Text") && chromium.text().contains("Headers"));
    let framed = "const f = document.querySelector('iframe.letter'); return [f.getAttribute('sandbox'), f.contentDocument === null, window.pwned ?? null]";
    assert_eq!(chromium.run(framed), serde_json::json!(["", true, null]), "in a sandbox, of an origin of its own");
}
