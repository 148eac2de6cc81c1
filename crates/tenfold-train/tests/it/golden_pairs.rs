//! Every operation for pairs of sequences, and whole training runs of the learners that translate and of the
//! one that transcribes, against PyTorch (scripts/golden-pairs.py).

use serde_json::Value as Json;
use tenfold_train::engine::optimizer::{Moments, Update, clip};
use tenfold_train::engine::{Number, Pass, Shape, Tape, TapeRecorder, Value, Workspace};
use tenfold_train::learners::{
    DEEP_SPEECH, Fitting, PairInputs, PairShape, SEQ2SEQ, SpeechInputs, TRANSFORMER, TargetPart,
};
use tenfold_train::ops::{Activation, ctc_steps};
use tenfold_train::{Learner, LearnerSettings, Optimizer, SettingValue};

use crate::golden_operations::{assert_close, numbers};

/// The fixture has 13 digits of numbers up to about 100.
const TOLERANCE: f64 = 1e-10;

fn case(name: &str) -> Json {
    let file: Json = serde_json::from_str(include_str!("golden/pairs.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    cases.iter().find(|case| case["name"] == name).unwrap().clone()
}

/// Compares output and gradients of what `record` records of inputs of `shapes`.
fn check(
    name: &str,
    shapes: &[Shape],
    record: impl FnOnce(&mut TapeRecorder, &[Value]) -> Option<Value>,
) {
    let case = case(name);
    let (mut recorder, first) = TapeRecorder::new(shapes[0]);
    recorder.differentiate_input();
    let mut inputs = vec![first];
    inputs.extend(shapes[1..].iter().map(|shape| recorder.input(*shape)));
    record(&mut recorder, &inputs).unwrap();
    let tape = recorder.finish();
    let golden = case["parameters"].as_array().unwrap();
    assert_eq!(golden.len(), tape.parameters().len());
    let mut parameters = vec![0.0; tape.parameter_count()];
    for (group, golden) in tape.parameters().iter().zip(golden) {
        parameters[group.range.clone()].copy_from_slice(&numbers(golden));
    }
    let given: Vec<Vec<f64>> = case["inputs"].as_array().unwrap().iter().map(numbers).collect();
    let examples = given[0].len() / shapes[0].numbers();
    let mut workspace = Workspace::new(&tape, examples + 1);
    workspace.input(&tape, examples);
    for (index, given) in given.iter().enumerate() {
        workspace.input_at(&tape, index).copy_from_slice(given);
    }
    let pass = Pass::Train { key: 0, first_example: 0, mean_over: examples };
    workspace.forward(&tape, &parameters, &[], pass);
    let (output, gradient) = workspace.output_and_gradient(&tape);
    assert_close(name, output, &numbers(&case["output"]), TOLERANCE);
    gradient.copy_from_slice(&numbers(&case["direction"]));
    workspace.backward(&tape, &parameters);
    let of_input = numbers(&case["input_gradient"]);
    assert_close(name, workspace.input_gradient(&tape), &of_input, TOLERANCE);
    let golden = case["parameter_gradients"].as_array().unwrap();
    for (group, golden) in tape.parameters().iter().zip(golden) {
        let ours = &workspace.parameter_gradient()[group.range.clone()];
        assert_close(name, ours, &numbers(golden), TOLERANCE);
    }
}

const LENGTHS: Shape = Shape { height: 1, width: 1, channels: 1 };

#[test]
fn both_directions_agree_with_pytorch() {
    let shapes = [Shape::sequence(5, 3), LENGTHS];
    check("bidirectional_lstm", &shapes, |tape, inputs| {
        let both = tape.bidirectional_lstm(inputs[0], inputs[1], 4)?;
        let last = tape.at_every_step(both.last, 5);
        tape.side_by_side(both.steps, last)
    });
}

#[test]
fn attention_to_another_sequence_agrees_with_pytorch() {
    let plain = Activation::Identity;
    let shapes = [Shape::sequence(4, 3), LENGTHS, Shape::sequence(5, 2)];
    check("additive_attention", &shapes, |tape, inputs| {
        let keys = tape.linear_each(inputs[2], 3, plain);
        let weights = tape.additive_attention(inputs[0], keys, inputs[1])?;
        tape.weighted_sum(weights, keys)
    });
    let shapes = [Shape::sequence(4, 6), LENGTHS, Shape::sequence(5, 2)];
    check("cross_attention", &shapes, |tape, inputs| {
        let attended = tape.linear_each(inputs[2], 12, plain);
        tape.cross_attention(inputs[0], attended, inputs[1], 2)
    });
}

#[test]
fn positions_as_waves_agree_with_pytorch() {
    check("sinusoids", &[Shape::sequence(5, 6)], |tape, inputs| {
        Some(tape.add_sinusoids(inputs[0]))
    });
}

#[test]
fn the_loss_without_alignment_agrees_with_pytorch() {
    let case = case("ctc");
    let (mut recorder, logits) = TapeRecorder::new(Shape::sequence(7, 5));
    recorder.differentiate_input();
    let labels = recorder.input(Shape::sequence(4, 1));
    let lengths = recorder.input(LENGTHS);
    recorder.ctc(logits, labels, lengths);
    let tape = recorder.finish();
    let mut workspace = Workspace::new(&tape, 6);
    workspace.input(&tape, 6);
    let given: Vec<Vec<f64>> = case["inputs"].as_array().unwrap().iter().map(numbers).collect();
    for (index, given) in given.iter().enumerate() {
        workspace.input_at(&tape, index).copy_from_slice(given);
    }
    let pass = Pass::Train { key: 0, first_example: 0, mean_over: 1 };
    workspace.forward(&tape, &[], &[], pass);
    let losses = numbers(&case["losses"]);
    assert_close("ctc", workspace.losses(), &losses, TOLERANCE);
    workspace.backward(&tape, &[]);
    let golden = numbers(&case["input_gradient"]);
    assert_close("ctc", workspace.input_gradient(&tape), &golden, TOLERANCE);
    // Those that PyTorch gives no loss are those that need more steps than there are.
    for ((labels, steps), loss) in given[1].chunks_exact(4).zip(&given[2]).zip(losses) {
        let labels = labels.iter().take_while(|label| **label >= 0.0);
        let labels: Vec<u32> = labels.map(|label| *label as u32).collect();
        assert_eq!(ctc_steps(&labels) as f64 > *steps, loss == 0.0, "{labels:?} in {steps}");
    }
}

/// As for the language models: what is behind the 13 digits, amplified by 30 updates.
const RUN_DOUBLE: f64 = 1e-10;
const RUN_SINGLE: f64 = 3e-5;

const SIZES: [usize; 2] = [7, 6];

/// The pairs of a run, as tokens.
struct GoldenPairs {
    sources: Vec<Vec<f64>>,
    targets: Vec<Vec<f64>>,
}

impl GoldenPairs {
    fn of(golden: &Json) -> Self {
        let [sources, targets] = ["sources", "targets"]
            .map(|side| golden[side].as_array().unwrap().iter().map(numbers).collect());
        Self { sources, targets }
    }

    /// The shape of a batch of `rows`.
    fn shape(&self, rows: &[usize]) -> PairShape {
        let longest = |all: &[Vec<f64>]| rows.iter().map(|row| all[*row].len() + 1).max().unwrap();
        PairShape { source: longest(&self.sources), target: longest(&self.targets) }
    }

    /// Writes a batch of `rows` to a workspace of `tape`; returns how many tokens are predicted.
    fn copy_to<T: Number>(
        &self,
        workspace: &mut Workspace<T>,
        tape: &Tape,
        rows: &[usize],
    ) -> usize {
        let shape = self.shape(rows);
        workspace.input(tape, rows.len());
        let mut put = |input: usize, each: usize, numbers: &dyn Fn(usize) -> Vec<f64>| {
            // Behind a target nothing is asked for.
            let padding = [0.0, 0.0, 0.0, -1.0][input];
            let places = workspace.input_at(tape, input).chunks_exact_mut(each);
            for (places, row) in places.zip(rows) {
                let numbers = numbers(*row).into_iter().chain(std::iter::repeat(padding));
                places.iter_mut().zip(numbers).for_each(|(p, number)| *p = T::from_f64(number));
            }
        };
        put(0, shape.source, &|row| self.sources[row].clone());
        put(1, 1, &|row| vec![self.sources[row].len() as f64 + 1.0]);
        put(2, shape.target, &|row| [&[0.0], &self.targets[row][..]].concat());
        put(3, shape.target, &|row| [&self.targets[row][..], &[0.0]].concat());
        rows.iter().map(|row| self.targets[*row].len() + 1).sum()
    }
}

fn tape_of(learner: &'static dyn Learner, golden: &Json, shape: PairShape) -> Tape {
    let width = if learner == SEQ2SEQ { 6 } else { 8 };
    let mut settings =
        LearnerSettings { width, depth: 1, dropout: 0.0, ..LearnerSettings::defaults(learner) };
    let own = if learner == SEQ2SEQ { ("embedding", 4.0) } else { ("heads", 2.0) };
    settings.set(own.0, &SettingValue::Number(own.1)).unwrap();
    let Fitting::Pairs(recorded) = learner.fitting() else { unreachable!("{}", learner.name()) };
    let (mut tape, source) = TapeRecorder::new(Shape::sequence(shape.source, 1));
    let lengths = tape.input(LENGTHS);
    let before = tape.input(Shape::sequence(shape.target, 1));
    let inputs = PairInputs { source, lengths, before, part: TargetPart::Whole };
    let logits = recorded.record(&mut tape, inputs, &settings, SIZES).unwrap();
    let targets = tape.input(Shape::sequence(shape.target, 1));
    tape.sequence_cross_entropy(logits, targets, golden["smoothing"].as_f64().unwrap());
    tape.finish()
}

/// The recordings of a run: frames of some bands, and labels.
struct GoldenRecordings {
    bands: usize,
    frames: Vec<Vec<f64>>,
    labels: Vec<Vec<f64>>,
}

impl GoldenRecordings {
    fn of(golden: &Json) -> Self {
        let [frames, labels] = ["frames", "labels"]
            .map(|part| golden[part].as_array().unwrap().iter().map(numbers).collect());
        Self { bands: golden["bands"].as_u64().unwrap() as usize, frames, labels }
    }

    fn length(&self, row: usize) -> usize {
        self.frames[row].len() / self.bands
    }

    fn tape(&self, golden: &Json, rows: &[usize]) -> Tape {
        let longest = |of: &dyn Fn(usize) -> usize| rows.iter().map(|row| of(*row)).max().unwrap();
        let mut settings = LearnerSettings {
            width: 6,
            depth: 2,
            dropout: 0.0,
            ..LearnerSettings::defaults(DEEP_SPEECH)
        };
        settings.set("channels", &SettingValue::Number(2.0)).unwrap();
        let Fitting::Speech(recorded) = DEEP_SPEECH.fitting() else { unreachable!() };
        let height = longest(&|row| self.length(row));
        let (mut tape, frames) =
            TapeRecorder::new(Shape { height, width: self.bands, channels: 1 });
        let lengths = tape.input(LENGTHS);
        let labels = tape.input(Shape::sequence(longest(&|row| self.labels[row].len()), 1));
        let classes = golden["classes"].as_u64().unwrap() as usize;
        let inputs = SpeechInputs { frames, lengths };
        let logits = recorded.record(&mut tape, inputs, &settings, classes).unwrap();
        // The first convolution makes one step of two frames.
        let steps = tape.shortened(lengths, 2);
        tape.ctc(logits, labels, steps);
        tape.finish()
    }

    /// Writes a batch of `rows` to a workspace of `tape`; returns over how many the loss is a mean.
    fn copy_to<T: Number>(
        &self,
        workspace: &mut Workspace<T>,
        tape: &Tape,
        rows: &[usize],
    ) -> usize {
        workspace.input(tape, rows.len());
        let mut put = |input: usize, behind: f64, numbers: &dyn Fn(usize) -> Vec<f64>| {
            let places = workspace.input_at(tape, input);
            let each = places.len() / rows.len();
            for (places, row) in places.chunks_exact_mut(each).zip(rows) {
                let numbers = numbers(*row).into_iter().chain(std::iter::repeat(behind));
                places.iter_mut().zip(numbers).for_each(|(p, number)| *p = T::from_f64(number));
            }
        };
        put(0, 0.0, &|row| self.frames[row].clone());
        put(1, 0.0, &|row| vec![self.length(row) as f64]);
        put(2, -1.0, &|row| self.labels[row].clone());
        rows.len()
    }
}

/// Writes a batch to a workspace of a tape; returns over how many targets the loss is a mean.
type CopyTo<'a, T> = dyn Fn(&mut Workspace<T>, &Tape, &[usize]) -> usize + 'a;

/// A run that PyTorch made: the examples of a batch, and the tape that reads it.
struct Batches<'a, T> {
    examples: usize,
    tape: &'a dyn Fn(&[usize]) -> Tape,
    copy_to: &'a CopyTo<'a, T>,
}

/// Trains on batches that have a tape each, all with the same parameters; compares every loss, every
/// length of a gradient and, in double precision, the last parameters.
fn check_run<T: Number>(golden: &Json, batches: &Batches<'_, T>, tolerance: f64) {
    let name = golden["name"].as_str().unwrap();
    let batch = golden["batch"].as_u64().unwrap() as usize;
    let (losses, lengths) = (numbers(&golden["losses"]), numbers(&golden["lengths"]));
    let mut parameters: Vec<T> = Vec::new();
    let mut moments = Moments::new(Optimizer::Adam, 0);
    let mut found = (Vec::new(), Vec::new());
    let mut groups = Vec::new();
    for step in 0..losses.len() {
        let rows: Vec<usize> = (0..batch).map(|i| (step * batch + i) % batches.examples).collect();
        let tape = (batches.tape)(&rows);
        if step == 0 {
            parameters = vec![T::ZERO; tape.parameter_count()];
            moments = Moments::new(Optimizer::Adam, parameters.len());
            groups = tape.parameters().to_vec();
            let initial = golden["initial"].as_array().unwrap();
            assert_eq!(groups.len(), initial.len());
            for (group, initial) in groups.iter().zip(initial) {
                let initial = numbers(initial).into_iter().map(T::from_f64);
                parameters.splice(group.range.clone(), initial);
            }
        }
        assert_eq!(tape.parameters(), groups, "the shape of a batch changes no parameter");
        let mut workspace = Workspace::new(&tape, batch);
        let counted = (batches.copy_to)(&mut workspace, &tape, &rows);
        let pass = Pass::Train { key: 0, first_example: 0, mean_over: counted };
        workspace.forward(&tape, &parameters, &[], pass);
        found.0.push(workspace.losses().iter().sum::<f64>() / counted as f64);
        workspace.backward(&tape, &parameters);
        let longest = golden["longest"].as_f64().unwrap();
        found.1.push(clip(workspace.parameter_gradient_mut(), longest));
        let update = Update {
            optimizer: Optimizer::Adam,
            learning_rate: golden["rate"].as_f64().unwrap(),
            weight_decay: 0.0,
            momentum: 0.0,
            number: step as u64 + 1,
        };
        let gradient = workspace.parameter_gradient();
        update.apply(&mut parameters, tape.decayed_count(), gradient, &mut moments);
    }
    assert_close(name, &found.0, &losses, tolerance);
    assert_close(name, &found.1, &lengths, 10.0 * tolerance);
    // In single precision Adam follows the rounding where a gradient is 0 but for that.
    if tolerance > RUN_DOUBLE {
        return;
    }
    for (group, golden) in groups.iter().zip(golden["final"].as_array().unwrap()) {
        let ours = parameters[group.range.clone()].iter().map(|number| number.to_f64());
        assert_close(name, &ours.collect::<Vec<_>>(), &numbers(golden), 10.0 * tolerance);
    }
}

fn check_translator<T: Number>(learner: &'static dyn Learner, tolerance: f64) {
    let golden = case(learner.name());
    let pairs = GoldenPairs::of(&golden);
    let batches = Batches {
        examples: pairs.sources.len(),
        tape: &|rows| tape_of(learner, &golden, pairs.shape(rows)),
        copy_to: &|workspace, tape, rows| pairs.copy_to(workspace, tape, rows),
    };
    check_run::<T>(&golden, &batches, tolerance);
}

fn check_transcriber<T: Number>(tolerance: f64) {
    let golden = case("deep-speech");
    let recordings = GoldenRecordings::of(&golden);
    let batches = Batches {
        examples: recordings.frames.len(),
        tape: &|rows| recordings.tape(&golden, rows),
        copy_to: &|workspace, tape, rows| recordings.copy_to(workspace, tape, rows),
    };
    check_run::<T>(&golden, &batches, tolerance);
}

#[test]
fn learners_that_translate_train_as_in_pytorch() {
    for learner in [SEQ2SEQ, TRANSFORMER] {
        check_translator::<f64>(learner, RUN_DOUBLE);
        check_translator::<f32>(learner, RUN_SINGLE);
    }
}

#[test]
fn the_learner_that_transcribes_trains_as_in_pytorch() {
    check_transcriber::<f64>(RUN_DOUBLE);
    check_transcriber::<f32>(RUN_SINGLE);
}
