//! The study file as JSON Schema, for editors.
//!
//! A file that starts with `#:schema study.schema.json` gets completion and error marks in editors
//! that support TOML. The schema describes the values of each key; only the parser checks what keys
//! mean together.

use serde_json::{Map, Value, json};

use tenfold_train::ValueKind;

use super::keys::{Key, KeyKind, Section};
use super::places::PLACES;
use super::registry::keys_of;

/// The schema, draft 2020-12.
pub fn schema() -> Value {
    let mut model = merged(
        object(Section::Model),
        json!({"train": object(Section::Train), "search": object(Section::Search)}),
    );
    model["anyOf"] = json!([{"required": ["learner"]}, {"required": ["command"]}]);
    let tables = PLACES.iter().filter_map(|place| place.table);
    let tables: Map<String, Value> =
        tables.map(|table| (table.name.to_owned(), object(Section::Place(table)))).collect();
    let run = merged(object(Section::Run), tables.into());
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "study.toml",
        "description": "A study of Tenfold: learning curves and what they forecast.",
        "type": "object",
        "additionalProperties": false,
        "required": ["model"],
        "properties": {
            "study": object(Section::Study),
            "data": object(Section::Data),
            "shards": object(Section::Shards),
            "metric": object(Section::Metric),
            "model": {
                "type": "array",
                "minItems": 1,
                "description": Section::Model.doc(),
                "items": model,
            },
            "lever": {
                "type": "array",
                "description": Section::Lever.doc(),
                "items": object(Section::Lever),
            },
            "goal": object(Section::Goal),
            "run": run,
        },
    })
}

/// The keys of a section as the schema of an object. The search of a command may have keys of any
/// name.
fn object(section: Section) -> Value {
    let mut properties = Map::new();
    for key in keys_of(section) {
        properties.insert(key.name.to_owned(), property(key));
    }
    json!({
        "type": "object",
        "description": section.doc(),
        "additionalProperties": section == Section::Search,
        "properties": properties,
    })
}

/// The schema of a model: `object` with the properties `more` added.
fn merged(mut object: Value, more: Value) -> Value {
    if let (Some(properties), Value::Object(more)) = (object["properties"].as_object_mut(), more) {
        properties.extend(more);
    }
    object
}

fn property(key: &Key) -> Value {
    let mut property = match key.kind {
        KeyKind::Text => json!({"type": "string", "minLength": 1}),
        KeyKind::OneOf(words) => json!({"type": "string", "enum": words()}),
        KeyKind::Count { from, to } => count(from, to),
        KeyKind::Number { above, inclusive: true } => json!({"type": "number", "minimum": above}),
        KeyKind::Number { above, inclusive: false } => {
            json!({"type": "number", "exclusiveMinimum": above})
        }
        KeyKind::Target => json!({"anyOf": [
            {"type": "number", "exclusiveMinimum": 0},
            {"type": "string", "pattern": r"^\s*[0-9.eE+-]+\s*%?\s*$"},
        ]}),
        KeyKind::HeldOut { .. } => json!({"anyOf": [
            {"type": "integer", "minimum": 1},
            {"type": "number", "exclusiveMinimum": 0},
            {"type": "string", "minLength": 1},
        ]}),
        KeyKind::Split => {
            json!({"type": "string", "pattern": r"^\s*(random|stratified|(group|time)\s*:.+)\s*$"})
        }
        KeyKind::Sizes => json!({"anyOf": [
            {"type": "array", "minItems": 1, "items": count(1, u64::MAX)},
            object(Section::Sizes),
        ]}),
        KeyKind::Resources => json!({
            "type": "object", "additionalProperties": {"type": "number", "exclusiveMinimum": 0},
        }),
        KeyKind::Setting(registered) => setting(registered.kind),
        KeyKind::Axis(registered) => json!({
            "type": "array", "minItems": 1, "uniqueItems": true,
            "items": setting(registered.kind),
        }),
        KeyKind::Words => json!({
            "type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1},
        }),
        KeyKind::Duration => json!({"anyOf": [
            {"type": "number", "exclusiveMinimum": 0},
            {"type": "string", "pattern": r"^\s*([0-9.]+\s*(s|m|min|h|d)\s*)+$"},
        ]}),
        KeyKind::Bytes => json!({"anyOf": [
            {"type": "integer", "minimum": 1},
            {"type": "string", "pattern": r"^\s*[0-9.]+\s*([kKMGT](i?B)?|B)?\s*$"},
        ]}),
        KeyKind::Environment => json!({
            "type": "object", "additionalProperties": {"type": "string"},
        }),
        KeyKind::Budget => json!({"anyOf": [
            {"type": "string", "minLength": 1},
            {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
             "properties": {
                "trials": {"type": "integer", "minimum": 1},
                "flops": {"type": "number", "exclusiveMinimum": 0},
             }},
        ]}),
    };
    property["description"] = key.doc.into();
    property
}

/// The schema of a learner's setting.
fn setting(kind: ValueKind) -> Value {
    match kind {
        ValueKind::Whole { least, most } => {
            json!({"type": "integer", "minimum": least, "maximum": most})
        }
        ValueKind::Choice(choices) => json!({"type": "string", "enum": choices}),
        ValueKind::Flag => json!({"type": "boolean"}),
        ValueKind::Real { least, least_allowed, most } => {
            let lower = if least_allowed { "minimum" } else { "exclusiveMinimum" };
            let mut number = json!({"type": "number", lower: least});
            if most.is_finite() {
                number["exclusiveMaximum"] = most.into();
            }
            number
        }
    }
}

/// The schema of a whole number in a range, or a text such as `64k`.
fn count(from: u64, to: u64) -> Value {
    let text = json!({"type": "string", "pattern": r"^\s*[0-9][0-9_.eE+]*[kKMGBT]?\s*$"});
    // Not every reader of a schema handles numbers beyond 2^53 exactly, and so large a maximum is
    // not a real limit, so it is left out.
    if to > 1 << 53 {
        json!({"anyOf": [{"type": "integer", "minimum": from}, text]})
    } else {
        json!({"anyOf": [{"type": "integer", "minimum": from, "maximum": to}, text]})
    }
}
