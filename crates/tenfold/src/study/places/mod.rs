//! The executor setups of study files (where trials can run): their names, their tables and the
//! tables' meaning.
//!
//! Each setup is a file here, a line in [`PLACES`], and its options in [`PlaceOptions`]. The code
//! that runs trials there is a file or folder in `executor/places` with the same name.

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

/// The executor setups, in the order of the documentation; the first is the default.
pub static PLACES: &[&RunPlace] = &[&local::PLACE, &slurm::PLACE, &ray::PLACE];

/// Longest wait for a scheduler's answer. A busy scheduler takes seconds.
const QUERY_TIMEOUT: Duration = Duration::from_secs(30);

/// Longest wait until a scheduler has accepted a job. It may first look for free capacity.
const SUBMIT_TIMEOUT: Duration = Duration::from_mins(2);

/// An executor setup: where trials can run.
#[derive(Debug)]
pub struct RunPlace {
    /// Its name in the study file.
    pub name: &'static str,
    /// Its description, which follows "`name`: ".
    pub doc: &'static str,
    /// Whether trials run on this machine and end with this process.
    pub is_here: bool,
    /// Its table in `[run]`, if it has one.
    pub table: Option<&'static PlaceTable>,
    /// The keys of its table, in the order of the documentation.
    pub keys: &'static [Key],
}

/// Options of each executor setup that has a table.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceOptions {
    /// Options of a Slurm cluster.
    pub slurm: SlurmOptions,
    /// Options of a Ray cluster.
    pub ray: RayOptions,
}

/// The typed tables of executor setups, by name.
pub(super) type PlaceTables = BTreeMap<&'static str, Table>;

/// Parses the tables into options.
pub(super) fn options(tables: &PlaceTables, findings: &mut Findings) -> PlaceOptions {
    let missing = Table::default();
    let table = |name: &str| tables.get(name).unwrap_or(&missing);
    PlaceOptions {
        slurm: slurm::options(table("slurm")),
        ray: ray::options(table("ray"), findings),
    }
}

/// The executor setup named `typed`; the first if nothing was typed.
pub(super) fn chosen(typed: Option<&str>) -> &'static RunPlace {
    let found = PLACES.iter().copied().find(|place| typed == Some(place.name));
    found.unwrap_or(PLACES[0])
}

/// The key that chooses the executor setup. It is made once for the whole program, like the list of
/// keys.
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
