//! What `plan` says of memory is what a run takes, and a run that cannot have it is refused beforehand.

use std::fs;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::cli::{self, Place, code, stderr, stdout};
use crate::nightly::nightly;

/// A shape of sweep: what it is like, its threads, and its config without name and seed. The first five are tried by day.
const SHAPES: [(&str, u32, &str); 20] = [
    (
        "many passes",
        2,
        "trials = 2\n[[grid]]\nwidth = [2, 3]\nstd = { from = 0.5, to = 1.5, points = 5000 }\n\
         [measure]\nmetrics = ['mean']\nsites = ['post']\n",
    ),
    ("many trials", 1, "trials = 200000\n[[grid]]\nwidth = 2\nbatch = 2\nstd = 1\n"),
    (
        "big batch",
        2,
        "trials = 4\n[[grid]]\nwidth = 32\nbatch = 65536\ndepth = 2\nstd = 1\nactivation = 'tanh'\n",
    ),
    (
        "deep",
        2,
        "trials = 60\n[[grid]]\nwidth = 8\ndepth = 2000\nbatch = 8\nstd = 1\n[measure]\nlayers = 'all'\n",
    ),
    ("f32", 2, "trials = 4\n[[grid]]\nwidth = 2000\nbatch = 1000\nstd = 'he_normal'\nprecision = 'f32'\n"),
    ("tiny", 2, "trials = 10\n[[grid]]\nwidth = 4\nstd = 1\n"),
    (
        "many cells",
        2,
        "trials = 2\n[[grid]]\nwidth = [2, 3]\nstd = { from = 0.5, to = 1.5, points = 3000 }\n",
    ),
    (
        "wide",
        2,
        "trials = 2\n[[grid]]\nwidth = 3000\ndepth = 2\nbatch = 512\nstd = 'he_normal'\nactivation = 'relu'\n",
    ),
    (
        "one wide network on all threads",
        2,
        "trials = 1\n[[grid]]\nwidth = 4096\nbatch = 1024\nstd = 'he_normal'\nactivation = 'tanh'\n",
    ),
    (
        "depth axis",
        2,
        "trials = 20\n[[grid]]\nwidth = 8\ndepth = { from = 1, to = 60, step = 1 }\nbatch = 8\nstd = [1, 0.5]\n\
         [measure]\nlayers = 'all'\n",
    ),
    ("big batch, f32", 1, "trials = 4\n[[grid]]\nwidth = 32\nbatch = 65536\nstd = 1\nprecision = 'f32'\n"),
    (
        "shared draws",
        2,
        "trials = 40\nrandomness = 'common'\n[[grid]]\nwidth = 128\nbatch = 128\nstd = [1.4, 1, 0.5, 0.1]\n\
         activation = ['relu', 'tanh', 'linear', 'gelu', 'silu', 'erf']\n",
    ),
    (
        "bands",
        2,
        "trials = 500\n[[grid]]\nwidth = 8\nbatch = 8\ndepth = 200\nstd = [1, 0.5]\n\
         [measure]\nlayers = 'all'\nbands = 'layers'\n",
    ),
    (
        "targets",
        2,
        "[trials]\nmin = 64\nmax = 50000\ntarget = { metric = 'std', relative = 0.0005 }\n\
         [[grid]]\nwidth = [4, 6]\nbatch = 4\nstd = 1\n",
    ),
    ("product", 2, "trials = 4\n[[grid]]\noperation = 'product'\nwidth = 2000\nbatch = 2000\nstd = 1\n"),
    (
        "pairs of inputs",
        2,
        "trials = 4\n[[grid]]\nwidth = 512\nbatch = 4096\nstd = 0.04\n[measure]\nlayers = 'all'\n\
         metrics = ['correlation', 'centred_correlation', 'unit_variance', 'fraction_dead']\n",
    ),
    (
        "many values",
        1,
        "trials = 10000\n[[grid]]\nwidth = 4\nbatch = 4\ndepth = 10\nstd = [1, 0.5, 0.25]\n[measure]\nlayers = 'all'\n",
    ),
    (
        "comparisons",
        2,
        "trials = 2\n[[grid]]\nwidth = [2, 3]\nstd = { from = 0.5, to = 1.5, points = 1000 }\n\
         activation = ['relu', 'linear']\n[[compare]]\nparameter = 'activation'\nbaseline = 'linear'\n",
    ),
    (
        "expectations",
        2,
        "trials = 20\n[[grid]]\nwidth = [2, 3]\nstd = { from = 0.5, to = 1.5, points = 2000 }\n\
         [[expect]]\nmetric = 'mean'\nsite = 'pre'\nvalue = 0\nabsolute = 1000000\n",
    ),
    (
        "rescaled",
        1,
        "trials = 200\n[[grid]]\nwidth = 16\nbatch = 16\ndepth = 500\nstd = 2\n[measure]\nlayers = 'all'\n\
         rescale = true\nmetrics = ['log2_rms', 'log2_std']\n",
    ),
];

const MIB: f64 = 1_048_576.0;

/// Bytes that `plan` says a run needs.
fn planned(place: &Place, threads: &str) -> f64 {
    let output = place.run(&["plan", "m.toml", "--threads", threads]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    let line = text.lines().find(|line| line.starts_with("memory")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    let units = [("B", 1.0), ("KiB", 1024.0), ("MiB", MIB), ("GiB", 1024.0 * MIB)];
    let (_, factor) = units.iter().find(|(unit, _)| *unit == words[2]).unwrap();
    words[1].parse::<f64>().unwrap() * factor
}

/// Bytes of memory that a run took at its peak. The kernel keeps the peak; it is read a thousand times a second, so that
/// only what grew in the last millisecond is missed.
fn peak(place: &Place, threads: &str) -> f64 {
    let mut child = place
        .command(&["run", "m.toml", "--quiet", "--threads", threads, "--out", "o"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        // In a process that is ending the line is missing.
        if let Some(line) = text.lines().find_map(|line| line.strip_prefix("VmHWM:")) {
            peak = line.split_whitespace().next().unwrap().parse::<f64>().unwrap() * 1024.0;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let output = child.wait_with_output().unwrap();
    // What is expected of the networks is no matter here.
    assert!([0, 4].contains(&code(&output)), "{}", stderr(&output));
    peak
}

#[test]
fn the_peak_is_what_the_plan_says() {
    let shapes = if nightly() { SHAPES.len() } else { 5 };
    let mut wrong = Vec::new();
    for (name, threads, config) in &SHAPES[..shapes] {
        let place = Place::new();
        place.file("m.toml", &format!("name = 'm'\nseed = 1\n{config}"));
        let threads = threads.to_string();
        let (planned, peak) = (planned(&place, &threads), peak(&place, &threads));
        let line = format!("{name}: plan {:.1} MiB, peak {:.1} MiB", planned / MIB, peak / MIB);
        println!("{line}");
        let is_wasteful = peak > 64.0 * MIB && planned > 2.0 * peak;
        if peak > 1.25 * planned || is_wasteful {
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A run under a limit of the shell.
fn limited(place: &Place, limit: &str) -> Output {
    let script = format!("ulimit {limit}; exec \"$0\" run m.toml --quiet --threads 2 --out o");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).arg(cli::binary()).current_dir(place.path());
    command.output().unwrap()
}

#[test]
fn a_run_beyond_a_limit_is_refused_beforehand_and_any_other_one_ends() {
    let place = Place::new();
    let config = "name = 'm'\ntrials = 4\n[[grid]]\nwidth = 32\nbatch = 65536\nstd = 1\n";
    let reference = place.summary(config, &[]);
    place.file("m.toml", config);
    for (flag, kind) in [("-v", "ulimit -v"), ("-d", "ulimit -d")] {
        let (mut refused, mut finished) = (0, 0);
        let step = if nightly() { 8 } else { 24 };
        // Below some megabytes the loader itself fails.
        for mebibytes in (32..=900).step_by(step) {
            let output = limited(&place, &format!("{flag} {}", mebibytes * 1024));
            let text = stderr(&output);
            let case = format!("{kind} {mebibytes} MiB: {:?} {text}", output.status);
            match output.status.code() {
                Some(0) => {
                    finished += 1;
                    assert!(place.read("o/summary.csv") == reference, "{case}");
                    fs::remove_dir_all(place.path().join("o")).unwrap();
                }
                Some(2) => {
                    refused += 1;
                    assert!(text.contains("needs at least") && text.contains(kind), "{case}");
                    assert!(!place.path().join("o").exists(), "{case}");
                }
                _ => panic!("{case}"),
            }
        }
        assert!(refused > 0 && finished > 0, "{kind}: {refused} refused, {finished} finished");
    }
}
