//! Writes the measurements as Parquet: the columns of a curve file, with types.

use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

use crate::curve_file::write::{WrittenCell, WrittenRow, columns};

/// The bytes of a Parquet file with one row a measurement.
///
/// # Errors
/// Never for rows of a curve; the writer's own errors are passed on.
pub fn bytes(rows: &[WrittenRow]) -> Result<Vec<u8>, ParquetError> {
    let columns = columns(rows);
    let fields: Vec<String> = columns.iter().map(|name| field(name, rows)).collect();
    let schema =
        Arc::new(parse_message_type(&format!("message curves {{ {} }}", fields.join(" ")))?);
    let mut bytes = Vec::new();
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, properties)?;
    let mut group = writer.next_row_group()?;
    for name in columns {
        let Some(mut column) = group.next_column()? else { break };
        write(&mut column, name, rows)?;
        column.close()?;
    }
    group.close()?;
    writer.close()?;
    Ok(bytes)
}

/// A column's line in the schema; its first value decides the type.
fn field(name: &str, rows: &[WrittenRow]) -> String {
    let first = rows.iter().flatten().find(|(column, _)| *column == name);
    match first {
        Some((_, WrittenCell::Number(_))) => format!("OPTIONAL DOUBLE {name};"),
        Some((_, WrittenCell::Whole(_))) => format!("OPTIONAL INT64 {name} (UINT_64);"),
        _ => format!("OPTIONAL BYTE_ARRAY {name} (UTF8);"),
    }
}

fn write(
    column: &mut SerializedColumnWriter<'_>,
    name: &str,
    rows: &[WrittenRow],
) -> Result<(), ParquetError> {
    let cells: Vec<Option<&WrittenCell>> = rows
        .iter()
        .map(|row| row.iter().find(|(column, _)| *column == name).map(|(_, cell)| cell))
        .collect();
    // The definition level of a row is 1 if it has a value, else 0.
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let present = || cells.iter().copied().flatten();
    let first = present().next();
    match first {
        Some(WrittenCell::Number(_)) => {
            let value = |cell: &WrittenCell| match cell {
                WrittenCell::Number(value) => Some(*value),
                _ => None,
            };
            let values: Vec<f64> = present().filter_map(value).collect();
            column.typed::<DoubleType>().write_batch(&values, Some(&levels), None)?;
        }
        Some(WrittenCell::Whole(_)) => {
            let value = |cell: &WrittenCell| match cell {
                // The cast keeps the bits; the schema declares them as unsigned.
                WrittenCell::Whole(value) => Some(value.cast_signed()),
                _ => None,
            };
            let values: Vec<i64> = present().filter_map(value).collect();
            column.typed::<Int64Type>().write_batch(&values, Some(&levels), None)?;
        }
        _ => {
            let value = |cell: &WrittenCell| match cell {
                WrittenCell::Text(value) => Some(ByteArray::from(value.as_str())),
                _ => None,
            };
            let values: Vec<ByteArray> = present().filter_map(value).collect();
            column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
        }
    }
    Ok(())
}
