use super::*;

const START: Timestamp = Timestamp::EPOCH;
const SECOND: Duration = Duration::from_secs(1);

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));
const MY_BROWSER: Device = Device::Known(DeviceId::new([1; 16]));
const OTHER_BROWSER: Device = Device::Known(DeviceId::new([2; 16]));

fn minutes(n: u64) -> Timestamp {
    START + Duration::from_mins(n)
}

impl Guessing {
    /// Tries a wrong password. `Ok`: it was tried and answered as wrong. `Err`: it was slowed down, with the seconds to wait.
    fn fail(&self, name: &str, address: IpAddr, device: Device, now: Timestamp) -> Result<(), u64> {
        let attempt = self.begin(name, address, device, now)?;
        attempt.wait.map_or(Ok(()), Err)
    }

    /// Tries the right password.
    fn succeed(&self, name: &str, address: IpAddr, device: Device, now: Timestamp) -> Result<(), u64> {
        self.begin(name, address, device, now).map(Attempt::succeed)
    }

    fn fail_often(&self, name: &str, address: IpAddr, device: Device) -> usize {
        (0..50).filter(|_| self.fail(name, address, device, START).is_ok()).count()
    }
}

#[test]
fn stranger_waits_by_name_and_address_until_forgiven() {
    let guessing = Guessing::default();
    for _ in 0..3 {
        assert_eq!(guessing.fail("jo", HERE, Device::Stranger, START), Ok(()));
    }
    assert_eq!(guessing.fail("JO", THERE, Device::Stranger, START), Err(2), "the name, from anywhere");
    assert_eq!(guessing.fail("ann", HERE, Device::Stranger, START), Err(2), "the address, for any name");
    assert_eq!(guessing.fail("ann", THERE, Device::Stranger, START), Ok(()));
    assert_eq!(guessing.succeed("jo", HERE, Device::Stranger, START + SECOND), Ok(()));
    assert_eq!(guessing.fail("jo", THERE, Device::Stranger, START + SECOND), Ok(()));
    assert_eq!(guessing.fail("ann", HERE, Device::Stranger, START + FORGET + SECOND), Ok(()));
}

#[test]
fn invented_names_lock_no_owner_out_at_their_address() {
    let guessing = Guessing::default();
    for n in 0..9 {
        drop(guessing.begin(&format!("nobody{n}"), HERE, Device::Stranger, START));
    }
    assert!(guessing.fail("nobody9", HERE, Device::Stranger, START).is_err(), "the address is over its limit");
    assert_eq!(guessing.succeed("ann", HERE, Device::Stranger, START), Ok(()), "the right password, from a new browser");
    assert_eq!(guessing.succeed("jo", HERE, MY_BROWSER, START), Ok(()), "and from a known one");
}

#[test]
fn address_over_its_limit_tries_one_password_at_a_time() {
    let guessing = Guessing::default();
    (0..9).for_each(|n| drop(guessing.begin(&format!("nobody{n}"), HERE, Device::Stranger, START)));
    let first = guessing.begin("ann", HERE, Device::Stranger, START).expect("tried");
    assert!(guessing.begin("jo", HERE, Device::Stranger, START).is_err(), "a second one would keep the processor busy");
    assert!(guessing.begin("jo", HERE, MY_BROWSER, START).is_ok(), "a known device is not held up");
    assert!(guessing.begin("jo", THERE, Device::Stranger, START).is_ok(), "nor another address");
    drop(first);
    assert!(guessing.begin("ann", HERE, Device::Stranger, START).is_ok());
}

#[test]
fn known_device_is_not_slowed_by_strangers() {
    let guessing = Guessing::default();
    guessing.fail_often("jo", HERE, Device::Stranger);
    guessing.fail_often("jo", THERE, OTHER_BROWSER);
    assert!(guessing.succeed("jo", HERE, Device::Stranger, START).is_err(), "the name is locked for strangers");
    assert_eq!(guessing.succeed("jo", HERE, MY_BROWSER, START), Ok(()));
}

#[test]
fn known_device_guesses_no_faster_than_a_stranger() {
    let guessing = Guessing::default();
    assert_eq!(guessing.fail_often("jo", HERE, MY_BROWSER), 3);
    assert_eq!(guessing.fail_often("jo", THERE, MY_BROWSER), 0, "from another address neither");
    assert_eq!(guessing.fail_often("jo", HERE, OTHER_BROWSER), 3, "each device has a count of its own");
    assert_eq!(guessing.fail_often("jo", HERE, Device::Stranger), 3, "and strangers have theirs");
}

#[test]
fn owner_on_a_known_device_forgives_no_stranger() {
    let guessing = Guessing::default();
    guessing.fail_often("jo", THERE, Device::Stranger);
    assert_eq!(guessing.succeed("jo", HERE, MY_BROWSER, START), Ok(()));
    assert!(guessing.fail("jo", THERE, Device::Stranger, START).is_err());
    assert!(guessing.fail("jo", HERE, Device::Stranger, START).is_err(), "nor one who shares the address");
}

#[test]
fn name_guessed_elsewhere_comes_in_where_it_did_before() {
    let guessing = Guessing::default();
    assert_eq!(guessing.succeed("jo", HERE, Device::Stranger, START), Ok(()));
    assert_eq!(guessing.fail_often("jo", THERE, Device::Stranger), 3);
    assert_eq!(guessing.fail("jo", HERE, Device::Stranger, START), Ok(()), "at home");
    assert_eq!(guessing.fail_often("jo", HERE, Device::Stranger), 2, "and there, too, guessing is slowed down");
}

#[test]
fn attempts_at_once_all_count() {
    let guessing = Guessing::default();
    for device in [Device::Stranger, MY_BROWSER] {
        let begun: Vec<_> = (0..150).filter_map(|_| guessing.begin("jo", HERE, device, START).ok()).collect();
        assert_eq!(begun.len(), 3, "none of them has been answered yet");
    }
}

#[test]
fn addresses_of_one_network_count_together() {
    let guessing = Guessing::default();
    let address = |text: &str| text.parse::<IpAddr>().expect("an address");
    for n in 0..3 {
        drop(guessing.begin(&format!("nobody{n}"), address(&format!("2001:db8::{n}")), Device::Stranger, START));
    }
    assert!(guessing.fail("x", address("2001:db8::ffff:1"), Device::Stranger, START).is_err());
    assert!(guessing.fail("y", address("2001:db8:0:1::1"), Device::Stranger, START).is_ok());
    (0..12).for_each(|n| drop(guessing.begin("a b c", address("2001:db8:1::1"), Device::Stranger, minutes(n * 10))));
    assert!(guessing.blocked(minutes(110)).is_empty() || guessing.blocked(minutes(110))[0].0 == "a b c");
    assert_eq!(SourceNetwork::of(address("2001:db8:1:2:3::4")).to_string(), "2001:db8:1:2::/64");
    assert_eq!(SourceNetwork::of(address("::ffff:192.0.2.1")).to_string(), "192.0.2.1");
}

#[test]
fn report_names_the_account_and_the_address() {
    let guessing = Guessing::default();
    for n in 0..12 {
        drop(guessing.begin("Jo Doe", HERE, Device::Stranger, minutes(n * 5)));
    }
    assert_eq!(guessing.blocked(minutes(55)), [("jo doe".to_owned(), "192.0.2.1".to_owned(), 12)]);
}

#[test]
fn invented_names_neither_fill_the_memory_nor_free_a_name() {
    for failures_each in [1, 4, 8] {
        let guessing = Guessing::default();
        let mut counts = lock(&guessing.counts);
        for _ in 0..9 {
            counts.fail(FailureKey::Name("jo".into()), START);
        }
        for n in 0..30_000 {
            for _ in 0..failures_each {
                counts.fail(FailureKey::Name(format!("name{n}")), START);
            }
            assert!(counts.counts.len() <= COUNTS_MAX, "{failures_each}");
        }
        assert!(counts.must_wait(&FailureKey::Name("jo".into()), START).is_err(), "{failures_each}");
    }
}

#[test]
fn counts_that_are_all_alike_are_bounded_too() {
    let mut counts = Counts::default();
    for n in 0..COUNTS_MAX + 1 {
        counts.fail(FailureKey::Name(format!("name{n}")), START);
    }
    assert_eq!(counts.counts.len(), COUNTS_KEPT + 1);
}
