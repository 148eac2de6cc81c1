//! `tenfold init --command`: writes a study for the user's own training command.

use std::fs;
use std::path::Path;

use anyhow::Result;
use serde_json::json;

use super::super::Finding;
use super::super::arguments::InitArguments;
use super::super::measure::{files_named_in, name_of, toml_sizes};
use super::super::output::Output;
use super::super::problem::usage;
use super::{ignore_results, say_next};
use tenfold::store::{StoreError, write_atomically};
use tenfold::study;
use tenfold::study::command_draft::{CommandDraft, command_draft, what_is_missing};
use tenfold::trial::template::{ID_FILES, placeholders};

/// Writes a study for `command`, typed as in a shell.
///
/// # Errors
/// A command that is none, placeholders that do not exist, a folder that cannot be written.
pub(super) fn write(
    command: &str,
    arguments: &InitArguments,
    path: &Path,
    output: &Output,
) -> Result<Finding> {
    let Some(words) = shlex::split(command).filter(|words| !words.is_empty()) else {
        let message = format!("`{command}` is no command: a quote is not closed, or it is empty");
        return Err(usage(
            message,
            "tenfold init --command 'python train.py --n {size} --out {out}'",
        ));
    };
    let needs_examples = placeholders(&words).iter().any(|name| ID_FILES.contains(name));
    if needs_examples && arguments.examples.is_none() {
        let message = "the command wants files of example numbers, and nobody said how many \
                       examples there are";
        return Err(usage(message, "add `--examples 50000`"));
    }
    let draft = CommandDraft {
        name: name_of(&words),
        inputs: files_named_in(&words, &arguments.folder),
        sizes: toml_sizes(&arguments.sizes)?,
        seeds: 3,
        metric: "error".to_owned(),
        examples: arguments.examples,
        words,
        ..CommandDraft::default()
    };
    let text = command_draft(&draft);
    let study = study::parse(&text, path)?;
    fs::create_dir_all(&arguments.folder)
        .map_err(|error| StoreError::writing(&arguments.folder, &error))?;
    write_atomically(path, text.as_bytes())?;
    ignore_results(&arguments.folder)?;
    for missing in what_is_missing(&draft.words, false) {
        output.talk(&format!("warning: {missing}"));
    }
    if output.is_json {
        let models: Vec<&str> = study.models.iter().map(|model| model.name.as_str()).collect();
        Output::json(&json!({
            "schema": "tenfold.init/1", "path": path.display().to_string(), "models": models,
        }));
    } else {
        output.answer(&format!("  wrote  {}", path.display()));
    }
    say_next(arguments, output);
    Ok(Finding::Done)
}
