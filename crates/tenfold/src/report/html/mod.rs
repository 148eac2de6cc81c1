//! Writes the report as one HTML file without scripts and external resources, readable offline.
//!
//! [`super::sections::SECTIONS`] lists the sections of the page in their order.

mod style;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::sections::SECTIONS;
use super::svg;
use super::view::StudyReport;

/// The page. Equal reports give equal bytes.
pub fn page(report: &StudyReport) -> String {
    let sheet = format!("{}{}", style::SHEET, svg::sheet());
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(policy(&sheet));
                title { (report.title) " · learning curve" }
                style { (PreEscaped(&sheet)) }
            }
            body {
                main {
                    @for section in SECTIONS {
                        @if let Some(markup) = section.html(report) { (markup) }
                    }
                }
            }
        }
    };
    // HTML forbids control characters, but a name may contain some.
    markup.into_string().replace(|letter: char| letter.is_control() && letter != '\n', "\u{fffd}")
}

/// Content security policy: nothing may load or run, except for the one style sheet, named by its
/// hash.
fn policy(sheet: &str) -> String {
    let hash = STANDARD.encode(Sha256::digest(sheet.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}
