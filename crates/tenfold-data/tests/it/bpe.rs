//! Byte-pair encoding against the tokenizers library, which learnt from the same passages.

use serde_json::Value;
use tenfold_data::{BPE, Field, Source, Targets, Texts, UNKNOWN, Unit, Vocabulary, read};

fn golden() -> Value {
    serde_json::from_str(include_str!("fixtures/bpe.json")).unwrap()
}

/// The vocabulary of the passages that the golden one was learnt from, of as many tokens.
fn fitted() -> Vocabulary {
    let addresses = read(&Source::Builtin("state-of-the-union".to_owned())).unwrap();
    let rows: Vec<u32> = (0..golden()["passages"].as_u64().unwrap() as u32).collect();
    let most = golden()["tokens"].as_array().unwrap().len();
    addresses.texts().unwrap().fit_vocabulary(&rows, BPE, most).unwrap()
}

#[test]
fn the_same_pairs_are_joined_in_the_same_order_as_by_the_library() {
    let kept: Value = serde_json::from_str(&fitted().to_json()).unwrap();
    assert_eq!(kept["vocabulary"], golden()["tokens"]);
    assert_eq!(kept["joined"], golden()["joined"]);
}

#[test]
fn texts_have_the_same_tokens_as_by_the_library() {
    let vocabulary = fitted();
    let again = Vocabulary::from_json(&vocabulary.to_json()).unwrap();
    assert_eq!((&again, again.hash()), (&vocabulary, vocabulary.hash()));
    let mut unknown = 0;
    for encoded in golden()["encoded"].as_array().unwrap() {
        let text = encoded[0].as_str().unwrap();
        // The library counts from the unknown token, which is 0 there.
        let ids = encoded[1].as_array().unwrap().iter();
        let expected: Vec<u32> = ids.map(|id| id.as_u64().unwrap() as u32 + UNKNOWN).collect();
        assert_eq!(vocabulary.numbers(text).collect::<Vec<_>>(), expected, "{text:?}");
        assert_eq!(vocabulary.count(text), expected.len() as u64);
        unknown += expected.iter().filter(|number| **number == UNKNOWN).count();
    }
    assert!(unknown >= 3, "`ï`, `日` and `本` were in no passage");
}

#[test]
fn the_beginning_of_a_text_has_its_first_tokens() {
    let vocabulary = fitted();
    for encoded in golden()["encoded"].as_array().unwrap() {
        let text = encoded[0].as_str().unwrap();
        let all: Vec<u32> = vocabulary.numbers(text).collect();
        for count in 0..=all.len() {
            let beginning = vocabulary.beginning(text, count as u64);
            assert!(text.starts_with(beginning));
            let numbers: Vec<u32> = vocabulary.numbers(beginning).collect();
            assert_eq!(numbers, all[..count], "{beginning:?}");
        }
        assert_eq!(vocabulary.beginning(text, u64::MAX), text);
    }
}

#[test]
fn a_shard_in_tokens_is_counted_and_cut_in_joined_tokens() {
    let texts = Texts::from_strings(&["the cat the cat", "the"]);
    let vocabulary = texts.fit_vocabulary(&[0], BPE, 11).unwrap();
    let dataset =
        tenfold_data::Dataset::new(vec![Field::texts(texts)], Targets::Own { examples: 2 });
    let dataset = dataset.unwrap().with_vocabulary(&std::sync::Arc::new(vocabulary)).unwrap();
    let texts = dataset.texts().unwrap();
    // Pairs that come twice, of several the one of earlier tokens.
    let kept: Value = serde_json::from_str(&texts.vocabulary().unwrap().to_json()).unwrap();
    let expected = [" ", "a", "c", "e", "h", "t", " c", "at", "he", "the", " cat"];
    assert_eq!(kept["vocabulary"], serde_json::json!(expected));
    assert_eq!([texts.tokens(0), texts.tokens(1)], [Some(5), Some(1)]);
    let tokens = Unit::named("tokens").unwrap();
    assert_eq!(tokens.beginning(texts, 0, 3).unwrap(), "the cat ");
}

#[test]
fn a_pair_that_comes_once_is_not_joined_and_a_vocabulary_of_characters_alone_is_one() {
    let texts = Texts::from_strings(&["abc", "ab"]);
    let kept = |most| {
        let vocabulary = texts.fit_vocabulary(&[0, 1], BPE, most).unwrap();
        serde_json::from_str::<Value>(&vocabulary.to_json()).unwrap()["vocabulary"].clone()
    };
    assert_eq!(kept(100), serde_json::json!(["a", "b", "c", "ab"]));
    assert_eq!(kept(2), serde_json::json!(["a", "b"]), "the most frequent characters");
}

#[test]
fn what_was_not_written_by_tenfold_is_no_vocabulary() {
    let json = fitted().to_json();
    assert!(Vocabulary::from_json(&json.replace("\"joined\"", "\"merged\"")).is_none());
    let first = serde_json::to_string(&golden()["joined"][0]).unwrap();
    let wrong = json.replacen(&first, "[\"☃\",\"a\"]", 1);
    assert_ne!(wrong, json);
    assert!(Vocabulary::from_json(&wrong).is_none());
}
