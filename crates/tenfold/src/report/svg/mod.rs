//! Draws a scene as SVG.
//!
//! The picture holds no scripts, no custom properties and no inline styles. Classes carry the
//! colours, so that one drawing follows the reader's light or dark scheme.

mod labels;
mod marks;
mod pen;
mod regions;
mod style;
mod target;

pub use marks::{Mark, legend_mark};
pub use style::sheet;

use labels::Placed;
use marks::marker;
use pen::{Anchor, Closing, Pen, Rect, fitted, number, text_width};

use super::axis::{Axis, Tick};
use super::scene::{Position, Scene, Series, Span};
use crate::analysis::Look;

/// The size of the page that a chart is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Canvas {
    /// A desktop page: names at the line ends, strips, axis titles.
    Wide,
    /// A small window or a sheet of paper.
    Medium,
    /// A phone: a legend outside the picture holds the names.
    Narrow,
}

/// Whether the drawing carries its style sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Styling {
    /// The drawing is a file of its own and carries the style sheet.
    Embedded,
    /// The drawing is part of a page that has [`sheet`] already.
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
            Self::Medium => 560.0,
            Self::Narrow => 316.0,
        }
    }

    fn plot_height(self) -> f64 {
        match self {
            Self::Wide => 440.0,
            Self::Medium => 350.0,
            Self::Narrow => 290.0,
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

/// Height of the row with "measured | forecast →".
const NOW_ROW: f64 = 20.0;
/// Height of the band with the names of the regions.
const REGION_ROW: f64 = 36.0;
/// Smallest distance of two marks of a curve, in pixels; a closer one is drawn as a dot.
const MARK_GAP: f64 = 9.0;
/// Smallest distance of two dots, in pixels; a closer one is not drawn.
const DOT_GAP: f64 = 1.6;
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
            scene.y.ticks.iter().map(|tick| text_width(&in_both(tick), 12.0)).fold(0.0, f64::max);
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
            // The style sheet is written here without `<` and `&`, so that it needs no escaping.
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
            pen.text("tk", (left - 7.0, y + 4.0), Anchor::End, &in_both(tick));
        }
        let keys = [
            (self.scene.has_imported(), Mark::Imported, "imported"),
            (self.scene.has_bounds(), Mark::Bound, PERFECT),
        ];
        let mut key_until = right;
        for (_, mark, words) in keys.into_iter().filter(|key| key.0) {
            if self.canvas == Canvas::Narrow {
                // On a phone the page's legend shows the kinds of marks.
                break;
            }
            let words_from = key_until - text_width(words, 12.0);
            let down = if mark == Mark::Bound { 9.0 } else { 17.0 };
            pen.open("g", &[("class", "key")]);
            marker(pen, Look::Colour(0), mark, (words_from - 10.0, tick_y + down));
            pen.close("g");
            pen.text("ax", (key_until, tick_y + 21.0), Anchor::End, words);
            key_until = words_from - 30.0;
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
        // Marks are drawn outside the clip, so that those on the frame stay whole.
        for series in &self.scene.series {
            pen.open("g", &[("class", &class_of(series.look))]);
            pen.words("title", &[], &series.name);
            for &seed in &series.seeds {
                pen.circle("seed", self.at(seed), 1.6);
            }
            for &seed in &series.imported_seeds {
                pen.circle("seed imp", self.at(seed), 1.6);
            }
            self.marks(pen, series);
            pen.close("g");
        }
    }

    /// Draws a mark for each size; where sizes are closer than a mark is wide, dots between the
    /// marks.
    fn marks(&self, pen: &mut Pen, series: &Series) {
        let mut marked: Vec<(f64, f64)> = Vec::new();
        let mut marks: Vec<Mark> = Vec::new();
        let mut dots: Vec<(f64, f64)> = Vec::new();
        let is_near = |last: Option<&(f64, f64)>, at: (f64, f64), gap: f64| {
            last.is_some_and(|last| (last.0 - at.0).hypot(last.1 - at.1) < gap)
        };
        for point in &series.points {
            let at = self.at(*point);
            let is_imported = series.imported.contains(point);
            let mark = if is_imported { Mark::Imported } else { Mark::Measured };
            // A mark may be left out between two of its kind, but not one of another kind.
            if marks.last() != Some(&mark) || !is_near(marked.last(), at, MARK_GAP) {
                marked.push(at);
                marks.push(mark);
            } else if !is_near(dots.last(), at, DOT_GAP) {
                dots.push(at);
            }
        }
        for &bound in &series.bounds {
            let at = self.at(bound);
            if marks.last() != Some(&Mark::Bound) || !is_near(marked.last(), at, MARK_GAP) {
                marked.push(at);
                marks.push(Mark::Bound);
            }
        }
        pen.dots("dense", &dots);
        for (at, mark) in marked.into_iter().zip(marks) {
            marker(pen, series.look, mark, at);
        }
    }

    fn lines(&self, pen: &mut Pen, series: &Series) {
        let narrow = if series.is_in_front { "b80" } else { "b80 faint" };
        for (class, band) in [("b95", &series.band_95), (narrow, &series.band_80)] {
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

    /// Outline of a band: its upper edge forwards, its lower edge backwards.
    fn outline(&self, band: &[Span]) -> Vec<(f64, f64)> {
        let upper = band.iter().map(|span| (self.x(span.size), self.y(span.high)));
        let lower = band.iter().rev().map(|span| (self.x(span.size), self.y(span.low)));
        upper.chain(lower).collect()
    }

    fn names(&self, pen: &mut Pen) {
        for name in &self.names {
            name.draw(pen, self.plot.right);
        }
    }
}

/// Meaning of the mark of a bound, for legends.
pub(super) const PERFECT: &str = "perfect runs: error below";

/// Text of a tick: `30%`, or `30% (70.0)` with a second scale.
fn in_both(tick: &Tick) -> String {
    match &tick.other {
        Some(other) => format!("{} ({other})", tick.label),
        None => tick.label.clone(),
    }
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
