//! Names that people usually give to columns.

/// Usual names of the training-set size, most likely first.
pub const SIZES: [&str; 54] = [
    "size",
    "train_size",
    "size_train",
    "training_size",
    "training_set_size",
    "train_set_size",
    "n_train",
    "num_train",
    "ntrain",
    "n_train_samples",
    "num_train_samples",
    "n_training_samples",
    "train_samples",
    "training_samples",
    "n_train_examples",
    "num_train_examples",
    "train_examples",
    "training_examples",
    "n_examples",
    "num_examples",
    "examples",
    "n_samples",
    "num_samples",
    "samples",
    "n_train_lines",
    "n_train_rows",
    "n_train_images",
    "n_train_sentences",
    "dataset_size",
    "data_size",
    "train_sizes",
    "sizes",
    "train_tokens",
    "n_tokens",
    "num_tokens",
    "tokens",
    "train_hours",
    "hours",
    "anchor",
    "n",
    "m",
    "train_fraction",
    "train_frac",
    "data_fraction",
    "fraction",
    "frac",
    "subset",
    "subset_size",
    "train_subset",
    "data_percent",
    "train_percent",
    "percent",
    "proportion",
    "portion",
];

/// Usual names of the seed, or of another number of a replicate. Folds come last, since a repeat
/// may have several.
pub const SEEDS: [&str; 16] = [
    "seed",
    "random_seed",
    "random_state",
    "rng_seed",
    "train_seed",
    "repeat",
    "repetition",
    "replicate",
    "replica",
    "rep",
    "trial",
    "resample",
    "bootstrap",
    "seed_id",
    "fold",
    "cv_fold",
];

/// Usual names of the part of the data that a run was tested on.
pub const FOLDS: [&str; 6] = ["fold", "cv_fold", "fold_id", "cv_split", "split_id", "fold_idx"];

/// Usual names of a column that names the curve.
pub const CURVES: [&str; 15] = [
    "curve",
    "model",
    "model_name",
    "learner",
    "algorithm",
    "algo",
    "estimator",
    "classifier",
    "architecture",
    "arch",
    "network",
    "backbone",
    "method",
    "experiment",
    "study",
];

/// Usual names of the metric on data that was not trained on, most likely first.
pub const METRICS: [&str; 34] = [
    "error",
    "test_error",
    "val_error",
    "validation_error",
    "valid_error",
    "test_error_rate",
    "val_error_rate",
    "error_rate",
    "err",
    "test_err",
    "val_err",
    "test_loss",
    "val_loss",
    "validation_loss",
    "valid_loss",
    "eval_loss",
    "test_rmse",
    "val_rmse",
    "rmse",
    "test_accuracy",
    "val_accuracy",
    "validation_accuracy",
    "eval_accuracy",
    "test_acc",
    "val_acc",
    "accuracy",
    "acc",
    "test_score",
    "val_score",
    "score",
    "mse",
    "mae",
    "loss",
    "value",
];

/// Usual names of the step of a value within its run.
pub const STEPS: [&str; 9] = [
    "step",
    "epoch",
    "global_step",
    "_step",
    "iteration",
    "iter",
    "training_iteration",
    "train_step",
    "steps",
];

/// Usual names of the identifier of a run.
pub const RUNS: [&str; 8] =
    ["run", "run_id", "run_uuid", "run_name", "_run", "trial_id", "job_id", "experiment_id"];

/// Optional columns with a number, each with its other usual names.
pub const OPTIONAL: [(&str, &[&str]); 8] = [
    ("seed", &SEEDS),
    ("standard_error", &["stderr", "std_err", "std_error", "sem", "error_sem"]),
    ("train_error", &["train_err", "training_error"]),
    (
        "parameters",
        &[
            "params",
            "n_params",
            "num_params",
            "n_parameters",
            "num_parameters",
            "parameter_count",
            "param_count",
            "model_size",
        ],
    ),
    ("cost", &[]),
    ("seconds", &["train_seconds", "training_seconds"]),
    ("epochs", &[]),
    ("non_embedding_parameters", &["non_embedding_params"]),
];

/// Columns that describe a measurement, each with its other usual names.
pub const DETAILS: [(&str, &[&str]); 7] = [
    ("kind", &[]),
    ("aggregate", &[]),
    ("best_guess", &[]),
    (
        "test_examples",
        &["n_test", "num_test", "n_test_examples", "num_test_examples", "n_test_samples"],
    ),
    ("censored", &[]),
    ("flop", &["flops", "train_flops", "training_flops", "total_flops"]),
    ("outcomes", &[]),
];

/// Conditions of an experiment: where they differ within one size, rows belong to several curves.
pub(super) const CONDITIONS: &str = "\
    dataset data task domain language lang corpus optimizer optimiser lr learning_rate batch \
    batch_size noise noise_rate noise_type noise_level label_noise augmentation aug depth width \
    layers n_layers num_layers hidden hidden_size d_model dropout weight_decay regularization \
    variant setting config condition group category class kernel pretrained pretraining features \
    temperature parameters source strategy sampling loss_function budget";

/// Columns that do not describe the measurement: where and when it was made, notes, and names of
/// rows.
pub(super) const REMARKS: &str = "\
    host hostname node machine gpu gpus device accelerator date datetime time timestamp created \
    created_at started commit git_commit git_hash sha user author comment comments note notes tag tags \
    path file filename checkpoint log id idx index row line unnamed:_0 status state runtime walltime \
    duration version _runtime _timestamp";
