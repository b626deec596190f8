//! `run.json`: where the numbers come from. Everything that may differ between two equal runs is here alone.

use serde::{Deserialize, Serialize};

use crate::network::InputFile;

/// Version and commit, as `initsweep --version` prints them.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("INITSWEEP_COMMIT"), ")");

/// The program and its version, as it is cited. No number that it prints may depend on the commit or the machine.
pub const PROGRAM: &str = concat!("initsweep ", env!("CARGO_PKG_VERSION"));

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
    /// Start in UTC, such as `2019-05-01T12:00:00Z`.
    pub started: String,
    /// Wall time of the trials, seconds.
    pub wall_seconds: f64,
    /// Networks whose values were in the store when the process began; all others it drew itself.
    #[serde(default)]
    pub networks_from_store: u64,
    /// What the command line overrides in the config.
    pub overrides: Vec<String>,
    /// The files that its inputs came from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputFile>,
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
            started: utc(since_1970.map_or(0, |time| time.as_secs())),
            wall_seconds: 0.0,
            networks_from_store: 0,
            overrides: Vec::new(),
            inputs: Vec::new(),
            command: std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect(),
        }
    }
}

/// A time in seconds since 1970 as ISO 8601 writes it.
fn utc(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March end with the day that leap years add; there are 146,097 days in 400 of them.
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

fn cpu() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_its_date() {
        // `date --utc --date=@N +%FT%TZ`
        assert_eq!(utc(0), "1970-01-01T00:00:00Z");
        assert_eq!(utc(951_827_696), "2000-02-29T12:34:56Z");
        assert_eq!(utc(951_868_800), "2000-03-01T00:00:00Z");
        assert_eq!(utc(1_735_689_599), "2024-12-31T23:59:59Z");
        assert_eq!(utc(4_107_542_400), "2100-03-01T00:00:00Z");
    }
}
