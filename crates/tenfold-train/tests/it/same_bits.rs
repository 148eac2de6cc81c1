//! Compares whole training runs with the bits they gave when they were recorded, so that a change
//! inside the crate alters no stored trial.
//!
//! Bits depend on the kind of processor (`engine::kernel`), so they are compared only on the kind
//! on which they were recorded. Elsewhere the errors and the last loss are compared, which rounding
//! moves by less than the tolerance. Whoever means to change bits raises `NUMERICS_VERSION` and
//! writes down what the failing test prints.

#![expect(clippy::unreadable_literal, reason = "a program recorded them")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use safetensors::SafeTensors;
use tenfold_data::Dataset;
use tenfold_train::learners::{CNN, LINEAR, MLP, RESNET};
use tenfold_train::ranks::Threads;
use tenfold_train::{
    LearnerSettings, Metric, Optimizer, Schedule, TrainJob, Trained, metrics, train, train_as_rank,
};

use crate::data::{bars, plane, rows};
use crate::training::{go_on, job, quick};

/// What came out of one run when it was recorded.
struct Golden {
    name: &'static str,
    /// Hash of every tensor of the last checkpoint: parameters, statistics, moments, history.
    state: u64,
    /// Hash of errors, operations and the outcome of each held-out example.
    result: u64,
    last_loss: f64,
    test_error: f64,
}

/// Largest relative difference of an error or a loss on a processor with other instructions:
/// products round differently there, and 60 updates with ReLUs that may switch amplify the
/// difference. Chosen, not measured: a wrong gradient changes a loss by more.
const TOLERANCE: f64 = 0.02;

const RECORDED: &[Golden] = &[
    Golden {
        name: "linear",
        state: 0xD55A_EF70_B762_66FC,
        result: 0xC39C_3296_B27D_C8A6,
        last_loss: 0.0013005018093083253,
        test_error: 0.0,
    },
    Golden {
        name: "linear on values",
        state: 0xC6EB_62C3_CB25_C6E9,
        result: 0x65C4_F75F_164D_E45D,
        last_loss: 0.44098858482005115,
        test_error: 13.789988569238519,
    },
    Golden {
        name: "mlp",
        state: 0xA170_9C88_4244_E8F1,
        result: 0x999C_1CFD_BD71_FAB1,
        last_loss: 0.0010690476020270973,
        test_error: 0.0,
    },
    Golden {
        name: "mlp by adam",
        state: 0x0244_5AA4_4F9A_284D,
        result: 0x5209_4A02_6EC7_EC7F,
        last_loss: 0.0021160688696536534,
        test_error: 8.13205873453171e-5,
    },
    Golden {
        name: "mlp on values by sgd",
        state: 0xB07E_CA34_D8DE_E8F8,
        result: 0xA5DD_4559_2FA0_E43D,
        last_loss: 0.2359205749029294,
        test_error: 8.7222175608384,
    },
    Golden {
        name: "cnn",
        state: 0x3307_D382_6CAE_1034,
        result: 0xEDEE_BFE6_1D00_0A7D,
        last_loss: 0.0006935446079967955,
        test_error: 0.0,
    },
    Golden {
        name: "cnn of 16 channels",
        state: 0x908C_D944_576A_6E7B,
        result: 0xB865_B45E_5861_C77C,
        last_loss: 3.396495209528894e-9,
        test_error: 0.0,
    },
    Golden {
        name: "resnet",
        state: 0x42CA_C5E8_FECB_2E54,
        result: 0x1DFA_4297_60A0_336F,
        last_loss: 0.028560217839929035,
        test_error: 0.0,
    },
    Golden {
        name: "resnet in one chunk",
        state: 0x7201_FDC5_7E47_8828,
        result: 0xC6D7_4C41_1B89_8442,
        last_loss: 0.07115888617457948,
        test_error: 0.0,
    },
];

/// Whether this processor has the vector units of the one the runs were recorded on.
fn is_recorded_kind() -> bool {
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    {
        is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && !is_x86_feature_detected!("avx512f")
    }
    #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
    false
}

fn hash(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

fn hash_of_state(checkpoint: &Path) -> u64 {
    let bytes = fs::read(checkpoint).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors: Vec<_> = file.iter().collect();
    tensors.sort_by_key(|(name, _)| name.to_owned());
    hash(tensors.into_iter().flat_map(|(name, view)| {
        let name = name.bytes().collect::<Vec<u8>>();
        name.into_iter().chain(view.data().to_vec())
    }))
}

fn hash_of_result(trained: &Trained) -> u64 {
    let numbers = [
        trained.validation_error,
        trained.test_error,
        trained.train_error,
        trained.parameter_count as f64,
        trained.training_flop,
        trained.steps as f64,
        trained.best_step as f64,
    ];
    let outcomes = trained.test_statistics.iter().chain(&trained.validation_statistics);
    hash(
        numbers
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .chain(outcomes.flat_map(|outcome| outcome.to_le_bytes())),
    )
}

/// Trains alone, on three threads and on two ranks, and compares each with what is recorded.
fn check(
    name: &'static str,
    dataset: &Dataset,
    metric: &'static dyn Metric,
    settings: &LearnerSettings,
    problems: &mut String,
) {
    let parts = rows([130, 70, 100]);
    let folder = tempfile::tempdir().unwrap();
    let mut results = Vec::new();
    for (way, threads, ranks) in [("alone", 1, 1), ("threads", 3, 1), ("ranks", 1, 2)] {
        let path = folder.path().join(way);
        let job =
            TrainJob { threads, metric, checkpoint: Some(&path), ..job(dataset, &parts, settings) };
        let trained =
            if ranks == 1 { train(&job, &mut go_on).unwrap() } else { on_two_ranks(&job) };
        let last_loss = trained.history.last().unwrap().train_loss;
        results.push(Golden {
            name,
            state: hash_of_state(&path),
            result: hash_of_result(&trained),
            last_loss,
            test_error: trained.test_error,
        });
    }
    for found in &results {
        let golden = RECORDED.iter().find(|golden| golden.name == name);
        if golden.is_none_or(|golden| !is_same(golden, found)) {
            let Golden { name, state, result, last_loss, test_error } = found;
            writeln!(
                problems,
                "    Golden {{ name: {name:?}, state: {state:#x}, result: {result:#x}, last_loss: \
                 {last_loss:?}, test_error: {test_error:?} }},"
            )
            .unwrap();
        }
    }
}

fn is_same(golden: &Golden, found: &Golden) -> bool {
    let is_near = |left: f64, right: f64| (left - right).abs() <= TOLERANCE * left.abs().max(0.5);
    let is_near =
        is_near(golden.last_loss, found.last_loss) && is_near(golden.test_error, found.test_error);
    let is_equal = (golden.state, golden.result) == (found.state, found.result);
    is_near && (is_equal || !is_recorded_kind())
}

fn on_two_ranks(job: &TrainJob<'_>) -> Trained {
    std::thread::scope(|scope| {
        let start = |mut member: Threads| {
            scope.spawn(move || train_as_rank(job, &mut member, &mut go_on).unwrap())
        };
        let ranks: Vec<_> = Threads::group(2).into_iter().map(start).collect();
        ranks.into_iter().map(|rank| rank.join().unwrap()).next().unwrap()
    })
}

#[test]
fn training_gives_the_bits_that_were_recorded() {
    let error_rate = metrics::ERROR_RATE;
    let grey = (bars(300, 1, 14), error_rate);
    let colours = (bars(300, 3, 12), error_rate);
    let nats = (bars(300, 1, 14), metrics::CROSS_ENTROPY);
    let values = (plane(300), metrics::RMSE);
    let chunks = |learner| LearnerSettings { chunks: 3, batch: 40, ..quick(learner) };
    let wide = LearnerSettings { width: 16, ..chunks(CNN) };
    let sgd = LearnerSettings {
        optimizer: Optimizer::Sgd,
        learning_rate: 1e-3,
        schedule: Schedule::Constant,
        ..chunks(MLP)
    };
    let adam = LearnerSettings { optimizer: Optimizer::Adam, ..quick(MLP) };
    let whole = quick(RESNET);
    let mut problems = String::new();
    let mut run =
        |name, (dataset, metric): &(Dataset, &'static dyn Metric), settings: &LearnerSettings| {
            check(name, dataset, *metric, settings, &mut problems);
        };
    run("linear", &grey, &chunks(LINEAR));
    run("linear on values", &values, &chunks(LINEAR));
    run("mlp", &grey, &chunks(MLP));
    run("mlp by adam", &nats, &adam);
    run("mlp on values by sgd", &values, &sgd);
    run("cnn", &grey, &chunks(CNN));
    run("cnn of 16 channels", &colours, &wide);
    run("resnet", &colours, &chunks(RESNET));
    run("resnet in one chunk", &grey, &whole);
    assert!(problems.is_empty(), "these runs were recorded otherwise:\n{problems}");
}
