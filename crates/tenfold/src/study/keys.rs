//! The one list of keys a study file may hold.
//!
//! It drives the parser, "did you mean", the JSON Schema and the key reference in
//! `docs/study-file.md`. The settings of the built-in learners come from `tenfold-train`'s own
//! registry, so a setting added there is a key here.

use std::sync::LazyLock;

use tenfold_train::{SETTINGS, SettingGroup, SettingKey};

/// A table of the study file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// `[study]`
    Study,
    /// `[data]`
    Data,
    /// `[shards]`
    Shards,
    /// The table `sizes = { … }` in `[shards]`.
    Sizes,
    /// `[metric]`
    Metric,
    /// `[[model]]`
    Model,
    /// `[model.train]`
    Train,
    /// `[model.search]`
    Search,
    /// `[goal]`
    Goal,
    /// `[run]`
    Run,
}

/// Sections in the order of the documentation.
pub const SECTIONS: &[Section] = &[
    Section::Study,
    Section::Data,
    Section::Shards,
    Section::Sizes,
    Section::Metric,
    Section::Model,
    Section::Train,
    Section::Search,
    Section::Goal,
    Section::Run,
];

impl Section {
    /// Dotted path, as in `shards.sizes`.
    pub fn path(self) -> &'static str {
        match self {
            Self::Study => "study",
            Self::Data => "data",
            Self::Shards => "shards",
            Self::Sizes => "shards.sizes",
            Self::Metric => "metric",
            Self::Model => "model",
            Self::Train => "model.train",
            Self::Search => "model.search",
            Self::Goal => "goal",
            Self::Run => "run",
        }
    }

    /// How the section is opened in the file.
    pub fn header(self) -> &'static str {
        match self {
            Self::Study => "[study]",
            Self::Data => "[data]",
            Self::Shards => "[shards]",
            Self::Sizes => "sizes = { … }",
            Self::Metric => "[metric]",
            Self::Model => "[[model]]",
            Self::Train => "[model.train]",
            Self::Search => "[model.search]",
            Self::Goal => "[goal]",
            Self::Run => "[run]",
        }
    }

    /// What the section is for, one sentence.
    pub fn doc(self) -> &'static str {
        match self {
            Self::Study => "The study as a whole.",
            Self::Data => "Which data to learn from, and what is held out of training.",
            Self::Shards => "How much data the models are trained on, and how often.",
            Self::Sizes => "Training-set sizes as a progression.",
            Self::Metric => "The error that is measured.",
            Self::Model => {
                "One model, one curve; repeat the section for each. Its keys are the name, the \
                 learner and the learner's architecture."
            }
            Self::Train => "How the model above it is trained.",
            Self::Search => {
                "A grid of settings to try for the model above it; the best by validation error is \
                 its point of the curve. Any key of `[[model]]` but `name` and `learner`, and any \
                 key of `[model.train]`, each with a list of values. Left out: no search."
            }
            Self::Goal => "What the curve is measured for; used by the plan and the report.",
            Self::Run => "How trials are executed; changes no result.",
        }
    }
}

/// What a key accepts.
#[derive(Clone, Copy, Debug)]
pub enum KeyKind {
    /// Any text with a character that is not a space.
    Text,
    /// One of some words.
    OneOf(fn() -> Vec<&'static str>),
    /// A whole number in a range, or such a number with a unit (`"64k"`).
    Count {
        /// Smallest value.
        from: u64,
        /// Largest value.
        to: u64,
    },
    /// A finite number above `above` or, with `inclusive`, equal to it.
    Number {
        /// Lower end.
        above: f64,
        /// Whether the lower end itself is allowed.
        inclusive: bool,
    },
    /// An error above 0: a number, or a share such as `"5%"`.
    Target,
    /// A number of examples, a fraction, a path or, where allowed, `"none"`.
    HeldOut {
        /// Whether nothing may be held out.
        may_be_nothing: bool,
    },
    /// `random`, `stratified`, `group:COLUMN` or `time:COLUMN`.
    Split,
    /// A list of sizes or `{ from, to, factor }`.
    Sizes,
    /// A setting of a built-in learner.
    Setting(&'static SettingKey),
    /// A list of values of a setting.
    Axis(&'static SettingKey),
    /// A key of a later version: known, and refused with a reason.
    Later,
}

/// One key of the study file.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The table it stands in.
    pub section: Section,
    /// Its name in the table.
    pub name: &'static str,
    /// What it accepts.
    pub kind: KeyKind,
    /// What holds without it, in words or as typed; empty if it has to be given.
    pub default: &'static str,
    /// What it means, in one or two sentences.
    pub doc: &'static str,
    /// A value that can be typed.
    pub example: &'static str,
}

impl Key {
    /// `shards.sizes`
    pub fn path(&self) -> String {
        format!("{}.{}", self.section.path(), self.name)
    }

    /// Whether this version refuses the key.
    pub fn is_later(&self) -> bool {
        matches!(self.kind, KeyKind::Later)
    }
}

/// Names of the metrics of the built-in learners.
pub const METRICS: &[&str] = &["error_rate", "cross_entropy", "rmse"];
/// Names of the built-in learners.
pub const LEARNERS: &[&str] = &["linear", "mlp", "cnn", "resnet"];

fn formats() -> Vec<&'static str> {
    tenfold_data::Format::ALL.into_iter().map(tenfold_data::Format::name).collect()
}

fn builtins() -> Vec<&'static str> {
    tenfold_data::BUILTINS.iter().map(|builtin| builtin.name).collect()
}

const POSITIVE: KeyKind = KeyKind::Count { from: 1, to: 1_000_000_000_000 };

const fn key(section: Section, name: &'static str, kind: KeyKind) -> Key {
    Key { section, name, kind, default: "", doc: "", example: "" }
}

const fn later(section: Section, name: &'static str, doc: &'static str) -> Key {
    Key { doc, ..key(section, name, KeyKind::Later) }
}

/// The keys that are not settings of a learner.
const KEYS: &[Key] = &[
    Key {
        default: "the name of the folder",
        doc: "Name of the study; the title of its report.",
        example: "\"fashion-mnist\"",
        ..key(Section::Study, "name", KeyKind::Text)
    },
    Key {
        default: "0",
        doc: "Seed of all randomness: split, shards, initial weights, batches.",
        example: "0",
        ..key(Section::Study, "seed", KeyKind::Count { from: 0, to: i64::MAX as u64 })
    },
    Key {
        default: "\"narrowed\"",
        doc: "How the search grids are gone through. `narrowed`: all of the grid at the smallest \
              and the largest size, between them only what their winners span and one step more. \
              `full`: all of the grid at every size.",
        example: "\"full\"",
        ..key(Section::Study, "search", KeyKind::OneOf(|| vec!["narrowed", "full"]))
    },
    Key {
        default: "none; give this, or `path`",
        doc: "A data set that comes with Tenfold.",
        example: "\"fashion-mnist-14\"",
        ..key(Section::Data, "builtin", KeyKind::OneOf(builtins))
    },
    Key {
        default: "none; give this, or `builtin`",
        doc: "The data: a file, or a folder for images. Relative to the study's folder.",
        example: "\"data/train.csv\"",
        ..key(Section::Data, "path", KeyKind::Text)
    },
    Key {
        default: "told from `path`: its ending, or what the folder holds",
        doc: "How `path` is to be read.",
        example: "\"csv\"",
        ..key(Section::Data, "format", KeyKind::OneOf(formats))
    },
    Key {
        default: "none; a table needs `label` or `target`",
        doc: "Column of a table that holds the class to predict.",
        example: "\"species\"",
        ..key(Section::Data, "label", KeyKind::Text)
    },
    Key {
        default: "none; a table needs `label` or `target`",
        doc: "Column of a table that holds the number to predict.",
        example: "\"price\"",
        ..key(Section::Data, "target", KeyKind::Text)
    },
    Key {
        default: "\"random\"",
        doc: "How examples are held out. `random`; `stratified`: every class in proportion; \
              `group:COLUMN`: rows with one value of the column stay together; `time:COLUMN`: the \
              latest rows are the test set, those before them the validation set.",
        example: "\"stratified\"",
        ..key(Section::Data, "split", KeyKind::Split)
    },
    Key {
        default: "0.1",
        doc: "Examples used to stop training and to choose between settings: a number of \
              examples, a fraction, or the path of a file of its own.",
        example: "2048",
        ..key(Section::Data, "validation", KeyKind::HeldOut { may_be_nothing: false })
    },
    Key {
        default: "0.1",
        doc: "Examples the curve is reported on, never used to stop or to choose: a number of \
              examples, a fraction, the path of a file of its own, or `\"none\"` to report on the \
              validation set, which the report then says.",
        example: "2048",
        ..key(Section::Data, "test", KeyKind::HeldOut { may_be_nothing: true })
    },
    Key {
        default: "{ from = 64, factor = 2 }",
        doc: "Training-set sizes: a list from small to large, or a progression. Shards are nested, \
              each contains the one before it.",
        example: "{ from = 64, to = 8192, factor = 2 }",
        ..key(Section::Shards, "sizes", KeyKind::Sizes)
    },
    Key {
        default: "3",
        doc: "Times each size is measured, each time with another shard and other initial weights.",
        example: "3",
        ..key(Section::Shards, "seeds", KeyKind::Count { from: 1, to: 1000 })
    },
    Key {
        default: "64",
        doc: "The smallest size.",
        example: "64",
        ..key(Section::Sizes, "from", POSITIVE)
    },
    Key {
        default: "all examples that are not held out",
        doc: "No size is larger than this.",
        example: "8192",
        ..key(Section::Sizes, "to", POSITIVE)
    },
    Key {
        default: "2",
        doc: "Each size is this many times the one before it.",
        example: "2",
        ..key(Section::Sizes, "factor", KeyKind::Number { above: 1.01, inclusive: true })
    },
    Key {
        default: "\"error_rate\" for classes, \"rmse\" for numbers",
        doc: "The error of the curve. `error_rate`: share of wrong classes; `cross_entropy`: in \
              nats; `rmse`: root of the mean squared error, in units of the target.",
        example: "\"error_rate\"",
        ..key(Section::Metric, "name", KeyKind::OneOf(|| METRICS.to_vec()))
    },
    Key {
        default: "\"lower\"",
        doc: "Which way is better. The metrics of the built-in learners are all errors: `lower`.",
        example: "\"lower\"",
        ..key(Section::Metric, "direction", KeyKind::OneOf(|| vec!["lower", "higher"]))
    },
    Key {
        default: "told from the metric",
        doc: "Which of the shipped interval scales applies to forecasts.",
        example: "\"loss\"",
        ..key(Section::Metric, "kind", KeyKind::OneOf(|| vec!["error-rate", "loss", "unbounded"]))
    },
    Key {
        default: "the name of the learner",
        doc: "Name of the model and of its curve; each model has its own.",
        example: "\"cnn\"",
        ..key(Section::Model, "name", KeyKind::Text)
    },
    Key {
        doc: "What learns. `cnn` and `resnet` need images; `linear` and `mlp` take images and \
              tables.",
        example: "\"cnn\"",
        ..key(Section::Model, "learner", KeyKind::OneOf(|| LEARNERS.to_vec()))
    },
    later(Section::Model, "command", "A learner of your own, run as a command."),
    later(Section::Model, "inputs", "Files whose contents belong to the identity of a command."),
    later(Section::Model, "result", "How the result of a command is read."),
    later(Section::Model, "timeout", "Longest time a command may take."),
    Key {
        default: "none",
        doc: "The error to reach: a number, or for error rates a share.",
        example: "\"10%\"",
        ..key(Section::Goal, "target", KeyKind::Target)
    },
    Key {
        default: "none",
        doc: "What one more example costs, in any currency.",
        example: "0.05",
        ..key(Section::Goal, "cost_per_example", KeyKind::Number { above: 0.0, inclusive: true })
    },
    Key {
        default: "the largest size measured",
        doc: "Examples you have already.",
        example: "\"60k\"",
        ..key(Section::Goal, "have", POSITIVE)
    },
    Key {
        default: "\"local\"",
        doc: "Where trials run.",
        example: "\"local\"",
        ..key(Section::Run, "executor", KeyKind::OneOf(|| vec!["local"]))
    },
    Key {
        default: "the number of processors",
        doc: "Trials that run at the same time.",
        example: "2",
        ..key(Section::Run, "workers", KeyKind::Count { from: 1, to: 1024 })
    },
    later(Section::Run, "budget", "Time, trials or operations a study may spend."),
    later(Section::Run, "slurm", "Settings of the Slurm executor."),
    later(Section::Run, "ray", "Settings of the Ray executor."),
];

static REGISTRY: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let of_setting = |setting: &'static SettingKey| {
        let section = match setting.group {
            SettingGroup::Model => Section::Model,
            SettingGroup::Train => Section::Train,
        };
        [(section, KeyKind::Setting(setting)), (Section::Search, KeyKind::Axis(setting))].map(
            |(section, kind)| Key {
                default: "as the learner has it",
                doc: setting.doc,
                ..key(section, setting.name, kind)
            },
        )
    };
    KEYS.iter().copied().chain(SETTINGS.iter().flat_map(of_setting)).collect()
});

/// Every key, in the order of the documentation within each section.
pub fn registry() -> &'static [Key] {
    &REGISTRY
}

/// The keys of one section.
pub fn keys_of(section: Section) -> impl Iterator<Item = &'static Key> {
    registry().iter().filter(move |key| key.section == section)
}
