//! Steps of the learners that translate: verses of the Bible in English and Spanish, in batches of like
//! length as in a study.

use tenfold_data::seed::Stream;
use tenfold_data::{BOUNDARY, Source, Texts, WORDS};
use tenfold_train::LearnerSettings;
use tenfold_train::engine::{Shape, Tape, TapeRecorder};
use tenfold_train::learners::{Fitting, Learner, PairInputs, PairShape, TargetPart};

use crate::lengths::batches_by_length;
use crate::products::{Products, linear};
use crate::tasks::{Batch, Material};

/// Most words of each language; there are two tokens beside.
const VOCABULARY: usize = 2_000;

/// Target of a step that has none.
const NO_TARGET: f32 = -1.0;

/// A built-in learner with its defaults, but without dropout, which draws other numbers on each side.
pub(crate) fn material(learner: &'static dyn Learner, batch: usize) -> Material {
    let dataset = tenfold_data::read(&Source::Builtin("kjv-reina-valera".to_owned())).unwrap();
    let mut rows: Vec<u32> = (0..dataset.len() as u32).collect();
    Stream::new(1).shuffle(&mut rows);
    let pairs = dataset.pairs().unwrap();
    let sides = [pairs.source, pairs.target].map(|texts| numbers_of(texts, &rows));
    let [(sources, source_size), (targets, target_size)] = &sides;
    // Each sequence has an end.
    let lengths = [sources, targets]
        .map(|side| side.iter().map(|tokens| tokens.len() + 1).collect::<Vec<usize>>());
    let longer: Vec<usize> = lengths[0].iter().zip(&lengths[1]).map(|(a, b)| *a.max(b)).collect();
    let [longest_source, longest_target] =
        lengths.map(|lengths| lengths.into_iter().max().unwrap_or(0));
    let mut shapes: Vec<PairShape> = Vec::new();
    let batches = batches_by_length(&longer, batch).into_iter().map(|(bound, examples)| {
        let shape =
            PairShape { source: bound.min(longest_source), target: bound.min(longest_target) };
        let tape = shapes.iter().position(|own| *own == shape).unwrap_or_else(|| {
            shapes.push(shape);
            shapes.len() - 1
        });
        let mut inputs = vec![Vec::new(); 4];
        for example in &examples {
            let (source, target) = (&sources[*example], &targets[*example]);
            let end = [BOUNDARY as f32];
            inputs[0].extend(padded(&[source, &end], shape.source, BOUNDARY as f32));
            inputs[1].push(source.len() as f32 + 1.0);
            inputs[2].extend(padded(&[&end, target], shape.target, BOUNDARY as f32));
            inputs[3].extend(padded(&[target, &end], shape.target, NO_TARGET));
        }
        Batch { tape, examples: examples.len(), inputs }
    });
    let batches = batches.collect();
    let sizes = vec![*source_size, *target_size];
    let tapes = shapes.into_iter().map(|shape| tape(learner, shape, [sizes[0], sizes[1]]));
    Material { tapes: tapes.collect(), batches, sizes }
}

/// The tokens of the texts in `rows`, and how many distinct ones there are.
fn numbers_of(texts: &Texts, rows: &[u32]) -> (Vec<Vec<f32>>, usize) {
    let vocabulary = texts.fit_vocabulary(rows, WORDS, VOCABULARY).unwrap();
    let numbers = |row: &u32| {
        vocabulary.numbers(&texts.row(*row).unwrap()).map(|token| token as f32).collect()
    };
    (rows.iter().map(numbers).collect(), vocabulary.size())
}

/// `parts` one after the other, then `behind`, `steps` numbers in all.
fn padded(parts: &[&[f32]; 2], steps: usize, behind: f32) -> Vec<f32> {
    let all = parts.iter().flat_map(|part| part.iter().copied());
    all.chain(std::iter::repeat(behind)).take(steps).collect()
}

fn tape(learner: &dyn Learner, shape: PairShape, sizes: [usize; 2]) -> Tape {
    let Fitting::Pairs(model) = learner.fitting() else {
        unreachable!("learners that translate are trained on pairs")
    };
    let settings = LearnerSettings { dropout: 0.0, ..learner.defaults() };
    let (mut tape, source) = TapeRecorder::new(Shape::sequence(shape.source, 1));
    let lengths = tape.input(Shape::flat(1));
    let before = tape.input(Shape::sequence(shape.target, 1));
    let inputs = PairInputs { source, lengths, before, part: TargetPart::Whole };
    let output = model.record(&mut tape, inputs, &settings, sizes).unwrap();
    let targets = tape.input(Shape::sequence(shape.target, 1));
    tape.sequence_cross_entropy(output, targets, 0.0);
    tape.finish()
}

/// One layer of 64 units in each direction reads, one of 128 writes.
pub(crate) fn products_of_seq2seq(batch: &Batch, examples: usize) -> Vec<Products> {
    let (read, written) = (batch.each(0), batch.each(2));
    let (sources, targets) = (examples * read, examples * written);
    let one_way = |inputs, units: usize, steps| {
        let step = |inner, columns| Products { count: steps, rows: examples, inner, columns };
        let gates = 4 * units;
        let weights = Products { count: 1, rows: units, inner: steps * examples, columns: gates };
        let recurrent = vec![step(units, gates), step(gates, units), weights];
        [linear(steps * examples, inputs, gates, false), recurrent].concat()
    };
    // Of the weights, which are no layer: what is found, and both gradients.
    let found = |rows, inner, columns| Products { count: examples, rows, inner, columns };
    [
        one_way(64, 64, read),
        one_way(64, 64, read),
        one_way(64 + 128, 128, written),
        linear(targets, 128, 128, false),
        linear(sources, 128, 128, false),
        vec![found(written, read, 128), found(written, 128, read), found(read, written, 128)],
        linear(targets, 256, 128, false),
        linear(targets, 128, VOCABULARY, false),
    ]
    .concat()
}

/// Two blocks that read and two that write, of 128 numbers and four heads.
pub(crate) fn products_of_transformer(batch: &Batch, examples: usize) -> Vec<Products> {
    let (read, written) = (batch.each(0), batch.each(2));
    let (sources, targets) = (examples * read, examples * written);
    // Forward, and for both inputs back, of scores and of what is found.
    let heads = |asked, seen| {
        let count = 4 * examples;
        let product = |rows, inner, columns| Products { count, rows, inner, columns };
        let scores = [product(asked, 32, seen), product(asked, seen, 32), product(seen, asked, 32)];
        [scores, [product(asked, seen, 32), product(asked, 32, seen), product(seen, asked, 32)]]
            .concat()
    };
    let layer = |rows, inputs, outputs| linear(rows, inputs, outputs, false);
    let think = |rows| [layer(rows, 128, 512), layer(rows, 512, 128)].concat();
    let reads = || {
        let own = [layer(sources, 128, 128), layer(sources, 128, 256), layer(sources, 128, 128)];
        [own.concat(), heads(read, read), think(sources)].concat()
    };
    let writes = || {
        let own = [layer(targets, 128, 384), layer(targets, 128, 128)].concat();
        let other =
            [layer(targets, 128, 128), layer(sources, 128, 256), layer(targets, 128, 128)].concat();
        [own, heads(written, written), other, heads(written, read), think(targets)].concat()
    };
    [reads(), reads(), writes(), writes(), layer(targets, 128, VOCABULARY)].concat()
}
