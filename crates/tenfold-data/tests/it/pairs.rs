//! Pairs of texts: read, counted, split, looked up.

use std::sync::Arc;

use tenfold_data::{
    CHARACTERS, Dataset, Encoder, InputShape, PairVocabularies, ShardOrder, Targets, Texts, Unit,
    WORDS, leak_check, shard_content_hash,
};

fn three() -> Dataset {
    let source = Texts::from_strings(&["the cat", "a dog", "the dog runs"]);
    let target = Texts::from_strings(&["el gato", "un perro", "el perro corre ya"]);
    Dataset::of_pairs(source, target).unwrap()
}

fn read(dataset: &Dataset) -> Dataset {
    let pairs = dataset.pairs().unwrap();
    let vocabularies = PairVocabularies {
        source: Arc::new(pairs.source.fit_vocabulary(&[0, 1], WORDS, 100).unwrap()),
        target: Arc::new(pairs.target.fit_vocabulary(&[0, 1], CHARACTERS, 100).unwrap()),
    };
    dataset.with_vocabularies(&vocabularies).unwrap()
}

#[test]
fn each_side_has_a_vocabulary_of_its_own() {
    let dataset = three();
    assert!(dataset.texts().is_none() && dataset.images().is_none());
    assert_eq!(Encoder::fit(&dataset, &[0]).shape(), InputShape::Ragged);
    let dataset = read(&dataset);
    // The, cat, a, dog; the characters of `el gato` and `un perro`; two more numbers each.
    assert_eq!(
        Encoder::fit(&dataset, &[0]).shape(),
        InputShape::TokenPairs { source: 6, target: 13 }
    );
    let pairs = dataset.pairs().unwrap();
    assert_eq!((pairs.source.tokens(2), pairs.target.tokens(2)), (Some(3), Some(17)));
    let [source, target] = pairs.vocabularies().unwrap();
    assert_eq!((source.tokenizer(), target.tokenizer()), (WORDS, CHARACTERS));
}

#[test]
fn a_shard_holds_whole_pairs() {
    let dataset = read(&three());
    let order =
        |unit: &str| ShardOrder::new(&dataset, vec![2, 0, 1], Unit::named(unit).unwrap()).unwrap();
    let tokens = order("tokens");
    assert_eq!(tokens.units(), 17 + 7 + 8);
    for (size, rows) in [(1, 1), (17, 1), (18, 2), (24, 2), (32, 3), (99, 3)] {
        let shard = tokens.shard(size);
        assert_eq!((shard.rows.len(), shard.units_of_last), (rows, None), "{size}");
    }
    assert_eq!(order("examples").shard(2).rows, [2, 0]);
    assert!(!Unit::named("characters").unwrap().counts(&dataset));
}

#[test]
fn both_sides_make_a_pair() {
    let dataset = three();
    assert!(matches!(dataset.targets, Targets::Translations { examples: 3 }));
    let other = Dataset::of_pairs(
        Texts::from_strings(&["the cat", "a dog"]),
        Texts::from_strings(&["la gata", "un perro"]),
    )
    .unwrap();
    let report = leak_check((&dataset, &[0, 1, 2]), (&other, &[0, 1]));
    assert_eq!((report.identical, report.pairs), (1, vec![(1, 1)]));
    let hash = |rows: &[u32]| shard_content_hash(&dataset, rows.into());
    let chosen = dataset.select(&[2, 0]);
    assert_eq!(chosen.pairs().unwrap().target.row(0).unwrap(), "el perro corre ya");
    assert_eq!(shard_content_hash(&chosen, [0, 1][..].into()), hash(&[2, 0]));
    assert_ne!(shard_content_hash(&other, [0][..].into()), hash(&[0]));
    assert_eq!(other.align_to(&dataset).unwrap().len(), 2);
    let texts = tenfold_data::Field::texts(Texts::from_strings(&["x"]));
    let texts = Dataset::new(vec![texts], Targets::Own { examples: 1 }).unwrap();
    let error = texts.align_to(&dataset).unwrap_err().to_string();
    assert_eq!(error, "the two data sets differ: texts, needed pairs of texts");
    let uneven = Dataset::of_pairs(Texts::from_strings(&["x"]), Texts::from_strings(&["x", "y"]));
    assert_eq!(uneven.unwrap_err().to_string(), "texts: 2 values for 1 targets");
}
