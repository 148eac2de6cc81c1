//! Ranks that are threads of one process.

use std::sync::mpsc::{Receiver, Sender, channel};

use super::{GradSync, Parcels, RankLost};

/// One of a group of threads, each of which is a rank.
///
/// For a trial whose ranks share one machine, and to try data-parallel training without MPI. Within
/// one rank, [`TrainJob::threads`](crate::TrainJob::threads) does the same with less copying.
#[derive(Debug)]
pub struct Threads {
    rank: usize,
    /// To each rank.
    to: Vec<Sender<Vec<u8>>>,
    /// From each rank.
    from: Vec<Receiver<Vec<u8>>>,
}

impl Threads {
    /// A group of `ranks` ranks, to be moved to a thread each.
    ///
    /// When one of them is dropped, the next exchange of the others returns [`RankLost`].
    pub fn group(ranks: usize) -> Vec<Self> {
        let mut members: Vec<Self> =
            (0..ranks).map(|rank| Self { rank, to: Vec::new(), from: Vec::new() }).collect();
        for from in 0..ranks {
            for to in 0..ranks {
                let (sender, receiver) = channel();
                members[from].to.push(sender);
                members[to].from.push(receiver);
            }
        }
        members
    }
}

impl GradSync for Threads {
    fn rank(&self) -> usize {
        self.rank
    }

    fn ranks(&self) -> usize {
        self.to.len()
    }

    fn exchange(&mut self, sent: &Parcels, received: &mut Parcels) -> Result<(), RankLost> {
        for (to, parcel) in self.to.iter().zip(sent.iter()) {
            to.send(parcel.to_vec()).map_err(|_| RankLost)?;
        }
        received.bytes.clear();
        for from in &self.from {
            received.bytes.extend(from.recv().map_err(|_| RankLost)?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parcels_reach_the_rank_they_are_for_in_the_order_of_the_senders() {
        let exchange = |mut member: Threads| {
            let me = member.rank() as u8;
            // Rank r gives rank q the byte 10 r + q, q + 1 times.
            let bytes = (0..3).flat_map(|to| vec![10 * me + to; usize::from(to) + 1]).collect();
            let sent = Parcels { lengths: vec![1, 2, 3], bytes };
            let lengths = vec![usize::from(me) + 1; 3];
            let mut received = Parcels { lengths, bytes: Vec::new() };
            member.exchange(&sent, &mut received).unwrap();
            received.bytes
        };
        let received: Vec<Vec<u8>> = std::thread::scope(|scope| {
            let start = |member| scope.spawn(move || exchange(member));
            let threads: Vec<_> = Threads::group(3).into_iter().map(start).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(received[0], [0, 10, 20]);
        assert_eq!(received[1], [1, 1, 11, 11, 21, 21]);
        assert_eq!(received[2], [2, 2, 2, 12, 12, 12, 22, 22, 22]);
    }

    #[test]
    fn a_rank_that_has_gone_is_noticed() {
        let mut group = Threads::group(2);
        drop(group.pop());
        let sent = Parcels { lengths: vec![0, 0], bytes: Vec::new() };
        assert_eq!(group[0].exchange(&sent, &mut sent.clone()), Err(RankLost));
    }
}
