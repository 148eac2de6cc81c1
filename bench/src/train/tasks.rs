//! The training steps that are compared, and their batches.

use tenfold_train::engine::{Shape, Sliding, Tape, TapeRecorder, Value};
use tenfold_train::learners::{
    Fitting, LSTM_LM, Learner, RHN_LM, SEQ2SEQ, TRANSFORMER, TRANSFORMER_LM,
};
use tenfold_train::ops::{Activation, Bias, Ending};

use crate::products::{Products, linear};
use crate::{pairs, speech};

/// Number of batches, which are used in turn.
pub(crate) const BATCHES: usize = 16;

/// Steps of a sequence, and number of distinct characters.
const SEQUENCE: usize = 64;
const VOCABULARY: usize = 96;

/// What a step reads.
pub(crate) struct Batch {
    /// The tape of its shape.
    pub(crate) tape: usize,
    pub(crate) examples: usize,
    /// The inputs of the tape, the targets among them: each one example after the other.
    pub(crate) inputs: Vec<Vec<f32>>,
}

/// What a kind of step is done with.
pub(crate) struct Material {
    /// One for each shape of a batch, all with the same parameters.
    pub(crate) tapes: Vec<Tape>,
    pub(crate) batches: Vec<Batch>,
    /// What the model of `pytorch.py` has to be told: sizes of vocabularies.
    pub(crate) sizes: Vec<usize>,
}

/// One kind of step.
pub(crate) struct Task {
    /// Also its name in `pytorch.py`.
    pub(crate) name: &'static str,
    pub(crate) batch: usize,
    /// Steps of a round.
    pub(crate) steps: usize,
    /// What it is done with, in batches of so many examples.
    pub(crate) material: fn(usize) -> Material,
    /// What the sum of the losses of a batch is divided by.
    pub(crate) mean_over: fn(&Batch) -> usize,
    /// The products of a step on so many examples of a batch. Convolutions count as the products they
    /// amount to.
    pub(crate) products: fn(&Batch, usize) -> Vec<Products>,
    /// Whether the engine computes them as products.
    pub(crate) is_made_of_products: bool,
}

const IMAGE: Shape = Shape { height: 28, width: 28, channels: 1 };
const TOKENS: Shape = Shape { height: 1, width: SEQUENCE, channels: 1 };

/// All of them.
pub(crate) const TASKS: &[Task] = &[
    Task {
        name: "mlp",
        batch: 64,
        steps: 400,
        material: |batch| from_formula(classifier(mlp), batch, Numbers::image),
        mean_over: targets,
        products: |_, batch| {
            let layer = |inputs, outputs, is_first| linear(batch, inputs, outputs, is_first);
            [layer(784, 256, true), layer(256, 128, false), layer(128, 10, false)].concat()
        },
        is_made_of_products: true,
    },
    Task {
        name: "cnn",
        batch: 64,
        steps: 30,
        material: |batch| from_formula(classifier(cnn), batch, Numbers::image),
        mean_over: targets,
        products: |_, batch| {
            let filters = |width: usize, inputs: usize, outputs, is_first| {
                linear(batch * width * width, 9 * inputs, outputs, is_first)
            };
            [
                filters(28, 1, 16, true),
                filters(14, 16, 32, false),
                filters(7, 32, 64, false),
                linear(batch, 9 * 64, 10, false),
            ]
            .concat()
        },
        is_made_of_products: false,
    },
    Task {
        name: "lstm-lm",
        batch: 32,
        steps: 30,
        material: |batch| from_formula(language_model(LSTM_LM), batch, Numbers::sequence),
        mean_over: targets,
        products: |_, batch| recurrent(batch, 4, 1),
        is_made_of_products: true,
    },
    Task {
        name: "rhn-lm",
        batch: 32,
        steps: 15,
        material: |batch| from_formula(language_model(RHN_LM), batch, Numbers::sequence),
        mean_over: targets,
        products: |_, batch| recurrent(batch, 2, 3),
        is_made_of_products: true,
    },
    Task {
        name: "transformer-lm",
        batch: 32,
        steps: 5,
        material: |batch| from_formula(language_model(TRANSFORMER_LM), batch, Numbers::sequence),
        mean_over: targets,
        products: |_, batch| {
            let places = SEQUENCE * batch;
            let head = |inner, columns| Products { count: 3 * batch * 4, rows: 64, inner, columns };
            let layers = [(128, 384), (128, 128), (128, 512), (512, 128)];
            let of_layer = || {
                let linears = layers.iter().flat_map(|(a, b)| linear(places, *a, *b, false));
                linears.chain([head(32, 64), head(64, 32)])
            };
            let all = (0..4).flat_map(|_| of_layer());
            all.chain(linear(places, 128, VOCABULARY, false)).collect()
        },
        is_made_of_products: true,
    },
    Task {
        name: "seq2seq",
        batch: 32,
        steps: BATCHES,
        material: |batch| pairs::material(SEQ2SEQ, batch),
        mean_over: targets,
        products: pairs::products_of_seq2seq,
        is_made_of_products: true,
    },
    Task {
        name: "transformer",
        batch: 32,
        steps: BATCHES,
        material: |batch| pairs::material(TRANSFORMER, batch),
        mean_over: targets,
        products: pairs::products_of_transformer,
        is_made_of_products: true,
    },
    Task {
        name: "deep-speech",
        batch: 16,
        steps: BATCHES,
        material: speech::material,
        mean_over: |batch| batch.examples,
        products: speech::products,
        is_made_of_products: false,
    },
    Task {
        name: "ctc",
        batch: 16,
        steps: 4 * BATCHES,
        material: speech::material_of_ctc,
        mean_over: |batch| batch.examples,
        products: |_, _| Vec::new(),
        is_made_of_products: false,
    },
];

/// The products of a recurrent language model of 128 units with so many gates each, and so many layers
/// a step.
fn recurrent(batch: usize, gates: usize, layers: usize) -> Vec<Products> {
    let gates = 128 * gates;
    let step = |inner, columns| Products { count: SEQUENCE * layers, rows: batch, inner, columns };
    let weights = Products { count: layers, rows: 128, inner: SEQUENCE * batch, columns: gates };
    // Each token of the vocabulary is multiplied once, however often it occurs in the batch.
    let table = linear(VOCABULARY, 64, gates, false);
    let recurrent = vec![step(128, gates), step(gates, 128), weights];
    [table, recurrent, linear(SEQUENCE * batch, 128, VOCABULARY, false)].concat()
}

fn mlp(tape: &mut TapeRecorder, input: Value) -> Value {
    let hidden = tape.linear(input, 256, Activation::Relu);
    let hidden = tape.linear(hidden, 128, Activation::Relu);
    tape.linear(hidden, 10, Activation::Identity)
}

fn cnn(tape: &mut TapeRecorder, input: Value) -> Value {
    let mut hidden = input;
    for channels in [16, 32, 64] {
        let ending = Ending { bias: Bias::Trained, activation: Activation::Relu };
        hidden = tape.convolution(hidden, channels, Sliding::SAME_3, ending).unwrap();
        hidden = tape.max_pool(hidden, 2).unwrap();
    }
    tape.linear(hidden, 10, Activation::Identity)
}

/// Images, a layer of scores, and the loss of their labels.
fn classifier(scores: fn(&mut TapeRecorder, Value) -> Value) -> Tape {
    let (mut tape, input) = TapeRecorder::new(IMAGE);
    let output = scores(&mut tape, input);
    let labels = tape.input(Shape::flat(1));
    tape.cross_entropy(output, labels);
    tape.finish()
}

/// A built-in language model with its defaults.
fn language_model(learner: &dyn Learner) -> Tape {
    let Fitting::Gradient(model) = learner.fitting() else {
        unreachable!("language models are trained by gradient steps")
    };
    let (mut tape, tokens) = TapeRecorder::new(TOKENS);
    let output = model.record(&mut tape, tokens, &learner.defaults(), VOCABULARY).unwrap();
    let targets = tape.input(TOKENS);
    tape.sequence_cross_entropy(output, targets, 0.0);
    tape.finish()
}

/// The targets of a batch, which are its last input; padding has none.
fn targets(batch: &Batch) -> usize {
    let last = &batch.inputs[batch.inputs.len() - 1];
    last.iter().filter(|target| **target >= 0.0).count()
}

impl Batch {
    /// Numbers of input `index` that each example has.
    pub(crate) fn each(&self, index: usize) -> usize {
        self.inputs[index].len() / self.examples
    }
}

/// Batches of two inputs, to which `add_example` adds one example after the other.
fn from_formula(
    tape: Tape,
    examples: usize,
    add_example: fn(&mut Numbers, &mut Batch),
) -> Material {
    let mut numbers = Numbers(12_345);
    let mut batch = || {
        let mut batch = Batch { tape: 0, examples, inputs: vec![Vec::new(); 2] };
        (0..examples).for_each(|_| add_example(&mut numbers, &mut batch));
        batch
    };
    let batches = (0..BATCHES).map(|_| batch()).collect();
    Material { tapes: vec![tape], batches, sizes: Vec::new() }
}

/// A linear congruential generator.
pub(crate) struct Numbers(u64);

impl Numbers {
    /// A number below `bound`.
    fn draw(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % bound
    }

    /// Adds a sequence, whose next character is mostly a function of the one before.
    fn sequence(&mut self, batch: &mut Batch) {
        let characters = VOCABULARY as u64;
        let mut token = self.draw(characters);
        for _ in 0..SEQUENCE {
            let is_known = self.draw(4) > 0;
            let next = if is_known { (5 * token + 3) % characters } else { self.draw(characters) };
            batch.inputs[0].push(token as f32);
            batch.inputs[1].push(next as f32);
            token = next;
        }
    }

    /// Adds an image of a bar with noise. Some labels are wrong, so that the loss does not vanish.
    fn image(&mut self, batch: &mut Batch) {
        let label = self.draw(10);
        let bar = |pixel: u64| f32::from(u8::from(pixel / 28 / 3 == label));
        batch.inputs[0].extend((0..784).map(|pixel| bar(pixel) + self.draw(100) as f32 / 50.0));
        batch.inputs[1].push(if self.draw(4) > 0 { label } else { self.draw(10) } as f32);
    }
}
