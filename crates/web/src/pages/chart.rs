//! Pictures drawn here, as SVG: they need no script, and say the same without colour. Beside each stands a table.

use std::fmt::Write;

use service::notice::escape;
use service::say;
use store::HourView;

use super::frame::Frame;

/// Height of the bars, in pixels.
const HIGH: f64 = 120.0;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A time span of a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Slot {
    /// As people read it: the hour, or the day.
    pub(super) name: String,
    pub(super) accepted: u64,
    pub(super) deferred: u64,
    pub(super) refused: u64,
    waits: [u64; 6],
}

impl Slot {
    fn add(&mut self, hour: &HourView) {
        self.accepted += hour.accepted;
        self.deferred += hour.deferred;
        self.refused += hour.refused;
        for (sum, count) in self.waits.iter_mut().zip(hour.waits) {
            *sum += count;
        }
    }

    fn all(&self) -> u64 {
        self.accepted + self.deferred + self.refused
    }

    /// The class of waits within which 95 of 100 were taken, from 0 (a second) to 5 (over an hour).
    pub(super) fn wait(&self) -> Option<usize> {
        let all: u64 = self.waits.iter().sum();
        let mut sum = 0;
        self.waits.iter().position(|count| {
            sum += count;
            all > 0 && sum * 100 >= all * 95
        })
    }
}

/// The last 24 hours, or the last 30 days, in the site's zone; the present last.
pub(super) fn slots(f: &Frame, hours: &[HourView], now: i64, days: bool) -> Vec<Slot> {
    let zoned = |at: i64| jiff::Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(f.zone.clone());
    let name = |at: i64| zoned(at).strftime(if days { "%Y-%m-%d" } else { "%H:00" }).to_string();
    let (count, step) = if days { (30, DAY_MS) } else { (24, HOUR_MS) };
    // Days are walked from noon, so that no change of the clocks skips one.
    let anchor = if days {
        zoned(now).date().at(12, 0, 0, 0).to_zoned(f.zone.clone()).map_or(now, |at| at.timestamp().as_millisecond())
    } else {
        now
    };
    let mut slots: Vec<Slot> =
        (0..count).rev().map(|back| Slot { name: name(anchor - back * step), ..Slot::default() }).collect();
    for hour in hours.iter().filter(|hour| now - hour.at < count * step) {
        let name = name(hour.at);
        // The newest of that name: an hour that the clocks show twice is one bar.
        if let Some(slot) = slots.iter_mut().rev().find(|slot| slot.name == name) {
            slot.add(hour);
        }
    }
    slots
}

/// Where the bars begin: beneath the words at the top.
const TOP: f64 = 18.0;
/// Room for the words at the left of the second chart, in hundredths of the width.
const LEFT: f64 = 24.0;

/// A picture with its base line and the names of its ends; `inside` is drawn above them.
fn picture(slots: &[Slot], label: &str, left: f64, inside: &str) -> String {
    let ends = slots.first().zip(slots.last()).map_or_else(String::new, |(first, last)| {
        format!(
            "<text class=\"s\" x=\"{left}%\" y=\"156\">{}</text><text class=\"s\" x=\"100%\" y=\"156\" text-anchor=\"end\">{}</text>",
            escape(&first.name),
            escape(&last.name)
        )
    });
    format!(
        "<svg class=\"pic\" height=\"160\" role=\"img\" aria-label=\"{}\">{inside}<line class=\"base\" x1=\"{left}%\" x2=\"100%\" y1=\"{y}\" y2=\"{y}\"/>{ends}</svg>",
        escape(label),
        y = TOP + HIGH
    )
}

/// Stacked bars: accepted plain, deferred hatched, refused dark with a gap.
pub(super) fn bars(slots: &[Slot], label: &str) -> String {
    let most = slots.iter().map(Slot::all).max().unwrap_or(0).max(1) as f64;
    let width = 100.0 / slots.len().max(1) as f64;
    let mut inside = format!(
        "<defs><pattern id=\"hatch\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect class=\"hb\" width=\"5\" height=\"5\"/><line class=\"h\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"5\"/></pattern></defs><text class=\"s\" x=\"0\" y=\"12\">{most}</text><line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{TOP}\" y2=\"{TOP}\"/>"
    );
    for (i, slot) in slots.iter().enumerate() {
        let x = width * (i as f64 + 0.1);
        let mut y = TOP + HIGH;
        for (class, count) in [("a", slot.accepted), ("d", slot.deferred), ("r", slot.refused)] {
            if count == 0 {
                continue;
            }
            // What there is can be seen, however little it is.
            let high = (count as f64 / most * HIGH).max(2.0);
            y -= high;
            // Writing to a string does not fail.
            let _ = write!(
                inside,
                "<rect class=\"{class}\" x=\"{x:.2}%\" width=\"{:.2}%\" y=\"{y:.1}\" height=\"{high:.1}\"/>",
                width * 0.8
            );
        }
    }
    picture(slots, label, 0.0, &inside)
}

/// How long mail took to a relay: the higher, the longer; six steps with the words of each.
pub(super) fn waits(f: &Frame, slots: &[Slot], label: &str) -> String {
    let step = HIGH / 6.0;
    let width = (100.0 - LEFT) / slots.len().max(1) as f64;
    let mut inside = String::new();
    for class in 0..6 {
        let y = TOP + HIGH - step * (class as f64 + 1.0);
        let words = wait_words(f, Some(class));
        let _ = write!(
            inside,
            "<text class=\"s\" x=\"0\" y=\"{:.1}\">{}</text><line class=\"grid\" x1=\"{LEFT}%\" x2=\"100%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>",
            y + 10.0,
            escape(&words)
        );
    }
    for (i, class) in slots.iter().enumerate().filter_map(|(i, slot)| Some((i, slot.wait()?))) {
        let high = step * (class as f64 + 1.0);
        let _ = write!(
            inside,
            "<rect class=\"a\" x=\"{:.2}%\" width=\"{:.2}%\" y=\"{:.1}\" height=\"{high:.1}\"/>",
            LEFT + width * (i as f64 + 0.1),
            width * 0.8,
            TOP + HIGH - high
        );
    }
    picture(slots, label, LEFT, &inside)
}

/// The words for a class of waits.
pub(super) fn wait_words(f: &Frame, class: Option<usize>) -> String {
    match class {
        None => "–".to_owned(),
        Some(class) if class < HourView::WAITS.len() => {
            format!("≤ {}", say(f.language, &service::notice::duration(HourView::WAITS[class])))
        }
        Some(_) => format!("> {}", say(f.language, &service::notice::duration(HOUR_MS))),
    }
}

#[cfg(test)]
mod tests {
    use model::Language;

    use super::*;

    fn hour(at: i64, accepted: u64, refused: u64) -> HourView {
        HourView { at, accepted, deferred: 0, refused, waits: [accepted, 0, 0, 0, 0, 0] }
    }

    #[test]
    fn each_hour_and_each_day_has_its_place_and_nothing_is_lost() {
        let f = Frame::bare(Language::En);
        let now = 1_800_000_000_000;
        let hours = [hour(now - 23 * HOUR_MS, 3, 0), hour(now - HOUR_MS, 2, 1), hour(now - 40 * HOUR_MS, 7, 0)];
        let day = slots(&f, &hours, now, false);
        assert_eq!((day.len(), day[0].accepted, day[22].accepted, day[22].refused), (24, 3, 2, 1));
        let month = slots(&f, &hours, now, true);
        assert_eq!((month.len(), month.iter().map(|slot| slot.accepted).sum::<u64>()), (30, 12));
    }

    #[test]
    fn a_wait_is_that_of_95_in_100() {
        let slot = |waits| Slot { waits, ..Slot::default() };
        assert_eq!(slot([95, 5, 0, 0, 0, 0]).wait(), Some(0));
        assert_eq!(slot([94, 0, 0, 0, 0, 6]).wait(), Some(5));
        assert_eq!(slot([0; 6]).wait(), None);
    }

    #[test]
    fn the_longer_mail_took_the_higher_is_its_bar_and_an_hour_without_mail_has_none() {
        let slot = |waits| Slot { waits, ..Slot::default() };
        let svg = waits(&Frame::bare(Language::En), &[slot([1, 0, 0, 0, 0, 0]), slot([0; 6]), slot([0, 0, 0, 0, 0, 1])], "label");
        assert_eq!(svg.matches("<rect").count(), 2);
        assert!(svg.contains("height=\"20.0\"") && svg.contains("height=\"120.0\"") && svg.contains("≤ 10 min"), "{svg}");
    }

    #[test]
    fn a_single_refusal_among_thousands_is_seen() {
        let slots = [Slot { name: "<x>".into(), accepted: 100_000, refused: 1, ..Slot::default() }];
        let svg = bars(&slots, "a \"label\"");
        assert!(
            svg.contains("class=\"r\"") && svg.contains("height=\"2.0\"") && !svg.contains("<x>") && svg.contains("&quot;label")
        );
    }
}
