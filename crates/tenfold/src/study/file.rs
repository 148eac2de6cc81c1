//! The study file as typed: tables of typed values, each with its position.
//!
//! This module checks all that concerns one key at a time: TOML, unknown keys, types, ranges.
//! `check` checks what several keys mean together.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::findings::Findings;
use super::keys::{KeyKind, Section};
use super::places::{PLACES, PlaceTables};
use super::registry::{keys, keys_of, sections};
use super::table::{Entry, Table};
use super::typed::{Found, Typed, type_of};
use super::value;
use crate::diagnostic::closest::{closest, listed};

/// The study file as it was typed.
#[derive(Debug, Default)]
pub(super) struct StudyFile {
    pub(super) study: Table,
    pub(super) data: Table,
    pub(super) shards: Table,
    pub(super) sizes: Table,
    pub(super) metric: Table,
    /// `None` if there is no `model`; empty if `model` is not a list of tables.
    pub(super) models: Option<Vec<ModelTables>>,
    /// The `[[lever]]` tables.
    pub(super) levers: Vec<Table>,
    pub(super) goal: Table,
    pub(super) run: Table,
    pub(super) places: PlaceTables,
}

/// One `[[model]]` with its tables.
#[derive(Debug, Default)]
pub(super) struct ModelTables {
    pub(super) model: Table,
    pub(super) train: Table,
    pub(super) search: Table,
}

/// Reads the tables of a study file; `None` if it is not TOML, in which case only that is reported.
pub(super) fn read(findings: &mut Findings) -> Option<StudyFile> {
    let text = std::sync::Arc::clone(&findings.text);
    let (root, errors) = DeTable::parse_recoverable(&text);
    if !errors.is_empty() {
        for error in &errors {
            syntax(error, findings);
            // After an unclosed bracket or quote, all that follows is misread as its content.
            let is_open = error.message().starts_with("unclosed")
                || error.message().starts_with("missing comma");
            if is_open {
                break;
            }
        }
        return None;
    }
    let mut file = StudyFile::default();
    for (name, value) in in_order(root.get_ref()) {
        match name.get_ref().as_ref() {
            "study" => file.study = section(Section::Study, value, findings),
            "data" => file.data = section(Section::Data, value, findings),
            "shards" => {
                (file.shards, file.sizes) = shards(value, findings);
            }
            "metric" => file.metric = section(Section::Metric, value, findings),
            "model" => file.models = Some(models(value, findings)),
            "lever" => file.levers = levers(value, findings),
            "goal" => file.goal = section(Section::Goal, value, findings),
            "run" => (file.run, file.places) = run(value, findings),
            other => unknown_section(other, name.span(), findings),
        }
    }
    Some(file)
}

/// Reports a syntax error in the TOML.
fn syntax(error: &toml::de::Error, findings: &mut Findings) {
    let span = error.span().unwrap_or(0..0);
    let line = findings.line_of(span.start);
    let is_repeated_line = findings.problems.iter().any(|earlier| {
        let earlier = earlier.place.as_ref().and_then(|place| place.span.clone());
        earlier.is_some_and(|earlier| findings.line_of(earlier.start) == line)
    });
    // One mistake causes several errors on its line; the first describes it best.
    if is_repeated_line {
        return;
    }
    let message = format!("`{}` is not valid TOML", findings.file.display());
    let typed_line = findings.text.lines().nth(line - 1).unwrap_or("").to_owned();
    if let Some(quoted) = with_quotes(&typed_line) {
        findings.add(span, message, "a text without quotes").hint(format!("`{quoted}`"));
        return;
    }
    let addition = findings.add(span, message, error.message().to_owned());
    if let Some(hint) = syntax_hint(error.message()) {
        addition.hint(hint);
    }
}

/// A hint for the usual mistakes.
fn syntax_hint(message: &str) -> Option<&'static str> {
    if message.contains("duplicate key") {
        Some("keep one of them; a second model starts with `[[model]]`")
    } else if message.contains("between array elements") {
        Some("is the list above closed with `]`?")
    } else if message.contains("key with no value") {
        Some("write `key = value`")
    } else {
        None
    }
}

/// The line `key = text` with quotes added, if missing quotes are its only mistake.
fn with_quotes(line: &str) -> Option<String> {
    let (key, value) = line.split_once('=')?;
    let (key, value) = (key.trim(), value.split('#').next().unwrap_or("").trim());
    let is_plain = |text: &str| {
        text.chars().all(|symbol| symbol.is_alphanumeric() || "_-./:%".contains(symbol))
    };
    let is_text = value.contains(|symbol: char| symbol.is_alphabetic() || symbol == '%')
        && value.parse::<f64>().is_err()
        && !matches!(value, "true" | "false");
    (!key.is_empty() && is_plain(key) && is_plain(value) && is_text)
        .then(|| format!("{key} = \"{value}\""))
}

fn unknown_section(name: &str, span: Range<usize>, findings: &mut Findings) {
    let sections = ["study", "data", "shards", "metric", "model", "lever", "goal", "run"];
    let home = keys().iter().find(|key| key.name == name && key.section != Section::Sizes);
    let hint = match (closest(name, sections), home) {
        (Some(near @ ("model" | "lever")), _) => format!("did you mean `[[{near}]]`?"),
        (Some(near), _) => format!("did you mean `[{near}]`?"),
        (None, Some(key)) => format!("`{name}` belongs in `{}`", key.section.header()),
        (None, None) => format!("the file has the sections {}", listed(sections)),
    };
    findings.add(span, format!("unknown section or key `{name}`"), "").hint(hint);
}

/// The entries of a table in the order in which they were typed.
fn in_order<'a>(
    table: &'a DeTable<'a>,
) -> Vec<(&'a Spanned<std::borrow::Cow<'a, str>>, Found<'a>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

/// Reads all keys of a section, which has no tables inside.
fn section(section: Section, value: Found<'_>, findings: &mut Findings) -> Table {
    section_without(section, value, &[], findings)
}

fn section_without(
    section: Section,
    value: Found<'_>,
    tables: &[&str],
    findings: &mut Findings,
) -> Table {
    let mut read = Table { span: Some(value.span()), ..Table::default() };
    let Some(table) = value.get_ref().as_table() else {
        let found = type_of(value.get_ref());
        let message = format!("`{}` is {found}, a table is needed", section.path());
        findings.add(value.span(), message, found).hint(format!("write `{}`", section.header()));
        read.is_broken = true;
        return read;
    };
    for (name, value) in in_order(table) {
        if tables.contains(&name.get_ref().as_ref()) {
            continue;
        }
        let Some(key) = keys_of(section).find(|key| key.name == name.get_ref()) else {
            unknown_key(section, name, findings);
            continue;
        };
        let typed = value::read(key, value, findings);
        let entry = Entry { value: typed, key: name.span(), span: value.span() };
        read.entries.insert(key.name.to_owned(), entry);
    }
    read
}

fn unknown_key(
    section: Section,
    name: &Spanned<std::borrow::Cow<'_, str>>,
    findings: &mut Findings,
) {
    let typed = name.get_ref().as_ref();
    let header = section.header();
    let names = || keys_of(section).map(|key| key.name);
    let homes: Vec<String> = sections()
        .filter(|other| *other != section && *other != Section::Search)
        .filter(|other| keys_of(*other).any(|key| key.name == typed))
        .map(|other| format!("`{}`", other.header()))
        .collect();
    let homes = homes.join(" or ");
    let hint = match closest(typed, names()) {
        // A key that belongs to another table is reported with that table, unless it may be a
        // misspelt key of this one.
        None if !homes.is_empty() => format!("`{typed}` belongs in {homes}"),
        Some(near) if !homes.is_empty() => {
            format!("did you mean `{near}`? (`{typed}` is a key of {homes})")
        }
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it has {}", listed(names())),
    };
    let message = if section == Section::Search {
        format!("`{typed}` is not a setting that can be searched")
    } else {
        format!("unknown key `{typed}` in `{header}`")
    };
    findings.add(name.span(), message, "").hint(hint);
}

/// `[shards]` and the progression in it.
fn shards(value: Found<'_>, findings: &mut Findings) -> (Table, Table) {
    let progression = value
        .get_ref()
        .as_table()
        .and_then(|table| table.iter().find(|(name, _)| name.get_ref() == "sizes"))
        .filter(|(_, sizes)| matches!(sizes.get_ref(), DeValue::Table(_)));
    let Some((name, sizes)) = progression else {
        return (section(Section::Shards, value, findings), Table::default());
    };
    let mut read = section_without(Section::Shards, value, &["sizes"], findings);
    let entry = Entry { value: None, key: name.span(), span: sizes.span() };
    read.entries.insert("sizes".to_owned(), entry);
    (read, section(Section::Sizes, sizes, findings))
}

/// Reads `[run]` and the tables of executor setups in it.
fn run(value: Found<'_>, findings: &mut Findings) -> (Table, PlaceTables) {
    let tables: Vec<_> = PLACES.iter().filter_map(|place| place.table).collect();
    let names: Vec<&str> = tables.iter().map(|table| table.name).collect();
    let run = section_without(Section::Run, value, &names, findings);
    let mut typed = PlaceTables::new();
    for table in tables {
        let inner = value.get_ref().as_table().and_then(|run| run.get(table.name));
        let read = inner.map(|inner| section(Section::Place(table), inner, findings));
        typed.extend(read.map(|read| (table.name, read)));
    }
    (run, typed)
}

/// The `[[model]]` tables.
fn models(value: Found<'_>, findings: &mut Findings) -> Vec<ModelTables> {
    let tables = list_of_tables("model", value, findings);
    tables.into_iter().map(|model| model_tables(model, findings)).collect()
}

/// The `[[lever]]` tables.
fn levers(value: Found<'_>, findings: &mut Findings) -> Vec<Table> {
    let tables = list_of_tables("lever", value, findings);
    tables.into_iter().map(|lever| section(Section::Lever, lever, findings)).collect()
}

/// The tables of a section that may occur more than once; none if the value is not a list.
fn list_of_tables<'a>(name: &str, value: Found<'a>, findings: &mut Findings) -> Vec<Found<'a>> {
    if let DeValue::Array(list) = value.get_ref() {
        return list.iter().collect();
    }
    let found = type_of(value.get_ref());
    let message = format!("`{name}` is {found}, a list of tables is needed");
    findings
        .add(value.span(), message, found)
        .hint(format!("write `[[{name}]]` with two brackets, once for each {name}"));
    Vec::new()
}

fn model_tables(value: Found<'_>, findings: &mut Findings) -> ModelTables {
    let inner = |name: &str| {
        let table = value.get_ref().as_table()?;
        table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, inner)| inner)
    };
    let model = section_without(Section::Model, value, &["train", "search"], findings);
    let mut read_inner = |name: &str, of: Section| match inner(name) {
        None => Table::default(),
        // A command defines the names that it searches, so they cannot be checked here.
        Some(search) if of == Section::Search && model.has("command") => {
            free_search(search, findings)
        }
        Some(inner) => section(of, inner, findings),
    };
    let train = read_inner("train", Section::Train);
    let search = read_inner("search", Section::Search);
    ModelTables { model, train, search }
}

/// Reads `[model.search]` of a command: keys of any name, each with a list of values.
fn free_search(value: Found<'_>, findings: &mut Findings) -> Table {
    let mut read = Table { span: Some(value.span()), ..Table::default() };
    let Some(table) = value.get_ref().as_table() else {
        return section(Section::Search, value, findings);
    };
    for (name, value) in in_order(table) {
        let path = format!("{}.{}", Section::Search.path(), name.get_ref());
        let values = value::axis(&path, value, None, findings).map(Typed::Axis);
        let entry = Entry { value: values, key: name.span(), span: value.span() };
        read.entries.insert(name.get_ref().to_string(), entry);
    }
    read
}

/// Whether the key takes values of a learner's setting.
pub(super) fn is_setting(section: Section, name: &str) -> bool {
    keys_of(section).any(|key| key.name == name && matches!(key.kind, KeyKind::Setting(_)))
}
