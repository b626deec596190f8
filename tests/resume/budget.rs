//! A run that may take little memory has the bytes of one that may take much.

use std::process::{Command, Output};

use crate::cli::{Place, binary, code, stderr};
use crate::nightly::nightly;

/// Many groups, several depths in each, with questions about all of them.
const QUESTIONS: &str = "
name = 'budget'
seed = 12
trials = 400
[[grid]]
width = [4, 6, 9]
depth = [1, 3, 2]
batch = 4
std = { from = 0.4, to = 1.6, points = 12 }
activation = ['relu', 'tanh']
[measure]
layers = 'all'
bands = 'layers'
[[expect]]
metric = 'rms'
site = 'pre'
statistic = 'log2'
against = 'width'
layers = 'all'
at_least = -100
[[expect]]
metric = 'std'
value = 'theory'
[[compare]]
parameter = 'activation'
baseline = 'tanh'
";

const TABLES: [&str; 4] = ["summary", "expect", "compare", "bands"];

/// The least memory that a run may be given, in MiB, as its refusal says it.
fn least(place: &Place, more: &[&str]) -> u32 {
    let output = place.run(&[&["run", "b.toml", "--out", "none", "--memory", "1M"], more].concat());
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    let text = stderr(&output);
    let number = text.split("needs at least ").nth(1).and_then(|rest| rest.split(" MiB").next());
    number.unwrap().split('.').next().unwrap().parse::<u32>().unwrap() + 1
}

fn assert_same(place: &Place, one: &str, other: &str, tables: &[&str]) {
    for table in tables {
        let [a, b] = [one, other].map(|run| place.read(&format!("{run}/{table}.csv")));
        assert!(a == b, "{table}.csv differs between {one} and {other}");
    }
}

#[test]
fn the_tables_of_a_run_do_not_depend_on_the_memory_it_may_take() {
    let place = Place::new();
    place.file("b.toml", QUESTIONS);
    let run = |out: &str, more: &[&str]| {
        let output = place.run(&[&["run", "b.toml", "--quiet", "--out", out], more].concat());
        assert!([0, 4].contains(&code(&output)), "{}", stderr(&output));
    };
    run("much", &["--threads", "2"]);
    for threads in ["1", "3"] {
        let memory = format!("{}M", least(&place, &["--threads", threads]));
        let out = format!("little-{threads}");
        run(&out, &["--threads", threads, "--memory", &memory]);
        assert_same(&place, "much", &out, &TABLES);
    }
}

#[test]
fn shards_are_merged_in_little_memory() {
    let place = Place::new();
    place.file("b.toml", QUESTIONS);
    let output = place.run(&["run", "b.toml", "--quiet", "--out", "whole"]);
    assert!([0, 4].contains(&code(&output)), "{}", stderr(&output));
    for shard in ["0/3", "1/3", "2/3"] {
        let output = place.run(&["run", "b.toml", "--quiet", "--out", "cut", "--shard", shard]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
    }
    let memory = format!("{}M", least(&place, &["--threads", "2"]));
    let output = place.run(&["merge", "cut", "--quiet", "--threads", "2", "--memory", &memory]);
    assert!([0, 4].contains(&code(&output)), "{}", stderr(&output));
    assert_same(&place, "whole", "cut", &TABLES);
    let output = place.run(&["verify", "cut", "--threads", "2", "--memory", &memory]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}

/// Runs the program with its address space limited to so many KiB.
fn limited(place: &Place, kibibytes: u32, arguments: &[&str]) -> Output {
    let script = format!("ulimit -v {kibibytes} && exec \"$0\" \"$@\"");
    Command::new("sh")
        .args(["-c", &script])
        .arg(binary())
        .args(arguments)
        .current_dir(place.path())
        .output()
        .unwrap()
}

/// 4 GB of trial values (by day 400 MB), and every one of them asked for by a comparison.
#[test]
fn many_more_values_than_there_is_memory_give_the_same_tables() {
    let place = Place::new();
    let trials = if nightly() { 96_000 } else { 6_400 };
    place.file(
        "b.toml",
        &format!(
            "name = 'v'\nseed = 5\ntrials = {trials}\n[[grid]]\nwidth = 2\nbatch = 2\n\
             std = {{ from = 0.5, to = 1.5, points = 100 }}\nactivation = ['relu', 'tanh']\n\
             [[compare]]\nparameter = 'activation'\nbaseline = 'tanh'\nmetrics = ['rms']\n"
        ),
    );
    let limit = 768 << 10;
    let run = |limit: u32, arguments: &[&str]| {
        let output = limited(&place, limit, arguments);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
    };
    run(16 << 20, &["run", "b.toml", "--quiet", "--out", "much", "--threads", "2"]);
    run(limit, &["run", "b.toml", "--quiet", "--out", "little", "--threads", "2"]);
    assert_same(&place, "much", "little", &["summary", "compare"]);
    for shard in 0..8 {
        let shard = format!("{shard}/8");
        run(limit, &["run", "b.toml", "--quiet", "--out", "cut", "--shard", &shard, "--threads", "2"]);
    }
    run(limit, &["merge", "cut", "--quiet", "--threads", "2"]);
    assert_same(&place, "much", "cut", &["summary", "compare"]);
}
