//! After a loss of power a run goes on to the same bytes, and what it had saved is still saved.

use std::fs;
use std::path::Path;

use crate::cli::Place;
use crate::interrupted::{finish_as, has_strace, random, times};
use crate::power::{Operation, Recorder};

const CONFIG: &str = "name = 'p'\nseed = 5\ntrials = 3\n[[grid]]\nwidth = [4, 6]\ndepth = [1, 2]\nbatch = 4\n\
                      std = 'he_normal'\nactivation = ['relu', 'tanh']\n";
/// Networks per trial: two widths, two activations; the depths share theirs.
const NETWORKS: usize = 4;
/// Trials of a run and of its extensions.
const TRIALS: [usize; 3] = [3, 6, 9];

/// A run that was extended twice.
struct Recorded {
    recorder: Recorder,
    /// For every run: its operations end here.
    ends: Vec<usize>,
    /// For every run: from here on all of its trials are saved.
    saved: Vec<usize>,
    references: Vec<Vec<u8>>,
}

fn command(trials: usize, out: &str) -> Vec<String> {
    // Figures are made anew of the tables whenever they are asked for: nothing of them has to last.
    let words = ["run", "r.toml", "--quiet", "--no-figures", "--threads", "2", "--out", out, "--trials"];
    words.into_iter().map(str::to_owned).chain([trials.to_string()]).collect()
}

fn record(place: &Place) -> Recorded {
    place.file("r.toml", CONFIG);
    let mut recorder = Recorder::new(place);
    let (mut ends, mut saved, mut references) = (Vec::new(), Vec::new(), Vec::new());
    for trials in TRIALS {
        let arguments = command(trials, "o");
        let begin = recorder.operations.len();
        recorder.run(place, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
        ends.push(recorder.operations.len());
        // summary.csv is begun before the first trial is drawn, and the store is closed before the next file is.
        let is_result = |operation: &Operation| {
            matches!(operation, Operation::Enter { path, .. } if path.starts_with("o/")
                && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".initsweep-tmp")))
        };
        let mut files =
            recorder.operations[begin..].iter().enumerate().filter(|(_, operation)| is_result(operation));
        let (second, _) = files.nth(1).expect("results are written");
        saved.push(begin + second);
        references.push(fs::read(place.path().join("o/summary.csv")).unwrap());
    }
    Recorded { recorder, ends, saved, references }
}

#[test]
fn after_a_loss_of_power_nothing_saved_is_lost_and_nothing_wrong_is_found() {
    if !has_strace() {
        return;
    }
    let place = Place::new();
    let Recorded { recorder, ends, saved, references } = record(&place);
    let count = recorder.operations.len();
    assert!(count > 100, "{count} operations");
    let mut state = 7;
    let mut lost = 0;
    for round in 0..times(100, 10_000) {
        // The ends of the runs first, with nothing kept that need not be.
        let end = match usize::try_from(round).unwrap() {
            round if round < ends.len() => ends[round],
            _ => 1 + usize::try_from(random(&mut state)).unwrap() % count,
        };
        let chance = if round < 3 { 0 } else { [0, 1, 5, 9, 10][usize::try_from(round % 5).unwrap()] };
        let files = recorder.after_power_loss(end, || {
            let is_kept = random(&mut state) % 10 < chance;
            lost += usize::from(!is_kept);
            is_kept
        });
        let out = format!("state-{round}");
        let directory = place.path().join(&out);
        for (path, bytes) in files {
            fs::create_dir_all(&directory).unwrap();
            fs::write(directory.join(path.strip_prefix("o").unwrap()), bytes).unwrap();
        }
        let run = ends.iter().position(|&last| end <= last).unwrap();
        let is_finished = end == ends[run] && directory.join("run.json").exists();
        assert!(is_finished || end != ends[run], "operation {end}: a finished run is gone");
        let arguments = command(TRIALS[run], &out);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let text = finish_as(&place, &arguments, &out, &references[run]);
        assert!(text.contains("nothing to do") || !is_finished, "round {round}, operation {end}: {text}");
        let safe = saved.iter().take_while(|&&from| from < end).count();
        let expected = if safe == 0 { 0 } else { TRIALS[safe - 1] * NETWORKS };
        if !text.contains("nothing to do") {
            let kept = stored(&directory);
            assert!(kept >= expected, "round {round}, operation {end}: {kept} of {expected} networks kept");
        }
        fs::remove_dir_all(&directory).unwrap();
    }
    assert!(lost > 100, "{lost} operations were lost");
}

/// Networks that a finished run took from its store.
fn stored(directory: &Path) -> usize {
    let run = fs::read_to_string(directory.join("run.json")).unwrap();
    let value: serde_json::Value = serde_json::from_str(&run).unwrap();
    usize::try_from(value["networks_from_store"].as_u64().unwrap()).unwrap()
}
