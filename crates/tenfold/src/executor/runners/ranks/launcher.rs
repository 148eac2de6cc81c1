//! The program that starts the ranks of a trial.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::study::Study;

/// Whether this program can run as a rank.
pub const HAS_MPI: bool = cfg!(feature = "mpi");

/// Starts processes that can communicate with each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launcher {
    words: Vec<String>,
    is_usual: bool,
}

/// Why there is no usable launcher.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LauncherError {
    /// The program was built without the feature `mpi`.
    #[error("this `tenfold` was built without MPI")]
    NotBuilt,
    /// The launcher that the study names is not on the search path.
    #[error("`{program}` is not on the search path")]
    NotFound {
        /// Its name.
        program: String,
    },
    /// The study names no launcher, and none of the default ones is on the search path.
    #[error("neither `mpirun` nor `srun` is on the search path")]
    NoneFound,
}

impl LauncherError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotBuilt => {
                "build it with `--features mpi`, or take the line out: the results are the same"
            }
            Self::NotFound { .. } => {
                "for example `launcher = [\"mpirun\", \"-n\", \"{ranks}\"]` in `[run]`"
            }
            Self::NoneFound => {
                "install an MPI, or name its launcher: `launcher = [\"mpiexec\", \"-n\", \"{ranks}\"]` \
                 in `[run]`"
            }
        }
    }
}

impl Launcher {
    /// The launcher `asked` for, or else the default on this machine.
    ///
    /// # Errors
    /// [`LauncherError`] if there is none.
    pub fn of_this_machine(asked: Option<&[String]>) -> Result<Self, LauncherError> {
        if !HAS_MPI {
            return Err(LauncherError::NotBuilt);
        }
        let is_in_slurm = std::env::var_os("SLURM_JOB_ID").is_some();
        Self::find(asked, &std::env::var_os("PATH").unwrap_or_default(), is_in_slurm)
    }

    /// The launcher `asked` for, or else `srun` inside a Slurm allocation and `mpirun` elsewhere.
    fn find(
        asked: Option<&[String]>,
        search_path: &OsStr,
        is_in_slurm: bool,
    ) -> Result<Self, LauncherError> {
        let is_there = |program: &str| {
            Path::new(program).components().count() > 1
                || std::env::split_paths(search_path).any(|folder| folder.join(program).is_file())
        };
        if let Some(words) = asked {
            let program = words[0].clone();
            return if is_there(&program) {
                Ok(Self { words: words.to_vec(), is_usual: false })
            } else {
                Err(LauncherError::NotFound { program })
            };
        }
        let words: &[&str] = if is_in_slurm && is_there("srun") {
            &["srun", "--ntasks={ranks}", "--kill-on-bad-exit=1"]
        } else if is_there("mpirun") {
            &["mpirun", "-n", "{ranks}"]
        } else {
            return Err(LauncherError::NoneFound);
        };
        Ok(Self { words: words.iter().map(|word| (*word).to_owned()).collect(), is_usual: true })
    }

    /// A launcher that is assumed to be installed.
    #[cfg(test)]
    pub(super) fn of_words(words: Vec<String>) -> Self {
        Self { words, is_usual: false }
    }

    /// Name of the program.
    pub fn program(&self) -> &str {
        &self.words[0]
    }

    /// The program and its arguments for `ranks` ranks.
    pub(super) fn words(&self, ranks: usize) -> Vec<OsString> {
        let fill = |word: &String| word.replace("{ranks}", &ranks.to_string()).into();
        self.words.iter().map(fill).collect()
    }

    /// Environment variables for the launcher, so that trials that run at the same time share the
    /// cores: by default Open MPI binds the ranks of each trial to the same first cores, and a
    /// waiting rank keeps its core busy. Eight short trials on two ranks, two at a time on two
    /// cores with other work, took 10 s with the defaults, 17 s with only the binding off, and 6 s
    /// with both settings (medians of four).
    pub(super) fn environment(&self) -> Vec<(&'static str, &'static str)> {
        let sharing = [
            ("OMPI_MCA_hwloc_base_binding_policy", "none"),
            ("PRTE_MCA_hwloc_default_binding_policy", "none"),
            ("OMPI_MCA_mpi_yield_when_idle", "1"),
        ];
        if self.is_usual { sharing.to_vec() } else { Vec::new() }
    }
}

/// Checks, before the first trial, whether all models of `study` that need ranks can have them. On
/// a cluster, the launcher is not searched for here.
///
/// # Errors
/// The name of the first model that cannot have ranks, and [`LauncherError`].
pub fn check(study: &Study) -> Result<(), (String, LauncherError)> {
    let Some(model) = study.models.iter().find(|model| model.ranks > 1) else { return Ok(()) };
    let found = if study.run.executor.is_here {
        Launcher::of_this_machine(study.run.launcher.as_deref()).map(|_| ())
    } else if HAS_MPI {
        Ok(())
    } else {
        Err(LauncherError::NotBuilt)
    };
    found.map_err(|error| (model.name.clone(), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(
        programs: &[&str],
        asked: Option<&[&str]>,
        is_in_slurm: bool,
    ) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        for program in programs {
            std::fs::File::create(folder.path().join(program)).unwrap();
        }
        let asked: Option<Vec<String>> =
            asked.map(|words| words.iter().map(|word| (*word).to_owned()).collect());
        let found = Launcher::find(asked.as_deref(), folder.path().as_os_str(), is_in_slurm);
        let words = found.map_err(|error| error.to_string())?.words(4);
        let words: Vec<String> =
            words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        Ok(words.join(" "))
    }

    #[test]
    fn the_usual_launcher_is_srun_inside_slurm_and_mpirun_elsewhere() {
        let both = ["srun", "mpirun"];
        assert_eq!(found(&both, None, false).unwrap(), "mpirun -n 4");
        assert_eq!(found(&both, None, true).unwrap(), "srun --ntasks=4 --kill-on-bad-exit=1");
        assert_eq!(found(&["mpirun"], None, true).unwrap(), "mpirun -n 4");
        let none = found(&["srun"], None, false).unwrap_err();
        assert_eq!(none, "neither `mpirun` nor `srun` is on the search path");
    }

    #[test]
    fn the_launcher_asked_for_is_taken_or_missed() {
        let asked = ["mpiexec", "-n", "{ranks}", "--tag=r{ranks}"];
        assert_eq!(found(&["mpiexec"], Some(&asked), true).unwrap(), "mpiexec -n 4 --tag=r4");
        let missed = found(&["mpirun"], Some(&asked), false).unwrap_err();
        assert_eq!(missed, "`mpiexec` is not on the search path");
    }
}
