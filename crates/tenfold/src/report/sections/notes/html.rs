//! The list of notes.

use maud::{Markup, html};

use crate::measured::Note;

pub(super) fn html(notes: &[Note]) -> Option<Markup> {
    let markup = html! {
        section aria-labelledby="notes" {
            h2 id="notes" { "What to know" }
            ul.notes {
                @for note in notes {
                    li {
                        b class=(note.level.name()) { (note.level.name()) }
                        span { (note.text) }
                    }
                }
            }
        }
    };
    (!notes.is_empty()).then_some(markup)
}
