//! Inputs from a file, end to end: the same bytes everywhere, and a file that changes is noticed.

use std::fs;

use crate::cli::{Place, code, stderr, stdout, table};
use crate::npy::{npy, of_rows, samples, transposed};
use initsweep::hash::sha256;
use initsweep::network::{Metric, Site};
use initsweep::simd::SimdLevel;

const CONFIG: &str = "name = 'd'\nseed = 5\ntrials = 21\n[[grid]]\nwidth = [9, 140]\ndepth = [1, 3]\nbatch = [2, 19]\n\
                      std = 'he_normal'\nactivation = 'relu'\nprecision = ['f64', 'f32']\ninput = ['random', 'x.npy']\n\
                      input_width = 12\ninput_standardise = ['none', 'whole']\n[measure]\nlayers = 'all'\n";

/// A folder with a config, and the file that it names beside it.
fn place(config: &str) -> Place {
    let place = Place::new();
    fs::create_dir(place.path().join("in")).unwrap();
    place.file("in/d.toml", config);
    fs::write(place.path().join("in/x.npy"), of_rows(&samples(40, 12))).unwrap();
    place
}

fn ok(place: &Place, arguments: &[&str]) -> String {
    let output = place.run(arguments);
    assert_eq!(code(&output), 0, "{arguments:?}: {}", stderr(&output));
    stdout(&output)
}

fn run(place: &Place, out: &str, more: &[&str]) -> String {
    ok(place, &[&["run", "in/d.toml", "--quiet", "--out", out], more].concat());
    place.read(&format!("{out}/summary.csv"))
}

#[test]
fn threads_instruction_sets_shards_and_an_extended_run_give_the_same_bytes() {
    let place = place(CONFIG);
    let one = run(&place, "one", &["--threads", "1"]);
    for level in SimdLevel::available() {
        let level = level.to_string();
        assert_eq!(run(&place, &level, &["--threads", "3", "--simd", &level]), one, "{level}");
    }
    for shard in ["2/3", "0/3", "1/3"] {
        ok(&place, &["run", "in/d.toml", "--quiet", "--out", "shards", "--shard", shard]);
    }
    ok(&place, &["merge", "shards", "--quiet"]);
    assert_eq!(place.read("shards/summary.csv"), one);
    run(&place, "longer", &["--trials", "8"]);
    assert_eq!(run(&place, "longer", &[]), one);
    ok(&place, &["verify", "longer"]);
}

/// The estimates of a config whose file has these bytes, by all that the rows say but the cell.
fn estimates(config: &str, bytes: &[u8]) -> Vec<[String; 6]> {
    let place = place(config);
    fs::write(place.path().join("in/x.npy"), bytes).unwrap();
    let names = ["width", "layer", "site", "metric", "estimate", "input_mean"];
    let rows = table(&run(&place, "d", &[]));
    rows.iter().map(|row| names.map(|name| row[name].clone())).collect()
}

#[test]
fn type_order_and_orientation_of_the_file_change_no_value() {
    // Draws of independent cells are those of the file's hash; common ones are those of the shape.
    let config = CONFIG
        .replace("name = 'd'", "name = 'd'\nrandomness = 'common'")
        .replace("['random', 'x.npy']", "'x.npy'");
    let rows = samples(40, 12);
    let bytes = |rows: &[Vec<f64>], single: bool| -> Vec<u8> {
        let entries = rows.iter().flatten();
        #[expect(clippy::cast_possible_truncation, reason = "eighths below 256 are numbers of f32")]
        if single {
            entries.flat_map(|x| (*x as f32).to_le_bytes()).collect()
        } else {
            entries.flat_map(|x| x.to_le_bytes()).collect()
        }
    };
    let plain = estimates(&config, &of_rows(&rows));
    assert!(plain.len() > 100);
    let turned = transposed(&rows);
    let others = [
        npy(1, "<f4", false, "(40, 12)", &bytes(&rows, true)),
        npy(2, "<f8", false, "(40, 12)", &bytes(&rows, false)),
        npy(1, "<f8", true, "(40, 12)", &bytes(&turned, false)),
        npy(2, "<f4", true, "(40, 12)", &bytes(&turned, true)),
    ];
    for other in others {
        assert!(estimates(&config, &other) == plain);
    }
    let features = config.replace("input_width = 12", "input_width = 12\ninput_rows = 'features'");
    assert!(estimates(&features, &npy(1, "<f8", false, "(12, 40)", &bytes(&turned, false))) == plain);
}

#[test]
fn whole_numbers_of_every_type_are_read_as_they_are() {
    let config = CONFIG
        .replace("name = 'd'", "name = 'd'\nrandomness = 'common'")
        .replace("['random', 'x.npy']", "'x.npy'");
    let numbers: Vec<i8> = (0..480).map(|i: i32| i8::try_from(i * 37 % 100).unwrap()).collect();
    let plain: Vec<Vec<f64>> =
        numbers.chunks(12).map(|row| row.iter().map(|&x| f64::from(x)).collect()).collect();
    let plain = estimates(&config, &of_rows(&plain));
    for (descr, size) in
        [("|u1", 1), ("|i1", 1), ("<u2", 2), ("<i2", 2), ("<u4", 4), ("<i4", 4), ("<u8", 8), ("<i8", 8)]
    {
        let bytes: Vec<u8> =
            numbers.iter().flat_map(|&x| i64::from(x).to_le_bytes()[..size].to_vec()).collect();
        assert!(estimates(&config, &npy(1, descr, false, "(40, 12)", &bytes)) == plain, "{descr}");
    }
}

#[test]
fn the_file_stands_in_the_records_of_the_run_by_its_content_and_its_path_is_no_part_of_a_cell() {
    let place = place(&CONFIG.replace("['random', 'x.npy']", "'x.npy'"));
    let rows = table(&run(&place, "d", &[]));
    let hash = sha256(fs::read(place.path().join("in/x.npy")).unwrap());
    assert!(
        place.read("d/config.toml").starts_with(&format!("# Input \"x.npy\": 40 x 12, SHA-256 {hash}\n"))
    );
    let run_json: serde_json::Value = serde_json::from_str(&place.read("d/run.json")).unwrap();
    assert_eq!(run_json["inputs"][0]["sha256"], *hash);
    assert!(rows.iter().all(|row| row["init"].contains("inputs x.npy")));
    // What is known of such inputs is exact: see tests/science/data.rs.
    assert!(rows.iter().all(|row| ["exact", "none"].contains(&row["theory_kind"].as_str())));
    fs::create_dir(place.path().join("moved")).unwrap();
    fs::copy(place.path().join("in/x.npy"), place.path().join("moved/y.npy")).unwrap();
    let moved = place.read("in/d.toml").replace("x.npy", "../moved/y.npy");
    place.file("in/d.toml", &moved);
    let others = table(&run(&place, "e", &[]));
    assert!(rows.iter().zip(&others).all(|(a, b)| a["cell"] == b["cell"] && a["estimate"] == b["estimate"]));
}

/// Changes one entry of the file.
fn change(place: &Place) {
    let mut rows = samples(40, 12);
    rows[3][4] += 0.125;
    fs::write(place.path().join("in/x.npy"), of_rows(&rows)).unwrap();
}

fn refused(place: &Place, arguments: &[&str], words: &[&str]) {
    let output = place.run(arguments);
    assert_ne!(code(&output), 0, "{arguments:?}");
    for word in words {
        assert!(stderr(&output).contains(word), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn a_file_that_has_changed_is_refused_wherever_a_run_goes_on() {
    let place = place(CONFIG);
    let old = sha256(fs::read(place.path().join("in/x.npy")).unwrap());
    run(&place, "done", &[]);
    let rows = table(&place.read("done/summary.csv"));
    let cell = rows.iter().find(|row| row["init"].contains("x.npy")).unwrap()["cell"].clone();
    ok(&place, &["run", "in/d.toml", "--quiet", "--out", "shards", "--shard", "0/2"]);
    ok(&place, &["run", "in/d.toml", "--quiet", "--out", "all", "--shard", "0/1"]);
    ok(&place, &["replay", "done", &cell, "2"]);
    change(&place);
    let new = sha256(fs::read(place.path().join("in/x.npy")).unwrap());
    let both = [old.as_str(), new.as_str(), "x.npy"];
    refused(&place, &["run", "in/d.toml", "--quiet", "--out", "done"], &both);
    refused(&place, &["run", "in/d.toml", "--quiet", "--out", "done", "--trials", "30"], &both);
    refused(&place, &["run", "in/d.toml", "--quiet", "--out", "shards", "--shard", "0/2"], &both);
    refused(&place, &["merge", "all", "--quiet"], &both);
    refused(&place, &["replay", "done", &cell, "2"], &both);
    refused(&place, &["verify", "done"], &both);
    // The other shard is of another run now.
    ok(&place, &["run", "in/d.toml", "--quiet", "--out", "shards", "--shard", "1/2"]);
    refused(&place, &["merge", "shards", "--quiet"], &["x.npy"]);
    // What draws nothing needs no file.
    fs::remove_file(place.path().join("in/x.npy")).unwrap();
    ok(&place, &["show", "done"]);
    ok(&place, &["report", "done"]);
    ok(&place, &["status", "all"]);
    refused(&place, &["verify", "done"], &["x.npy", "No such file"]);
    fs::write(place.path().join("in/x.npy"), of_rows(&samples(40, 12))).unwrap();
    ok(&place, &["verify", "done"]);
    ok(&place, &["merge", "all", "--quiet"]);
}

#[test]
fn a_plan_counts_the_bytes_of_a_file_once_and_its_width_is_that_of_the_input() {
    let place =
        place("name = 'd'\ntrials = 2\n[[grid]]\nwidth = [4, 5, 6]\nstd = 1\ninput = 'x.npy'\nbatch = 2\n");
    let bytes: u64 = 3_000_000 * 20;
    fs::write(
        place.path().join("in/x.npy"),
        npy(1, "|u1", false, "(3000000, 20)", &vec![1; usize::try_from(bytes).unwrap()]),
    )
    .unwrap();
    let memory = |place: &Place| {
        let source =
            initsweep::config::Source::new("d", place.read("in/d.toml")).in_folder(place.path().join("in"));
        let work = initsweep::run::Prepared::new(source, initsweep::run::Options::default()).unwrap();
        assert!(
            work.plan.cells.iter().all(|cell| cell.network.data.is_none() || cell.network.units(0) == 20)
        );
        work.memory()
    };
    let with_file = memory(&place);
    let plain = place.read("in/d.toml").replace("input = 'x.npy'", "input_width = 20");
    place.file("in/d.toml", &plain);
    let plain = memory(&place);
    let difference = with_file - plain;
    assert!((u128::from(bytes)..u128::from(bytes) + 100_000).contains(&difference), "{difference}");
}

#[test]
fn the_library_finds_files_in_the_current_directory_and_pairs_cells_of_one_file() {
    let place = place(
        "name = 'd'\ntrials = 40\n[[grid]]\nwidth = 12\nbatch = 3\nstd = [1, 2]\ninput = 'x.npy'\n[measure]\n\
         layers = 'all'\nmetrics = ['mean']\n[[compare]]\nparameter = 'std'\nbaseline = 1\n",
    );
    let text = place.read("in/d.toml");
    let source = initsweep::config::Source::new("d", text.clone()).in_folder(place.path().join("in"));
    let rows = initsweep::run::Run::new(source, initsweep::run::Options::default())
        .unwrap()
        .keeping_values()
        .rows()
        .unwrap();
    let values = |cell| rows.values(cell, 0, Site::Input, Metric::Mean).unwrap();
    assert_eq!(values(0), values(1), "the same samples");
    let file = place.path().join("in/x.npy").display().to_string();
    assert!(initsweep::run::sweep(&text.replace("x.npy", &file)).is_ok());
    assert!(initsweep::run::sweep(&text).unwrap_err().to_string().contains("x.npy"));
    run(&place, "d", &[]);
    let compared = table(&place.read("d/compare.csv"));
    assert!(!compared.is_empty() && compared.iter().all(|row| row["draws"] == "common"));
}

#[test]
#[cfg(target_os = "linux")]
fn what_is_no_regular_file_keeps_nobody_waiting_and_a_huge_one_takes_no_memory() {
    let place = place(CONFIG);
    let file = place.path().join("in/x.npy");
    fs::remove_file(&file).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
    let output = place.run_within(5, &["plan", "in/d.toml"]);
    assert!(stderr(&output).contains("no regular file"), "{}", stderr(&output));
    fs::remove_file(&file).unwrap();
    // Sparse, with a header that tells the truth.
    fs::write(&file, npy(1, "<f8", false, "(1073741824, 12)", &[])).unwrap();
    fs::File::options().write(true).open(&file).unwrap().set_len(128 + (1 << 33) * 12).unwrap();
    let output = place.run_within(5, &["plan", "in/d.toml"]);
    assert!(stderr(&output).contains("at most 8589934592 are read"), "{}", stderr(&output));
}
