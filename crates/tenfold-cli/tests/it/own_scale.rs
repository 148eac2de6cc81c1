//! With twenty curves of one kind, `tenfold forecast` learns its ranges on their back-tests and says so.

#![expect(clippy::disallowed_methods, reason = "a test writes as a user's editor does")]

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::program::run_well;

/// `count` curves of nine sizes with errors `0.5 (m / 64)^-0.3` that jump by up to 10 % from size to
/// size.
fn forecast(count: u32, words: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "curve,size,error\n".to_owned();
    for curve in 0..count {
        for step in 0..9_u32 {
            let size = 64 << step;
            let jump = f64::from((curve * 37 + step * step * 17 + step * 5) % 41) / 200.0 - 0.1;
            let error = 0.5 * f64::from(size / 64).powf(-0.3) * jump.exp();
            writeln!(text, "c{curve},{size},{error}").unwrap();
        }
    }
    fs::write(folder.path().join("curves.csv"), text).unwrap();
    let words: Vec<&str> = ["forecast", "curves.csv", "--at", "64k"]
        .into_iter()
        .chain(words.iter().copied())
        .collect();
    run_well(folder.path(), &words).stdout
}

fn scales(count: u32) -> Vec<String> {
    let document: Value = serde_json::from_str(&forecast(count, &["--json"])).unwrap();
    let curves = document["curves"].as_array().unwrap();
    assert_eq!(curves.len(), count as usize);
    for curve in curves {
        let test = &curve["back_test"];
        assert_eq!(test["hidden"], 2);
        assert!(test["rmsle"].as_f64().unwrap() > 0.0, "{test}");
    }
    let scale =
        |curve: &Value| curve["forecasts"][0]["interval_scale"].as_str().unwrap().to_owned();
    curves.iter().map(scale).collect()
}

#[test]
fn twenty_curves_bring_a_scale_of_their_own() {
    assert!(scales(20).iter().all(|scale| scale == "own/20-curves"), "{:?}", scales(20));
    assert!(scales(19).iter().all(|scale| scale == "posterior/v1"), "{:?}", scales(19));
    let said = "ranges: by what your own 20 curves do";
    assert_eq!(forecast(20, &[]).matches(said).count(), 20);
    assert!(!forecast(19, &[]).contains("ranges:"));
}
