//! Labels, names and texts that mean harm: refused, or they come back as they were; nothing is written elsewhere, and no
//! control character reaches a terminal.

use std::collections::BTreeSet;
use std::process::{Output, Stdio};

use crate::cli::{Place, code, stderr};
use crate::repository::root;

/// Labels that a table must give back: formulas, quotes, paths, other directions of writing.
fn harmless_labels() -> Vec<String> {
    let config = std::fs::read_to_string(root().join("tests/hostile_labels.toml")).unwrap();
    let labels = config.lines().filter_map(|line| line.strip_prefix("label = "));
    labels.map(|label| serde_json::from_str(label).expect("written as JSON would")).collect()
}

/// Whether a terminal shows it as it stands: no control characters but line ends, none that turn the line round.
fn is_plain(bytes: &[u8]) -> bool {
    let harmful = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    std::str::from_utf8(bytes).is_ok_and(|text| !text.contains(harmful))
}

fn assert_plain(output: &Output) {
    for bytes in [&output.stdout, &output.stderr] {
        assert!(is_plain(bytes), "{:?}", String::from_utf8_lossy(bytes));
    }
}

/// Every file and folder below a place.
fn listing(place: &Place) -> BTreeSet<String> {
    fn walk(folder: &std::path::Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            }
            found.insert(path.to_string_lossy().into_owned());
        }
    }
    let mut found = BTreeSet::new();
    walk(place.path(), &mut found);
    found
}

#[test]
fn formulas_quotes_and_paths_in_labels_come_back_from_the_table_and_write_nowhere_else() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("inside")).unwrap();
    let config = std::fs::read_to_string(root().join("tests/hostile_labels.toml")).unwrap();
    place.file("inside/a.toml", &config);
    let before = listing(&place);
    let mut command = place.command(&["run", "a.toml", "--out", "run"]);
    let output = command.current_dir(place.path().join("inside")).output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_plain(&output);
    let elsewhere: Vec<_> =
        listing(&place).difference(&before).filter(|path| !path.contains("inside/run")).cloned().collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
    let mut reader = csv::Reader::from_path(place.path().join("inside/run/summary.csv")).unwrap();
    let column = reader.headers().unwrap().iter().position(|name| name == "label").unwrap();
    let found: Vec<String> = reader.records().map(|row| row.unwrap()[column].to_owned()).collect();
    assert_eq!(found, harmless_labels(), "one row each, in the order of the file");
    let config = place.read("inside/run/config.toml");
    assert!(config.ends_with(&std::fs::read_to_string(root().join("tests/hostile_labels.toml")).unwrap()));
}

/// A config with one key exchanged.
fn config(key: &str, value: &str) -> String {
    let mut lines = vec![("name", "'a'"), ("purpose", "'b'"), ("trials", "3")];
    let mut grid = vec![("label", "'c'"), ("width", "4"), ("std", "'1/width'"), ("where", "'width > 1'")];
    for line in lines.iter_mut().chain(&mut grid).filter(|line| line.0 == key) {
        line.1 = value;
    }
    let text = |lines: &[(&str, &str)]| -> String {
        lines.iter().fold(String::new(), |text, (key, value)| text + &format!("{key} = {value}\n"))
    };
    format!("{}[measure]\nmetrics = ['std']\nsites = ['post']\n[[grid]]\n{}", text(&lines), text(&grid))
}

#[test]
fn labels_with_control_characters_and_names_that_are_paths_are_refused_and_leave_nothing_behind() {
    let long = format!("'{}'", "x".repeat(4096));
    let control = [
        r#""a\nb""#,
        r#""\t""#,
        r#""\r""#,
        r#""\u001b[31m""#,
        r#""\u0000""#,
        r#""\u009b31m""#,
        r#""\u0085""#,
    ];
    let labels = control.into_iter().chain([r#""""#, &long]).map(|value| ("label", value));
    let paths = [
        "'../a'",
        "'/tmp/a'",
        "'.'",
        "'..'",
        "'a/b'",
        r"'a\b'",
        "'=1'",
        "'+1'",
        "'@a'",
        "'a b'",
        "'\u{202e}a'",
        "'C:'",
    ];
    let names = paths.into_iter().chain(control).chain([r#""""#, &long]).map(|value| ("name", value));
    for (key, value) in labels.chain(names) {
        let place = Place::new();
        place.file("a.toml", &config(key, value));
        let before = listing(&place);
        let output = place.run(&["run", "a.toml"]);
        assert_eq!(code(&output), 2, "{key} = {value}: {}", stderr(&output));
        assert!(stderr(&output).contains("--> a.toml:"), "{}", stderr(&output));
        assert_plain(&output);
        assert_eq!(listing(&place), before);
    }
}

#[test]
fn raw_control_characters_in_a_config_reach_no_terminal() {
    for key in ["name", "purpose", "label", "width", "std", "where"] {
        for raw in ["\u{0}", "\u{1b}[31m", "\u{7f}", "\u{9b}31m", "\u{202e}", "\r", "\u{7}"] {
            let place = Place::new();
            place.file("a.toml", &config(key, &format!("'x{raw}y' # {raw}")));
            assert_plain(&place.run(&["plan", "a.toml"]));
            assert_plain(&place.run(&[
                "plan",
                "a.toml",
                "--set",
                &format!("grid.std='{raw}'").replace('\0', ""),
            ]));
        }
    }
}

#[test]
fn escaped_control_characters_in_any_text_reach_no_terminal() {
    let escapes = r"\u001b]0;title\u0007\u009b31m\u202e\u0085\u2066";
    let texts = [
        ("purpose", format!("\"why? {escapes}\"")),
        ("name", format!("\"{escapes}\"")),
        ("label", format!("\"{escapes}\"")),
        ("label", "\"a\\u202eb\\u200f\"".to_owned()),
        ("std", format!("\"{escapes}\"")),
        ("std", "\"1/\\u0085\\n\\u000bwidth\"".to_owned()),
        ("where", format!("\"{escapes}\"")),
        ("where", "\"width\\u0085 < \\n 1\"".to_owned()),
        ("where", format!("\"activation == '{escapes}'\"")),
        ("trials", format!("{{ \"{escapes}\" = 1 }}")),
    ];
    for (key, value) in texts {
        let place = Place::new();
        place.file("a.toml", &config(key, &value));
        for verb in ["plan", "run"] {
            let output = place.run(&[verb, "a.toml"]);
            assert!([0, 2].contains(&code(&output)), "{}", stderr(&output));
            assert_plain(&output);
        }
        let clause = format!(
            "{}\n[[expect]]\nmetric = 'std'\nvalue = 1\nabsolute = 1\nwhere = \"width\\u0085 < 1\"\n",
            config("label", "'c'")
        );
        place.file("b.toml", &clause);
        assert_plain(&place.run(&["plan", "b.toml"]));
    }
}

#[test]
fn control_characters_in_file_names_and_arguments_reach_no_terminal() {
    let place = Place::new();
    let escape = "a\u{1b}[31m\u{9b}\u{202e}\u{7}\nb";
    place.file(&format!("{escape}.toml"), &config("label", "'c'"));
    place.file(&format!("{escape}-wrong.toml"), &config("width", "-1"));
    let right = format!("{escape}.toml");
    let commands: &[&[&str]] = &[
        &["plan", &right],
        &["run", &right, "--out", escape],
        &["run", &right, "--out", escape],
        &["verify", escape],
        &["export", escape, "--cell", escape],
        &["replay", escape, escape, "1"],
        &["replay", escape, "--worst", escape],
        &["plan", &format!("{escape}-wrong.toml")],
        &["plan", &format!("{escape}-missing.toml")],
        &["plan", &right, "--set", &format!("grid.{escape}=1")],
        &["plan", &right, "--set", escape],
        &["plan", &right, "--threads", escape],
        &["plan", &right, "--simd", escape],
        &["theory", "--activation", escape],
        &["theory", escape],
        &["completions", escape],
        &[escape],
        &["run", &right, "--out", &format!("{right}/inside")],
    ];
    for command in commands {
        let output = place.command(command).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
        assert!([0, 1, 2, 73].contains(&code(&output)), "{command:?}: {}", stderr(&output));
        assert_plain(&output);
    }
}
