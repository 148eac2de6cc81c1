//! Joins what the chunks computed, in the order of the chunks, wherever they were computed.

use std::sync::MutexGuard;

use super::super::exchange::{Exchange, append, numbers_in};
use super::{Chunk, Measurement, Measuring, Shared, lock, part_of, read, write};
use crate::engine::BatchStatistics;
use crate::ranks::RankLost;

impl Shared<'_> {
    /// Joins the gradients of all chunks in order; returns the batch's mean loss.
    ///
    /// `visit` sees each chunk's batch-norm statistics, in order.
    pub(in crate::trainer) fn join_chunks(
        &self,
        exchange: &mut Exchange<'_>,
        visit: impl FnMut(BatchStatistics<'_, f32>),
    ) -> Result<f64, RankLost> {
        let loss = if exchange.is_alone() {
            self.join_own_chunks(visit)
        } else {
            self.join_all_chunks(exchange, visit)?
        };
        Ok(loss / read(&self.batch).targets as f64)
    }

    /// Keeps what the streams of all chunks, on all ranks, carry, in the order of the chunks.
    pub(in crate::trainer) fn keep_carried(
        &self,
        exchange: &mut Exchange<'_>,
    ) -> Result<(), RankLost> {
        let each = self.tapes[0].carried_count();
        if each == 0 {
            return Ok(());
        }
        let mut own = Vec::new();
        for chunk in &self.chunks {
            append(&mut own, lock(chunk).workspaces[0].carried());
        }
        let length = |index| 4 * each * part_of(self.batch_len(), index, self.parts).len();
        let all = exchange.gather_chunks(&own, self.parts, length)?;
        write(&self.state).carried = numbers_in(all).collect();
        Ok(())
    }

    /// Gives the streams of this rank's chunks what they carried when the state was kept.
    pub(in crate::trainer) fn restore_carried(&self) {
        let each = self.tapes[0].carried_count();
        for chunk in &self.chunks {
            let chunk = &mut *lock(chunk);
            let range = each * chunk.part.start..each * chunk.part.end;
            chunk.workspaces[0].carried().copy_from_slice(&read(&self.state).carried[range]);
        }
    }

    /// Adds the gradients of all chunks to that of the first one, where this is the only rank;
    /// returns the sum of the losses.
    fn join_own_chunks(&self, mut visit: impl FnMut(BatchStatistics<'_, f32>)) -> f64 {
        let tape = read(&self.batch).tape;
        let mut first = lock(&self.chunks[0]);
        visit(first.workspaces[tape].batch_statistics());
        let mut loss = first.loss;
        for chunk in &self.chunks[1..] {
            let chunk = lock(chunk);
            visit(chunk.workspaces[tape].batch_statistics());
            first.workspaces[tape].add_gradient_of(&chunk.workspaces[tape]);
            loss += chunk.loss;
        }
        loss
    }

    /// Sums the gradients of the chunks of all ranks in `joined`; returns the sum of the losses.
    fn join_all_chunks(
        &self,
        exchange: &mut Exchange<'_>,
        mut visit: impl FnMut(BatchStatistics<'_, f32>),
    ) -> Result<f64, RankLost> {
        let tape = read(&self.batch).tape;
        let own: Vec<MutexGuard<'_, Chunk>> = self.chunks.iter().map(lock).collect();
        let gradients: Vec<&[f32]> =
            own.iter().map(|chunk| chunk.workspaces[tape].parameter_gradient()).collect();
        exchange.sum_chunks(&gradients, self.parts, &mut lock(&self.joined))?;

        let mut told = Vec::new();
        for chunk in &own {
            told.extend(chunk.loss.to_le_bytes());
            append(&mut told, chunk.workspaces[tape].batch_statistics().numbers);
        }
        let length = 8 + 4 * self.tapes[0].statistic_count();
        let told = exchange.gather_chunks(&told, self.parts, |_| length)?;
        let mut losses = 0.0;
        for (index, told) in told.chunks_exact(length).enumerate() {
            let (loss, statistics) = told.split_at(8);
            losses += loss.as_chunks().0.iter().map(|loss| f64::from_le_bytes(*loss)).sum::<f64>();
            let numbers: Vec<f32> = numbers_in(statistics).collect();
            let examples = part_of(self.batch_len(), index, self.parts).len();
            visit(BatchStatistics { numbers: &numbers, examples });
        }
        Ok(losses)
    }

    /// Calls `visit` with the joined gradient.
    pub(in crate::trainer) fn with_gradient(&self, visit: impl FnOnce(&mut [f32])) {
        let mut joined = lock(&self.joined);
        if joined.is_empty() {
            let tape = read(&self.batch).tape;
            visit(lock(&self.chunks[0]).workspaces[tape].parameter_gradient_mut());
        } else {
            visit(&mut joined);
        }
    }

    /// Collects what the chunks of all ranks measured of what was `asked`, in the order of the
    /// examples.
    pub(in crate::trainer) fn collect_measurement(
        &self,
        exchange: &mut Exchange<'_>,
        asked: Measuring<'_>,
    ) -> Result<Measurement, RankLost> {
        let (count, width) = (asked.count, asked.width());
        let mut collected =
            Measurement { statistics: vec![0.0; width * count], losses: vec![0.0; count] };
        let mut own = Vec::new();
        for chunk in &self.chunks {
            let measured = std::mem::take(&mut lock(chunk).measured);
            let rows = measured.statistics.chunks_exact(width);
            for ((position, loss), row) in measured.positions.iter().zip(&measured.losses).zip(rows)
            {
                collected.losses[*position] = *loss;
                collected.statistics[position * width..][..width].copy_from_slice(row);
                append(&mut own, row);
                own.extend(loss.to_le_bytes());
            }
        }
        if exchange.is_alone() {
            return Ok(collected);
        }
        let positions = |index| self.measured_by(index, count).flatten();
        let length = 4 * width + 8;
        let all =
            exchange.gather_chunks(&own, self.parts, |index| length * positions(index).count())?;
        for (position, record) in (0..self.parts).flat_map(positions).zip(all.chunks_exact(length))
        {
            let (row, loss) = record.split_at(4 * width);
            let place = &mut collected.statistics[position * width..][..width];
            place.iter_mut().zip(numbers_in(row)).for_each(|(place, number)| *place = number);
            if let Some(loss) = loss.first_chunk() {
                collected.losses[position] = f64::from_le_bytes(*loss);
            }
        }
        Ok(collected)
    }
}
