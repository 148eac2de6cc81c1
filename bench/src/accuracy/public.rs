//! The 45 dense public curves as their source splits them: about twice the data.

use crate::Sources;
use crate::public_curves::revisiting;
use crate::score::{Scored, ours, run_all};
use crate::table::{coverage_row, print_rmsle, start_coverage};

/// Domains of the file and what they are.
const DOMAINS: [(&str, &str); 3] = [("IC", "images"), ("NMT", "translation"), ("BB", "BIG-Bench")];

pub(crate) fn print(sources: &Sources) {
    let cases = revisiting(&sources.curves.join("revisiting.csv"));
    let runs = run_all(&sources.folds, &cases);
    let of = |domain: &'static str| {
        move |one: &Scored| (domain == "all" || one.domain == domain).then(|| one.rmsle())
    };
    let [images, translation, big_bench] = DOMAINS.map(|domain| of(domain.0));
    print_rmsle(
        "45 public curves",
        &runs,
        &[
            ("images 36", &images),
            ("translation 5", &translation),
            ("BIG-Bench 4", &big_bench),
            ("all 45", &of("all")),
        ],
    );
    start_coverage("45 public curves, every size scored; groups are models");
    for run in ours(&runs) {
        for (domain, name) in DOMAINS {
            let label = format!("{}, {name}", run.method.name());
            coverage_row(&label, run.coverage(domain, None));
        }
    }
}
