//! Splits that are refused, with the words a person reads.

use crate::files::{of_classes, with_column};
use tenfold_data::{Amount, Dataset, SplitMethod, SplitRequest, split};

/// Message and hint of a split that must be refused.
fn check_no_split(dataset: &Dataset, request: &SplitRequest, message: &str, hint: Option<&str>) {
    let Err(error) = split(dataset, request) else { panic!("split, expected: {message}") };
    assert_eq!(error.to_string(), message);
    assert_eq!(error.hint().as_deref(), hint);
}

fn request(method: SplitMethod, validation: Amount, test: Option<Amount>) -> SplitRequest {
    SplitRequest { method, validation, test, seed: 0 }
}

#[test]
fn held_out_amounts_that_leave_nothing() {
    let images = of_classes(&[0, 1, 0, 1, 0, 1, 0, 1, 0, 1], 2);
    let random = |validation, test| request(SplitMethod::Random, validation, test);
    check_no_split(
        &images,
        &random(Amount::Examples(2048), None),
        "the validation set asks for 2048 examples, the data set has 10",
        Some("try `validation = 1`, a tenth of the data"),
    );
    check_no_split(
        &images,
        &random(Amount::Examples(5), Some(Amount::Examples(5))),
        "validation (5) and test (5) leave nothing to train on, the data set has 10 examples",
        Some("try `validation = 1` and `test = 1`, a tenth each"),
    );
    check_no_split(
        &images,
        &random(Amount::Fraction(1.5), None),
        "the validation fraction is 1.5, needed a number between 0 and 1",
        Some("try `validation = 0.1`"),
    );
    check_no_split(
        &images,
        &random(Amount::Examples(1), Some(Amount::Fraction(0.01))),
        "the test set would have no example out of 10, needed at least 1",
        Some("try `test = 0.1`"),
    );
}

#[test]
fn columns_that_cannot_be_split_by() {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let one = Amount::Examples(1);
    let patients = with_column("patient", &texts(&["a", "a", "", "b", ""]));
    let by = |name: &str| request(SplitMethod::Group(name.to_owned()), one, None);
    check_no_split(
        &patients,
        &by("patients"),
        "there is no column `patients` to split by group; there are `patient`",
        Some("did you mean `split = \"group:patient\"`?"),
    );
    check_no_split(
        &patients,
        &by("patient"),
        "row 3 has no value in the group column `patient`, needed one in every row; 2 rows have none",
        Some("remove the rows without a group or give them one"),
    );
    check_no_split(
        &of_classes(&[0, 1, 0], 2),
        &by("patient"),
        "there is no column `patient` to split by group; there are none",
        Some("images have no columns: use `split = \"stratified\"`"),
    );
    let two = with_column("patient", &texts(&["a", "a", "a", "b", "b", "b"]));
    check_no_split(
        &two,
        &by("patient"),
        "`patient` has 2 groups, the largest of 3 rows: no whole group fits the 1 validation examples asked for",
        Some("ask for more: `validation = 3`"),
    );
    let times = with_column("when", &texts(&["2026-01-01", "1.2.2026", "2026-01-03"]));
    check_no_split(
        &times,
        &request(SplitMethod::Time("when".to_owned()), one, None),
        "row 2 has `1.2.2026` in the time column `when`, needed a number or a date such as 2026-01-31",
        Some("write times as numbers or from the year on, such as 2026-01-31 or 2026-01-31T12:00"),
    );
    let numbers = with_column("when", &texts(&["1", "2", "x"]));
    check_no_split(
        &numbers,
        &request(SplitMethod::Time("when".to_owned()), one, None),
        "row 3 has `x` in the time column `when`, needed a number, as in the first row",
        Some("write times as numbers or from the year on, such as 2026-01-31 or 2026-01-31T12:00"),
    );
    check_no_split(
        &times,
        &request(SplitMethod::Stratified, one, None),
        "`split = \"stratified\"` needs classes, `y` is a number",
        Some("use `split = \"random\"`"),
    );
}
