//! Values that are not among the words that a key accepts.

use super::{problems_of_table, problems_with};

#[test]
fn unknown_words_are_told_the_nearest_one() {
    insta::assert_snapshot!(problems_with("learner = \"cnn\"", "learner = \"cmm\""), @r#"
    error: `model.learner` does not know `cmm`
      --> study.toml:23:11
    23 | learner = "cmm"
       |           ^^^^^ not one of them
    hint: there are `linear`, `mlp`, `cnn`, `resnet`, `lstm-lm`, `rhn-lm`, `transformer-lm`, `seq2seq`, `transformer`, `deep-speech`
    "#);
    insta::assert_snapshot!(problems_with("split = \"random\"", "split = \"stratifed\""), @r#"
    error: `data.split` does not know `stratifed`
     --> study.toml:8:9
    8 | split = "stratifed"
      |         ^^^^^^^^^^^ not one of `random`, `stratified`, `group:COLUMN`, `time:COLUMN`
    hint: did you mean `"stratified"`?
    "#);
    insta::assert_snapshot!(problems_with("split = \"random\"", "split = \"group\""), @r#"
    error: `data.split` does not know `group`
     --> study.toml:8:9
    8 | split = "group"
      |         ^^^^^^^ not one of `random`, `stratified`, `group:COLUMN`, `time:COLUMN`
    hint: name the column: `split = "group:COLUMN"`
    "#);
    insta::assert_snapshot!(problems_with("split = \"random\"", "split = \"grup:patient\""), @r#"
    error: `data.split` does not know `grup:patient`
     --> study.toml:8:9
    8 | split = "grup:patient"
      |         ^^^^^^^^^^^^^^ not one of `random`, `stratified`, `group:COLUMN`, `time:COLUMN`
    hint: did you mean `"group:patient"`?
    "#);
    insta::assert_snapshot!(problems_with("name = \"error_rate\"", "name = \"error-rate\""), @r#"
    error: `metric.name` does not know `error-rate`
      --> study.toml:17:8
    17 | name = "error-rate"
       |        ^^^^^^^^^^^^ not one of `error_rate`, `cross_entropy`, `rmse`, `mae`, `wape`, `character_error_rate`, `word_error_rate`, `nats_per_token`, `nats_per_character`, `bits_per_character`, `perplexity`, `token_error_rate`, `bleu_error`
    hint: did you mean `"error_rate"`?
    "#);
    insta::assert_snapshot!(problems_with("name = \"error_rate\"", "name = \"accuracy\""), @r#"
    error: `metric.name` does not know `accuracy`
      --> study.toml:17:8
    17 | name = "accuracy"
       |        ^^^^^^^^^^ not one of `error_rate`, `cross_entropy`, `rmse`, `mae`, `wape`, `character_error_rate`, `word_error_rate`, `nats_per_token`, `nats_per_character`, `bits_per_character`, `perplexity`, `token_error_rate`, `bleu_error`
    hint: did you mean `"error_rate"`? it is 1 − accuracy
    "#);
    insta::assert_snapshot!(problems_with("direction = \"lower\"", "direction = \"higher\""), @r#"
    error: `metric.direction` is `higher`, but the metrics of the built-in learners are errors, and lower is better
      --> study.toml:18:13
    18 | direction = "higher"
       |             ^^^^^^^^
    hint: take the line out
    "#);
    insta::assert_snapshot!(problems_with("search = \"full\"", "search = \"fulll\""), @r#"
    error: `study.search` does not know `fulll`
     --> study.toml:4:10
    4 | search = "fulll"
      |          ^^^^^^^ not one of `narrowed`, `full`, `carried`
    hint: did you mean `"full"`?
    "#);
    insta::assert_snapshot!(problems_with("\"fashion-mnist-14\"", "\"fashion-mnist\""), @r#"
    error: `data.builtin` does not know `fashion-mnist`
     --> study.toml:7:11
    7 | builtin = "fashion-mnist"
      |           ^^^^^^^^^^^^^^^ not one of `fashion-mnist-14`, `state-of-the-union`, `kjv-reina-valera`, `spoken-digits`
    hint: did you mean `"fashion-mnist-14"`?
    "#);
    insta::assert_snapshot!(problems_of_table("target = \"price\"", "target = \"price\"\nformat = \"xls\""), @r#"
    error: `data.format` does not know `xls`
     --> study.toml:4:10
    4 | format = "xls"
      |          ^^^^^ not one of them
    hint: there are `idx`, `image-folder`, `csv`, `tsv`, `jsonl`, `parquet`, `text`, `parallel`, `speech`, `speech-parquet`, `librispeech`
    "#);
}
