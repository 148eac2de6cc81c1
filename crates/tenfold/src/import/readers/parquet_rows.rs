//! Reads the rows of a Parquet file as texts.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use tenfold_data::quietly;

use super::steps::Row;
use super::unreadable;
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};

/// Whether the file begins as Parquet does.
pub(super) fn is_parquet(source: &Path) -> bool {
    let mut beginning = [0; 4];
    let read = File::open(source).and_then(|mut file| file.read_exact(&mut beginning));
    read.is_ok() && &beginning == b"PAR1"
}

/// Reads all rows.
///
/// # Errors
/// A file that is cut off or damaged.
pub(super) fn read(source: &Path) -> Result<Vec<Row>, Problems> {
    let damaged = |error: ParquetError| {
        let message = format!("the Parquet file cannot be read: {error}");
        let hint = "copy it again: it may have been cut off";
        Problem::new(ProblemKind::Import, message).at(Place::file(source)).hint(hint)
    };
    let file = File::open(source).map_err(|error| unreadable(source, &error))?;
    // Damaged bytes can trip assertions inside the decoder; that is bad data and no bug of Tenfold.
    let contradiction = || ParquetError::General("its parts contradict each other".to_owned());
    let rows = quietly(|| decoded(file)).unwrap_or_else(|| Err(contradiction()));
    Ok(rows.map_err(damaged)?)
}

fn decoded(file: File) -> Result<Vec<Row>, ParquetError> {
    let reader = SerializedFileReader::new(file)?;
    let mut rows = Vec::new();
    for row in reader.get_row_iter(None)? {
        let row = row?;
        let mut cells = BTreeMap::new();
        for (name, field) in row.get_column_iter() {
            cells.extend(text(field).map(|text| (name.clone(), text)));
        }
        rows.push(Row { line: None, name: None, cells });
    }
    Ok(rows)
}

/// A value as text; `None` for nothing, bytes and lists.
fn text(field: &Field) -> Option<String> {
    Some(match field {
        Field::Bool(value) => value.to_string(),
        Field::Byte(value) => value.to_string(),
        Field::Short(value) => value.to_string(),
        Field::Int(value) => value.to_string(),
        Field::Long(value) => value.to_string(),
        Field::UByte(value) => value.to_string(),
        Field::UShort(value) => value.to_string(),
        Field::UInt(value) => value.to_string(),
        Field::ULong(value) => value.to_string(),
        Field::Float(value) => value.to_string(),
        Field::Double(value) => value.to_string(),
        Field::Str(value) => value.clone(),
        _ => return None,
    })
}
