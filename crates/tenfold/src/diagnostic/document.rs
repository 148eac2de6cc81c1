//! Problems as one JSON document, for programs.

use serde_json::{Map, Value};

use super::{Problem, Problems};

/// `{"schema": "tenfold.error/1", "error": {"kind", "message", "where", "hint"}}`.
///
/// `where` is the address as in the text form (`study.toml:14:22`) and `null` without a place.
/// With several problems `error` is the first of them and `errors` lists all.
pub fn json(problems: &Problems) -> Value {
    let errors: Vec<Value> = problems.0.iter().map(one).collect();
    let mut document = Map::new();
    document.insert("schema".to_owned(), "tenfold.error/1".into());
    document.insert("error".to_owned(), errors.first().cloned().unwrap_or(Value::Null));
    if errors.len() > 1 {
        document.insert("errors".to_owned(), errors.into());
    }
    document.into()
}

fn one(problem: &Problem) -> Value {
    let mut error = Map::new();
    error.insert("kind".to_owned(), problem.kind.name().into());
    error.insert("message".to_owned(), problem.message.clone().into());
    let place = problem.place.as_ref();
    error.insert("where".to_owned(), place.map(super::Place::address).into());
    error.insert("hint".to_owned(), problem.hint.clone().into());
    if let Some(label) = place.map(|place| &place.label).filter(|label| !label.is_empty()) {
        error.insert("label".to_owned(), label.clone().into());
    }
    if !problem.notes.is_empty() {
        error.insert("notes".to_owned(), problem.notes.clone().into());
    }
    error.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Place, ProblemKind};

    #[test]
    fn one_problem_is_the_error_and_several_are_listed_too() {
        let first = Problem::new(ProblemKind::Config, "bad")
            .at(Place::span("study.toml", "a = 1\nb = 2".into(), 6..7).label("here"))
            .hint("try");
        let second = Problem::new(ProblemKind::Usage, "worse");
        assert_eq!(
            json(&first.clone().into()),
            serde_json::json!({"schema": "tenfold.error/1", "error":
                {"kind": "config", "message": "bad", "where": "study.toml:2:1", "hint": "try", "label": "here"}})
        );
        let both = json(&Problems(vec![first, second]));
        assert_eq!(both["errors"].as_array().unwrap().len(), 2);
        assert_eq!(both["errors"][1]["where"], Value::Null);
        assert_eq!(both["error"], both["errors"][0]);
    }
}
