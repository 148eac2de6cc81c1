//! Checks of commands that are possible before the first of them runs on this machine.

use std::ffi::OsString;

use anyhow::Result;

use crate::diagnostic::closest::closest;
use crate::diagnostic::{Problem, Problems};
use crate::executor::runners::command::{Graphics, program};
use crate::study::{ModelSpec, Study};
use crate::trial::CommandSpec;

/// Refuses a study whose commands cannot start here: checks program, folder and graphics
/// processors.
///
/// # Errors
/// If commands cannot start: all problems at once.
pub(super) fn check_commands(study: &Study) -> Result<()> {
    let mut problems = Vec::new();
    for model in &study.models {
        if let Some(recipe) = model.recipe.command() {
            problems.extend(problem_of(study, model, &recipe.command));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Problems(problems).into()) }
}

fn problem_of(study: &Study, model: &ModelSpec, command: &CommandSpec) -> Option<Problem> {
    let key = |name: &str| format!("model.{}.{name}", model.name);
    if !command.folder.is_dir() {
        let message = format!("there is no folder `{}` to run in", command.folder.display());
        return Some(study.problem(&key("folder"), message, "not found", None));
    }
    let own = command.environment.get("PATH").map(OsString::from);
    let search_path = own.or_else(|| std::env::var_os("PATH")).unwrap_or_default();
    // The program's name may be a placeholder, which has no value yet.
    let is_template = command.words[0].contains('{');
    if !is_template && program::find(command, &search_path).is_none() {
        let name = &command.words[0];
        let message = format!("there is no program `{name}`");
        let names = program::names_like(name, &search_path);
        let hint = match closest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "give its whole path, or install it".to_owned(),
        };
        return Some(study.problem(&key("command"), message, "not found", Some(hint)));
    }
    if !is_template && program::is_forbidden(command) {
        let name = &command.words[0];
        let message = format!("`{name}` is not executable");
        let hint = format!("chmod +x {name}, or begin with what runs it: [\"sh\", \"{name}\"]");
        return Some(study.problem(&key("command"), message, "not executable", Some(hint)));
    }
    let visible = std::env::var("CUDA_VISIBLE_DEVICES").ok();
    let there = Graphics::of_this_machine(visible.as_deref()).count();
    if command.gpus as usize > there {
        let message = format!(
            "`model.gpus` is {}, and this machine has {there} graphics processors",
            command.gpus
        );
        let hint = "`gpus = 0`, or run it where there are some: CUDA_VISIBLE_DEVICES names them";
        return Some(study.problem(&key("gpus"), message, "", Some(hint.to_owned())));
    }
    None
}
