//! Spoken digits of six speakers.

use super::Builtin;
use crate::cells::{Cells, SplitColumn, SplitColumns, TextCells};
use crate::dataset::{Dataset, Sounds, Texts};
use crate::error::DataError;
use crate::read::ExampleKind;

/// Rows are in the order of speakers, digits and repeats.
pub(super) const BUILTIN: Builtin = Builtin {
    name: "spoken-digits",
    kind: ExampleKind::Sound,
    examples: 1_020,
    description: "1,020 recordings of the Free Spoken Digit Dataset, 7 minutes of English digits by six speakers \
                  in 8 bits at 8 kHz; split columns `speaker` and `digit`",
    licence: "CC BY-SA 4.0, Jakobovski et al.",
    notice: include_str!("../../data/spoken-digits/ATTRIBUTION.txt"),
    read,
};

/// Gzip of a line that says which recordings there are (`SPEAKER DIGIT SAMPLES`, commas between them), then all
/// samples, each as the difference to the one before it.
const PACKED: &[u8] = include_bytes!("../../data/spoken-digits/spoken-digits.gz");

/// Samples a second.
const RATE: u32 = 8_000;

const WORDS: [&str; 10] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

fn read() -> Result<Dataset, DataError> {
    let mut bytes = BUILTIN.unpacked(PACKED)?;
    let corrupt = || BUILTIN.corrupt("its recordings are not where it says".to_owned());
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or_else(corrupt)?;
    let samples = bytes.split_off(end + 1);
    let list = str::from_utf8(&bytes[..end]).map_err(|_| corrupt())?;
    let mut last = 0_u8;
    let samples: Vec<u8> = samples
        .into_iter()
        .map(|difference| {
            last = last.wrapping_add(difference);
            last
        })
        .collect();
    let mut rest = samples.as_slice();
    let [mut speakers, mut digits] = [TextCells::default(), TextCells::default()];
    let (mut recordings, mut transcripts) = (Vec::new(), Vec::new());
    for entry in list.split(',') {
        let mut words = entry.split(' ');
        let (speaker, digit) = (words.next(), words.next());
        let length = words.next().and_then(|length| length.parse::<usize>().ok());
        let (Some(speaker), Some(digit), Some(length)) = (speaker, digit, length) else {
            return Err(corrupt());
        };
        let word = digit.parse().ok().and_then(|digit: usize| WORDS.get(digit));
        transcripts.push(*word.ok_or_else(corrupt)?);
        let (own, others) = rest.split_at_checked(length).ok_or_else(corrupt)?;
        recordings.push(own);
        rest = others;
        speakers.push(speaker);
        digits.push(digit);
    }
    let sounds = Sounds::from_unsigned(&recordings, RATE);
    let mut dataset = Dataset::of_recordings(sounds, Texts::from_strings(&transcripts))?;
    let column =
        |name: &str, cells| SplitColumn { name: name.to_owned(), cells: Cells::Text(cells).into() };
    dataset.columns =
        SplitColumns { columns: vec![column("speaker", speakers), column("digit", digits)] };
    Ok(dataset)
}
