//! Schedule of the daily notice: one for each local date on which the node runs within its window, never two.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::time::Timestamp;

/// Time after the set hour within which a running node sends the notice.
pub const WINDOW: Duration = Duration::from_hours(6);
/// Most missed dates that a notice names. It names the newest.
pub const MISSED_MAX: usize = 31;
/// Settled dates that [`due_notice`] needs to be right. The node keeps more.
pub const SETTLED_DATES: usize = 40;

/// A daily notice that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDaily {
    pub date: Date,
    /// Earlier dates without a notice, the oldest first.
    pub missed: Vec<Date>,
}

/// Start of a date's window. An hour that the clocks skip counts as the hour after the gap. An hour that they repeat counts
/// as the first (RFC 5545 §3.3.5).
fn window_start(date: Date, at: Time, zone: &TimeZone) -> Option<Timestamp> {
    Some(zone.to_ambiguous_zoned(date.to_datetime(at)).compatible().ok()?.timestamp().into())
}

/// The local date. `None` for a time beyond the calendar.
fn date_at(now: Timestamp, zone: &TimeZone) -> Option<Date> {
    Some(jiff::Timestamp::try_from(now).ok()?.to_zoned(zone.clone()).date())
}

/// Today's date, if its window has passed.
pub fn window_passed(now: Timestamp, zone: &TimeZone, at: Time) -> Option<Date> {
    let today = date_at(now, zone)?;
    window_start(today, at, zone).is_some_and(|start| start + WINDOW < now).then_some(today)
}

/// The notice due at `now`. `settled` holds the dates that need no notice (any more).
pub fn due_notice(now: Timestamp, zone: &TimeZone, at: Time, settled: &BTreeSet<Date>) -> Option<DueDaily> {
    let today = date_at(now, zone)?;
    // A window may reach past midnight.
    let dates = [today.yesterday().ok(), Some(today)];
    let date = dates
        .into_iter()
        .flatten()
        .filter(|date| !settled.contains(date))
        .find(|date| window_start(*date, at, zone).is_some_and(|start| start <= now && now.since(start) <= WINDOW))?;
    let before = settled.range(..date).next_back().copied();
    let mut missed: Vec<Date> = std::iter::successors(date.yesterday().ok(), |date| date.yesterday().ok())
        .take_while(|missed| before.is_some_and(|before| *missed > before))
        .take(MISSED_MAX)
        .collect();
    missed.reverse();
    Some(DueDaily { date, missed })
}

/// Time for which a notice has been due that was not made. `None` if none is due.
pub fn overdue(now: Timestamp, zone: &TimeZone, at: Time, settled: &BTreeSet<Date>) -> Option<Duration> {
    let start = window_start(due_notice(now, zone, at, settled)?.date, at, zone)?;
    Some(now.since(start))
}

/// Time of the next check: the next start of a window whose date needs a notice.
pub fn next_check(now: Timestamp, zone: &TimeZone, at: Time, settled: &BTreeSet<Date>) -> Option<Timestamp> {
    let today = date_at(now, zone)?;
    let days = std::iter::successors(Some(today), |date| date.tomorrow().ok()).take(4);
    days.filter(|date| !settled.contains(date)).filter_map(|date| window_start(date, at, zone)).find(|start| *start > now)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn dates(all: &[&str]) -> BTreeSet<Date> {
        all.iter().map(|date| date.parse().unwrap()).collect()
    }

    /// The notice is due from the set hour on for six hours. After that the next notice names the date as missed.
    #[test]
    fn daily_notice_is_due_for_six_hours_then_missed() {
        let (zone, eight) = (zone("Europe/Amsterdam"), Time::constant(8, 0, 0, 0));
        let settled = dates(&["2026-01-09"]);
        let ask = |now: &str| due_notice(at(now), &zone, eight, &settled);
        assert_eq!(ask("2026-01-10T06:59:59Z"), None);
        assert_eq!(ask("2026-01-10T07:00:00Z").unwrap().missed, []);
        assert!(ask("2026-01-10T13:00:00Z").is_some());
        assert_eq!(ask("2026-01-10T13:00:01Z"), None);
        let late = ask("2026-01-12T09:00:00Z").unwrap();
        assert_eq!(late.missed, Vec::from_iter(dates(&["2026-01-10", "2026-01-11"])));
        assert_eq!(next_check(at("2026-01-10T13:00:01Z"), &zone, eight, &settled), Some(at("2026-01-11T07:00:00Z")));
        assert_eq!(
            due_notice(at("2026-01-12T09:00:00Z"), &zone, eight, &BTreeSet::new()).unwrap().missed,
            [],
            "the first one ever"
        );
    }

    #[test]
    fn unmade_notice_is_overdue_within_its_window() {
        let (zone, eight, late) = (zone("Europe/Amsterdam"), Time::constant(8, 0, 0, 0), Duration::from_hours(2));
        let settled = dates(&["2026-01-09"]);
        let ask = |now: &str| overdue(at(now), &zone, eight, &settled).is_some_and(|overdue| overdue > late);
        assert_eq!(
            ["06:00", "08:59", "09:01", "12:59"].map(|time| ask(&format!("2026-01-10T{time}:00Z"))),
            [false, false, true, true]
        );
        assert_eq!(overdue(at("2026-01-10T12:00:00Z"), &zone, eight, &dates(&["2026-01-10"])), None);
    }

    #[test]
    fn window_past_midnight_belongs_to_previous_day() {
        let (zone, late) = (zone("UTC"), Time::constant(22, 30, 0, 0));
        let found = due_notice(at("2026-01-11T03:00:00Z"), &zone, late, &dates(&["2026-01-09"])).unwrap();
        assert_eq!(found.date, "2026-01-10".parse().unwrap());
    }

    #[test]
    fn skipped_or_repeated_hour_gives_one_notice() {
        let (zone, skipped) = (zone("Europe/Amsterdam"), Time::constant(2, 30, 0, 0));
        // On 29 March 2026 the clocks go from 02:00 to 03:00, on 25 October from 03:00 back to 02:00.
        let settled = dates(&["2026-03-28"]);
        assert_eq!(due_notice(at("2026-03-29T01:29:00Z"), &zone, skipped, &settled), None);
        assert!(due_notice(at("2026-03-29T01:30:00Z"), &zone, skipped, &settled).is_some());
        let settled = dates(&["2026-10-24"]);
        assert!(due_notice(at("2026-10-25T00:30:00Z"), &zone, skipped, &settled).is_some());
        let settled = dates(&["2026-10-24", "2026-10-25"]);
        assert_eq!(due_notice(at("2026-10-25T01:30:00Z"), &zone, skipped, &settled), None);
    }

    /// A step of the simulation.
    #[derive(Clone, Debug)]
    enum SimulationStep {
        /// The node runs for this many minutes.
        Run(u64),
        /// The node is off for this many minutes.
        Off(u64),
        /// The clock is set by this many minutes.
        Step(i64),
    }

    fn year() -> impl Strategy<Value = Vec<SimulationStep>> {
        let turn = prop_oneof![
            6 => (1u64..4000).prop_map(SimulationStep::Run),
            4 => (0u64..3000).prop_map(SimulationStep::Off),
            1 => (-3000i64..3000).prop_map(SimulationStep::Step),
        ];
        // More than 200 restarts on average.
        prop::collection::vec(turn, 550)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        /// Simulates over a year, with all changes of the clocks, hundreds of restarts and a clock that is set. Exactly one
        /// notice is made for each date on which the node ran within the window, and none for other dates. Each notice names
        /// the missed dates.
        #[test]
        fn year_has_one_notice_per_day_with_running_node(
            turns in year(),
            zone in prop::sample::select(vec!["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Pacific/Auckland", "UTC"]),
            hour in 0i8..24, minute in prop::sample::select(vec![0i8, 30, 59]),
        ) {
            let (zone, time) = (TimeZone::get(zone).unwrap(), Time::constant(hour, minute, 0, 0));
            let mut wall = at("2026-01-01T12:00:00Z");
            let (mut settled, mut wanted) = (BTreeSet::new(), BTreeSet::new());
            for turn in turns {
                match turn {
                    SimulationStep::Off(minutes) => wall += Duration::from_mins(minutes),
                    SimulationStep::Step(minutes) => wall = wall + SignedDuration::from_mins(minutes),
                    SimulationStep::Run(minutes) => {
                        let end = wall + Duration::from_mins(minutes);
                        // The oracle does not use `due_notice`: it lists the windows that this run touches.
                        let mut date = date_at(wall - Duration::from_hours(48), &zone).unwrap();
                        loop {
                            let begin = Timestamp::from(date.to_datetime(time).to_zoned(zone.clone()).unwrap().timestamp());
                            if begin > end { break; }
                            if begin + Duration::from_hours(6) >= wall { wanted.insert(date); }
                            date = date.tomorrow().unwrap();
                        }
                        // The node checks when it starts, and at each time that `next_check` named.
                        loop {
                            while let Some(found) = due_notice(wall, &zone, time, &settled) {
                                let since = settled.range(..found.date).next_back().copied();
                                for missed in &found.missed {
                                    prop_assert!(*missed < found.date && since.is_some_and(|since| *missed > since) && !settled.contains(missed));
                                }
                                let gap = since.map_or(0, |since| (found.date - since).get_days() - 1);
                                prop_assert_eq!(found.missed.len(), usize::try_from(gap).unwrap().min(MISSED_MAX));
                                prop_assert!(settled.insert(found.date), "never two");
                            }
                            match next_check(wall, &zone, time, &settled) {
                                Some(then) if then <= end => wall = then,
                                _ => break,
                            }
                        }
                        wall = end;
                    }
                }
            }
            prop_assert!(wanted.len() > 100, "a year was simulated: {}", wanted.len());
            prop_assert_eq!(settled, wanted);
        }
    }
}
