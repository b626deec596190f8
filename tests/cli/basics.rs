//! The command line, end to end: what it prints, what it writes, and how it leaves.

use std::io::Write;
use std::process::Stdio;

use crate::cli::{Place, code, stderr, stdout, table};
use crate::repository::root;

const SMALL: &str = "name = 'small'\npurpose = 'a test'\ntrials = 40\n[[grid]]\nwidth = [8, 16]\nbatch = 4\n\
                     std = 'he_normal'\nactivation = 'relu'\n";

#[test]
fn without_arguments_the_forum_thread_is_run_and_said_to_be() {
    let place = Place::new();
    let output = place.run(&[]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).contains("No command given: running the example forum-thread"));
    let table = stdout(&output);
    let numbers = table.lines().filter(|line| line.contains(" exact") || line.contains(" moments"));
    let numbers = numbers.filter(|line| !line.starts_with("theory:"));
    assert_eq!(numbers.count(), 14, "mean and std of seven cells:\n{table}");
    for text in
        ["published", "1 product of two N(0,1)", "60611755", "7 six matmuls, mean 1", "0.9992317 moments"]
    {
        let shown = text.parse::<f64>().map_or(text.to_owned(), |_| "6.061176e7".to_owned());
        assert!(table.contains(&shown), "{shown} is missing in\n{table}");
    }
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (numbers, _legend) = table.split_once("\npublished:").unwrap();
    assert!(readme.contains(numbers), "the README shows this table:\n{numbers}");
    for file in ["summary.csv", "datapackage.json", "run.json", "config.toml"] {
        assert!(place.path().join("results/forum-thread").join(file).exists(), "{file}");
    }
}

#[test]
fn a_finished_run_is_left_alone_and_a_different_one_refused() {
    let place = Place::new();
    place.file("a.toml", SMALL);
    let first = place.run(&["run", "a.toml"]);
    assert_eq!(code(&first), 0);
    let before = place.read("results/small/run.json");
    let again = place.run(&["run", "a.toml"]);
    assert_eq!(code(&again), 0);
    assert!(stderr(&again).contains("nothing to do"), "{}", stderr(&again));
    assert_eq!(stdout(&again), stdout(&first), "the table is shown again");
    place.file("results/small/summary.csv", "edited");
    let edited = place.run(&["run", "a.toml"]);
    assert_eq!(code(&edited), 73);
    assert!(stderr(&edited).contains("has changed since it was written"), "{}", stderr(&edited));
    let other = place.run(&["run", "a.toml", "--seed", "5"]);
    assert_eq!(code(&other), 73);
    assert!(stderr(&other).contains("holds the run \"small\""), "{}", stderr(&other));
    assert_eq!(place.read("results/small/run.json"), before);
}

#[test]
fn overrides_are_kept_with_the_run() {
    let place = Place::new();
    place.file("a.toml", SMALL);
    let arguments = ["run", "a.toml", "--quiet", "--trials", "7", "--seed", "5", "--set", "grid.std=0.3"];
    assert_eq!(code(&place.run(&arguments)), 0);
    let config = place.read("results/small/config.toml");
    let first = "# This run overrides the config below: --set \"grid.std=0.3\" --seed 5 --trials 7\n";
    assert_eq!(config, format!("{first}{SMALL}"));
    assert!(place.read("results/small/run.json").contains("grid.std=0.3"));
    let row = &table(&place.read("results/small/summary.csv"))[0];
    assert_eq!((&*row["seed"], &*row["randomness"]), ("5", "independent"));
}

#[test]
fn values_written_in_two_ways_are_two_rows_with_the_same_numbers() {
    let place = Place::new();
    let config = "name = 'w'\ntrials = 40\n[[grid]]\nwidth = 100\nstd = ['1/sqrt(fan_in)', 0.1, 'sqrt(1/width)']\n\
                  bias_std = ['0.1*layer', '0.1/layer']\nbatch = 4\n[measure]\nmetrics = ['std']\nsites = ['post']";
    let summary = place.summary(config, &[]);
    let rows = table(&summary);
    assert_eq!(rows.len(), 6);
    for (written, row) in ["1/sqrt(fan_in)", "0.1", "sqrt(1/width)"].iter().zip(rows.chunks(2)) {
        let init = format!("normal(mean=0, std={written}) + bias normal(mean=0, std=0.1*layer)");
        assert_eq!(row[0]["init"], init);
        assert_eq!(row[0]["estimate"], rows[0]["estimate"], "the draws are shared");
    }
}

#[test]
fn nobody_listening_is_no_failure() {
    let place = Place::new();
    place.file("a.toml", SMALL);
    for output in ["/dev/full", "/dev/null"] {
        let Ok(full) = std::fs::File::options().write(true).open(output) else { return };
        let status =
            place.command(&["run", "a.toml", "--out", "b"]).stderr(full).stdout(Stdio::null()).status();
        assert_eq!(status.unwrap().code(), Some(0), "{output}");
    }
}

#[test]
fn a_run_leaves_the_other_files_of_its_directory_alone() {
    let place = Place::new();
    place.file("a.toml", SMALL);
    std::fs::create_dir(place.path().join("mine")).unwrap();
    place.file("mine/thesis.tex", "dear");
    let output = place.run(&["run", "a.toml", "--out", "mine"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(place.read("mine/thesis.tex"), "dear");
    assert!(place.path().join("mine/summary.csv").exists());
}

#[test]
fn a_directory_that_cannot_be_made_is_refused_before_the_first_trial() {
    let place = Place::new();
    place.file("a.toml", &SMALL.replace("trials = 40", "trials = 1000000"));
    place.file("a-file", "");
    let output = place.run_within(5, &["run", "a.toml", "--out", "a-file/inside"]);
    assert_eq!(code(&output), 73, "{}", stderr(&output));
    assert!(stderr(&output).contains("a-file/inside"), "{}", stderr(&output));
}

#[test]
fn a_config_may_come_from_stdin() {
    let place = Place::new();
    let mut child =
        place.command(&["plan", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(SMALL.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 0);
    assert!(stdout(&output).contains("cells           2, drawn in 2 passes"), "{}", stdout(&output));
}

#[test]
fn mistakes_are_shown_with_their_place_and_leave_with_code_2() {
    let place = Place::new();
    place.file("wrong.toml", &SMALL.replace("width", "widht").replace("'relu'", "'rleu'"));
    let output = place.run(&["run", "wrong.toml"]);
    assert_eq!(code(&output), 2);
    let text = stderr(&output);
    assert!(text.contains("wrong.toml:5:1") && text.contains("did you mean `width`"), "{text}");
    assert!(text.contains("did you mean `relu`"), "both mistakes are shown: {text}");
    assert!(!place.path().join("results").exists());
}

#[test]
fn overrides_are_mistaken_in_their_own_place() {
    let place = Place::new();
    place.file("a.toml", SMALL);
    let output = place.run(&["plan", "a.toml", "--set", "grid.width=-3"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("--set"), "{}", stderr(&output));
}

#[test]
fn a_missing_config_is_named() {
    let output = Place::new().run(&["run", "none.toml"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("cannot read none.toml"), "{}", stderr(&output));
}

#[test]
fn what_cannot_fit_is_refused_in_under_a_second_with_both_figures() {
    let place = Place::new();
    for (name, grid) in [
        ("a network", "width = 16000000\nbatch = 1000000\nstd = 1"),
        (
            "cells",
            "width = { from = 1, to = 60000, step = 1 }\ndepth = { from = 1, to = 60000, step = 1 }\nstd = 1",
        ),
        ("values", "width = 4\nstd = 1\ndepth = 1000000\n[measure]\nlayers = 'all'"),
    ] {
        place.file("big.toml", &format!("name = 'big'\ntrials = 1000000\n[[grid]]\n{grid}\n"));
        // One second is promised of an optimised build.
        let output = place.run_within(3, &["run", "big.toml"]);
        let text = stderr(&output);
        assert_eq!(code(&output), 2, "{name}: {text}");
        assert!(text.contains("needs at least") && text.contains("there is"), "{name}: {text}");
        assert!(!place.path().join("results").exists());
    }
}

#[test]
fn a_plan_starts_nothing_and_counts_exactly() {
    let place = Place::new();
    place.file(
        "a.toml",
        "name = 'p'\ntrials = 10\n[[grid]]\nwidth = 16\ndepth = [1, 3]\nbatch = 8\nstd = 1\n",
    );
    let output = place.run(&["plan", "a.toml"]);
    let text = stdout(&output);
    assert_eq!(code(&output), 0);
    assert!(text.contains("cells           2, drawn in 1 pass\n"), "{text}");
    assert!(text.contains(&format!("multiply-adds   {}", 10 * 3 * 16 * 16 * 8)), "{text}");
    assert!(text.contains(&format!("random numbers  {}", 10 * (3 * 16 * 16 + 16 * 8))), "{text}");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
}

#[test]
fn every_example_config_plans() {
    let place = Place::new();
    for entry in std::fs::read_dir(root().join("configs")).unwrap() {
        let path = entry.unwrap().path();
        let output = place.run(&["plan", path.to_str().unwrap()]);
        assert_eq!(code(&output), 0, "{}: {}", path.display(), stderr(&output));
        assert!(stdout(&output).contains("purpose"), "{} has a purpose", path.display());
    }
}

#[test]
fn the_committed_schema_is_the_one_that_the_program_prints() {
    let output = Place::new().run(&["schema"]);
    let committed = std::fs::read_to_string(root().join("sweep.schema.json")).unwrap();
    assert_eq!(stdout(&output), committed, "initsweep schema > sweep.schema.json");
}

#[test]
fn completions_are_printed_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = Place::new().run(&["completions", shell]);
        assert!(code(&output) == 0 && stdout(&output).contains("initsweep"), "{shell}");
    }
}

#[test]
fn the_help_lists_the_exit_codes_and_the_version_names_the_commit() {
    let place = Place::new();
    let help = stdout(&place.run(&["--help"]));
    assert!(help.contains("Exit codes: 0 done") && help.contains("plan"), "{help}");
    let version = stdout(&place.run(&["--version"]));
    assert!(version.starts_with("initsweep 0.") && version.contains('('), "{version}");
}
