//! Shards of a run, put together, have the bytes of one machine.

use std::fs;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::cli::{Place, binary, code, stderr, stdout, table};
use crate::nightly::nightly;
use initsweep::simd::SimdLevel;

/// Groups of one key, of several widths, precisions and depths; trials that no count of shards divides.
const CONFIG: &str = "name = 's'\nseed = 3\ntrials = 23\nrandomness = 'common'\n[[grid]]\nwidth = [3, 20, 140]\n\
                      depth = [1, 3]\nbatch = 5\nstd = [0.1, 'he_normal']\nactivation = ['relu', 'tanh']\n\
                      [[grid]]\nlabel = 'single'\nwidth = 30\nstd = 1\nprecision = 'f32'\n";

fn ok(place: &Place, arguments: &[&str]) -> Output {
    let output = place.run(arguments);
    assert_eq!(code(&output), 0, "{arguments:?}: {}", stderr(&output));
    output
}

/// The bytes of one machine.
fn reference(place: &Place, config: &str) -> Vec<u8> {
    place.file("s.toml", config);
    ok(place, &["run", "s.toml", "--quiet", "--out", "one", "--threads", "1"]);
    fs::read(place.path().join("one/summary.csv")).unwrap()
}

fn shard(place: &Place, out: &str, which: &str, more: &[&str]) -> Output {
    ok(place, &[&["run", "s.toml", "--quiet", "--out", out, "--shard", which], more].concat())
}

fn random(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).unwrap()
}

#[test]
fn any_number_of_shards_threads_and_instruction_sets_gives_the_bytes_of_one_machine() {
    let place = Place::new();
    for (r, randomness) in ["common", "independent"].into_iter().enumerate() {
        let place = &place;
        let reference = {
            let config = CONFIG.replace("common", randomness);
            let _gone = fs::remove_dir_all(place.path().join("one"));
            reference(place, &config)
        };
        let levels = SimdLevel::available();
        let mut state = 1;
        for count in 1..=9 {
            let out = format!("out-{r}-{count}");
            let start = random(&mut state);
            for i in 0..count {
                let which = format!("{}/{count}", (i + start) % count);
                let threads = (1 + random(&mut state) % 3).to_string();
                let level = levels[random(&mut state) % levels.len()].to_string();
                shard(place, &out, &which, &["--threads", &threads, "--simd", &level]);
            }
            ok(place, &["merge", &out, "--quiet"]);
            assert!(fs::read(place.path().join(&out).join("summary.csv")).unwrap() == reference, "{out}");
            let again = ok(place, &["merge", &out, "--quiet"]);
            assert!(stderr(&again).contains("nothing to do"), "{}", stderr(&again));
        }
        // The merged directory is a run like any other.
        let out = format!("out-{r}-7");
        fs::remove_dir_all(place.path().join(&out).join("shards")).unwrap();
        ok(place, &["verify", &out, "--trials", "20"]);
        let run = ok(place, &["run", "s.toml", "--quiet", "--out", &out]);
        assert!(stderr(&run).contains("nothing to do"));
    }
}

#[test]
fn what_is_missing_is_named_and_nothing_is_written() {
    let place = Place::new();
    let reference = reference(&place, CONFIG);
    for i in [0, 1, 4, 6] {
        shard(&place, "out", &format!("{i}/8"), &[]);
    }
    for verb in ["merge", "status"] {
        let output = place.run(&[verb, "out"]);
        assert_eq!(code(&output), 3, "{}", stderr(&output));
        assert!(stderr(&output).contains("--array=2-3,5,7"), "{}", stderr(&output));
    }
    assert_eq!(fs::read_dir(place.path().join("out")).unwrap().count(), 1, "the shards alone");
    let status = stdout(&place.run(&["status", "out"]));
    assert!(status.contains("nothing yet") && status.contains("complete"), "{status}");
    for i in ["2", "3", "5", "7"] {
        let mut run = place.command(&["run", "s.toml", "--quiet", "--out", "out", "--shard", "auto/8"]);
        assert_eq!(code(&run.env("SLURM_ARRAY_TASK_ID", i).output().unwrap()), 0);
    }
    let before = ok(&place, &["status", "out"]);
    assert!(stdout(&before).contains("merge writes it"), "{}", stdout(&before));
    ok(&place, &["merge", "out", "--quiet"]);
    assert!(fs::read(place.path().join("out/summary.csv")).unwrap() == reference);
    assert!(stdout(&ok(&place, &["status", "out"])).contains("written"));
    let done = shard(&place, "out", "5/8", &[]);
    assert!(stderr(&done).contains("nothing to do"), "{}", stderr(&done));
}

#[test]
fn shards_of_different_configs_are_refused_with_both_values() {
    let place = Place::new();
    place.file("s.toml", CONFIG);
    shard(&place, "out", "0/2", &[]);
    shard(&place, "out", "1/2", &["--seed", "4"]);
    let output = place.run(&["merge", "out"]);
    assert_eq!(code(&output), 2);
    let text = stderr(&output);
    assert!(text.contains("seed is 4 there, 3 here") && text.contains("1/2 has config"), "{text}");
    assert!(!place.path().join("out/summary.csv").exists());
    let changed = place.run(&["run", "s.toml", "--out", "out", "--shard", "0/2", "--seed", "5"]);
    assert_eq!((code(&changed), stderr(&changed).contains("seed is 3 there, 5 here")), (73, true));
}

#[test]
fn a_merged_run_is_extended_by_shards_that_draw_only_what_is_new() {
    let place = Place::new();
    let larger = CONFIG.replace("trials = 23", "trials = 40").replace("[3, 20, 140]", "[3, 20, 50, 140]");
    let reference = reference(&place, &larger);
    place.file("s.toml", CONFIG);
    (0..3).for_each(|i| drop(shard(&place, "out", &format!("{i}/3"), &[])));
    ok(&place, &["merge", "out", "--quiet"]);
    fs::remove_dir_all(place.path().join("out/shards")).unwrap();
    place.file("s.toml", &larger);
    (0..4).for_each(|i| drop(shard(&place, "out", &format!("{i}/4"), &[])));
    let drawn: usize = (0..4)
        .map(|i| {
            let exported = ok(&place, &["export", &format!("out/shards/{i}-of-4")]);
            stdout(&exported).lines().count() - 1
        })
        .sum();
    let whole = stdout(&ok(&place, &["export", "one"])).lines().count() - 1;
    let old = stdout(&ok(&place, &["export", "out"])).lines().count() - 1;
    assert_eq!(drawn, whole - old, "no value is drawn twice");
    ok(&place, &["merge", "out", "--quiet"]);
    assert!(fs::read(place.path().join("out/summary.csv")).unwrap() == reference);
}

#[test]
fn a_damaged_shard_is_found_by_merge_and_mended_by_its_next_run() {
    let place = Place::new();
    let reference = reference(&place, CONFIG);
    (0..2).for_each(|i| drop(shard(&place, "out", &format!("{i}/2"), &[])));
    let store = place.path().join("out/shards/1-of-2/trials.sqlite");
    let good = fs::read(&store).unwrap();
    // The payload of some block: its last bytes are in the middle of the file.
    let mut bad = good.clone();
    let at = bad.len() / 2;
    bad[at] ^= 1;
    fs::write(&store, &bad).unwrap();
    let merge = place.run(&["merge", "out", "--quiet"]);
    assert_eq!((code(&merge), stderr(&merge).contains("--array=1\n")), (3, true), "{}", stderr(&merge));
    assert!(!place.path().join("out/summary.csv").exists());
    shard(&place, "out", "1/2", &[]);
    ok(&place, &["merge", "out", "--quiet"]);
    assert!(fs::read(place.path().join("out/summary.csv")).unwrap() == reference);
}

#[test]
fn a_shard_whose_store_is_no_store_any_more_is_named_and_mended() {
    let place = Place::new();
    let reference = reference(&place, CONFIG);
    (0..2).for_each(|i| drop(shard(&place, "out", &format!("{i}/2"), &[])));
    let store = place.path().join("out/shards/0-of-2/trials.sqlite");
    let good = fs::read(&store).unwrap();
    fs::write(&store, &good[..good.len() / 2]).unwrap();
    for verb in ["status", "merge"] {
        let output = place.run(&[verb, "out"]);
        assert_eq!(
            (code(&output), stderr(&output).contains("--array=0\n")),
            (3, true),
            "{}",
            stderr(&output)
        );
    }
    shard(&place, "out", "0/2", &[]);
    ok(&place, &["merge", "out", "--quiet"]);
    assert!(fs::read(place.path().join("out/summary.csv")).unwrap() == reference);
}

#[test]
fn a_shard_that_cannot_be_used_is_named_with_the_reason() {
    let place = Place::new();
    reference(&place, CONFIG);
    (0..2).for_each(|i| drop(shard(&place, "out", &format!("{i}/2"), &[])));
    let path = place.path().join("out/shards/1-of-2/trials.sqlite");
    let good = fs::read(&path).unwrap();
    let case = |reason: &str, is_mended: bool| {
        for verb in ["status", "merge"] {
            let output = place.run(&[verb, "out"]);
            let (said, shown) = (stderr(&output), stdout(&output));
            assert_eq!(code(&output), 3, "{said}");
            assert!(said.contains("1/2 cannot be used: ") && said.contains(reason), "{said}");
            assert_eq!(said.contains("--array=1"), is_mended, "{said}");
            assert!(verb == "merge" || shown.contains("its store cannot be used"), "{shown}");
        }
    };
    let mut newer = good.clone();
    newer[60..64].copy_from_slice(&77_u32.to_be_bytes());
    fs::write(&path, newer).unwrap();
    case("has format 77 of a newer initsweep", false);
    fs::write(&path, &good[..good.len() / 2]).unwrap();
    case("is damaged", true);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    case("is no regular file", false);
    fs::remove_dir(&path).unwrap();
    fs::write(&path, &good).unwrap();
    let mut store = initsweep::store::Store::create(&path).unwrap();
    let mut description = store.description().unwrap().unwrap();
    description.values += 1;
    store.begin(&description, &[], []).unwrap();
    store.close().unwrap();
    case("values of version 2", false);
    // The only one that there is.
    fs::remove_dir_all(place.path().join("out/shards/0-of-2")).unwrap();
    let said = stderr(&place.run(&["status", "out"]));
    assert!(said.contains("1/2 cannot be used") && said.contains("values of version 2"), "{said}");
}

#[test]
fn a_run_whose_targets_decide_is_cut_by_cells_and_merged_to_the_same_bytes() {
    let place = Place::new();
    let targets = "trials = { min = 16, max = 512, target = [{ metric = 'std', relative = 0.02 }] }";
    place.file("s.toml", &CONFIG.replace("trials = 23", targets).replace("common", "independent"));
    ok(&place, &["run", "s.toml", "--quiet", "--out", "whole"]);
    ok(&place, &["slurm", "s.toml", "--shards", "3"]);
    for shard in ["2/3", "0/3"] {
        ok(&place, &["run", "s.toml", "--quiet", "--out", "cut", "--shard", shard, "--threads", "1"]);
    }
    let early = place.run(&["merge", "cut"]);
    assert_eq!((code(&early), stderr(&early).contains("--array=1")), (3, true), "{}", stderr(&early));
    let status = place.run(&["status", "cut"]);
    assert_eq!(
        (code(&status), stdout(&status).contains("networks at most")),
        (3, true),
        "{}",
        stdout(&status)
    );
    ok(&place, &["run", "s.toml", "--quiet", "--out", "cut", "--shard", "1/3"]);
    ok(&place, &["merge", "cut", "--quiet"]);
    for table in ["summary", "stopping"] {
        let [whole, cut] = ["whole", "cut"].map(|run| place.read(&format!("{run}/{table}.csv")));
        assert!(whole == cut, "{table}.csv");
    }
    let stopping = table(&place.read("whole/stopping.csv"));
    let trials: std::collections::BTreeSet<&String> = stopping.iter().map(|row| &row["trials"]).collect();
    assert!(trials.len() > 1, "cells stop at different trials: {trials:?}");
    let status = ok(&place, &["status", "cut"]);
    assert!(
        stdout(&status).contains("written") && !stdout(&status).contains("at most"),
        "{}",
        stdout(&status)
    );
}

#[test]
fn wrong_shards_and_empty_directories_are_refused_in_words() {
    let place = Place::new();
    place.file("s.toml", CONFIG);
    let text = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        let output = command.env_remove("SLURM_ARRAY_TASK_ID").output().unwrap();
        assert_eq!(code(&output), 2, "{}", stderr(&output));
        stderr(&output)
    };
    assert!(text(&["run", "s.toml", "--shard", "8/8"]).contains("the last one of 8 is 7/8"));
    assert!(text(&["run", "s.toml", "--shard", "auto/8"]).contains("SLURM_ARRAY_TASK_ID"));
    assert!(text(&["merge", "nowhere"]).contains("nowhere is no directory"));
    assert!(text(&["status", "nowhere"]).contains("nowhere is no directory"));
    assert!(text(&["status", "."]).contains("holds no trials"));
    for gone in ["-", "/dev/stdin", "."] {
        assert!(text(&["slurm", gone, "--shards", "3"]).contains("is no regular file"), "{gone}");
    }
}

#[test]
fn the_printed_batch_files_are_those_of_the_sweep() {
    let place = Place::new();
    place.file("dash.toml", &CONFIG.replace("'s'", "'-x'"));
    let dash = stdout(&ok(&place, &["slurm", "dash.toml", "--shards", "8"]));
    assert!(dash.contains("sbatch --parsable ./-x-array.sbatch") && !dash.contains(" -x-"), "{dash}");
    place.file("it's s.toml", CONFIG);
    let output = ok(
        &place,
        &["slurm", "it's s.toml", "--shards", "8", "--trials", "9", "--set", "grid.std=1", "--out", "a b"],
    );
    place.file("write.sh", &stdout(&output));
    let written = std::process::Command::new("sh").arg("write.sh").current_dir(place.path()).status();
    assert!(written.unwrap().success());
    let array = place.read("s-array.sbatch");
    assert!(array.contains("#SBATCH --array=0-7\n") && array.contains("--signal=B:USR1@90\n"), "{array}");
    let line = r"run 'it'\''s s.toml' --set grid.std=1 --set trials=9 --out 'a b' --shard auto/8";
    assert!(array.contains(line), "{array}");
    assert!(place.read("s-merge.sbatch").contains("merge 'a b'"));
    for file in ["s-array.sbatch", "s-merge.sbatch"] {
        let checked =
            std::process::Command::new("bash").args(["-n", file]).current_dir(place.path()).status();
        assert!(checked.unwrap().success(), "{file}");
        assert!(!place.read(file).contains("@NAME@"));
    }
}

#[test]
fn any_mixture_of_shards_threads_instruction_sets_builds_and_kills_has_the_bytes_of_one_machine() {
    let place = Place::new();
    // Seconds of work: a kill finds blocks that are saved, blocks that are not, and shards that are done.
    let reference = reference(&place, &CONFIG.replace("trials = 23", "trials = 800"));
    // Another build of the program, if there is one: a debug build beside a release build.
    let mut binaries = vec![binary()];
    binaries.extend(std::env::var_os("INITSWEEP_OTHER_BIN").map(Into::into));
    let levels = SimdLevel::available();
    let mut state = 5;
    for round in 0..if nightly() { 50 } else { 2 } {
        let out = format!("mixed-{round}");
        let mut program = |arguments: &[&str]| {
            let mut command = Command::new(&binaries[random(&mut state) % binaries.len()]);
            let threads = (1 + random(&mut state) % 4).to_string();
            let level = levels[random(&mut state) % levels.len()].to_string();
            command.args(arguments).args(["--quiet", "--threads", &threads, "--simd", &level]);
            command.current_dir(place.path()).stderr(Stdio::null());
            (command, Duration::from_millis(random(&mut state) as u64 % 1500), random(&mut state) % 3)
        };
        let count = 1 + round % 6;
        for index in 0..count {
            let which = format!("{index}/{count}");
            let arguments = ["run", "s.toml", "--out", &out, "--shard", &which];
            for _ in 0..program(&[]).2 {
                let (mut command, life, _) = program(&arguments);
                let mut child = command.spawn().unwrap();
                std::thread::sleep(life);
                child.kill().unwrap();
                child.wait().unwrap();
            }
            assert!(program(&arguments).0.status().unwrap().success(), "{out}, shard {which}");
        }
        assert!(program(&["merge", &out]).0.status().unwrap().success(), "{out}");
        assert!(fs::read(place.path().join(&out).join("summary.csv")).unwrap() == reference, "{out}");
    }
}

#[test]
fn status_shows_a_shard_that_runs_and_its_second_copy_is_refused() {
    let place = Place::new();
    place.file("s.toml", &CONFIG.replace("trials = 23", "trials = 2000000"));
    let arguments = ["run", "s.toml", "--quiet", "--out", "out", "--shard", "1/2", "--threads", "1"];
    let said = fs::File::create(place.path().join("said")).unwrap();
    let mut child = place.command(&arguments).stderr(said).spawn().unwrap();
    let line = format!("running: process {}", child.id());
    let mut shown = String::new();
    for _ in 0..200 {
        let status = place.run(&["status", "out"]);
        shown = stdout(&status) + &stderr(&status);
        // Trials are counted while they are being written.
        let saved = |line: &&str| line.starts_with("1/2") && !line.contains(" 0 of ");
        if shown.contains(&line) && shown.lines().any(|line| saved(&line)) {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let copy = place.run(&arguments);
    let merge = place.run(&["merge", "out"]);
    // What is counted while it is being written outlives a kill once its transaction has ended, a second later at most.
    std::thread::sleep(Duration::from_millis(1500));
    child.kill().unwrap();
    child.wait().unwrap();
    let said = place.read("said");
    assert!(shown.contains(&line) && !shown.contains("1/2         0 of"), "{shown}\n{said}");
    assert_eq!(
        (code(&copy), stderr(&copy).contains(&child.id().to_string())),
        (73, true),
        "{}",
        stderr(&copy)
    );
    assert_eq!((code(&merge), stderr(&merge).contains("1/2 is running")), (3, true), "{}", stderr(&merge));
    let status = stdout(&place.run(&["status", "out"]));
    assert!(status.contains("not running") && !status.contains("running: "), "{status}");
}
