//! Shapes that tell series apart without colour.

use super::pen::{Closing, Pen};
use crate::analysis::Look;

/// What a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Runs of the study.
    Measured,
    /// Imported runs; hollow.
    Imported,
}

impl Mark {
    fn class(self) -> &'static str {
        match self {
            Self::Measured => "pt",
            Self::Imported => "pt imp",
        }
    }
}

/// The mean of one size: circle, square, triangle, diamond, triangle down, hexagon by series.
pub(super) fn marker(pen: &mut Pen, look: Look, mark: Mark, (x, y): (f64, f64)) {
    let class = mark.class();
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
    marker(&mut pen, look, mark, (7.0, 7.0));
    pen.close("g");
    pen.close("svg");
    pen.finish()
}
