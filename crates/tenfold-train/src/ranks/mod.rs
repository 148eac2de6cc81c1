//! Ranks that train one model together: the same global batch, each rank its own chunks of it.
//!
//! The trainer asks one thing of ranks, [`GradSync::exchange`], and makes the all-reduce from it,
//! so that gradients are summed in the order of the chunks wherever the chunks were computed.

#[cfg(feature = "mpi")]
mod mpi;
mod threads;

#[cfg(feature = "mpi")]
pub use self::mpi::Mpi;
pub use threads::Threads;

/// One of the ranks that train one model, and how it exchanges bytes with the others.
pub trait GradSync {
    /// Which of the ranks this is, from 0.
    fn rank(&self) -> usize;

    /// How many there are, at least one.
    fn ranks(&self) -> usize;

    /// Gives one parcel to each rank, itself included, and receives one from each.
    ///
    /// All ranks call this equally often and in the same order. The caller fills in
    /// `received.lengths`, because both sides know the length of each parcel.
    ///
    /// # Errors
    /// [`RankLost`] if a rank has gone. An implementation may end the process instead.
    fn exchange(&mut self, sent: &Parcels, received: &mut Parcels) -> Result<(), RankLost>;
}

/// Another rank has ended early, so that this one cannot go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("another rank of this trial has ended early")]
pub struct RankLost;

/// One parcel of bytes a rank, laid out one after the other.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Parcels {
    /// Length of each parcel, in the order of the ranks.
    pub lengths: Vec<usize>,
    /// All parcels.
    pub bytes: Vec<u8>,
}

impl Parcels {
    /// The parcels in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.bytes.as_slice();
        self.lengths.iter().map(move |length| {
            let (parcel, after) = rest.split_at(*length);
            rest = after;
            parcel
        })
    }
}

/// The only rank there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Local;

impl GradSync for Local {
    fn rank(&self) -> usize {
        0
    }

    fn ranks(&self) -> usize {
        1
    }

    fn exchange(&mut self, sent: &Parcels, received: &mut Parcels) -> Result<(), RankLost> {
        received.bytes.clone_from(&sent.bytes);
        Ok(())
    }
}
