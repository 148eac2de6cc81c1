//! A paragraph for each pair.

use maud::{Markup, html};

pub(super) fn html(pairs: &[Vec<String>]) -> Markup {
    html! {
        section aria-labelledby="comparison" {
            h2 id="comparison" { "The models against each other" }
            @for sentences in pairs {
                p { (sentences.join("; ")) "." }
            }
        }
    }
}
