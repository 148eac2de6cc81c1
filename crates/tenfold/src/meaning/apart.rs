//! Finds the columns that tell rows of one curve and size apart, so that different conditions are
//! not averaged silently.

use std::collections::{BTreeMap, BTreeSet};

use tenfold_core::TrainingSetSize;

use super::names::{self, Other};
use super::number;
use super::scale::ScaleRefusal;

/// Most columns that are examined.
const LOOKED_AT: usize = 24;

/// Most different texts of a column that are kept; a column with more is rarely a condition.
const KEPT: usize = 4096;

/// The texts of columns without a role, each stored as a small code.
#[derive(Clone, Debug, Default)]
pub struct Apart {
    columns: Vec<Column>,
    /// One code per examined column, row after row.
    codes: Vec<u16>,
}

#[derive(Clone, Debug)]
struct Column {
    name: String,
    other: Other,
    known: BTreeMap<Box<str>, u16>,
}

impl Column {
    /// Its name, and its texts by code.
    fn texts(&self) -> (&str, BTreeMap<u16, &str>) {
        (&self.name, self.known.iter().map(|(text, code)| (*code, &**text)).collect())
    }

    /// Whether it holds a different path for each of the `rows` rows: the output path of a run,
    /// which is no condition.
    fn are_paths_of_runs(&self, rows: usize) -> bool {
        self.known.len() == rows && self.known.keys().all(|text| text.contains(['/', '\\']))
    }
}

impl Apart {
    /// Starts to examine those of the columns `names` that may tell rows apart.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let columns = names.into_iter().map(|name| Column {
            name: name.to_owned(),
            other: names::other(name),
            known: BTreeMap::new(),
        });
        let may_tell = columns.filter(|column| column.other != Other::TellsNothing);
        Self { columns: may_tell.take(LOOKED_AT).collect(), codes: Vec::new() }
    }

    /// Stops examining the column called `name`; has no effect after the first row.
    pub fn leave_out(&mut self, name: &str) {
        if self.codes.is_empty() {
            self.columns.retain(|column| column.name != name);
        }
    }

    /// Returns `wanted` with the `rows` rows so far added, because later rows have more columns.
    #[must_use]
    pub fn with(self, wanted: &Self, rows: usize) -> Self {
        let mut with = Self { codes: Vec::new(), ..wanted.clone() };
        let texts: BTreeMap<&str, BTreeMap<u16, &str>> =
            self.columns.iter().map(Column::texts).collect();
        let place = |name: &str| self.columns.iter().position(|column| column.name == name);
        for row in 0..rows {
            with.add(|name| {
                let code = self.code(row, place(name)?);
                texts.get(name)?.get(&code).copied()
            });
        }
        with
    }

    /// Whether no column is examined.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Adds the next row; `cell` returns its text in a column.
    pub fn add<'a>(&mut self, cell: impl Fn(&str) -> Option<&'a str>) {
        for column in &mut self.columns {
            let text = cell(&column.name).unwrap_or_default().trim();
            let code = match column.known.get(text) {
                Some(code) => *code,
                None if column.known.len() < KEPT => {
                    let code = column.known.len() as u16;
                    column.known.insert(text.into(), code);
                    code
                }
                None => KEPT as u16,
            };
            self.codes.push(code);
        }
    }

    /// The fewest columns whose texts must be the same within a curve, most informative first;
    /// empty if rows of one curve and size agree in all columns.
    ///
    /// `rows`: curve and size of each row, in the order in which they were added.
    pub fn telling(&self, rows: &[(u32, TrainingSetSize)]) -> Vec<String> {
        if self.columns.is_empty() || self.codes.len() != rows.len() * self.columns.len() {
            return Vec::new();
        }
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|&row| rows[row]);
        let mut open: Vec<usize> =
            (0..self.columns.len()).filter(|&at| self.tells(at, rows, &order)).collect();
        let mut chosen: Vec<usize> = Vec::new();
        loop {
            open.retain(|&at| self.mixed(at, &chosen, rows, &order) > 0);
            // The best column is the one that leaves the fewest mixed groups over all remaining
            // columns.
            let rest = |&at: &usize| {
                let with: Vec<usize> = chosen.iter().copied().chain([at]).collect();
                open.iter().map(|&other| self.mixed(other, &with, rows, &order)).sum::<usize>()
            };
            let Some(best) = open.iter().copied().min_by_key(rest) else { break };
            chosen.push(best);
        }
        chosen.into_iter().map(|at| self.columns[at].name.clone()).collect()
    }

    fn code(&self, row: usize, column: usize) -> u16 {
        self.codes[row * self.columns.len() + column]
    }

    /// Whether a column is a condition: its texts differ within one size and return at other sizes.
    fn tells(&self, column: usize, rows: &[(u32, TrainingSetSize)], order: &[usize]) -> bool {
        let known = &self.columns[column];
        let count = known.known.len();
        if !(2..KEPT).contains(&count) || self.mixed(column, &[], rows, order) == 0 {
            return false;
        }
        if known.are_paths_of_runs(rows.len()) {
            return false;
        }
        if known.other == Other::TellsApart {
            return true;
        }
        let pairs: BTreeSet<(u16, TrainingSetSize)> =
            order.iter().map(|&row| (self.code(row, column), rows[row].1)).collect();
        let is_text =
            known.known.keys().any(|text| !text.is_empty() && number::read(text).is_none());
        let times = if is_text { 3 } else { 4 };
        2 * pairs.len() >= times * count
    }

    /// Groups of one curve, one size and one text in each column of `by` in which `column` has several texts.
    fn mixed(
        &self,
        column: usize,
        by: &[usize],
        rows: &[(u32, TrainingSetSize)],
        order: &[usize],
    ) -> usize {
        if by.is_empty() {
            let groups = order.chunk_by(|&a, &b| rows[a] == rows[b]);
            let is_mixed = |group: &&[usize]| {
                group.iter().any(|&row| self.code(row, column) != self.code(group[0], column))
            };
            return groups.filter(is_mixed).count();
        }
        let mut seen: BTreeMap<(u32, TrainingSetSize, Vec<u16>), BTreeSet<u16>> = BTreeMap::new();
        for &row in order {
            let key = by.iter().map(|&at| self.code(row, at)).collect();
            let (curve, size) = rows[row];
            seen.entry((curve, size, key)).or_default().insert(self.code(row, column));
        }
        seen.values().filter(|texts| texts.len() > 1).count()
    }
}

/// The refusal of rows that differ in the columns `telling`, with the option that separates them.
///
/// `curves`: columns that already name curves; `source`: the file, as the user typed it.
pub fn pooled(telling: &[String], curves: &[String], source: &str) -> ScaleRefusal {
    let named: Vec<String> = telling.iter().map(|name| format!("`{name}`")).collect();
    let named = named.join(" and ");
    let message = format!("rows of one curve and size differ in {named}: they are not one curve");
    if telling.iter().any(|name| names::is_step(name)) {
        let source = names::shell_word(source);
        let hint = format!("`tenfold import csv {source}` takes the last step of each run");
        return ScaleRefusal { message, hint };
    }
    let option = |name: &String| format!("--curve {}", names::shell_word(name));
    let options: Vec<String> = curves.iter().chain(telling).map(option).collect();
    let mut hint =
        format!("`{}` makes curves of them, `--name NAME` makes them one", options.join(" "));
    if telling.iter().any(|name| names::is_model_size(name)) {
        let source = names::shell_word(source);
        let fit =
            format!(", `tenfold fit {source} --law joint-power-law` fits sizes of models too");
        hint.push_str(&fit);
    }
    ScaleRefusal { message, hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn telling(header: &[&str], rows: &[(f64, &[&str])]) -> Vec<String> {
        let mut apart = Apart::new(header.iter().copied());
        let mut keys = Vec::new();
        for (size, cells) in rows {
            apart.add(|name| {
                let at = header.iter().position(|known| *known == name)?;
                cells.get(at).copied()
            });
            keys.push((0, TrainingSetSize::new(*size).unwrap()));
        }
        apart.telling(&keys)
    }

    #[test]
    fn a_condition_is_told_and_a_result_is_not() {
        let rows: [(f64, &[&str]); 4] = [
            (100.0, &["adam", "0.51"]),
            (100.0, &["sgd", "0.52"]),
            (200.0, &["adam", "0.41"]),
            (200.0, &["sgd", "0.43"]),
        ];
        assert_eq!(telling(&["flavour", "measured"], &rows), ["flavour"]);
    }

    #[test]
    fn the_fewest_columns_are_named() {
        let rows: [(f64, &[&str]); 4] = [
            (100.0, &["none", "0.0"]),
            (100.0, &["flip", "0.4"]),
            (200.0, &["none", "0.0"]),
            (200.0, &["flip", "0.4"]),
        ];
        assert_eq!(telling(&["noise_type", "noise_rate"], &rows).len(), 1);
        let crossed: [(f64, &[&str]); 4] =
            [(1.0, &["a", "x"]), (1.0, &["a", "y"]), (1.0, &["b", "x"]), (1.0, &["b", "y"])];
        assert_eq!(telling(&["model", "dataset"], &crossed).len(), 2);
    }

    #[test]
    fn what_differs_between_sizes_only_is_not_told() {
        let rows: [(f64, &[&str]); 2] = [(100.0, &["adam"]), (200.0, &["sgd"])];
        assert!(telling(&["optimizer"], &rows).is_empty());
    }
}
