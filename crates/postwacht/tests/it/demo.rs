//! The README's first command: the main job, working, without any set-up.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;

use testkit::{eventually, program};

use crate::way::PATIENCE;

#[test]
fn the_demo_shows_the_main_job_and_leaves_nothing_behind() {
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
        "Accepted",
        "accepted by the relay",
        "[Demo] Test message",
    ] {
        assert!(intro.contains(stage), "{stage}:\n{intro}");
    }
    // The printed command, as a person would paste it.
    let command = intro.lines().find(|line| line.trim_end().ends_with("--subject Hi --wait")).unwrap().trim();
    let output = Command::new("sh").args(["-c", command]).env("LC_ALL", "C").output().unwrap();
    assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("accepted"), "{output:?}");
    until("<you@demo.example>");
    let dir = command.split("--data-dir ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    assert!(std::path::Path::new(&dir).exists());
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(!std::path::Path::new(&dir).exists(), "the throw-away directory is gone");
}
