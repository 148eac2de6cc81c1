//! Places where trials can run, as study files know them: their names, their tables, what those mean.
//!
//! A place is a file here, a line in [`PLACES`], and its options in [`PlaceOptions`]; what runs there is
//! a file or folder in `executor/places`, under the same name.

mod local;
mod ray;
mod slurm;

use std::collections::BTreeMap;
use std::time::Duration;

use super::findings::Findings;
use super::keys::{Key, KeyKind, PlaceTable, Section, key};
use super::table::Table;

pub use ray::{AddressError, DashboardAddress, RayOptions};
pub use slurm::SlurmOptions;

/// The places, in the order of the documentation; the first is where trials run unless the file says.
pub static PLACES: &[&RunPlace] = &[&local::PLACE, &slurm::PLACE, &ray::PLACE];

/// Longest wait for an answer of a scheduler. A busy one takes seconds.
const QUERY_TIMEOUT: Duration = Duration::from_secs(30);

/// Longest wait until a scheduler has accepted a job. It may look for room first.
const SUBMIT_TIMEOUT: Duration = Duration::from_mins(2);

/// A place where trials can run.
#[derive(Debug)]
pub struct RunPlace {
    /// The word for it in the study file.
    pub name: &'static str,
    /// What it is, after "`name`: ".
    pub doc: &'static str,
    /// Whether trials run on this machine and end with this process.
    pub is_here: bool,
    /// Its table in `[run]`, if it has one.
    pub table: Option<&'static PlaceTable>,
    /// The keys of its table, in the order of the documentation.
    pub keys: &'static [Key],
}

/// What a study asks of each place that has a table.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceOptions {
    /// What is asked of a Slurm cluster.
    pub slurm: SlurmOptions,
    /// What is asked of a Ray cluster.
    pub ray: RayOptions,
}

/// The tables of places that were typed, by name.
pub(super) type PlaceTables = BTreeMap<&'static str, Table>;

/// What the file asks of the places.
pub(super) fn options(tables: &PlaceTables, findings: &mut Findings) -> PlaceOptions {
    let missing = Table::default();
    let table = |name: &str| tables.get(name).unwrap_or(&missing);
    PlaceOptions {
        slurm: slurm::options(table("slurm")),
        ray: ray::options(table("ray"), findings),
    }
}

/// The place that the word `typed` chooses; without one, the first.
pub(super) fn chosen(typed: Option<&str>) -> &'static RunPlace {
    let found = PLACES.iter().copied().find(|place| typed == Some(place.name));
    found.unwrap_or(PLACES[0])
}

/// The key that chooses a place. Made once for the whole program, as the list of keys is.
pub(super) fn executor() -> Key {
    let of_place = |place: &&RunPlace| format!("`{}`: {}", place.name, place.doc);
    let places: Vec<String> = PLACES.iter().map(of_place).collect();
    Key {
        default: "\"local\"",
        doc: format!("Where trials run. {}.", places.join("; ")).leak(),
        example: "\"slurm\"",
        ..key(Section::Run, "executor", KeyKind::OneOf(names))
    }
}

fn names() -> Vec<&'static str> {
    PLACES.iter().map(|place| place.name).collect()
}
