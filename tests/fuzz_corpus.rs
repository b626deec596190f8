//! What fuzzing has found worth keeping: every file of `tests/fuzz/corpus` goes through its target, without a fuzzer.
//!
//! More inputs: `cargo install --locked cargo-fuzz`, then `.ci/fuzz 60` (seconds for each target).

#[path = "fuzz/targets.rs"]
mod targets;

use std::fs;
use std::path::Path;

fn replay(name: &str, target: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
    let mut paths: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 10, "the corpus of {name} has {} files", paths.len());
    for path in paths {
        // The output of a test is shown if it fails.
        println!("{}", path.display());
        target(&fs::read(&path).unwrap());
    }
}

#[test]
fn configs_of_the_corpus_are_refused_or_laid_out() {
    replay("config", targets::config);
}

#[test]
fn expressions_of_the_corpus_read_back_and_conditions_share_out_the_cells() {
    replay("expressions", targets::expressions);
}

#[test]
fn stores_of_the_corpus_yield_no_wrong_value() {
    replay("store", targets::store);
}

#[test]
fn blocks_of_the_corpus_are_merged_as_a_plain_table_would() {
    replay("merge", targets::merge);
}
