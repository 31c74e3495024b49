//! The relationship of a node as it is stored.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use model::Secret;
use model::failover::{PairMember, PairSettings};
use model::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::identity::{IdentityFault, KeyPin, PairIdentity};

/// The usual port of the peer protocol.
pub const PEER_PORT: u16 = 8874;
/// Time for which the former key of the peer is let in after a change of keys.
pub(crate) const KEY_OVERLAP: Duration = Duration::from_hours(24);
/// Most keys of a peer that are kept. A peer that changes its key more often waits for the end of the former ones.
const PINS_MAX: usize = 8;

/// Host and port of a node, as typed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PeerAddress {
    pub host: String,
    pub port: u16,
}

impl fmt::Display for PeerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl FromStr for PeerAddress {
    type Err = ();

    /// Reads `host`, `host:port`, `[address]:port` or an address.
    fn from_str(typed: &str) -> Result<Self, ()> {
        let typed = typed.trim();
        if let Ok(ip) = typed.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>() {
            return Ok(Self { host: ip.to_string(), port: PEER_PORT });
        }
        let (host, port) = match typed.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok().filter(|port| *port > 0).ok_or(())?),
            None => (typed, PEER_PORT),
        };
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        let is_host = !host.is_empty() && host.len() <= 253 && host.chars().all(is_name);
        // A colon is part of an IPv6 address only.
        let is_host = is_host && (!host.contains(':') || host.parse::<std::net::Ipv6Addr>().is_ok());
        is_host.then(|| Self { host: host.to_owned(), port }).ok_or(())
    }
}

/// The stage of a relationship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PairStage {
    /// The backup has agreed, and does not know yet whether the primary has made the pair.
    Prepared,
    Established,
}

/// A key of the peer, and the end of its use. `None`: no end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerPin {
    pub pin: KeyPin,
    pub until: Option<Timestamp>,
}

/// The other node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerRecord {
    pub node_id: String,
    pub name: String,
    pub address: PeerAddress,
    pub pins: Vec<PeerPin>,
}

/// The relationship of this node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relationship {
    /// Drawn by the primary. Every message names it.
    pub pair_id: String,
    pub me: PairMember,
    pub stage: PairStage,
    /// True once both nodes know that both have it.
    pub is_confirmed: bool,
    pub peer: PeerRecord,
    pub settings: PairSettings,
    pub since: Timestamp,
}

impl Relationship {
    /// The keys of the peer that are let in now.
    pub fn pins(&self, now: Timestamp) -> Vec<KeyPin> {
        let valid = self.peer.pins.iter().filter(|pin| pin.until.is_none_or(|until| now < until));
        valid.map(|pin| pin.pin.clone()).collect()
    }

    /// True if the peer, which shows this key, may change to `next`.
    pub(crate) fn may_change_key(&self, shown: &KeyPin, next: &KeyPin) -> bool {
        match self.peer.pins.as_slice() {
            pins @ [.., newest] if newest.pin == *shown => pins.len() < PINS_MAX,
            // It was told before, and not shown yet.
            [.., before, newest] => newest.pin == *next && before.pin == *shown && before.until.is_none(),
            _ => false,
        }
    }

    /// The peer has told a key that it will show. The keys before it stay: the peer may not learn that it was heard.
    pub(crate) fn take_pin(&mut self, pin: KeyPin, now: Timestamp) {
        self.peer.pins.retain(|known| known.until.is_none_or(|until| now < until));
        if !self.peer.pins.iter().any(|known| known.pin == pin) {
            self.peer.pins.push(PeerPin { pin, until: None });
        }
    }

    /// The peer has shown this key. Keys before it are let in for another day.
    pub(crate) fn note_shown(&mut self, shown: &KeyPin, now: Timestamp) {
        let older = self.peer.pins.iter().position(|known| known.pin == *shown).unwrap_or(0);
        for known in &mut self.peer.pins[..older] {
            known.until.get_or_insert(now + KEY_OVERLAP);
        }
    }
}

/// The keys of this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnKeys {
    pub(crate) shown: Arc<PairIdentity>,
    pub(crate) next: Option<NextKey>,
}

/// The key that this node will show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NextKey {
    pub(crate) identity: Arc<PairIdentity>,
    /// Once the peer shows this key of its own, it has stored the next key of this node. `None`: the peer was not told yet.
    pub(crate) after: Option<KeyPin>,
}

/// The form of the keys in the store, where they are sealed.
#[derive(Serialize, Deserialize)]
struct StoredKeys {
    shown: String,
    next: Option<(String, Option<KeyPin>)>,
}

impl OwnKeys {
    pub(crate) fn seal(&self) -> Result<Secret, serde_json::Error> {
        let text = |identity: &PairIdentity| identity.key().reveal().to_owned();
        let next = self.next.as_ref().map(|next| (text(&next.identity), next.after.clone()));
        serde_json::to_string(&StoredKeys { shown: text(&self.shown), next }).map(Secret::new)
    }

    pub(crate) fn read(sealed: &Secret) -> Result<Self, IdentityFault> {
        let stored: StoredKeys = serde_json::from_str(sealed.reveal()).map_err(|_| IdentityFault::unreadable())?;
        let read = |key: String| PairIdentity::of_key(&Secret::new(key)).map(Arc::new);
        let next = stored.next.map(|(key, after)| Ok(NextKey { identity: read(key)?, after })).transpose()?;
        Ok(Self { shown: read(stored.shown)?, next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_read_as_people_type_it() {
        let address = |host: &str, port: u16| Ok(PeerAddress { host: host.into(), port });
        for (typed, read) in [
            ("node-2.example.net", address("node-2.example.net", 8874)),
            (" node-2:9000 ", address("node-2", 9000)),
            ("192.0.2.2", address("192.0.2.2", 8874)),
            ("192.0.2.2:1", address("192.0.2.2", 1)),
            ("2001:db8::2", address("2001:db8::2", 8874)),
            ("[2001:db8::2]", address("2001:db8::2", 8874)),
            ("[2001:db8::2]:9000", address("2001:db8::2", 9000)),
            ("", Err(())),
            (":1", Err(())),
            ("host:", Err(())),
            ("host:0", Err(())),
            ("host:70000", Err(())),
            ("a:b:1", Err(())),
            ("https://host", Err(())),
            ("ho st", Err(())),
        ] {
            assert_eq!(typed.parse::<PeerAddress>(), read, "{typed}");
        }
        assert_eq!(PeerAddress { host: "2001:db8::2".into(), port: 1 }.to_string(), "[2001:db8::2]:1");
    }

    #[test]
    fn keys_are_read_as_they_were_stored() {
        let make = || Arc::new(PairIdentity::make().unwrap());
        let after = Some(make().pin().clone());
        for next in [None, Some(NextKey { identity: make(), after: None }), Some(NextKey { identity: make(), after })] {
            let keys = OwnKeys { shown: make(), next };
            assert_eq!(OwnKeys::read(&keys.seal().unwrap()).unwrap(), keys);
        }
        assert!(OwnKeys::read(&Secret::new("{}")).is_err());
    }

    #[test]
    fn former_key_of_the_peer_ends_after_a_day() {
        let pin = || PairIdentity::make().unwrap().pin().clone();
        let (first, second, third) = (pin(), pin(), pin());
        let begun = Timestamp::from_secs(1_000_000);
        let mut pair = Relationship {
            pair_id: "p".into(),
            me: PairMember::First,
            stage: PairStage::Established,
            is_confirmed: true,
            peer: PeerRecord {
                node_id: "n".into(),
                name: "node-2".into(),
                address: PeerAddress { host: "h".into(), port: 1 },
                pins: vec![PeerPin { pin: first.clone(), until: None }],
            },
            settings: PairSettings::default(),
            since: begun,
        };
        assert!(pair.may_change_key(&first, &second) && !pair.may_change_key(&second, &third));
        pair.take_pin(second.clone(), begun);
        assert!(pair.may_change_key(&first, &second), "the change was interrupted");
        assert!(!pair.may_change_key(&first, &third), "another key than the one that was told");
        pair.note_shown(&first, begun);
        assert_eq!(pair.pins(begun + KEY_OVERLAP), [first.clone(), second.clone()], "the peer has not shown the second");
        let later = begun + KEY_OVERLAP;
        pair.note_shown(&second, later);
        pair.note_shown(&second, later + Duration::from_secs(1));
        pair.take_pin(second.clone(), later + Duration::from_secs(1));
        assert_eq!(pair.peer.pins[0].until, Some(later + KEY_OVERLAP), "a second message does not extend the time");
        assert_eq!(pair.pins(later), [first.clone(), second.clone()]);
        pair.note_shown(&first, later);
        assert_eq!(pair.peer.pins[1].until, None, "a delayed message does not end a newer key");
        assert!(!pair.may_change_key(&first, &second) && pair.may_change_key(&second, &third), "a former key changes nothing");
        let last = later + KEY_OVERLAP;
        assert_eq!(pair.pins(last), std::slice::from_ref(&second));
        pair.take_pin(third.clone(), last);
        assert_eq!(pair.pins(last), [second, third]);
        assert_eq!(pair.peer.pins.len(), 2, "a key that has ended is forgotten");
    }
}
