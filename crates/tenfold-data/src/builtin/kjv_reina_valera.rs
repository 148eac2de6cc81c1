//! Verses of the Bible in English and in Spanish.

use super::Builtin;
use crate::cells::{Cells, SplitColumn, SplitColumns, TextCells};
use crate::dataset::{Dataset, GrowingText, TextPart, Texts};
use crate::error::DataError;
use crate::read::ExampleKind;

/// Rows are in the order of the Bible.
pub(super) const BUILTIN: Builtin = Builtin {
    name: "kjv-reina-valera",
    kind: ExampleKind::Pair,
    examples: 8_192,
    description: "8,192 verses of at most 25 words in English, in the King James Version, and in Spanish, in the \
                  Reina-Valera of 1909, from 586 chapters of 61 books; split columns `chapter`, such as \
                  `Gen.1`, and `book`",
    licence: "public domain; in the United Kingdom printing the King James Version needs a permission",
    notice: include_str!("../../data/kjv-reina-valera.NOTICE.txt"),
    read,
};

/// Gzip of blocks between blank lines, one a chapter: a line with its name, then a line a verse, a tab between
/// the languages.
const PACKED: &[u8] = include_bytes!("../../data/kjv-reina-valera.gz");

fn read() -> Result<Dataset, DataError> {
    let bytes = BUILTIN.unpacked(PACKED)?;
    let all = str::from_utf8(&bytes).map_err(|error| BUILTIN.corrupt(error.to_string()))?;
    let [mut chapters, mut books] = [TextCells::default(), TextCells::default()];
    let mut rows = [Vec::new(), Vec::new()];
    let mut start = 0;
    for block in all.split("\n\n") {
        let (chapter, verses) = block.split_once('\n').unwrap_or((block, ""));
        let book = chapter.split_once('.').map_or(chapter, |(book, _)| book);
        start += chapter.len() + 1;
        for verse in verses.split('\n') {
            let pair = verse.split_once('\t');
            let (english, spanish) =
                pair.ok_or_else(|| BUILTIN.corrupt(format!("`{verse}` has no tab")))?;
            let starts = [start, start + english.len() + 1];
            for ((side, text), start) in rows.iter_mut().zip([english, spanish]).zip(starts) {
                let mut growing = GrowingText::default();
                growing.push(text);
                side.push(growing.finish(0, start as u64));
            }
            chapters.push(chapter);
            books.push(book);
            start += verse.len() + 1;
        }
        // The blank line.
        start += 1;
    }
    let [english, spanish] =
        rows.map(|rows| Texts::new(vec![TextPart::Memory(bytes.clone())], rows));
    let mut dataset = Dataset::of_pairs(english, spanish)?;
    let column =
        |name: &str, cells| SplitColumn { name: name.to_owned(), cells: Cells::Text(cells).into() };
    dataset.columns =
        SplitColumns { columns: vec![column("chapter", chapters), column("book", books)] };
    Ok(dataset)
}
