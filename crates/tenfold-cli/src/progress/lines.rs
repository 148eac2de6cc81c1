//! Writes one line per important event, for logs and pipes: each line can be found with `grep`.

use super::budget;
use tenfold::analysis::Tally;
use tenfold::format;
use tenfold::pipeline::event::StaleTrials;
use tenfold::pipeline::{RunEvent, StoppedCommand};

/// The line for `event`; `None` if it needs none.
pub(crate) fn line(event: &RunEvent, tally: &Tally) -> Option<String> {
    let line = match event {
        RunEvent::Finished { trial, test_error, seconds, .. } => {
            let left = tally.remaining_seconds().map_or_else(String::new, |seconds| {
                format!(" eta={}", format::duration(seconds).replace(' ', ""))
            });
            let updates = trial.updates.as_ref().map(|share| format!(" updates={share}"));
            let updates = updates.unwrap_or_default();
            let settings = format!("seed={} candidate={}{updates}", trial.seed, trial.candidate);
            format!(
                "finished {} n={} {settings} error={test_error:.4} {seconds:.1}s {}/{}{left}",
                trial.model,
                trial.size,
                tally.finished(),
                tally.expected(),
            )
        }
        other => return notice(other),
    };
    Some(line)
}

/// A line that is shown however progress is shown; `None` if `event` needs none.
pub(crate) fn notice(event: &RunEvent) -> Option<String> {
    match event {
        // First failures of a command are reported together, if the command never works, or at the
        // end. Trials of a model whose files changed are reported once and counted at the end.
        RunEvent::Failed { is_first_try: true, .. } | RunEvent::Stale { not_started: None, .. } => {
            None
        }
        RunEvent::Failed { attempt, reason, will_retry, .. } => {
            let trial = &attempt.trial;
            let next = if *will_retry { "will retry once" } else { "left out" };
            Some(format!(
                "failed {} n={} seed={}: {reason}; {next} (log: tenfold trial {} --log)",
                trial.model,
                trial.size,
                trial.seed,
                trial.id.short()
            ))
        }
        RunEvent::Stale { attempt, reason, not_started: Some(not_started) } => {
            let trial = &attempt.trial;
            let others = format::several(*not_started, "other trial of", "other trials of");
            Some(format!(
                "stale {} n={} seed={}: {reason}: it does not count, and {others} {} {} not started",
                trial.model,
                trial.size,
                trial.seed,
                trial.model,
                if *not_started == 1 { "is" } else { "are" }
            ))
        }
        RunEvent::Rebuilt { kept } => Some(format!(
            "the database was damaged: rebuilding it from the result files, kept as {kept}"
        )),
        RunEvent::Recovered { results, lost, torn, gone } => {
            let mut parts = Vec::new();
            if *lost > 0 {
                parts.push(format::several(
                    *lost,
                    "trial was cut off and goes on from its checkpoint",
                    "trials were cut off and go on from their checkpoints",
                ));
            }
            if *results > 0 {
                parts.push(format::several(
                    *results,
                    "finished result was taken in",
                    "finished results were taken in",
                ));
            }
            if *torn > 0 {
                parts.push(format::several(
                    *torn,
                    "unreadable result was set aside and its trial is run again",
                    "unreadable results were set aside and run again",
                ));
            }
            if *gone > 0 {
                parts.push(format::several(
                    *gone,
                    "result has gone and is trained again",
                    "results have gone and are trained again",
                ));
            }
            (!parts.is_empty()).then(|| format!("resuming: {}", parts.join("; ")))
        }
        RunEvent::StudyChanged { valid, stale, stale_at } => {
            if *stale == 0 {
                return Some(format!(
                    "study.toml has changed: all {valid} finished trials stay valid"
                ));
            }
            let shown = |StaleTrials { model, size, count }: &StaleTrials| {
                format!("{model} at {} ({count})", format::known_size(*size as f64))
            };
            let listed: Vec<String> = stale_at.iter().take(6).map(shown).collect();
            let more = if stale_at.len() > listed.len() { ", …" } else { "" };
            Some(format!(
                "study.toml has changed: {valid} finished trials stay valid, {stale} no longer \
                 belong to it: {}{more}",
                listed.join(", ")
            ))
        }
        RunEvent::Notice { text } => Some(text.clone()),
        RunEvent::CommandStopped { stopped } => Some(never_worked(stopped)),
        RunEvent::Cancelled { trial } => Some(format!(
            "cancelled {} n={} seed={}: left out of this run",
            trial.model, trial.size, trial.seed
        )),
        RunEvent::Spent { state } => budget::progress(state),
        RunEvent::Pausing { running: 0 } => {
            Some("paused: `tenfold resume` goes on, `tenfold stop` ends it".to_owned())
        }
        RunEvent::Pausing { running } => Some(format!(
            "pausing: {} (`tenfold resume` goes on)",
            format::several(
                *running,
                "trial writes its checkpoint",
                "trials write their checkpoints"
            )
        )),
        RunEvent::PutAside { attempt } => Some(format!(
            "paused {} n={} seed={}",
            attempt.trial.model, attempt.trial.size, attempt.trial.seed
        )),
        RunEvent::Resumed => Some("going on after the pause".to_owned()),
        RunEvent::Stopping => {
            Some("stopping: writing checkpoints (Ctrl-C again to stop at once)".to_owned())
        }
        _ => None,
    }
}

/// The message for a command that never worked.
fn never_worked(stopped: &StoppedCommand) -> String {
    let sizes: Vec<String> =
        stopped.tried.iter().map(|size| format::known_size(*size as f64)).collect();
    let others = format::several(stopped.not_started, "other trial is", "other trials are");
    let mut lines = vec![format!(
        "the command of {} never worked, tried at {}: {}; its {others} not started (log: tenfold trial \
         {} --log)",
        stopped.model,
        sizes.join(" and "),
        stopped.reason,
        stopped.trial.short()
    )];
    lines.extend(stopped.log.iter().map(|line| format!("    {line}")));
    lines.join("\n")
}
