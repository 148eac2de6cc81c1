//! Determines which attempts share a task. A scheduler starts a few tasks per second, and a worker
//! reads the data before it trains, so many short trials share a task while a long one has its own.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::trial::Attempt;

/// Seconds of training that justify a separate task.
const TASK_SECONDS: f64 = 60.0;

/// How attempts are packed into tasks.
#[derive(Clone, Debug, Default)]
pub struct Packing {
    /// Largest number of trials per task; `None` to decide by their expected time.
    pub most: Option<usize>,
    /// Number of tasks that may run at the same time; fewer trials than that are not packed at all.
    pub tasks_at_once: usize,
    /// Throughput of each model's trials so far, from which their expected time follows.
    pub pace: BTreeMap<String, ModelPace>,
}

/// Work and time of a model's trials.
#[derive(Clone, Copy, Debug, Default)]
pub struct ModelPace {
    /// Floating-point operations.
    pub flop: f64,
    /// Seconds they took.
    pub seconds: f64,
}

impl Packing {
    /// Adds an execution of `attempt` that took `seconds`.
    pub fn learn(&mut self, attempt: &Attempt, seconds: f64) {
        let pace = self.pace.entry(attempt.trial.model.clone()).or_default();
        pace.flop += attempt.trial.expected_flop;
        pace.seconds += seconds;
    }

    /// Expected seconds of `attempt`; infinite if its model's throughput is not known.
    fn seconds(&self, attempt: &Attempt) -> f64 {
        let known = self.pace.get(&attempt.trial.model).filter(|pace| pace.flop > 0.0);
        known.map_or(f64::INFINITY, |pace| attempt.trial.expected_flop * pace.seconds / pace.flop)
    }

    /// Sorts `attempts` from the longest to the shortest and returns the range of lines of each
    /// task.
    ///
    /// A retry gets its own task, because whatever ended its first execution may end others in the
    /// same task.
    pub fn pack(&self, attempts: &mut [Attempt]) -> Vec<Range<usize>> {
        attempts.sort_by(|a, b| {
            let retries = b.number.cmp(&a.number);
            let longest = self.seconds(b).total_cmp(&self.seconds(a));
            retries.then(longest).then_with(|| a.trial.id.cmp(&b.trial.id))
        });
        let total: f64 = attempts.iter().map(|attempt| self.seconds(attempt)).sum();
        let share = total / self.tasks_at_once.max(1) as f64;
        let most = self.most.unwrap_or(usize::MAX).max(1);
        // If the study sets the number of trials per task, their time does not limit it.
        let longest = if self.most.is_some() { f64::INFINITY } else { share.min(TASK_SECONDS) };
        let mut tasks: Vec<Range<usize>> = Vec::new();
        let mut seconds_of_last = f64::INFINITY;
        for (line, attempt) in attempts.iter().enumerate() {
            let seconds = self.seconds(attempt);
            let is_new = attempt.number > 1
                || line > 0 && attempts[line - 1].number > 1
                || tasks.last().is_none_or(|task| task.len() >= most)
                || self.most.is_none() && seconds_of_last + seconds > longest;
            match tasks.last_mut() {
                Some(task) if !is_new => {
                    task.end = line + 1;
                    seconds_of_last += seconds;
                }
                _ => {
                    tasks.push(line..line + 1);
                    seconds_of_last = seconds;
                }
            }
        }
        tasks
    }
}

#[cfg(test)]
mod tests {
    use tenfold_train::{LearnerSettings, Share, learners};

    use super::*;
    use crate::trial::{AttemptToken, Recipe, Trial, TrialId};

    /// An attempt of a trial whose expected time in seconds is `flop`.
    fn attempt(flop: f64, number: u32) -> Attempt {
        let id = format!("{:020x}", (flop * 1000.0) as u64);
        let trial = Trial {
            id: TrialId::parse(&id).unwrap(),
            model: "m".to_owned(),
            size: 64,
            seed: 0,
            candidate: 0,
            recipe: Recipe::learnt(LearnerSettings::defaults(learners::MLP)),
            training_seed: 0,
            share: Share::WHOLE,
            after: None,
            expected_flop: flop,
        };
        Attempt { token: AttemptToken::fresh(0), trial, number }
    }

    fn tasks(packing: &Packing, trials: &[(f64, u32)]) -> Vec<Vec<f64>> {
        let mut attempts: Vec<Attempt> = trials.iter().map(|&(f, n)| attempt(f, n)).collect();
        let tasks = packing.pack(&mut attempts);
        let flop = |attempt: &Attempt| attempt.trial.expected_flop;
        tasks.into_iter().map(|task| attempts[task].iter().map(flop).collect()).collect()
    }

    fn packing(most: Option<usize>, tasks_at_once: usize) -> Packing {
        let pace = BTreeMap::from([("m".to_owned(), ModelPace { flop: 5.0, seconds: 5.0 })]);
        Packing { most, tasks_at_once, pace }
    }

    #[test]
    fn short_trials_share_a_task_and_long_ones_have_their_own() {
        let trials = [(10.0, 1), (400.0, 1), (20.0, 1), (25.0, 1), (30.0, 1), (70.0, 1)];
        let found = tasks(&packing(None, 2), &trials);
        assert_eq!(found, [vec![400.0], vec![70.0], vec![30.0, 25.0], vec![20.0, 10.0]]);
    }

    #[test]
    fn tasks_that_could_run_at_once_are_not_packed_away() {
        let trials = [(1.0, 1), (2.0, 1), (3.0, 1), (4.0, 1)];
        assert_eq!(tasks(&packing(None, 100), &trials).len(), 4);
        assert_eq!(tasks(&packing(None, 2), &trials), [vec![4.0], vec![3.0, 2.0], vec![1.0]]);
    }

    #[test]
    fn a_retry_is_alone_and_what_is_asked_for_is_kept() {
        let trials = [(1.0, 1), (2.0, 2), (3.0, 1), (4.0, 1)];
        let found = tasks(&packing(Some(2), 1), &trials);
        assert_eq!(found, [vec![2.0], vec![4.0, 3.0], vec![1.0]]);
    }

    #[test]
    fn trials_of_unknown_length_are_alone_unless_asked_for() {
        let mut unknown = packing(None, 1);
        unknown.pace.clear();
        assert_eq!(tasks(&unknown, &[(1.0, 1), (2.0, 1)]).len(), 2);
        unknown.most = Some(8);
        assert_eq!(tasks(&unknown, &[(1.0, 1), (2.0, 1)]).len(), 1);
    }
}
