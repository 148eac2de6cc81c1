//! Text that is not TOML.

use super::{COMPLETE, problems_of, problems_with};

#[test]
fn what_is_not_toml_says_where() {
    insta::assert_snapshot!(problems_with("name = \"fashion-mnist\"", "name = fashion-mnist"), @r#"
    error: `study.toml` is not valid TOML
     --> study.toml:2:8
    2 | name = fashion-mnist
      |        ^^^^^^^^^^^^^ a text without quotes
    hint: `name = "fashion-mnist"`
    "#);
    insta::assert_snapshot!(problems_with("[goal]", "[goal"), @r"
    error: `study.toml` is not valid TOML
      --> study.toml:36:6
    36 | [goal
       |      ^ unclosed table, expected `]`
    ");
    insta::assert_snapshot!(problems_with("seed = 7", "seed = 7\nseed = 8"), @r"
    error: `study.toml` is not valid TOML
     --> study.toml:4:1
    4 | seed = 8
      | ^^^^ duplicate key
    hint: keep one of them; a second model starts with `[[model]]`
    ");
    insta::assert_snapshot!(problems_with("seeds = 3", "seeds"), @r"
    error: `study.toml` is not valid TOML
      --> study.toml:14:6
    14 | seeds
       |      ^ key with no value, expected `=`
    hint: write `key = value`
    ");
    insta::assert_snapshot!(problems_with("[1e-3, 3e-3]", "[1e-3, 3e-3"), @r"
    error: `study.toml` is not valid TOML
      --> study.toml:33:1
    33 | [[model]]
       | ^ missing comma between array elements, expected `,`
    hint: is the list above closed with `]`?
    ");
}

#[test]
fn two_slips_in_the_toml_are_told_at_once() {
    let text = COMPLETE.replace("\"fashion-mnist\"", "fashion").replace("seeds = 3", "seeds");
    insta::assert_snapshot!(problems_of(&text), @r#"
    error: `study.toml` is not valid TOML
     --> study.toml:3:8
    3 | name = fashion
      |        ^^^^^^^ a text without quotes
    hint: `name = "fashion"`

    error: `study.toml` is not valid TOML
      --> study.toml:15:6
    15 | seeds
       |      ^ key with no value, expected `=`
    hint: write `key = value`
    "#);
}
