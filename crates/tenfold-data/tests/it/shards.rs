//! Laws of shards and of the numbers they are keyed by.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tenfold_data::{
    Amount, Dataset, SplitMethod, SplitRequest, Targets, seed, shard_content_hash, shard_hash,
    shard_order, split,
};

use crate::files::{of_classes, with_column};

/// Class labels with very uneven shares.
fn uneven_labels() -> impl Strategy<Value = Vec<u32>> {
    let label = prop_oneof![20 => Just(0_u32), 5 => Just(1), 1 => 2_u32..12];
    prop::collection::vec(label, 1..300)
}

fn all_rows(dataset: &Dataset) -> Vec<u32> {
    (0..dataset.len() as u32).collect()
}

/// These numbers are in every study that was ever run: they may not change. They were computed by a
/// second implementation, in Python with `hashlib`; its `math.log` puts the last normal number 1e-16 lower.
#[test]
fn seeds_and_numbers_are_stable_for_ever() {
    assert_eq!(seed::derive(0, "split", 0), DERIVED[0]);
    assert_eq!(seed::derive(7, "shard order", 2), DERIVED[1]);
    assert_eq!(seed::number_at(42, 5), DERIVED[2]);
    let mut stream = seed::Stream::new(seed::derive(1, "golden", 0));
    let drawn = (
        stream.next_u64(),
        stream.uniform_f32(),
        stream.uniform_f64(),
        stream.below(1000),
        stream.normal(),
        stream.normal(),
    );
    assert_eq!(drawn, GOLDEN);
    let mut items: Vec<u32> = (0..8).collect();
    stream.shuffle(&mut items);
    assert_eq!(items, SHUFFLED);
    let dataset = of_classes(&[0, 1, 2, 0, 1, 2, 0, 0], 3);
    assert_eq!(shard_order(&dataset, &all_rows(&dataset), 0, 0), ORDER);
    assert_eq!(
        shard_hash(&[3, 1, 2]),
        "8b3d073c2fe07952230fb87fc17a44bb9ed12247b7d078ac6e7ac7a8c270623f"
    );
}

const DERIVED: [u64; 3] =
    [16_700_557_048_741_449_557, 11_562_520_457_714_344_904, 14_270_118_698_559_565_209];
const GOLDEN: (u64, f32, f64, u64, f64, f64) = (
    5_505_869_115_864_707_550,
    0.273_328_9,
    0.169_939_745_324_020_12,
    156,
    -0.063_233_275_153_797_4,
    -0.914_417_964_582_984_4,
);
const SHUFFLED: [u32; 8] = [7, 1, 6, 3, 2, 5, 0, 4];
const ORDER: [u32; 8] = [6, 5, 4, 3, 0, 2, 1, 7];

#[test]
fn normal_numbers_have_mean_0_and_variance_1() {
    let mut stream = seed::Stream::new(3);
    let draws: Vec<f64> = (0..100_000).map(|_| stream.normal()).collect();
    let mean = draws.iter().sum::<f64>() / 1e5;
    let variance = draws.iter().map(|draw| draw * draw).sum::<f64>() / 1e5;
    let beyond_2 = draws.iter().filter(|draw| draw.abs() > 2.0).count() as f64 / 1e5;
    // Four standard errors: 1/√n, √(2/n), and √(p(1 − p)/n) for the 4.55 % beyond 2.
    assert!(mean.abs() < 0.0127, "{mean}");
    assert!((variance - 1.0).abs() < 0.0179, "{variance}");
    assert!((beyond_2 - 0.0455).abs() < 0.0027, "{beyond_2}");
}

#[test]
fn every_bounded_number_comes_equally_often() {
    let mut stream = seed::Stream::new(11);
    let mut counts = [0_u32; 7];
    for _ in 0..70_000 {
        counts[stream.below(7) as usize] += 1;
    }
    // Four standard deviations of a binomial count of 10,000.
    assert!(counts.iter().all(|count| count.abs_diff(10_000) < 371), "{counts:?}");
    assert_eq!(stream.below(0), 0);
}

#[test]
fn repeats_and_seeds_give_other_orders() {
    let dataset = of_classes(&[0, 1].repeat(50), 2);
    let rows = all_rows(&dataset);
    let order = |study_seed, seed| shard_order(&dataset, &rows, study_seed, seed);
    assert_ne!(order(0, 0), order(0, 1));
    assert_ne!(order(0, 0), order(1, 0));
    assert_ne!(shard_hash(&order(0, 0)), shard_hash(&order(0, 1)));
}

#[test]
fn shard_content_is_the_same_in_a_longer_file() {
    let short = with_column("g", &vec!["a".to_owned(); 10]);
    let long = with_column("g", &vec!["a".to_owned(); 20]);
    assert_ne!(short.content_hash, long.content_hash);
    let hash = |dataset| shard_content_hash(dataset, [4, 1, 9][..].into());
    assert_eq!(hash(&short), hash(&long));
    assert_ne!(hash(&short), shard_content_hash(&short, [1, 4, 9][..].into()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn order_is_a_permutation_of_the_pool_that_ignores_its_order(labels in uneven_labels(), seed: u64) {
        let dataset = of_classes(&labels, 12);
        let mut rows = all_rows(&dataset);
        let order = shard_order(&dataset, &rows, seed, 0);
        rows.reverse();
        prop_assert_eq!(&order, &shard_order(&dataset, &rows, seed, 0));
        let mut sorted = order;
        sorted.sort_unstable();
        prop_assert_eq!(sorted, all_rows(&dataset));
    }

    #[test]
    fn every_prefix_holds_every_class_within_1_of_its_share(labels in uneven_labels(), seed: u64) {
        let dataset = of_classes(&labels, 12);
        let order = shard_order(&dataset, &all_rows(&dataset), seed, 0);
        for class in 0..12 {
            let share = labels.iter().filter(|label| **label == class).count() as f64 / labels.len() as f64;
            let mut count = 0.0;
            for (size, row) in (1..).zip(&order) {
                count += f64::from(u8::from(labels[*row as usize] == class));
                prop_assert!((count - share * f64::from(size)).abs() < 1.0, "class {class}, size {size}");
            }
        }
    }

    #[test]
    fn appended_rows_keep_the_order_of_old_ones(labels in uneven_labels(), seed: u64, old in 1_usize..100) {
        let old = old.min(labels.len());
        let dataset = of_classes(&labels, 12);
        let before = shard_order(&of_classes(&labels[..old], 12), &(0..old as u32).collect::<Vec<_>>(), seed, 0);
        let after = shard_order(&dataset, &all_rows(&dataset), seed, 0);
        // The order is kept within each class; between classes, the new shares decide it.
        for class in 0..12 {
            let of_class = |rows: &[u32]| -> Vec<u32> {
                rows.iter().copied().filter(|row| (*row as usize) < old && labels[*row as usize] == class).collect()
            };
            prop_assert_eq!(of_class(&before), of_class(&after));
        }
        // Without classes, the order is kept over all rows.
        let values = |count: usize| with_column("g", &vec![String::new(); count]);
        let before = shard_order(&values(old), &(0..old as u32).collect::<Vec<_>>(), seed, 0);
        let after = shard_order(&values(labels.len()), &all_rows(&dataset), seed, 0);
        let kept: Vec<u32> = after.into_iter().filter(|row| (*row as usize) < old).collect();
        prop_assert_eq!(before, kept);
    }

    #[test]
    fn no_held_out_row_is_in_any_shard(labels in prop::collection::vec(0_u32..4, 30..200), study_seed: u64, seed in 0_u64..5) {
        let dataset = of_classes(&labels, 4);
        let request = SplitRequest {
            method: SplitMethod::Stratified,
            validation: Amount::Examples(7),
            test: Some(Amount::Examples(7)),
            seed: study_seed,
        };
        let split = split(&dataset, &request).unwrap();
        let largest: BTreeSet<u32> = shard_order(&dataset, &split.pool, study_seed, seed).into_iter().collect();
        prop_assert_eq!(largest.len(), labels.len() - 14);
        prop_assert!(split.validation.iter().chain(&split.test).all(|row| !largest.contains(row)));
    }
}

#[test]
fn a_value_data_set_needs_no_classes() {
    let dataset = with_column("g", &vec![String::new(); 9]);
    assert!(dataset.images().is_none());
    assert!(matches!(dataset.targets, Targets::Values { .. }));
    assert_eq!(shard_order(&dataset, &[8, 3], 0, 0).len(), 2);
}
