//! The prior of a curve: a mixture of classes of curves.
//!
//! Within a class, laws and dynamics are independent; kinds of metrics differ in how often each class
//! occurs. The shipped prior is learnt from public curves by `examples/learn_prior.rs` and kept, with its
//! provenance, in `data/prior.txt`.

use std::fmt::{self, Write as _};
use std::sync::{Arc, LazyLock, OnceLock};

use serde::{Serialize, Serializer};

use crate::curve::MetricKind;
use crate::posterior::grid::{GRID, Grid, MOST_REGIONS, PriorRow};

/// Kinds of metrics in the order of every array over them.
pub(super) const KINDS: [MetricKind; 3] =
    [MetricKind::ErrorRate, MetricKind::Loss, MetricKind::Unbounded];

/// Place of a kind of metric in arrays over them.
pub(super) fn kind_number(metric: MetricKind) -> usize {
    match metric {
        MetricKind::ErrorRate => 0,
        MetricKind::Loss => 1,
        MetricKind::Unbounded => 2,
    }
}

/// Where a prior comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PriorName {
    /// It comes with Tenfold.
    Shipped,
    /// It was learnt from other curves alone.
    Learnt {
        /// Number of curves.
        curves: usize,
    },
    /// The shipped one, sharpened by the user's own curves.
    Own {
        /// Number of curves.
        curves: usize,
    },
}

impl fmt::Display for PriorName {
    /// `posterior/v1`, or `own/24-curves`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shipped => formatter.write_str("posterior/v1"),
            Self::Learnt { curves } => write!(formatter, "learnt/{curves}-curves"),
            Self::Own { curves } => write!(formatter, "own/{curves}-curves"),
        }
    }
}

impl Serialize for PriorName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Probability that the slope of a curve turns beyond the data, and by how much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LateBreak {
    /// Standard deviation of the turn of the slope, in log error a doubling.
    pub turn: f64,
    /// Probability of such a break in a doubling.
    pub probability: f64,
}

/// A class of curves.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Class {
    /// Its share among curves of each kind of metric.
    pub(super) shares: [f64; 3],
    /// Probabilities of the laws of the grid.
    pub(super) laws: Vec<f64>,
    /// Probabilities of the dynamics of the grid.
    pub(super) dynamics: Vec<f64>,
}

impl Class {
    /// Adds the class's probability of every cell, for a kind of metric.
    fn add_to(&self, cells: &mut [f64], kind: usize) {
        let rows = cells.chunks_mut(self.laws.len()).zip(&self.dynamics);
        for (row, dynamics) in rows {
            let share = self.shares[kind] * dynamics;
            for (cell, law) in row.iter_mut().zip(&self.laws) {
                *cell += share * law;
            }
        }
    }
}

/// Rows of a prior by whether noise was measured and by the number of regions.
type Rows = [[OnceLock<Vec<PriorRow>>; MOST_REGIONS + 1]; 2];

/// A prior over the cells of the posterior.
#[derive(Clone, Debug)]
pub struct Prior {
    name: PriorName,
    classes: Vec<Class>,
    breaks: Vec<LateBreak>,
    /// Probability of each cell by kind of metric; laws within dynamics.
    cells: [Vec<f64>; 3],
    /// The same probabilities in the form that a fit needs: by kind, by whether noise was measured,
    /// by the number of regions.
    rows: Arc<[Rows; 3]>,
}

/// Why a text is not a prior.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the prior: {needed}")]
pub struct PriorError {
    /// Line, from 1 on.
    pub line: usize,
    /// What was needed there.
    pub needed: &'static str,
}

static SHIPPED: LazyLock<Prior> = LazyLock::new(|| {
    // A test reads the shipped text, so that the uniform prior is never used in its place.
    Prior::from_text(include_str!("../../data/prior.txt"), PriorName::Shipped)
        .unwrap_or_else(|_| Prior::even())
});

/// Probability below which a class's dynamics are not written.
const UNWRITTEN: f64 = 1e-6;

impl Prior {
    /// The prior that comes with Tenfold.
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    /// The prior with the same probability for every cell of the grid.
    pub fn even() -> Self {
        let (laws, dynamics) = (GRID.shapes.len(), GRID.dynamics.len());
        let class = Class {
            shares: [1.0; 3],
            laws: vec![1.0 / laws as f64; laws],
            dynamics: vec![1.0 / dynamics as f64; dynamics],
        };
        Self::of(PriorName::Learnt { curves: 0 }, vec![class], Vec::new())
    }

    pub(super) fn of(name: PriorName, classes: Vec<Class>, breaks: Vec<LateBreak>) -> Self {
        let cells = std::array::from_fn(|kind| {
            let mut cells = vec![0.0; GRID.cells()];
            for class in &classes {
                class.add_to(&mut cells, kind);
            }
            cells
        });
        Self { name, classes, breaks, cells, rows: Arc::default() }
    }

    /// Where it comes from.
    pub fn name(&self) -> PriorName {
        self.name
    }

    /// The chances of late breaks.
    pub fn breaks(&self) -> &[LateBreak] {
        &self.breaks
    }

    /// The same prior with other chances of late breaks.
    #[must_use]
    pub fn with_breaks(mut self, breaks: Vec<LateBreak>) -> Self {
        self.breaks = breaks;
        self
    }

    pub(super) fn classes(&self) -> &[Class] {
        &self.classes
    }

    #[cfg(test)]
    pub(super) fn cells(&self, metric: MetricKind) -> &[f64] {
        &self.cells[kind_number(metric)]
    }

    /// The prior of a curve whose smallest size lies `first` doublings beyond (so below) its
    /// largest.
    pub(super) fn rows(&self, metric: MetricKind, has_noise: bool, first: f64) -> &[PriorRow] {
        let (kind, regions) = (kind_number(metric), Grid::regions(first));
        let rows = &self.rows[kind][usize::from(has_noise)][regions];
        rows.get_or_init(|| GRID.merged(&self.cells[kind], has_noise, regions))
    }

    /// Probability, before a curve of a kind is seen, that its floor is `share` or more of the error at its
    /// largest size.
    pub(crate) fn probability_of_floor(&self, metric: MetricKind, share: f64) -> f64 {
        let laws = GRID.shapes.iter().cycle();
        let cells = self.cells[kind_number(metric)].iter().zip(laws);
        cells.filter(|(_, law)| law.floor_share >= share).map(|(mass, _)| mass).sum()
    }

    /// The prior as text, without provenance: what [`Prior::from_text`] reads.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let mut row = |name: &str, values: Vec<String>| {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{name} {}", values.join(" "));
        };
        for one in &self.breaks {
            row("break", vec![one.turn.to_string(), one.probability.to_string()]);
        }
        let plain = |values: &[f64]| values.iter().map(|value| format!("{value:.3e}")).collect();
        for class in &self.classes {
            row("class", plain(&class.shares));
            row("laws", plain(&class.laws));
            let named = class.dynamics.iter().enumerate().filter(|one| *one.1 >= UNWRITTEN);
            row("dynamics", named.map(|(at, value)| format!("{at}:{value:.3e}")).collect());
        }
        text
    }

    /// Reads what [`Prior::to_text`] writes; lines that begin with `#` are comments.
    ///
    /// # Errors
    /// [`PriorError`] with the first line that is not as needed.
    pub fn from_text(text: &str, name: PriorName) -> Result<Self, PriorError> {
        let mut classes: Vec<Class> = Vec::new();
        let mut breaks = Vec::new();
        let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
        for (line, content) in lines.filter(|(_, line)| !line.starts_with('#')) {
            let refuse = |needed| PriorError { line, needed };
            let mut words = content.split_whitespace();
            let Some(kind) = words.next() else { continue };
            let numbers = || -> Result<Vec<f64>, PriorError> {
                let parsed = content.split_whitespace().skip(1).map(str::parse);
                parsed.collect::<Result<_, _>>().map_err(|_| refuse("numbers"))
            };
            let last = classes.last_mut();
            match (kind, last) {
                ("break", _) => breaks.push(
                    read_break(&numbers()?).ok_or_else(|| refuse("a turn and a probability"))?,
                ),
                ("class", _) => {
                    let shares = numbers()?;
                    let shares = shares.try_into().map_err(|_| refuse("three shares"))?;
                    classes.push(Class { shares, laws: Vec::new(), dynamics: Vec::new() });
                }
                ("laws", Some(class)) => {
                    let numbers = Some(numbers()?);
                    let laws = numbers.filter(|laws| laws.len() == GRID.shapes.len());
                    let needed = "one probability a law of the grid";
                    class.laws = normalised(laws.ok_or_else(|| refuse(needed))?);
                }
                ("dynamics", Some(class)) => {
                    let needed = "number:probability, with numbers of dynamics of the grid";
                    class.dynamics = read_dynamics(words).ok_or_else(|| refuse(needed))?;
                }
                _ => return Err(refuse("`break`, `class`, `laws` or `dynamics`")),
            }
        }
        let is_whole = |class: &Class| !class.laws.is_empty() && !class.dynamics.is_empty();
        if classes.is_empty() || !classes.iter().all(is_whole) {
            let line = text.lines().count();
            return Err(PriorError { line, needed: "laws and dynamics of every class" });
        }
        for kind in 0..KINDS.len() {
            let total: f64 = classes.iter().map(|class| class.shares[kind]).sum();
            for class in &mut classes {
                class.shares[kind] /= total;
            }
        }
        Ok(Self::of(name, classes, breaks))
    }
}

fn read_break(numbers: &[f64]) -> Option<LateBreak> {
    let &[turn, probability] = numbers else { return None };
    Some(LateBreak { turn, probability })
}

/// Probabilities of all dynamics, of which words as `12:3.4e-5` name some.
fn read_dynamics<'a>(words: impl Iterator<Item = &'a str>) -> Option<Vec<f64>> {
    let mut dynamics = vec![0.0; GRID.dynamics.len()];
    for word in words {
        let (at, value) = word.split_once(':')?;
        *dynamics.get_mut(at.parse::<usize>().ok()?)? = value.parse().ok()?;
    }
    Some(normalised(dynamics))
}

/// `values` divided by their sum.
pub(super) fn normalised(mut values: Vec<f64>) -> Vec<f64> {
    let total: f64 = values.iter().sum();
    for value in &mut values {
        *value /= total;
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_prior_reads_and_its_cells_sum_to_1() {
        let text = include_str!("../../data/prior.txt");
        let prior = Prior::from_text(text, PriorName::Shipped).unwrap();
        for metric in KINDS {
            let total: f64 = prior.cells(metric).iter().sum();
            assert!((total - 1.0).abs() < 1e-6, "{metric:?}: {total}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let prior = Prior::even().with_breaks(vec![LateBreak { turn: 0.5, probability: 0.01 }]);
        let read = Prior::from_text(&prior.to_text(), PriorName::Shipped).unwrap();
        assert_eq!(read.breaks(), prior.breaks());
        let (one, other) = (prior.cells(MetricKind::Loss), read.cells(MetricKind::Loss));
        assert!(one.iter().zip(other).all(|(a, b)| (a / b - 1.0).abs() < 1e-2));
    }

    #[test]
    fn what_is_no_prior_is_refused_with_its_line() {
        let line = |text: &str| Prior::from_text(text, PriorName::Shipped).unwrap_err().line;
        assert_eq!(line("# nothing\nlaws 1 2"), 2);
        assert_eq!(line("class 1 1\n"), 1);
        assert_eq!(line("class 1 1 1\nlaws 1 2 3"), 2);
        assert_eq!(line("class 1 1 1\ndynamics 9999999:1"), 2);
        assert_eq!(line(""), 0);
    }
}
