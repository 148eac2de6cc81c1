//! Sizes or curves side by side.

use tenfold::curve_file::{ReadOptions, Wide};
use tenfold_core::LearningCurve;

use super::{case, read_as, refusal};

fn scores() -> ReadOptions {
    ReadOptions { higher_is_better: Some(true), ..ReadOptions::default() }
}

#[test]
fn sizes_in_the_header_with_a_row_a_repeat() {
    let text = "100,200,400\n0.5,0.4,0.3\n0.6,,0.2\n";
    let file = read_as("w.csv", text.as_bytes(), &ReadOptions::default()).unwrap();
    let points = file.curves[0].points();
    let found: Vec<(f64, Vec<(u64, f64)>)> = points
        .iter()
        .map(|point| {
            let seeds = point.replicates.iter().map(|each| (each.seed, each.error));
            (point.size.get(), seeds.collect())
        })
        .collect();
    let expected = [
        (100.0, vec![(0, 0.5), (1, 0.6)]),
        (200.0, vec![(0, 0.4)]),
        (400.0, vec![(0, 0.3), (1, 0.2)]),
    ];
    assert_eq!(found, expected);
    let told = "read a wide table: sizes from 100 to 400 in the header, each of 2 rows a repeat";
    assert!(file.warnings.iter().any(|warning| warning == told), "{:?}", file.warnings);
}

#[test]
fn sizes_in_the_header_with_a_row_a_curve() {
    let text = "model;n=1k;n=2k;n=4k\ncnn;0.5;0.4;0.3\nvit;0.6;0.4;0.2\n";
    let file = read_as("w.csv", text.as_bytes(), &ReadOptions::default()).unwrap();
    let names: Vec<&str> = file.curves.iter().map(LearningCurve::name).collect();
    assert_eq!(names, ["cnn", "vit"]);
    let sizes: Vec<f64> = file.curves[0].points().iter().map(|point| point.size.get()).collect();
    assert_eq!(sizes, [1000.0, 2000.0, 4000.0]);
}

#[test]
fn numbers_that_rise_are_asked_about() {
    let text = "model,100,200,400\ncnn,0.5,0.6,0.7\n";
    insta::assert_snapshot!(refusal("w.csv", text.as_bytes()), @r"
    error: the numbers rise with the size, and nothing says whether they are scores or errors
     --> w.csv:1:1
    1 | model,100,200,400
      | ^^^^^^^^^^^^^^^^^
    hint: `--higher-is-better` for scores, `--metric error` for errors
    ");
    let file = read_as("w.csv", text.as_bytes(), &scores()).unwrap();
    assert!((file.curves[0].points()[0].error() - 0.5).abs() < 1e-12);
    assert!((file.curves[0].points()[2].error() - 0.3).abs() < 1e-12);
}

#[test]
fn columns_beside_sizes_are_repeats_by_their_names_or_asked_about() {
    let repeats = "size,seed_0,seed_1\n100,0.5,0.6\n200,0.4,0.3\n";
    let file = read_as("w.csv", repeats.as_bytes(), &ReadOptions::default()).unwrap();
    assert_eq!(file.curves[0].points()[1].replicates.len(), 2);
    let models = "size,cnn,vit\n100,0.5,0.6\n200,0.4,0.3\n";
    insta::assert_snapshot!(refusal("w.csv", models.as_bytes()), @r"
    error: the columns `cnn`, `vit` beside the sizes may be curves, repeats or different metrics
     --> w.csv:1:1
    1 | size,cnn,vit
      | ^^^^^^^^^^^^
    hint: `--wide curves`, `--wide repeats` or `--metric 'cnn'`
    ");
    let wide = |wide| ReadOptions { wide: Some(wide), ..ReadOptions::default() };
    let curves = read_as("w.csv", models.as_bytes(), &wide(Wide::Curves)).unwrap().curves;
    assert_eq!(curves.iter().map(LearningCurve::name).collect::<Vec<_>>(), ["cnn", "vit"]);
    assert_eq!(curves[1].points()[0].error().to_bits(), 0.6_f64.to_bits());
    let one = read_as("w.csv", models.as_bytes(), &wide(Wide::Repeats)).unwrap().curves;
    assert_eq!((one.len(), one[0].points()[0].replicates.len()), (1, 2));
    let metric = ReadOptions { metric_column: Some("vit".to_owned()), ..ReadOptions::default() };
    let vit = read_as("w.csv", models.as_bytes(), &metric).unwrap().curves;
    assert_eq!(vit[0].points()[0].error().to_bits(), 0.6_f64.to_bits());
}

#[test]
fn a_bad_cell_is_told_with_its_size() {
    insta::assert_snapshot!(refusal("w.csv", b"100,200,400\n0.5,0.4,0.3\n0.6,low,0.2\n"), @r"
    error: `error` is `low`, a finite number is needed
     --> w.csv:3:5
    3 | 0.6,low,0.2  (size 200, seed 1)
      |     ^^^
    ");
}

#[test]
fn wide_tables_that_people_brought_are_read() {
    let (Some(repeats), Some(models)) = (case("wide_repeats.csv"), case("wide_models.csv")) else {
        return;
    };
    let repeats = read_as("wide_repeats.csv", &repeats, &scores()).unwrap().curves;
    let seeds: Vec<usize> =
        repeats[0].points().iter().map(|point| point.replicates.len()).collect();
    assert_eq!(seeds, [5, 5, 5, 5]);
    // 0.8202 is the median of 0.8202, 0.7466, 0.8011, 0.8447, 0.8229.
    assert!((repeats[0].points()[0].error() - (1.0 - 0.8202)).abs() < 1e-12);
    let models = read_as("wide_models.csv", &models, &scores()).unwrap().curves;
    assert_eq!(
        models.iter().map(LearningCurve::name).collect::<Vec<_>>(),
        ["milk", "bread", "beer"]
    );
    assert!((models[2].points()[4].error() - (1.0 - 0.9614)).abs() < 1e-12);
}

#[test]
fn sizes_below_one_title_and_means_with_deviations_are_read() {
    let text = "\\begin{tabular}{lccc}\nModel & \\multicolumn{3}{c}{Training examples} \\\\\n\
                & 1{,}000 & 2{,}000 & 4{,}000 \\\\ \\midrule\n\
                CNN & $0.31 \\pm 0.02$ & $0.25 \\pm 0.01$ & \\textbf{0.20} $\\pm$ 0.01 \\\\\n\
                ViT & 0.41 & 0.30 & 0.19 \\\\\n\\end{tabular}\n";
    let file = read_as("t.tex", text.as_bytes(), &ReadOptions::default()).unwrap();
    assert_eq!(file.curves.iter().map(LearningCurve::name).collect::<Vec<_>>(), ["CNN", "ViT"]);
    let points = file.curves[0].points().iter();
    let points: Vec<(f64, f64)> = points.map(|p| (p.size.get(), p.error())).collect();
    assert_eq!(points, [(1000.0, 0.31), (2000.0, 0.25), (4000.0, 0.2)]);
    let told = "what stands behind ± below `1,000`, `2,000`, `4,000` is not used";
    assert!(file.warnings.iter().any(|warning| warning == told), "{:?}", file.warnings);
}
