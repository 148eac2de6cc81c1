//! No bytes make the reader panic, and a written file is read back.

use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;
use tenfold::curve_file::{self, ReadOptions};
use tenfold_core::MetricKind;

use super::read_with;

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let outcome = curve_file::read_from(&bytes[..], Path::new("c"), &ReadOptions::default());
        if let Err(problems) = outcome {
            prop_assert!(!problems.0.is_empty());
            prop_assert!(!problems.to_string().is_empty());
        }
    }

    #[test]
    fn no_text_like_a_curve_file_makes_the_reader_panic(
        header in prop::sample::select(vec!["size,error\n", "curve,size,error,seed\n", "{", ""]),
        body in "[-0-9a-z.,;\"\\\\{}\\[\\]:\n\t ék%]{0,200}",
        higher in any::<bool>(),
    ) {
        let options = ReadOptions { higher_is_better: Some(higher), ..ReadOptions::default() };
        match read_with(&format!("{header}{body}"), &options) {
            Ok(file) => prop_assert!(!file.curves.is_empty()),
            Err(problems) => prop_assert!(!problems.is_empty()),
        }
    }

    #[test]
    fn what_was_written_is_read(
        points in proptest::collection::vec((1_u32..1_000_000, 1e-9_f64..1e3, 0_u64..5), 1..30),
    ) {
        let mut text = "size,error,seed\n".to_owned();
        for (size, error, seed) in &points {
            writeln!(text, "{size},{error},{seed}").unwrap();
        }
        // Errors on both sides of 1 could be in per cent, unless their kind is stated.
        let options = ReadOptions { kind: Some(MetricKind::Loss), ..ReadOptions::default() };
        let file = read_with(&text, &options).unwrap();
        let mut read: Vec<(u32, f64, u64)> = Vec::new();
        for point in file.curves[0].points() {
            for replicate in &point.replicates {
                read.push((point.size.get() as u32, replicate.error, replicate.seed));
            }
        }
        let order = |a: &(u32, f64, u64), b: &(u32, f64, u64)| {
            (a.0, a.2).cmp(&(b.0, b.2)).then(a.1.total_cmp(&b.1))
        };
        let mut written = points;
        written.sort_by(order);
        read.sort_by(order);
        prop_assert_eq!(read, written);
    }
}
