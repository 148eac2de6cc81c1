//! Files as a whole: all problems at once, later versions, files that cannot be read.

use std::path::Path;

use tenfold::study;

use super::{COMPLETE, LEAST, problems_of, write};

#[test]
fn all_problems_are_told_at_once_in_the_order_of_the_file() {
    let text = COMPLETE
        .replace("seed = 7", "sede = 7")
        .replace("factor = 2 }", "factor = 1 }")
        .replace("learner = \"mlp\"", "learner = \"mpl\"")
        .replace("workers = 2", "workers = \"two\"");
    insta::assert_snapshot!(problems_of(&text), @r#"
    error: unknown key `sede` in `[study]`
     --> study.toml:4:1
    4 | sede = 7
      | ^^^^
    hint: did you mean `seed`?

    error: `shards.sizes.factor` is 1, a number from 1.01 up is needed
      --> study.toml:14:42
    14 | sizes = { from = 64, to = 8192, factor = 1 }
       |                                          ^ too small
    hint: for example `factor = 2`

    error: `model.learner` does not know `mpl`
      --> study.toml:35:11
    35 | learner = "mpl"
       |           ^^^^^ not one of `linear`, `mlp`, `cnn`, `resnet`, `lstm-lm`, `rhn-lm`, `transformer-lm`, `seq2seq`, `transformer`, `deep-speech`
    hint: did you mean `"mlp"`?

    error: `run.workers` is `"two"`, a whole number from 1 to 1024 is needed
      --> study.toml:44:11
    44 | workers = "two"
       |           ^^^^^ not a number
    hint: for example `workers = 2`
    "#);
}

#[test]
fn a_missing_file_says_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let check = |path: &Path| {
        let text = study::load(path).unwrap_err().to_string();
        text.replace(&folder.path().display().to_string(), "FOLDER")
    };
    insta::assert_snapshot!(check(folder.path()), @r"
    error: there is no study file `FOLDER/study.toml`
    note: `FOLDER` is an empty folder
    hint: `tenfold init DATA` writes one for your data, `tenfold demo` needs none
    ");
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::File::create(folder.path().join("studi.toml")).unwrap();
    insta::assert_snapshot!(check(folder.path()), @r"
    error: there is no study file `FOLDER/study.toml`
    note: `FOLDER` has `data`, `studi.toml`
    hint: did you mean `FOLDER/studi.toml`?
    ");
    insta::assert_snapshot!(check(&folder.path().join("nowhere").join("study.toml")), @r"
    error: there is no study file `FOLDER/nowhere/study.toml`
    note: there is no folder `FOLDER/nowhere`
    hint: `tenfold init DATA` writes one for your data, `tenfold demo` needs none
    ");
}

#[test]
fn a_file_that_is_not_text_is_not_toml_either() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.toml");
    write(&path, b"[study]\nname = \"\xff\"\n");
    let text = study::load(folder.path()).unwrap_err().to_string();
    let text = text.replace(&folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!(text, @r"
    error: `FOLDER/study.toml` is not text in UTF-8
     --> FOLDER/study.toml:2
    note: the first byte that is not is at offset 16
    hint: save the file as UTF-8
    ");
    write(&path, &vec![b'#'; 5 << 20]);
    let text = study::load(folder.path()).unwrap_err().to_string();
    let text = text.replace(&folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!(text, @"error: `FOLDER/study.toml` has more than 4 MiB, a study file of text is needed");
}

#[test]
fn a_study_is_loaded_from_its_folder_or_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.toml");
    write(&path, format!("\u{feff}{}", LEAST.replace('\n', "\r\n")).as_bytes());
    assert_eq!(study::load(folder.path()).unwrap().folder, folder.path());
    assert_eq!(study::load(&path).unwrap().models.len(), 1);
}

#[test]
fn a_file_whose_name_does_not_tell_its_format_needs_one() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("houses"), b"area,price\n1,2\n");
    write(&folder.path().join("study.toml"), LEAST.replace("houses.csv", "houses").as_bytes());
    let text = study::load(folder.path()).unwrap_err().to_string();
    let text = text.replace(&folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!(text, @r#"
    error: the format of `houses` cannot be told from its name
     --> FOLDER/study.toml:3:8
    3 | path = "houses"
      |        ^^^^^^^^
    hint: add `format = …`, one of `idx`, `image-folder`, `csv`, `tsv`, `jsonl`, `parquet`, `text`, `parallel`, `speech`, `speech-parquet`, `librispeech`
    "#);
}
