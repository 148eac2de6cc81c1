//! The most probable token, again and again.

use tenfold_data::BOUNDARY;

use super::{PairModel, most_probable};

/// For each source that `model` has read, the target in which each token is the most probable one after
/// those before it; it ends at a boundary, or where it has as many tokens as it may have.
pub fn greedy(model: &mut PairModel<'_>) -> Vec<Vec<u32>> {
    let sources = model.workspace.losses().len();
    let mut written = vec![Vec::new(); sources];
    let mut is_open = vec![true; sources];
    model.begin();
    for step in 0..model.steps {
        model.compute(step == 0);
        for index in (0..sources).filter(|index| is_open[*index]).collect::<Vec<_>>() {
            let token = most_probable(model.logits(index)) as u32;
            is_open[index] = token != BOUNDARY;
            if is_open[index] {
                written[index].push(token);
                model.put(index, token);
            }
        }
        if !is_open.contains(&true) {
            break;
        }
    }
    written
}
