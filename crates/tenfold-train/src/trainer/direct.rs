//! A run of a learner that has a fitting algorithm of its own, without gradient steps.

use tenfold_data::seed;

use super::examples::Examples;
use super::{Continue, Evaluation, Progress, TrainJob, Trained};
use crate::error::TrainError;
use crate::learners::{FitJob, Fitted, Model, Rows};
use crate::metrics::{other_errors, with_others};
use crate::tasks::{Example, TargetKind, Task, Written};

/// Fits the learner and measures it on all three sets.
pub(super) fn fit(
    job: &TrainJob<'_>,
    learner: &dyn Fitted,
    task: &dyn Task,
    [shard, validation, test]: &[Examples<'_>; 3],
    progress: &mut dyn FnMut(&Progress) -> Continue,
) -> Result<Trained, TrainError> {
    let (of_shard, of_validation) = (shard.to_inputs(), validation.to_inputs());
    let model = learner.fit(&FitJob {
        shard: Rows { inputs: &of_shard, targets: shard.targets() },
        validation: Rows { inputs: &of_validation, targets: validation.targets() },
        task,
        settings: job.settings,
        seed: seed::derive(job.seed, "fit", 0),
    })?;
    let measure = |examples, count| measure(model.as_ref(), examples, job, task, count);
    let train = measure(shard, shard.train_error_count())?;
    let validated = measure(validation, validation.measured_count())?;
    let tested = measure(test, test.measured_count())?;
    let error = |measured: &Measured| job.metric.error(&measured.statistics[0]);
    let own = |measured: Measured| measured.statistics.into_iter().next().unwrap_or_default();
    let validation_error = error(&validated);
    let steps = model.rounds();
    let evaluation = Evaluation { step: steps, train_loss: train.loss, validation_error };
    let answer = progress(&Progress {
        step: steps,
        steps: Some(steps),
        epoch: Some(1.0),
        train_loss: Some(train.loss),
        validation_error: Some(validation_error),
        validation_loss: None,
    });
    if answer == Continue::Stop {
        return Err(TrainError::Interrupted { step: steps });
    }
    Ok(Trained {
        validation_error,
        test_error: if test.measured_count() == 0 { validation_error } else { error(&tested) },
        train_error: error(&train),
        other_errors: other_errors(
            &tested.statistics,
            &with_others(job.metric, TargetKind::of(&job.dataset.targets)),
        ),
        test_statistics: own(tested),
        validation_statistics: own(validated),
        aggregate: job.metric.aggregate(),
        parameter_count: model.parameter_count(),
        training_flop: model.fitting_flop(),
        steps,
        best_step: steps,
        converged: model.is_converged(),
        history: vec![evaluation],
        notes: Vec::new(),
    })
}

/// Statistics and loss measured on some examples.
struct Measured {
    /// Of each metric, the run's own first.
    statistics: Vec<Vec<f32>>,
    /// Mean loss of the examples.
    loss: f64,
}

/// Measures the first `count` of `examples`.
fn measure(
    model: &dyn Model,
    examples: &Examples<'_>,
    job: &TrainJob<'_>,
    task: &dyn Task,
    count: usize,
) -> Result<Measured, TrainError> {
    let mut input = vec![0.0; examples.numbers()];
    let mut output = vec![0.0; task.outputs()];
    let metrics = with_others(job.metric, TargetKind::of(&job.dataset.targets));
    let mut measured = Measured { statistics: vec![Vec::new(); metrics.len()], loss: 0.0 };
    for (position, target) in examples.targets()[..count].iter().enumerate() {
        examples.copy_inputs(&mut input, std::iter::once(position));
        model.predict(&input, &mut output);
        let loss = task.loss(&output, *target);
        if !loss.is_finite() {
            let (step, loss) = (model.rounds(), loss.to_string());
            return Err(TrainError::Diverged { step, last_loss: loss.clone(), loss });
        }
        let example = Example {
            output: &output,
            target: *target,
            loss,
            scale: task.scale(),
            tokens: 1,
            characters: 1,
            wrong: 0,
            written: Written::default(),
        };
        for (metric, statistics) in metrics.iter().zip(&mut measured.statistics) {
            metric.statistics(example, statistics);
        }
        measured.loss += loss / count as f64;
    }
    Ok(measured)
}
