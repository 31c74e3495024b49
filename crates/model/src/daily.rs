//! When the daily notice is due: one for each local date on which the node runs within its window, never two.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A node that runs at some moment within so long behind the hour sends it.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(6);
/// Missed dates that are named, the newest.
pub const MISSED_MAX: usize = 31;
/// Dates that must be known for [`due`] to be right: the node keeps more than that.
pub const KNOWN: usize = 40;

/// A daily notice that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDaily {
    pub date: Date,
    /// Dates before it for which none was sent, the oldest first.
    pub missed: Vec<Date>,
}

/// The moment that a date's window begins. An hour that the clocks skip counts as the one behind the gap, one that they
/// show twice as the first (RFC 5545 §3.3.5).
fn begins(date: Date, at: Time, zone: &TimeZone) -> Option<Timestamp> {
    Some(zone.to_ambiguous_zoned(date.to_datetime(at)).compatible().ok()?.timestamp())
}

/// What is due now. `settled` are the dates that need none (any more).
pub fn due(now: i64, zone: &TimeZone, at: Time, settled: &BTreeSet<Date>) -> Option<DueDaily> {
    let now = Timestamp::from_millisecond(now).ok()?;
    let today = now.to_zoned(zone.clone()).date();
    // A window may reach past midnight.
    let dates = [today.yesterday().ok(), Some(today)];
    let date = dates
        .into_iter()
        .flatten()
        .filter(|date| !settled.contains(date))
        .find(|date| begins(*date, at, zone).is_some_and(|begins| begins <= now && now.duration_since(begins) <= WINDOW))?;
    let before = settled.range(..date).next_back().copied();
    let mut missed: Vec<Date> = std::iter::successors(date.yesterday().ok(), |date| date.yesterday().ok())
        .take_while(|missed| before.is_some_and(|before| *missed > before))
        .take(MISSED_MAX)
        .collect();
    missed.reverse();
    Some(DueDaily { date, missed })
}

/// A notice has been due for longer than this, and was not made.
pub fn is_overdue(now: i64, late: SignedDuration, zone: &TimeZone, at: Time, settled: &BTreeSet<Date>) -> bool {
    let found = due(now, zone, at, settled).and_then(|found| begins(found.date, at, zone));
    found.is_some_and(|begins| now - begins.as_millisecond() > i64::try_from(late.as_millis()).unwrap_or(i64::MAX))
}

/// When to look again: the next beginning of a window whose date needs one.
pub fn next(now: i64, zone: &TimeZone, at: Time, settled: &BTreeSet<Date>) -> Option<i64> {
    let instant = Timestamp::from_millisecond(now).ok()?;
    let today = instant.to_zoned(zone.clone()).date();
    let days = std::iter::successors(Some(today), |date| date.tomorrow().ok()).take(4);
    let begins = days.filter(|date| !settled.contains(date)).filter_map(|date| begins(date, at, zone));
    begins.map(Timestamp::as_millisecond).find(|begins| *begins > now)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: i64 = 60_000;
    const DAY: i64 = 1440 * MINUTE;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn dates(all: &[&str]) -> BTreeSet<Date> {
        all.iter().map(|date| date.parse().unwrap()).collect()
    }

    #[test]
    fn it_is_due_from_the_hour_on_for_six_hours_and_then_missed_and_named() {
        let (zone, eight) = (zone("Europe/Amsterdam"), Time::constant(8, 0, 0, 0));
        let settled = dates(&["2026-01-09"]);
        let ask = |now: &str| due(at(now), &zone, eight, &settled);
        assert_eq!(ask("2026-01-10T06:59:59Z"), None);
        assert_eq!(ask("2026-01-10T07:00:00Z").unwrap().missed, []);
        assert!(ask("2026-01-10T13:00:00Z").is_some());
        assert_eq!(ask("2026-01-10T13:00:01Z"), None);
        let late = ask("2026-01-12T09:00:00Z").unwrap();
        assert_eq!(late.missed, Vec::from_iter(dates(&["2026-01-10", "2026-01-11"])));
        assert_eq!(next(at("2026-01-10T13:00:01Z"), &zone, eight, &settled), Some(at("2026-01-11T07:00:00Z")));
        assert_eq!(due(at("2026-01-12T09:00:00Z"), &zone, eight, &BTreeSet::new()).unwrap().missed, [], "the first one ever");
    }

    #[test]
    fn a_notice_that_was_not_made_is_overdue_within_its_window() {
        let (zone, eight, late) = (zone("Europe/Amsterdam"), Time::constant(8, 0, 0, 0), SignedDuration::from_hours(2));
        let settled = dates(&["2026-01-09"]);
        let ask = |now: &str| is_overdue(at(now), late, &zone, eight, &settled);
        assert_eq!(
            ["06:00", "08:59", "09:01", "12:59"].map(|time| ask(&format!("2026-01-10T{time}:00Z"))),
            [false, false, true, true]
        );
        assert!(!is_overdue(at("2026-01-10T12:00:00Z"), late, &zone, eight, &dates(&["2026-01-10"])));
    }

    #[test]
    fn a_window_that_reaches_past_midnight_belongs_to_the_day_before() {
        let (zone, late) = (zone("UTC"), Time::constant(22, 30, 0, 0));
        let found = due(at("2026-01-11T03:00:00Z"), &zone, late, &dates(&["2026-01-09"])).unwrap();
        assert_eq!(found.date, "2026-01-10".parse().unwrap());
    }

    #[test]
    fn an_hour_that_does_not_exist_that_day_or_exists_twice_gives_one_notice() {
        let (zone, skipped) = (zone("Europe/Amsterdam"), Time::constant(2, 30, 0, 0));
        // On 29 March 2026 the clocks go from 02:00 to 03:00, on 25 October from 03:00 back to 02:00.
        let settled = dates(&["2026-03-28"]);
        assert_eq!(due(at("2026-03-29T01:29:00Z"), &zone, skipped, &settled), None);
        assert!(due(at("2026-03-29T01:30:00Z"), &zone, skipped, &settled).is_some());
        let settled = dates(&["2026-10-24"]);
        assert!(due(at("2026-10-25T00:30:00Z"), &zone, skipped, &settled).is_some());
        let settled = dates(&["2026-10-24", "2026-10-25"]);
        assert_eq!(due(at("2026-10-25T01:30:00Z"), &zone, skipped, &settled), None);
    }

    /// What the node does in the simulation.
    #[derive(Clone, Debug)]
    enum Turn {
        /// Runs so many minutes.
        Run(i64),
        /// Is off for so many minutes.
        Off(i64),
        /// Somebody sets the clock by so many minutes.
        Step(i64),
    }

    fn year() -> impl Strategy<Value = Vec<Turn>> {
        let turn = prop_oneof![
            6 => (1i64..4000).prop_map(Turn::Run),
            4 => (0i64..3000).prop_map(Turn::Off),
            1 => (-3000i64..3000).prop_map(Turn::Step),
        ];
        // More than 200 restarts, on the average.
        prop::collection::vec(turn, 550)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        /// A year and more, with every change of the clocks in it, restarts by the hundred and a clock that is set: exactly one
        /// for each date on which the node ran within the window, none for others, the missed ones named.
        #[test]
        fn a_year_of_daily_notices_has_exactly_one_for_each_day_the_node_ran_in_its_window(
            turns in year(),
            zone in prop::sample::select(vec!["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Pacific/Auckland", "UTC"]),
            hour in 0i8..24, minute in prop::sample::select(vec![0i8, 30, 59]),
        ) {
            let (zone, time) = (TimeZone::get(zone).unwrap(), Time::constant(hour, minute, 0, 0));
            let mut wall = at("2026-01-01T12:00:00Z");
            let (mut settled, mut wanted) = (BTreeSet::new(), BTreeSet::new());
            for turn in turns {
                match turn {
                    Turn::Off(minutes) => wall += minutes * MINUTE,
                    Turn::Step(minutes) => wall += minutes * MINUTE,
                    Turn::Run(minutes) => {
                        let end = wall + minutes * MINUTE;
                        // The oracle knows nothing of `due`: which windows does this run touch?
                        let mut date = Timestamp::from_millisecond(wall - 2 * DAY).unwrap().to_zoned(zone.clone()).date();
                        loop {
                            let begin = date.to_datetime(time).to_zoned(zone.clone()).unwrap().timestamp().as_millisecond();
                            if begin > end { break; }
                            if begin + 360 * MINUTE >= wall { wanted.insert(date); }
                            date = date.tomorrow().unwrap();
                        }
                        // The node looks when it starts, and when it said that it would.
                        loop {
                            while let Some(found) = due(wall, &zone, time, &settled) {
                                let since = settled.range(..found.date).next_back().copied();
                                for missed in &found.missed {
                                    prop_assert!(*missed < found.date && since.is_some_and(|since| *missed > since) && !settled.contains(missed));
                                }
                                let gap = since.map_or(0, |since| (found.date - since).get_days() - 1);
                                prop_assert_eq!(found.missed.len(), usize::try_from(gap).unwrap().min(MISSED_MAX));
                                prop_assert!(settled.insert(found.date), "never two");
                            }
                            match next(wall, &zone, time, &settled) {
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
