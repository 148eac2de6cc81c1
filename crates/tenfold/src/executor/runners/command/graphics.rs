//! Assigns this machine's GPUs to commands, each to one command at a time.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How often a waiting command checks whether it was asked to stop.
const LOOK: Duration = Duration::from_millis(200);

/// The GPUs of this machine.
#[derive(Debug, Default)]
pub struct Graphics {
    free: Mutex<BTreeSet<String>>,
    given_back: Condvar,
    count: usize,
}

/// The GPUs of a command, until this is dropped.
#[derive(Debug)]
pub(super) struct Taken<'a> {
    graphics: &'a Graphics,
    devices: Vec<String>,
}

impl Graphics {
    /// The GPUs named in `visible` (`CUDA_VISIBLE_DEVICES`), or else those that the driver lists.
    pub fn of_this_machine(visible: Option<&str>) -> Self {
        let free: BTreeSet<String> = if let Some(list) = visible {
            let devices = list.split(',').map(str::trim).filter(|device| !device.is_empty());
            devices.map(str::to_owned).collect()
        } else {
            let listed = std::fs::read_dir("/proc/driver/nvidia/gpus").into_iter().flatten();
            (0..listed.count()).map(|number| number.to_string()).collect()
        };
        Self { count: free.len(), free: Mutex::new(free), given_back: Condvar::new() }
    }

    /// Number of GPUs of this machine.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Takes `wanted` GPUs, waiting until they are free; `None` if asked to stop while waiting.
    pub(super) fn take(&self, wanted: u32, is_cancelled: &dyn Fn() -> bool) -> Option<Taken<'_>> {
        let mut devices = Vec::new();
        let wanted = wanted as usize;
        if wanted == 0 {
            return Some(Taken { graphics: self, devices });
        }
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while free.len() < wanted {
            if is_cancelled() {
                return None;
            }
            let waited = self.given_back.wait_timeout(free, LOOK);
            free = waited.map_or_else(|poison| poison.into_inner().0, |(free, _)| free);
        }
        while devices.len() < wanted {
            devices.extend(free.pop_first());
        }
        drop(free);
        Some(Taken { graphics: self, devices })
    }
}

impl Taken<'_> {
    /// The value of `CUDA_VISIBLE_DEVICES`, if any GPUs were requested.
    pub(super) fn devices(&self) -> Option<String> {
        (!self.devices.is_empty()).then(|| self.devices.join(","))
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut free = self.graphics.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.extend(self.devices.drain(..));
        drop(free);
        self.graphics.given_back.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_is_never_given_to_two() {
        let graphics = Graphics::of_this_machine(Some("2, 5,7"));
        assert_eq!(graphics.count(), 3);
        let first = graphics.take(2, &|| false).unwrap();
        let second = graphics.take(1, &|| false).unwrap();
        assert_eq!(first.devices().as_deref(), Some("2,5"));
        assert_eq!(second.devices().as_deref(), Some("7"));
        assert!(graphics.take(1, &|| true).is_none(), "none is free, and it was asked to stop");
        drop(first);
        assert_eq!(graphics.take(1, &|| true).unwrap().devices().as_deref(), Some("2"));
        assert_eq!(graphics.take(0, &|| true).unwrap().devices(), None);
    }
}
