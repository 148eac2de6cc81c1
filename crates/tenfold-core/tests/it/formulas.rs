//! The text formula of every law gives the same errors as the law's code.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a formula that cannot be read is wrong")]

use tenfold_core::law::{CurveFamily, FAMILIES, ParameterRole};

use crate::all_families::typical;

/// Reads a formula from left to right; `value_of` gives the value of a name.
struct Reader<'a> {
    rest: &'a str,
    value_of: &'a dyn Fn(&str) -> f64,
}

impl Reader<'_> {
    /// Whether the next thing is `symbol`, which is then read.
    fn reads(&mut self, symbol: char) -> bool {
        let rest = self.rest.trim_start();
        let found = rest.strip_prefix(symbol);
        self.rest = found.unwrap_or(rest);
        found.is_some()
    }

    fn sum(&mut self) -> f64 {
        let mut sum = self.product();
        loop {
            if self.reads('+') {
                sum += self.product();
            } else if self.reads('-') {
                sum -= self.product();
            } else {
                return sum;
            }
        }
    }

    fn product(&mut self) -> f64 {
        let mut product = self.signed();
        loop {
            if self.reads('*') {
                product *= self.signed();
            } else if self.reads('/') {
                product /= self.signed();
            } else {
                return product;
            }
        }
    }

    fn signed(&mut self) -> f64 {
        if self.reads('-') { -self.signed() } else { self.power() }
    }

    fn power(&mut self) -> f64 {
        let base = self.atom();
        if self.reads('^') { base.powf(self.atom()) } else { base }
    }

    /// A number, a name, a function of what stands in brackets, or brackets.
    fn atom(&mut self) -> f64 {
        if self.reads('(') {
            let inside = self.sum();
            assert!(self.reads(')'), "a bracket is open before `{}`", self.rest);
            return inside;
        }
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
        let end = self.rest.find(|letter| !is_part(letter)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "" => panic!("a value is missing before `{rest}`"),
            "ln" => self.atom().ln(),
            "exp" => self.atom().exp(),
            _ => word.parse().unwrap_or_else(|_| (self.value_of)(word)),
        }
    }
}

fn value(text: &str, value_of: &dyn Fn(&str) -> f64) -> f64 {
    let mut reader = Reader { rest: text, value_of };
    let value = reader.sum();
    assert_eq!(reader.rest.trim(), "", "`{text}` was not read to its end");
    value
}

fn check_formula(family: &dyn CurveFamily, parameters: &[f64], size: f64) {
    let error = family.predict(parameters, size);
    let value_of = |name: &str| match name {
        "error" => error,
        "m" => size,
        name => {
            let named = family.parameter_names().iter().position(|known| *known == name);
            parameters[named.unwrap_or_else(|| panic!("{} has no `{name}`", family.name()))]
        }
    };
    let (left, right) = family.formula().split_once(" = ").unwrap();
    let (left, right) = (value(left, &value_of), value(right, &value_of));
    // Differences of nearly equal numbers in M4 lose a few digits.
    let apart = (left / right - 1.0).abs();
    assert!(apart < 1e-9, "{} at {size}: {left} is not {right}", family.formula());
}

#[test]
fn the_formula_of_every_law_is_what_it_predicts() {
    for family in FAMILIES {
        let parameters = typical(*family);
        for size in [0.03, 1.0, 50.0] {
            check_formula(*family, &parameters, size);
            // Change one parameter at a time, so that each must occur in the formula.
            for at in 0..parameters.len() {
                let mut moved = parameters.clone();
                moved[at] *= 1.1;
                check_formula(*family, &moved, size);
            }
        }
    }
}

#[test]
fn every_formula_names_every_parameter() {
    for family in FAMILIES {
        for name in family.parameter_names() {
            let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
            let mut words = family.formula().split(|letter| !is_letter(letter));
            assert!(words.any(|word| word == *name), "`{name}` in {}", family.formula());
        }
    }
}

#[test]
fn the_floor_of_every_law_is_what_its_parameter_says() {
    for family in FAMILIES {
        let parameters = typical(*family);
        let Some(name) = family.parameter_with(ParameterRole::Floor) else { continue };
        let at = family.parameter_names().iter().position(|known| *known == name).unwrap();
        assert_eq!(family.floor(&parameters).to_bits(), parameters[at].to_bits());
        let far = family.predict(&parameters, 1e200);
        assert!((far - parameters[at]).abs() < 1e-12, "{}: {far}", family.name());
    }
}

#[test]
fn the_slope_of_every_law_is_a_parameter_that_falls_with_data() {
    for family in FAMILIES {
        let parameters = typical(*family);
        let Some(name) = family.parameter_with(ParameterRole::Slope) else { continue };
        let at = family.parameter_names().iter().position(|known| *known == name).unwrap();
        let mut steeper = parameters.clone();
        steeper[at] *= 1.5;
        let fall = |parameters: &[f64]| {
            (family.predict(parameters, 1.0) / family.predict(parameters, 4.0)).ln()
        };
        assert!(parameters[at] < 0.0 && fall(&steeper) > fall(&parameters), "{}", family.name());
    }
}

#[test]
fn brackets_and_signs_are_read_as_written() {
    let names = |name: &str| if name == "a" { 2.0 } else { -0.5 };
    for (text, expected) in [
        ("a * 3 + 4 / 8", 6.5),
        ("(1 + 1 / a)^(-b)", 1.5_f64.sqrt()),
        ("-a^2 + ln(exp(1))", -3.0),
        ("a^b", 0.5_f64.sqrt()),
    ] {
        assert!((value(text, &names) - expected).abs() < 1e-12, "{text}");
    }
}
