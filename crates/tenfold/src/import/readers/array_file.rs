//! Reads arrays of NumPy: an npz file is a zip archive of files with a header and numbers each.
//!
//! NumPy's `numpy.lib.format` describes the format.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::python_literal;
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};

/// Most bytes of an array that is read; a learning curve never has four million numbers.
const LARGEST: u64 = 32 << 20;

/// The numbers of an array and its shape, rows first.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Array {
    /// Lengths of the axes: none for a number, one for a list, two for a table.
    pub(super) shape: Vec<usize>,
    /// One value per element, row after row.
    pub(super) values: Vec<f64>,
}

/// All arrays of numbers in an npz file, by name.
///
/// # Errors
/// An archive or an array that is damaged, or one of something else than numbers.
pub(super) fn arrays(file: File, source: &Path) -> Result<BTreeMap<String, Array>, Problems> {
    let wrong = |what: String| {
        let problem = Problem::new(ProblemKind::Import, what).at(Place::file(source));
        Problems::from(problem.hint("save the arrays again with numpy.savez"))
    };
    let damaged = |error: &dyn std::fmt::Display| wrong(format!("the archive is damaged: {error}"));
    let mut archive = zip::ZipArchive::new(file).map_err(|error| damaged(&error))?;
    let mut arrays = BTreeMap::new();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| damaged(&error))?;
        let name = entry.name().map_err(|error| damaged(&error))?;
        let name = name.trim_end_matches(".npy").to_owned();
        let mut bytes = Vec::new();
        entry.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| damaged(&error))?;
        if bytes.len() as u64 > LARGEST {
            return Err(wrong(format!("`{name}` is larger than {} MiB", LARGEST >> 20)));
        }
        let array = array(&bytes);
        let needed = "an array of integers or floating-point numbers is needed";
        arrays.insert(name.clone(), array.ok_or_else(|| wrong(format!("`{name}`: {needed}")))?);
    }
    Ok(arrays)
}

/// The array in the bytes of a `.npy` file.
fn array(bytes: &[u8]) -> Option<Array> {
    let rest = bytes.strip_prefix(b"\x93NUMPY")?;
    let (length, rest) = match rest.first()? {
        1 => (usize::from(u16::from_le_bytes(rest.get(2..4)?.try_into().ok()?)), rest.get(4..)?),
        _ => (u32::from_le_bytes(rest.get(2..6)?.try_into().ok()?) as usize, rest.get(6..)?),
    };
    let header = python_literal::parse(std::str::from_utf8(rest.get(..length)?).ok()?)?;
    let numbers = numbers(header["descr"].as_str()?, rest.get(length..)?)?;
    let axis = |axis: &serde_json::Value| axis.as_u64().map(|length| length as usize);
    let shape: Vec<usize> = header["shape"].as_array()?.iter().map(axis).collect::<Option<_>>()?;
    let count = shape.iter().try_fold(1_usize, |count, axis| count.checked_mul(*axis))?;
    if numbers.len() < count {
        return None;
    }
    let is_by_columns = header["fortran_order"].as_bool()?;
    let values = match shape.as_slice() {
        [rows, columns] if is_by_columns => {
            let place = |at: usize| (at % columns) * rows + at / columns;
            (0..count).map(|at| numbers[place(at)]).collect()
        }
        _ => numbers[..count].to_vec(),
    };
    Some(Array { shape, values })
}

/// Numbers of the type `descr`: `<f8` is a little-endian float of eight bytes.
fn numbers(descr: &str, bytes: &[u8]) -> Option<Vec<f64>> {
    let (order, kind) = descr.split_at_checked(1)?;
    if order == ">" {
        let reversed = |width: usize| bytes.chunks_exact(width).flat_map(|one| one.iter().rev());
        let width: usize = kind.get(1..)?.parse().ok().filter(|width| *width > 0)?;
        let bytes: Vec<u8> = reversed(width).copied().collect();
        return numbers(&format!("<{kind}"), &bytes);
    }
    Some(match kind {
        "f8" => bytes.as_chunks().0.iter().map(|one| f64::from_le_bytes(*one)).collect(),
        "f4" => bytes.as_chunks().0.iter().map(|one| f64::from(f32::from_le_bytes(*one))).collect(),
        "i8" => bytes.as_chunks().0.iter().map(|one| i64::from_le_bytes(*one) as f64).collect(),
        "u8" => bytes.as_chunks().0.iter().map(|one| u64::from_le_bytes(*one) as f64).collect(),
        "i4" => bytes.as_chunks().0.iter().map(|one| f64::from(i32::from_le_bytes(*one))).collect(),
        "u4" => bytes.as_chunks().0.iter().map(|one| f64::from(u32::from_le_bytes(*one))).collect(),
        _ => return None,
    })
}
