//! Shapes that tell series apart without colour.

use super::super::view::Look;
use super::pen::{Closing, Pen};

/// The mean of one size: circle, square, triangle, diamond, triangle down, hexagon by series.
pub(super) fn marker(pen: &mut Pen, look: Look, (x, y): (f64, f64)) {
    let Look::Colour(index) = look else {
        pen.circle("pt", (x, y), 2.0);
        return;
    };
    let corners: &[(f64, f64)] = match index % 6 {
        0 => {
            pen.circle("pt", (x, y), 4.6);
            return;
        }
        1 => &[(-4.2, -4.2), (4.2, -4.2), (4.2, 4.2), (-4.2, 4.2)],
        2 => &[(0.0, -5.4), (5.2, 4.0), (-5.2, 4.0)],
        3 => &[(0.0, -5.8), (5.4, 0.0), (0.0, 5.8), (-5.4, 0.0)],
        4 => &[(0.0, 5.4), (5.2, -4.0), (-5.2, -4.0)],
        _ => &[(-5.2, 0.0), (-2.6, -4.5), (2.6, -4.5), (5.2, 0.0), (2.6, 4.5), (-2.6, 4.5)],
    };
    let points: Vec<(f64, f64)> = corners.iter().map(|&(dx, dy)| (x + dx, y + dy)).collect();
    pen.path("pt", &points, Closing::Closed);
}

/// The mark alone as a 14-pixel picture, for a legend in the page.
pub fn legend_mark(look: Look) -> String {
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
    marker(&mut pen, look, (7.0, 7.0));
    pen.close("g");
    pen.close("svg");
    pen.finish()
}
