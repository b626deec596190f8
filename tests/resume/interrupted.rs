//! Runs that are interrupted, and what must come out of them in the end.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::cli::{Place, code, stderr};
use crate::nightly::nightly;

/// A run of about a second on one core, in some hundred blocks of all kinds.
pub const CONFIG: &str = "name = 'r'\nseed = 3\ntrials = 300\n[[grid]]\nlabel = 'one'\nwidth = [40, 100, 140]\n\
                          depth = [2, 6]\nbatch = 40\nstd = 'he_normal'\nactivation = ['relu', 'tanh']\n\
                          [measure]\nlayers = 'all'\n";
/// One trial takes minutes.
pub const HUGE: &str =
    "name = 'huge'\ntrials = 3\n[[grid]]\nwidth = 16384\ndepth = 100\nbatch = 512\nstd = 1\n";

/// `few` by day, `many` by night.
pub fn times(few: u64, many: u64) -> u64 {
    if nightly() { many } else { few }
}

/// The bytes of an uninterrupted run of [`CONFIG`], which is put into `r.toml`.
pub fn reference(place: &Place) -> Vec<u8> {
    reference_of(place, CONFIG)
}

/// The bytes of an uninterrupted run of `config`, which is put into `r.toml`.
pub fn reference_of(place: &Place, config: &str) -> Vec<u8> {
    place.file("r.toml", config);
    let output = place.run(&["run", "r.toml", "--quiet", "--out", "reference"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    fs::read(place.path().join("reference/summary.csv")).unwrap()
}

pub fn start(place: &Place, arguments: &[&str]) -> Child {
    place.command(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The signals that end a run, and its exit codes. What is ignored here, as `nohup` ignores HUP, is ignored by every
/// program that is started from here.
pub fn signals() -> Vec<(&'static str, i32)> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.map_or(0, |mask| u64::from_str_radix(mask.trim(), 16).unwrap());
    let all = [("-INT", 130), ("-TERM", 143), ("-HUP", 129)];
    all.into_iter().filter(|(_, code)| ignored >> (code - 128 - 1) & 1 == 0).collect()
}

pub fn signal(child: &Child, name: &str) {
    let kill = Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
}

/// Waits until the run has saved something, or is over.
pub fn wait_for_blocks(place: &Place, out: &str) {
    let store = place.path().join(out).join("trials.sqlite");
    let start = Instant::now();
    while fs::metadata(&store).map_or(0, |file| file.len()) < 100_000
        && start.elapsed() < Duration::from_secs(20)
    {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The files of a finished run, in this order; its folder of figures apart.
pub const FINISHED: [&str; 6] =
    ["config.toml", "datapackage.json", "report.html", "run.json", "summary.csv", "trials.sqlite"];

/// Runs `r.toml` to the end in `out`: see [`finish_as`].
pub fn finish(place: &Place, out: &str, reference: &[u8]) {
    finish_as(place, &["run", "r.toml", "--quiet", "--out", out], out, reference);
}

/// Runs to the end in `out`, which must give the reference, and nothing but the files of a finished run. Gives what was
/// said.
pub fn finish_as(place: &Place, arguments: &[&str], out: &str, reference: &[u8]) -> String {
    let output = place.run(arguments);
    assert_eq!(code(&output), 0, "{out}: {}", stderr(&output));
    let directory = place.path().join(out);
    assert!(fs::read(directory.join("summary.csv")).unwrap() == reference, "{out} differs");
    let mut files: Vec<_> =
        fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    // Killed after its last file, a run leaves its lock file, unlocked; the next one has nothing to do, and does nothing.
    files.retain(|file| *file != *".initsweep-lock");
    // A journal that the disk would not delete has no bytes, and says nothing.
    let is_empty =
        |name: &std::ffi::OsString| fs::metadata(directory.join(name)).is_ok_and(|file| file.len() == 0);
    files.retain(|file| *file != *"trials.sqlite-journal" || !is_empty(file));
    // They are drawn last but one, and a run that was killed in between is finished without them.
    files.retain(|file| *file != *"figures");
    files.sort();
    assert_eq!(files, FINISHED);
    stderr(&output)
}

/// A small generator: the instants need no better one.
pub fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// Whether strace is there; by night it must be.
pub fn has_strace() -> bool {
    let found = Command::new("strace").arg("--version").output().is_ok_and(|output| output.status.success());
    assert!(found || !nightly(), "the nightly tests need strace");
    found
}
