//! Names by which the columns of a wide table are told apart.

/// What people call the training-set size.
pub(super) const SIZES: &[&str] = &[
    "size",
    "sizes",
    "train_size",
    "train_sizes",
    "training_size",
    "training_set_size",
    "n_train",
    "num_train",
    "n_train_samples",
    "num_train_samples",
    "train_samples",
    "training_samples",
    "n_examples",
    "num_examples",
    "train_examples",
    "training_examples",
    "examples",
    "n_samples",
    "num_samples",
    "samples",
    "dataset_size",
    "data_size",
    "tokens",
    "anchor",
    "n",
    "m",
];

/// What people call a repeat.
pub(super) const REPEATS: &[&str] = &[
    "seed",
    "fold",
    "run",
    "repeat",
    "rep",
    "replicate",
    "trial",
    "split",
    "repetition",
    "cv",
    "iteration",
    "random_state",
];

/// Parts of the names of metrics and of other columns that are no curves.
pub(super) const WORDS: &[&str] = &[
    "err",
    "acc",
    "loss",
    "score",
    "f1",
    "auc",
    "mse",
    "rmse",
    "mae",
    "r2",
    "nll",
    "ppl",
    "perplexity",
    "cer",
    "wer",
    "bleu",
    "map",
    "iou",
    "dice",
    "recall",
    "precision",
    "top",
    "std",
    "sd",
    "sem",
    "stdev",
    "deviation",
    "mean",
    "median",
    "seed",
    "fold",
    "run",
    "model",
    "curve",
    "param",
    "params",
    "parameters",
    "flop",
    "flops",
    "cost",
    "time",
    "seconds",
    "epoch",
    "epochs",
    "step",
    "steps",
    "error",
    "accuracy",
];

/// A name in small letters, with `_` for all that is no letter, without those at its ends.
pub(super) fn plain(name: &str) -> String {
    let plain: String = name
        .to_lowercase()
        .chars()
        .map(|letter| if letter.is_alphanumeric() { letter } else { '_' })
        .collect();
    plain.trim_matches('_').to_owned()
}
