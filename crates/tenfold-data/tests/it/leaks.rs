//! Examples on both sides of a split are found and counted.

use crate::files::{Folder, labelled};
use tenfold_data::{Dataset, Field, Images, LeakReport, Targets, leak_check, read};

/// Images of three bytes, from numbers.
fn images(numbers: &[u32]) -> Dataset {
    let pixels: Vec<u8> = numbers.iter().flat_map(|n| [*n as u8, (*n >> 8) as u8, 7]).collect();
    let inputs =
        vec![Field::images(Images { pixels: pixels.into(), channels: 3, height: 1, width: 1 })];
    let labels = (0..numbers.len() as u32).map(|row| row % 2).collect();
    Dataset::new(inputs, Targets::Classes { labels, names: vec!["a".into(), "b".into()] }).unwrap()
}

#[test]
fn identical_images_are_counted_whatever_their_class() {
    let numbers: Vec<u32> =
        (0..60_000).map(|row| if row >= 59_985 { row - 59_000 } else { row }).collect();
    let dataset = images(&numbers);
    let pool: Vec<u32> = (0..50_000).collect();
    let held_out: Vec<u32> = (50_000..60_000).collect();
    let report = leak_check((&dataset, &pool), (&dataset, &held_out));
    assert_eq!((report.identical, report.checked), (15, 10_000));
    assert_eq!(report.pairs.len(), 10);
    assert_eq!(report.pairs[0], (985, 59_985));
}

#[test]
fn table_rows_are_compared_by_names_across_files() {
    let folder = Folder::with("a.csv", "x,colour,kind\n1,red,cat\n2,blue,dog\n3,,cat\n");
    folder.write("b.csv", "x,colour,kind\n3,,cat\n1,red,dog\n2,blue,dog\n-0,red,cat\n");
    let read_csv = |name: &str| read(&labelled("csv", &folder.path(name), "kind")).unwrap();
    let training = read_csv("a.csv");
    let test = read_csv("b.csv").align_to(&training).unwrap();
    let report = leak_check((&training, &[0, 1, 2]), (&test, &[0, 1, 2, 3]));
    assert_eq!(report, LeakReport { identical: 2, checked: 4, pairs: vec![(2, 0), (1, 2)] });
}

#[test]
fn nothing_in_common_is_no_leak() {
    let dataset = images(&[1, 2, 3, 4]);
    let report = leak_check((&dataset, &[0, 1]), (&dataset, &[2, 3]));
    assert_eq!(report, LeakReport { identical: 0, checked: 2, pairs: vec![] });
}
