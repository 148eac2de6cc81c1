//! Ranks that are processes, started by `mpirun` or `srun`.

use std::fmt;

use mpi::Threading;
use mpi::datatype::{Partition, PartitionMut};
use mpi::environment::Universe;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator as _, CommunicatorCollectives as _};

use super::{GradSync, Parcels, RankLost};

/// This process as one of the ranks that were started together.
///
/// When a rank dies, MPI ends the others: an exchange returns only when it has succeeded.
pub struct Mpi {
    world: SimpleCommunicator,
    // After `world`: dropping it ends MPI.
    _universe: Universe,
}

impl Mpi {
    /// Joins the other ranks; `None` if this process has done so before.
    ///
    /// A process that no launcher has started is the only rank.
    pub fn start() -> Option<Self> {
        // Threads of a rank share its chunks; only the thread that trains calls MPI.
        let (universe, _) = mpi::initialize_with_threading(Threading::Funneled)?;
        Some(Self { world: universe.world(), _universe: universe })
    }

    /// Ends all ranks at once; the launcher then ends with `code`, or another that is not 0.
    pub fn abort(&self, code: i32) -> ! {
        self.world.abort(code)
    }
}

impl fmt::Debug for Mpi {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Mpi(rank {} of {})", self.rank(), self.ranks())
    }
}

impl Drop for Mpi {
    fn drop(&mut self) {
        // Ending MPI waits for all ranks, and they may be waiting for this one.
        if std::thread::panicking() {
            self.abort(101);
        }
    }
}

impl GradSync for Mpi {
    fn rank(&self) -> usize {
        self.world.rank() as usize
    }

    fn ranks(&self) -> usize {
        self.world.size() as usize
    }

    fn exchange(&mut self, sent: &Parcels, received: &mut Parcels) -> Result<(), RankLost> {
        received.bytes.resize(received.lengths.iter().sum(), 0);
        let (counts, starts) = counts_and_starts(&sent.lengths);
        let sent = Partition::new(sent.bytes.as_slice(), counts, starts);
        let (counts, starts) = counts_and_starts(&received.lengths);
        let mut received = PartitionMut::new(received.bytes.as_mut_slice(), counts, starts);
        self.world.all_to_all_varcount_into(&sent, &mut received);
        Ok(())
    }
}

/// Where each parcel begins and how long it is, in the `i32` that MPI counts with.
///
/// The trainer cuts gradients and checkpoints into blocks far below the limit of `i32`. If a parcel
/// is longer all the same, the sum saturates, and the check that the parts fit into the buffer ends
/// the ranks.
fn counts_and_starts(lengths: &[usize]) -> (Vec<i32>, Vec<i32>) {
    let count = |length: &usize| i32::try_from(*length).unwrap_or(i32::MAX);
    let starts = lengths.iter().scan(0_i32, |next, length| {
        let start = *next;
        *next = next.saturating_add(count(length));
        Some(start)
    });
    (lengths.iter().map(count).collect(), starts.collect())
}
