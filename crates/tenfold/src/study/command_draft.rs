//! Writes a first `study.toml` for a user's own training command, which runs without changes.

use std::fmt::Write as _;

use super::draft_lines::quoted;
use crate::trial::template::placeholders;

/// The values that a study of a command needs; everything else has its default.
#[derive(Clone, Debug, Default)]
pub struct CommandDraft {
    /// Name of the study.
    pub name: String,
    /// The command's words.
    pub words: Vec<String>,
    /// Files that the command depends on.
    pub inputs: Vec<String>,
    /// Folder in which it runs, if not the study's.
    pub folder: Option<String>,
    /// Pattern that finds the result in its standard output; `None` if it writes JSON.
    pub pattern: Option<String>,
    /// Training-set sizes as TOML.
    pub sizes: String,
    /// Number of seeds at each size.
    pub seeds: u32,
    /// Name of the metric it reports.
    pub metric: String,
    /// The best value, if higher is better.
    pub higher_is_better: Option<f64>,
    /// Number of examples, if Tenfold is to choose which ones each trial uses.
    pub examples: Option<u64>,
    /// Longest time that one run may take, as text.
    pub timeout: Option<String>,
    /// Further lines of the model's table.
    pub more: Vec<String>,
}

/// The text of a commented study file.
pub fn command_draft(draft: &CommandDraft) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "# A study for Tenfold. Every key is explained in docs/study-file.md, commands in\n\
         # docs/commands.md; run it: tenfold run\n\
         \n\
         [study]\n\
         name = {name}\n\
         seed = 0                  # {{seed}} of the first repeat; the next ones count on from it\n\
         \n",
        name = quoted(&draft.name),
    );
    if let Some(examples) = draft.examples {
        let _ = write!(
            text,
            "[data]\n\
             examples = {examples}          # known by their number only, from 0\n\
             validation = 0.1          # share held out: {{validation}} is a file of their numbers\n\
             test = \"none\"             # report on the same examples, and say so\n\
             \n"
        );
    }
    let _ = write!(
        text,
        "[shards]\n\
         sizes = {sizes}   # what {{size}} is, one run each\n\
         seeds = {seeds}                 # runs a size, each with another {{seed}}\n\
         \n\
         [metric]\n\
         name = {metric}            # the number your command reports\n\
         direction = {direction}       # \"higher\" is turned round: best minus it\n",
        sizes = draft.sizes,
        seeds = draft.seeds,
        metric = quoted(&draft.metric),
        direction = if draft.higher_is_better.is_some() { "\"higher\"" } else { "\"lower\"" },
    );
    if let Some(best) = draft.higher_is_better {
        let _ = writeln!(text, "best = {best}");
    }
    let words: Vec<String> = draft.words.iter().map(|word| quoted(word)).collect();
    let _ = write!(
        text,
        "\n[[model]]                 # one curve a model; give a second command to compare\n\
         name = {name}\n\
         command = [{words}]\n",
        name = quoted(&draft.name),
        words = words.join(", "),
    );
    if !draft.inputs.is_empty() {
        let inputs: Vec<String> = draft.inputs.iter().map(|input| quoted(input)).collect();
        let _ = writeln!(
            text,
            "inputs = [{}]   # edit one, and its runs are made again",
            inputs.join(", ")
        );
    }
    if let Some(folder) = &draft.folder {
        let _ = writeln!(text, "folder = {}", quoted(folder));
    }
    match &draft.pattern {
        // TOML literal strings keep backslashes as they are, but cannot contain a single quote.
        Some(pattern) if !pattern.contains('\'') => {
            let _ = writeln!(text, "result = '{pattern}'   # read from standard output");
        }
        Some(pattern) => {
            let _ = writeln!(text, "result = {}   # read from standard output", quoted(pattern));
        }
        None => {
            text.push_str("result = \"json\"           # {\"error\": 0.1} written to {out}\n");
        }
    }
    if let Some(timeout) = &draft.timeout {
        let _ = writeln!(text, "timeout = {}", quoted(timeout));
    }
    for line in &draft.more {
        let _ = writeln!(text, "{line}");
    }
    text.push_str(
        "\n[goal]                    # what the plan is made for; take the marks away and fill in\n\
         # target = 0.05           # error to reach\n\
         # cost_per_example = 0.05 # price of one more example\n\
         \n\
         [run]\n\
         executor = \"local\"        # this machine\n\
         # workers = 2             # runs at the same time; otherwise one for each processor\n",
    );
    text
}

/// What a command probably should have and does not, one sentence each.
pub fn what_is_missing(words: &[String], has_pattern: bool) -> Vec<String> {
    let used = placeholders(words);
    let has = |names: &[&str]| names.iter().any(|name| used.contains(name));
    let mut missing = Vec::new();
    if !has(&["size", "indices", "indices_npy"]) {
        missing.push(
            "nothing in the command says how much to train on: put `{size}` where it goes, unless \
             it reads TENFOLD_SIZE"
                .to_owned(),
        );
    }
    if !has(&["seed"]) {
        missing.push(
            "nothing in the command says which seed to use: put `{seed}` where it goes, unless it \
             reads TENFOLD_SEED"
                .to_owned(),
        );
    }
    if !has_pattern && !has(&["out"]) {
        missing.push(
            "nothing in the command says where to write the result: put `{out}` where it goes, \
             unless it reads TENFOLD_OUT, or have it printed and give a pattern for it"
                .to_owned(),
        );
    }
    missing
}
