//! What every law must obey, present and future.

use tenfold_core::law::{CurveFamily, ErrorColumn, FAMILIES, FitPoints, PowerTable, Units};

use crate::simulated::doublings;

/// Parameters of a typical member, by the names every law uses.
pub(crate) fn typical(family: &dyn CurveFamily) -> Vec<f64> {
    let value = |name: &&str| match *name {
        // A curve that has left its guess, and not yet arrived at its floor.
        "alpha" if family.name() == "m4" => 0.2,
        "guess" => 4.0,
        "alpha" => 3.0,
        "beta_g" => -0.4,
        "gamma" => 0.2,
        // The turn of a broken law, well inside the sizes of the tests.
        "break_size" => 0.06,
        "beta_early" => -0.1,
        _ => 0.5,
    };
    family.parameter_names().iter().map(value).collect()
}

fn check_gradient(family: &dyn CurveFamily, size: f64) {
    let parameters = typical(family);
    let mut gradient = vec![0.0; parameters.len()];
    family.gradient(&parameters, size, &mut gradient);
    for (at, &derivative) in gradient.iter().enumerate() {
        // The cube root of the machine precision balances truncation and rounding.
        let step = 6e-6 * parameters[at].abs();
        let moved = |sign: f64| {
            let mut moved = parameters.clone();
            moved[at] += sign * step;
            family.predict(&moved, size)
        };
        let difference = (moved(1.0) - moved(-1.0)) / (2.0 * step);
        let error = (derivative - difference).abs();
        assert!(error < 1e-7 * (1.0 + derivative.abs()), "{} {at} {size}", family.name());
    }
}

#[test]
fn gradients_equal_finite_differences() {
    for family in FAMILIES {
        for size in [0.03, 1.0, 50.0, 4e6] {
            check_gradient(*family, size);
        }
    }
}

#[test]
fn rescaled_members_are_the_same_curve_in_other_units() {
    let units = Units { log_size: 7.0, log_error: -2.5 };
    for family in FAMILIES {
        let mut parameters = [0.0; tenfold_core::law::MAX_PARAMETERS];
        for (slot, value) in parameters.iter_mut().zip(typical(*family)) {
            *slot = value;
        }
        let rescaled = family.rescale(&parameters, units);
        for size in [0.1, 1.0, 30.0] {
            let before = family.predict(&parameters, size) * units.log_error.exp();
            let after = family.predict(&rescaled, size * units.log_size.exp());
            assert!((after / before - 1.0).abs() < 1e-12, "{} {size}", family.name());
        }
    }
}

#[test]
fn every_law_recovers_its_own_members() {
    for family in FAMILIES {
        let parameters = typical(*family);
        let sizes = doublings(9);
        let largest = sizes[8];
        let table = PowerTable::new(sizes.iter().map(|size| (size / largest).ln()).collect());
        let mut column = ErrorColumn::default();
        column.set(sizes.iter().map(|size| family.predict(&parameters, size / largest).ln()));
        let fitted = family.fit(&FitPoints::new(&table, &column, 0, 40));
        assert!(fitted.sum_of_squares < 1e-12, "{}: {fitted:?}", family.name());
        for (found, expected) in fitted.parameters.iter().zip(&parameters) {
            assert!((found - expected).abs() < 1e-5, "{}: {fitted:?}", family.name());
        }
    }
}

#[test]
fn names_are_unique_and_parameters_fit_their_slots() {
    for (at, family) in FAMILIES.iter().enumerate() {
        assert!(FAMILIES[..at].iter().all(|other| other.name() != family.name()));
        assert!(family.parameter_names().len() <= tenfold_core::law::MAX_PARAMETERS);
        assert!(family.minimum_sizes() >= family.parameter_names().len());
    }
}
