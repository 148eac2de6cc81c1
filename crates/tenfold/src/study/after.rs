//! Models that continue from what another model left: their trials wait for the other's trials.

use std::ops::Range;

use super::ModelSpec;
use super::file::StudyFile;
use super::findings::Findings;
use super::model::name_of;
use crate::diagnostic::closest::{closest, listed};

/// Reports invalid values of `after` in any model.
pub(super) fn check(file: &StudyFile, models: &[ModelSpec], findings: &mut Findings) {
    for tables in file.models.iter().flatten() {
        let Some((name, span)) = tables.model.text("after") else { continue };
        let name = name.to_owned();
        check_one(&name_of(tables), &name, span, models, findings);
    }
}

fn check_one(
    model: &str,
    after: &str,
    span: Range<usize>,
    models: &[ModelSpec],
    findings: &mut Findings,
) {
    let find = |name: &str| models.iter().find(|other| other.name == name);
    let Some(before) = find(after) else {
        let known = || models.iter().map(|other| other.name.as_str()).filter(|name| *name != model);
        let message = format!("`model.after` is `{after}`, and no model is called that");
        let hint = match closest(after, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there is {}", listed(known())),
        };
        findings.add(span, message, "").hint(hint);
        return;
    };
    if before.recipe.command().is_none() {
        let message = format!(
            "`model.after` is `{after}`, a built-in learner, which leaves no `{{work}}` folder"
        );
        findings.add(span, message, "needs a command").hint("take the line out");
    } else if !before.axes.is_empty() {
        let message =
            format!("`model.after` is `{after}`, which is searched, and one trial is needed");
        let hint = format!("give `{after}` the settings that won, without `[model.search]`");
        findings.add(span, message, "").hint(hint);
    } else if is_in_a_circle(model, models) {
        let message = format!("`{model}` would wait for itself");
        findings.add(span, message, "").hint("take `after` out of one of the models");
    }
}

/// Whether following `after` from `model` leads back to it.
fn is_in_a_circle(model: &str, models: &[ModelSpec]) -> bool {
    let after = |name: &str| {
        models.iter().find(|other| other.name == name).and_then(|other| other.after.as_deref())
    };
    let mut at = model;
    // A path with more steps than there are models must visit a model twice.
    for _ in 0..models.len() {
        match after(at) {
            None => return false,
            Some(next) if next == model => return true,
            Some(next) => at = next,
        }
    }
    false
}
