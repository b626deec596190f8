//! The house: which rooms may use which, and how large they are.

#[path = "house/circles.rs"]
mod circles;
#[path = "house/tokens.rs"]
mod tokens;
#[path = "house/uses.rs"]
mod uses;

use std::fs;
use std::path::{Path, PathBuf};

use tokens::code;

/// For every folder of src, what it may `use crate::`.
const MAY_USE: [(&str, &[&str]); 20] = [
    ("hash", &[]),
    ("text", &[]),
    ("named", &[]),
    ("operator", &[]),
    ("simd", &[]),
    ("statistics", &["named"]),
    ("random", &["simd"]),
    ("kernels", &["operator", "simd"]),
    ("network", &["named", "kernels", "random", "simd"]),
    ("theory", &["named", "network", "kernels", "random", "simd", "statistics"]),
    ("sweep", &["hash", "named", "operator", "network", "kernels", "random"]),
    ("config", &["hash", "text", "operator", "sweep", "network", "kernels", "random"]),
    ("engine", &["sweep", "network", "kernels", "random", "simd"]),
    ("analysis", &["named", "sweep", "network", "statistics", "theory"]),
    ("output", &["named", "hash", "analysis", "sweep", "network", "random", "statistics", "theory"]),
    ("figure", &["named", "network", "output", "statistics", "sweep", "theory"]),
    ("store", &["hash", "sweep", "network", "random"]),
    (
        "run",
        &[
            "analysis", "config", "engine", "hash", "network", "output", "random", "simd", "store", "sweep",
            "text", "theory",
        ],
    ),
    (
        "report",
        &["analysis", "figure", "hash", "network", "output", "run", "statistics", "sweep", "text", "theory"],
    ),
    (
        "cli",
        &[
            "analysis",
            "config",
            "engine",
            "figure",
            "kernels",
            "hash",
            "network",
            "output",
            "random",
            "report",
            "run",
            "simd",
            "statistics",
            "store",
            "sweep",
            "text",
            "theory",
        ],
    ),
];

/// Crates that one place alone may name.
const HOME: [(&str, &[&str]); 17] = [
    ("rayon", &["engine/"]),
    ("indicatif", &["cli/progress.rs"]),
    ("terminal_size", &["cli/terminal.rs"]),
    ("clap", &["cli/"]),
    ("clap_mangen", &["cli/man.rs"]),
    ("toml", &["config/"]),
    ("annotate_snippets", &["config/"]),
    ("csv", &["output/lines.rs", "output/row.rs", "output/trials.rs"]),
    ("ryu", &["output/value.rs"]),
    ("rusqlite", &["store/"]),
    ("crc32fast", &["store/", "figure/png.rs"]),
    ("signal_hook", &["cli/interrupt.rs"]),
    ("parquet", &["output/columnar.rs"]),
    ("pdf_writer", &["figure/pdf.rs"]),
    ("resvg", &["figure/png.rs"]),
    ("miniz_oxide", &["figure/png.rs"]),
    ("tempfile", &["run/writing.rs", "run/ordered.rs"]),
];

/// The files below a folder.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, files) } else { files.push(path) }
    }
}

/// The files of src, by their paths in there.
fn sources() -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&src, &mut files);
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/");
        (name, fs::read_to_string(path).unwrap())
    };
    files.iter().map(read).collect()
}

/// The names behind `crate::` in a text.
fn uses(text: &str) -> Vec<&str> {
    let code = code(text);
    code.windows(3).filter(|words| words[..2] == ["crate", "::"]).map(|words| words[2]).collect()
}

#[test]
fn arrows_point_down_only() {
    for (name, text) in sources() {
        let room = name.split(['/', '.']).next().unwrap();
        if room == "lib" || room == "main" || name.ends_with("tests.rs") {
            continue;
        }
        let allowed = MAY_USE.iter().find(|(folder, _)| *folder == room);
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("{room} has no place in the house yet"));
        for used in uses(&text) {
            assert!(used == room || allowed.contains(&used), "src/{name} uses crate::{used}");
        }
    }
}

#[test]
fn each_outside_crate_stays_in_its_room() {
    for (name, text) in sources() {
        let code = code(&text);
        for (outside, homes) in HOME {
            let named = code.windows(2).any(|words| words == [outside, "::"]);
            let at_home = homes.iter().any(|home| name.starts_with(home));
            assert!(!named || at_home, "src/{name} names {outside}");
        }
    }
}

#[test]
fn no_file_is_longer_than_400_lines() {
    for folder in ["src", "tests"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut files = Vec::new();
        walk(&root, &mut files);
        for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "rs")) {
            let lines = fs::read_to_string(file).unwrap().lines().count();
            assert!(lines <= 400, "{} has {lines} lines", file.display());
        }
    }
}

#[test]
fn no_files_use_each_other() {
    let files = sources();
    let found = circles::circles(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    assert!(found.is_empty(), "{}", found.join("\n"));
}
