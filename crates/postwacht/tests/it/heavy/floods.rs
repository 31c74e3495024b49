//! HTTP/2 floods: peers that send only control frames and no requests.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use testkit::{Node, eventually};

use crate::way::PATIENCE;

/// Size of a flood in bytes: more than a million of the shortest frames.
const FLOOD: usize = 32 << 20;
/// CPU time that a node may spend on one flood before it closes the connection.
const CPU_MAX: Duration = Duration::from_millis(500);

/// Builds an HTTP/2 frame (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

#[test]
fn flood_of_http2_frames_is_cut_off() {
    let place = tempfile::Builder::new().prefix("pw").tempdir_in("/tmp").unwrap();
    let mut node = Node::at(place.path());
    node.variable("POSTWACHT_TLS", "on");
    node.run();
    let address = format!("127.0.0.1:{}", node.url().rsplit(':').next().unwrap());
    for (name, frames) in [
        ("PRIORITY", frame(2, 0, 1, &[0, 0, 0, 3, 7])),
        ("WINDOW_UPDATE", frame(8, 0, 0, &[0, 0, 0, 1])),
        ("PING", frame(6, 0, 0, &[0; 8])),
        ("acknowledged PING", frame(6, 1, 0, &[0; 8])),
        ("SETTINGS", frame(4, 0, 0, &[])),
        ("unknown", frame(200, 0, 0, &[0; 4])),
        ("PRIORITY of many streams", (0..500_u32).flat_map(|n| frame(2, 0, 2 * n + 1, &[0, 0, 0, 0, 7])).collect()),
    ] {
        let before = node.usage().cpu;
        let mut client = Command::new("openssl");
        client.args(["s_client", "-quiet", "-alpn", "h2", "-connect", &address]);
        let mut client = client.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut input = client.stdin.take().unwrap();
        let mut opening = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        opening.extend(frame(4, 0, 0, &[]));
        let flood = frames.repeat((64 << 10) / frames.len() + 1);
        let sent = input.write_all(&opening).and_then(|()| (0..FLOOD / flood.len()).try_for_each(|_| input.write_all(&flood)));
        drop(input);
        eventually(&format!("{name}: the connection ends"), PATIENCE, || client.try_wait().unwrap());
        let cpu = node.usage().cpu.saturating_sub(before);
        println!("{name}: CPU {cpu:?}");
        assert!(sent.is_err() && cpu < CPU_MAX, "{name}: all taken: {}, CPU {cpu:?}", sent.is_ok());
    }
}
