//! Draws the target line, the point where the leading curve crosses it, and their names.

use super::super::scene::Target;
use super::Drawing;
use super::labels::{self, Labels};
use super::pen::{Pen, Rect};
use crate::analysis::Look;

impl Drawing<'_> {
    pub(super) fn target(&self, pen: &mut Pen) {
        let Some(target) = &self.scene.target else { return };
        let y = self.y(target.error);
        let is_shown = self.scene.y.fraction(target.error) >= 0.0;
        if is_shown {
            pen.line("target", (self.plot.left, y), (self.plot.right, y));
        }
        let mut labels = Labels::around(self.plot, self.obstacles());
        if is_shown && let Some(crossing) = &target.crossing {
            let x = self.x(crossing.size);
            let end = |size: Option<f64>, open: f64| {
                size.map_or(open, |size| self.x(size).clamp(self.plot.left, self.plot.right))
            };
            let (low, high) = (end(crossing.low, x), end(crossing.high, self.plot.right));
            pen.line("whisker", (low, y), (high, y));
            let ends = [crossing.low.map(|_| low), crossing.high.map(|_| high)];
            let is_inside = |at: &f64| *at > self.plot.left && *at < self.plot.right;
            for at in ends.into_iter().flatten().filter(is_inside) {
                pen.line("whisker", (at, y - 5.0), (at, y + 5.0));
            }
            pen.circle("cross", (x, y), 5.0);
            labels.block(Rect { left: low, right: high, top: y - 6.0, bottom: y + 6.0 });
            labels.crossing(pen, x, y, &crossing.label, &crossing.range);
        }
        self.target_name(pen, target, &mut labels, y.min(self.plot.bottom));
    }

    fn target_name(&self, pen: &mut Pen, target: &Target, labels: &mut Labels, y: f64) {
        let words = if self.scene.y.fraction(target.error) < 0.0 {
            format!("{} is below the chart", target.label)
        } else {
            target.label.clone()
        };
        labels.on_line(pen, "tl halo", &words, y);
    }

    /// Pixels that labels keep clear of: every coloured line and mark.
    fn obstacles(&self) -> Vec<(f64, f64)> {
        let coloured = self.scene.series.iter().filter(|series| series.look != Look::Grey);
        let upright = self.scene.measured_until.map_or(Vec::new(), |size| {
            let x = self.x(size);
            labels::sampled(&[(x, self.plot.top), (x, self.plot.bottom)])
        });
        coloured
            .flat_map(|series| {
                let lines = [&series.before_fit, &series.fit, &series.forecast];
                let lines: Vec<(f64, f64)> = lines
                    .into_iter()
                    .flat_map(|line| {
                        let pixels: Vec<(f64, f64)> =
                            line.iter().map(|&place| self.at(place)).collect();
                        labels::sampled(&pixels)
                    })
                    .collect();
                let marks = series.points.iter().map(|&point| self.at(point));
                lines.into_iter().chain(marks).collect::<Vec<_>>()
            })
            .chain(upright)
            .collect()
    }
}
