//! The tables of a study file.

use std::borrow::Cow;

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
    /// `[[lever]]`
    Lever,
    /// `[goal]`
    Goal,
    /// `[run]`
    Run,
    /// `[run.NAME]` of an executor setup.
    Place(&'static PlaceTable),
}

/// The table of an executor setup in `[run]`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlaceTable {
    /// Name of the executor setup and of its table.
    pub name: &'static str,
    /// What the table is for, one sentence.
    pub doc: &'static str,
}

/// All sections except those of executor setups, in the order of the documentation.
pub(crate) const SECTIONS: &[Section] = &[
    Section::Study,
    Section::Data,
    Section::Shards,
    Section::Sizes,
    Section::Metric,
    Section::Model,
    Section::Train,
    Section::Search,
    Section::Lever,
    Section::Goal,
    Section::Run,
];

impl Section {
    /// Dotted path, as in `shards.sizes`.
    pub fn path(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Study => "study",
            Self::Data => "data",
            Self::Shards => "shards",
            Self::Sizes => "shards.sizes",
            Self::Metric => "metric",
            Self::Model => "model",
            Self::Train => "model.train",
            Self::Search => "model.search",
            Self::Lever => "lever",
            Self::Goal => "goal",
            Self::Run => "run",
            Self::Place(table) => return Cow::Owned(format!("run.{}", table.name)),
        })
    }

    /// How the section is opened in the file.
    pub fn header(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Study => "[study]",
            Self::Data => "[data]",
            Self::Shards => "[shards]",
            Self::Sizes => "sizes = { … }",
            Self::Metric => "[metric]",
            Self::Model => "[[model]]",
            Self::Train => "[model.train]",
            Self::Search => "[model.search]",
            Self::Lever => "[[lever]]",
            Self::Goal => "[goal]",
            Self::Run => "[run]",
            Self::Place(table) => return Cow::Owned(format!("[run.{}]", table.name)),
        })
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
                 learner and the learner's architecture, or a command."
            }
            Self::Train => "How the model above it is trained.",
            Self::Search => {
                "A grid of settings to try for the model above it; the best by validation error is \
                 its point of the curve. Any key of `[[model]]` but `name` and `learner`, and any \
                 key of `[model.train]`, each with a list of values; for a command, any name. Left \
                 out: no search."
            }
            Self::Lever => {
                "Something else than more data: one more curve for each model it is tried on, on the \
                 same shards, seeds and test examples, searched over the same grid. Repeat the section \
                 for each."
            }
            Self::Goal => "What the curve is measured for; used by the plan and the report.",
            Self::Run => "How trials are executed; changes no result.",
            Self::Place(table) => table.doc,
        }
    }
}
