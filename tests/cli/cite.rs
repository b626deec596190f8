//! `initsweep cite`, the data package and `CITATION.cff` say the same of the program and of a run.

use serde_json::{Value, json};

use crate::cli::{Place, code, stderr, stdout};
use crate::repository::root;

const CONFIG: &str = "name = 'a_b'\nseed = 5\ntrials = 3\n[[grid]]\nwidth = [2, 3]\nstd = 1\nbatch = 2\n";

#[test]
fn a_run_is_cited_with_its_program_seed_and_config() {
    let place = Place::new();
    place.file("a.toml", CONFIG);
    let early = place.run(&["cite", "out"]);
    assert_eq!(
        (code(&early), stderr(&early).contains("out holds no finished run")),
        (3, true),
        "{}",
        stderr(&early)
    );
    assert_eq!(code(&place.run(&["run", "a.toml", "--quiet", "--out", "out"])), 0);
    let cited = place.run(&["cite", "out"]);
    assert_eq!(code(&cited), 0, "{}", stderr(&cited));
    let run: Value = serde_json::from_str(&place.read("out/run.json")).unwrap();
    let config = initsweep::hash::sha256(place.read("out/config.toml"));
    let version = format!("version = {{{}}}", env!("CARGO_PKG_VERSION"));
    let sweep = run["sweep"].as_str().unwrap();
    for part in [
        "@software{initsweep,",
        &version,
        r"Sweep a\_b",
        "seed 5",
        "3 trials in each of 2 cells",
        sweep,
        &config,
    ] {
        assert!(stdout(&cited).contains(part), "{part}: {}", stdout(&cited));
    }
}

#[test]
fn the_data_package_lists_every_file_of_a_run_and_the_keys_of_its_tables() {
    let place = Place::new();
    place.file("a.toml", CONFIG);
    assert_eq!(code(&place.run(&["run", "a.toml", "--quiet", "--out", "out"])), 0);
    let package: Value = serde_json::from_str(&place.read("out/datapackage.json")).unwrap();
    let listed =
        package["resources"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap().to_owned());
    // Pictures and page follow from the others.
    let others = ["datapackage.json", "figures", "report.html"].map(str::to_owned);
    let mut listed: Vec<String> = listed.chain(others).collect();
    let files = std::fs::read_dir(place.path().join("out")).unwrap();
    let mut files: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    listed.sort();
    files.sort();
    assert_eq!(listed, files);
    let schema = &package["resources"][0]["schema"];
    assert_eq!(schema["primaryKey"][2], "init");
    let fields = schema["fields"].as_array().unwrap();
    let missing =
        |name: &str| fields.iter().find(|field| field["name"] == name).unwrap()["missingValues"].clone();
    assert_eq!(
        [missing("label"), missing("theory"), missing("width")],
        [json!(["none"]), json!(["NaN"]), Value::Null]
    );
    assert_eq!(package["sources"][0]["title"], format!("initsweep {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_citation_file_names_the_version_of_the_program() {
    let file = std::fs::read_to_string(root().join("CITATION.cff")).unwrap();
    assert!(file.contains(&format!("\nversion: {}\n", env!("CARGO_PKG_VERSION"))), "{file}");
}
