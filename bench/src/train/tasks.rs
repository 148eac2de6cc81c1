//! The training steps that are compared, and their batches.

use tenfold_train::engine::{Shape, Sliding, Tape, TapeRecorder, Value};
use tenfold_train::ops::{Activation, Attends, Bias, Ending, Source, Streams};

use crate::products::{Products, linear};

/// Number of batches, which are used in turn.
const BATCHES: usize = 16;

/// Steps of a sequence, and number of distinct characters.
const SEQUENCE: usize = 64;
const VOCABULARY: usize = 64;

/// One kind of step.
pub(crate) struct Task {
    /// Also its name in `pytorch.py`.
    pub(crate) name: &'static str,
    pub(crate) batch: usize,
    /// Steps of a round.
    pub(crate) steps: usize,
    input: Shape,
    /// Whether each step of a sequence has a target.
    is_sequence: bool,
    record: fn(&mut TapeRecorder, Value) -> Value,
    /// The products of a step; empty unless `gemm` computes all of them.
    pub(crate) products: fn() -> Vec<Products>,
}

const IMAGE: Shape = Shape { height: 28, width: 28, channels: 1 };
const TOKENS: Shape = Shape { height: 1, width: SEQUENCE, channels: 1 };

/// All of them.
pub(crate) const TASKS: &[Task] = &[
    Task {
        name: "mlp",
        batch: 64,
        steps: 400,
        input: IMAGE,
        is_sequence: false,
        record: mlp,
        products: || {
            [linear(64, 784, 256, true), linear(64, 256, 128, false), linear(64, 128, 10, false)]
                .concat()
        },
    },
    Task {
        name: "cnn",
        batch: 64,
        steps: 30,
        input: IMAGE,
        is_sequence: false,
        record: cnn,
        // Products are not counted for convolutions.
        products: Vec::new,
    },
    Task {
        name: "lstm",
        batch: 32,
        steps: 20,
        input: TOKENS,
        is_sequence: true,
        record: lstm,
        products: || {
            let step = |inner, columns| Products { count: 64, rows: 32, inner, columns };
            let weights = Products { count: 1, rows: 128, inner: 2_048, columns: 512 };
            let recurrent = vec![step(128, 512), step(512, 128), weights];
            // The first product is that of the table of 64 tokens.
            [linear(64, 64, 512, false), recurrent, linear(2_048, 128, 64, false)].concat()
        },
    },
    Task {
        name: "transformer",
        batch: 32,
        steps: 5,
        input: TOKENS,
        is_sequence: true,
        record: transformer,
        products: || {
            let head = |inner, columns| Products { count: 3 * 32 * 4, rows: 64, inner, columns };
            let layers = [(128, 384), (128, 128), (128, 512), (512, 128)];
            let of_layer = || {
                let linears = layers.iter().flat_map(|(a, b)| linear(2_048, *a, *b, false));
                linears.chain([head(32, 64), head(64, 32)])
            };
            let all = (0..4).flat_map(|_| of_layer());
            all.chain(linear(2_048, 128, 64, false)).collect()
        },
    },
];

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

fn lstm(tape: &mut TapeRecorder, tokens: Value) -> Value {
    let source = Source::Tokens { tokens, vocabulary: VOCABULARY, width: 64 };
    let hidden = tape.lstm(source, 128, Streams::Fresh);
    tape.linear_each(hidden, VOCABULARY, Activation::Identity)
}

fn transformer(tape: &mut TapeRecorder, tokens: Value) -> Value {
    let (width, plain) = (128, Activation::Identity);
    let embedded = tape.embedding(tokens, VOCABULARY, width, 0.02);
    let mut stream = tape.add_positions(embedded);
    for _ in 0..4 {
        let normal = tape.layer_norm(stream);
        let asked = tape.linear_each(normal, 3 * width, plain);
        let found = tape.attention(asked, 4, Attends::ToThePast).unwrap();
        let found = tape.linear_each(found, width, plain);
        stream = tape.add(stream, found, plain).unwrap();
        let normal = tape.layer_norm(stream);
        let wide = tape.linear_each(normal, 4 * width, plain);
        let wide = tape.gelu(wide);
        let narrow = tape.linear_each(wide, width, plain);
        stream = tape.add(stream, narrow, plain).unwrap();
    }
    let normal = tape.layer_norm(stream);
    tape.linear_each(normal, VOCABULARY, plain)
}

impl Task {
    pub(crate) fn tape(&self) -> Tape {
        let (mut tape, input) = TapeRecorder::new(self.input);
        let output = (self.record)(&mut tape, input);
        if self.is_sequence {
            let targets = tape.input(TOKENS);
            tape.sequence_cross_entropy(output, targets, 0.0);
        } else {
            let labels = tape.input(Shape::flat(1));
            tape.cross_entropy(output, labels);
        }
        tape.finish()
    }

    /// Inputs and targets of each batch, from a formula.
    pub(crate) fn batches(&self) -> Vec<(Vec<f32>, Vec<f32>)> {
        let mut state = 12_345_u64;
        let mut draw = move |bound: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % bound
        };
        let mut batch = || {
            let (mut inputs, mut targets) = (Vec::new(), Vec::new());
            for _ in 0..self.batch {
                if self.is_sequence {
                    // The next character is mostly a function of the one before.
                    let mut token = draw(VOCABULARY as u64);
                    for _ in 0..SEQUENCE {
                        let next = if draw(4) > 0 { (5 * token + 3) % 64 } else { draw(64) };
                        inputs.push(token as f32);
                        targets.push(next as f32);
                        token = next;
                    }
                } else {
                    let label = draw(10);
                    let bar = |pixel: u64| f32::from(u8::from(pixel / 28 / 3 == label));
                    inputs.extend((0..784).map(|pixel| bar(pixel) + draw(100) as f32 / 50.0));
                    // Some labels are wrong, so that the loss does not vanish.
                    targets.push(if draw(4) > 0 { label } else { draw(10) } as f32);
                }
            }
            (inputs, targets)
        };
        (0..BATCHES).map(|_| batch()).collect()
    }
}
