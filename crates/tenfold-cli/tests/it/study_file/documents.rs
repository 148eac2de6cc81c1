//! Documentation and schema agree with the parser.

use std::path::Path;

use tenfold::study;

use super::write;

/// Checks that a file of `docs` ends with the output of the registry; with `TENFOLD_UPDATE` the
/// file is rewritten.
fn check_documentation(name: &str, printed: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    let written = std::fs::read_to_string(&path).unwrap();
    if std::env::var_os("TENFOLD_UPDATE").is_some() {
        let kept = written.find("## `[study]`").map_or("", |at| &written[..at]);
        write(&path, format!("{kept}{printed}").as_bytes());
    } else {
        assert!(
            written.ends_with(printed),
            "docs/{name} is out of date, run this test with TENFOLD_UPDATE=1"
        );
    }
}

#[test]
fn the_documentation_lists_every_key() {
    check_documentation("study-file.md", &study::reference());
    let schema = format!("{:#}\n", study::schema());
    check_documentation("study.schema.json", &schema);
}

#[test]
fn the_schema_knows_every_key_and_its_type() {
    let schema = study::schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let properties = &schema["properties"];
    for key in study::registry::keys() {
        let path = key.path();
        let mut parts: Vec<&str> = path.split('.').collect();
        let name = parts.pop().unwrap();
        let mut at = properties;
        for part in parts {
            at = match part {
                "model" | "lever" => &at[part]["items"]["properties"],
                "sizes" => &at["sizes"]["anyOf"][1]["properties"],
                other => &at[other]["properties"],
            };
        }
        assert!(at[name]["description"].is_string(), "{path}");
    }
    assert_eq!(properties["data"]["additionalProperties"], false);
    assert_eq!(properties["model"]["items"]["anyOf"][1]["required"][0], "command");
}
