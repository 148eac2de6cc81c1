//! The methods compared, behind one interface: a curve in, a forecast at any size out.

use std::collections::BTreeSet;

use tenfold_core::law::{
    BrokenPowerLaw, CurveFamily, ErrorColumn, FitPoints, GuessToFloor, Parameters, PowerLaw,
    PowerLawOffset, PowerTable,
};
use tenfold_core::{CurvePoint, Interval, LearningCurve, TrainingSetSize};

use crate::curves::Folds;
use crate::public_curves::SplitCurve;
use crate::{ours, windows};

/// What a learnt prior must not have seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LeftOut {
    /// Nothing, because no prior is learnt from the curve's kind.
    Nothing,
    /// These groups: data sets, models.
    Groups(BTreeSet<String>),
    /// Every curve of a kind of data: "IC", "NMT", "BB", "LCDB", "LM", "unbounded".
    Kind(String),
}

/// The forecast at a size.
pub(crate) struct Prediction {
    pub(crate) median: f64,
    /// The 80 % and the 95 % interval, of methods that state them.
    pub(crate) intervals: Option<[Interval; 2]>,
}

/// The forecasts of a method for one curve.
pub(crate) type Forecaster = Box<dyn Fn(TrainingSetSize) -> Prediction>;

/// A way to forecast.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Method {
    /// Tenfold, with a prior learnt from the groups of other folds.
    Ours,
    /// Tenfold, with a prior learnt from other kinds of data.
    OursOtherKinds,
    /// One law fitted to all sizes.
    Law(&'static str, &'static dyn CurveFamily),
    /// The law with a floor on several windows.
    Windows,
    /// The error at the largest size.
    LastValue,
}

/// Every method, ours first.
pub(crate) const METHODS: [Method; 8] = [
    Method::Ours,
    Method::OursOtherKinds,
    Method::Windows,
    Method::Law("floor law", &PowerLawOffset),
    Method::Law("power law", &PowerLaw),
    Method::Law("M4", &GuessToFloor),
    Method::Law("broken power law", &BrokenPowerLaw),
    Method::LastValue,
];

impl Method {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "us",
            Self::OursOtherKinds => "us, kind left out",
            Self::Law(name, _) => name,
            Self::Windows => "windows",
            Self::LastValue => "last value",
        }
    }

    /// Whether it is a form of the method under test.
    pub(crate) fn is_ours(self) -> bool {
        matches!(self, Self::Ours | Self::OursOtherKinds)
    }

    /// Whether the method is scored on curves; `is_learnt_from` says whether priors are learnt from
    /// their kind. If not, [`Method::OursOtherKinds`] would repeat [`Method::Ours`].
    pub(crate) fn applies(self, is_learnt_from: bool) -> bool {
        !matches!(self, Self::OursOtherKinds) || (ours::LEARNS && is_learnt_from)
    }

    /// The method's forecaster for a curve of kind `domain`; `None` where the curve has too few
    /// sizes.
    pub(crate) fn forecaster(
        self,
        curve: &LearningCurve,
        left_out: &LeftOut,
        domain: &str,
    ) -> Option<Forecaster> {
        match self {
            Self::Ours => ours::forecaster(curve, left_out),
            Self::OursOtherKinds => ours::forecaster(curve, &LeftOut::Kind(domain.to_owned())),
            Self::Law(_, family) => {
                let points = Points::of(curve);
                let law = points.fit(family, 0)?;
                Some(plain(move |size| family.predict(&law, points.relative(size))))
            }
            Self::Windows => windows::forecaster(curve).map(plain),
            Self::LastValue => {
                let last = mean_error(curve.points().last()?);
                Some(plain(move |_| last))
            }
        }
    }
}

/// Names of the forms of our method, each with what its prior must not have seen for each case.
pub(crate) fn forms(folds: &Folds, cases: &[SplitCurve]) -> Vec<(&'static str, Vec<LeftOut>)> {
    let mut forms = vec![(Method::Ours.name(), folds.left_out(cases))];
    if ours::LEARNS {
        let kinds = cases.iter().map(|case| LeftOut::Kind(case.domain.clone()));
        forms.push((Method::OursOtherKinds.name(), kinds.collect()));
    }
    forms
}

/// A method that states no intervals.
fn plain(median: impl Fn(TrainingSetSize) -> f64 + 'static) -> Forecaster {
    Box::new(move |size| Prediction { median: median(size), intervals: None })
}

/// A curve in the form to which single laws are fitted: sizes relative to the largest, mean errors.
pub(crate) struct Points {
    largest: f64,
    pub(crate) table: PowerTable,
    column: ErrorColumn,
}

impl Points {
    pub(crate) fn of(curve: &LearningCurve) -> Self {
        let largest = curve.largest_size().get();
        let logs = curve.points().iter().map(|point| (point.size.get() / largest).ln());
        let table = PowerTable::new(logs.collect());
        let mut column = ErrorColumn::default();
        column.set(curve.points().iter().map(|point| mean_error(point).ln()));
        Self { largest, table, column }
    }

    /// The member of `family` closest to the sizes from number `first` on; `None` where they are too few.
    pub(crate) fn fit(&self, family: &dyn CurveFamily, first: usize) -> Option<Parameters> {
        // 40 steps of refinement resolve far finer than noise.
        let points = FitPoints::new(&self.table, &self.column, first, 40);
        (self.table.len() >= first + family.minimum_sizes()).then(|| family.fit(&points).parameters)
    }

    /// A size in units of the largest.
    pub(crate) fn relative(&self, size: TrainingSetSize) -> f64 {
        size.get() / self.largest
    }
}

/// Mean over the replicates, to which a single law is usually fitted.
pub(crate) fn mean_error(point: &CurvePoint) -> f64 {
    let sum: f64 = point.replicates.iter().map(|replicate| replicate.error).sum();
    sum / point.replicates.len() as f64
}
