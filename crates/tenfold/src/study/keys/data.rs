//! Keys of `[study]`, `[data]`, `[shards]` and `[metric]`: what is measured.

use tenfold_data::{BUILTINS, Builtin};
use tenfold_train::METRICS;

use super::{Key, KeyKind, POSITIVE, Section, builtins, formats, key, tokenizers, units};

/// Documentation of `metric.name`, made from the list of metrics.
pub(in super::super) fn metrics_doc() -> String {
    let metrics: Vec<String> =
        METRICS.iter().map(|metric| format!("`{}`: {}", metric.name(), metric.doc())).collect();
    format!(
        "The error of the curve. {}. Where all models are commands: any name one of them writes.",
        metrics.join("; ")
    )
}

/// What `data.builtin` means, from the list of data sets.
pub(in super::super) fn builtins_doc() -> String {
    let of = |builtin: &Builtin| {
        format!(" `{}`: {} ({}).", builtin.name, builtin.description, builtin.licence)
    };
    format!("A data set that comes with Tenfold.{}", BUILTINS.iter().map(of).collect::<String>())
}

/// The keys, in the order of the documentation.
pub(in super::super) const KEYS: &[Key] = &[
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
              `full`: all of the grid at every size. `carried`: all of the grid at a quarter of \
              each size, most of it stopped early, and only the winner at the size itself; commands, \
              which cannot be stopped early, as with `narrowed`.",
        example: "\"full\"",
        ..key(Section::Study, "search", KeyKind::OneOf(|| vec!["narrowed", "full", "carried"]))
    },
    Key {
        default: "none; give this, `path` or `examples`",
        example: "\"fashion-mnist-14\"",
        ..key(Section::Data, "builtin", KeyKind::OneOf(builtins))
    },
    Key {
        default: "none; give this, `builtin` or `examples`",
        doc: "The data: a file, or a folder for images. Relative to the study's folder.",
        example: "\"data/train.csv\"",
        ..key(Section::Data, "path", KeyKind::Text)
    },
    Key {
        default: "none; give this, `path` or `builtin`",
        doc: "How many examples there are, where only your commands can read them: they are told \
              which to train on and which are held out by number, from 0.",
        example: "50000",
        ..key(Section::Data, "examples", KeyKind::Count { from: 3, to: 4_000_000_000 })
    },
    Key {
        default: "told from `path`: its ending, or what the folder holds",
        doc: "How `path` is to be read.",
        example: "\"csv\"",
        ..key(Section::Data, "format", KeyKind::OneOf(formats))
    },
    Key {
        default: "\"characters\"",
        doc: "What a language model predicts of a text, one after the other. `characters`: every \
              character is a token; `words`: a run of letters and digits is one, and so is any other \
              sign but white space; `bpe`: parts of words by byte-pair encoding, learnt from the texts \
              to train on, with the space before them.",
        example: "\"words\"",
        ..key(Section::Data, "tokens", KeyKind::OneOf(tokenizers))
    },
    Key {
        default: "4096 for characters and bpe, 10000 for words",
        doc: "Most tokens of the vocabulary: the most frequent ones of the texts to train on; of `bpe` \
              the characters, then what pairs are joined to, the most frequent first. It is fitted once, \
              holds for the whole curve and is kept when texts are added; every other \
              token is one that means unknown.",
        example: "10000",
        ..key(Section::Data, "vocabulary", KeyKind::Count { from: 1, to: 1_000_000 })
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
              validation set, which the report then says. `\"5-fold\"` for small data: each of 5 seeds \
              tests another fifth, so that every row is tested once, and a point is the mean over the \
              folds; `\"5-fold:COLUMN\"` keeps rows with one value of the column in one fold. Settings \
              are chosen on the first fold's validation set.",
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
        default: "\"examples\"",
        doc: "What sizes count. `characters` or `tokens` of texts: the shard of a size holds documents up \
              to so many of them, the last one cut there; `tokens` of pairs of texts are those of the \
              translations, and no pair is cut; `seconds` of recordings, none of which is cut either; tokens are counted where a built-in learner \
              reads the texts. Where commands find their own data, whatever they \
              take `{size}` for.",
        example: "\"characters\"",
        ..key(Section::Shards, "unit", KeyKind::OneOf(units))
    },
    Key {
        default: "3",
        doc: "Times each size is measured, each time with another shard and other initial weights. With \
              folds whole repeats: 3 with `test = \"5-fold\"` are 5, 6 are 10.",
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
        doc: "The largest size, which is measured whatever the last step to it.",
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
        default: "\"error_rate\" for classes, \"rmse\" for numbers, \"nats_per_token\" for texts and translations, \"character_error_rate\" for transcripts, \"error\" for commands",
        example: "\"error_rate\"",
        ..key(Section::Metric, "name", KeyKind::Text)
    },
    Key {
        default: "\"lower\"",
        doc: "Which way is better. The metrics of the built-in learners are all errors: `lower`. \
              What a command reports as `higher` is turned round: `best` minus it.",
        example: "\"lower\"",
        ..key(Section::Metric, "direction", KeyKind::OneOf(|| vec!["lower", "higher"]))
    },
    Key {
        default: "1",
        doc: "The best value of a metric whose direction is `higher`.",
        example: "100",
        ..key(Section::Metric, "best", KeyKind::Number { above: 0.0, inclusive: false })
    },
    Key {
        default: "told from the metric",
        doc: "What kind of number the metric is, which decides what is believed of its curves before they are seen.",
        example: "\"loss\"",
        ..key(Section::Metric, "kind", KeyKind::OneOf(|| vec!["error-rate", "loss", "unbounded"]))
    },
];
