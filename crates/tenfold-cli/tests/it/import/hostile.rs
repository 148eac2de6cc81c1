//! No bytes make a reader panic.

use proptest::prelude::{any, prop};
use proptest::proptest;
use tenfold::import::{self, Mapping, READERS};

use super::{fixture, written};

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path(), "source", &bytes);
        for reader in READERS {
            drop(import::import(reader, &path, &Mapping::default()));
        }
    }

    #[test]
    fn no_change_of_one_byte_makes_a_reader_panic(at in 0.0..1.0_f64, byte in any::<u8>()) {
        let folder = tempfile::tempdir().unwrap();
        let mut sources = vec![
            fixture("sklearn.npz"), fixture("wandb-history.parquet"), fixture("wandb-api.csv"),
        ];
        let events = std::fs::read_dir(fixture("tensorboard/mlp/n=100_seed=0")).unwrap();
        sources.push(events.flatten().next().unwrap().path());
        sources.push(super::tools::database(folder.path(), "optuna"));
        for source in sources {
            let mut bytes = std::fs::read(&source).unwrap();
            let place = (at * bytes.len() as f64) as usize;
            bytes[place] = byte;
            let path = written(folder.path(), "changed", &bytes);
            for reader in READERS {
                drop(import::import(reader, &path, &Mapping::default()));
            }
        }
    }
}
