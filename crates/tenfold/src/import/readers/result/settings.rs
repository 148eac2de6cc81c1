//! Reads the settings of a run from YAML: Hydra's `.hydra`, `args.yaml`, `hparams.yaml`.

use std::collections::BTreeMap;
use std::path::Path;

use yaml_rust2::{Yaml, YamlLoader};

use crate::diagnostic::{Place, Problem, ProblemKind, Problems};
use crate::import::readers::unreadable;

/// Hydra's record of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::import) struct HydraRun {
    /// Its whole configuration; nested names are joined with points.
    pub(in crate::import) config: BTreeMap<String, String>,
    /// Names that were set on the command line, or by a sweep.
    pub(in crate::import) overridden: Vec<String>,
}

/// Reads Hydra's record of the run in `folder`; `None` if Hydra did not start it.
///
/// # Errors
/// A file that is no YAML.
pub(in crate::import) fn hydra(folder: &Path) -> Result<Option<HydraRun>, Problems> {
    let folder = folder.join(".hydra");
    if !folder.is_dir() {
        return Ok(None);
    }
    let config = read(&folder.join("config.yaml"))?;
    let mut overridden = Vec::new();
    for document in documents(&folder.join("overrides.yaml"))? {
        for word in document.as_vec().into_iter().flatten().filter_map(Yaml::as_str) {
            if let Some((name, _)) = word.split_once('=') {
                // `+name` adds a setting, `~name` removes one.
                overridden.push(name.trim_start_matches(['+', '~']).to_owned());
            }
        }
    }
    Ok(Some(HydraRun { config, overridden }))
}

/// Reads the settings in a YAML file; nested names are joined with points. Returns none if there is
/// no such file.
///
/// # Errors
/// A file that cannot be read or that is no YAML.
pub(in crate::import) fn read(path: &Path) -> Result<BTreeMap<String, String>, Problems> {
    let mut settings = BTreeMap::new();
    for document in documents(path)? {
        flatten("", &document, &mut settings);
    }
    Ok(settings)
}

fn documents(path: &Path) -> Result<Vec<Yaml>, Problems> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(path, &error).into()),
    };
    Ok(YamlLoader::load_from_str(&text).map_err(|error| {
        let line = error.marker().line() as u64;
        let message = format!("this is not YAML: {}", error.info());
        Problem::new(ProblemKind::Import, message).at(Place::line(path, line.max(1)))
    })?)
}

fn flatten(prefix: &str, value: &Yaml, settings: &mut BTreeMap<String, String>) {
    let text = match value {
        Yaml::Hash(members) => {
            for (key, member) in members {
                let Some(key) = text_of(key) else { continue };
                let name = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
                flatten(&name, member, settings);
            }
            return;
        }
        Yaml::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(text_of).collect();
            Some(format!("[{}]", items.join(", ")))
        }
        leaf => text_of(leaf),
    };
    settings.extend(text.map(|text| (prefix.to_owned(), text)));
}

fn text_of(value: &Yaml) -> Option<String> {
    match value {
        Yaml::Real(text) | Yaml::String(text) => Some(text.clone()),
        Yaml::Integer(number) => Some(number.to_string()),
        Yaml::Boolean(is_so) => Some(is_so.to_string()),
        _ => None,
    }
}
