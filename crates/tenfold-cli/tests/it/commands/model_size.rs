//! How the best model grows with the data, as the search of a command's `width` finds it.

use super::finished;
use crate::program::run;

/// Writes an error that is lowest where the square of `width` is 1.4 times the size, and 100 parameters for each
/// of its units.
const BEST_IN_BETWEEN: &str = r#"awk "BEGIN { d = log({width} ^ 2 / (1.4 * {size})); printf \"{{\\\"error\\\": %.6f, \\\"parameters\\\": %d}}\", {size} ^ -0.5 * (1 + 0.1 * d * d), 100 * {width} }" > {out}"#;

/// Runs a search of these widths, then `tenfold plan`, which need not reach its target.
fn model_line(widths: &str) -> (String, serde_json::Value) {
    let folder = finished(BEST_IN_BETWEEN, &format!("[model.search]\nwidth = {widths}"));
    let text = run(folder.path(), &["plan", "--target", "0.05"]).stdout;
    let plan = run(folder.path(), &["plan", "--target", "0.05", "--json"]).stdout;
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    let line = text.lines().find(|line| line.trim_start().starts_with("model"));
    (line.unwrap_or_default().trim().to_owned(), plan["curves"][0]["model_size"].clone())
}

#[test]
fn a_grid_that_reaches_far_enough_tells_the_exponent() {
    let (line, model) = model_line("[1, 2, 4, 6, 8, 10, 12, 16, 32]");
    let (beta_p, low) = (&model["beta_p"]["value"], &model["beta_p"]["interval_80"][0]);
    // Winners are 4, 6, 8 and 10 units; the law that they round has an exponent of .5.
    assert!((beta_p.as_f64().unwrap() - 0.45).abs() < 0.1, "{model}");
    assert!(low.as_f64().unwrap() < beta_p.as_f64().unwrap(), "{model}");
    assert_eq!(model["at_largest"], 0);
    assert!(line.contains("best (") && line.contains("growing as m^0.4"), "{line}");
}

#[test]
fn the_largest_model_everywhere_tells_no_exponent() {
    let (line, model) = model_line("[1, 2, 4]");
    assert_eq!(
        line.split_whitespace().collect::<Vec<_>>().join(" "),
        "model not told the largest model tried won at every size: try larger ones"
    );
    assert_eq!((&model["winners"], &model["at_largest"]), (&4.into(), &4.into()), "{model}");
    assert!(model["beta_p"].is_null() && model["parameters"].is_null(), "{model}");
}
