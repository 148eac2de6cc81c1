//! Draws the regions of a curve: the tint behind the leading curve, and a strip for each curve.

use super::super::scene::{Regions, SoftEdge};
use super::pen::{Anchor, Pen, Rect, fitted, number, text_width};
use super::{Canvas, Drawing, REGION_ROW, STRIP_ROW, class_of};

/// Smallest space left of the chart in which the title of the strips is drawn, in pixels; its text
/// is up to 60 wide.
const STRIP_TITLE: f64 = 70.0;

impl Drawing<'_> {
    pub(super) fn regions(&self, pen: &mut Pen) {
        let header_top = self.plot.top - REGION_ROW;
        let tinted = Rect { top: header_top, ..self.plot };
        if let Some(regions) = &self.scene.regions {
            if let Some(edge) = regions.small_data_ends {
                self.tint(pen, "small", tinted, self.edge_pixels(edge));
            }
            if let Some(edge) = regions.irreducible_begins {
                self.tint(pen, "irr", tinted, self.edge_pixels(edge));
            }
            self.region_names(pen, regions, header_top);
        }
        if let Some(size) = self.scene.measured_until {
            let x = self.x(size);
            pen.line("now", (x, header_top - 4.0), (x, self.plot.bottom));
            let y = header_top - 8.0;
            pen.text("rs", (x - 6.0, y), Anchor::End, "measured");
            pen.text("rs", (x + 6.0, y), Anchor::Start, "forecast →");
        }
    }

    /// Ends of an edge in pixels, at least a pixel apart, as a gradient needs.
    fn edge_pixels(&self, edge: SoftEdge) -> (f64, f64) {
        let low = self.x(edge.low);
        (low, self.x(edge.high).max(low + 1.0))
    }

    /// Fills `area` left of an edge (`small`) or right of it (`irr`), faded across the edge.
    fn tint(&self, pen: &mut Pen, kind: &str, area: Rect, edge: (f64, f64)) {
        let (low, high) = edge;
        let is_left = kind == "small";
        let area = if is_left {
            Rect { right: high.clamp(area.left, area.right), ..area }
        } else {
            Rect { left: low.clamp(area.left, area.right), ..area }
        };
        if area.width() < 0.5 {
            return;
        }
        let id = self.id(kind);
        let class = format!("r-{kind}");
        let opacity = if is_left { ["1", "0"] } else { ["0", "1"] };
        gradient(pen, &id, low, high, [(&class, opacity[0]), (&class, opacity[1])]);
        pen.rect("", area, &[("fill", &format!("url(#{id})"))]);
    }

    fn region_names(&self, pen: &mut Pen, regions: &Regions, top: f64) {
        let Rect { left, right, .. } = self.plot;
        let inside = |size: f64| self.x(size).clamp(left, right);
        // A name may lie on the fading part of its own region; the power law gets the remaining
        // space.
        let small = regions.small_data_ends.map(|edge| (inside(edge.middle), inside(edge.high)));
        let floor = regions.irreducible_begins.map(|edge| (inside(edge.low), inside(edge.middle)));
        let small_to = small.map_or(left, |(_, high)| high);
        let floor_from = floor.map_or(right, |(low, _)| low);
        let mut law = (left, right);
        if let Some((middle, _)) = small {
            let written =
                self.region_name(pen, "SMALL DATA", None, (left, small_to.min(floor_from)), top);
            law.0 = written.map_or(middle, |area| area.right + 10.0).max(middle);
        }
        if let Some((_, middle)) = floor {
            let stretch = (floor_from.max(law.0), right);
            let written =
                self.region_name(pen, "IRREDUCIBLE", regions.floor.as_deref(), stretch, top);
            law.1 = written.map_or(middle, |area| area.left - 10.0).min(middle);
        }
        self.region_name(pen, "POWER LAW", regions.slope.as_deref(), law, top);
    }

    /// Writes a name with its detail if they fit beside the upright, and returns their box.
    fn region_name(
        &self,
        pen: &mut Pen,
        name: &str,
        detail: Option<&str>,
        stretch: (f64, f64),
        top: f64,
    ) -> Option<Rect> {
        let (from, to) = stretch;
        // Letter spacing of .08em on capitals of 11 px.
        let name_width = text_width(name, 11.0) + name.len() as f64 * 0.9;
        let detail_width = detail.map_or(0.0, |words| text_width(words, 11.5));
        let upright = self.scene.measured_until.map(|size| self.x(size));
        let sides = match upright {
            Some(x) if x > from && x < to => vec![(from, to), (from, x), (x, to)],
            _ => vec![(from, to)],
        };
        let hits =
            |middle: f64, half: f64| upright.is_some_and(|x| (x - middle).abs() < half + 5.0);
        let place = |half: f64| {
            let middles = sides.iter().filter(|side| side.1 - side.0 > 2.0 * half + 8.0);
            let free = |middle: &f64| !hits(*middle, half);
            middles.map(|side| f64::midpoint(side.0, side.1)).find(free)
        };
        let both = name_width.max(detail_width) / 2.0;
        let with_detail = detail.and_then(|words| Some((place(both)?, both, Some(words))));
        let (middle, half, detail) =
            with_detail.or_else(|| Some((place(name_width / 2.0)?, name_width / 2.0, None)))?;
        let y = top + if detail.is_some() { 14.0 } else { 21.0 };
        pen.text("rl", (middle, y), Anchor::Middle, name);
        if let Some(words) = detail {
            pen.text("rs", (middle, top + 28.0), Anchor::Middle, words);
        }
        Some(Rect { left: middle - half, right: middle + half, top, bottom: top + 32.0 })
    }

    pub(super) fn strips(&self, pen: &mut Pen) {
        let Rect { left, right, bottom, .. } = self.plot;
        let rows = self.scene.strips.len() as f64;
        if rows > 0.0 && self.canvas != Canvas::Narrow && left > STRIP_TITLE {
            let y = bottom + 12.0 + (rows - 1.0) * STRIP_ROW / 2.0 + 4.0;
            pen.text("rs", (left - 7.0, y), Anchor::End, "power law");
        }
        for (row, strip) in self.scene.strips.iter().enumerate() {
            let top = bottom + 8.0 + row as f64 * STRIP_ROW;
            let area = Rect { left, right, top, bottom: top + 8.0 };
            pen.open("g", &[("class", &class_of(strip.look))]);
            pen.words("title", &[], &strip.title());
            pen.rect("strip", area, &[("rx", "2")]);
            self.strip_law(pen, &strip.regions, area, row);
            pen.close("g");
            if self.canvas != Canvas::Narrow {
                let room = self.canvas.width() - right - 14.0;
                let class = format!("rs {}", class_of(strip.look));
                let at = (right + 10.0, top + 8.0);
                pen.text(&class, at, Anchor::Start, &fitted(&strip.name, 11.5, room));
            }
        }
    }

    /// Draws the power-law part of a strip in the colour of the curve, with faded ends.
    fn strip_law(&self, pen: &mut Pen, regions: &Regions, area: Rect, row: usize) {
        let clamp = |x: f64| x.clamp(area.left, area.right);
        let start = regions.small_data_ends.map(|edge| self.edge_pixels(edge));
        let end = regions.irreducible_begins.map(|edge| self.edge_pixels(edge));
        let from = clamp(start.map_or(area.left, |edge| edge.0));
        let to = clamp(end.map_or(area.right, |edge| edge.1)).max(from);
        let width = (to - from).max(1e-9);
        let offset = |x: f64| number(((clamp(x) - from) / width * 100.0).clamp(0.0, 100.0));
        let id = self.id(&format!("law{row}"));
        pen.open(
            "linearGradient",
            &[
                ("id", &id),
                ("gradientUnits", "userSpaceOnUse"),
                ("x1", &number(from)),
                ("x2", &number(to.max(from + 1.0))),
                ("y1", "0"),
                ("y2", "0"),
            ],
        );
        let mut stop = |x: f64, opacity: &str| {
            let at = format!("{}%", offset(x));
            pen.element(
                "stop",
                &[("class", "law-stop"), ("offset", &at), ("stop-opacity", opacity)],
            );
        };
        stop(from, if start.is_some_and(|edge| edge.1 > area.left) { "0" } else { "1" });
        stop(start.map_or(from, |edge| edge.1), "1");
        stop(end.map_or(to, |edge| edge.0), "1");
        stop(to, if end.is_some_and(|edge| edge.0 < area.right) { "0" } else { "1" });
        pen.close("linearGradient");
        let law = Rect { left: from, right: to, ..area };
        if law.width() >= 0.5 {
            pen.rect("", law, &[("fill", &format!("url(#{id})")), ("rx", "2")]);
        }
    }
}

fn gradient(pen: &mut Pen, id: &str, low: f64, high: f64, stops: [(&str, &str); 2]) {
    pen.open(
        "linearGradient",
        &[
            ("id", id),
            ("gradientUnits", "userSpaceOnUse"),
            ("x1", &number(low)),
            ("x2", &number(high)),
            ("y1", "0"),
            ("y2", "0"),
        ],
    );
    for (offset, (class, opacity)) in ["0", "1"].into_iter().zip(stops) {
        pen.element("stop", &[("offset", offset), ("class", class), ("stop-opacity", opacity)]);
    }
    pen.close("linearGradient");
}
