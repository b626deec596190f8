//! `run.json`: where the numbers come from. Everything that may differ between two equal runs is here alone.

use serde::{Deserialize, Serialize};

/// Version and commit, as `initsweep --version` prints them.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("INITSWEEP_COMMIT"), ")");

/// Origin of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Name of the sweep.
    pub name: String,
    /// Fingerprint of everything the bytes of `summary.csv` depend on.
    pub sweep: String,
    /// Stream version of the draws.
    pub stream: u32,
    /// Seed.
    pub seed: u64,
    /// Trials per cell.
    pub trials: u64,
    /// Cells.
    pub cells: usize,
    /// Program version.
    pub version: String,
    /// Commit it was built from, `-dirty` if there were changes.
    pub commit: String,
    /// Compiler.
    pub rustc: String,
    /// Target triple.
    pub target: String,
    /// Build profile.
    pub profile: String,
    /// CPU model, if the system tells.
    pub cpu: Option<String>,
    /// Instruction set used.
    pub simd: String,
    /// Worker threads.
    pub threads: usize,
    /// Start, in seconds since 1970-01-01 UTC.
    pub started_unix: u64,
    /// Wall time of the trials, seconds.
    pub wall_seconds: f64,
    /// Networks whose values were in the store when the process began; all others it drew itself.
    #[serde(default)]
    pub networks_from_store: u64,
    /// What the command line overrides in the config.
    pub overrides: Vec<String>,
    /// Command line.
    pub command: Vec<String>,
}

impl Provenance {
    /// The parts that the build and the machine give; the caller fills in the rest.
    #[must_use]
    pub fn of_this_process() -> Self {
        let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Self {
            name: String::new(),
            sweep: String::new(),
            stream: crate::random::STREAM_VERSION,
            seed: 0,
            trials: 0,
            cells: 0,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: env!("INITSWEEP_COMMIT").to_owned(),
            rustc: env!("INITSWEEP_RUSTC").to_owned(),
            target: env!("INITSWEEP_TARGET").to_owned(),
            profile: env!("INITSWEEP_PROFILE").to_owned(),
            cpu: cpu(),
            simd: String::new(),
            threads: 0,
            started_unix: since_1970.map_or(0, |time| time.as_secs()),
            wall_seconds: 0.0,
            networks_from_store: 0,
            overrides: Vec::new(),
            command: std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect(),
        }
    }
}

fn cpu() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
