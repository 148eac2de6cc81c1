//! Shows a run while it is going on: as bars, as lines, or as JSON objects.

mod bars;
pub(crate) mod budget;
mod lines;

use bars::Bars;
use tenfold::analysis::Tally;

use super::output::{Output, ProgressView};
use tenfold::executor::clock::Clock;
use tenfold::format;
use tenfold::pipeline::RunEvent;
use tenfold::pipeline::throughput::Throughput;

/// Name and version of a line's format, for programs.
const SCHEMA: &str = "tenfold.run/1";

/// Shows a run in the style of the output.
pub(crate) struct Watcher {
    view: View,
    workers: usize,
    throughput: Throughput,
    is_previewed: bool,
}

enum View {
    /// Bars that redraw.
    Bars(Bars),
    /// One line a finished trial, with the time since the start.
    Lines(Clock, Tally),
    /// One JSON object per line.
    Events,
    /// Nothing.
    Nothing,
}

impl Watcher {
    /// Creates a watcher of a run on `workers` threads; 0 if the number at a time is unknown.
    pub(crate) fn new(output: &Output, workers: usize) -> Self {
        let view = match output.progress_view() {
            ProgressView::Bars => View::Bars(Bars::new(workers)),
            ProgressView::Lines => View::Lines(Clock::start(), Tally::new(workers)),
            ProgressView::Events => View::Events,
            ProgressView::Nothing => View::Nothing,
        };
        Self { view, workers, throughput: Throughput::default(), is_previewed: false }
    }

    /// Shows `event`.
    pub(crate) fn show(&mut self, event: &RunEvent, output: &Output) {
        self.introduce(event, output);
        match &mut self.view {
            View::Bars(bars) => bars.show(event),
            View::Lines(clock, tally) => {
                tally.count(event);
                if let Some(line) = lines::line(event, tally) {
                    let elapsed = format::clock(clock.elapsed().as_secs_f64());
                    output.talk(&format!("{elapsed} {line}"));
                }
            }
            View::Events => {
                if !matches!(event, RunEvent::Progress { .. }) {
                    Output::json_line(&event.document(SCHEMA));
                }
            }
            View::Nothing => {}
        }
    }

    /// Processes the events from before the watcher started: programs get all of them, people see
    /// the state they lead to.
    pub(crate) fn catch_up(&mut self, past: &[RunEvent], output: &Output) {
        for event in past {
            if matches!(self.view, View::Events) {
                self.show(event, output);
                continue;
            }
            self.introduce(event, output);
            match &mut self.view {
                View::Bars(bars) => bars.catch_up(event),
                View::Lines(_, tally) => tally.count(event),
                View::Events | View::Nothing => {}
            }
        }
        if let View::Lines(_, tally) = &self.view {
            output.talk(&format!("{} of {} trials finished", tally.finished(), tally.expected()));
        }
    }

    /// Prints a message beside the progress; above the bars if there are any.
    pub(crate) fn say(&self, text: &str, output: &Output) {
        match &self.view {
            View::Bars(bars) => bars.say(text),
            _ => output.talk(text),
        }
    }

    /// Prints what is shown once, before the first trial: the data, the plans of a budget, the
    /// amount of training.
    fn introduce(&mut self, event: &RunEvent, output: &Output) {
        match event {
            RunEvent::Read { facts } => {
                self.say(&format!("Study {}: {}", facts.study, facts.sentence()), output);
            }
            RunEvent::Plans { plans } => {
                for line in budget::plans(plans) {
                    self.say(&line, output);
                }
            }
            RunEvent::Paced { pace: throughput } => self.throughput = throughput.clone(),
            RunEvent::Scheduled(_) if !self.is_previewed => {
                self.is_previewed = true;
                if let Some(text) = preview(event, &self.throughput, self.workers) {
                    self.say(&text, output);
                }
            }
            _ => {}
        }
    }
}

/// Says before the training how many trials there are, and about how long they take.
fn preview(schedule: &RunEvent, throughput: &Throughput, workers: usize) -> Option<String> {
    let mut tally = Tally::new(workers);
    tally.set_throughput(throughput);
    tally.count(schedule);
    let RunEvent::Scheduled(scheduled) = schedule else { return None };
    let finished = scheduled.finished;
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
