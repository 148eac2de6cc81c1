//! The registry of settings.

use proptest::prelude::*;
use tenfold_train::learners::{CNN, LINEAR, MLP};
use tenfold_train::{
    LEARNERS, Learner, LearnerSettings, Length, METRICS, Metric, Optimizer, SETTINGS, SettingValue,
    ValueKind,
};

fn cnn() -> LearnerSettings {
    LearnerSettings::defaults(CNN)
}

fn number(value: f64) -> SettingValue {
    SettingValue::Number(value)
}

fn text(value: &str) -> SettingValue {
    SettingValue::Text(value.to_owned())
}

fn check_error(key: &str, value: &SettingValue, message: &str, hint: Option<&str>) {
    let mut settings = cnn();
    let error = settings.set(key, value).unwrap_err();
    assert_eq!(error.to_string(), message);
    assert_eq!(error.hint().as_deref(), hint);
    assert_eq!(settings, cnn(), "a refused setting changed something");
}

#[test]
fn an_unknown_key_suggests_the_closest() {
    check_error(
        "learning-rat",
        &number(1.0),
        "`learning-rat` is not a setting of a built-in learner",
        Some("did you mean `learning_rate`?"),
    );
    check_error(
        "epoch",
        &number(1.0),
        "`epoch` is not a setting of a built-in learner",
        Some("did you mean `epochs`?"),
    );
    let error = cnn().set("colour", &number(1.0)).unwrap_err();
    assert!(error.hint().unwrap().starts_with("the settings are `width`, `depth`, "));
}

#[test]
fn a_wrong_value_is_told_with_what_was_needed() {
    check_error(
        "optimizer",
        &text("adamv"),
        "`optimizer` is `adamv`, it has to be one of `adamw`, `adam`, `sgd`",
        Some("did you mean `adam`?"),
    );
    check_error(
        "dropout",
        &number(1.0),
        "`dropout` is 1, it has to be a number from 0 and below 1",
        None,
    );
    check_error(
        "evaluations",
        &number(21.0),
        "`evaluations` is 21, it has to be a whole number from 1 to 20",
        None,
    );
    check_error(
        "width",
        &number(2.5),
        "`width` is 2.5, it has to be a whole number from 1 to 16384",
        None,
    );
    check_error(
        "learning_rate",
        &number(f64::NAN),
        "`learning_rate` is NaN, it has to be a number above 0",
        None,
    );
    check_error(
        "schedule",
        &number(3.0),
        "`schedule` is the number 3, it has to be one of `cosine`, `constant`, `trapezoid`",
        None,
    );
    check_error(
        "batch",
        &text("big"),
        "`batch` is the text `big`, it has to be a whole number from 1 to 65536",
        None,
    );
}

#[test]
fn steps_and_epochs_replace_each_other() {
    let mut settings = cnn();
    settings.set("steps", &number(700.0)).unwrap();
    assert_eq!(settings.length, Length::Steps(700));
    assert_eq!(settings.steps(100_000), 700);
    settings.set("epochs", &number(2.5)).unwrap();
    assert_eq!(settings.length, Length::Epochs(2.5));
    assert_eq!(settings.steps(64_000), 2_500);
    assert_eq!(settings.steps(64), settings.minimum_steps);
    settings.set("minimum_steps", &number(0.0)).unwrap();
    // A shard smaller than a batch is one batch.
    assert_eq!(settings.steps(16), 3);
}

/// A value that obeys the rule and is not the default.
fn other_value(kind: ValueKind) -> SettingValue {
    match kind {
        ValueKind::Whole { most, .. } => number(most as f64 - 1.0),
        ValueKind::Real { .. } => number(0.625),
        ValueKind::Choice(choices) => text(choices[choices.len() - 1]),
        ValueKind::Flag => SettingValue::Flag(true),
    }
}

#[test]
fn every_setting_can_be_set_and_is_part_of_the_identity() {
    for setting in SETTINGS.iter() {
        let has_it = |learner: &&&dyn Learner| {
            learner.own_settings().iter().any(|own| own.name == setting.name)
        };
        let own = LEARNERS.iter().find(has_it);
        let mut settings = own.map_or_else(cnn, |learner| learner.defaults());
        settings.optimizer = Optimizer::Sgd;
        if setting.name == "optimizer" {
            settings.optimizer = Optimizer::AdamW;
        }
        let before = (settings.entries(), settings.identity());
        settings.set(setting.name, &other_value(setting.kind)).unwrap();
        assert_ne!(settings.entries(), before.0, "{}", setting.name);
        assert_ne!(settings.identity(), before.1, "{}", setting.name);
        assert!(setting.doc.ends_with('.'));
    }
}

#[test]
fn entries_are_canonical() {
    let expected = [
        ("learner", "cnn"),
        ("width", "16"),
        ("depth", "3"),
        ("dropout", "0.2"),
        ("batch", "64"),
        ("epochs", "12"),
        ("minimum_steps", "500"),
        ("optimizer", "adamw"),
        ("learning_rate", "0.003"),
        ("weight_decay", "0.01"),
        ("schedule", "cosine"),
        ("warmup", "0.05"),
        ("patience", "0"),
        ("evaluations", "10"),
        ("chunks", "1"),
    ];
    let entries = cnn().entries();
    let shown: Vec<(&str, String)> =
        entries.iter().map(|(name, value)| (*name, value.to_string())).collect();
    assert_eq!(shown, expected.map(|(name, value)| (name, value.to_owned())));
    assert_eq!(entries[3].1, number(0.2), "the number that was typed, not its nearest f32");
}

#[test]
fn what_changes_nothing_is_no_part_of_the_identity() {
    let names = |settings: &LearnerSettings| -> Vec<&str> {
        settings.identity().iter().map(|(name, _)| *name).collect()
    };
    let linear = LearnerSettings::defaults(LINEAR);
    let expected = [
        "learner",
        "batch",
        "epochs",
        "minimum_steps",
        "optimizer",
        "learning_rate",
        "weight_decay",
        "schedule",
        "warmup",
        "evaluations",
    ];
    assert_eq!(names(&linear), expected);
    let wide = LearnerSettings { width: 9, depth: 9, ..linear.clone() };
    assert_eq!(wide.identity(), linear.identity(), "a linear model has no hidden layers");
    let used = LearnerSettings {
        dropout: 0.5,
        patience: Some(3),
        chunks: 2,
        ..LearnerSettings::defaults(MLP)
    };
    let names = names(&used);
    for name in ["width", "depth", "dropout", "patience", "chunks"] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
}

#[test]
fn names_are_read_back() {
    for learner in LEARNERS.iter().copied() {
        assert_eq!(learner.name().parse::<&dyn Learner>(), Ok(learner));
    }
    for metric in METRICS.iter().copied() {
        assert_eq!(metric.name().parse::<&dyn Metric>(), Ok(metric));
    }
    let error = "ccn".parse::<&dyn Learner>().unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("did you mean `cnn`?"));
}

proptest! {
    #[test]
    fn no_key_or_value_panics(key in ".{0,20}", value in any::<f64>(), which in 0..SETTINGS.len()) {
        let mut settings = cnn();
        let unknown = settings.set(&key, &number(value)).is_err();
        prop_assert!(unknown || SETTINGS.iter().any(|setting| setting.name == key));
        drop(settings.set(SETTINGS[which].name, &number(value)));
        drop(settings.set(SETTINGS[which].name, &text(&key)));
        prop_assert!(settings.steps(100) >= 1);
        prop_assert!(settings.learning_rate > 0.0 && settings.learning_rate.is_finite());
    }
}
