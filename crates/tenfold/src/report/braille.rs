//! Draws the chart for a terminal: braille dots for lines, a mark for each size, 80 columns.

use std::fmt::Write as _;

use super::axis::Axis;
use super::scene::{Position, Scene, Series, scene};
use super::view::StudyReport;
use crate::analysis::Look;

/// Size of the plot in character cells; a cell holds 2 × 4 dots.
const COLUMNS: usize = 54;
const ROWS: usize = 14;
/// Columns left of the plot: five for a label, one for the axis.
const LEFT: usize = 7;
/// Columns right of the plot for names.
const RIGHT: usize = 80 - LEFT - COLUMNS - 1;
/// Marks by series, in the order of the drawn shapes.
const MARKS: [char; 6] = ['●', '■', '▲', '◆', '▼', '⬢'];

/// The mark of a size at which every run was perfect, so that the error lies below it.
const BOUND: char = '↓';

/// Marks of imported runs: the same shapes, hollow.
const HOLLOW: [char; 6] = ['○', '□', '△', '◇', '▽', '⬡'];

/// The chart of a study in at most 80 columns, with a line end after each row.
pub fn chart(report: &StudyReport) -> String {
    let scene = &scene(report);
    let mut grid = Grid { dots: vec![[0; COLUMNS]; ROWS], marks: vec![[None; COLUMNS]; ROWS] };
    let coloured: Vec<&Series> =
        scene.series.iter().filter(|series| series.look != Look::Grey).collect();
    for series in &coloured {
        grid.line(scene, &series.before_fit, Stroke::Solid);
        grid.line(scene, &series.fit, Stroke::Solid);
        grid.line(scene, &series.forecast, Stroke::Dashed);
    }
    for series in &coloured {
        for &point in &series.points {
            let marks = if series.imported.contains(&point) { &HOLLOW } else { &MARKS };
            grid.mark(scene, point, mark_of(series.look, marks));
        }
        for &bound in &series.bounds {
            grid.mark(scene, bound, BOUND);
        }
    }
    let names = names(scene, &coloured);
    let target = scene.target.as_ref().and_then(|target| row_of(&scene.y, target.error));
    let upright = scene.measured_until.and_then(|size| column_of(&scene.x, size));
    let mut text = String::new();
    for (row, name) in names.iter().enumerate() {
        text.push_str(&tick_label(scene, row));
        let behind = |column: usize| match (target == Some(row), upright == Some(column)) {
            (true, _) => '╌',
            (false, true) => '┊',
            (false, false) => ' ',
        };
        text.extend((0..COLUMNS).map(|at| grid.cell(row, at).unwrap_or_else(|| behind(at))));
        text.push_str(name);
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text.push_str(&axis_rows(scene, upright));
    text
}

/// Whether a line is measured or forecast.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stroke {
    Solid,
    Dashed,
}

struct Grid {
    dots: Vec<[u8; COLUMNS]>,
    marks: Vec<[Option<char>; COLUMNS]>,
}

impl Grid {
    fn line(&mut self, scene: &Scene, line: &[Position], stroke: Stroke) {
        // A dashed line is two dots on, two off.
        let is_on = |x: f64| stroke == Stroke::Solid || (x / 2.0).floor() as i64 % 2 == 0;
        for pair in line.windows(2) {
            let (from, to) = (dot_of(scene, pair[0]), dot_of(scene, pair[1]));
            let steps = (to.0 - from.0).abs().max((to.1 - from.1).abs()).ceil().clamp(1.0, 400.0);
            let places = (0..=steps as u32).map(|step| {
                let share = f64::from(step) / steps;
                (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1))
            });
            places.filter(|&(x, _)| is_on(x)).for_each(|(x, y)| self.dot(x, y));
        }
    }

    fn dot(&mut self, x: f64, y: f64) {
        if x < 0.0 || y < 0.0 {
            return;
        }
        let (x, y) = (x as usize, y as usize);
        // Unicode numbers the dots of a cell column by column, except for the last row.
        let bit = match (x % 2, y % 4) {
            (column, 3) => 6 + column,
            (column, row) => 3 * column + row,
        };
        if let Some(cell) = self.dots.get_mut(y / 4).and_then(|row| row.get_mut(x / 2)) {
            *cell |= 1 << bit;
        }
    }

    fn mark(&mut self, scene: &Scene, place: Position, mark: char) {
        let cell = row_of(&scene.y, place.error).zip(column_of(&scene.x, place.size));
        if let Some((row, column)) = cell {
            self.marks[row][column] = Some(mark);
        }
    }

    fn cell(&self, row: usize, column: usize) -> Option<char> {
        let dots = self.dots[row][column];
        let braille = (dots > 0).then(|| char::from_u32(0x2800 + u32::from(dots))).flatten();
        self.marks[row][column].or(braille)
    }
}

fn mark_of(look: Look, marks: &[char; 6]) -> char {
    match look {
        Look::Colour(index) => marks[index % marks.len()],
        Look::Grey => '·',
    }
}

/// Position in dots from the upper left corner; outside the plot for a point off the axes.
fn dot_of(scene: &Scene, place: Position) -> (f64, f64) {
    let x = scene.x.fraction(place.size) * (2 * COLUMNS - 1) as f64;
    let y = (1.0 - scene.y.fraction(place.error)) * (4 * ROWS - 1) as f64;
    (x, y)
}

fn row_of(axis: &Axis, error: f64) -> Option<usize> {
    cell_of(1.0 - axis.fraction(error), ROWS)
}

fn column_of(axis: &Axis, size: f64) -> Option<usize> {
    cell_of(axis.fraction(size), COLUMNS)
}

fn cell_of(fraction: f64, cells: usize) -> Option<usize> {
    let is_inside = (-1e-9..=1.0 + 1e-9).contains(&fraction);
    is_inside.then(|| ((fraction.max(0.0) * cells as f64) as usize).min(cells - 1))
}

/// The label of the tick in this row and the axis beside it.
fn tick_label(scene: &Scene, row: usize) -> String {
    let tick = scene.y.ticks.iter().find(|tick| row_of(&scene.y, tick.value) == Some(row));
    match tick {
        Some(tick) => format!("{:>5} ┤", tick.label),
        None => format!("{:>5} │", ""),
    }
}

/// The text right of each row: the mark and the name of a curve, at the row where its line ends.
fn names(scene: &Scene, coloured: &[&Series]) -> Vec<String> {
    let mut names = vec![String::new(); ROWS];
    let mut ends: Vec<(usize, &Series)> = coloured
        .iter()
        .filter_map(|series| {
            let end = series.forecast.last().or(series.points.last())?;
            let fraction = (1.0 - scene.y.fraction(end.error)).clamp(0.0, 1.0);
            Some((cell_of(fraction, ROWS)?, *series))
        })
        .collect();
    ends.sort_by_key(|(row, _)| *row);
    let mut free_from = 0;
    let count = ends.len();
    for (index, (row, series)) in ends.into_iter().enumerate() {
        // One row is kept free for each name that is still to come.
        let row = row.max(free_from).min(ROWS - (count - index));
        let name: String = series.name.chars().take(RIGHT - 3).collect();
        names[row] = format!(" {} {name}", mark_of(series.look, &MARKS));
        free_from = row + 1;
    }
    names
}

/// The axis, its labels, and where the forecast starts.
fn axis_rows(scene: &Scene, upright: Option<usize>) -> String {
    let ticks: Vec<(usize, &str)> = scene
        .x
        .ticks
        .iter()
        .filter_map(|tick| Some((column_of(&scene.x, tick.value)?, tick.label.as_str())))
        .collect();
    let axis: String = (0..COLUMNS)
        .map(|column| if ticks.iter().any(|(at, _)| *at == column) { '┬' } else { '─' })
        .collect();
    let mut labels = String::new();
    for (column, label) in ticks {
        let start = (LEFT + column).saturating_sub(label.len() / 2);
        let gap = start.checked_sub(labels.chars().count());
        // A label that would touch the one before it is left out.
        if let Some(gap) = gap.filter(|&gap| gap > 0) {
            labels.push_str(&" ".repeat(gap));
            labels.push_str(label);
        }
    }
    let mut rows = format!("{:>6}└{axis}\n{labels}\n", "");
    if let Some(column) = upright {
        let before = LEFT + column;
        let _ = writeln!(rows, "{:>before$}┊ forecast →", "measured ");
    }
    if scene.series.iter().any(|series| !series.imported.is_empty()) {
        let _ = writeln!(rows, "{:>LEFT$}hollow marks: imported runs", "");
    }
    rows
}
