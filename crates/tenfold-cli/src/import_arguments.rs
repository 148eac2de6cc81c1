//! The arguments of `tenfold import`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use tenfold_core::TrainingSetSize;

use super::amount;
use super::form_arguments::WideWord;
use super::problem::usage;
use super::reading_arguments::{DecimalWord, Kind, UnitWord, direction};
use tenfold::import::{At, Mapping, READERS, RESULT_FORMATS, Repeated, Take};

/// `tenfold import`
#[derive(Debug, Args)]
#[command(after_help = examples())]
pub(crate) struct ImportArguments {
    /// Tool that wrote the runs
    #[arg(value_parser = PossibleValuesParser::new(READERS.iter().map(|reader| reader.name)))]
    pub(crate) tool: String,
    /// File or folder with the runs; for `folder` a pattern of paths with names in braces
    pub(crate) source: PathBuf,
    /// How runs become points.
    #[command(flatten)]
    pub(crate) mapping: MappingArguments,
    /// Curve file to write
    #[arg(short, long, value_name = "FILE", conflicts_with = "into")]
    pub(crate) output: Option<PathBuf>,
    /// Study to join: its measured points and these are fitted together
    #[arg(long, value_name = "STUDY")]
    pub(crate) into: Option<PathBuf>,
    /// Write without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// How runs become points; what is left out is guessed, and the guess is shown.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that can be typed")]
#[command(next_help_heading = "How runs become points (what is left out is guessed and shown)")]
pub(crate) struct MappingArguments {
    /// Column, parameter or metric with the training-set size
    #[arg(long, visible_alias = "size-from", value_name = "NAME")]
    pub(crate) size: Option<String>,
    /// Metric that is the error, or a score
    #[arg(long, value_name = "NAME")]
    pub(crate) metric: Option<String>,
    /// The metric is one where higher is better; it is turned round
    #[arg(long)]
    pub(crate) higher_is_better: bool,
    /// The metric is an error, whatever its name says
    #[arg(long, conflicts_with = "higher_is_better")]
    pub(crate) lower_is_better: bool,
    /// The best value the metric can have; the error is the distance to it
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub(crate) best: Option<f64>,
    /// What the values of the metric are
    #[arg(long, value_enum, value_name = "UNIT")]
    pub(crate) unit: Option<UnitWord>,
    /// What stands before decimals, where numbers such as 1.000 do not tell
    #[arg(long, value_enum, value_name = "SIGN")]
    pub(crate) decimal: Option<DecimalWord>,
    /// Examples of which sizes are shares, as 77k
    #[arg(long, value_name = "SIZE")]
    pub(crate) whole: Option<String>,
    /// How the values of a run become one: last, min, max or mean-last:N
    #[arg(long, value_name = "HOW", default_value = "last")]
    pub(crate) take: Take,
    /// Of a folder of runs: their last value, or that where validation was best [default: as the tool]
    #[arg(long, value_enum, value_name = "WHERE", conflicts_with = "take")]
    pub(crate) at: Option<AtWord>,
    /// Column or parameter with the seed
    #[arg(long, visible_alias = "seed-from", value_name = "NAME")]
    pub(crate) seed: Option<String>,
    /// Column or parameter that names the curve; given twice, both do
    #[arg(long, value_name = "NAME")]
    pub(crate) curve: Vec<String>,
    /// Name of the curve when all runs are of one
    #[arg(long, value_name = "TEXT", conflicts_with = "curve")]
    pub(crate) name: Option<String>,
    /// Read size, seed or curve out of the runs' names, as 'n={size}_seed={seed}'
    #[arg(long, value_name = "TEXT")]
    pub(crate) pattern: Option<String>,
    /// Columns whose rows are one run, for a table with a row a step
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) run: Vec<String>,
    /// Use only runs with this field, as experiment=curves (repeatable)
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) only: Vec<String>,
    /// Runs behind each row, of a table of means whose values have a deviation, as 0.25 ± 0.01
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) runs: Option<u32>,
    /// Several runs at one size and seed: last, best or keep [default: an error]
    #[arg(long, value_enum, value_name = "WHICH")]
    pub(crate) repeated: Option<RepeatedWord>,
    /// Leave out runs without a size or with a metric that is no number
    #[arg(long)]
    pub(crate) skip_unusable: bool,
    /// Use runs that failed or still run, too
    #[arg(long)]
    pub(crate) unfinished: bool,
    /// What the metric is, which decides what is believed of its curves beforehand [default: guessed]
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<Kind>,
    /// Sheet of a workbook (.xlsx) [default: the first]
    #[arg(long, value_name = "NAME")]
    pub(crate) sheet: Option<String>,
    /// What the columns beside the sizes are, where a table has several [default: told by their names]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) wide: Option<WideWord>,
}

/// Which value of a run counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum AtWord {
    /// Where validation was best, by the tool's own rule
    Best,
    /// What the run ended with
    Last,
}

/// What several runs at one size and seed are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum RepeatedWord {
    /// The later one replaces the earlier one
    Last,
    /// A search: the one with the lowest error counts
    Best,
    /// Replicates, all of them count
    Keep,
}

fn examples() -> String {
    let examples: Vec<String> = READERS
        .iter()
        .map(|reader| format!("  {}\n      {}", reader.example, reader.reads))
        .collect();
    let files: Vec<String> =
        RESULT_FORMATS.iter().map(|one| format!("  {}: {}", one.name, one.files)).collect();
    format!(
        "Nothing is written before it was shown: without --yes, a terminal asks, a script only \
         previews.\n\nExamples:\n{}\n\nResult files that `folder` reads:\n{}",
        examples.join("\n"),
        files.join("\n")
    )
}

impl MappingArguments {
    /// The mapping that the options describe.
    ///
    /// # Errors
    /// An `--only` without `=`, or a whole that is no number.
    pub(crate) fn mapping(&self) -> anyhow::Result<Mapping> {
        let only = |word: &String| {
            let pair = word.split_once('=').filter(|(name, _)| !name.is_empty());
            pair.map(|(name, value)| (name.to_owned(), value.to_owned())).ok_or_else(|| {
                let message = format!("`--only {word}` has no `=`, a name and a value are needed");
                usage(message, "--only experiment=curves")
            })
        };
        let whole = self.whole.as_deref().map(|word| amount::size(word, "--whole")).transpose()?;
        Ok(Mapping {
            size: self.size.clone(),
            metric: self.metric.clone(),
            higher_is_better: direction(self.higher_is_better, self.lower_is_better),
            best: self.best,
            unit: self.unit.map(Into::into),
            decimal: self.decimal.map(Into::into),
            whole: whole.map(TrainingSetSize::get),
            take: self.take,
            at: self.at.map(|word| match word {
                AtWord::Best => At::Best,
                AtWord::Last => At::Last,
            }),
            seed: self.seed.clone(),
            curve: self.curve.clone(),
            name: self.name.clone(),
            pattern: self.pattern.clone(),
            run: self.run.clone(),
            only: self.only.iter().map(only).collect::<anyhow::Result<_>>()?,
            runs: self.runs,
            repeated: self.repeated.map(|word| match word {
                RepeatedWord::Last => Repeated::Last,
                RepeatedWord::Best => Repeated::Best,
                RepeatedWord::Keep => Repeated::Keep,
            }),
            skip_unusable: self.skip_unusable,
            unfinished: self.unfinished,
            kind: self.kind.map(Kind::metric),
            sheet: self.sheet.clone(),
            wide: self.wide.map(WideWord::wide),
        })
    }
}
