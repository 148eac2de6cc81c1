//! Small data sets made from a formula.

use std::sync::Arc;

use tenfold_data::seed::Stream;
use tenfold_data::{Dataset, Field, FieldValues, Images, Targets};

/// Three classes of noisy images: a bright bar at one of three heights.
pub(crate) fn bars(examples: usize, channels: usize, side: usize) -> Dataset {
    let mut stream = Stream::new(17);
    let mut pixels = Vec::new();
    let mut labels = Vec::new();
    for _ in 0..examples {
        let label = stream.below(3) as u32;
        for _ in 0..channels {
            let bar = (1 + 2 * label as usize) * side / 6;
            pixels.extend((0..side * side).map(|pixel| {
                let is_bar = pixel / side == bar;
                90 * u8::from(is_bar) + stream.below(120) as u8
            }));
        }
        labels.push(label);
    }
    let images = Images { pixels: Arc::from(pixels), channels, height: side, width: side };
    let names = ["top", "middle", "bottom"].map(str::to_owned).to_vec();
    Dataset::new(vec![Field::images(images)], Targets::Classes { labels, names }).unwrap()
}

/// A table whose target is 100 + 20 a − 5 b plus noise of standard deviation 1.
pub(crate) fn plane(examples: usize) -> Dataset {
    let mut stream = Stream::new(18);
    let mut columns = [Vec::new(), Vec::new(), Vec::new()];
    let mut values = Vec::new();
    for _ in 0..examples {
        let row = [(); 3].map(|()| stream.normal());
        values.push((100.0 + 20.0 * row[0] - 5.0 * row[1] + stream.normal()) as f32);
        for (column, number) in columns.iter_mut().zip(row) {
            column.push(number as f32);
        }
    }
    let names = ["a", "b", "c"].map(str::to_owned);
    let columns = names.into_iter().zip(columns);
    let columns =
        columns.map(|(name, numbers)| Field { name, values: FieldValues::Numeric(numbers) });
    Dataset::new(columns.collect(), Targets::Values { values, name: "y".to_owned() }).unwrap()
}

/// Rows for training, validation and test, one after the other.
pub(crate) fn rows(counts: [u32; 3]) -> [Vec<u32>; 3] {
    let mut start = 0;
    counts.map(|count| {
        start += count;
        (start - count..start).collect()
    })
}
