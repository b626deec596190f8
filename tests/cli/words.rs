//! What a user writes first: a starter, set-ups beside each other, expressions on the command line.

use crate::cli::{Place, code, stderr, stdout};
use crate::repository::root;

#[test]
fn init_writes_a_config_that_runs_and_overwrites_nothing() {
    let place = Place::new();
    let first = place.run(&["init"]);
    assert_eq!((code(&first), stdout(&first).contains("initsweep run sweep.toml")), (0, true));
    let written = place.read("sweep.toml");
    assert!(written.contains("initsweep run sweep.toml"), "{written}");
    let second = place.run(&["init"]);
    assert_eq!(code(&second), 73);
    assert!(stderr(&second).contains("sweep.toml exists"), "{}", stderr(&second));
    assert_eq!(place.read("sweep.toml"), written);
    assert_eq!(code(&place.run(&["init", "none/a.toml"])), 74);
    assert_eq!(code(&place.run(&["run", "sweep.toml", "--trials", "20", "--quiet"])), 0);
}

#[test]
fn the_plan_says_what_is_left_out() {
    let place = Place::new();
    place.file("a.toml", "name = 'a'\ntrials = 9\n[[grid]]\nwidth = 8\nsigma_w = 1\nmean = [0, 1]\n");
    let plan = stdout(&place.run(&["plan", "a.toml"]));
    let line = plan.lines().find(|line| line.starts_with("defaults")).unwrap();
    for part in ["depth 1", "activation linear", "batch 64", "bias_std 0", "precision f64"] {
        assert!(line.contains(part), "{line}");
    }
    assert!(!line.contains("mean 0, activation") && !line.contains("width"), "{line}");
    assert!(plan.contains("layers last; sites input, pre, post; metrics mean, std"), "{plan}");
}

#[test]
fn the_command_line_takes_the_numbers_that_configs_take() {
    let place = Place::new();
    let output = place.run(&["theory", "--activation", "tanh", "--sigma-w", "5/3", "--sigma-b", "1/10"]);
    assert!(stdout(&output).contains("sigma_w = 1.6666666666666667, sigma_b = 0.1"), "{}", stderr(&output));
    for wrong in ["1/0", "1e-400", "-1", "width", "1e400"] {
        assert_eq!(code(&place.run(&["theory", "--activation", "tanh", "--sigma-w", wrong])), 2, "{wrong}");
    }
}

#[test]
fn set_ups_are_compared_by_their_labels_and_zipped_axes_by_one_of_them() {
    let labels = "[[grid]]\nlabel = 'a'\nwidth = [8, 16]\nstd = 'he_normal'\nactivation = 'relu'\n\
                  [[grid]]\nlabel = 'b'\nwidth = [8, 16]\nsigma_w = '5/3'\nactivation = 'tanh'\n\
                  [[compare]]\nparameter = 'label'\nbaseline = 'a'\n";
    let zip = "[[grid]]\nwidth = [8, 16]\nstd = ['he_normal', '5/3 * xavier_normal']\nactivation = ['relu', 'tanh']\n\
               zip = ['std', 'activation']\n[[compare]]\nparameter = 'std'\nbaseline = 'he_normal'\n";
    for (config, subject, value) in [(labels, "label", "b"), (zip, "std", "5/3 * xavier_normal")] {
        let place = Place::new();
        place.file(
            "a.toml",
            &format!("name = 'a'\ntrials = 20\n{config}[measure]\nsites = ['post']\nmetrics = ['std']\n"),
        );
        let output = place.run(&["run", "a.toml", "--out", "out", "--quiet"]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let table = place.read("out/compare.csv");
        let rows: Vec<&str> = table.lines().skip(1).collect();
        assert_eq!(rows.len(), 2, "{table}");
        assert!(rows.iter().all(|row| row.contains(&format!(",1,{subject},{subject}={value},"))), "{table}");
    }
}

#[test]
fn the_reference_in_docs_is_what_the_program_prints() {
    let printed = stdout(&Place::new().run(&["reference"]));
    let page = root().join("docs/reference.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&page, &printed).unwrap();
    }
    assert_eq!(std::fs::read_to_string(page).unwrap(), printed);
}

#[test]
fn manual_pages_are_written_where_they_are_asked_for_or_a_code_says_why_not() {
    let place = Place::new();
    let output = place.run(&["man", "share/man/man1"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let page = place.read("share/man/man1/initsweep-run.1");
    assert!(page.contains("initsweep run sweep.toml") && page.contains("SLURM_ARRAY_TASK_ID"), "{page}");
    place.file("a-file", "");
    assert_eq!(code(&place.run(&["man", "a-file/inside"])), 73);
    std::fs::create_dir_all(place.path().join("taken/initsweep.1")).unwrap();
    assert_eq!(code(&place.run(&["man", "taken"])), 74);
}
