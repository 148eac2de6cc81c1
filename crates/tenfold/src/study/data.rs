//! The data of a study: where they come from and what is held out.

use std::path::Path;

use tenfold_data::{
    Amount, CHARACTERS, ExampleKind, Files, Folds, Format, Source, SplitMethod, Tokenizer,
    reader_keys,
};

use super::findings::Findings;
use super::table::{Entry, Table};
use super::typed::{HeldOutTyped, Typed};
use super::{HeldOut, StudyData, TextReading};
use crate::diagnostic::closest::listed;
use crate::diagnostic::what_is_there;

/// Default share of the data held out for validation, and again for testing.
const HELD_OUT: Amount = Amount::Fraction(0.1);

/// The data of the study, or `None` if its keys are invalid; problems are in `findings`.
pub(super) fn data(table: &Table, folder: &Path, findings: &mut Findings) -> Option<StudyData> {
    let source = source(table, folder, findings);
    let split = split(table, findings);
    let validation = held_out(table, "validation", source.as_ref(), folder);
    let mut test = held_out(table, "test", source.as_ref(), folder);
    if let HeldOut::Folds(folds) = &mut test {
        check_folds(table, &split, folds, findings);
    }
    if let (HeldOut::Amount(Amount::Fraction(first)), HeldOut::Amount(Amount::Fraction(second))) =
        (&validation, &test)
        && first + second >= 1.0
    {
        let entry = table.entry("test").or_else(|| table.entry("validation"));
        let span = entry.map_or(0..0, |entry| entry.span.clone());
        let message = format!(
            "`data.validation` and `data.test` hold out {first} and {second} of the data, which \
             leaves nothing to train on"
        );
        findings.add(span, message, "").hint("for example `validation = 0.1` and `test = 0.1`");
    }
    let reading = text_reading(table, source.as_ref(), findings);
    Some(StudyData { source: source?, split, validation, test, reading })
}

/// How texts become numbers; problems where the data are no texts.
fn text_reading(table: &Table, source: Option<&Source>, findings: &mut Findings) -> TextReading {
    let what = match source.map(Source::examples) {
        Some(Some(ExampleKind::Text | ExampleKind::Pair | ExampleKind::Sound)) | None => None,
        Some(Some(ExampleKind::Row)) => Some("the data are a table"),
        Some(Some(ExampleKind::Image)) => Some("the data are images"),
        Some(None) => Some("the data are only numbered"),
    };
    for name in ["tokens", "vocabulary"] {
        if let (Some(entry), Some(what)) = (table.entry(name), what) {
            let message = format!("`data.{name}` is for texts, and {what}");
            findings
                .add(entry.key.clone(), message, "has no effect here")
                .hint("take the line out");
        }
    }
    let named = table.text("tokens").and_then(|(name, _)| Tokenizer::named(name));
    let tokenizer = named.unwrap_or(CHARACTERS);
    let most = table.count("vocabulary").and_then(|most| usize::try_from(most).ok());
    TextReading { tokenizer, most: most.unwrap_or(tokenizer.usual_most) }
}

/// Checks folds against the kind of `split`. Folds beside a split by groups keep its groups
/// together.
fn check_folds(table: &Table, split: &SplitMethod, folds: &mut Folds, findings: &mut Findings) {
    let count = folds.count;
    let (message, hint) = match (split, &folds.group) {
        (SplitMethod::Random, _) | (SplitMethod::Stratified, None) => return,
        (SplitMethod::Group(column), None) => {
            folds.group = Some(column.clone());
            return;
        }
        (SplitMethod::Group(column), Some(group)) if column == group => return,
        (SplitMethod::Time(_), _) => (
            "`data.test` tests every row in turn, and `data.split` wants the latest ones tested",
            "`test = 0.1`, or take `split` out".to_owned(),
        ),
        (SplitMethod::Stratified | SplitMethod::Group(_), Some(group)) => (
            "`data.test` keeps groups together, and `data.split` asks for something else",
            format!("take `split` out, or `test = \"{count}-fold\"` without `:{group}`"),
        ),
    };
    let span = table.entry("test").map_or(0..0, |entry| entry.span.clone());
    findings.add(span, message, "").hint(hint);
}

fn split(table: &Table, findings: &mut Findings) -> SplitMethod {
    let Some((Typed::Split(method), span)) = table.get("split") else {
        return SplitMethod::Random;
    };
    let method = method.clone();
    let other = if table.has("target") {
        Some("`data.target` is a number")
    } else if table.has("text") {
        Some("`data.text` holds texts")
    } else {
        None
    };
    if let Some(other) = other
        && method == SplitMethod::Stratified
        && !table.has("label")
    {
        let message = format!("`data.split` is `stratified`, but {other} and has no classes");
        findings.add(span, message, "needs classes").hint("`split = \"random\"`");
    }
    method
}

fn source(table: &Table, folder: &Path, findings: &mut Findings) -> Option<Source> {
    let given: Vec<(&str, &Entry)> = ["builtin", "path", "examples"]
        .into_iter()
        .filter_map(|name| Some((name, table.entry(name)?)))
        .collect();
    match given.as_slice() {
        [] if table.is_broken => None,
        [] => {
            let message = "`data` does not say what to learn from: `path` or `builtin` is needed";
            let names = tenfold_data::BUILTINS.iter().map(|builtin| builtin.name);
            let hint =
                format!("`path = \"data/train.csv\"`, or `builtin = …`, one of {}", listed(names));
            match &table.span {
                Some(span) => findings.add(span.clone(), message, "").hint(hint),
                None => findings.add_whole(message).hint(hint),
            }
            None
        }
        [("builtin", _)] => builtin_source(table, findings),
        [("path", _)] => files_source(table, folder, findings),
        [_] => numbered_source(table, findings),
        [(first, earlier), (second, later), ..] => {
            let line = findings.line_of(earlier.key.start);
            let message =
                format!("`data.{first}` and `data.{second}` are both given, one of them is needed");
            findings
                .add(later.key.clone(), message, format!("`{first}` is on line {line}"))
                .hint("take one of the two lines out");
            None
        }
    }
}

fn numbered_source(table: &Table, findings: &mut Findings) -> Option<Source> {
    refuse_keys_of_files(table, "`data.examples` names none", findings);
    if let Some((Typed::Split(method), span)) = table.get("split")
        && *method != SplitMethod::Random
    {
        let message = "`data.split` needs the examples themselves, and `data.examples` only \
                       counts them";
        findings
            .add(span, message, "")
            .hint("`split = \"random\"`, or `path` in the place of `examples`");
    }
    let examples = u32::try_from(table.count("examples")?).ok()?;
    Some(Source::Numbered { examples })
}

/// Reports keys that say how files are read although no files are read; `why` is the reason.
fn refuse_keys_of_files(table: &Table, why: &str, findings: &mut Findings) {
    let names = reader_keys().into_iter().map(|key| key.name);
    for name in std::iter::once("format").chain(names) {
        if let Some(entry) = table.entry(name) {
            let message = format!("`data.{name}` is for files, and {why}");
            findings
                .add(entry.key.clone(), message, "has no effect here")
                .hint("take the line out");
        }
    }
}

fn builtin_source(table: &Table, findings: &mut Findings) -> Option<Source> {
    refuse_keys_of_files(table, "`data.builtin` is none", findings);
    table.text("builtin").map(|(name, _)| Source::Builtin(name.to_owned()))
}

fn files_source(table: &Table, folder: &Path, findings: &mut Findings) -> Option<Source> {
    let (typed, span) = table.text("path")?;
    let path = folder.join(typed);
    let format = match table.entry("format") {
        Some(_) => table.text("format").and_then(|(name, _)| Format::named(name))?,
        None => match Format::of_path(&path) {
            Some(format) => format,
            None if !path.exists() => {
                let message = format!("there is no file or folder `{typed}`");
                let there = what_is_there(&path);
                findings.add(span, message, "not found").note(there);
                return None;
            }
            None => {
                let message = format!("the format of `{typed}` cannot be told from its name");
                let names = Format::all().map(Format::name);
                findings
                    .add(span, message, "")
                    .hint(format!("add `format = …`, one of {}", listed(names)));
                return None;
            }
        },
    };
    if format.examples() == ExampleKind::Row {
        check_choice(table, typed, span, findings);
    }
    let mut keys = std::collections::BTreeMap::new();
    for key in reader_keys() {
        let Some(entry) = table.entry(key.name) else { continue };
        if format.keys().contains(key) {
            let text = table.text(key.name).map(|(value, _)| value.to_owned());
            let value = text.or_else(|| Some(table.count(key.name)?.to_string()));
            keys.extend(value.map(|value| (key.name, value)));
            continue;
        }
        let knows = Format::all().filter(|other| other.keys().contains(key)).map(Format::name);
        let message = format!(
            "`data.{}` is for {}, and the format is `{}`",
            key.name,
            listed(knows),
            format.name()
        );
        findings
            .add(entry.key.clone(), message, "has no effect here")
            .hint(format!("take the line out; {}", format.examples().bring()));
    }
    Some(Source::Files(Files { format, path, keys }))
}

/// Checks that a table has one of `label`, `target` and `text`.
fn check_choice(table: &Table, typed: &str, span: std::ops::Range<usize>, findings: &mut Findings) {
    let (label, target) = (table.entry("label"), table.entry("target"));
    match (label, target, table.entry("text")) {
        (None, None, None) => {
            let message = format!("`data` does not say which column of `{typed}` to predict");
            findings.add(span, message, "a table").hint(
                "`label = \"COLUMN\"` for classes, `target = \"COLUMN\"` for numbers, \
                 `text = \"COLUMN\"` for texts",
            );
        }
        (Some(label), Some(target), _) => {
            let line = findings.line_of(label.key.start);
            let message = "`data.label` and `data.target` are both given, one of them is needed";
            findings
                .add(target.key.clone(), message, format!("`label` is on line {line}"))
                .hint("keep `label` to predict classes, `target` to predict numbers");
        }
        (Some(other), None, Some(text)) | (None, Some(other), Some(text)) => {
            let (name, what) =
                if label.is_some() { ("label", "classes") } else { ("target", "numbers") };
            let line = findings.line_of(other.key.start);
            let message =
                format!("`data.{name}` and `data.text` are both given, one of them is needed");
            findings
                .add(text.key.clone(), message, format!("`{name}` is on line {line}"))
                .hint(format!("keep `{name}` to predict {what}, `text` to learn from texts"));
        }
        _ => {}
    }
    if let (Some(translation), None) = (table.entry("translation"), table.entry("text")) {
        let message =
            "`data.translation` names the column with translations, and `data.text` is missing";
        findings
            .add(translation.key.clone(), message, "translations of what?")
            .hint("`text = \"COLUMN\"` for the column of what is translated");
    }
}

/// The meaning of a key about held-out examples; its default if the key is missing or invalid.
fn held_out(table: &Table, name: &str, source: Option<&Source>, folder: &Path) -> HeldOut {
    let Some((Typed::HeldOut(typed), _)) = table.get(name) else {
        return HeldOut::Amount(HELD_OUT);
    };
    match typed {
        HeldOutTyped::Amount(amount) => HeldOut::Amount(*amount),
        HeldOutTyped::Folds(folds) => HeldOut::Folds(folds.clone()),
        HeldOutTyped::Nothing => HeldOut::Nothing,
        HeldOutTyped::Path(typed) => {
            let path = folder.join(typed);
            let own = Format::of_path(&path);
            let like = match source {
                Some(Source::Files(files)) => Some(files),
                _ => None,
            };
            let format = own.or(like.map(|files| files.format)).or(Format::named("csv"));
            let Some(format) = format else { return HeldOut::Amount(HELD_OUT) };
            // Keys that the other format does not have are dropped.
            let known = |name: &str| format.keys().iter().any(|key| key.name == name);
            let keys = like.map(|files| files.keys.clone()).unwrap_or_default();
            let keys = keys.into_iter().filter(|(name, _)| known(name)).collect();
            HeldOut::File(Source::Files(Files { format, path, keys }))
        }
    }
}
