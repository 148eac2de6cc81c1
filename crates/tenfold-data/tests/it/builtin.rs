//! The data sets inside the program.

use std::collections::{BTreeMap, BTreeSet};

use tenfold_data::{
    Amount, BUILTINS, Dataset, ExampleKind, Source, SplitMethod, SplitRequest, Targets,
    near_duplicates, read, split,
};

#[test]
fn every_builtin_is_what_it_says() {
    for builtin in BUILTINS {
        let dataset = read(&Source::Builtin(builtin.name.to_owned())).unwrap();
        assert_eq!(dataset.len() as u64, builtin.examples, "{}", builtin.name);
        assert_eq!(dataset.images().is_some(), builtin.kind == ExampleKind::Image);
        assert_eq!(dataset.texts().is_some(), builtin.kind == ExampleKind::Text);
        assert_eq!(dataset.pairs().is_some(), builtin.kind == ExampleKind::Pair);
        assert_eq!(dataset.recordings().is_some(), builtin.kind == ExampleKind::Sound);
        assert!(builtin.notice.contains("make-bundles.py"), "{}", builtin.name);
    }
}

#[test]
fn fashion_has_sixteen_grays_and_its_classes() {
    let dataset = read(&Source::Builtin("fashion-mnist-14".to_owned())).unwrap();
    let Some(images) = dataset.images() else { panic!("not images") };
    assert_eq!((images.channels, images.height, images.width), (1, 14, 14));
    assert!(images.pixels.iter().all(|pixel| pixel % 17 == 0));
    let Targets::Classes { labels, names } = &dataset.targets else { panic!("not classes") };
    // The first labels of Fashion-MNIST's training file and of its test file.
    assert_eq!(labels[..5], [9, 0, 0, 3, 0]);
    assert_eq!(labels[16_384..16_389], [9, 2, 1, 1, 6]);
    assert_eq!(names[9], "ankle boot");
    for class in 0..10 {
        let count = labels.iter().filter(|label| **label == class).count();
        assert!((1_700..2_000).contains(&count), "{class}: {count}");
    }
}

fn state_of_the_union() -> Dataset {
    read(&Source::Builtin("state-of-the-union".to_owned())).unwrap()
}

/// The cells of a split column, one an example.
fn cells(dataset: &Dataset, column: &str) -> Vec<String> {
    let cells = &dataset.columns.get(column).unwrap().cells;
    (0..dataset.len()).map(|row| cells.text(row).unwrap()).collect()
}

#[test]
fn addresses_are_whole_sentences_in_the_order_of_their_years() {
    let dataset = state_of_the_union();
    assert!(matches!(dataset.targets, Targets::Own { examples: 9_783 }));
    assert_eq!(dataset.keys, (0..9_783).collect::<Vec<u64>>());
    assert_eq!(dataset.columns.names(), ["address", "year"]);
    let (addresses, years) = (cells(&dataset, "address"), cells(&dataset, "year"));
    assert_eq!(addresses.iter().collect::<BTreeSet<_>>().len(), 130);
    assert!(addresses.is_sorted_by_key(|address| &address[..4]));
    for (address, year) in addresses.iter().zip(&years) {
        assert_eq!(address.split_once(' ').unwrap().0, year);
    }
    let texts = dataset.texts().unwrap();
    let mut characters = 0;
    for row in 0..texts.len() as u32 {
        let text = texts.row(row).unwrap();
        assert_eq!(texts.characters(row), text.chars().count() as u64);
        assert!((500..4_000).contains(&texts.characters(row)), "{text}");
        assert!(text.trim() == text && !text.contains("  ") && !text.contains(char::is_control));
        characters += texts.characters(row);
    }
    assert_eq!(characters, 5_954_237);
    assert_eq!(
        (addresses[0].as_str(), addresses[9_782].as_str()),
        ("1893 Cleveland", "2021 Biden")
    );
    let kennedy = addresses.iter().position(|address| address == "1961 Kennedy").unwrap();
    let start =
        "Mr. Speaker, Mr. Vice President, Members of the Congress: It is a pleasure to return";
    assert!(texts.row(kennedy as u32).unwrap().starts_with(start));
}

#[test]
fn verses_are_translations_in_the_order_of_the_bible() {
    let dataset = read(&Source::Builtin("kjv-reina-valera".to_owned())).unwrap();
    let pairs = dataset.pairs().unwrap();
    let verse = |row: u32| [pairs.source, pairs.target].map(|texts| texts.row(row).unwrap());
    assert_eq!(
        verse(0),
        [
            "In the beginning God created the heaven and the earth.",
            "EN el principio crió Dios los cielos y la tierra."
        ]
    );
    let [mut characters, mut words] = [[0, 0], [0, 0]];
    for row in 0..dataset.len() as u32 {
        for (side, text) in verse(row).iter().enumerate() {
            let of_verse = text.split(' ').count();
            assert!((1..=25).contains(&of_verse) && !text.contains(char::is_control), "{text}");
            characters[side] += text.chars().count();
            words[side] += of_verse;
        }
    }
    assert_eq!((characters, words), ([753_210, 703_518], [143_455, 129_353]));
    let (chapters, books) = (cells(&dataset, "chapter"), cells(&dataset, "book"));
    assert_eq!(chapters.iter().collect::<BTreeSet<_>>().len(), 586);
    assert_eq!(books.iter().collect::<BTreeSet<_>>().len(), 61);
    let john = chapters.iter().position(|chapter| chapter == "John.1").unwrap();
    assert!(verse(john as u32)[0].starts_with("In the beginning was the Word"));
    let parts = kept_whole(&dataset, SplitMethod::Group("chapter".to_owned()), "chapter");
    // Verses of Kings are in Chronicles too, psalms in both: some held-out verses are not new, but few.
    let near = near_duplicates((pairs.source, &parts[0]), (pairs.source, &parts[2])).unwrap();
    assert_eq!(near.checked, parts[2].len());
    assert!((1..near.checked / 20).contains(&near.near), "{near:?}");
}

#[test]
fn digits_are_as_loud_as_eight_bits_allow_and_speakers_can_be_held_out() {
    let dataset = read(&Source::Builtin("spoken-digits".to_owned())).unwrap();
    let recorded = dataset.recordings().unwrap();
    assert_eq!(recorded.sounds.rate(), 8_000);
    let (speakers, digits) = (cells(&dataset, "speaker"), cells(&dataset, "digit"));
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut milliseconds = 0;
    for row in 0..dataset.len() {
        *counts.entry((&speakers[row], &digits[row])).or_insert(0) += 1;
        let samples = recorded.sounds.row(row as u32).unwrap();
        assert_eq!(samples.len() as u64, recorded.sounds.samples(row as u32));
        let loudest = samples.iter().map(|sample| sample.abs()).fold(0.0, f32::max);
        assert_eq!(loudest, 127.0 / 128.0, "{row}");
        milliseconds += recorded.sounds.milliseconds(row as u32);
    }
    assert_eq!((counts.len(), counts.values().all(|count| *count == 17)), (60, true));
    // 3,571,115 samples; each recording is rounded to thousandths of a second.
    assert!((446_300..446_500).contains(&milliseconds), "{milliseconds}");
    assert_eq!(recorded.transcripts.row(0).unwrap(), "zero");
    assert_eq!(recorded.transcripts.row(1_019).unwrap(), "nine");
    let request = SplitRequest {
        method: SplitMethod::Group("speaker".to_owned()),
        validation: Amount::Examples(170),
        test: Some(Amount::Examples(170)),
        seed: 1,
    };
    let parts = split(&dataset, &request).unwrap();
    let of = |rows: &[u32]| -> BTreeSet<String> {
        rows.iter().map(|row| speakers[*row as usize].clone()).collect()
    };
    let sets = [&parts.pool, &parts.validation, &parts.test].map(|rows| of(rows));
    assert_eq!(sets.each_ref().map(BTreeSet::len), [4, 1, 1]);
    assert!(sets[0].is_disjoint(&sets[1]) && sets[0].is_disjoint(&sets[2]));
}

/// The rows of each value of `column` are all in one part of the split.
fn kept_whole(dataset: &Dataset, method: SplitMethod, column: &str) -> [Vec<u32>; 3] {
    let request = SplitRequest {
        method,
        validation: Amount::Fraction(0.1),
        test: Some(Amount::Fraction(0.1)),
        seed: 3,
    };
    // As a study does: what is split by is no field, and nothing has to be left out.
    let dataset = dataset.without_features(&[column]).unwrap();
    let parts = split(&dataset, &request).unwrap();
    let parts = [parts.pool, parts.validation, parts.test];
    let values = cells(&dataset, column);
    let mut part_of = BTreeMap::new();
    for (part, rows) in parts.iter().enumerate() {
        assert!(!rows.is_empty());
        for row in rows {
            let value = &values[*row as usize];
            assert_eq!(*part_of.entry(value).or_insert(part), part, "{value}");
        }
    }
    parts
}

#[test]
fn whole_addresses_can_be_held_out_by_chance_or_the_latest() {
    let dataset = state_of_the_union();
    let parts = kept_whole(&dataset, SplitMethod::Group("address".to_owned()), "address");
    assert_eq!(parts.iter().map(Vec::len).sum::<usize>(), dataset.len());
    let request = SplitRequest {
        method: SplitMethod::Time("year".to_owned()),
        validation: Amount::Fraction(0.1),
        test: Some(Amount::Fraction(0.1)),
        seed: 3,
    };
    let parts = split(&dataset, &request).unwrap();
    let years = cells(&dataset, "year");
    let year = |rows: &[u32]| {
        let years = rows.iter().map(|row| years[*row as usize].as_str());
        (years.clone().min().unwrap(), years.max().unwrap())
    };
    assert!(year(&parts.pool).1 <= year(&parts.validation).0);
    assert!(year(&parts.validation).1 <= year(&parts.test).0);
    assert_eq!(year(&parts.test).1, "2021");
}
