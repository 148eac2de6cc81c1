//! No text makes the parser panic.

use std::path::Path;

use proptest::prelude::*;
use tenfold::study;

use super::COMPLETE;

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let text = String::from_utf8_lossy(&bytes);
        let outcome = study::parse(&text, Path::new("study.toml"));
        if let Err(problems) = outcome {
            prop_assert!(!problems.0.is_empty());
            prop_assert!(!problems.to_string().is_empty());
        }
    }

    #[test]
    fn no_edit_of_a_sound_file_makes_the_parser_panic(
        at in 0..COMPLETE.len(),
        length in 0_usize..30,
        new in "[\\[\\]{}=\",.#\n a-z0-9%é-]{0,12}",
    ) {
        let mut text = COMPLETE.to_owned();
        text.replace_range(at..(at + length).min(COMPLETE.len()), &new);
        if let Err(problems) = study::parse(&text, Path::new("study.toml")) {
            prop_assert!(!problems.0.is_empty());
            prop_assert!(!problems.to_string().is_empty());
        }
    }

    #[test]
    fn any_value_of_any_key_is_read_or_refused(
        key in 0..study::registry::keys().len(),
        value in 0_usize..12,
    ) {
        let key = &study::registry::keys()[key];
        let value = [
            "0", "-1", "1e308", "nan", "inf", "\"\"", "\"x\"", "[]", "[[]]", "{}", "true",
            "1979-05-27",
        ][value];
        let text = match key.section {
            study::keys::Section::Model => format!("[[model]]\n{} = {value}\n", key.name),
            study::keys::Section::Train => format!("[[model]]\ntrain.{} = {value}\n", key.name),
            study::keys::Section::Search => format!("[[model]]\nsearch.{} = {value}\n", key.name),
            section => format!("[{}]\n{} = {value}\n", section.path(), key.name),
        };
        let problems = study::parse(&text, Path::new("study.toml")).unwrap_err();
        prop_assert!(!problems.to_string().is_empty());
    }
}
