//! Levers: additional curves of a study's models, with something changed other than the amount of
//! data.

use std::collections::BTreeMap;

use tenfold_data::transforms::{TransformStep, transform_named, transform_settings};

use super::ModelSpec;
use super::findings::Findings;
use super::table::Table;
use super::typed::Typed;
use crate::diagnostic::closest::{closest, listed};
use crate::trial::Recipe;

/// Makes one more model for each lever and each model it is tried on; problems are in `findings`.
pub(super) fn models(
    levers: &[Table],
    models: &[ModelSpec],
    findings: &mut Findings,
) -> Vec<ModelSpec> {
    let mut more: Vec<ModelSpec> = Vec::new();
    for lever in levers {
        let Some(step) = step(lever, findings) else { continue };
        let name = name_of(lever);
        for model in tried_on(lever, models, findings) {
            let Recipe::Learner(recipe) = &model.recipe else { continue };
            let mut recipe = recipe.clone();
            recipe.transforms.push(step.clone());
            let with = ModelSpec {
                name: format!("{}+{name}", model.name),
                recipe: Recipe::Learner(recipe),
                lever: Some(name.to_owned()),
                ..model.clone()
            };
            if models.iter().chain(&more).any(|other| other.name == with.name) {
                let span = lever.span.clone().unwrap_or(0..0);
                let message = format!("two curves would be called `{}`", with.name);
                findings.add(span, message, "").hint(format!("`name = \"{name}-2\"`"));
                break;
            }
            more.push(with);
        }
    }
    more
}

/// The name of a lever: its own, or that of its transform.
pub(super) fn name_of(lever: &Table) -> &str {
    let own = lever.text("name").or_else(|| lever.text("transform"));
    own.map_or("", |(name, _)| name)
}

/// The transform with its settings, if all its keys are valid.
fn step(lever: &Table, findings: &mut Findings) -> Option<TransformStep> {
    let place = lever.span.clone().unwrap_or(0..0);
    if lever.is_broken {
        return None;
    }
    if !lever.has("transform") {
        let names = tenfold_data::transforms::TRANSFORMS.iter().map(|transform| transform.name());
        let message = "`lever.transform` is missing, a lever needs to know what to do";
        findings.add(place, message, "").hint(format!("`transform = …`, one of {}", listed(names)));
        return None;
    }
    let transform = transform_named(lever.text("transform")?.0)?;
    let mut settings = BTreeMap::new();
    for setting in transform_settings() {
        let Some(entry) = lever.entry(setting.name) else { continue };
        if transform.settings().iter().all(|own| own.name != setting.name) {
            let own = transform.settings().iter().map(|own| own.name);
            let message =
                format!("`lever.{}` is no setting of `{}`", setting.name, transform.name());
            let hint = format!("it has {}", listed(own));
            findings.add(entry.key.clone(), message, "has no effect here").hint(hint);
            continue;
        }
        let value = lever.number(setting.name)?;
        if value > setting.most {
            let message =
                format!("`lever.{}` is {value}, at most {} can be", setting.name, setting.most);
            let hint = format!("`{} = {}`", setting.name, setting.example);
            findings.add(entry.span.clone(), message, "").hint(hint);
        }
        settings.insert(setting.name, value);
    }
    let missing = transform.settings().iter().find(|setting| !lever.has(setting.name));
    if let Some(setting) = missing {
        let message = format!(
            "`lever.{}` is missing, `{}` needs to know how much",
            setting.name,
            transform.name()
        );
        findings.add(place, message, "").hint(format!("`{} = {}`", setting.name, setting.example));
        return None;
    }
    Some(TransformStep { transform, settings })
}

/// The models that a lever is tried on.
fn tried_on<'a>(
    lever: &Table,
    models: &'a [ModelSpec],
    findings: &mut Findings,
) -> Vec<&'a ModelSpec> {
    let Some((Typed::Words(names), span)) = lever.get("models") else {
        return models.iter().filter(|model| model.recipe.learner().is_some()).collect();
    };
    let mut chosen = Vec::new();
    for name in names {
        match models.iter().find(|model| model.name == *name) {
            Some(model) if model.recipe.learner().is_some() => chosen.push(model),
            Some(_) => {
                let message = format!(
                    "`lever.models` has `{name}`, which is a command and reads its data itself"
                );
                let hint = "give the command a second `[[model]]` that does it";
                findings.add(span.clone(), message, "").hint(hint);
            }
            None => {
                let known = || models.iter().map(|model| model.name.as_str());
                let message = format!("`lever.models` has `{name}`, and no model is called that");
                let hint = match closest(name, known()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there is {}", listed(known())),
                };
                findings.add(span.clone(), message, "").hint(hint);
            }
        }
    }
    chosen
}
