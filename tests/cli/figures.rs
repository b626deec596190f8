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

#[test]
fn figures_of_trial_values_come_from_the_store() {
    let place = Place::new();
    let clauses = "bands = 'layers'\n[[figure]]\nname = 'law'\nmetric = 'std'\nx = 'value'\nlayers = 'all'\n\
                   [[figure]]\nname = 'slopes'\nmetric = 'std'\nx = 'std'\nagainst = 'layer'\n\
                   [[figure]]\nname = 'joint'\nmetric = 'std'\nshow = ['joint']\n";
    // Wide networks of equal sizes: means that can be relied on.
    let config = CONFIG.replace("width = 4", "width = 64").replace("[1, 2]", "[0.1, 0.2]");
    place.file("a.toml", &format!("{config}{clauses}"));
    let output = place.run(&["run", "a.toml", "--out", "out", "--quiet"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let first = files(&place);
    assert_eq!(first.len(), 9, "{}", stderr(&output));
    assert_eq!(code(&place.run(&["figures", "out"])), 0);
    assert_eq!(files(&place), first);
    // The slope of every cell is that of the means, which are linear in the values.
    let column = |text: &str, name: &str| -> Vec<f64> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let at = reader.headers().unwrap().iter().position(|other| other == name).unwrap();
        reader.records().map(|record| record.unwrap()[at].parse().unwrap()).collect()
    };
    let estimates = column(&place.read("out/summary.csv"), "estimate");
    let expected: Vec<f64> = estimates.chunks(3).map(|cell| (cell[2] - cell[0]) / 2.0).collect();
    let slopes = column(&place.read("out/figures/slopes.csv"), "y");
    assert_eq!(slopes.len(), 2);
    // Means of 40 values of size 10 at most: rounding far below this.
    assert!(slopes.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-12), "{slopes:?} {expected:?}");
    assert_eq!(
        column(&place.read("out/figures/joint.csv"), "spread_low"),
        column(&place.read("out/bands.csv"), "band_low")
    );
    fs::remove_file(place.path().join("out/trials.sqlite")).unwrap();
    let output = place.run(&["figures", "out"]);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("figure \"law\": out holds no trials.sqlite"), "{}", stderr(&output));
}

#[test]
fn a_figure_that_no_run_can_have_is_refused_before_it_with_its_place() {
    let place = Place::new();
    let clauses = "[[figure]]\nmetric = 'std'\nwhere = 'width > 4'\n[[figure]]\nmetric = 'std'\nagainst = 'layer'\n\
                   layers = [2]\n";
    place.file("a.toml", &format!("{CONFIG}{clauses}"));
    for verb in [&["plan", "a.toml"][..], &["run", "a.toml", "--out", "out"]] {
        let output = place.run(verb);
        assert_eq!(code(&output), 2, "{}", stderr(&output));
        let said = stderr(&output);
        assert!(said.contains("a.toml:12:1") && said.contains("there is no number of the std"), "{said}");
        assert!(said.contains("a.toml:15:1") && said.contains("needs two layers or more"), "{said}");
    }
    assert!(!place.path().join("out").exists());
}

#[test]
fn a_figure_that_cannot_be_drawn_leaves_the_others_and_the_report_says_why() {
    let place = Place::new();
    let config = CONFIG.replace("'std'", "'min'");
    let clauses = "[[figure]]\nname = 'no'\nmetric = 'min'\nscale = { y = 'log10' }\n[[figure]]\nname = 'yes'\n\
                   metric = 'min'\n";
    place.file("a.toml", &format!("{config}{clauses}"));
    let output = place.run(&["run", "a.toml", "--out", "out", "--quiet"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).contains("note: not drawn: figure \"no\": its y axis"), "{}", stderr(&output));
    let names: Vec<String> = files(&place).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["yes.csv", "yes.pdf", "yes.svg"]);
    assert!(place.read("out/report.html").contains("could not be drawn"));
    let output = place.run(&["figures", "out"]);
    assert_eq!(code(&output), 1);
    assert_eq!(stdout(&output), "out/figures/yes.svg\n");
}

#[test]
fn what_has_no_figure_is_said_in_a_line_for_each_reason() {
    let place = Place::new();
    let metrics = "'mean', 'std', 'rms', 'second_moment', 'variance', 'min', 'max', 'abs_max'";
    place.file("a.toml", &CONFIG.replace("['post']", "['pre', 'post']").replace("'std'", metrics));
    let output = place.run(&["run", "a.toml", "--out", "out", "--quiet"]);
    assert_eq!((code(&output), &*stderr(&output)), (0, ""));
    let output = place.run(&["figures", "out"]);
    let said = stderr(&output);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(
        said.starts_with("note: max at pre, max at post, abs_max at pre, abs_max at post have no figure"),
        "{said}"
    );
}

#[test]
fn formats_are_chosen_and_png_is_there_only_if_it_was_built_in() {
    let place = Place::new();
    place.file("a.toml", CONFIG);
    let output = place.run(&["run", "a.toml", "--out", "out", "--quiet", "--no-figures"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let output = place.run(&["figures", "out", "--format", "pdf"]);
    assert_eq!(stdout(&output), "out/figures/std-post.pdf\n", "{}", stderr(&output));
    let names: Vec<String> = files(&place).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["std-post.csv", "std-post.pdf"]);
    let output = place.run(&["figures", "out", "--format", "svg,png"]);
    if cfg!(feature = "png") {
        assert_eq!(stdout(&output), "out/figures/std-post.svg\n", "{}", stderr(&output));
        let bytes = fs::read(place.path().join("out/figures/std-post.png")).unwrap();
        assert!(bytes.starts_with(b"\x89PNG\r\n") && bytes.len() > 10_000, "{}", bytes.len());
    } else {
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains("this program was built without PNG"), "{}", stderr(&output));
    }
    let output = place.run(&["figures", "out", "--format", "gif"]);
    assert!(code(&output) == 2 && stderr(&output).contains("the formats are svg, pdf and png"));
}
