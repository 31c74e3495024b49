//! The settings of failover between their typed form and their values.

use std::net::IpAddr;
use std::time::Duration;

use api::failover::{NodeFailoverSettings, NodeIpSetting, PairFailoverSettings};
use failover::{NodeIp, NodePairSettings};
use model::audit::Difference;
use model::failover::{BackupSettings, ConflictResolution, LoneStart, PairSettings, TestTarget};
use model::settings::{Wrong, duration};

/// A field, and what is wrong with it.
type TypedFault = (String, Wrong);

/// Reads addresses. Fails with the position of the first that is none.
pub(super) fn ips(typed: &[String]) -> Result<Vec<IpAddr>, usize> {
    typed.iter().enumerate().map(|(at, ip)| ip.trim().parse().map_err(|_| at)).collect()
}

fn time(field: &str, typed: &str) -> Result<Duration, TypedFault> {
    duration(typed).ok_or_else(|| (field.to_owned(), Wrong::NotADuration { typed: typed.to_owned() }))
}

/// A time as it is typed: the largest unit that holds it whole.
fn typed(time: Duration) -> String {
    match (time.as_secs(), time.subsec_millis()) {
        (0, 0) => "0s".to_owned(),
        (seconds, 0) if seconds % 3600 == 0 => format!("{}h", seconds / 3600),
        (seconds, 0) if seconds % 60 == 0 => format!("{}m", seconds / 60),
        (seconds, 0) => format!("{seconds}s"),
        _ => format!("{}ms", time.as_millis()),
    }
}

pub(super) fn node_settings(new: &NodeFailoverSettings) -> Result<NodePairSettings, TypedFault> {
    let target = |(at, typed): (usize, &String)| {
        TestTarget::parse(typed).ok_or_else(|| (format!("test_ips[{at}]"), Wrong::NotAnIp { typed: typed.clone() }))
    };
    let ip = |(at, listed): (usize, &NodeIpSetting)| {
        let no_ip = |_| (format!("ips[{at}].ip"), Wrong::NotAnIp { typed: listed.ip.clone() });
        let ip: IpAddr = listed.ip.trim().parse().map_err(no_ip)?;
        if listed.interface.trim().is_empty() {
            return Err((format!("ips[{at}].interface"), Wrong::Required));
        }
        Ok((ip, NodeIp { interface: listed.interface.trim().to_owned(), is_enabled: listed.enabled }))
    };
    Ok(NodePairSettings {
        backup: BackupSettings {
            is_enabled: new.enabled,
            takes_over: new.automatic,
            primary_timeout: time("primary_timeout", &new.primary_timeout)?,
            test_ips: new.test_ips.iter().enumerate().map(target).collect::<Result<_, _>>()?,
            test_ips_min: new.test_ips_min,
        },
        ips: new.ips.iter().enumerate().map(ip).collect::<Result<_, _>>()?,
    })
}

pub(super) fn shown_node(settings: &NodePairSettings) -> NodeFailoverSettings {
    let backup = &settings.backup;
    let ip = |(ip, listed): (&IpAddr, &NodeIp)| NodeIpSetting {
        ip: ip.to_string(),
        interface: listed.interface.clone(),
        enabled: listed.is_enabled,
    };
    NodeFailoverSettings {
        enabled: backup.is_enabled,
        automatic: backup.takes_over,
        primary_timeout: typed(backup.primary_timeout),
        test_ips: backup.test_ips.iter().map(ToString::to_string).collect(),
        test_ips_min: backup.test_ips_min,
        ips: settings.ips.iter().map(ip).collect(),
    }
}

pub(super) fn pair_settings(new: &PairFailoverSettings) -> Result<PairSettings, TypedFault> {
    let word = |field: &str, typed: &str, allowed: &str| {
        (field.to_owned(), Wrong::NotOneOf { typed: typed.to_owned(), allowed: allowed.to_owned() })
    };
    let no_ip = |at: usize| (format!("shared_ips[{at}]"), Wrong::NotAnIp { typed: new.shared_ips[at].clone() });
    Ok(PairSettings {
        shared_ips: ips(&new.shared_ips).map_err(no_ip)?,
        probe_interval: time("probe_interval", &new.probe_interval)?,
        probe_timeout: time("probe_timeout", &new.probe_timeout)?,
        fail_rounds: new.fail_rounds,
        ok_rounds: new.ok_rounds,
        hostname_interval: time("hostname_interval", &new.hostname_interval)?,
        address_lifetime: time("address_lifetime", &new.address_lifetime)?,
        address_refresh: time("address_refresh", &new.address_refresh)?,
        startup_wait: time("startup_wait", &new.startup_wait)?,
        drain_timeout: time("drain_timeout", &new.drain_timeout)?,
        handover_timeout: time("handover_timeout", &new.handover_timeout)?,
        yield_grace: time("yield_grace", &new.yield_grace)?,
        flip_guard: time("flip_guard", &new.flip_guard)?,
        takeovers_max: new.takeovers_max,
        conflict: match new.conflict.as_str() {
            "highest-ballot" => ConflictResolution::HighestBallot,
            _ => return Err(word("conflict", &new.conflict, "highest-ballot")),
        },
        lone_start: match new.lone_start.as_str() {
            "resume" => LoneStart::Resume,
            "wait" => LoneStart::Wait,
            _ => return Err(word("lone_start", &new.lone_start, "resume, wait")),
        },
    })
}

pub(super) fn shown_pair(pair: &PairSettings) -> PairFailoverSettings {
    PairFailoverSettings {
        shared_ips: pair.shared_ips.iter().map(ToString::to_string).collect(),
        probe_interval: typed(pair.probe_interval),
        probe_timeout: typed(pair.probe_timeout),
        fail_rounds: pair.fail_rounds,
        ok_rounds: pair.ok_rounds,
        hostname_interval: typed(pair.hostname_interval),
        address_lifetime: typed(pair.address_lifetime),
        address_refresh: typed(pair.address_refresh),
        startup_wait: typed(pair.startup_wait),
        drain_timeout: typed(pair.drain_timeout),
        handover_timeout: typed(pair.handover_timeout),
        yield_grace: typed(pair.yield_grace),
        flip_guard: typed(pair.flip_guard),
        takeovers_max: pair.takeovers_max,
        conflict: match pair.conflict {
            ConflictResolution::HighestBallot => "highest-ballot",
            ConflictResolution::Manual => "manual",
        }
        .to_owned(),
        lone_start: match pair.lone_start {
            LoneStart::Resume => "resume",
            LoneStart::Wait => "wait",
        }
        .to_owned(),
    }
}

/// The settings that differ, for the audit log.
pub(super) fn changes(before: &impl serde::Serialize, after: &impl serde::Serialize) -> Vec<Difference> {
    let map = |settings: &serde_json::Value| settings.as_object().cloned().unwrap_or_default();
    let (before, after) = (serde_json::to_value(before).unwrap_or_default(), serde_json::to_value(after).unwrap_or_default());
    let (before, after) = (map(&before), map(&after));
    let text =
        |value: Option<&serde_json::Value>| value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    let differs = after.keys().filter(|key| before.get(*key) != after.get(*key));
    let difference =
        |key: &String| Difference { key: format!("failover.{key}"), before: text(before.get(key)), after: text(after.get(key)) };
    differs.map(difference).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_they_are_shown() {
        let pair = PairSettings {
            shared_ips: vec!["192.0.2.10".parse().unwrap(), "2001:db8::10".parse().unwrap()],
            probe_timeout: Duration::from_millis(1500),
            lone_start: LoneStart::Wait,
            ..PairSettings::default()
        };
        for pair in [PairSettings::default(), pair] {
            assert_eq!(pair_settings(&shown_pair(&pair)).ok(), Some(pair));
        }
        let backup = BackupSettings {
            takes_over: true,
            test_ips: vec![TestTarget::parse("192.0.2.1").unwrap(), TestTarget::parse("tcp://[2001:db8::1]:443").unwrap()],
            ..BackupSettings::default()
        };
        let ip = NodeIp { interface: "eth0".into(), is_enabled: false };
        let node = NodePairSettings { backup, ips: [("192.0.2.10".parse().unwrap(), ip)].into() };
        for node in [NodePairSettings::default(), node] {
            assert_eq!(node_settings(&shown_node(&node)).ok(), Some(node));
        }
    }

    #[test]
    fn bad_value_is_told_at_its_field() {
        let fault = |change: fn(&mut PairFailoverSettings)| {
            let mut shown = shown_pair(&PairSettings::default());
            change(&mut shown);
            pair_settings(&shown).err().map(|(field, _)| field)
        };
        assert_eq!(fault(|pair| pair.probe_interval = "soon".into()).as_deref(), Some("probe_interval"));
        assert_eq!(fault(|pair| pair.shared_ips = vec!["192.0.2.1".into(), "host".into()]).as_deref(), Some("shared_ips[1]"));
        assert_eq!(fault(|pair| pair.conflict = "first".into()).as_deref(), Some("conflict"));
        assert_eq!(fault(|pair| pair.lone_start = String::new()).as_deref(), Some("lone_start"));
    }
}
