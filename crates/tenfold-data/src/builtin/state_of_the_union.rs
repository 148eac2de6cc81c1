//! Addresses of presidents of the United States, in passages of whole sentences.

use super::Builtin;
use crate::cells::{Cells, SplitColumn, SplitColumns, TextCells};
use crate::dataset::{Dataset, Field, GrowingText, Targets, TextPart, Texts};
use crate::error::DataError;
use crate::read::ExampleKind;

/// Rows are in the order of the years, and of the passages of an address.
pub(super) const BUILTIN: Builtin = Builtin {
    name: "state-of-the-union",
    kind: ExampleKind::Text,
    examples: 9_783,
    description: "130 State of the Union addresses from 1893 to 2021 in English, cut into passages of \
                  whole sentences with at least 500 characters, 5,954,237 characters in all; split \
                  columns `address`, such as `1999 Clinton`, and `year`",
    licence: "public domain: works of the United States Government, collected under PDDL 1.0 and CC0 1.0 \
              by The Stdlib Authors",
    notice: include_str!("../../data/state-of-the-union.NOTICE.txt"),
    read,
};

/// Gzip of blocks between blank lines, one an address: a line with its year and its president, then a
/// line a passage.
const PACKED: &[u8] = include_bytes!("../../data/state-of-the-union.gz");

fn read() -> Result<Dataset, DataError> {
    let bytes = BUILTIN.unpacked(PACKED)?;
    let all = str::from_utf8(&bytes).map_err(|error| BUILTIN.corrupt(error.to_string()))?;
    let (mut addresses, mut years, mut rows) = (TextCells::default(), Vec::new(), Vec::new());
    let mut start = 0;
    for block in all.split("\n\n") {
        let (address, passages) = block.split_once('\n').unwrap_or((block, ""));
        let year = address.split(' ').next().and_then(|year| year.parse::<f64>().ok());
        let year = year.ok_or_else(|| BUILTIN.corrupt(format!("`{address}` has no year")))?;
        start += address.len() + 1;
        for passage in passages.split('\n') {
            let mut text = GrowingText::default();
            text.push(passage);
            rows.push(text.finish(0, start as u64));
            addresses.push(address);
            years.push(year);
            start += passage.len() + 1;
        }
        // The blank line.
        start += 1;
    }
    let targets = Targets::Own { examples: rows.len() };
    let texts = Texts::new(vec![TextPart::Memory(bytes)], rows);
    let mut dataset = Dataset::new(vec![Field::texts(texts)], targets)?;
    let column =
        |name: &str, cells| SplitColumn { name: name.to_owned(), cells: Cells::into(cells) };
    dataset.columns = SplitColumns {
        columns: vec![
            column("address", Cells::Text(addresses)),
            column("year", Cells::Number(years)),
        ],
    };
    Ok(dataset)
}
