//! Lines that break a rule.

use std::fmt::Write as _;

use super::{problems_of, read_with, score};

#[test]
fn every_broken_line_is_told_with_its_number() {
    insta::assert_snapshot!(problems_of(
        "curve,size,error\n\
         a,1000,0.4\n\
         a,2000\n\
         a,4000,0.2,extra\n\
         a,many,0.2\n\
         a,0,0.2\n\
         a,-8,0.2\n\
         \n\
         a,8000,NaN\n\
         a,16k,inf\n\
         a,32k,0\n\
         a,64k,-0.1\n\
         a,,\n\
         a,128k,low\n\
         \"a,256k,0.1\n"
    ), @r#"
    error: the line has 2 fields, the header has 3
     --> curves.csv:3:1
    3 | a,2000
      | ^^^^^^

    error: the line has 4 fields, the header has 3
     --> curves.csv:4:1
    4 | a,4000,0.2,extra
      | ^^^^^^^^^^^^^^^^
    hint: put quotes around names that hold a separator

    error: `size` is `many`, a number above 0 such as `1000`, `64k` or `1.2M` is needed
     --> curves.csv:5:3
    5 | a,many,0.2
      |   ^^^^

    error: `size` is `0`, a number above 0 such as `1000`, `64k` or `1.2M` is needed
     --> curves.csv:6:3
    6 | a,0,0.2
      |   ^

    error: `size` is `-8`, a number above 0 such as `1000`, `64k` or `1.2M` is needed
     --> curves.csv:7:3
    7 | a,-8,0.2
      |   ^^

    error: `error` is `inf`, a finite number is needed
      --> curves.csv:10:7
    10 | a,16k,inf
       |       ^^^

    error: `size` is empty, a number above 0 such as `1000`, `64k` or `1.2M` is needed
      --> curves.csv:13:3
    13 | a,,
       |   ^

    error: `error` is `low`, a finite number is needed
      --> curves.csv:14:8
    14 | a,128k,low
       |        ^^^

    error: a quote is not closed
      --> curves.csv:15:1
    15 | "a,256k,0.1
       | ^ opened here
    "#);
}

#[test]
fn what_only_the_whole_file_tells_is_told_once() {
    insta::assert_snapshot!(problems_of("size,error\n100,0.4\n100,NaN\n100,\n200,-\n400,0.1\n"), @r"
    error: `error` is missing in 2 of 3 rows of size 100
     --> curves.csv:3
    hint: `--skip-unusable` leaves such rows out

    error: `error` is missing in 1 of 1 rows of size 200
     --> curves.csv:5
    hint: `--skip-unusable` leaves such rows out
    ");
    insta::assert_snapshot!(problems_of("size,error\n100,0.4\n200,-0.1\n400,-0.2\n"), @r"
    error: `error` goes down to -0.2: a law needs the smallest value it can have
     --> curves.csv
    hint: `--best -0.3`, or another value that no model can go below
    ");
    insta::assert_snapshot!(problems_of("size,error\n100,0\n200,0\n"), @r"
    error: `curves`: every error is 0, and the number of test examples is not known
     --> curves.csv:2
    hint: add a column `test_examples`: 0 wrong of n counts as 0.5 / (n + 1)
    ");
}

#[test]
fn optional_columns_are_checked_too() {
    insta::assert_snapshot!(problems_of(
        "size,error,seed,standard_error,train_error,parameters,cost,seconds\n\
         1000,0.4,1,0.1,0.1,1M,2,3\n\
         1000,0.4,,NaN,null,,,\n\
         1000,0.4,1.5,-0.1,x,0,$3,1h\n"
    ), @r"
    error: `seed` is `1.5`, a whole number from 0, or a word, is needed
     --> curves.csv:4:10
    4 | 1000,0.4,1.5,-0.1,x,0,$3,1h
      |          ^^^
    hint: leave the cell empty if it was not measured

    error: `standard_error` is `-0.1`, a number from 0 is needed
     --> curves.csv:4:14
    4 | 1000,0.4,1.5,-0.1,x,0,$3,1h
      |              ^^^^
    hint: leave the cell empty if it was not measured

    error: `train_error` is `x`, a number from 0 is needed
     --> curves.csv:4:19
    4 | 1000,0.4,1.5,-0.1,x,0,$3,1h
      |                   ^
    hint: leave the cell empty if it was not measured

    error: `parameters` is `0`, a number above 0 such as `1.2M` is needed
     --> curves.csv:4:21
    4 | 1000,0.4,1.5,-0.1,x,0,$3,1h
      |                     ^
    hint: leave the cell empty if it was not measured

    error: `cost` is `$3`, a number from 0 is needed
     --> curves.csv:4:23
    4 | 1000,0.4,1.5,-0.1,x,0,$3,1h
      |                       ^^
    hint: leave the cell empty if it was not measured

    error: `seconds` is `1h`, a number from 0 is needed
     --> curves.csv:4:26
    4 | 1000,0.4,1.5,-0.1,x,0,$3,1h
      |                          ^^
    hint: leave the cell empty if it was not measured
    ");
}

#[test]
fn scores_beyond_the_best_are_refused() {
    let text = "size,accuracy\n1000,0.9\n2000,1\n4000,92.5\n";
    insta::assert_snapshot!(read_with(text, &score(1.0)).unwrap_err(), @r"
    error: `accuracy` goes up to 92.5, better than the best, 1
     --> curves.csv
    hint: `--best 100` if that is the score of a model without fault
    ");
}

#[test]
fn bad_lines_of_jsonl_are_told() {
    insta::assert_snapshot!(problems_of(
        "{\"size\": 1000, \"error\": 0.4}\n\
         {\"size\": 1000, \"error\": NaN}\n\
         {\"size\": 1000, \"error\": \n\
         {\"size\": -5, \"error\": 0}\n\
         {\"size\": [1], \"error\": 0.1}\n\
         {\"size\": 1000, \"error\": null}\n"
    ), @r#"
    error: the line is not a JSON object
     --> curves.csv:2:25
    2 | {"size": 1000, "error": NaN}
      |                         ^
    hint: JSON has no NaN, leave out lines that were not measured

    error: the line is not a JSON object
     --> curves.csv:3:24
    3 | {"size": 1000, "error":
      |                        ^
    hint: a line is `{"size": 1000, "error": 0.1}`

    error: `size` is `-5`, a number above 0 such as `1000`, `64k` or `1.2M` is needed
     --> curves.csv:4:10
    4 | {"size": -5, "error": 0}
      |          ^^

    error: `size` is `[1]`, a number above 0 such as `1000`, `64k` or `1.2M` is needed
     --> curves.csv:5:10
    5 | {"size": [1], "error": 0.1}
      |          ^^^
    "#);
}

#[test]
fn twenty_problems_are_told_and_the_others_counted() {
    let mut text = "size,error\n".to_owned();
    for line in 0..1000 {
        writeln!(text, "{line},x").unwrap();
    }
    let problems = problems_of(&text);
    assert_eq!(problems.matches("error: ").count(), 21);
    let last: Vec<&str> = problems.rsplit("\n\n").take(1).collect();
    insta::assert_snapshot!(last[0], @r"
    error: 981 more of 1001 problems are not shown
     --> curves.csv
    ");
}
