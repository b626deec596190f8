//! Wrong configs, and exactly what is said about them.
//!
//! `tests/wrong_configs/NAME.toml` has its rendering beside it in `NAME.txt`. `BLESS=1` writes the renderings anew:
//! read what changed before committing it. A line `# --set KEY=VALUE` in a config is an override.

use std::fs;
use std::path::PathBuf;

use initsweep::config::{self, Source};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/wrong_configs")
}

/// Names of the wrong configs, sorted.
fn names() -> Vec<String> {
    let files =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = files.filter_map(|file| file.strip_suffix(".toml").map(str::to_owned)).collect();
    names.sort();
    names
}

fn rendering(name: &str) -> String {
    let file = format!("{name}.toml");
    let text = fs::read_to_string(folder().join(&file)).unwrap();
    let mut source = Source::new(file, text.clone()).in_folder(folder());
    for assignment in text.lines().filter_map(|line| line.strip_prefix("# --set ")) {
        source = source.set(assignment);
    }
    match config::parse(&source) {
        Ok(_) => panic!("{name}.toml is accepted"),
        Err(diagnostics) => diagnostics.render(false),
    }
}

#[test]
fn every_wrong_config_is_explained_as_expected() {
    let names = names();
    assert!(names.len() >= 30, "only {} wrong configs", names.len());
    let mut differing = Vec::new();
    for name in names {
        let path = folder().join(format!("{name}.txt"));
        let now = rendering(&name);
        if std::env::var_os("BLESS").is_some() {
            fs::write(&path, &now).unwrap();
        } else if fs::read_to_string(&path).ok().as_ref() != Some(&now) {
            differing.push(format!("--- {name}, now:\n{now}"));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn every_mistake_has_a_place_and_help_and_no_colour() {
    for name in names() {
        let text = rendering(&name);
        for mistake in text.split("\n\n").filter(|mistake| !mistake.starts_with("... and")) {
            assert!(mistake.starts_with("error: "), "{name}: {mistake}");
            assert!(mistake.contains("--> ") && mistake.contains("= help: "), "{name}: {mistake}");
        }
        assert!(!text.contains('\u{1b}'), "{name} has colour");
    }
}
