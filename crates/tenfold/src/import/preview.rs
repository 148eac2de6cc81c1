//! Shows what was understood of a source, to a person and to a program, before anything is written.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use tenfold_core::{TrainingSetSize, median_error};

use super::mapping::Repeated;
use super::roles::CurveName;
use super::understand::{Measurement, Understood};
use crate::format::table::Table;
use crate::format::{self, Digits};
use crate::meaning::names;

/// Number of runs left out that are listed one by one.
const SHOWN: usize = 6;

/// Sizes of one curve that are shown one by one.
const SIZES_SHOWN: usize = 40;

/// One line of the mapping.
struct Line {
    what: &'static str,
    text: String,
    /// The option that changes this line, if it was guessed.
    otherwise: Option<&'static str>,
}

/// The mapping, the curves with their points, and the runs left out, as text.
pub fn text(understood: &Understood, source: &str) -> String {
    let word = understood.run_word;
    let mut text = format!(
        "{source}: {}; {} of {} {word}s used\n\n",
        understood.source,
        understood.measurements.len(),
        understood.runs_read
    );
    let mut table = Table::new(&[], &[]);
    for line in lines(understood) {
        let guessed =
            line.otherwise.map_or(String::new(), |flag| format!("guessed; {flag} says otherwise"));
        table.row([line.what.to_owned(), line.text, guessed]);
    }
    text.push_str(&table.print());
    text.push('\n');
    let mut table = Table::new(&["curve", "size", "runs", "error", "seeds"], &[1, 2, 3]);
    let curves = by_curve(&understood.measurements);
    let beside = curves.values().flat_map(|sizes| {
        let errors: Vec<f64> = sizes.values().map(|members| median(members)).collect();
        errors.windows(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>()
    });
    let digits = Digits::telling(understood.kind, beside);
    for (curve, sizes) in &curves {
        let hidden = sizes.len().saturating_sub(SIZES_SHOWN);
        for (size, members) in sizes.iter().take(SIZES_SHOWN) {
            table.row([
                (*curve).to_owned(),
                format::known_size(size.get()),
                members.len().to_string(),
                digits.error(median(members)),
                seeds(members, if understood.roles.fold.is_some() { "pair" } else { "word" }),
            ]);
        }
        if hidden > 0 {
            table.row([(*curve).to_owned(), format!("{hidden} more sizes")]);
        }
    }
    text.push_str(&table.print());
    if !understood.left_out.is_empty() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\nleft out: {}", counted(understood.left_out.len(), word));
        for left in understood.left_out.iter().take(SHOWN) {
            let _ = writeln!(text, "  `{}`: {}", left.run, left.why);
        }
        let more = understood.left_out.len().saturating_sub(SHOWN);
        if more > 0 {
            let _ = writeln!(text, "  and {more} more");
        }
    }
    for warning in &understood.warnings {
        let _ = writeln!(text, "\nnote: {warning}");
    }
    text
}

/// The same as a document, `tenfold.import/1`, with what was written.
pub fn json(understood: &Understood, source: &str, written: &Value) -> Value {
    let mapping: BTreeMap<&str, Value> = lines(understood)
        .into_iter()
        .map(|line| (line.what, json!({"from": line.text, "guessed": line.otherwise.is_some()})))
        .collect();
    let curves: Vec<Value> = by_curve(&understood.measurements)
        .into_iter()
        .map(|(curve, sizes)| {
            let points: Vec<Value> = sizes
                .iter()
                .map(|(size, members)| {
                    let runs: Vec<Value> = members
                        .iter()
                        .map(|one| json!({"run": one.run, "seed": one.seed, "error": one.error}))
                        .collect();
                    json!({"size": size.get(), "runs": runs})
                })
                .collect();
            json!({"curve": curve, "points": points})
        })
        .collect();
    let left_out: Vec<Value> =
        understood.left_out.iter().map(|left| json!({"run": left.run, "why": left.why})).collect();
    json!({
        "schema": "tenfold.import/1", "source": source, "is": understood.source,
        "runs": understood.runs_read, "used": understood.measurements.len(),
        "mapping": mapping, "kind": understood.kind.name(), "curves": curves,
        "left_out": left_out, "warnings": understood.warnings, "written": written,
    })
}

/// The six lines of the mapping, and a seventh if several runs have one size and seed.
fn lines(understood: &Understood) -> Vec<Line> {
    let (roles, scale) = (&understood.roles, &understood.scale);
    let field = |what, choice: &super::names::Choice, flag| Line {
        what,
        text: format!("`{}`", choice.name),
        otherwise: choice.is_guessed.then_some(flag),
    };
    let which = if scale.is_score { "higher is better" } else { "lower is better" };
    let direction = match (scale.is_turned(), scale.is_percent()) {
        (true, _) => format!("{which}: {}", scale.sentence()),
        (false, true) => format!("{which}, in per cent"),
        (false, false) => which.to_owned(),
    };
    let other = if scale.is_score { "--lower-is-better" } else { "--higher-is-better" };
    let seed = match &roles.seed {
        Some(seed) => {
            let line = field("seed", seed, "--seed NAME");
            match &roles.fold {
                Some(fold) => Line { text: format!("{} and `{fold}`", line.text), ..line },
                None => line,
            }
        }
        None => Line {
            what: "seed",
            text: "none: runs at one size are replicates".to_owned(),
            otherwise: Some("--seed NAME"),
        },
    };
    let curve = match &roles.curve {
        CurveName::Fields(fields) => {
            let named: Vec<String> =
                fields.iter().map(|choice| format!("`{}`", choice.name)).collect();
            let is_guessed = fields.iter().any(|choice| choice.is_guessed);
            let otherwise = is_guessed.then_some("--curve NAME");
            Line { what: "curve", text: named.join(" and "), otherwise }
        }
        CurveName::Fixed(name) => {
            Line { what: "curve", text: format!("one, called `{name}`"), otherwise: None }
        }
    };
    let repeated = roles.repeated.map(|repeated| Line {
        what: "repeated",
        text: match repeated {
            Repeated::Last => "the later run of one size and seed",
            Repeated::Best => "the best run of one size and seed",
            Repeated::Keep => "all runs of one size and seed",
        }
        .to_owned(),
        otherwise: roles.is_repeated_guessed.then_some("--repeated keep"),
    });
    let direction =
        Line { what: "direction", text: direction, otherwise: scale.is_guessed.then_some(other) };
    let take = Line { what: "take", text: roles.take.to_string(), otherwise: None };
    let size = field("size", &roles.size, "--size NAME");
    let metric = field("metric", &roles.metric, "--metric NAME");
    [size, metric, direction, take, seed, curve].into_iter().chain(repeated).collect()
}

type Sizes<'a> = BTreeMap<TrainingSetSize, Vec<&'a Measurement>>;

fn by_curve(measurements: &[Measurement]) -> BTreeMap<&str, Sizes<'_>> {
    let mut curves: BTreeMap<&str, Sizes<'_>> = BTreeMap::new();
    for one in measurements {
        curves.entry(&one.curve).or_default().entry(one.size).or_default().push(one);
    }
    curves
}

fn median(members: &[&Measurement]) -> f64 {
    median_error(&mut members.iter().map(|one| one.error).collect::<Vec<f64>>())
}

/// Lists the seeds: "0, 1, 2", or "–" if the runs have none. Seeds made from words are counted, in
/// units of `word`.
fn seeds(members: &[&Measurement], word: &str) -> String {
    let mut seeds: Vec<u64> = members.iter().filter_map(|one| one.seed).collect();
    seeds.sort_unstable();
    if seeds.iter().any(|seed| names::is_word(*seed)) {
        return counted(seeds.len(), word);
    }
    let shown: Vec<String> = seeds.iter().take(8).map(u64::to_string).collect();
    match seeds.len() {
        0 => "–".to_owned(),
        count if count > 8 => format!("{} and {} more", shown.join(", "), count - 8),
        _ => shown.join(", "),
    }
}

/// "1 run", "12 runs".
pub fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}
