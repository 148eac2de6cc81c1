//! Bars that redraw in place, one per model, and a line with the trials in training.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::lines::notice;
use tenfold::analysis::tally::{Running, Tally};
use tenfold::format;
use tenfold::pipeline::RunEvent;

/// Most trials in training that are shown.
const SHOWN: usize = 8;

/// The bars of one run.
pub(crate) struct Bars {
    tally: Tally,
    screen: MultiProgress,
    models: BTreeMap<String, ProgressBar>,
    running: ProgressBar,
    last_errors: BTreeMap<String, String>,
    is_paused: bool,
}

impl Bars {
    /// Bars for a run on `workers` threads.
    pub(crate) fn new(workers: usize) -> Self {
        let screen = MultiProgress::new();
        let running = screen.add(ProgressBar::new_spinner());
        running.set_style(style("  {msg}"));
        Self {
            tally: Tally::new(workers),
            screen,
            models: BTreeMap::new(),
            running,
            last_errors: BTreeMap::new(),
            is_paused: false,
        }
    }

    /// Shows `event`.
    pub(crate) fn show(&mut self, event: &RunEvent) {
        self.count(event);
        match event {
            RunEvent::Reading => {
                self.running.set_message("reading the data");
                self.running.enable_steady_tick(Duration::from_millis(200));
            }
            RunEvent::Finished { trial, test_error, .. } => {
                let size = format::known_size(trial.size as f64);
                let text = format!("n={size}  {test_error:.4}");
                self.last_errors.insert(trial.model.clone(), text);
            }
            other => {
                if let Some(text) = notice(other) {
                    self.say(&format!("  {text}"));
                }
            }
        }
        self.redraw();
    }

    /// Counts an event from before the watcher started.
    pub(crate) fn catch_up(&mut self, event: &RunEvent) {
        self.count(event);
        self.redraw();
    }

    fn count(&mut self, event: &RunEvent) {
        self.tally.count(event);
        match event {
            RunEvent::Pausing { .. } => self.is_paused = true,
            RunEvent::Resumed => self.is_paused = false,
            _ => {}
        }
    }

    /// Prints a line above the bars.
    pub(crate) fn say(&self, text: &str) {
        // A terminal that is gone is no reason to stop the run.
        drop(self.screen.println(text));
    }

    fn redraw(&mut self) {
        let width = self.tally.models().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, model) in self.tally.models() {
            let bar = self.models.entry(name.to_owned()).or_insert_with(|| {
                let bar = self.screen.insert_before(&self.running, ProgressBar::new(0));
                bar.set_style(
                    style("  {prefix}  {bar:32} {pos:>4}/{len:<4} {msg}").progress_chars("━╸─"),
                );
                bar
            });
            bar.set_prefix(format!("{name:width$}"));
            bar.set_length((model.finished + model.waiting + model.later) as u64);
            bar.set_position(model.finished as u64);
            bar.set_message(self.last_errors.get(name).cloned().unwrap_or_default());
        }
        // Of many trials with a cluster only those that have begun are shown.
        let begun = self.tally.running().filter(|running| running.share > 0.0);
        let all: Vec<&Running> = if self.tally.running().count() > SHOWN {
            begun.collect()
        } else {
            self.tally.running().collect()
        };
        let mut running: Vec<String> = all
            .iter()
            .take(SHOWN)
            .map(|running| {
                let trial = &running.attempt.trial;
                let size = format::known_size(trial.size as f64);
                let error = running
                    .validation_error
                    .map(|error| format!(" {error:.3}"))
                    .or(running.validation_loss.map(|loss| format!(" {loss:.3} nats")))
                    .unwrap_or_default();
                format!("{} n={size} {:.0}%{error}", trial.model, 100.0 * running.share)
            })
            .collect();
        if all.len() > SHOWN {
            running.push(format!("{} more", all.len() - SHOWN));
        }
        let left = self
            .tally
            .remaining_seconds()
            .map_or_else(String::new, |seconds| format!("eta {}  ", format::duration(seconds)));
        if !running.is_empty() {
            self.running.set_message(format!("{left}{}", running.join(" · ")));
        } else if self.is_paused {
            self.running.set_message("paused");
        }
        if self.tally.finished() > 0 && self.tally.left() == 0 {
            self.running.finish_and_clear();
            for bar in self.models.values() {
                bar.abandon();
            }
        }
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.running.finish_and_clear();
        for bar in self.models.values() {
            bar.abandon();
        }
    }
}

/// Parses the style `template`; falls back to the library's default if it is invalid.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
