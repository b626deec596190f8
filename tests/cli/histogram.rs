//! Histograms of the entries: a table of their own, which nothing of how a run is made changes, and their figure.

use std::fs;

use crate::cli::{Place, code, stderr};

const CONFIG: &str = "name = 'h'\ntrials = 40\nseed = 4\n[[grid]]\nwidth = 8\ndepth = [2, 3]\nbatch = 3\n\
                      std = ['he_normal', 'glorot_normal']\nactivation = 'relu'\n[measure]\nlayers = 'all'\n\
                      sites = ['input', 'pre', 'post', 'grad_pre', 'grad_weight']\nmetrics = ['fraction_negative', 'mean', 'fraction_zero']\n";
const BINS: &str = "histogram = { from = -2, to = 2, bins = 8 }\n";

/// Rows of a table as numbers by column name, NaN where there is none.
fn rows(text: &str) -> Vec<std::collections::HashMap<String, String>> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(|row| row.unwrap()).collect()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}

#[test]
fn every_entry_is_in_one_bin_and_the_summary_is_what_it_was() {
    let place = Place::new();
    place.file("plain.toml", CONFIG);
    place.file("bins.toml", &format!("{CONFIG}{BINS}"));
    for name in ["plain", "bins"] {
        let output = place.run(&["run", &format!("{name}.toml"), "--out", name, "--quiet", "--no-figures"]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
    }
    let summary = place.read("bins/summary.csv");
    assert_eq!(summary, place.read("plain/summary.csv"));
    assert!(!place.path().join("plain/histogram.csv").exists());
    let bins = rows(&place.read("bins/histogram.csv"));
    let summary = rows(&summary);
    let metric = |bin: &std::collections::HashMap<String, String>, name: &str| {
        let is_here = |row: &&std::collections::HashMap<String, String>| {
            ["cell", "layer", "site"].iter().all(|key| row[*key] == bin[*key]) && row["metric"] == name
        };
        number(&summary.iter().find(is_here).unwrap()["estimate"])
    };
    // (2 + 3) layers, four sites, the input, two stds: ten bins each.
    assert_eq!(bins.len(), 10 * 2 * (5 * 4 + 2));
    for place in bins.chunks(10) {
        let parts: Vec<f64> = place.iter().map(|row| number(&row["estimate"])).collect();
        // Forty means of some fractions: rounding of 50 sums of numbers up to 1.
        assert!((parts.iter().sum::<f64>() - 1.0).abs() < 1e-14, "{parts:?}");
        assert_eq!((&*place[0]["from"], &*place[9]["to"]), ("-1e999", "1e999"));
        if place[0]["site"] != "grad_weight" {
            let negative: f64 = parts[..5].iter().sum();
            assert!((negative - metric(&place[0], "fraction_negative")).abs() < 1e-14, "{place:?}");
        }
        assert!(place[0]["site"] != "post" || parts[..5].iter().all(|part| *part == 0.0));
    }
}

#[test]
fn the_gradients_of_weights_are_counted_block_by_block() {
    let place = Place::new();
    // The one bin between the ends holds what is exactly 0.
    let bins = "histogram = { from = 0, to = 1e-300, bins = 1 }\n";
    place.file("a.toml", &format!("{CONFIG}{bins}").replace("width = 8", "width = 70"));
    let output = place.run(&["run", "a.toml", "--out", "out", "--quiet", "--no-figures"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let zeros: Vec<f64> = rows(&place.read("out/summary.csv"))
        .iter()
        .filter(|row| row["site"] == "grad_weight" && row["metric"] == "fraction_zero")
        .map(|row| number(&row["estimate"]))
        .collect();
    let found: Vec<f64> = rows(&place.read("out/histogram.csv"))
        .iter()
        .filter(|row| row["site"] == "grad_weight" && row["bin"] == "1")
        .map(|row| number(&row["estimate"]))
        .collect();
    assert_eq!(zeros.len(), found.len());
    assert!(zeros.iter().zip(&found).all(|(a, b)| (a - b).abs() < 1e-14 && *a > 0.01), "{zeros:?} {found:?}");
}

#[test]
fn threads_shards_and_resuming_give_the_same_bytes() {
    let place = Place::new();
    place.file("a.toml", &format!("{CONFIG}{BINS}"));
    let run = |words: &[&str]| {
        let output = place.run(words);
        assert_eq!(code(&output), 0, "{words:?}: {}", stderr(&output));
    };
    run(&["run", "a.toml", "--out", "one", "--quiet", "--threads", "1"]);
    run(&["run", "a.toml", "--out", "three", "--quiet", "--threads", "3"]);
    run(&["run", "a.toml", "--out", "few", "--quiet", "--trials", "17"]);
    run(&["run", "a.toml", "--out", "few", "--quiet"]);
    for shard in ["0/2", "1/2"] {
        run(&["run", "a.toml", "--out", "shards", "--quiet", "--shard", shard]);
    }
    run(&["merge", "shards"]);
    let one = place.read("one/histogram.csv");
    for other in ["three", "few", "shards"] {
        assert!(place.read(&format!("{other}/histogram.csv")) == one, "{other}");
    }
    assert!(place.read("one/datapackage.json").contains("\"histogram\""));
    // A table that is lost is written anew.
    fs::remove_file(place.path().join("one/histogram.csv")).unwrap();
    run(&["run", "a.toml", "--out", "one", "--quiet"]);
    assert!(place.read("one/histogram.csv") == one);
}

#[test]
fn the_figure_of_the_entries_shows_densities_of_area_one() {
    let place = Place::new();
    let clause =
        "[[figure]]\nname = 'entries'\nx = 'entry'\nsite = 'pre'\nfacet = 'std'\nwhere = 'depth == 3'\n";
    place.file("a.toml", &format!("{CONFIG}{}{clause}", BINS.replace('2', "9")));
    let output = place.run(&["run", "a.toml", "--out", "out", "--quiet"]);
    assert_eq!((code(&output), &*stderr(&output)), (0, ""));
    let lines = rows(&place.read("out/figures/entries.csv"));
    assert_eq!(lines.len(), 8 * 3 * 2);
    for law in lines.chunks(8) {
        let area = |column: &str| law.iter().map(|row| number(&row[column]) * 18.0 / 8.0).sum::<f64>();
        // Nine standard deviations of a normal law of std sqrt 2 at most: nothing is beyond the ends but by the tails of its length.
        assert!((area("y") - 1.0).abs() < 1e-3 && (area("theory") - 1.0).abs() < 1e-3, "{law:?}");
    }
    let svg = place.read("out/figures/entries.svg");
    assert!(
        svg.contains(">density<") && svg.contains("Dashed lines: the density that theory gives"),
        "{svg}"
    );
}
