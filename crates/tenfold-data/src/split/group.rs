//! Splits that keep groups together, such as all pictures of one patient.

use std::collections::BTreeMap;

use super::{Counts, Split, SplitError};
use crate::cells::SplitColumn;
use crate::digest::text_key;
use crate::seed::{derive, number_at};

/// Which part a group goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Pool,
    Validation,
    Test,
}

/// Assigns whole groups in keyed order, until each part is as near to the requested size as groups
/// allow.
pub(super) fn split(
    column: &SplitColumn,
    keyed: &[u32],
    counts: Counts,
    seed: u64,
) -> Result<Split, SplitError> {
    let groups = rows_of_groups(column)?;
    let group_seed = derive(seed, "split groups", 0);
    // The order is keyed by the group's name, so that adding or removing other groups does not
    // change it.
    let mut ordered: Vec<(u64, &String, usize)> = groups
        .iter()
        .map(|(name, rows)| (number_at(group_seed, text_key(name)), name, rows.len()))
        .collect();
    ordered.sort_unstable();
    let mut parts = vec![Part::Pool; keyed.len()];
    for (part, name, wanted) in
        [(Part::Test, "test", counts.test), (Part::Validation, "validation", counts.validation)]
    {
        let taken = take(&mut ordered, wanted);
        if taken.is_empty() && wanted > 0 || ordered.is_empty() {
            return Err(SplitError::GroupsTooLarge {
                part: name,
                column: column.name.clone(),
                groups: groups.len(),
                largest: groups.values().map(Vec::len).max().unwrap_or(0),
                wanted,
            });
        }
        for row in taken.iter().filter_map(|group| groups.get(*group)).flatten() {
            parts[*row as usize] = part;
        }
    }
    let rows_in = |part: Part| -> Vec<u32> {
        keyed.iter().copied().filter(|row| parts[*row as usize] == part).collect()
    };
    Ok(Split {
        pool: rows_in(Part::Pool),
        validation: rows_in(Part::Validation),
        test: rows_in(Part::Test),
    })
}

/// Takes groups out of `ordered` as long as each brings the count nearer to `wanted`.
pub(super) fn take<'a>(
    ordered: &mut Vec<(u64, &'a String, usize)>,
    wanted: usize,
) -> Vec<&'a String> {
    let mut count = 0;
    let mut taken = Vec::new();
    ordered.retain(|(_, name, size)| {
        let brings_nearer =
            count + size / 2 < wanted && (count + size).abs_diff(wanted) < wanted - count;
        if brings_nearer {
            count += size;
            taken.push(*name);
        }
        !brings_nearer
    });
    taken
}

pub(super) fn rows_of_groups(
    column: &SplitColumn,
) -> Result<BTreeMap<String, Vec<u32>>, SplitError> {
    let mut groups: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let mut without = Vec::new();
    for row in 0..column.cells.len() {
        match column.cells.text(row) {
            Some(group) => groups.entry(group).or_default().push(row as u32),
            None => without.push(row),
        }
    }
    match without.first() {
        None => Ok(groups),
        Some(first) => Err(SplitError::NoValue {
            role: "group",
            column: column.name.clone(),
            row: first + 1,
            rows: without.len(),
        }),
    }
}
