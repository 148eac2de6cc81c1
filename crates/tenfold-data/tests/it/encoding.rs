//! Encoded examples, as a learner sees them.

use crate::files::{Folder, labelled, targeted};
use tenfold_data::{Dataset, EncodedTargets, Encoder, Field, Images, InputShape, Targets, read};

fn check_close(found: &[f32], needed: &[f32]) {
    assert_eq!(found.len(), needed.len(), "{found:?}");
    for (found, needed) in found.iter().zip(needed) {
        // One rounding to f32 of numbers near 1.
        assert!((found - needed).abs() < 1e-6, "{found} for {needed}");
    }
}

#[test]
fn table_statistics_come_from_the_shard_and_levels_from_the_data() {
    let folder = Folder::with("a.csv", "x,c,y\n1,a,5\n3,b,7\n,a,0\n1000,,9\n");
    let dataset = read(&targeted("csv", &folder.path("a.csv"), "y")).unwrap();
    let encoder = Encoder::fit(&dataset, &[0, 1]);
    // x, x missing, c = a, c = b, c missing
    assert_eq!(encoder.shape(), InputShape::Flat { features: 5 });
    let encoded = encoder.encode(&dataset, &[0, 1, 2, 3]);
    // Mean 2 and deviation 1 of the first two rows; 998 deviations are clamped to 10.
    #[rustfmt::skip]
    check_close(&encoded.inputs, &[
        -1.0, 0.0, 1.0, 0.0, 0.0,
         1.0, 0.0, 0.0, 1.0, 0.0,
         0.0, 1.0, 1.0, 0.0, 0.0,
        10.0, 0.0, 0.0, 0.0, 1.0,
    ]);
    assert_eq!(encoded.targets, EncodedTargets::Values(vec![5.0, 7.0, 0.0, 9.0]));
    assert_eq!((encoder.target_mean(), encoder.target_sd()), (6.0, 1.0));
}

#[test]
fn shape_is_the_same_for_a_shard_without_gaps_or_of_one_row() {
    let folder = Folder::with("a.csv", "x,c,y\n1,a,p\n3,b,q\n,a,p\n1000,,q\n");
    let dataset = read(&labelled("csv", &folder.path("a.csv"), "y")).unwrap();
    let one = Encoder::fit(&dataset, &[0]);
    assert_eq!(one.shape(), Encoder::fit(&dataset, &[0, 1, 2, 3]).shape());
    // A column that does not vary is centred and left in its unit.
    check_close(&one.encode(&dataset, &[1]).inputs, &[2.0, 0.0, 0.0, 1.0, 0.0]);
    let targets = one.encode(&dataset, &[3, 0]).targets;
    assert_eq!(targets, EncodedTargets::Classes { labels: vec![1, 0], classes: 2 });
}

#[test]
fn images_are_standardised_by_channel() {
    let pixels: Vec<u8> = vec![0, 2, 10, 10, 5, 9, 4, 6, 10, 10, 5, 9];
    let inputs =
        vec![Field::images(Images { pixels: pixels.into(), channels: 3, height: 1, width: 2 })];
    let names = vec!["a".to_owned(), "b".to_owned()];
    let dataset = Dataset::new(inputs, Targets::Classes { labels: vec![0, 1], names }).unwrap();
    let encoder = Encoder::fit(&dataset, &[0, 1]);
    assert_eq!(encoder.shape(), InputShape::Image { channels: 3, height: 1, width: 2 });
    let encoded = encoder.encode(&dataset, &[1, 0]);
    // First channel: 0, 2, 4, 6 have mean 3 and variance 5.
    let one = 1.0 / 5_f32.sqrt();
    check_close(
        &encoded.inputs,
        &[one, 3.0 * one, 0.0, 0.0, -1.0, 1.0, -3.0 * one, -one, 0.0, 0.0, -1.0, 1.0],
    );
}
