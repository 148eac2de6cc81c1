//! Shapes that tell series apart without colour.

use super::pen::{Closing, Pen};
use crate::analysis::Look;

/// The runs that a mark shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Runs of the study.
    Measured,
    /// Imported runs; hollow.
    Imported,
    /// Perfect runs, whose error is only known to lie below: an arrow down from a bar, for every
    /// series.
    Bound,
}

impl Mark {
    fn class(self) -> &'static str {
        match self {
            Self::Measured | Self::Bound => "pt",
            Self::Imported => "pt imp",
        }
    }
}

/// Corners of a bar with an arrow down from it.
const ARROW: [(f64, f64); 11] = [
    (-6.5, -1.8),
    (6.5, -1.8),
    (6.5, 1.8),
    (1.8, 1.8),
    (1.8, 8.0),
    (5.5, 8.0),
    (0.0, 16.0),
    (-5.5, 8.0),
    (-1.8, 8.0),
    (-1.8, 1.8),
    (-6.5, 1.8),
];

/// Draws the mark of one size: circle, square, triangle, diamond, triangle down, hexagon by series.
pub(super) fn marker(pen: &mut Pen, look: Look, mark: Mark, at: (f64, f64)) {
    let (x, y) = at;
    let class = mark.class();
    if mark == Mark::Bound {
        let points: Vec<(f64, f64)> = ARROW.iter().map(|&(dx, dy)| (x + dx, y + dy)).collect();
        pen.path(class, &points, Closing::Closed);
        return;
    }
    let Look::Colour(index) = look else {
        pen.circle(class, (x, y), if mark == Mark::Imported { 2.6 } else { 2.0 });
        return;
    };
    let corners: &[(f64, f64)] = match index % 6 {
        0 => {
            pen.circle(class, (x, y), 4.6);
            return;
        }
        1 => &[(-4.2, -4.2), (4.2, -4.2), (4.2, 4.2), (-4.2, 4.2)],
        2 => &[(0.0, -5.4), (5.2, 4.0), (-5.2, 4.0)],
        3 => &[(0.0, -5.8), (5.4, 0.0), (0.0, 5.8), (-5.4, 0.0)],
        4 => &[(0.0, 5.4), (5.2, -4.0), (-5.2, -4.0)],
        _ => &[(-5.2, 0.0), (-2.6, -4.5), (2.6, -4.5), (5.2, 0.0), (2.6, 4.5), (-2.6, 4.5)],
    };
    let points: Vec<(f64, f64)> = corners.iter().map(|&(dx, dy)| (x + dx, y + dy)).collect();
    pen.path(class, &points, Closing::Closed);
}

/// The mark alone as a 14-pixel picture, for a legend in the page.
pub fn legend_mark(look: Look, mark: Mark) -> String {
    let mut pen = Pen::default();
    pen.open(
        "svg",
        &[
            ("class", "lc mark"),
            ("viewBox", "0 0 14 14"),
            ("width", "14"),
            ("height", "14"),
            ("aria-hidden", "true"),
        ],
    );
    pen.open("g", &[("class", &super::class_of(look))]);
    let middle = if mark == Mark::Bound { (7.0, 0.0) } else { (7.0, 7.0) };
    marker(&mut pen, look, mark, middle);
    pen.close("g");
    pen.close("svg");
    pen.finish()
}
