//! A scene as SVG.
//!
//! The picture holds no scripts, no custom properties and no inline styles: classes carry the
//! colours, so one drawing follows the reader's light or dark scheme.

mod labels;
mod marks;
mod pen;
mod style;

pub use marks::legend_mark;
pub use style::sheet;

use labels::{Labels, Placed};
use marks::marker;
use pen::{Anchor, Closing, Pen, Rect, fitted, number, text_width};

use super::axis::Axis;
use super::scene::{Position, Regions, Scene, Series, SoftEdge, Span, Target};
use super::view::Look;

/// The space a chart is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Canvas {
    /// A desktop page: names at the line ends, strips, axis titles.
    Wide,
    /// A small window or a sheet of paper.
    Medium,
    /// A phone: names are left to a legend outside the picture.
    Narrow,
}

/// Whether the drawing carries its style sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Styling {
    /// A file of its own.
    Embedded,
    /// Part of a page that has [`sheet`] already.
    Page,
}

impl Canvas {
    fn prefix(self) -> &'static str {
        match self {
            Self::Wide => "w",
            Self::Medium => "m",
            Self::Narrow => "n",
        }
    }

    fn width(self) -> f64 {
        match self {
            Self::Wide => 992.0,
            Self::Medium => 600.0,
            Self::Narrow => 340.0,
        }
    }

    fn plot_height(self) -> f64 {
        match self {
            Self::Wide => 440.0,
            Self::Medium => 360.0,
            Self::Narrow => 300.0,
        }
    }
}

/// The drawing of a scene.
pub fn chart(scene: &Scene, canvas: Canvas, styling: Styling) -> String {
    let drawing = Drawing::new(scene, canvas);
    let mut pen = Pen::default();
    drawing.open(&mut pen, styling);
    drawing.regions(&mut pen);
    drawing.grid(&mut pen);
    drawing.series(&mut pen);
    drawing.target(&mut pen);
    drawing.strips(&mut pen);
    drawing.names(&mut pen);
    pen.close("svg");
    pen.finish()
}

/// Height of the row that says "measured | forecast →".
const NOW_ROW: f64 = 20.0;
/// Height of the band with the names of the regions.
const REGION_ROW: f64 = 36.0;
/// Height of one strip with the gap below it.
const STRIP_ROW: f64 = 17.0;

struct Drawing<'a> {
    scene: &'a Scene,
    canvas: Canvas,
    plot: Rect,
    height: f64,
    names: Vec<Placed>,
}

impl<'a> Drawing<'a> {
    fn new(scene: &'a Scene, canvas: Canvas) -> Self {
        let width = canvas.width();
        let widest_tick =
            scene.y.ticks.iter().map(|tick| text_width(&tick.label, 12.0)).fold(0.0, f64::max);
        let axis_title = if canvas == Canvas::Narrow { 0.0 } else { 20.0 };
        let right_margin = match canvas {
            Canvas::Narrow => 14.0,
            Canvas::Medium | Canvas::Wide => labels::margin(&scene.series, width * 0.22),
        };
        let title_row = if canvas == Canvas::Narrow { 18.0 } else { 0.0 };
        let top = title_row + NOW_ROW + REGION_ROW;
        let plot = Rect {
            left: axis_title + widest_tick + 10.0,
            right: width - right_margin,
            top,
            bottom: top + canvas.plot_height(),
        };
        let strips = scene.strips.len() as f64 * STRIP_ROW;
        let height = plot.bottom + strips + if strips > 0.0 { 56.0 } else { 48.0 };
        let mut drawing = Self { scene, canvas, plot, height, names: Vec::new() };
        if canvas != Canvas::Narrow {
            drawing.names = labels::names(&scene.series, plot, right_margin, |at| drawing.at(at));
        }
        drawing
    }

    fn x(&self, size: f64) -> f64 {
        pixel(&self.scene.x, size, self.plot.left, self.plot.right)
    }

    fn y(&self, error: f64) -> f64 {
        pixel(&self.scene.y, error, self.plot.bottom, self.plot.top)
    }

    fn at(&self, place: Position) -> (f64, f64) {
        (self.x(place.size), self.y(place.error))
    }

    fn id(&self, name: &str) -> String {
        format!("{}-{name}", self.canvas.prefix())
    }

    fn open(&self, pen: &mut Pen, styling: Styling) {
        let (width, height) = (number(self.canvas.width()), number(self.height));
        let (title, description) = (self.id("title"), self.id("desc"));
        pen.open(
            "svg",
            &[
                ("xmlns", "http://www.w3.org/2000/svg"),
                ("viewBox", &format!("0 0 {width} {height}")),
                ("width", &width),
                ("height", &height),
                ("role", "img"),
                ("aria-labelledby", &format!("{title} {description}")),
                ("class", "lc"),
            ],
        );
        pen.words("title", &[("id", &title)], &self.scene.title);
        pen.words("desc", &[("id", &description)], &self.scene.description);
        if styling == Styling::Embedded {
            // The sheet is ours and holds no `<` or `&`.
            pen.raw("<style>");
            pen.raw(&sheet());
            pen.raw("</style>");
        }
        pen.open("defs", &[]);
        pen.open("clipPath", &[("id", &self.id("clip"))]);
        pen.rect("", self.plot, &[]);
        pen.close("clipPath");
        pen.close("defs");
        let all = Rect { left: 0.0, top: 0.0, right: self.canvas.width(), bottom: self.height };
        pen.rect("bg", all, &[]);
    }

    fn regions(&self, pen: &mut Pen) {
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
    fn tint(&self, pen: &mut Pen, kind: &str, area: Rect, (low, high): (f64, f64)) {
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
        gradient(pen, &id, (low, high), [(&class, opacity[0]), (&class, opacity[1])]);
        pen.rect("", area, &[("fill", &format!("url(#{id})"))]);
    }

    fn region_names(&self, pen: &mut Pen, regions: &Regions, top: f64) {
        let Rect { left, right, .. } = self.plot;
        let inside = |edge: Option<SoftEdge>, otherwise: f64| {
            edge.map_or(otherwise, |edge| self.x(edge.middle).clamp(left, right))
        };
        let small_ends = inside(regions.small_data_ends, left);
        let irreducible = inside(regions.irreducible_begins, right).max(small_ends);
        let stretches = [
            ("SMALL DATA", None, left, small_ends),
            ("POWER LAW", regions.slope.as_deref(), small_ends, irreducible),
            ("IRREDUCIBLE", regions.floor.as_deref(), irreducible, right),
        ];
        for (name, detail, from, to) in stretches {
            // Letter spacing of .08em on capitals of 11 px.
            let width = text_width(name, 11.0) + name.len() as f64 * 0.9;
            if to - from < width + 8.0 {
                continue;
            }
            let middle = f64::midpoint(from, to);
            let detail = detail.filter(|words| text_width(words, 11.5) < to - from - 6.0);
            let y = top + if detail.is_some() { 14.0 } else { 21.0 };
            pen.text("rl", (middle, y), Anchor::Middle, name);
            if let Some(words) = detail {
                pen.text("rs", (middle, top + 28.0), Anchor::Middle, words);
            }
        }
    }

    fn grid(&self, pen: &mut Pen) {
        let Rect { left, right, top, bottom } = self.plot;
        let below = bottom + self.scene.strips.len() as f64 * STRIP_ROW;
        let tick_y = below + if self.scene.strips.is_empty() { 17.0 } else { 23.0 };
        let mut free_from = f64::NEG_INFINITY;
        for tick in &self.scene.x.ticks {
            let x = self.x(tick.value);
            pen.line("grid", (x, top), (x, bottom));
            let half = text_width(&tick.label, 12.0) / 2.0;
            let shown = x.clamp(half, self.canvas.width() - half);
            if shown - half > free_from {
                pen.text("tk", (shown, tick_y), Anchor::Middle, &tick.label);
                free_from = shown + half + 6.0;
            }
        }
        for tick in &self.scene.y.ticks {
            let y = self.y(tick.value);
            pen.line("grid", (left, y), (right, y));
            pen.text("tk", (left - 7.0, y + 4.0), Anchor::End, &tick.label);
        }
        let middle = f64::midpoint(left, right);
        pen.text("ax", (middle, tick_y + 21.0), Anchor::Middle, &self.scene.x.label);
        if self.canvas == Canvas::Narrow {
            pen.text("ax", (2.0, 13.0), Anchor::Start, &self.scene.y.label);
            return;
        }
        let centre = number(f64::midpoint(top, bottom));
        pen.words(
            "text",
            &[
                ("class", "ax"),
                ("x", "13"),
                ("y", &centre),
                ("transform", &format!("rotate(-90 13 {centre})")),
                ("text-anchor", "middle"),
            ],
            &fitted(&self.scene.y.label, 12.0, bottom - top),
        );
    }

    fn series(&self, pen: &mut Pen) {
        pen.open("g", &[("clip-path", &format!("url(#{})", self.id("clip")))]);
        for series in &self.scene.series {
            pen.open("g", &[("class", &class_of(series.look))]);
            self.lines(pen, series);
            pen.close("g");
        }
        pen.close("g");
        // Marks on the frame stay whole: they are drawn outside the clip.
        for series in &self.scene.series {
            pen.open("g", &[("class", &class_of(series.look))]);
            pen.words("title", &[], &series.name);
            for &seed in &series.seeds {
                pen.circle("seed", self.at(seed), 1.6);
            }
            for &point in &series.points {
                marker(pen, series.look, self.at(point));
            }
            pen.close("g");
        }
    }

    fn lines(&self, pen: &mut Pen, series: &Series) {
        for (class, band) in [("b95", &series.band_95), ("b80", &series.band_80)] {
            pen.path(class, &self.outline(band), Closing::Closed);
        }
        for (class, line) in
            [("pre", &series.before_fit), ("fit", &series.fit), ("fc", &series.forecast)]
        {
            if line.len() > 1 {
                let pixels: Vec<(f64, f64)> = line.iter().map(|&place| self.at(place)).collect();
                pen.path(class, &pixels, Closing::Open);
            }
        }
    }

    /// The upper edge forwards, the lower one backwards.
    fn outline(&self, band: &[Span]) -> Vec<(f64, f64)> {
        let upper = band.iter().map(|span| (self.x(span.size), self.y(span.high)));
        let lower = band.iter().rev().map(|span| (self.x(span.size), self.y(span.low)));
        upper.chain(lower).collect()
    }

    fn target(&self, pen: &mut Pen) {
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
            for (at, is_closed) in [(low, crossing.low.is_some()), (high, crossing.high.is_some())]
            {
                if is_closed && at > self.plot.left && at < self.plot.right {
                    pen.line("whisker", (at, y - 5.0), (at, y + 5.0));
                }
            }
            pen.circle("cross", (x, y), 5.0);
            labels.block(Rect { left: low, right: high, top: y - 6.0, bottom: y + 6.0 });
            labels.crossing(pen, (x, y), &crossing.label, &crossing.range);
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
            .collect()
    }

    fn strips(&self, pen: &mut Pen) {
        let Rect { left, right, bottom, .. } = self.plot;
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

    /// The power-law part of a strip in the colour of the curve, its ends faded.
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

    fn names(&self, pen: &mut Pen) {
        for name in &self.names {
            name.draw(pen, self.plot.right);
        }
    }
}

fn gradient(pen: &mut Pen, id: &str, (low, high): (f64, f64), stops: [(&str, &str); 2]) {
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

fn pixel(axis: &Axis, value: f64, from: f64, to: f64) -> f64 {
    let at = from + axis.fraction(value) * (to - from);
    if at.is_finite() { at.clamp(-4e3, 4e3) } else { from }
}

/// Class of a series: `s0` … `s5`, or `sg` for grey.
pub(super) fn class_of(look: Look) -> String {
    match look {
        Look::Colour(index) => format!("s{index}"),
        Look::Grey => "sg".to_owned(),
    }
}
