//! Aligned columns for a terminal.

/// A table whose columns are as wide as their longest cell, two spaces apart and two from the left.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    right_aligned: Vec<usize>,
}

impl Table {
    /// A table with these headings, or none; `right_aligned` are columns counted from 0.
    pub(crate) fn new(headings: &[&str], right_aligned: &[usize]) -> Self {
        let heading: Vec<String> = headings.iter().map(|&heading| heading.to_owned()).collect();
        let rows = if heading.is_empty() { Vec::new() } else { vec![heading] };
        Self { rows, right_aligned: right_aligned.to_vec() }
    }

    pub(crate) fn row(&mut self, cells: impl Into<Vec<String>>) {
        self.rows.push(cells.into());
    }

    pub(crate) fn print(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(|column| self.width_of(column)).collect();
        self.rows.iter().map(|row| self.line(row, &widths)).collect()
    }

    /// Width of a column. The last cell of a row may run on, so that it does not widen its column.
    fn width_of(&self, column: usize) -> usize {
        let inner = self.rows.iter().filter(|row| column + 1 < row.len().max(2));
        inner.filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0)
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            line.push_str("  ");
            line.push_str(&self.padded(column, cell, widths[column]));
        }
        line.truncate(line.trim_end().len());
        line.push('\n');
        line
    }

    fn padded(&self, column: usize, cell: &str, to: usize) -> String {
        let padding = " ".repeat(to.saturating_sub(width(cell)));
        if self.right_aligned.contains(&column) {
            format!("{padding}{cell}")
        } else {
            format!("{cell}{padding}")
        }
    }
}

/// Terminal columns of a cell; East Asian characters take two.
fn width(cell: &str) -> usize {
    let is_wide = |letter: char| {
        matches!(letter, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
            | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}')
    };
    cell.chars().map(|letter| if is_wide(letter) { 2 } else { 1 }).sum()
}
