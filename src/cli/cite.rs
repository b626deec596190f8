//! `initsweep cite`: what a paper that uses a run says of it.

use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use super::stdout::print;
use crate::output::{Provenance, file_hash};
use crate::run::RunDirectory;

#[derive(Args)]
pub struct Arguments {
    /// Directory of a finished run
    #[arg(value_name = "DIR")]
    path: PathBuf,
}

/// Prints two entries of BibTeX: the program, and the run.
///
/// # Errors
///
/// If the run is not finished, or its config cannot be read.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let path = &arguments.path;
    let Some(run) = RunDirectory::new(path).provenance() else {
        let said = format!("{} holds no finished run: it has no valid run.json", path.display());
        return Err(Failure::Other(3, said));
    };
    let config = path.join("config.toml");
    let bytes = std::fs::read(&config).map_err(|error| Failure::read(&config, &error))?;
    print(&entries(&run, &file_hash(&bytes)))
}

fn entries(run: &Provenance, config: &str) -> String {
    // The one character of a name that TeX would take for its own.
    let name = run.name.replace('_', r"\_");
    let Provenance { sweep, stream, seed, trials, cells, version, commit, started, .. } = run;
    let year = started.get(..4).unwrap_or_default();
    format!(
        "@software{{initsweep,
  author  = {{{{The initsweep authors}}}},
  title   = {{initsweep: parallel Monte Carlo sweeps of random neural networks}},
  version = {{{version}}},
  year    = {{{year}}},
  note    = {{Commit {commit}, random streams {stream}}}
}}

@misc{{initsweep-{sweep},
  author  = {{{{The initsweep authors}}}},
  title   = {{Sweep {name}}},
  year    = {{{year}}},
  note    = {{Run with initsweep {version}: seed {seed}, at most {trials} trials in each of {cells} cells, sweep {sweep}, \
config.toml {config}}}
}}
"
    )
}
