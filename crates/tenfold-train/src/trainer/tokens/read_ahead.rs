//! A file that several readers follow, each from a place of its own: what each needs next is read by a
//! thread before it asks, so that training does not wait for the disk, and a bounded part of the file is in
//! memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use super::Asking;

/// Bytes that are read at once: some hundred windows, in which a reader of a batch makes as many updates
/// before it needs the next ones.
const BLOCK: usize = 1 << 16;

/// Blocks in memory, 32 MiB: one that is read and the next one for 256 readers. With more readers blocks are
/// read again, from the system's memory mostly.
const MOST_BLOCKS: usize = 512;

/// A file and the thread that reads it ahead.
pub(super) struct ReadAhead {
    file: Arc<BlockFile>,
    /// Numbers of blocks to be read; gone when the thread is to end.
    requests: Option<Sender<usize>>,
    thread: Option<JoinHandle<()>>,
}

/// A file in blocks, some of which are in memory.
struct BlockFile {
    file: File,
    /// Bytes of the file.
    length: usize,
    blocks: Mutex<Blocks>,
    /// A block has come, or will never come.
    arrived: Condvar,
}

#[derive(Default)]
struct Blocks {
    held: BTreeMap<usize, Block>,
    /// Times that a block was asked for or read.
    uses: u64,
    failure: Option<(io::ErrorKind, String)>,
}

enum Block {
    /// It was asked for.
    Coming,
    /// Its bytes, and when it was last used.
    Here(Arc<[u8]>, u64),
}

impl ReadAhead {
    /// Reads `file`, which has `length` bytes.
    ///
    /// # Errors
    /// If the system has no thread left.
    pub(super) fn new(file: File, length: usize) -> io::Result<Self> {
        let (blocks, arrived) = (Mutex::default(), Condvar::new());
        let file = Arc::new(BlockFile { file, length, blocks, arrived });
        let (requests, asked) = channel();
        let for_thread = Arc::clone(&file);
        let thread = Builder::new()
            .name("read-ahead".to_owned())
            .spawn(move || read_all(&for_thread, &asked))?;
        Ok(Self { file, requests: Some(requests), thread: Some(thread) })
    }

    /// Calls `take` with the `count` bytes from `first` on, in parts that end where blocks do. Nothing
    /// comes once reading has failed.
    pub(super) fn for_each_part(
        &self,
        first: usize,
        count: usize,
        asking: Asking,
        mut take: impl FnMut(&[u8]),
    ) {
        if asking == Asking::Once {
            let mut bytes = vec![0; count];
            match self.file.file.read_exact_at(&mut bytes, first as u64) {
                Ok(()) => take(&bytes),
                Err(error) => self.file.fail(&error),
            }
            return;
        }
        let (mut place, end) = (first, first + count);
        while place < end {
            let index = place / BLOCK;
            let Some(block) = self.block(index) else { return };
            let start = index * BLOCK;
            let part = &block[place - start..block.len().min(end - start)];
            take(part);
            place += part.len();
        }
    }

    /// Why reading failed, if it has.
    pub(super) fn failure(&self) -> Option<io::Error> {
        let failure = self.file.lock().failure.clone();
        failure.map(|(kind, text)| io::Error::new(kind, text))
    }

    /// The block numbered `index`, after which the next one is read; `None` once reading has failed.
    fn block(&self, index: usize) -> Option<Arc<[u8]>> {
        let file = &*self.file;
        let mut blocks = file.lock();
        let bytes = loop {
            if blocks.failure.is_some() {
                return None;
            }
            blocks.uses += 1;
            let now = blocks.uses;
            match blocks.held.get_mut(&index) {
                Some(Block::Here(bytes, used)) => {
                    *used = now;
                    break Arc::clone(bytes);
                }
                Some(Block::Coming) => {
                    blocks = file.arrived.wait(blocks).unwrap_or_else(PoisonError::into_inner);
                }
                None => {
                    blocks.held.insert(index, Block::Coming);
                    drop(blocks);
                    file.read(index);
                    blocks = file.lock();
                }
            }
        };
        let next = (index + 1) % file.length.div_ceil(BLOCK);
        let is_held = blocks.held.contains_key(&next);
        let ask = |sender: &Sender<usize>| sender.send(next).is_ok();
        if !is_held && self.requests.as_ref().is_some_and(ask) {
            blocks.held.insert(next, Block::Coming);
        }
        Some(bytes)
    }
}

impl Drop for ReadAhead {
    fn drop(&mut self) {
        self.requests = None;
        // The thread ends when nothing can be asked for any more, and has nothing to say.
        self.thread.take().map(JoinHandle::join).transpose().unwrap_or_default();
    }
}

/// Reads the blocks that are asked for, until nobody can ask any more.
fn read_all(file: &BlockFile, asked: &Receiver<usize>) {
    while let Ok(index) = asked.recv() {
        file.read(index);
    }
}

impl BlockFile {
    fn lock(&self) -> MutexGuard<'_, Blocks> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the block numbered `index`.
    fn read(&self, index: usize) {
        let start = index * BLOCK;
        let mut bytes = vec![0; BLOCK.min(self.length - start)];
        match self.file.read_exact_at(&mut bytes, start as u64) {
            Ok(()) => self.lock().put(index, bytes.into()),
            Err(error) => self.fail(&error),
        }
        self.arrived.notify_all();
    }

    fn fail(&self, error: &io::Error) {
        self.lock().failure.get_or_insert_with(|| (error.kind(), error.to_string()));
    }
}

impl Blocks {
    /// Holds a block that was read, instead of the one that was not used for longest if they are too many.
    fn put(&mut self, index: usize, bytes: Arc<[u8]>) {
        self.uses += 1;
        self.held.insert(index, Block::Here(bytes, self.uses));
        if self.held.len() <= MOST_BLOCKS {
            return;
        }
        let used = self.held.iter().filter_map(|(index, block)| match block {
            Block::Coming => None,
            Block::Here(_, used) => Some((*used, *index)),
        });
        if let Some((_, oldest)) = used.min() {
            self.held.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::time::Duration;

    use super::*;

    fn of_blocks(count: usize) -> ReadAhead {
        let mut file = tempfile::tempfile().unwrap();
        for block in 0..count {
            file.write_all(&vec![block as u8; BLOCK]).unwrap();
        }
        ReadAhead::new(file, count * BLOCK).unwrap()
    }

    fn first_byte(file: &ReadAhead, place: usize) -> Option<u8> {
        let mut found = None;
        file.for_each_part(place, 1, Asking::Onward, |part| found = Some(part[0]));
        found
    }

    #[test]
    fn what_follows_is_there_before_it_is_asked_for_and_the_first_follows_the_last() {
        let file = of_blocks(3);
        for (place, next) in [(5, 1), (2 * BLOCK, 0)] {
            assert_eq!(first_byte(&file, place), Some((place / BLOCK) as u8));
            let mut blocks = file.file.lock();
            while !matches!(blocks.held.get(&next), Some(Block::Here(..))) {
                assert!(blocks.held.contains_key(&next), "it was asked for");
                blocks = file.file.arrived.wait_timeout(blocks, Duration::from_secs(1)).unwrap().0;
            }
        }
    }

    #[test]
    fn many_readers_hold_a_bounded_part_of_the_file() {
        let file = of_blocks(2 * MOST_BLOCKS);
        for place in 0..8 {
            for reader in 0..MOST_BLOCKS / 4 {
                let place = (reader * 8 + place) * BLOCK;
                assert_eq!(first_byte(&file, place), Some((place / BLOCK) as u8));
                let blocks = file.file.lock();
                let is_here = |block: &&Block| matches!(block, Block::Here(..));
                assert!(blocks.held.values().filter(is_here).count() <= MOST_BLOCKS);
            }
        }
    }

    #[test]
    fn a_file_that_is_cut_short_is_a_failure_and_nobody_waits() {
        let file = of_blocks(4);
        assert_eq!(first_byte(&file, 0), Some(0));
        file.file.file.set_len(3 * BLOCK as u64 + 1).unwrap();
        assert!(file.failure().is_none());
        assert_eq!(first_byte(&file, 3 * BLOCK), None);
        assert_eq!(file.failure().unwrap().kind(), io::ErrorKind::UnexpectedEof);
    }
}
