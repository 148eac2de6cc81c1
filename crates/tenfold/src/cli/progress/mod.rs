//! Shows a run while it goes on: as bars, as lines, or as JSON objects.

mod bars;
pub(crate) mod budget;
mod events;
mod lines;
mod tally;

use bars::Bars;
use tally::Tally;

use super::output::{Output, ProgressView};
use crate::executor::clock::Clock;
use crate::format;
use crate::pipeline::RunEvent;
use crate::pipeline::pace::Pace;

/// Shows a run, in the style that the output decided.
pub(crate) enum Watcher {
    /// Bars that redraw.
    Bars(Bars),
    /// One line a finished trial, with the time since the start.
    Lines(Clock, Tally),
    /// One JSON object a line.
    Events,
    /// Nothing.
    Nothing,
}

impl Watcher {
    /// A watcher of a run on `workers` threads; 0 if nobody knows how many run at a time.
    pub(crate) fn new(output: &Output, workers: usize) -> Self {
        match output.progress_view() {
            ProgressView::Bars => Self::Bars(Bars::new(workers)),
            ProgressView::Lines => Self::Lines(Clock::start(), Tally::new(workers)),
            ProgressView::Events => Self::Events,
            ProgressView::Nothing => Self::Nothing,
        }
    }

    /// Shows `event`.
    pub(crate) fn show(&mut self, event: &RunEvent, output: &Output) {
        match self {
            Self::Bars(bars) => bars.show(event),
            Self::Lines(clock, tally) => {
                tally.count(event);
                if let Some(line) = lines::line(event, tally) {
                    let elapsed = format::clock(clock.elapsed().as_secs_f64());
                    output.talk(&format!("{elapsed} {line}"));
                }
            }
            Self::Events => {
                if let Some(document) = events::document(event) {
                    Output::json_line(&document);
                }
            }
            Self::Nothing => {}
        }
    }

    /// Says something beside the progress; above the bars where there are bars.
    pub(crate) fn say(&self, text: &str, output: &Output) {
        match self {
            Self::Bars(bars) => bars.say(text),
            _ => output.talk(text),
        }
    }
}

/// What is said before anything is trained: how much, and about how long.
pub(crate) fn preview(schedule: &RunEvent, pace: &Pace, workers: usize) -> Option<String> {
    let mut tally = Tally::new(workers);
    tally.set_pace(pace);
    tally.count(schedule);
    let RunEvent::Scheduled { added, .. } = schedule else { return None };
    let finished: usize = added.iter().map(|added| added.finished).sum();
    let trials = tally.expected();
    let about = if tally.is_total_known() { "" } else { "about " };
    let done = match finished {
        0 => String::new(),
        count => format!("{count} finished before, "),
    };
    let left = tally.remaining_seconds().map_or_else(String::new, |seconds| {
        format!(", about {} on {workers} cores", format::duration(seconds))
    });
    Some(format!("{about}{trials} trials: {done}{} to train{left}", tally.left()))
}
