//! Making a pair: who is let in, what is checked, and what a lost connection or rubbish leaves.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn pair_is_made_once_and_survives_a_restart() {
    let (primary, backup) = paired().await;
    assert!(agree(&primary, &backup) && !backup.service.is_invited());
    let (ours, theirs) = (primary.service.relationship().unwrap(), backup.service.relationship().unwrap());
    assert_eq!(ours.peer.node_id, backup.store.node_id());
    assert_eq!(theirs.peer.node_id, primary.store.node_id());
    assert_eq!((theirs.peer.address, theirs.settings), (primary.address(), PairSettings::default()));
    for node in [&primary, &backup] {
        assert!(matches!(node.service.invite(&whole()), Err(PairFault::Paired)));
        node.reaches_its_peer().await.unwrap();
    }
    let code = PairingCode::draw();
    let again = primary.service.establish(request(&primary, backup.address(), &code), &whole()).await;
    assert!(matches!(again, Err(PairFault::Paired)), "{again:?}");
    let (primary, backup) = (primary.restart().await, backup.restart().await);
    assert_eq!(primary.service.relationship(), Some(ours));
    assert!(agree(&primary, &backup));
    primary.reaches_its_peer().await.unwrap();
    backup.reaches_its_peer().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_pair() {
    let (primary, backup) = paired().await;
    let operator = Actor { name: "op".into(), role: Role::Operator };
    let request = request(&primary, backup.address(), &PairingCode::draw());
    let refused = [
        primary.service.establish(request, &operator).await.err(),
        primary.service.invite(&operator).err(),
        primary.service.invite_with(&Secret::new("x".repeat(20)), &operator).await.err(),
        primary.service.disinvite(&operator).err(),
        primary.service.change_keys(&operator).await.err(),
        primary.service.break_up(BreakMode::Force, &operator).await.err(),
    ];
    assert!(refused.iter().all(|fault| matches!(fault, Some(PairFault::Forbidden(_)))), "{refused:?}");
    assert!(agree(&primary, &backup) && primary.service.relationship().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_make_the_code_void() {
    let (primary, backup) = (PairingNode::start().await, PairingNode::start().await);
    let call = async |code: &PairingCode| primary.service.establish(request(&primary, backup.address(), code), &whole()).await;
    let uninvited = call(&PairingCode::draw()).await.unwrap_err();
    assert!(matches!(uninvited, PairFault::NotThePeer(_)), "a stranger learns nothing: {uninvited}");
    let code = backup.service.invite(&whole()).unwrap().code;
    for left in (0..TRIES).rev() {
        let fault = call(&PairingCode::draw()).await.unwrap_err();
        assert!(matches!(fault, PairFault::Refused(PeerRefusal::WrongSecret { left: Some(n) }) if n == left), "{fault:?}");
    }
    let void = call(&code).await.unwrap_err();
    assert!(matches!(void, PairFault::NotThePeer(_)), "{void:?}");
    assert!(!backup.service.is_invited() && backup.service.relationship().is_none());
    let code = backup.service.invite(&whole()).unwrap().code;
    call(&code).await.unwrap();
    assert!(agree(&primary, &backup));
}

#[tokio::test(flavor = "multi_thread")]
async fn pre_shared_key_pairs_without_a_person() {
    let (primary, backup) = (PairingNode::start().await, PairingNode::start().await);
    let key = Secret::new("a key that both nodes have");
    backup.service.invite_with(&key, &whole()).await.unwrap();
    let short = backup.service.invite_with(&Secret::new("short"), &whole()).await.unwrap_err();
    assert!(matches!(short, PairFault::Secret(SecretFault::TooShort(5))), "{short:?}");
    let secret = PairingSecret::of_pre_shared(&key).unwrap();
    let request = EstablishRequest { secret, ..request(&primary, backup.address(), &PairingCode::draw()) };
    primary.service.establish(request, &whole()).await.unwrap();
    assert!(agree(&primary, &backup));
}

/// An attacker between the nodes has keys of his own, and passes every message on.
#[tokio::test(flavor = "multi_thread")]
async fn man_in_the_middle_is_found_out() {
    let (primary, backup) = (PairingNode::start().await, PairingNode::start().await);
    let code = backup.service.invite(&whole()).unwrap().code;
    let middle = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = PeerAddress { host: "127.0.0.1".into(), port: middle.local_addr().unwrap().port() };
    let target = backup.address();
    tokio::spawn(async move {
        let identity = PairIdentity::make().unwrap();
        let (stream, _) = middle.accept().await.unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(server(&identity, PeerKeys::Any).unwrap());
        let mut near = acceptor.accept(stream).await.unwrap();
        let mut far = dial_at(&target, &identity, PeerKeys::Any, "").await.unwrap();
        drop(tokio::io::copy_bidirectional(&mut near, &mut far).await);
    });
    let fault = primary.service.establish(request(&primary, address, &code), &whole()).await.unwrap_err();
    assert!(matches!(fault, PairFault::Refused(PeerRefusal::WrongSecret { left: Some(4) })), "{fault:?}");
    assert!(primary.service.relationship().is_none() && backup.service.relationship().is_none());
}

/// A listener that does not know the code answers with rubbish, or sends the caller's own proof back.
#[tokio::test(flavor = "multi_thread")]
async fn impostor_is_found_out() {
    let primary = PairingNode::start().await;
    for sends_back in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = PeerAddress { host: "127.0.0.1".into(), port: listener.local_addr().unwrap().port() };
        tokio::spawn(async move {
            let identity = PairIdentity::make().unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = tokio_rustls::TlsAcceptor::from(server(&identity, PeerKeys::Any).unwrap());
            let stream = acceptor.accept(stream).await.unwrap();
            let connection = stream.get_ref().1;
            let channel = channel(connection, shown(connection).unwrap(), identity.pin().clone()).unwrap();
            let mut frames = Frames::new(stream);
            let hello: PairingHello = frames.receive().await.unwrap();
            let guess = PairingSecret::of_code(&PairingCode::draw()).prove(&channel, PairingSide::Listener);
            let proof = if sends_back { hello.proof } else { guess };
            frames.send(&Welcome::Known(proof)).await.unwrap();
            drop(frames.receive::<serde_json::Value>().await);
        });
        let fault = primary.service.establish(request(&primary, address, &PairingCode::draw()), &whole()).await.unwrap_err();
        assert!(matches!(fault, PairFault::Impostor), "{fault:?}");
    }
}

/// Each check that is bad names itself, nothing is changed, and the code can be used again.
#[tokio::test(flavor = "multi_thread")]
async fn bad_checks_change_nothing() {
    let (primary, backup) = (PairingNode::start().await, PairingNode::start().await);
    let code = backup.service.invite(&whole()).unwrap().code;
    backup.clock.step(Duration::from_secs(31));
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let reverse = PeerAddress { host: silent.ip().to_string(), port: silent.port() };
    let shared = PairSettings { shared_ips: vec!["203.0.113.77".parse().unwrap()], ..PairSettings::default() };
    let bad = EstablishRequest { reverse, settings: shared, ..request(&primary, backup.address(), &code) };
    let PairFault::Checks(checks) = primary.service.establish(bad, &whole()).await.unwrap_err() else { panic!("no checks") };
    let failed: Vec<PairCheck> =
        checks.iter().filter(|checked| checked.result == PairCheckResult::Bad).map(|checked| checked.check).collect();
    assert_eq!(failed, [PairCheck::Clock, PairCheck::Reverse, PairCheck::SharedIps]);
    assert_eq!(checks.len(), PairCheck::ALL.len());
    assert!(agree(&primary, &backup) && backup.service.relationship().is_none() && backup.service.is_invited());
    primary.clock.step(Duration::from_secs(31));
    primary.service.establish(request(&primary, backup.address(), &code), &whole()).await.unwrap();
    assert!(agree(&primary, &backup));
}

/// The connection is lost after any number of bytes, and one node or both restart. Afterwards both agree.
#[tokio::test(flavor = "multi_thread")]
async fn lost_connection_at_any_byte_leaves_both_agreed() {
    let whole_length = {
        let (primary, backup) = (PairingNode::start().await, PairingNode::start().await);
        let proxy = CuttingProxy::to(&backup).await;
        let code = backup.service.invite(&whole()).unwrap().code;
        primary.service.establish(request(&primary, proxy.peer(), &code), &whole()).await.unwrap();
        proxy.used()
    };
    let (mut made, mut not_made) = (0, 0);
    // The last bytes decide. Before them, the steps are larger.
    let late = (whole_length - 1200).max(0)..whole_length;
    let cuts = (0..late.start).step_by(701).chain(late.step_by(61));
    for (at, cut) in cuts.enumerate() {
        let (mut primary, mut backup) = (PairingNode::start().await, PairingNode::start().await);
        let proxy = CuttingProxy::to(&backup).await;
        proxy.allow(cut);
        let code = backup.service.invite(&whole()).unwrap().code;
        let said = primary.service.establish(request(&primary, proxy.peer(), &code), &whole()).await;
        proxy.allow(i64::MAX);
        if at % 2 == 0 {
            backup = backup.restart().await;
        }
        if at % 4 == 0 && said.is_ok() {
            primary = primary.restart().await;
        }
        // The backup may be at work still: it asks again, as the node does.
        let settling = async {
            loop {
                for node in [&backup, &primary] {
                    if let Err(fault) = node.service.settle().await {
                        assert!(matches!(fault, PairFault::NotThePeer(_) | PairFault::Unreachable(_)), "cut at {cut}: {fault:?}");
                    }
                }
                let is_idle = !backup.service.lock().is_answering;
                if is_idle && agree(&primary, &backup) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let settled = tokio::time::timeout(Duration::from_secs(30), settling).await;
        let pairs = || (primary.service.relationship(), backup.service.relationship());
        assert!(settled.is_ok(), "cut at {cut} of {whole_length}: {said:?}, {:#?}", pairs());
        match primary.service.relationship() {
            Some(_) => made += 1,
            None => not_made += 1,
        }
    }
    assert!(made > 0 && not_made > 0, "made {made}, not made {not_made}");
}

/// Strangers hold every place that they can get. The peer is answered all the same.
#[tokio::test(flavor = "multi_thread")]
async fn strangers_take_no_place_of_the_peer() {
    let (primary, backup) = paired().await;
    let from = |last: u8| std::net::IpAddr::from([127, 0, 0, last]);
    assert!(backup.service.lock().peer_ips.contains(&from(1)), "the peer was met at its address");
    let mut held = Vec::new();
    for _ in 0..40 {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(from(9), 0)).unwrap();
        held.push(socket.connect(SocketAddr::new(from(1), backup.port)).await.unwrap());
    }
    primary.reaches_its_peer().await.unwrap();
}

/// Strangers, rubbish and silence at the port do no harm.
#[tokio::test(flavor = "multi_thread")]
async fn rubbish_at_the_port_does_no_harm() {
    let (primary, backup) = paired().await;
    let pair_id = backup.service.relationship().unwrap().pair_id;
    let stranger = PairIdentity::make().unwrap();
    for keys in [PeerKeys::Any, PeerKeys::Pinned(backup.service.relationship().unwrap().pins(backup.clock.now()))] {
        let mut ended = dial_at(&backup.address(), &stranger, keys, &pair_id).await;
        // With TLS 1.3 a refused client learns it from the first answer.
        if let Ok(stream) = &mut ended {
            let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut [0; 10])).await.unwrap();
            assert!(!matches!(read, Ok(1..)), "a stranger is answered");
        }
    }
    let plain: [&[u8]; 4] = [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", &[0xff; 5000], b""];
    for bytes in plain {
        let mut stream = TcpStream::connect(("127.0.0.1", backup.port)).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut said = Vec::new();
        drop(stream.read_to_end(&mut said).await);
        assert!(said.len() < 64, "an alert at most");
    }
    // The peer itself sends what no node of ours sends.
    let (identity, pins) = {
        let state = primary.service.lock();
        let pair = state.book.pair.as_ref().unwrap();
        (Arc::clone(&pair.keys.shown), pair.relationship.pins(primary.clock.now()))
    };
    for line in [vec![b'x'; LINE_MAX + 5000], b"{}\n".to_vec(), b"{\"pair_id\":\"\",\"asks\":\"hello\",\"more\":1}\n".to_vec()] {
        let mut stream = dial_at(&backup.address(), &identity, PeerKeys::Pinned(pins.clone()), &pair_id).await.unwrap();
        drop(stream.write_all(&line).await);
        let mut said = Vec::new();
        drop(stream.read_to_end(&mut said).await);
        assert_eq!(String::from_utf8_lossy(&said), "");
    }
    primary.reaches_its_peer().await.unwrap();
    backup.reaches_its_peer().await.unwrap();
    let resumes = client(&identity, PeerKeys::Any).unwrap();
    assert!(!resumes.enable_early_data);
    assert_eq!(PROTOCOL, 1);
}

/// Without a task that keeps the port, tests open their own. With one, the port is open while it is needed.
#[tokio::test(flavor = "multi_thread")]
async fn port_is_open_only_while_it_is_needed() {
    let node = PairingNode::start().await;
    let (stop, stopped) = watch::channel(false);
    let keeping = tokio::spawn(keep_port(Arc::clone(&node.service), "127.0.0.1:0".parse().unwrap(), stopped));
    let mut port = node.service.port.subscribe();
    port.wait_for(|port| *port == Some(super::port::PortState::Closed)).await.unwrap();
    node.service.invite(&whole()).unwrap();
    node.service.port_is_open().await.unwrap();
    let Some(super::port::PortState::Open(address)) = port.borrow().clone() else { panic!("it is open") };
    TcpStream::connect(address).await.unwrap();
    node.service.disinvite(&whole()).unwrap();
    port.wait_for(|port| *port == Some(super::port::PortState::Closed)).await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
    stop.send(true).unwrap();
    keeping.await.unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (_stop, stopped) = watch::channel(false);
    tokio::spawn(keep_port(Arc::clone(&node.service), taken.local_addr().unwrap(), stopped));
    port.wait_for(|port| *port == Some(super::port::PortState::Closed)).await.unwrap();
    node.service.invite(&whole()).unwrap();
    let failed = node.service.port_is_open().await;
    assert!(matches!(failed, Err(PairFault::Port(_))), "{failed:?}");
}
