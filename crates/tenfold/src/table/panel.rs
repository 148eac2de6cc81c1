//! Recognises a W&B chart saved as CSV: one column per run, `RUN - METRIC`, beside `…__MIN` and
//! `…__MAX`.

use std::collections::BTreeSet;

/// A column of such a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PanelColumn {
    /// Index of the column.
    pub(crate) at: usize,
    /// Name of the run.
    pub(crate) run: String,
    /// Name of the metric.
    pub(crate) metric: String,
}

/// The columns with values, if names are those of a chart.
pub(crate) fn panel(names: &[String]) -> Option<Vec<PanelColumn>> {
    let known: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let has_bounds = |name: &String| {
        ["__MIN", "__MAX"].iter().all(|end| known.contains(format!("{name}{end}").as_str()))
    };
    let column = |(at, name): (usize, &String)| {
        let (run, metric) = name.rsplit_once(" - ")?;
        has_bounds(name).then(|| PanelColumn {
            at,
            run: run.trim().to_owned(),
            metric: metric.trim().to_owned(),
        })
    };
    let columns: Vec<PanelColumn> = names.iter().enumerate().filter_map(column).collect();
    (!columns.is_empty()).then_some(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_bounds_beside_them_are_a_chart() {
        let names = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let found = panel(&names("Step,a - b - acc,a - b - acc__MIN,a - b - acc__MAX")).unwrap();
        let expected = PanelColumn { at: 1, run: "a - b".to_owned(), metric: "acc".to_owned() };
        assert_eq!(found, [expected]);
        assert_eq!(panel(&names("Step,a - acc,b - acc")), None);
    }
}
