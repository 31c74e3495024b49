//! Charts as SVG, drawn by the server. They need no script and are readable without colour. A table stands beside each.

use std::fmt::Write;
use std::time::Duration;

use admin::words::say;
use alerts::notice::escape;
use model::time::Timestamp;
use store::HourView;

use super::frame::Frame;

/// Height of the bars, in pixels.
const HIGH: f64 = 120.0;
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// A time span of a chart, with its counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ChartSlot {
    /// Label of the span: the hour, or the day.
    pub(super) name: String,
    pub(super) accepted: u64,
    pub(super) deferred: u64,
    pub(super) refused: u64,
    waits: [u64; 6],
}

impl ChartSlot {
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

    /// The class of waits that covers 95% of the messages, from 0 (a second) to 5 (over an hour). `None` without
    /// messages.
    pub(super) fn wait(&self) -> Option<usize> {
        let all: u64 = self.waits.iter().sum();
        let mut sum = 0;
        self.waits.iter().position(|count| {
            sum += count;
            all > 0 && sum * 100 >= all * 95
        })
    }
}

/// The time that a chart covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChartSpan {
    /// 24 hours, an hour each bar.
    Day,
    /// 30 days, a day each bar.
    Month,
}

/// Returns the spans of a chart in the site's zone. The present is last.
pub(super) fn slots(f: &Frame, hours: &[HourView], now: Timestamp, span: ChartSpan) -> Vec<ChartSlot> {
    let zoned = |at: Timestamp| jiff::Timestamp::try_from(at).unwrap_or_default().to_zoned(f.zone.clone());
    let (count, step, format) = match span {
        ChartSpan::Day => (24, HOUR, "%H:00"),
        ChartSpan::Month => (30, DAY, "%Y-%m-%d"),
    };
    let name = |at: Timestamp| zoned(at).strftime(format).to_string();
    let noon = || zoned(now).date().at(12, 0, 0, 0).to_zoned(f.zone.clone());
    let anchor = match span {
        ChartSpan::Day => now,
        // Count days from noon, so that no change of the clocks skips a day.
        ChartSpan::Month => noon().map_or(now, |at| at.timestamp().into()),
    };
    let mut slots: Vec<ChartSlot> =
        (0..count).rev().map(|back| ChartSlot { name: name(anchor - back * step), ..ChartSlot::default() }).collect();
    for hour in hours.iter().filter(|hour| now.since(hour.at) < count * step) {
        let name = name(hour.at);
        // Take the newest slot of that name: an hour that the clocks show twice is a single bar.
        if let Some(slot) = slots.iter_mut().rev().find(|slot| slot.name == name) {
            slot.add(hour);
        }
    }
    slots
}

/// Top of the bars, in pixels. The text at the top is above it.
const TOP: f64 = 18.0;
/// Room for the text at the left of the second chart, in hundredths of the width.
const LEFT: f64 = 24.0;

/// Draws the base line and the labels of both ends. `inside` is drawn above them.
fn picture(slots: &[ChartSlot], label: &str, left: f64, inside: &str) -> String {
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

/// Draws stacked bars: accepted plain, deferred hatched, refused dark with a gap.
pub(super) fn bars(slots: &[ChartSlot], label: &str) -> String {
    let most = slots.iter().map(ChartSlot::all).max().unwrap_or(0).max(1) as f64;
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
            // Draw at least two pixels, so that a small count is visible.
            let high = (count as f64 / most * HIGH).max(2.0);
            y -= high;
            // A write to a string does not fail.
            let _ = write!(
                inside,
                "<rect class=\"{class}\" x=\"{x:.2}%\" width=\"{:.2}%\" y=\"{y:.1}\" height=\"{high:.1}\"/>",
                width * 0.8
            );
        }
    }
    picture(slots, label, 0.0, &inside)
}

/// Draws the time until a relay accepted mail. A higher bar is a longer time; each of the six steps has its words.
pub(super) fn waits(f: &Frame, slots: &[ChartSlot], label: &str) -> String {
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

/// Returns the words for a class of waits.
pub(super) fn wait_words(f: &Frame, class: Option<usize>) -> String {
    match class {
        None => "–".to_owned(),
        Some(class) if class < HourView::WAIT_BUCKETS.len() => {
            format!("≤ {}", say(f.language, &alerts::notice::duration_phrase(HourView::WAIT_BUCKETS[class])))
        }
        Some(_) => format!("> {}", say(f.language, &alerts::notice::duration_phrase(HOUR))),
    }
}

#[cfg(test)]
mod tests {
    use model::Language;

    use super::*;

    fn hour(at: Timestamp, accepted: u64, refused: u64) -> HourView {
        HourView { at, accepted, deferred: 0, refused, waits: [accepted, 0, 0, 0, 0, 0] }
    }

    #[test]
    fn slots_hold_every_hour_and_day() {
        let f = Frame::bare(Language::En);
        let now = Timestamp::from_secs(1_800_000_000);
        let hours = [hour(now - 23 * HOUR, 3, 0), hour(now - HOUR, 2, 1), hour(now - 40 * HOUR, 7, 0)];
        let day = slots(&f, &hours, now, ChartSpan::Day);
        assert_eq!((day.len(), day[0].accepted, day[22].accepted, day[22].refused), (24, 3, 2, 1));
        let month = slots(&f, &hours, now, ChartSpan::Month);
        assert_eq!((month.len(), month.iter().map(|slot| slot.accepted).sum::<u64>()), (30, 12));
    }

    #[test]
    fn wait_class_covers_95_of_100_messages() {
        let slot = |waits| ChartSlot { waits, ..ChartSlot::default() };
        assert_eq!(slot([95, 5, 0, 0, 0, 0]).wait(), Some(0));
        assert_eq!(slot([94, 0, 0, 0, 0, 6]).wait(), Some(5));
        assert_eq!(slot([0; 6]).wait(), None);
    }

    /// The longer mail took, the higher is its bar. An hour without mail has none.
    #[test]
    fn wait_bar_height_grows_with_delay() {
        let slot = |waits| ChartSlot { waits, ..ChartSlot::default() };
        let svg = waits(&Frame::bare(Language::En), &[slot([1, 0, 0, 0, 0, 0]), slot([0; 6]), slot([0, 0, 0, 0, 0, 1])], "label");
        assert_eq!(svg.matches("<rect").count(), 2);
        assert!(svg.contains("height=\"20.0\"") && svg.contains("height=\"120.0\"") && svg.contains("≤ 10 min"), "{svg}");
    }

    #[test]
    fn single_refusal_among_thousands_is_visible() {
        let slots = [ChartSlot { name: "<x>".into(), accepted: 100_000, refused: 1, ..ChartSlot::default() }];
        let svg = bars(&slots, "a \"label\"");
        assert!(
            svg.contains("class=\"r\"") && svg.contains("height=\"2.0\"") && !svg.contains("<x>") && svg.contains("&quot;label")
        );
    }
}
