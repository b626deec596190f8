//! A run that is enlarged draws what is new; one of another meaning is refused.

use std::fs;

use crate::cli::{Place, code, stderr};
use crate::interrupted::{CONFIG, reference};

#[test]
fn a_larger_run_draws_only_what_is_new_and_keeps_the_old_rows() {
    let place = Place::new();
    let small = CONFIG.replace("[40, 100, 140]", "[40, 140]");
    place.file("r.toml", &small);
    let run = |more: &[&str]| {
        let output = place.run(&[&["run", "r.toml", "--quiet", "--out", "e"], more].concat());
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        place.read("e/summary.csv")
    };
    let stored = || {
        let run = place.read("e/run.json");
        run.split("\"networks_from_store\": ")
            .nth(1)
            .unwrap()
            .split(',')
            .next()
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    let before = run(&[]);
    assert_eq!(stored(), 0);
    place.file("r.toml", CONFIG);
    let wider = run(&[]);
    assert_eq!(stored(), 4 * 300, "of six passes four were there");
    let kept: Vec<&str> = wider.lines().filter(|line| before.contains(line)).collect();
    assert_eq!(kept, before.lines().collect::<Vec<_>>());
    let more = run(&["--trials", "450"]);
    assert_eq!(stored(), 6 * 300);
    assert_eq!(more, place.summary(CONFIG, &["--trials", "450"]));
    assert_eq!(wider, place.summary(CONFIG, &[]));
}

#[test]
fn a_run_of_another_meaning_is_refused_with_both_values() {
    let place = Place::new();
    let before = reference(&place);
    let measure = CONFIG.replace("layers = 'all'", "layers = 'all'\nmetrics = ['mean']");
    for (config, words) in [
        (CONFIG.replace("seed = 3", "seed = 4"), ["seed is 3 there, 4 here", "reference"]),
        (CONFIG.replace("seed = 3", "seed = 3\nrandomness = 'common'"), ["independent there", "common here"]),
        (CONFIG.replace("trials = 300", "trials = 299"), ["300 there", "299 here"]),
        (CONFIG.replace("'he_normal'", "0.5"), ["(one)", "std=0.5, law=normal here"]),
        (measure, ["[measure] metrics is mean, std, rms", "mean here"]),
        (
            CONFIG.replace("seed", "# Places do not matter.\nseed").replace("300", "30"),
            ["300 there", "30 here"],
        ),
    ] {
        place.file("other.toml", &config);
        let output = place.run(&["run", "other.toml", "--out", "reference"]);
        assert_eq!(code(&output), 73, "{}", stderr(&output));
        for word in words {
            assert!(stderr(&output).contains(word), "{word} is missing in {}", stderr(&output));
        }
    }
    assert!(fs::read(place.path().join("reference/summary.csv")).unwrap() == before);
}
