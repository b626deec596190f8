//! The table at the end of a run, and `show`.

use std::fs;

use crate::cli::{Place, code, stderr, stdout, table as csv_rows};

/// Two widths, three layers.
const CURVES: &str = "name = 'c'\ntrials = 60\n[[grid]]\nwidth = [8, 16]\ndepth = 3\nbatch = 4\nstd = 'he_normal'\n\
                      [measure]\nlayers = 'all'\nmetrics = ['std', 'rms', 'second_moment']\n";

/// Runs a config in `out`, and gives what it prints.
fn run(place: &Place, config: &str, arguments: &[&str]) -> String {
    place.file("a.toml", config);
    let output = place.run(&[&["run", "a.toml", "--out", "out"], arguments].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    stdout(&output)
}

/// Shows `out`.
fn show(place: &Place, arguments: &[&str]) -> String {
    let output = place.run(&[&["show", "out"], arguments].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    stdout(&output)
}

/// The lines of a text that begin with a word.
fn beginning<'t>(text: &'t str, word: &str) -> Vec<&'t str> {
    text.lines().filter(|line| line.split_whitespace().next() == Some(word)).collect()
}

#[test]
fn layers_stand_down_and_cells_across_with_every_metric_that_was_named() {
    let place = Place::new();
    let table = run(&place, CURVES, &[]);
    for metric in ["std", "rms", "second_moment"] {
        assert!(table.contains(&format!("{metric}, post\n")), "{metric}:\n{table}");
    }
    let widths = beginning(&table, "width");
    assert!(widths.len() == 3 && widths.iter().all(|line| line.ends_with(" 16")), "{table}");
    for layer in ["0", "1", "2", "3"] {
        let lines = beginning(&table, layer);
        assert_eq!(lines.len(), 3, "layer {layer}:\n{table}");
        assert!(lines.iter().all(|line| line.matches('±').count() == 2), "{table}");
    }
    assert!(table.contains("60 random networks (trials)"), "{table}");
    assert!(table.contains("Not shown: the site pre.\n"), "{table}");
    assert!(!table.contains("curve"), "no bars in a pipe:\n{table}");
    assert!(table.contains("exact = at this width") && !table.contains("mean-field ="), "{table}");
}

#[test]
fn what_is_left_out_is_named_with_the_argument_that_shows_it() {
    let place = Place::new();
    let config = "name = 'c'\ntrials = 2\n[[grid]]\nwidth = { from = 1, to = 30, step = 1 }\nstd = 1\n";
    let table = run(&place, config, &[]);
    assert!(table.contains("Not shown: 6 of 30 cells; the metrics rms, second_moment"), "{table}");
    assert!(table.contains("To see them: initsweep show out --where EXPR, --metric NAME"), "{table}");
    assert!(table.contains("unreliable: few-trials"), "{table}");
    let all = show(&place, &["--all"]);
    assert!(!all.contains("Not shown") && all.contains("width=30"), "{all}");
    let one = show(&place, &["--where", "width == 30", "--metric", "rms,abs_max", "--site", "pre"]);
    assert!(one.contains("before the activation (pre)") && one.contains("width=30"), "{one}");
    assert_eq!(one.matches('±').count(), 3, "two numbers, and the caption:\n{one}");
}

#[test]
fn show_prints_what_the_run_printed() {
    let place = Place::new();
    let config = format!(
        "{CURVES}[[expect]]\nmetric = 'rms'\nat_most = 9\n[[compare]]\nparameter = 'width'\nbaseline = 8\n"
    );
    let table = run(&place, &config, &["--seed", "7", "--set", "grid.std=0.5"]);
    assert_eq!(show(&place, &[]), table);
    fs::remove_file(place.path().join("out/trials.sqlite")).unwrap();
    assert_eq!(show(&place, &[]), table, "the tables say everything");
}

#[test]
fn csv_has_the_lines_of_the_summary_that_are_chosen() {
    let place = Place::new();
    run(&place, CURVES, &[]);
    let summary = place.read("out/summary.csv");
    assert_eq!(show(&place, &["--csv"]), summary);
    let some = show(
        &place,
        &["--csv", "--where", "width == 16", "--metric", "rms", "--site", "post", "--layer", "last"],
    );
    let lines: Vec<&str> = some.lines().collect();
    assert_eq!(lines.len(), 2, "{some}");
    let row = &csv_rows(&some)[0];
    assert!(summary.contains(lines[1]), "{some}");
    assert_eq!(
        ["layer", "site", "metric", "width"].map(|name| row[name].as_str()),
        ["3", "post", "rms", "16"]
    );
}

#[test]
fn an_unfinished_run_shows_the_trials_that_it_has() {
    let place = Place::new();
    run(&place, CURVES, &[]);
    let summary = show(&place, &["--csv"]);
    for file in ["run.json", "summary.csv", "datapackage.json", "config.toml"] {
        fs::remove_file(place.path().join("out").join(file)).unwrap();
    }
    assert_eq!(show(&place, &["--csv"]), summary);
    assert_eq!(code(&place.run(&["run", "a.toml", "--out", "cut", "--shard", "0/2"])), 0);
    let half = place.run(&["show", "cut/shards/0-of-2"]);
    assert!(stdout(&half).contains("30 random networks"), "{}{}", stdout(&half), stderr(&half));
    assert!(stderr(&half).contains("60 trials of these cells are missing"), "{}", stderr(&half));
    let whole = place.run(&["show", "cut"]);
    assert!(code(&whole) == 3 && stderr(&whole).contains("initsweep merge"), "{}", stderr(&whole));
}

#[test]
fn a_sorted_list_begins_with_the_largest() {
    let place = Place::new();
    run(&place, CURVES, &[]);
    let table = show(&place, &["--sort", "z", "--metric", "second_moment"]);
    let z: Vec<f64> = table
        .lines()
        .filter_map(|line| line.split_whitespace().last()?.strip_prefix(['+', '-'])?.parse().ok())
        .collect();
    assert!(z.len() == 4 && z.is_sorted_by(|a, b| a >= b), "{table}");
}

#[test]
fn an_error_names_what_was_not_found_and_what_there_is() {
    let place = Place::new();
    run(&place, CURVES, &[]);
    for (arguments, texts) in [
        (["--metric", "mean"], ["`mean` was not measured", "std, rms, second_moment"]),
        (["--metric", "stdd"], ["`stdd` was not measured", "std, rms, second_moment"]),
        (["--site", "inside"], ["`inside` was not measured", "input, pre, post"]),
        (["--layer", "4"], ["`4` was not measured", "0, 1, 2, 3"]),
        (["--where", "width == 9"], ["holds for none of the 2 cells", "width is 8, 16"]),
        (["--where", "widht == 9"], ["--where:1:1", "did you mean `width`?"]),
        (["--sort", "weight"], ["the columns are", "estimate, sd, theory, z, trials"]),
    ] {
        let output = place.run(&[&["show", "out"], &arguments[..]].concat());
        assert_eq!(code(&output), 2, "{arguments:?}");
        for text in texts {
            assert!(stderr(&output).contains(text), "{arguments:?}: {}", stderr(&output));
        }
    }
    for (directory, text) in [("nowhere", "is not a directory"), (".", "holds no trials.sqlite")] {
        let output = place.run(&["show", directory]);
        assert!(code(&output) == 2 && stderr(&output).contains(text), "{}", stderr(&output));
    }
    place.file("out/summary.csv", "edited");
    let output = place.run(&["show", "out"]);
    assert!(stderr(&output).contains("has changed since it was written"), "{}", stderr(&output));
}

#[test]
fn comparisons_have_joint_intervals_and_one_verdict() {
    let place = Place::new();
    let config = "name = 'c'\ntrials = 60\n[[grid]]\nwidth = 8\ndepth = 3\nbatch = 4\nstd = [0.25, 0.5, 0.26]\n\
                  [measure]\nlayers = 'all'\nmetrics = ['rms']\nsites = ['post']\n\
                  [[compare]]\nparameter = 'std'\nbaseline = 0.25\n\
                  [[compare]]\nparameter = 'activation'\nbaseline = 'linear'\n";
    let table = run(&place, config, &[]);
    assert!(table.contains("compared with std = 0.25"), "{table}");
    let counts =
        table.lines().find_map(|line| line.strip_prefix("differences: ")?.split_once(';')).unwrap().0;
    let counts = counts.split(", ").map(|count| count.split(' ').next().unwrap().parse::<usize>().unwrap());
    assert_eq!(counts.sum::<usize>(), 6, "{table}");
    assert!(table.contains("compared with activation = linear: nothing"), "{table}");
    for row in csv_rows(&place.read("out/compare.csv")) {
        let number = |name: &str| row[name].parse::<f64>().unwrap();
        assert!(number("joint_low") < number("conf_low") && number("conf_high") < number("joint_high"));
        let is_shown = row["reliability"] == "ok" && number("joint_low") > 0.0;
        let verdict = if is_shown { "larger" } else { "undecided" };
        assert_eq!(row["verdict"], verdict, "{row:?}");
    }
}

#[test]
fn a_target_has_its_trials_in_the_table() {
    let place = Place::new();
    let config = "name = 'a'\n[trials]\nmin = 40\nmax = 320\ntarget = { metric = 'std', relative = 0.05 }\n\
                  [[grid]]\nwidth = [8, 64]\nbatch = 8\nstd = '1/sqrt(fan_in)'\n";
    let table = run(&place, config, &[]);
    assert!(table.contains("cells reached their targets, after 40"), "{table}");
    assert!(table.contains("(relative 0.05)") && table.contains("std, layer 1, "), "{table}");
    assert_eq!(show(&place, &[]), table);
}

#[test]
fn an_unreliable_number_says_why() {
    for (config, reason) in [
        ("trials = 20\n[[grid]]\nwidth = 8\nstd = 1\n", "unreliable: few-trials"),
        (
            "trials = 60\n[[grid]]\nwidth = 64\ndepth = 400\nbatch = 2\nstd = 9\n",
            "unreliable: 60 of 60 non-finite",
        ),
        ("trials = 60\n[[grid]]\nwidth = 8\nstd = 0\n", "unreliable: constant"),
        ("trials = 60\n[[grid]]\nwidth = 4\ndepth = 30\nbatch = 1\nstd = 1\n", "unreliable: heavy-tail"),
    ] {
        let place = Place::new();
        let table = run(&place, &format!("name = 'u'\n{config}"), &[]);
        assert!(table.contains(reason), "{reason}:\n{table}");
    }
}

#[test]
fn what_is_the_same_in_every_trial_has_no_z_and_blames_no_precision() {
    let place = Place::new();
    let config = "name = 'c'\ntrials = 40\n[[grid]]\nwidth = 64\ndepth = 2\nbatch = 5\nstd = 'lsuv'\nactivation = 'tanh'\n\
                  [measure]\nmetrics = ['std']\nsites = ['pre']\n";
    let table = run(&place, config, &[]);
    assert!(table.contains("exact") && !table.contains("f32"), "{table}");
}
