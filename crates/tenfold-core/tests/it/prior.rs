//! The prior: it is what is learnt from public curves, and forecasts of curves it has not seen have
//! the stated coverage.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tenfold_core::posterior::{Lesson, learn_prior};
use tenfold_core::{FitOptions, ForecastOf, Prior, fit_curve};

use crate::lessons::{Lecture, examples, groups, lectures, lessons};
use crate::public_curves::{SplitCurve, lcdb, revisiting};
use crate::reference::{bundled, development_half};

/// Lectures with their lessons, and the fold of each group of data.
struct School {
    lectures: Vec<Lecture>,
    lessons: Vec<Lesson>,
    folds: BTreeMap<String, usize>,
}

fn regressions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bench/data/unbounded.csv")
}

impl School {
    /// Every curve of `folder` and the regressions; groups of one kind of data go to `folds` folds in turn.
    fn load(folder: &Path, folds: usize) -> Self {
        let lectures = lectures(folder, &regressions());
        let lessons = lessons(&lectures);
        let placed = groups(&lectures).into_values().flat_map(|groups| groups.into_iter().zip(0..));
        let folds = placed.map(|(group, place): (String, usize)| (group, place % folds)).collect();
        Self { lectures, lessons, folds }
    }

    /// The prior that is learnt from all folds but one.
    fn prior_without(&self, fold: usize) -> Prior {
        learn_prior(&examples(&self.lectures, &self.lessons, |one| self.folds[&one.group] != fold))
    }
}

/// How well curves were forecast.
#[derive(Clone, Copy, Debug, Default)]
struct Score {
    curves: f64,
    points: f64,
    /// Points inside their 80 % and 95 % intervals.
    inside: [f64; 2],
    /// Sum over curves of the root mean square log error.
    rmsle: f64,
}

impl Score {
    fn add(&mut self, split: &SplitCurve, prior: &Prior) {
        let options = FitOptions { prior: Some(prior), ..FitOptions::default() };
        let fit = fit_curve(&split.fitted, &options).unwrap();
        let mut squares = 0.0;
        for &(size, error) in &split.scored {
            let forecast = fit.forecast(size);
            let holds = [forecast.interval_80, forecast.interval_95].map(|one| one.contains(error));
            for (sum, holds) in self.inside.iter_mut().zip(holds) {
                *sum += f64::from(u8::from(holds));
            }
            squares += (forecast.error / error).ln().powi(2);
        }
        self.curves += 1.0;
        self.points += split.scored.len() as f64;
        self.rmsle += (squares / split.scored.len() as f64).sqrt();
    }

    /// Shares inside the 80 % and the 95 % interval.
    fn coverage(&self) -> [f64; 2] {
        self.inside.map(|sum| sum / self.points)
    }

    fn mean_rmsle(&self) -> f64 {
        self.rmsle / self.curves
    }
}

/// Scores of sets of curves, each forecast by the prior that was learnt without its fold.
fn left_out<const SETS: usize>(
    school: &School,
    folds: usize,
    sets: [&[SplitCurve]; SETS],
) -> [Score; SETS] {
    let mut scores = [Score::default(); SETS];
    for fold in 0..folds {
        let prior = school.prior_without(fold);
        for (score, curves) in scores.iter_mut().zip(sets) {
            let own = curves.iter().filter(|split| school.folds[&split.group] == fold);
            own.for_each(|split| score.add(split, &prior));
        }
    }
    scores
}

/// Bounds of a score: coverage of 80 % and 95 % intervals, and the largest mean RMSLE.
struct Bounds {
    at_80: (f64, f64),
    at_95: (f64, f64),
    rmsle: f64,
}

fn check_score(name: &str, score: &Score, bounds: &Bounds) {
    let ([at_80, at_95], rmsle) = (score.coverage(), score.mean_rmsle());
    assert!(bounds.at_80.0 <= at_80 && at_80 <= bounds.at_80.1, "{name}, 80 %: {at_80} {score:?}");
    assert!(bounds.at_95.0 <= at_95 && at_95 <= bounds.at_95.1, "{name}, 95 %: {at_95} {score:?}");
    assert!(rmsle <= bounds.rmsle, "{name}, RMSLE: {rmsle} {score:?}");
}

#[test]
fn data_sets_left_out_are_forecast_as_surely_as_stated() {
    let Some(folder) = development_half() else { return };
    let school = School::load(&folder, 3);
    let [near, far] = [1, 3].map(|hidden| lcdb(&folder.join("lcdb.csv"), hidden));
    let dense = revisiting(&folder.join("revisiting.csv"));
    let [near, far, dense] = left_out(&school, 3, [&near, &far, &dense]);
    // Measured: 81, 93 % and .056; 79, 92 % and .130; 82, 95 % and .017. With 259 curves of 31 data
    // sets, the coverage of 80 % intervals has a standard error of 3 points.
    let tabular = |rmsle| Bounds { at_80: (0.76, 0.84), at_95: (0.88, 0.97), rmsle };
    check_score("tabular x2", &near, &tabular(0.070));
    check_score("tabular x8", &far, &tabular(0.150));
    // The points of 45 curves of 8 groups: 7 points of standard error.
    let wide = Bounds { at_80: (0.68, 0.92), at_95: (0.88, 0.99), rmsle: 0.022 };
    check_score("dense", &dense, &wide);
}

#[test]
fn half_of_the_bundled_data_sets_teaches_the_other() {
    let folder = bundled("public");
    let school = School::load(&folder, 2);
    let [near, far] = [1, 3].map(|hidden| lcdb(&folder.join("lcdb.csv"), hidden));
    let [near, far] = left_out(&school, 2, [&near, &far]);
    assert!(near.curves > 125.0 && far.curves > 125.0, "{near:?} {far:?}");
    // Measured: 81, 91 % and .071; 73, 88 % and .140. Half as many curves are learnt from as above,
    // so intervals are slightly too narrow, and 131 curves of 30 data sets have a standard error of
    // 4 points.
    let bounds = |rmsle| Bounds { at_80: (0.67, 0.88), at_95: (0.83, 0.98), rmsle };
    check_score("tabular x2", &near, &bounds(0.082));
    check_score("tabular x8", &far, &bounds(0.160));
}

#[test]
fn the_shipped_prior_is_what_public_curves_teach() {
    let Some(folder) = development_half() else { return };
    let school = School::load(&folder, 1);
    let learnt = learn_prior(&examples(&school.lectures, &school.lessons, |_| true));
    let mut worst: f64 = 0.0;
    for lecture in school.lectures.iter().step_by(10) {
        let hidden = lecture.curve.points().len() - lecture.kept;
        let curve = lecture.curve.hide_largest(hidden).unwrap();
        let at = lecture.curve.largest_size();
        let [ours, theirs] = [Prior::shipped(), &learnt].map(|prior| {
            let options = FitOptions { prior: Some(prior), ..FitOptions::default() };
            fit_curve(&curve, &options).unwrap().log_error(at, ForecastOf::NextMeasurement)
        });
        for probability in [0.025, 0.1, 0.5, 0.9, 0.975] {
            let found = theirs.cumulative(ours.quantile(probability));
            worst = worst.max((found - probability).abs());
        }
    }
    // The text keeps four digits of each probability, and which cells of small weight are kept may
    // change with the last of them; 40 rounds of learning amplify the rounding of another
    // processor.
    assert!(worst < 0.015, "{worst}");
}
