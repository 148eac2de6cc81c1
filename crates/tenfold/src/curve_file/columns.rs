//! Finds the columns that are read, by the names in the header.

use std::collections::BTreeSet;
use std::ops::Range;

use super::ReadOptions;
use super::findings::{Findings, SourceLine};
use crate::diagnostic::closest::{closest, listed};
use crate::meaning::apart::Apart;
use crate::meaning::names::{self, CURVES, DETAILS, FOLDS, OPTIONAL, SIZES};

/// Indices of the columns.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) size: usize,
    pub(super) metric: usize,
    /// Their texts together name the curve.
    pub(super) curves: Vec<usize>,
    /// The column with the fold, if another column holds the seed: both together tell runs apart.
    pub(super) fold: Option<usize>,
    /// One per name of [`OPTIONAL`], in that order.
    pub(super) optional: [Option<usize>; OPTIONAL.len()],
    /// One per name of [`DETAILS`], in that order.
    pub(super) details: [Option<usize>; DETAILS.len()],
    /// Names of all columns, as the file has them.
    pub(super) names: Vec<String>,
    /// The guesses, and the columns that are not read.
    pub(super) read_as: ReadAs,
}

/// How the columns of a file were read.
#[derive(Clone, Debug, Default)]
pub(super) struct ReadAs {
    /// Column with the size.
    pub(super) size: String,
    /// Column with the metric.
    pub(super) metric: String,
    /// Columns that name the curve.
    pub(super) curves: Vec<String>,
    /// Guesses about the columns, one sentence each.
    pub(super) guesses: Vec<String>,
    /// Columns that no role uses.
    pub(super) unread: Vec<String>,
    /// Columns whose texts may show that rows of one size belong to different curves.
    pub(super) apart: Apart,
}

impl ReadAs {
    /// Notes that the column called `name` is read after all.
    pub(super) fn is_read(&mut self, name: &str) {
        self.unread.retain(|other| other != name);
        self.apart.leave_out(name);
    }
}

/// Finds the columns of a header; returns `None` after reporting the problems to `findings`.
pub(super) fn columns(
    line: SourceLine<'_>,
    fields: &[Range<usize>],
    options: &ReadOptions,
    findings: &mut Findings,
) -> Option<Columns> {
    let names: Vec<String> =
        fields.iter().map(|field| line.cell(field).trim().to_owned()).collect();
    if names.iter().all(|name| name.parse::<f64>().is_ok()) {
        findings.add(line, 0..line.text.len(), "numbers", || {
            let hint = "make the first line name the columns: `size,error`".to_owned();
            ("the file starts with numbers, a header line is needed".to_owned(), Some(hint))
        });
        return None;
    }
    let columns = columns_named(line, &names, options, findings)?;
    let used = [columns.size, columns.metric].into_iter().chain(columns.curves.iter().copied());
    let used = used.chain(columns.optional.into_iter().chain(columns.details).flatten());
    let mut is_sound = true;
    for name in used.map(|at| &names[at]).collect::<BTreeSet<_>>() {
        let mut places =
            names.iter().zip(fields).filter(|(found, _)| found.eq_ignore_ascii_case(name));
        if let (Some(_), Some((_, second))) = (places.next(), places.next()) {
            is_sound = false;
            findings.add(line, second.clone(), "the second one", || {
                (format!("two columns are called `{name}`"), Some("rename one of them".to_owned()))
            });
        }
    }
    is_sound.then_some(columns)
}

/// Finds the columns called `names`; returns `None` after reporting the problems to `findings`.
pub(super) fn columns_named(
    line: SourceLine<'_>,
    names: &[String],
    options: &ReadOptions,
    findings: &mut Findings,
) -> Option<Columns> {
    let mut search = Search { line, names, findings, guesses: Vec::new(), is_sound: true };
    let size = search.size(options);
    let metric = search.metric(options);
    let curves = search.curves(options);
    let seed = search.typed(options.seed.as_deref(), "--seed");
    let (guesses, is_sound) = (search.guesses, search.is_sound);
    let (size, metric) = (size?, metric?);
    if !is_sound {
        return None;
    }
    let taken = |at: &usize| *at == size || *at == metric;
    let at = |(usual, others): (&str, &[&str])| {
        let found = position(names, usual).filter(|at| !taken(at));
        found.or_else(|| {
            others.iter().find_map(|other| position(names, other)).filter(|at| !taken(at))
        })
    };
    let mut optional = OPTIONAL.map(at);
    optional[0] = seed.or(optional[0]);
    // A seed column that the user named tells runs apart without a fold.
    let fold = optional[0].filter(|_| seed.is_none());
    let fold = fold.and_then(|seed| at(("fold", &FOLDS)).filter(|fold| *fold != seed));
    let details = DETAILS.map(at);
    let used: BTreeSet<usize> = [size, metric]
        .into_iter()
        .chain(curves.iter().copied())
        .chain(optional.into_iter().chain(details).chain([fold]).flatten())
        .collect();
    let is_unread = |at: &usize| !used.contains(at) && !names::is_remark(&names[*at]);
    let unread: Vec<String> =
        (0..names.len()).filter(is_unread).map(|at| names[at].clone()).collect();
    // The parameter count is read, but different counts at one size also mean different curves,
    // unless the file or the user names the curves: a search chooses a model of its own at each
    // size.
    let is_said = !options.curves.is_empty() || position(names, "curve").is_some();
    let parameters = optional[3].filter(|_| !is_said).map(|at| names[at].as_str());
    let apart = if options.is_one_curve() {
        Apart::default()
    } else {
        Apart::new(unread.iter().map(String::as_str).chain(parameters))
    };
    let read_as = ReadAs {
        size: names[size].clone(),
        metric: names[metric].clone(),
        curves: curves.iter().map(|at| names[*at].clone()).collect(),
        guesses,
        unread,
        apart,
    };
    let names = names.to_vec();
    Some(Columns { size, metric, curves, fold, optional, details, names, read_as })
}

/// Index of the column called `wanted`; letter case is ignored if no name matches exactly.
fn position(names: &[String], wanted: &str) -> Option<usize> {
    let exact = names.iter().position(|name| name == wanted);
    let same = || names.iter().position(|name| name.eq_ignore_ascii_case(wanted));
    exact.or_else(same).or_else(|| names.iter().position(|name| names::whole(name) == wanted))
}

/// State of the search for the columns.
struct Search<'a> {
    line: SourceLine<'a>,
    names: &'a [String],
    findings: &'a mut Findings,
    guesses: Vec<String>,
    is_sound: bool,
}

impl Search<'_> {
    /// The column that the user named with `option`, if any.
    fn typed(&mut self, asked: Option<&str>, option: &str) -> Option<usize> {
        let asked = asked?;
        let found = position(self.names, asked);
        if found.is_none() {
            self.missing(asked, option);
        }
        found
    }

    /// Reports that there is no column `wanted` for `option`.
    fn missing(&mut self, wanted: &str, option: &str) {
        self.is_sound = false;
        let names = || self.names.iter().map(String::as_str);
        self.findings.add(self.line, 0..self.line.text.len(), "", || {
            let hint = match closest(wanted, names()) {
                Some(near) => format!("did you mean `{near}`? `{option} {near}` reads it"),
                None => {
                    format!("the file has the columns {}; `{option} COLUMN`", listed(names()))
                }
            };
            (format!("there is no column `{wanted}`"), Some(hint))
        });
    }

    fn all(&self) -> BTreeSet<&str> {
        self.names.iter().map(String::as_str).collect()
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    fn size(&mut self, options: &ReadOptions) -> Option<usize> {
        if options.size_column.is_some() {
            return self.typed(options.size_column.as_deref(), "--size-column");
        }
        let found = position(self.names, "size");
        let found = found.or_else(|| self.place(names::guess(&SIZES, &self.all())?));
        if found.is_none() {
            self.missing("size", "--size-column");
        }
        found
    }

    fn metric(&mut self, options: &ReadOptions) -> Option<usize> {
        if options.metric_column.is_some() {
            return self.typed(options.metric_column.as_deref(), "--metric");
        }
        if let Some(found) = position(self.names, "error") {
            return Some(found);
        }
        let names = self.all();
        let found = names::guess_metric(&names);
        let other = names.iter().copied().find(|name| {
            Some(*name) != found && names::guess_metric(&BTreeSet::from([*name])).is_some()
        });
        let (found, other) =
            (found.and_then(|name| self.place(name)), other.map(names::shell_word));
        match (found, other) {
            (Some(at), Some(other)) => self.guesses.push(format!(
                "`{}` was taken for the metric; `--metric {other}` reads another",
                self.names[at]
            )),
            (Some(_), None) => {}
            (None, _) => self.missing("error", "--metric"),
        }
        found
    }

    /// The columns that the user named with `--curve`.
    fn typed_curves(&mut self, options: &ReadOptions) -> Vec<usize> {
        let mut typed = Vec::new();
        for name in &options.curves {
            match position(self.names, name) {
                Some(at) => typed.push(at),
                None if options.curves_may_be_names => {}
                None => self.missing(name, "--curve"),
            }
        }
        typed
    }

    fn curves(&mut self, options: &ReadOptions) -> Vec<usize> {
        if options.name.is_some() {
            return Vec::new();
        }
        if !options.curves.is_empty() {
            let typed = self.typed_curves(options);
            if !typed.is_empty() || !self.is_sound {
                return typed;
            }
        }
        if let Some(found) = position(self.names, "curve") {
            return vec![found];
        }
        // A law of model size and data is fitted through all models, so that there is one curve.
        if options.is_one_curve() {
            return Vec::new();
        }
        let Some(found) = names::guess(&CURVES, &self.all()).and_then(|name| self.place(name))
        else {
            return Vec::new();
        };
        let name = &self.names[found];
        self.guesses
            .push(format!("`{name}` names the curves; `--name NAME` if all rows are of one"));
        vec![found]
    }
}
