//! Metrics of written texts against sacreBLEU and jiwer (scripts/golden-written.py, versions there).

use serde::Deserialize;
use tenfold_core::{Aggregate, Outcomes};
use tenfold_train::metrics::{Edits, bleu_statistics, character_edits, word_edits};

#[derive(Deserialize)]
struct Golden {
    sentences: Vec<Sentence>,
    corpora: Vec<Corpus>,
    transcripts: Vec<Transcript>,
    cer: f64,
    wer: f64,
}

#[derive(Deserialize)]
struct Sentence {
    hypothesis: String,
    references: Vec<String>,
    statistics: Vec<f32>,
}

#[derive(Deserialize)]
struct Corpus {
    /// Numbers of its sentences.
    sentences: Vec<usize>,
    /// References of each; a sentence with fewer has its first one again.
    references: usize,
    bleu: f64,
}

#[derive(Deserialize)]
struct Transcript {
    reference: String,
    hypothesis: String,
    characters: [usize; 2],
    words: [usize; 2],
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden/written.json")).unwrap()
}

fn statistics(sentence: &Sentence, count: usize) -> [f32; 10] {
    let references: Vec<&str> = sentence.references.iter().map(String::as_str).collect();
    bleu_statistics(&sentence.hypothesis, &references[..count.min(references.len())])
}

#[test]
fn counts_of_n_grams_are_those_of_sacrebleu() {
    for sentence in golden().sentences {
        let found = statistics(&sentence, usize::MAX);
        assert_eq!(found.as_slice(), sentence.statistics, "{}", sentence.hypothesis);
    }
}

#[test]
fn bleu_is_that_of_sacrebleu() {
    let golden = golden();
    for corpus in &golden.corpora {
        let rows = corpus.sentences.iter();
        let rows = rows.flat_map(|at| statistics(&golden.sentences[*at], corpus.references));
        let outcomes = Outcomes::new(10, rows.collect::<Vec<f32>>()).unwrap();
        let found = 100.0 * (1.0 - outcomes.error(Aggregate::BLEU));
        // Both are sums of a few logarithms in double precision.
        assert!((found - corpus.bleu).abs() < 1e-9, "{found}, {}", corpus.bleu);
    }
}

#[test]
fn edits_and_rates_are_those_of_jiwer() {
    let golden = golden();
    let [mut characters, mut words] = [Vec::new(), Vec::new()];
    for Transcript { reference, hypothesis, characters: of_characters, words: of_words } in
        &golden.transcripts
    {
        let found = character_edits(hypothesis, reference);
        assert_eq!([found.edits, found.length], *of_characters, "{hypothesis}");
        characters.push(found);
        let found = word_edits(hypothesis, reference);
        assert_eq!([found.edits, found.length], *of_words, "{hypothesis}");
        words.push(found);
    }
    for (all, wanted) in [(characters, golden.cer), (words, golden.wer)] {
        let row = |Edits { edits, length }: &Edits| [*edits as f32, *length as f32];
        let rows: Vec<f32> = all.iter().flat_map(row).collect();
        let found = Outcomes::new(2, rows).unwrap().error(Aggregate::RATIO);
        // Ratios of small whole numbers, up to the order in which they are divided.
        assert!((found - wanted).abs() < 1e-15, "{found}, {wanted}");
    }
}
