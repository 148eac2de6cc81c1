//! Levers and units: their meaning, and every message for an invalid one.

use std::path::Path;

use tenfold::study;

use super::{COMPLETE, parse};

fn with(lever: &str) -> String {
    let mine = "[[model]]\nname = \"mine\"\ncommand = [\"true\"]\n";
    format!("{COMPLETE}\n{mine}\n[[lever]]\n{lever}\n")
}

/// The message for a file with `lever`, without its place.
fn refused(lever: &str) -> String {
    let problems = parse(&with(lever)).unwrap_err().to_string();
    let said = |line: &&str| line.starts_with("error") || line.starts_with("hint");
    problems.lines().filter(said).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_lever_is_one_more_curve_for_each_learner() {
    let study = parse(&with("transform = \"wrong-labels\"\nrate = 0.1")).unwrap();
    let names: Vec<&str> = study.models.iter().map(|model| model.name.as_str()).collect();
    // A command gets no lever, because it reads its data itself.
    assert_eq!(names, ["cnn", "mlp", "mine", "cnn+wrong-labels", "mlp+wrong-labels"]);
    let [plain, _, _, lever, _] = &study.models[..] else { unreachable!() };
    assert_eq!(lever.axes, plain.axes, "searched over the same grid");
    assert_eq!(lever.recipe.learner(), plain.recipe.learner());
    let own: Vec<String> = lever.recipe.identity().0.into_iter().map(|(name, _)| name).collect();
    let of_plain: Vec<String> =
        plain.recipe.identity().0.into_iter().map(|(name, _)| name).collect();
    assert_eq!(own, [&of_plain[..], &["wrong-labels.rate".to_owned()]].concat());
}

#[test]
fn a_lever_that_does_nothing_is_the_same_trial() {
    let lever = "transform = \"wrong-labels\"\nrate = 0\nname = \"nothing\"\nmodels = [\"cnn\"]";
    let study = parse(&with(lever)).unwrap();
    assert_eq!(study.models[3].name, "cnn+nothing");
    assert_eq!(study.models[3].recipe.identity(), study.models[0].recipe.identity());
}

#[test]
fn a_bad_lever_is_told_how_it_is_written() {
    let checks = [
        (
            "rate = 0.1",
            "error: `lever.transform` is missing, a lever needs to know what to do\n\
             hint: `transform = …`, one of `wrong-labels`, `oversample`",
        ),
        (
            "transform = \"wrong-label\"\nrate = 0.1",
            "error: `lever.transform` does not know `wrong-label`\n\
             hint: did you mean `\"wrong-labels\"`?",
        ),
        (
            "transform = \"wrong-labels\"",
            "error: `lever.rate` is missing, `wrong-labels` needs to know how much\n\
             hint: `rate = 0.1`",
        ),
        (
            "transform = \"wrong-labels\"\nrate = 10",
            "error: `lever.rate` is 10, at most 1 can be\nhint: `rate = 0.1`",
        ),
        (
            "transform = \"wrong-labels\"\nrate = 0.1\nbalance = 1",
            "error: `lever.balance` is no setting of `wrong-labels`\nhint: it has `rate`",
        ),
        (
            "transform = \"wrong-labels\"\nrate = 0.1\nmodels = [\"cn\"]",
            "error: `lever.models` has `cn`, and no model is called that\n\
             hint: did you mean `cnn`?",
        ),
        (
            "transform = \"wrong-labels\"\nrate = 0.1\nmodels = [\"mine\"]",
            "error: `lever.models` has `mine`, which is a command and reads its data itself\n\
             hint: give the command a second `[[model]]` that does it",
        ),
        (
            "transform = \"oversample\"\nbalance = 1\n[[lever]]\ntransform = \"oversample\"\nbalance = 0.5",
            "error: two curves would be called `cnn+oversample`\nhint: `name = \"oversample-2\"`",
        ),
    ];
    for (lever, message) in checks {
        assert_eq!(refused(lever), message, "{lever}");
    }
    let single = parse(&format!("{COMPLETE}\n[lever]\nrate = 1\n")).unwrap_err().to_string();
    assert!(
        single.contains("write `[[lever]]` with two brackets, once for each lever"),
        "{single}"
    );
    let slip = parse(&format!("{COMPLETE}\n[[levr]]\nrate = 1\n")).unwrap_err().to_string();
    assert!(slip.contains("did you mean `[[lever]]`?"), "{slip}");
}

#[test]
fn a_unit_has_to_be_one_that_the_data_are_counted_in() {
    let command = |data: &str, unit: &str| {
        let text = format!(
            "{data}\n[shards]\nsizes = [100, 200]\nunit = \"{unit}\"\n[[model]]\ncommand = [\"true\"]\n"
        );
        study::parse(&text, Path::new("study.toml"))
    };
    assert_eq!(command("", "tokens").unwrap().unit.name, "tokens");
    let texts = "[data]\npath = \"a.txt\"";
    assert_eq!(command(texts, "characters").unwrap().unit.name, "characters");
    let said = |data: &str, unit: &str| command(data, unit).unwrap_err().to_string();
    let built_in = "[data]\nbuiltin = \"state-of-the-union\"";
    assert_eq!(command(built_in, "characters").unwrap().unit.name, "characters");
    let message = said("[data]\nbuiltin = \"fashion-mnist-14\"", "characters");
    assert!(message.contains("are counted in `examples`"), "{message}");
    let message = said(texts, "tokens");
    assert!(
        message.contains(
            "`shards.unit` is `tokens`, and the data of this study are counted in `characters` and \
             `examples`"
        ),
        "{message}"
    );
    let message = said("[data]\nexamples = 500", "characters");
    assert!(message.contains("are counted in `examples`"), "{message}");
    let column = "[data]\npath = \"a.csv\"\ntext = \"body\"";
    for data in [texts, built_in, column] {
        let learner = format!("{data}\n[[model]]\nlearner = \"mlp\"\n");
        let message = study::parse(&learner, Path::new("study.toml")).unwrap_err().to_string();
        assert!(
            message.contains("`model.learner` is `mlp`, which reads no texts")
                && message.contains("one of `lstm-lm`, `rhn-lm`, `transformer-lm`, or a command"),
            "{message}"
        );
    }
    let table = "[data]\npath = \"a.csv\"\nlabel = \"x\"\ntokens = \"words\"\n[[model]]\n\
                 learner = \"lstm-lm\"\n";
    let message = study::parse(table, Path::new("study.toml")).unwrap_err().to_string();
    assert!(
        message.contains("`data.tokens` is for texts, and the data are a table")
            && message.contains("`model.learner` is `lstm-lm`, which needs texts"),
        "{message}"
    );
    let keys = "[data]\npath = \"a.txt\"\nlabel = \"x\"\n[[model]]\ncommand = [\"true\"]\n";
    let message = study::parse(keys, Path::new("study.toml")).unwrap_err().to_string();
    assert!(
        message.contains(
            "`data.label` is for `csv`, `tsv`, `jsonl`, `parquet`, and the format is `text`"
        ),
        "{message}"
    );
}
