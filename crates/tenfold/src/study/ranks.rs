//! How many ranks train a model together.

use tenfold_train::{LearnerSettings, SettingValue};

use super::file::ModelTables;
use super::findings::Findings;
use super::table::Table;
use super::typed::Typed;
use super::{SearchAxis, Study};

impl Study {
    /// Largest number of ranks of any model, at least one.
    pub fn most_ranks(&self) -> usize {
        self.models.iter().map(|model| model.ranks).fold(1, usize::max)
    }
}

/// The number of ranks of a model, 1 by default. More ranks than can share a batch are a problem.
pub(super) fn ranks(
    tables: &ModelTables,
    settings: &LearnerSettings,
    axes: &[SearchAxis],
    findings: &mut Findings,
) -> usize {
    let Some((Typed::Count(ranks), span)) = tables.model.get("ranks") else { return 1 };
    let ranks = *ranks as usize;
    for (key, value) in [("chunks", settings.chunks), ("batch", settings.batch)] {
        let searched = axes.iter().find(|axis| axis.key == key);
        let least = searched.map_or(value, |axis| least_of(&axis.values));
        if ranks > least {
            let message = format!("`model.ranks` is {ranks}, more than `{key}`, which is {least}");
            let table = if searched.is_some() { "search" } else { "train" };
            let label =
                if key == "chunks" { "each needs a chunk" } else { "each needs an example" };
            findings.add(span, message, label).hint(format!(
                "`{key} = {ranks}` or more in `[model.{table}]`, which results depend on; on \
                 `ranks` they do not"
            ));
            return 1;
        }
    }
    ranks
}

fn least_of(values: &[SettingValue]) -> usize {
    let numbers = values.iter().filter_map(|value| match value {
        SettingValue::Number(number) => Some(*number as usize),
        SettingValue::Text(_) | SettingValue::Flag(_) => None,
    });
    numbers.min().unwrap_or(1)
}

/// The launcher of ranks, if the file gives one.
pub(super) fn launcher(table: &Table, findings: &mut Findings) -> Option<Vec<String>> {
    let (Typed::Words(words), span) = table.get("launcher")? else { return None };
    if !words.iter().any(|word| word.contains("{ranks}")) {
        let message = "`run.launcher` does not say how many ranks to start";
        findings
            .add(span, message, "no `{ranks}`")
            .hint("for example `launcher = [\"mpirun\", \"-n\", \"{ranks}\"]`");
    }
    Some(words.clone())
}
