//! The chart in data coordinates, independent of pixels.
//!
//! Every value is finite and above 0. Other values are dropped here, so that no printer needs to
//! check again.

use tenfold_core::{CurvePoint, Estimate, MetricKind};

use super::axis::Axis;
use super::imported;
use super::view::StudyReport;
use super::view::phrases::{floor, need, plan_range, scale_value, slope};
use crate::analysis::{CurveReport, Fitted, Look};
use crate::format;

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Name of the chart for people who cannot see it.
    pub title: String,
    /// What the chart shows, in a sentence.
    pub description: String,
    /// Training-set sizes.
    pub x: Axis,
    /// Errors.
    pub y: Axis,
    /// Curves in drawing order: grey first, the leading one last.
    pub series: Vec<Series>,
    /// Regions of the leading curve, tinted behind everything.
    pub regions: Option<Regions>,
    /// Largest size measured of the leading curve; a forecast starts there.
    pub measured_until: Option<f64>,
    /// The target, if there is one.
    pub target: Option<Target>,
    /// Regions of every coloured curve, when there are several.
    pub strips: Vec<Strip>,
}

/// A position in the chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// Training-set size.
    pub size: f64,
    /// Error.
    pub error: f64,
}

/// The low and the high error of a band at one size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Training-set size.
    pub size: f64,
    /// Lower error.
    pub low: f64,
    /// Upper error.
    pub high: f64,
}

/// One curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Name at the end of the line.
    pub name: String,
    /// A few words below the name.
    pub note: String,
    /// Colour and shape.
    pub look: Look,
    /// Median of each size.
    pub points: Vec<Position>,
    /// Those of `points` that consist of imported runs only.
    pub imported: Vec<Position>,
    /// Sizes at which every run was perfect, each with an upper bound of its error.
    pub bounds: Vec<Position>,
    /// Every single measurement, where a size has several.
    pub seeds: Vec<Position>,
    /// Those of `seeds` that were imported.
    pub imported_seeds: Vec<Position>,
    /// Points below the sizes that were fitted, joined by a thin line, because the law does not
    /// cover them.
    pub before_fit: Vec<Position>,
    /// The fit where the curve is measured.
    pub fit: Vec<Position>,
    /// The fit beyond the largest measured size.
    pub forecast: Vec<Position>,
    /// Whether the bands are drawn in full; those of the others fade when many overlap.
    pub is_in_front: bool,
    /// 80 % band of the forecast.
    pub band_80: Vec<Span>,
    /// 95 % band of the forecast.
    pub band_95: Vec<Span>,
}

/// The sizes at which the regions of one curve meet.
#[derive(Clone, Debug, PartialEq)]
pub struct Regions {
    /// Where the small-data region ends.
    pub small_data_ends: Option<SoftEdge>,
    /// Where the irreducible-error region begins.
    pub irreducible_begins: Option<SoftEdge>,
    /// `slope −0.60`.
    pub slope: Option<String>,
    /// `floor 2.1%`, or `not seen yet`.
    pub floor: Option<String>,
}

/// An edge that is an estimate: it fades over its own 80 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SoftEdge {
    /// Lower end of the interval.
    pub low: f64,
    /// The estimate.
    pub middle: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// The target, drawn as a horizontal line.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The error.
    pub error: f64,
    /// `target 5%`.
    pub label: String,
    /// Where the leading curve reaches it.
    pub crossing: Option<Crossing>,
}

/// Where a curve reaches the target.
#[derive(Clone, Debug, PartialEq)]
pub struct Crossing {
    /// The estimate.
    pub size: f64,
    /// Lower end of the 80 % interval.
    pub low: Option<f64>,
    /// Upper end; `None` if it is out of reach.
    pub high: Option<f64>,
    /// `230k`.
    pub label: String,
    /// `180k–320k (80%)`.
    pub range: String,
}

/// Regions of one curve as a strip under the axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    /// Name of the curve.
    pub name: String,
    /// Colour.
    pub look: Look,
    /// Its regions.
    pub regions: Regions,
}

/// Number of curves up to which their bands stay legible; with more, only the leading one's are
/// drawn in full.
const CLEAR_BANDS: usize = 3;

/// Builds the chart of a study.
pub fn scene(report: &StudyReport) -> Scene {
    let mut order: Vec<usize> = (0..report.curves.len()).collect();
    let is_lead = |index: usize| report.lead == Some(index);
    order.sort_by_key(|&index| {
        (is_lead(index), report.curves[index].look != Look::Grey, std::cmp::Reverse(index))
    });
    let mut series: Vec<Series> =
        order.into_iter().map(|index| series(&report.curves[index], report)).collect();
    let coloured = series.iter().filter(|series| series.look != Look::Grey).count();
    if coloured > CLEAR_BANDS {
        let behind = series.len() - 1;
        for series in &mut series[..behind] {
            series.is_in_front = false;
            series.band_95.clear();
        }
    }
    let lead = report.lead_curve();
    let lead_fit = lead.and_then(CurveReport::fitted);
    let largest = lead.map(|curve| curve.curve.largest_size().get());
    let target = report.goal.target.filter(|&target| is_drawable(target)).map(|error| Target {
        error,
        label: format!("target {}", format::target(error, report.metric)),
        crossing: lead_fit.and_then(|fitted| crossing(fitted, report.chart_sizes.1)),
    });
    let y = error_axis(report, &series, target.as_ref());
    let x = Axis::of_sizes(
        report.chart_sizes.0,
        report.chart_sizes.1,
        format!("training {} · log scale", report.unit),
        format::known_size,
    );
    let coloured = report.curves.iter().filter(|curve| curve.look != Look::Grey);
    let mut strips: Vec<Strip> = coloured
        .filter_map(|curve| {
            let regions = regions(curve.fitted()?, curve, report.metric);
            Some(Strip { name: curve.name.clone(), look: curve.look, regions })
        })
        .collect();
    if strips.len() < 2 {
        strips.clear();
    }
    Scene {
        title: format!(
            "{}: {} against training {}",
            report.title, report.metric_label, report.unit
        ),
        description: format!("{}. {}", report.headline.sentence, report.headline.subtitle),
        x,
        y,
        regions: lead
            .zip(lead_fit)
            .filter(|(_, fitted)| fitted.fit.monotone)
            .map(|(curve, fitted)| regions(fitted, curve, report.metric)),
        measured_until: largest.filter(|_| lead_fit.is_some()),
        series,
        target,
        strips,
    }
}

fn is_drawable(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

fn position(size: f64, error: f64) -> Option<Position> {
    (is_drawable(size) && is_drawable(error)).then_some(Position { size, error })
}

fn series(curve: &CurveReport, report: &StudyReport) -> Series {
    let is_grey = curve.look == Look::Grey;
    let place = |point: &CurvePoint| position(point.size.get(), point.error());
    let points: Vec<Position> = curve.curve.seen().filter_map(place).collect();
    let perfect = curve.curve.points().iter().filter(|point| point.is_censored);
    let bounds = perfect.filter_map(place).collect();
    let seeds = curve
        .curve
        .points()
        .iter()
        .filter(|point| point.replicates.len() > 1 && !is_grey)
        .flat_map(|point| {
            point.replicates.iter().filter_map(|each| position(point.size.get(), each.error))
        });
    let (imported_seeds, seeds) =
        seeds.partition(|&seed| imported::is_imported(curve, seed.size, seed.error));
    let mut series = Series {
        name: curve.name.clone(),
        note: "no forecast".to_owned(),
        look: curve.look,
        imported: points
            .iter()
            .copied()
            .filter(|point| imported::is_alone(curve, point.size))
            .collect(),
        points,
        bounds,
        seeds,
        imported_seeds,
        before_fit: Vec::new(),
        fit: Vec::new(),
        forecast: Vec::new(),
        is_in_front: true,
        band_80: Vec::new(),
        band_95: Vec::new(),
    };
    let Some(fitted) = curve.fitted() else {
        series.before_fit.clone_from(&series.points);
        return series;
    };
    series.note = match &fitted.plan {
        Some(plan) if plan.already_reached || plan.size.is_none() => need(plan, report.metric),
        Some(plan) => {
            plan.size.map_or(String::new(), |size| format!("needs {}", format::size(size.get())))
        }
        None => slope(fitted).map_or(String::new(), |(value, _)| format!("slope {value}")),
    };
    series.fit =
        curve.measured_part().iter().filter_map(|&(size, error)| position(size, error)).collect();
    let fit_starts = series.fit.first().copied();
    if let Some(start) = fit_starts {
        let early = series.points.iter().copied().take_while(|point| point.size < start.size);
        series.before_fit = early.collect();
        if !series.before_fit.is_empty() {
            let first_used = series.points.get(series.before_fit.len()).copied();
            series.before_fit.extend(first_used);
        }
    }
    let forecasts = curve.forecast_part(report.chart_sizes.1);
    series.forecast =
        forecasts.iter().filter_map(|each| position(each.size.get(), each.error)).collect();
    if !is_grey {
        let spans = |pick: fn(&tenfold_core::Forecast) -> tenfold_core::Interval| -> Vec<Span> {
            let of = |each: &tenfold_core::Forecast| {
                let interval = pick(each);
                let is_finite = interval.low.is_finite() && is_drawable(interval.high);
                is_finite.then(|| Span {
                    size: each.size.get(),
                    // A log axis has no 0; the printer clips what lies below the axis.
                    low: interval.low.max(interval.high * 1e-6),
                    high: interval.high,
                })
            };
            forecasts.iter().filter_map(of).collect()
        };
        series.band_80 = spans(|forecast| forecast.interval_80);
        series.band_95 = spans(|forecast| forecast.interval_95);
    }
    series
}

fn crossing(fitted: &Fitted, chart_end: f64) -> Option<Crossing> {
    let plan = fitted.plan.as_ref().filter(|plan| !plan.already_reached && fitted.fit.monotone)?;
    let size = plan.size.map(tenfold_core::TrainingSetSize::get)?;
    if !is_drawable(size) || size > chart_end {
        return None;
    }
    let end = |value: Option<f64>| value.filter(|&value| is_drawable(value));
    Some(Crossing {
        size,
        low: end(plan.interval_80.low),
        high: end(plan.interval_80.high),
        label: format::size(size),
        range: plan_range(plan).map_or(String::new(), |range| {
            format::at_level(&range, tenfold_core::ConfidenceLevel::P80)
        }),
    })
}

fn regions(fitted: &Fitted, curve: &CurveReport, metric: MetricKind) -> Regions {
    let begins = fitted.fit.regions.irreducible_begins;
    let is_ahead = begins.is_none_or(|edge| edge.value > curve.curve.largest_size().get());
    let floor_words = floor(fitted, metric).map(|words| {
        if fitted.fit.floor_identified && !is_ahead {
            format!("floor {}", words.value)
        } else {
            "not seen yet".to_owned()
        }
    });
    Regions {
        small_data_ends: fitted.fit.regions.small_data_ends.and_then(soft_edge),
        irreducible_begins: begins.and_then(soft_edge),
        slope: slope(fitted).map(|(value, _)| format!("slope {value}")),
        floor: floor_words,
    }
}

fn soft_edge(edge: Estimate) -> Option<SoftEdge> {
    let (low, high) = (edge.interval_80.low, edge.interval_80.high);
    [low, edge.value, high].into_iter().all(is_drawable).then_some(SoftEdge {
        low,
        middle: edge.value,
        high,
    })
}

fn error_axis(report: &StudyReport, series: &[Series], target: Option<&Target>) -> Axis {
    let drawn = |series: &Series| -> Vec<f64> {
        let measured = series.points.iter().chain(&series.bounds).chain(&series.seeds);
        let places = measured.chain(&series.forecast);
        // The axis covers the 80 % band only half-way down, because its end on a log axis can be
        // close to minus infinity.
        let bands = series.band_80.iter().map(|span| (span.low * span.high).sqrt() * 0.9);
        places.map(|place| place.error).chain(bands).collect()
    };
    let values: Vec<f64> = series.iter().flat_map(drawn).collect();
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let (least, most) = if most > 0.0 && least.is_finite() { (least, most) } else { (0.1, 1.0) };
    // A fitted curve can fall close to 0, so that curves extend the axis to at most a fiftieth of
    // the smallest measured error.
    let measured_least = series
        .iter()
        .flat_map(|series| &series.points)
        .map(|point| point.error)
        .fold(most, f64::min);
    let least = least.max(measured_least / 50.0);
    let target = target.map(|target| target.error).filter(|&error| error > least / 20.0);
    let low = target.map_or(least, |target| least.min(target / 1.25));
    let high = target.map_or(most, |target| most.max(target * 1.1)) * 1.03;
    let is_share = report.metric == MetricKind::ErrorRate;
    let scale = report.lead_curve().and_then(CurveReport::turned);
    let other = scale.map_or(String::new(), |scale| format!(" ({} in brackets)", scale.metric));
    let mut axis = Axis::of_errors(
        low,
        high,
        (is_share && most <= 1.0).then_some(1.0),
        format!("{}{other} · log scale", report.metric_label),
        |value| format::tick(value, report.metric),
    );
    for tick in &mut axis.ticks {
        tick.other = scale.map(|scale| scale_value(scale, tick.value));
    }
    axis
}

impl Scene {
    /// Whether any mark is of imported runs.
    pub fn has_imported(&self) -> bool {
        let has = |series: &Series| series.imported.len() + series.imported_seeds.len() > 0;
        self.series.iter().any(has)
    }

    /// Whether there is any size at which every run was perfect.
    pub fn has_bounds(&self) -> bool {
        self.series.iter().any(|series| !series.bounds.is_empty())
    }
}

impl Strip {
    /// Description of the strip, for a tooltip and a screen reader.
    pub fn title(&self) -> String {
        let small = self.regions.small_data_ends.map_or(String::new(), |edge| {
            format!(", small data up to about {}", format::size(edge.middle))
        });
        let floor = self.regions.irreducible_begins.map_or(String::new(), |edge| {
            format!(", irreducible from about {}", format::size(edge.middle))
        });
        format!("{}: power law{small}{floor}", self.name)
    }
}
