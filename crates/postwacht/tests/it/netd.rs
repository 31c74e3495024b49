//! The network helper on a real kernel: hosts in network namespaces on one switch. Addresses have their real lifetimes.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use model::failover::{Ballot, BootTime, PairMember};
use netd::{Mac, NetdCall, NetdFault, NetdMessage, NetdReply, NetdRequest, NetworkSnapshot, PlacedIp};
use testkit::{NetworkBench, eventually, holds_for, program};

const SHARED: &str = "10.77.0.100";
const SHARED_V6: &str = "fd77::100";
const PATIENCE: Duration = Duration::from_secs(15);

fn ballot(term: u64) -> Ballot {
    Ballot { term, member: PairMember::First }
}

fn placed(ip: &str) -> PlacedIp {
    PlacedIp { ip: ip.parse().unwrap(), interface: "eth0".into() }
}

/// The time of the machine in this many milliseconds.
fn soon(ms: u64) -> BootTime {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    BootTime(u64::try_from(now.tv_sec * 1000 + now.tv_nsec / 1_000_000).unwrap() + ms)
}

fn set(term: u64, ips: &[&str], lifetime_ms: u64) -> NetdRequest {
    NetdRequest::Set { ballot: ballot(term), addresses: ips.iter().map(|ip| placed(ip)).collect(), until: soon(lifetime_ms) }
}

/// A helper on a host of the bench.
struct RunningHelper {
    child: Child,
    socket: PathBuf,
    _place: tempfile::TempDir,
}

impl RunningHelper {
    fn start(bench: &NetworkBench, host: &str) -> Self {
        let place = tempfile::Builder::new().prefix("pwnetd").tempdir_in("/tmp").unwrap();
        let socket = place.path().join("netd.sock");
        let child = Self::spawn(bench, host, &socket);
        Self { child, socket, _place: place }
    }

    fn spawn(bench: &NetworkBench, host: &str, socket: &Path) -> Child {
        let mut command = bench.command(host, program());
        command.args(["netd", "--socket"]).arg(socket).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts again after [`Self::kill`].
    fn restart(&mut self, bench: &NetworkBench, host: &str) {
        self.child = Self::spawn(bench, host, &self.socket);
    }

    /// A connection, once the helper listens.
    fn stream(&self) -> UnixStream {
        let stream = eventually("the helper listens", PATIENCE, || UnixStream::connect(&self.socket).ok());
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    fn connect(&self) -> Link {
        let stream = self.stream();
        let mut link = Link { reader: BufReader::new(stream.try_clone().unwrap()), stream, number: 0, reports: Vec::new() };
        // The former connection's addresses are gone when this is answered.
        link.snapshot();
        link
    }
}

impl Drop for RunningHelper {
    fn drop(&mut self) {
        // It may have been killed already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The node's end of the socket.
struct Link {
    stream: UnixStream,
    reader: BufReader<UnixStream>,
    number: u64,
    reports: Vec<NetdMessage>,
}

impl Link {
    fn ask(&mut self, request: NetdRequest) -> Result<NetdReply, NetdFault> {
        self.number += 1;
        let mut line = serde_json::to_vec(&NetdCall { id: self.number, request }).unwrap();
        line.push(b'\n');
        self.stream.write_all(&line).unwrap();
        loop {
            match self.read() {
                NetdMessage::Reply { id, result } if id == self.number => return result,
                NetdMessage::Reply { .. } => {}
                report => self.reports.push(report),
            }
        }
    }

    fn read(&mut self) -> NetdMessage {
        let mut line = String::new();
        self.reader.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// Waits for a report that fits.
    fn report<T>(&mut self, fits: impl Fn(&NetdMessage) -> Option<T>) -> T {
        loop {
            if let Some(found) = self.reports.drain(..).find_map(|report| fits(&report)) {
                return found;
            }
            let next = self.read();
            self.reports.push(next);
        }
    }

    fn snapshot(&mut self) -> NetworkSnapshot {
        let reply = self.ask(NetdRequest::Snapshot);
        let Ok(NetdReply::Snapshot(snapshot)) = reply else { panic!("{reply:?}") };
        snapshot
    }

    fn holder(&mut self, ip: &str) -> Result<Option<Mac>, NetdFault> {
        match self.ask(NetdRequest::Check { address: placed(ip) }) {
            Ok(NetdReply::Checked { taken }) => Ok(taken),
            Ok(other) => panic!("{other:?}"),
            Err(fault) => Err(fault),
        }
    }
}

fn has(bench: &NetworkBench, host: &str, ip: &str) -> bool {
    bench.ip(host, "-o addr show dev eth0").contains(&format!(" {ip}/"))
}

/// The node and its helper are both killed: nobody is left who could remove the addresses, and the kernel does.
#[test]
#[ignore = "needs the lab"]
fn kernel_drops_addresses_of_a_dead_helper() {
    let Some(bench) = NetworkBench::new(&["a", "client"]) else { return };
    let mut helper = RunningHelper::start(&bench, "a");
    let mut link = helper.connect();
    assert_eq!(link.ask(set(1, &[SHARED, SHARED_V6], 3000)), Ok(NetdReply::Done));
    assert!(bench.pings("client", SHARED) && bench.pings("client", SHARED_V6));
    let shown = bench.ip("a", "-d -o addr show dev eth0");
    assert!(shown.contains("10.77.0.100/32") && shown.contains("fd77::100/128"), "alone, without their network: {shown}");
    helper.kill();
    drop(link);
    // The kernel counts whole seconds, and may be a second late.
    eventually("both addresses are gone", Duration::from_millis(5500), || {
        (!has(&bench, "a", SHARED) && !has(&bench, "a", SHARED_V6)).then_some(())
    });
    assert!(has(&bench, "a", "10.77.0.1"), "the node's own address stays");
}

#[test]
#[ignore = "needs the lab"]
fn addresses_last_only_while_the_node_renews_them() {
    let Some(bench) = NetworkBench::new(&["a"]) else { return };
    let helper = RunningHelper::start(&bench, "a");
    let mut link = helper.connect();
    holds_for("renewed each look, it stays longer than its lifetime", Duration::from_secs(4), || {
        link.ask(set(1, &[SHARED], 2000)) == Ok(NetdReply::Done) && has(&bench, "a", SHARED)
    });
    // The helper runs, and does not renew by itself.
    eventually("gone without the node", Duration::from_millis(4500), || (!has(&bench, "a", SHARED)).then_some(()));
    assert_eq!(link.snapshot().ours().count(), 0);
}

#[test]
#[ignore = "needs the lab"]
fn earlier_ballot_and_wrong_request_change_nothing() {
    let Some(bench) = NetworkBench::new(&["a"]) else { return };
    let helper = RunningHelper::start(&bench, "a");
    let mut link = helper.connect();
    assert_eq!(link.ask(set(5, &[SHARED], 60_000)), Ok(NetdReply::Done));
    assert_eq!(link.ask(set(4, &["10.77.0.101"], 60_000)), Err(NetdFault::StaleBallot { highest: ballot(5) }));
    let stale = link.ask(set(4, &[SHARED], 300_000));
    assert_eq!(stale, Err(NetdFault::StaleBallot { highest: ballot(5) }), "not even a renewal");
    let on = |interface: &str, ip: &str| NetdRequest::Set {
        ballot: ballot(6),
        addresses: vec![PlacedIp { ip: ip.parse().unwrap(), interface: interface.into() }],
        until: soon(60_000),
    };
    assert_eq!(link.ask(on("eth7", "10.77.0.101")), Err(NetdFault::NoInterface { interface: "eth7".into() }));
    assert_eq!(link.ask(on("eth0", "10.77.0.1")), Err(NetdFault::OwnAddress { ip: [10, 77, 0, 1].into() }));
    for (request, words) in [
        (on("eth0", "127.0.0.1"), "the address of every machine itself"),
        (on("eth0", "224.0.0.1"), "no address of one host"),
        (on("eth0", "fe80::1"), "one link only"),
        (on("../eth0", "10.77.0.101"), "not the name of an interface"),
        (set(6, &["10.77.0.101"], 310_000), "a lifetime is at most 300 s"),
        (set(6, &["10.77.0.101"; 9], 60_000), "more than 8 addresses"),
    ] {
        let refused = link.ask(request);
        assert!(matches!(&refused, Err(NetdFault::Invalid { what }) if what.contains(words)), "{words}: {refused:?}");
    }
    // The request may have waited: the time that is left counts when the address is set.
    for late in [0, 900] {
        assert_eq!(link.ask(set(6, &[SHARED], late)), Err(NetdFault::Late));
    }
    let ours = |link: &mut Link| link.snapshot().ours().map(|address| address.ip.to_string()).collect::<Vec<_>>();
    assert_eq!(ours(&mut link), [SHARED]);
    assert_eq!(link.ask(set(6, &["10.77.0.101", SHARED_V6], 60_000)), Ok(NetdReply::Done));
    assert_eq!(ours(&mut link), ["10.77.0.101", SHARED_V6], "what the request does not name is gone");
    assert_eq!(link.ask(NetdRequest::RemoveAll), Ok(NetdReply::Done));
    assert!(ours(&mut link).is_empty() && has(&bench, "a", "10.77.0.1"));
}

/// Nothing of an earlier process stays: neither after a crash of the helper, nor after one of the node.
#[test]
#[ignore = "needs the lab"]
fn start_and_new_connection_begin_without_addresses() {
    let Some(bench) = NetworkBench::new(&["a"]) else { return };
    let mut helper = RunningHelper::start(&bench, "a");
    let mut link = helper.connect();
    assert_eq!(link.ask(set(1, &[SHARED, SHARED_V6], 300_000)), Ok(NetdReply::Done));
    helper.kill();
    assert!(has(&bench, "a", SHARED), "its lifetime has not ended");
    helper.restart(&bench, "a");
    // The test opens no connection here: the start itself must remove them.
    eventually("the new helper removes them", PATIENCE, || {
        (!has(&bench, "a", SHARED) && !has(&bench, "a", SHARED_V6)).then_some(())
    });
    let mut link = helper.connect();
    assert_eq!(link.ask(set(2, &[SHARED], 300_000)), Ok(NetdReply::Done));
    let mut next = helper.connect();
    assert!(!has(&bench, "a", SHARED), "the new connection removed it");
    // Requests that the former connection had sent before it was replaced change nothing.
    let late = serde_json::to_string(&NetdCall { id: 99, request: set(9, &[SHARED], 60_000) }).unwrap();
    drop(link.stream.write_all(format!("{late}\n").as_bytes()));
    let mut line = String::new();
    while link.reader.read_line(&mut line).unwrap_or(0) > 0 {}
    assert!(!has(&bench, "a", SHARED));
    assert_eq!(next.ask(set(1, &[SHARED], 1000)), Err(NetdFault::StaleBallot { highest: ballot(2) }), "the ballot is remembered");
}

#[test]
#[ignore = "needs the lab"]
fn check_finds_the_device_that_has_an_address() {
    let Some(bench) = NetworkBench::new(&["a", "b"]) else { return };
    let helper = RunningHelper::start(&bench, "a");
    let mut link = helper.connect();
    let other: Mac = bench.mac("b").parse().unwrap();
    assert_eq!((link.holder(SHARED), link.holder(SHARED_V6)), (Ok(None), Ok(None)));
    bench.ip("b", &format!("addr add {SHARED}/32 dev eth0"));
    bench.ip("b", &format!("addr add {SHARED_V6}/128 dev eth0 nodad"));
    assert_eq!((link.holder(SHARED), link.holder(SHARED_V6)), (Ok(Some(other)), Ok(Some(other))));
    assert_eq!(link.ask(set(1, &[SHARED], 60_000)), Ok(NetdReply::Done), "the node decides, not the helper");
    bench.ip("switch", &format!("link set {} down", bench.port("a")));
    let no_link = Err(NetdFault::NoLink { interface: "eth0".into() });
    eventually("the carrier is lost", PATIENCE, || (link.holder(SHARED) == no_link).then_some(()));
    bench.ip("a", "link set eth0 down");
    assert_eq!(link.holder(SHARED), no_link);
}

/// The client has the address of the former holder in its table. The announcement replaces it at once.
#[test]
#[ignore = "needs the lab"]
fn announcement_moves_the_clients() {
    let Some(bench) = NetworkBench::new(&["a", "b", "client"]) else { return };
    let (first, second) = (RunningHelper::start(&bench, "a"), RunningHelper::start(&bench, "b"));
    let (mut first, mut second) = (first.connect(), second.connect());
    let all = [SHARED, SHARED_V6];
    assert_eq!(first.ask(set(1, &all, 60_000)), Ok(NetdReply::Done));
    assert!(all.iter().all(|ip| bench.pings("client", ip)));
    assert!(all.iter().all(|ip| bench.neighbour("client", ip) == Some(bench.mac("a"))));
    assert_eq!(first.ask(NetdRequest::RemoveAll), Ok(NetdReply::Done));
    assert_eq!(second.ask(set(2, &all, 60_000)), Ok(NetdReply::Done));
    assert!(all.iter().all(|ip| bench.neighbour("client", ip) == Some(bench.mac("a"))), "the client does not know yet");
    assert_eq!(second.ask(NetdRequest::Announce { addresses: all.map(placed).to_vec() }), Ok(NetdReply::Done));
    assert!(all.iter().all(|ip| bench.neighbour("client", ip) == Some(bench.mac("b"))));
    assert!(all.iter().all(|ip| bench.pings("client", ip)));
}

#[test]
#[ignore = "needs the lab"]
fn changes_and_conflicts_are_reported() {
    let Some(bench) = NetworkBench::new(&["a", "client"]) else { return };
    let helper = RunningHelper::start(&bench, "a");
    let mut link = helper.connect();
    assert_eq!(link.ask(set(1, &[SHARED], 60_000)), Ok(NetdReply::Done));
    let changed = |message: &NetdMessage| if let NetdMessage::Changed(now) = message { Some(now.clone()) } else { None };
    let present = |ip: &'static str| move |now: &NetworkSnapshot| now.ours().any(|address| address.ip.to_string() == ip);
    link.report(|message| changed(message).filter(present(SHARED)));
    bench.ip("a", &format!("addr del {SHARED}/32 dev eth0"));
    link.report(|message| changed(message).filter(|now| !present(SHARED)(now)));
    bench.ip("switch", &format!("link set {} down", bench.port("a")));
    link.report(|message| changed(message).filter(|now| !now.link("eth0").unwrap().works()));
    bench.ip("switch", &format!("link set {} up", bench.port("a")));
    link.report(|message| changed(message).filter(|now| now.link("eth0").unwrap().works()));
    assert_eq!(link.ask(set(1, &[SHARED], 60_000)), Ok(NetdReply::Done));
    // Another device takes the address and says so.
    bench.ip("client", &format!("addr add {SHARED}/32 dev eth0"));
    let mut arping = bench.command("client", "arping");
    arping.args(["-q", "-c", "2", "-A", "-I", "eth0", SHARED]).stdout(Stdio::null());
    assert!(arping.status().unwrap().success());
    let conflict = |message: &NetdMessage| if let NetdMessage::Conflict { ip, mac } = message { Some((*ip, *mac)) } else { None };
    assert_eq!(link.report(conflict), (SHARED.parse().unwrap(), bench.mac("client").parse().unwrap()));
    assert!(has(&bench, "a", SHARED), "a frame can be forged: it removes nothing");
}

#[test]
#[ignore = "needs the lab"]
fn ping_tells_who_answers() {
    let Some(bench) = NetworkBench::new(&["a", "gateway"]) else { return };
    let helper = RunningHelper::start(&bench, "a");
    let mut link = helper.connect();
    let mut ping = |ip: &str| link.ask(NetdRequest::Ping { ip: ip.parse().unwrap(), timeout_ms: 400 });
    for ip in ["10.77.0.2", "fd77::2", "10.77.0.1"] {
        assert!(matches!(ping(ip), Ok(NetdReply::Pong { micros }) if micros > 0), "{ip}");
    }
    for ip in ["10.77.0.9", "fd77::9"] {
        let none = ping(ip);
        assert!(matches!(none, Err(NetdFault::Timeout | NetdFault::System { .. })), "{ip}: {none:?}");
    }
    let elsewhere = ping("192.0.2.1");
    assert!(matches!(&elsewhere, Err(NetdFault::System { error, .. }) if error.contains("unreachable")), "{elsewhere:?}");
}

/// The helper has two capabilities, and cannot get another.
#[test]
#[ignore = "needs the lab"]
fn helper_keeps_two_capabilities_and_gets_no_more() {
    let Some(bench) = NetworkBench::new(&["a"]) else { return };
    let helper = RunningHelper::start(&bench, "a");
    drop(helper.connect());
    let status = std::fs::read_to_string(format!("/proc/{}/status", helper.child.id())).unwrap();
    let of = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    // capabilities(7): CAP_NET_ADMIN is 12, CAP_NET_RAW is 13.
    for set in ["CapEff:", "CapPrm:", "CapBnd:"] {
        assert_eq!(of(set), "0000000000003000", "{set}");
    }
    for set in ["CapInh:", "CapAmb:"] {
        assert_eq!(of(set), "0000000000000000", "{set}");
    }
    assert_eq!(of("NoNewPrivs:"), "1");
    let without = bench
        .command("a", "setpriv")
        .args(["--bounding-set=-net_raw", "--"])
        .arg(program())
        .args(["netd", "--socket"])
        .arg(helper.socket.with_extension("other"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&without.stderr).into_owned();
    assert!(!without.status.success() && said.contains("CAP_NET_RAW"), "{said}");
}

#[test]
#[ignore = "needs the lab"]
fn rubbish_ends_the_connection_and_not_the_helper() {
    let Some(bench) = NetworkBench::new(&["a"]) else { return };
    let helper = RunningHelper::start(&bench, "a");
    let mut rubbish: Vec<Vec<u8>> = [
        "hello\n",
        "{}\n",
        "{\"id\":1}\n",
        "{\"id\":1,\"request\":{\"set-route\":{}}}\n",
        "{\"id\":-1,\"request\":\"snapshot\"}\n",
        "\n",
        "\u{0}\n",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    rubbish.push(vec![b'x'; 200_000]);
    rubbish.push([vec![b'['; 60_000], vec![b'\n']].concat());
    for bytes in rubbish {
        let mut stream = helper.stream();
        // The helper may close before it has read everything.
        drop(stream.write_all(&bytes));
        let mut line = String::new();
        let ended = BufReader::new(stream).read_line(&mut line);
        assert!(matches!(ended, Ok(0) | Err(_)), "{:?}: {line}", String::from_utf8_lossy(&bytes[..bytes.len().min(40)]));
    }
    let mut link = helper.connect();
    assert_eq!(link.ask(set(1, &[SHARED], 60_000)), Ok(NetdReply::Done));
    let second = bench.command("a", program()).args(["netd", "--socket"]).arg(&helper.socket).output().unwrap();
    assert!(String::from_utf8_lossy(&second.stderr).contains("another helper listens here"), "{second:?}");
    assert_eq!(link.snapshot().ours().count(), 1, "the second start has not disturbed the first");
}
