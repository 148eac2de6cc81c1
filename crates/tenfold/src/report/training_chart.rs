//! Draws a small chart of one training for a terminal: error by step, braille dots, linear axes.

use std::fmt::Write as _;

use crate::format;

/// Size of the plot in character cells; a cell holds 2 × 4 dots.
const COLUMNS: usize = 60;
const ROWS: usize = 8;
/// Columns left of the plot.
const LEFT: usize = 9;

/// Bits of a cell's dots in Unicode, by column and row.
const DOTS: [[u32; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// The chart of `points` (step, error), at least two of them with ascending steps, joined by lines.
pub fn chart(points: &[(f64, f64)]) -> String {
    let steps = Range::of(points.iter().map(|point| point.0));
    let errors = Range::of(points.iter().map(|point| point.1));
    let mut cells = vec![[0_u32; COLUMNS]; ROWS];
    let place = |(step, error): (f64, f64)| {
        let x = steps.share(step) * (2 * COLUMNS - 1) as f64;
        let y = (1.0 - errors.share(error)) * (4 * ROWS - 1) as f64;
        (x, y)
    };
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (place(pair[0]), place(pair[1]));
        let count = (x1 - x0).abs().max((y1 - y0).abs()).ceil().max(1.0) as usize;
        for at in 0..=count {
            let share = at as f64 / count as f64;
            let x = (x0 + share * (x1 - x0)).round() as usize;
            let y = (y0 + share * (y1 - y0)).round() as usize;
            cells[y / 4][x / 2] |= DOTS[x % 2][y % 4];
        }
    }
    let mut text = String::new();
    for (row, cells) in cells.iter().enumerate() {
        let label = match row {
            0 => format!("{:.4}", errors.to),
            row if row == ROWS - 1 => format!("{:.4}", errors.from),
            _ => String::new(),
        };
        let line: String =
            cells.iter().map(|dots| char::from_u32(0x2800 + dots).unwrap_or(' ')).collect();
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{label:>width$} │{line}", width = LEFT - 2);
    }
    let (from, to) = (format::count(steps.from), format::count(steps.to));
    let _ = writeln!(text, "{:>width$} └{}", "", "─".repeat(COLUMNS), width = LEFT - 2);
    let gap = COLUMNS.saturating_sub(from.chars().count());
    let _ = write!(text, "{:LEFT$}{from}{to:>gap$}", "");
    text
}

struct Range {
    from: f64,
    to: f64,
}

impl Range {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let all = Self { from: f64::INFINITY, to: f64::NEG_INFINITY };
        values.fold(all, |all, value| Self { from: all.from.min(value), to: all.to.max(value) })
    }

    /// Position of `value` in the range, 0 to 1; 0.5 if all values are equal.
    fn share(&self, value: f64) -> f64 {
        let width = self.to - self.from;
        if width > 0.0 { ((value - self.from) / width).clamp(0.0, 1.0) } else { 0.5 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_falling_error_falls_from_the_upper_left_to_the_lower_right() {
        let points: Vec<(f64, f64)> =
            (0..20).map(|at| (f64::from(at * 100), 0.9_f64.powi(at))).collect();
        let text = chart(&points);
        let rows: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
        assert_eq!(rows.len(), ROWS + 2);
        assert!(text.starts_with(" 1.0000 │") && text.ends_with("1,900"), "{text}");
        let first = |row: usize| rows[row][LEFT..].iter().position(|cell| *cell != '\u{2800}');
        let columns: Vec<Option<usize>> = (0..ROWS).map(first).collect();
        assert_eq!(columns[0], Some(0));
        assert!(columns.windows(2).all(|pair| pair[0] < pair[1]), "{columns:?}\n{text}");
        assert!(rows[..ROWS].iter().all(|row| row.len() == LEFT + COLUMNS));
    }

    #[test]
    fn an_error_that_stays_is_drawn_in_the_middle() {
        let text = chart(&[(1.0, 0.5), (9.0, 0.5)]);
        let drawn = |line: &str| line.chars().skip(LEFT).any(|cell| cell != '\u{2800}');
        let rows: Vec<usize> =
            (0..ROWS).filter(|row| drawn(text.lines().nth(*row).unwrap())).collect();
        assert_eq!(rows.len(), 1, "{text}");
        assert!((ROWS / 2 - 1..=ROWS / 2).contains(&rows[0]));
    }
}
