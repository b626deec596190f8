//! What stands in a report, against the tables beside it, read by another reader.

use std::collections::{BTreeMap, HashMap};

use crate::cli::{Place, code, stderr, table};
use crate::page::{Element, parse};

/// Claims of every verdict, comparisons, targets, infinities: a network of numbers near 1e150 overflows in its third layer.
const CONFIG: &str = r#"
name = "questions"
purpose = "What becomes of every kind of question?"
randomness = "common"
[trials]
min = 64
max = 256
target = { metric = "rms", relative = 0.02 }
[defaults]
width = [16, 32]
depth = 3
batch = 8
[measure]
layers = "all"
metrics = ["rms", "second_moment", "overflowed", "fraction_nonfinite"]
sites = ["pre", "post"]
[[grid]]
label = "near 1"
std = ["he_normal", "sqrt(1/fan_in)"]
activation = ["relu", "tanh"]
[[grid]]
label = "far from 1"
std = 1e150
[[expect]]
claim = "it holds"
metric = "second_moment"
site = "pre"
where = "width < 20 && activation == 'tanh'"
at_least = 0.0
at_most = 100.0
[[expect]]
claim = "nobody knows"
metric = "rms"
site = "post"
value = "theory"
[[expect]]
claim = "it fails"
metric = "rms"
site = "pre"
value = 5.0
absolute = 0.1
where = "activation == 'relu'"
[[compare]]
parameter = "activation"
baseline = "tanh"
"#;

/// Runs it, and gives its page.
fn run(place: &Place) -> Element {
    place.file("a.toml", CONFIG);
    let output = place.run(&["run", "a.toml", "--quiet", "--out", "run"]);
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    parse(&place.read("run/report.html"))
}

/// A row, by column.
type Row = HashMap<String, String>;

/// The rows of a table of the page.
fn rows(page: &Element, caption: &str) -> Vec<Row> {
    let table = page.table(caption);
    let (titles, rows) = table.split_first().unwrap_or_else(|| panic!("no table {caption}"));
    rows.iter().map(|row| titles.iter().cloned().zip(row.iter().cloned()).collect()).collect()
}

#[test]
fn verdicts_stand_first_the_worst_before_the_others() {
    let place = Place::new();
    let page = run(&place);
    assert_eq!(page.named("h1")[0].text(), "What becomes of every kind of question?");
    assert_eq!(page.named("title")[0].text(), "What becomes of every kind of question? (questions)");
    let lead = page.named("header")[0].text();
    assert!(
        lead.contains("1 of 3 claims failed. 1 of 3 claims undecided. 1 of 3 claims held. 10 cells,"),
        "{lead}"
    );
    let claims = rows(&page, "The verdict on every claim");
    let found: Vec<(&str, &str)> = claims.iter().map(|row| (&*row["verdict"], &*row["claim"])).collect();
    assert_eq!(found, [("failed", "it fails"), ("undecided", "nobody knows"), ("held", "it holds")]);
    let expect = table(&place.read("run/expect.csv"));
    for claim in &claims {
        let all: Vec<_> = expect.iter().filter(|row| row["claim"] == claim["claim"]).collect();
        let held = all.iter().filter(|row| row["verdict"] == "held").count();
        let numbers =
            if held == all.len() { held.to_string() } else { format!("{held} of {} held", all.len()) };
        assert_eq!(claim["numbers"], numbers);
    }
    assert_eq!(claims[0]["bound"], "5 ± 0.1: 4.9 to 5.1");
    let sections: Vec<_> = page.named("section").iter().filter_map(|one| one.attribute("id")).collect();
    assert_eq!(sections, ["claims", "figures", "warnings", "comparisons", "stopping", "numbers", "origin"]);
}

/// A number of the page stands for `wanted`: it has six significant digits, so that it is off by at most half a unit in the
/// sixth, 5e-6 of the number.
fn assert_shown(shown: &str, wanted: &str) {
    if wanted == "NaN" {
        return assert_eq!(shown, "");
    }
    if wanted == "1e999" {
        return assert_eq!(shown, "∞");
    }
    let (found, number): (f64, f64) = (shown.parse().unwrap(), wanted.parse().unwrap());
    assert!((found - number).abs() <= 5.001e-6 * number.abs(), "{shown} for {wanted}");
}

#[test]
fn every_number_of_the_page_is_that_of_the_summary() {
    let place = Place::new();
    let page = run(&place);
    let summary = table(&place.read("run/summary.csv"));
    let shown = rows(&page, "Estimates with their 95 % intervals, beside theory");
    assert_eq!(shown.len(), summary.len());
    assert_eq!(page.named("output")[0].text(), format!("{} numbers", summary.len()));
    for (shown, row) in shown.iter().zip(&summary) {
        for column in ["label", "width", "activation", "layer", "site", "metric", "trials"] {
            assert_eq!(shown[column], row[column]);
        }
        let columns = ["estimate", "low", "high", "median", "theory"];
        for (column, of_summary) in
            columns.into_iter().zip(["estimate", "conf_low", "conf_high", "median", "theory"])
        {
            assert_shown(&shown[column], &row[of_summary]);
        }
        assert_eq!(shown["doubt"], row["reliability"].replace("ok", ""));
        assert_eq!(shown["kind"], row["theory_kind"].replace("none", ""));
        let z: Option<f64> = shown["z"].parse().ok();
        let wanted: f64 = row["z"].parse().unwrap();
        assert!(z.map_or(wanted.is_nan(), |z| (z - wanted).abs() <= 0.005 + 1e-12), "{z:?} {wanted}");
    }
}

#[test]
fn warnings_count_what_the_summary_says() {
    let place = Place::new();
    let page = run(&place);
    let summary = table(&place.read("run/summary.csv"));
    let count = |key: &dyn Fn(&Row) -> Option<[String; 2]>| {
        let mut counts: BTreeMap<[String; 2], usize> = BTreeMap::new();
        for key in summary.iter().filter_map(key) {
            *counts.entry(key).or_default() += 1;
        }
        counts
    };
    let of_metric = |metric: &str| summary.iter().filter(|row| row["metric"] == metric).count();
    let number = |metric: &str, count: usize| format!("{count} of {}", of_metric(metric));
    let unreliable = count(&|row| {
        (row["reliability"] != "ok").then(|| [row["metric"].clone(), row["reliability"].clone()])
    });
    assert!(unreliable.keys().any(|[_, reason]| reason == "non-finite"), "{unreliable:?}");
    let shown = rows(&page, "Unreliable intervals by metric and reason");
    assert_eq!(shown.len(), unreliable.len());
    for row in &shown {
        let found = unreliable[&[row["metric"].clone(), row["reason"].clone()]];
        assert_eq!(row["numbers"], number(&row["metric"], found));
    }
    let without = count(&|row| {
        (row["theory"] == "NaN")
            .then(|| [row["metric"].clone(), (row["theory_mean_field"] != "NaN").to_string()])
    });
    let shown = rows(&page, "Numbers without theory by metric");
    assert_eq!(shown.len(), without.len());
    for row in &shown {
        let has_limit = row["what is known"].starts_with("only the limit").to_string();
        assert_eq!(row["numbers"], number(&row["metric"], without[&[row["metric"].clone(), has_limit]]));
    }
    let text = page.id("warnings").text();
    assert!(text.contains("2 of 10 cells have infinite or undefined entries"), "{text}");
    for width in [16, 32] {
        assert!(
            text.contains(&format!("far from 1 width={width}, layer 3, pre, in 100 % of the networks"))
                || text.contains(&format!("far from 1 width={width} std=1e150")),
            "{text}"
        );
    }
    let stopping = table(&place.read("run/stopping.csv"));
    let at_most = stopping.iter().filter(|row| row["reason"] == "max").count();
    assert!(text.contains(&format!("{at_most} of 10 cells have the most trials allowed")), "{text}");
}

#[test]
fn the_limit_of_z_is_that_of_all_z_together() {
    let place = Place::new();
    let page = run(&place);
    let summary = table(&place.read("run/summary.csv"));
    let z: Vec<f64> =
        summary.iter().filter_map(|row| row["z"].parse().ok().filter(|z: &f64| z.is_finite())).collect();
    let farthest = z.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap();
    // Two-sided at 0.05 / n: P(|Z| > limit) = 0.05 / n, so n P = 0.05.
    let text = page.id("warnings").text();
    let words = format!("the {} z of this run all lie within ± ", z.len());
    let limit: f64 = text.split_once(&words).unwrap().1.split(' ').next().unwrap().parse().unwrap();
    let n = f64::from(u32::try_from(z.len()).unwrap());
    let tail = |limit: f64| 2.0 * n * initsweep::statistics::normal::cdf(-limit);
    assert!(tail(limit - 0.005) >= 0.05 && tail(limit + 0.005) <= 0.05, "{limit}");
    assert!(farthest.abs() > limit || text.contains(&format!("the farthest is {farthest:+.2}.")), "{text}");
}

#[test]
fn what_is_not_there_is_said() {
    let place = Place::new();
    place.file("a.toml", "name = 'a'\ntrials = 40\n[measure]\nmetrics = ['second_moment']\nsites = ['pre']\n[[grid]]\nwidth = 4\nstd = 1");
    assert_eq!(code(&place.run(&["run", "a.toml", "--quiet", "--out", "run"])), 0);
    let page = parse(&place.read("run/report.html"));
    assert_eq!(page.named("h1")[0].text(), "a");
    assert!(page.id("claims").text().contains("The config claims nothing"));
    let warnings = page.id("warnings").text();
    for said in [
        "None: the interval of every number can be relied on.",
        "Not measured: neither overflowed nor",
        "None: theory is beside every number.",
    ] {
        assert!(warnings.contains(said), "{said}: {warnings}");
    }
}

#[test]
fn it_says_how_to_make_the_run_again_and_that_gives_the_same_bytes() {
    let place = Place::new();
    place.file("a.toml", "name = 'a'\ntrials = 40\n[[grid]]\nwidth = 4\nstd = 1");
    let overrides = ["--seed", "7", "--set", "grid.std='sqrt(2/fan_in)'"];
    assert_eq!(
        code(&place.run(&[&["run", "a.toml", "--quiet", "--out", "run"], &overrides[..]].concat())),
        0
    );
    let page = parse(&place.read("run/report.html"));
    let commands = page.id("origin").named("pre")[0].text();
    let command = commands.lines().next().unwrap();
    let mut shell = std::process::Command::new("sh");
    let words = command.strip_prefix("initsweep ").unwrap();
    let line = format!("'{}' {words} --quiet", crate::cli::binary().display());
    let status = shell.args(["-c", &line]).current_dir(place.path().join("run")).status().unwrap();
    assert!(status.success(), "{line}");
    assert_eq!(place.read("run/summary.csv"), place.read("run/again/summary.csv"));
    let hash = initsweep::hash::sha256(place.read("run/summary.csv"));
    assert!(page.id("origin").text().contains(&format!("sha256:{hash}")));
    assert!(page.id("origin").named("details")[0].text().contains(&place.read("run/config.toml")));
}

#[test]
fn published_numbers_stand_beside_those_of_the_run() {
    let place = Place::new();
    let config =
        std::fs::read_to_string(crate::repository::root().join("configs/forum-thread.toml")).unwrap();
    place.file("a.toml", &config);
    let output = place.run(&["run", "a.toml", "--quiet", "--trials", "40", "--out", "run"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let page = parse(&place.read("run/report.html"));
    let shown = rows(&page, "One network drawn elsewhere, beside many of this run");
    let lines = config.matches("published").count();
    assert!(shown.len() >= lines.min(7) && !shown.is_empty(), "{shown:?}");
    assert!(shown.iter().all(|row| row["published"].contains(" sd)")), "{shown:?}");
}
