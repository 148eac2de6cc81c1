//! Laws of splits, on random data sets.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tenfold_data::{
    Amount, Dataset, FoldRequest, Folds, Split, SplitMethod, SplitRequest, fold_splits, split,
};

use crate::files::{of_classes, with_column};

fn request(method: SplitMethod, validation: u64, test: u64, seed: u64) -> SplitRequest {
    let test = (test > 0).then_some(Amount::Examples(test));
    SplitRequest { method, validation: Amount::Examples(validation), test, seed }
}

/// Every row is in exactly one part.
fn check_partition(dataset: &Dataset, split: &Split) {
    let mut rows = [&split.pool[..], &split.validation, &split.test].concat();
    rows.sort_unstable();
    assert!(rows.into_iter().eq(0..dataset.len() as u32));
}

#[test]
fn the_same_seed_gives_the_same_split_and_another_seed_another() {
    let dataset = of_classes(&[0, 1].repeat(100), 2);
    let with_seed = |seed| split(&dataset, &request(SplitMethod::Random, 20, 20, seed)).unwrap();
    assert_eq!(with_seed(1), with_seed(1));
    assert_ne!(with_seed(1).test, with_seed(2).test);
    assert_eq!((with_seed(1).pool.len(), with_seed(1).test.len()), (160, 20));
}

#[test]
fn fractions_are_of_the_whole_data_set() {
    let dataset = of_classes(&[0, 1].repeat(100), 2);
    let request = SplitRequest {
        method: SplitMethod::Random,
        validation: Amount::Fraction(0.1),
        test: Some(Amount::Fraction(0.25)),
        seed: 0,
    };
    let split = split(&dataset, &request).unwrap();
    assert_eq!((split.pool.len(), split.validation.len(), split.test.len()), (130, 20, 50));
}

#[test]
fn latest_rows_are_the_test_set_whatever_the_notation() {
    for times in [
        ["3", "1", "10", "2", "9"],
        ["2026-01-03", "2026-01-01", "2026-01-10T00:00", "2026-01-02", "2026-01-09 23:59:59Z"],
    ] {
        let dataset = with_column("when", &times.map(str::to_owned));
        let request = request(SplitMethod::Time("when".to_owned()), 1, 1, 0);
        let split = split(&dataset, &request).unwrap();
        check_partition(&dataset, &split);
        assert_eq!((split.test, split.validation), (vec![2], vec![4]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_and_stratified_splits_are_partitions(
        labels in prop::collection::vec(0_u32..5, 20..200), held_out in 1_u64..9, seed: u64,
    ) {
        let dataset = of_classes(&labels, 5);
        for method in [SplitMethod::Random, SplitMethod::Stratified] {
            let split = split(&dataset, &request(method, held_out, held_out, seed)).unwrap();
            check_partition(&dataset, &split);
            prop_assert_eq!(split.validation.len() as u64, held_out);
        }
    }

    #[test]
    fn stratified_parts_hold_every_class_in_proportion(
        labels in prop::collection::vec(0_u32..5, 20..200), held_out in 1_u64..9, seed: u64,
    ) {
        let dataset = of_classes(&labels, 5);
        let split = split(&dataset, &request(SplitMethod::Stratified, held_out, held_out, seed)).unwrap();
        for class in 0..5 {
            let count = |rows: &[u32]| rows.iter().filter(|row| labels[**row as usize] == class).count() as f64;
            let share = count(&(0..labels.len() as u32).collect::<Vec<_>>()) / labels.len() as f64;
            prop_assert!((count(&split.test) - share * held_out as f64).abs() < 1.0);
            // The validation set is the difference of two such prefixes.
            prop_assert!((count(&split.validation) - share * held_out as f64).abs() < 2.0);
        }
    }

    #[test]
    fn groups_are_never_torn(
        groups in prop::collection::vec(0_u32..12, 40..120), held_out in 8_u64..12, seed: u64,
    ) {
        let texts: Vec<String> = groups.iter().map(u32::to_string).collect();
        let dataset = with_column("patient", &texts);
        let method = SplitMethod::Group("patient".to_owned());
        // If groups are few and large, none may fit.
        let Ok(split) = split(&dataset, &request(method, held_out, held_out, seed)) else {
            return Ok(());
        };
        check_partition(&dataset, &split);
        let of = |rows: &[u32]| rows.iter().map(|row| groups[*row as usize]).collect::<BTreeSet<_>>();
        let (pool, validation, test) = (of(&split.pool), of(&split.validation), of(&split.test));
        prop_assert!(pool.is_disjoint(&validation));
        prop_assert!(pool.is_disjoint(&test));
        prop_assert!(validation.is_disjoint(&test));
    }

    #[test]
    fn no_pool_row_is_later_than_a_held_out_one(
        times in prop::collection::vec(-50_i32..50, 20..100), seed: u64,
    ) {
        let texts: Vec<String> = times.iter().map(i32::to_string).collect();
        let dataset = with_column("when", &texts);
        let split = split(&dataset, &request(SplitMethod::Time("when".to_owned()), 5, 5, seed)).unwrap();
        check_partition(&dataset, &split);
        let latest = |rows: &[u32]| rows.iter().map(|row| times[*row as usize]).max();
        let earliest = |rows: &[u32]| rows.iter().map(|row| times[*row as usize]).min();
        prop_assert!(latest(&split.pool) <= earliest(&split.validation));
        prop_assert!(latest(&split.validation) <= earliest(&split.test));
    }
}

fn folds(dataset: &Dataset, count: u32, repeat: u64) -> Vec<Split> {
    let request = FoldRequest {
        folds: Folds { count, group: None },
        method: SplitMethod::Stratified,
        validation: Some(Amount::Examples(7)),
        seed: 3,
        repeat,
    };
    fold_splits(dataset, &request).unwrap()
}

#[test]
fn folds_are_equal_parts_with_classes_in_proportion_and_another_repeat_cuts_others() {
    // Every fourth of 103 rows is of the second class.
    let labels: Vec<u32> = (0..103).map(|row| u32::from(row % 4 == 0)).collect();
    let dataset = of_classes(&labels, 2);
    let first = folds(&dataset, 5, 0);
    for split in &first {
        check_partition(&dataset, split);
        assert_eq!(split.validation.len(), 7);
        assert!((20..=21).contains(&split.test.len()));
        let rare = split.test.iter().filter(|row| **row % 4 == 0).count();
        assert!((4..=7).contains(&rare), "{rare} of {}", split.test.len());
    }
    let mut tested: Vec<u32> = first.iter().flat_map(|split| split.test.clone()).collect();
    tested.sort_unstable();
    assert!(tested.into_iter().eq(0..103));
    assert_eq!(first, folds(&dataset, 5, 0));
    assert_ne!(first, folds(&dataset, 5, 1));
}
