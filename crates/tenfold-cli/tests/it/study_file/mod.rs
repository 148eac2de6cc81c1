//! `study.toml`: how it is read, and every message for an invalid file.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what is missing fails the test")]

mod meaning;

mod keys;

mod run;

mod values;

mod words;

mod models;

mod data;

mod later;

mod levers;

mod toml_text;

mod whole;

mod draft;

mod documents;

mod hostile;

use std::io::Write as _;
use std::path::Path;

use tenfold::diagnostic::Problems;
use tenfold::study::{self, Study};
use tenfold_data::{Files, Format, Source};

/// A source of files in `format`, with values of its keys.
pub(crate) fn files(format: &str, path: &str, keys: &[(&'static str, &str)]) -> Source {
    let keys = keys.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Source::Files(Files { format: Format::named(format).unwrap(), path: path.into(), keys })
}

/// The example of the documentation.
pub(crate) const COMPLETE: &str = r#"
[study]
name = "fashion-mnist"
seed = 7
search = "full"

[data]
builtin = "fashion-mnist-14"
split = "random"
validation = 2048
test = 2048

[shards]
sizes = { from = 64, to = 8192, factor = 2 }
seeds = 3

[metric]
name = "error_rate"
direction = "lower"
kind = "error-rate"

[[model]]
name = "cnn"
learner = "cnn"
width = 16
[model.train]
batch = 64
epochs = 20
optimizer = "adamw"
[model.search]
width = [8, 16, 32]
learning_rate = [1e-3, 3e-3]

[[model]]
learner = "mlp"

[goal]
target = 0.10
cost_per_example = 0.05
have = "60k"

[run]
executor = "local"
workers = 2
"#;

/// The shortest valid study of a table.
pub(crate) const LEAST: &str = r#"
[data]
path = "houses.csv"
target = "price"

[[model]]
learner = "mlp"
"#;

pub(crate) fn parse(text: &str) -> Result<Study, Problems> {
    study::parse(text, Path::new("homes/study.toml"))
}

pub(crate) fn write(path: &Path, bytes: &[u8]) {
    std::fs::File::create(path).and_then(|mut file| file.write_all(bytes)).unwrap();
}

/// All problems of a file, or a text that there are none.
pub(crate) fn problems_of(text: &str) -> String {
    match study::parse(text, Path::new("study.toml")) {
        Ok(_) => "no problems".to_owned(),
        Err(problems) => problems.to_string(),
    }
}

/// The problems of the complete example after a replacement in its text.
pub(crate) fn problems_with(old: &str, new: &str) -> String {
    assert!(COMPLETE.contains(old), "{old}");
    problems_of(COMPLETE.replacen(old, new, 1).trim_start())
}

/// The problems of the shortest example after a replacement in its text.
pub(crate) fn problems_of_table(old: &str, new: &str) -> String {
    assert!(LEAST.contains(old), "{old}");
    problems_of(LEAST.replacen(old, new, 1).trim_start())
}
