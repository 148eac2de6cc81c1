//! Shows a run while it goes on: as bars, as lines, or as JSON objects.

mod bars;
mod events;
mod lines;
mod tally;

use super::output::{Output, ProgressView};
use crate::executor::clock::Clock;
use crate::format;
use crate::pipeline::RunEvent;
use crate::pipeline::pace::Pace;

/// Whoever shows a run: gets every event.
pub(crate) type Watcher = Box<dyn FnMut(&RunEvent)>;

/// A watcher in the style that `output` decided. `workers` and `pace` serve the remaining time.
pub(crate) fn watcher(output: &Output, workers: usize) -> Watcher {
    match output.progress_view() {
        ProgressView::Bars => {
            let mut bars = bars::Bars::new(workers);
            Box::new(move |event| bars.show(event))
        }
        ProgressView::Lines => {
            let output = output.clone();
            let clock = Clock::start();
            let mut tally = tally::Tally::new(workers);
            Box::new(move |event| {
                tally.count(event);
                if let Some(line) = lines::line(event, &tally) {
                    let elapsed = format::clock(clock.elapsed().as_secs_f64());
                    output.talk(&format!("{elapsed} {line}"));
                }
            })
        }
        ProgressView::Events => Box::new(|event| {
            if let Some(document) = events::document(event) {
                Output::json_line(&document);
            }
        }),
        ProgressView::Nothing => Box::new(|_| {}),
    }
}

/// What is said before anything is trained: how much, and about how long.
pub(crate) fn preview(schedule: &RunEvent, pace: &Pace, workers: usize) -> Option<String> {
    let mut tally = tally::Tally::new(workers);
    tally.set_pace(pace);
    tally.count(schedule);
    let RunEvent::Scheduled { finished, .. } = schedule else { return None };
    let trials = tally.expected();
    let about = if tally.is_total_known() { "" } else { "about " };
    let done = match finished.len() {
        0 => String::new(),
        count => format!("{count} finished before, "),
    };
    let left = tally.remaining_seconds().map_or_else(String::new, |seconds| {
        format!(", about {} on {workers} cores", format::duration(seconds))
    });
    Some(format!("{about}{trials} trials: {done}{} to train{left}", tally.left()))
}
