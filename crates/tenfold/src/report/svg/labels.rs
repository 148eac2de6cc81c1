//! Places text so that it covers neither other text nor lines.

use super::super::scene::{Position, Series};
use super::class_of;
use super::pen::{Anchor, Pen, Rect, fitted, text_box, text_width};
use crate::analysis::Look;

/// Size of a name at the end of a line, and of the note below it.
const NAME_PX: f64 = 13.0;
const NOTE_PX: f64 = 11.5;
/// Height that a name with its note takes.
const NAME_ROWS: f64 = 32.0;

/// Room right of the plot for the longest name, at most `most` pixels.
pub(super) fn margin(series: &[Series], most: f64) -> f64 {
    let widest = series
        .iter()
        .filter(|series| series.look != Look::Grey)
        .map(|series| {
            text_width(&series.name, NAME_PX * 1.06).max(text_width(&series.note, NOTE_PX))
        })
        .fold(0.0, f64::max);
    (widest + 24.0).clamp(32.0, most)
}

/// The name of a series at the end of its line.
pub(super) struct Placed {
    class: String,
    name: String,
    full_name: String,
    note: String,
    /// Where the line ends, in pixels; `None` for a curve without a forecast, which ends before the
    /// edge.
    line_y: Option<f64>,
    /// Vertical middle of the label.
    y: f64,
}

/// Names of the coloured series, moved apart where they would overlap.
pub(super) fn names(
    series: &[Series],
    plot: Rect,
    room: f64,
    at: impl Fn(Position) -> (f64, f64),
) -> Vec<Placed> {
    let mut placed: Vec<Placed> = series
        .iter()
        .filter(|series| series.look != Look::Grey)
        .filter_map(|series| {
            let end = series.forecast.last().or(series.fit.last()).or(series.points.last())?;
            let y = at(*end).1.clamp(plot.top, plot.bottom);
            let has_line = !series.forecast.is_empty();
            Some(Placed {
                class: class_of(series.look),
                name: fitted(&series.name, NAME_PX * 1.06, room - 14.0),
                full_name: series.name.clone(),
                note: fitted(&series.note, NOTE_PX, room - 14.0),
                line_y: has_line.then_some(y),
                y,
            })
        })
        .collect();
    placed.sort_by(|a, b| a.y.total_cmp(&b.y));
    let mut centres: Vec<f64> = placed.iter().map(|label| label.y).collect();
    spread(&mut centres, NAME_ROWS, plot.top + NAME_ROWS / 2.0, plot.bottom - NAME_ROWS / 2.0);
    for (label, centre) in placed.iter_mut().zip(centres) {
        label.y = centre;
    }
    placed
}

/// Moves ascending `centres` at least `gap` apart within `low..high`, with the smallest sum of
/// squared moves: neighbours that would violate the gap are pooled.
fn spread(centres: &mut [f64], gap: f64, low: f64, high: f64) {
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (index, centre) in centres.iter().enumerate() {
        let mut pool = (centre - index as f64 * gap, 1);
        while let Some(&(mean, count)) = pools.last()
            && mean > pool.0
        {
            pools.pop();
            let total = count + pool.1;
            pool = ((mean * count as f64 + pool.0 * pool.1 as f64) / total as f64, total);
        }
        pools.push(pool);
    }
    let pooled = pools.iter().flat_map(|&(mean, count)| std::iter::repeat_n(mean, count));
    for (index, (centre, mean)) in centres.iter_mut().zip(pooled).enumerate() {
        *centre = mean + index as f64 * gap;
    }
    let mut floor = low;
    for centre in centres.iter_mut() {
        *centre = centre.max(floor);
        floor = *centre + gap;
    }
    let mut ceiling = high;
    for centre in centres.iter_mut().rev() {
        *centre = centre.min(ceiling);
        ceiling = *centre - gap;
    }
}

impl Placed {
    pub(super) fn draw(&self, pen: &mut Pen, right: f64) {
        let x = right + 10.0;
        if let Some(line_y) = self.line_y
            && (self.y - line_y).abs() > 8.0
        {
            pen.line("lead", (right + 1.0, line_y), (x - 3.0, self.y));
        }
        pen.open("g", &[]);
        pen.words("title", &[], &self.full_name);
        let name_y = if self.note.is_empty() { self.y + 4.0 } else { self.y - 2.0 };
        pen.text(&format!("nl {}", self.class), (x, name_y), Anchor::Start, &self.name);
        if !self.note.is_empty() {
            pen.text("rs", (x, self.y + 13.0), Anchor::Start, &self.note);
        }
        pen.close("g");
    }
}

/// Points every few pixels along a line, so that a label between two of its corners is detected as
/// covering it.
pub(super) fn sampled(line: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut points = Vec::new();
    for pair in line.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let steps = ((to.0 - from.0).hypot(to.1 - from.1) / 4.0).ceil().clamp(1.0, 200.0);
        points.extend((0..steps as u32).map(|step| {
            let share = f64::from(step) / steps;
            (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1))
        }));
    }
    points.extend(line.last());
    points
}

/// Places labels inside the plot one after the other, around everything drawn so far.
pub(super) struct Labels {
    plot: Rect,
    points: Vec<(f64, f64)>,
    taken: Vec<Rect>,
}

impl Labels {
    pub(super) fn around(plot: Rect, points: Vec<(f64, f64)>) -> Self {
        Self { plot, points, taken: Vec::new() }
    }

    pub(super) fn block(&mut self, area: Rect) {
        self.taken.push(area);
    }

    /// Number of points that `area` would cover; a very large number if it leaves the plot or
    /// covers a label.
    fn covered(&self, area: Rect) -> usize {
        let is_inside = area.left >= self.plot.left
            && area.right <= self.plot.right
            && area.top >= self.plot.top
            && area.bottom <= self.plot.bottom;
        if !is_inside || self.taken.iter().any(|&taken| taken.overlaps(area)) {
            return 10_000;
        }
        self.points.iter().filter(|(x, y)| area.contains(*x, *y)).count()
    }

    /// Writes `230k` and its range beside the crossing, where they cover the fewest points.
    pub(super) fn crossing(&mut self, pen: &mut Pen, x: f64, y: f64, label: &str, range: &str) {
        let candidates = [
            (x - 2.0, y + 22.0, Anchor::End),
            (x, y + 22.0, Anchor::Middle),
            (x + 6.0, y - 26.0, Anchor::Start),
            (x + 2.0, y + 22.0, Anchor::Start),
            (x - 6.0, y - 26.0, Anchor::End),
        ];
        let area = |&(x, y, anchor): &(f64, f64, Anchor)| {
            let name = text_box(label, 13.5, (x, y), anchor);
            let detail = text_box(range, NOTE_PX, (x, y + 14.0), anchor);
            Rect {
                left: name.left.min(detail.left) - 2.0,
                right: name.right.max(detail.right) + 2.0,
                top: name.top,
                bottom: detail.bottom,
            }
        };
        let best = candidates.iter().min_by_key(|candidate| self.covered(area(candidate)));
        let Some(&(x, y, anchor)) = best else { return };
        self.block(area(&(x, y, anchor)));
        pen.text("dl halo", (x, y), anchor, label);
        pen.text("rs halo", (x, y + 14.0), anchor, range);
    }

    /// Writes a name on a horizontal line: above it on the left, or where it covers the fewest
    /// points.
    pub(super) fn on_line(&mut self, pen: &mut Pen, class: &str, words: &str, y: f64) {
        let width = text_width(words, 12.5);
        let span = (self.plot.width() - width - 12.0).max(0.0);
        let candidates = (0..=12).flat_map(|step| {
            let x = self.plot.left + 6.0 + span * f64::from(step) / 12.0;
            [(x, y - 6.0), (x, y + 15.0)]
        });
        let best =
            candidates.min_by_key(|&at| self.covered(text_box(words, 12.5, at, Anchor::Start)));
        let Some(at) = best else { return };
        self.block(text_box(words, 12.5, at, Anchor::Start));
        pen.text(class, at, Anchor::Start, words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_touch_move_apart_and_stay_inside() {
        let mut centres = [100.0, 101.0, 102.0, 395.0];
        spread(&mut centres, 30.0, 15.0, 385.0);
        assert_eq!(centres.map(|at| at.to_string()), ["71", "101", "131", "385"]);
        let mut low = [380.0, 381.0];
        spread(&mut low, 30.0, 15.0, 385.0);
        assert_eq!(low.map(|at| at.to_string()), ["355", "385"]);
    }

    #[test]
    fn a_label_avoids_a_line() {
        let plot = Rect { left: 0.0, top: 0.0, right: 400.0, bottom: 200.0 };
        let line: Vec<(f64, f64)> = sampled(&[(0.0, 92.0), (200.0, 92.0)]);
        let mut labels = Labels::around(plot, line.clone());
        let mut pen = Pen::default();
        labels.on_line(&mut pen, "tl", "target 5%", 100.0);
        let area = labels.taken[0];
        assert!(!line.iter().any(|(x, y)| area.contains(*x, *y)), "{area:?}");
    }
}
