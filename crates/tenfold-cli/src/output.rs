//! The only file that prints.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is this file's job")]

use std::io::{self, ErrorKind, IsTerminal as _, Write as _, stderr, stdin, stdout};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Finding;
use super::shared_arguments::{ProgressStyle, Shared, When};
use tenfold::diagnostic::{self, Problem, ProblemKind, Problems, Style};

/// Where and how answers and messages are printed.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    /// Whether the answer is one JSON document.
    pub(crate) is_json: bool,
    quiet: u8,
    has_colour: bool,
    progress: ProgressStyle,
}

/// Set when an answer could not be written.
static IS_ANSWER_LOST: AtomicBool = AtomicBool::new(false);

/// Whether an answer could not be written, such as to a file on a full disk.
pub(crate) fn is_answer_lost() -> bool {
    IS_ANSWER_LOST.load(Ordering::Relaxed)
}

fn print_line(text: &str) {
    let mut out = stdout().lock();
    is_taken(&writeln!(out, "{text}").and_then(|()| out.flush()));
}

/// Whether the text was written. A failure other than a closed pipe is recorded as a lost answer.
fn is_taken(written: &io::Result<()>) -> bool {
    // A reader that closed the pipe (`| head`) has what it needs.
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
    {
        IS_ANSWER_LOST.store(true, Ordering::Relaxed);
    }
    written.is_ok()
}

/// The way in which progress is shown, after options and terminal were checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProgressView {
    /// Bars that redraw.
    Bars,
    /// One line a finished trial.
    Lines,
    /// One JSON object per line, on standard output.
    Events,
    /// Nothing.
    Nothing,
}

impl Output {
    /// Creates the output that the options ask for.
    pub(crate) fn new(shared: &Shared) -> Self {
        Self {
            is_json: shared.json,
            quiet: shared.quiet,
            has_colour: has_colour(shared.color),
            progress: shared.progress,
        }
    }

    /// The way to show progress, from the options and the terminal.
    pub(crate) fn progress_view(&self) -> ProgressView {
        let is_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
        if self.is_json {
            return ProgressView::Events;
        }
        if self.quiet > 0 {
            return ProgressView::Nothing;
        }
        match self.progress {
            ProgressStyle::None => ProgressView::Nothing,
            ProgressStyle::Bar => ProgressView::Bars,
            ProgressStyle::Auto if stderr().is_terminal() && !is_ci => ProgressView::Bars,
            ProgressStyle::Line | ProgressStyle::Auto => ProgressView::Lines,
        }
    }

    /// Prints the answer, which ends with a new line.
    pub(crate) fn answer(&self, text: &str) {
        if self.quiet < 2 {
            print_line(text.trim_end_matches('\n'));
        }
    }

    /// Prints a JSON document, laid out by `serde_json` with one value per line.
    pub(crate) fn json(document: &serde_json::Value) {
        print_line(&format!("{document:#}"));
    }

    /// Prints a part of a document as it is; returns whether anybody still reads.
    pub(crate) fn part(text: &str) -> bool {
        let mut out = stdout().lock();
        is_taken(&out.write_all(text.as_bytes()).and_then(|()| out.flush()))
    }

    /// Prints one JSON object on one line.
    pub(crate) fn json_line(document: &serde_json::Value) {
        print_line(&document.to_string());
    }

    /// Prints a message beside the answer, unless `--quiet` or `--json` is set.
    pub(crate) fn talk(&self, text: &str) {
        if self.quiet == 0 && !self.is_json {
            drop(writeln!(stderr(), "{text}"));
        }
    }

    /// Suggests the next step, if standard output is a terminal.
    pub(crate) fn next(&self, text: &str) {
        if stdout().is_terminal() {
            self.talk(text);
        }
    }

    /// Asks the user to confirm; without a terminal the answer is no.
    pub(crate) fn confirm(&self, question: &str) -> bool {
        if self.is_json || !stdin().is_terminal() || !stderr().is_terminal() {
            return false;
        }
        let mut answer = String::new();
        let asked = write!(stderr(), "{question} [y/N] ").and_then(|()| stderr().flush());
        let is_answered = asked.and_then(|()| stdin().read_line(&mut answer)).is_ok();
        is_answered && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str())
    }

    /// Whether the answer goes to a terminal, where a chart can be drawn.
    pub(crate) fn is_terminal(&self) -> bool {
        stdout().is_terminal() && !self.is_json && self.quiet == 0
    }

    /// Prints problems: as text on standard error, or as JSON on standard output.
    pub(crate) fn problems(&self, problems: &Problems) {
        if self.is_json {
            Self::json(&diagnostic::json(problems));
            return;
        }
        let style = if self.has_colour { Style::coloured() } else { Style::plain() };
        let text = diagnostic::render(problems, style);
        drop(writeln!(stderr(), "{}", text.trim_end()));
    }

    /// Prints what a user sees who typed only the program's name.
    pub(crate) fn welcome(&self) -> Finding {
        self.answer(&format!(
            "tenfold {}: what would tenfold the data buy you?

  tenfold demo                 see it work on bundled images: a minute, offline
  tenfold init                 write study.toml for your data
  tenfold run                  train on growing shards (run it again to resume)
  tenfold status               what is planned, running, finished and failed
  tenfold trial                every trial; with an id its attempts, result and log
  tenfold forecast --at 500k   error at a given size
  tenfold plan --target 5%     data and money a target needs
  tenfold report               one HTML file, opens offline

fit, forecast, check, plan, compare, backtest, diagnose and report also read a curve file
(CSV: `size`, `error`).
Help: tenfold help, or tenfold help <command>",
            env!("CARGO_PKG_VERSION")
        ));
        Finding::Done
    }
}

/// Prints a usage error, or the help that the user asked for.
pub(crate) fn usage_error(error: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind as Kind;
    let is_help = matches!(error.kind(), Kind::DisplayHelp | Kind::DisplayVersion);
    let wants_json = std::env::args_os().any(|word| word == "--json");
    if wants_json && !is_help {
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let mut problem = Problem::new(ProblemKind::Usage, message);
        problem.hint = Some("tenfold help".to_owned());
        println!("{:#}", diagnostic::json(&Problems(vec![problem])));
    } else if let Err(failed) = error.print()
        // A reader that closed the pipe (`--help | head`) has what it needs.
        && failed.kind() != ErrorKind::BrokenPipe
    {
        eprintln!("error: {failed}");
    }
    if is_help { ExitCode::SUCCESS } else { ExitCode::from(2) }
}

fn has_colour(when: When) -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto if is_set("NO_COLOR") => false,
        When::Auto if is_set("CLICOLOR_FORCE") => true,
        When::Auto => stderr().is_terminal() && std::env::var("TERM").as_deref() != Ok("dumb"),
    }
}
