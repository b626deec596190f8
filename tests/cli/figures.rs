//! Figures of a run, drawn at its end and again.

use std::fs;

use crate::cli::{Place, code, stderr, stdout};

const CONFIG: &str = "name = 'f'\ntrials = 40\n[[grid]]\nwidth = 4\ndepth = 3\nbatch = 2\nstd = [1, 2]\n[measure]\n\
                      layers = 'all'\nsites = ['post']\nmetrics = ['std']\n";

/// The files in `out/figures` with their bytes.
fn files(place: &Place) -> Vec<(String, Vec<u8>)> {
    let folder = place.path().join("out/figures");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn figures_drawn_again_have_the_bytes_of_the_run_and_other_tables_change_nothing_else() {
    let place = Place::new();
    place.file("a.toml", CONFIG);
    let output = place.run(&["run", "a.toml", "--out", "out", "--quiet"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let first = files(&place);
    let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["std-post.csv", "std-post.pdf", "std-post.svg"]);
    let output = place.run(&["figures", "out"]);
    assert_eq!(stdout(&output), "out/figures/std-post.svg\n", "{}", stderr(&output));
    assert_eq!(files(&place), first);
    let summary = place.read("out/summary.csv");
    place.file("b.toml", &format!("{CONFIG}[[figure]]\nname = 'own'\nmetric = 'std'\nx = 'previous'\n"));
    let output = place.run(&["figures", "out", "--config", "b.toml", "--width", "85mm"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(place.read("out/figures/own.svg").contains("width=\"241pt\""));
    assert_eq!(place.read("out/summary.csv"), summary);
    place.file("c.toml", &CONFIG.replace("= 40", "= 41"));
    let output = place.run(&["figures", "out", "--config", "c.toml"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("c.toml is not the config of this run"), "{}", stderr(&output));
}

#[test]
fn a_run_that_is_not_finished_has_none_and_one_may_do_without() {
    let place = Place::new();
    place.file("a.toml", CONFIG);
    let output = place.run(&["run", "a.toml", "--out", "out", "--quiet", "--no-figures"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(!place.path().join("out/figures").exists());
    for file in ["run.json", "summary.csv", "datapackage.json", "config.toml"] {
        fs::remove_file(place.path().join("out").join(file)).unwrap();
    }
    let output = place.run(&["figures", "out"]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
}
