//! `replay`, `verify` and `export`, end to end.

use std::collections::{BTreeSet, HashMap};
use std::fs;

use crate::cli::{Place, code, stderr, stdout, table};

const CONFIG: &str = "name = 'v'\nseed = 11\ntrials = 30\n[[grid]]\nwidth = [9, 140]\ndepth = [1, 3]\nbatch = 5\n\
                      std = 'he_normal'\nactivation = ['relu', 'tanh']\nprecision = ['f64', 'f32']\nbias_std = 0.1\n\
                      [measure]\nmetrics = ['mean', 'std', 'kurtosis', 'overflowed']\n";

fn run(place: &Place, config: &str, more: &[&str]) {
    place.file("v.toml", config);
    let output = place.run(&[&["run", "v.toml", "--quiet", "--out", "v"], more].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}

#[test]
fn exported_values_have_the_means_of_the_summary() {
    let place = Place::new();
    run(&place, CONFIG, &["--trials", "25", "--set", "grid.bias_std=0.2"]);
    let output = place.run(&["export", "v"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let key =
        |row: &HashMap<String, String>| ["cell", "layer", "site", "metric"].map(|name| row[name].clone());
    let mut values: HashMap<_, Vec<f64>> = HashMap::new();
    for (i, row) in table(&stdout(&output)).iter().enumerate() {
        let list = values.entry(key(row)).or_default();
        assert_eq!(row["trial"], list.len().to_string(), "row {i}: trials are in order, from 0");
        list.push(row["value"].parse().unwrap());
    }
    let summary = table(&place.read("v/summary.csv"));
    assert_eq!(summary.len(), values.len());
    for row in summary {
        let values = &values[&key(&row)];
        assert_eq!(values.len(), 25);
        let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if row["metric"] != "overflowed" {
            assert_eq!(row["max"].parse::<f64>().unwrap().to_bits(), largest.to_bits());
        }
        // A sum of 25 terms is right to 25 units in the last place of the sum of magnitudes.
        let sizes: f64 = values.iter().map(|value| value.abs()).sum();
        let mean = values.iter().sum::<f64>() / 25.0;
        assert!((row["estimate"].parse::<f64>().unwrap() - mean).abs() <= 2.0 * f64::EPSILON * sizes);
    }
    let cell = table(&place.read("v/summary.csv"))[0]["cell"].clone();
    let one = place.run(&["export", "v", "--cell", &cell[..6]]);
    assert!(table(&stdout(&one)).iter().all(|row| row["cell"] == cell));
    let some = place.run(&[
        "export",
        "v",
        "--where",
        "depth == 3 && width == 9",
        "--metric",
        "std",
        "--layer",
        "last",
    ]);
    let some = table(&stdout(&some));
    let is_chosen = |row: &HashMap<String, String>| {
        let of_cell = summary_row(&place, row);
        row["metric"] == "std" && of_cell["depth"] == "3" && of_cell["width"] == "9"
    };
    // Four cells, 25 trials, and the last layer of each site.
    assert!(some.len() == 4 * 25 * 2 && some.iter().all(is_chosen), "{}", some.len());
    assert_eq!(code(&place.run(&["export", "v", "--cell", "no"])), 2);
    assert_eq!(code(&place.run(&["export", "nowhere"])), 2);
}

/// The row of the summary with the values of an exported row.
fn summary_row(place: &Place, exported: &HashMap<String, String>) -> HashMap<String, String> {
    let rows = table(&place.read("v/summary.csv"));
    rows.into_iter().find(|row| row["cell"] == exported["cell"]).unwrap()
}

#[test]
fn replayed_layers_of_unequal_widths_and_of_residuals_are_what_the_layers_hand_on() {
    let place = Place::new();
    let config = "name = 'v'\ntrials = 3\n[defaults]\nstd = '1/sqrt(fan_in)'\nbatch = 5\nactivation = 'tanh'\n[[grid]]\n\
                  shape = [9, 140, 3]\nnorm = 'layer'\nnorm_at = 'input'\n[[grid]]\nwidth = 140\ndepth = 4\n\
                  residual = ['phi(W x)', 'W phi(x)', 'W phi(W x)']\nnorm = 'rms'\nnorm_at = 'input'\n[measure]\n\
                  layers = 'all'\nmetrics = ['max', 'correlation']";
    run(&place, config, &[]);
    let cells: BTreeSet<String> =
        table(&place.read("v/summary.csv")).iter().map(|row| row["cell"].clone()).collect();
    assert_eq!(cells.len(), 4);
    for cell in cells {
        let output = place.run(&["replay", "v", &cell, "1", "--dump", &cell]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let values = table(&stdout(&output));
        for row in
            values.iter().filter(|row| ["input", "stream"].contains(&&*row["site"]) && row["metric"] == "max")
        {
            let path = place.path().join(&cell).join(format!("x-{}.npy", row["layer"]));
            let (_, entries) = entries(&fs::read(path).unwrap());
            let largest = entries.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            assert_eq!(row["value"].parse::<f64>().unwrap().to_bits(), largest.to_bits(), "{cell} {row:?}");
            assert_eq!(row["value"], row["stored"]);
        }
    }
}

#[test]
fn gradients_are_dumped_where_they_are_measured() {
    let place = Place::new();
    let config = "name = 'v'\nseed = 3\ntrials = 2\n[[grid]]\nstd = '1/sqrt(fan_in)'\nbatch = 3\nshape = [9, 140, 3]\n\
                  activation = 'tanh'\n[measure]\nlayers = 'all'\ngradients = true\nmetrics = ['max']";
    run(&place, config, &[]);
    let cell = table(&place.read("v/summary.csv"))[0]["cell"].clone();
    let output = place.run(&["replay", "v", &cell, "1", "--dump", "dump"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let rows = table(&stdout(&output));
    let of_gradients: Vec<_> =
        rows.iter().filter(|row| row["metric"] == "max" && row["site"].starts_with("grad_p")).collect();
    // Two layers at both sites, and the input.
    assert_eq!(of_gradients.len(), 5);
    for row in of_gradients {
        let path = place.path().join("dump").join(format!("{}-{}.npy", row["site"], row["layer"]));
        let (_, entries) = entries(&fs::read(path).unwrap());
        let largest = entries.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        assert_eq!(row["value"].parse::<f64>().unwrap().to_bits(), largest.to_bits(), "{row:?}");
        assert_eq!(row["value"], row["stored"]);
    }
}

#[test]
fn a_replayed_trial_has_the_stored_bits_in_every_layer() {
    let place = Place::new();
    run(&place, CONFIG, &[]);
    let cells: Vec<String> =
        table(&place.read("v/summary.csv")).iter().map(|row| row["cell"].clone()).collect();
    for (i, cell) in cells.iter().enumerate().filter(|(i, _)| i % 8 == 0) {
        let dump = format!("dump-{i}");
        let output = place.run(&["replay", "v", cell, "29", "--dump", &dump]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert!(stderr(&output).contains("8 stored values of trial 29"), "{}", stderr(&output));
        let values = table(&stdout(&output));
        let last = values.iter().map(|row| row["layer"].parse::<usize>().unwrap()).max().unwrap();
        assert_eq!(values.len(), initsweep::network::Metric::ALL.len() * (1 + 2 * last));
        assert_eq!(values.iter().filter(|row| row["stored"] != "NaN").count(), 8);
        for layer in 0..=last {
            let site = if layer == 0 { "input" } else { "post" };
            let find = |metric: &str| {
                let here = |row: &&HashMap<_, String>| {
                    row["layer"] == layer.to_string() && row["site"] == site && row["metric"] == metric
                };
                values.iter().find(here).unwrap()["value"].parse::<f64>().unwrap()
            };
            let (is_f32, entries) =
                entries(&fs::read(place.path().join(&dump).join(format!("x-{layer}.npy"))).unwrap());
            assert!([9 * 5, 140 * 5].contains(&entries.len()));
            let largest = entries.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            assert_eq!(find("max").to_bits(), largest.to_bits(), "layer {layer} of {cell}");
            // Sums of n terms, in the precision of the layer at worst: n epsilon times the mean of magnitudes.
            let epsilon = if is_f32 { f64::from(f32::EPSILON) } else { f64::EPSILON };
            let n = f64::from(u32::try_from(entries.len()).unwrap());
            let sizes: f64 = entries.iter().map(|entry| entry.abs()).sum();
            let mean = entries.iter().sum::<f64>() / n;
            assert!(
                (find("mean") - mean).abs() <= epsilon * sizes,
                "{} {mean} layer {layer} of {cell}",
                find("mean")
            );
        }
        assert_eq!(
            code(&place.run(&["replay", "v", cell, "29", "--dump", &dump])),
            73,
            "a dump overwrites nothing"
        );
    }
    let beyond = place.run(&["replay", "v", &cells[0], "30"]);
    assert!(code(&beyond) == 0 && stderr(&beyond).contains("not in the store"), "{}", stderr(&beyond));
}

/// Whether a .npy file is in single precision, and its entries.
fn entries(bytes: &[u8]) -> (bool, Vec<f64>) {
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = std::str::from_utf8(&bytes[10..start]).unwrap();
    let data = &bytes[start..];
    let is_f32 = header.contains("<f4");
    let entries = if is_f32 {
        data.as_chunks::<4>().0.iter().map(|word| f64::from(f32::from_le_bytes(*word))).collect()
    } else {
        data.as_chunks::<8>().0.iter().map(|word| f64::from_le_bytes(*word)).collect()
    };
    (is_f32, entries)
}

#[test]
fn the_worst_trial_is_found_by_its_metric() {
    let place = Place::new();
    let config = CONFIG
        .replace("[9, 140]", "9")
        .replace("['relu', 'tanh']", "'relu'")
        .replace("['f64', 'f32']", "'f64'");
    run(&place, &config, &[]);
    let output = place.run(&["replay", "v", "--worst", "std"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let replayed = table(&stdout(&output));
    let (cell, trial) = (&replayed[0]["cell"], &replayed[0]["trial"]);
    // The farthest of all values has an extreme of its place.
    let exported = table(&stdout(&place.run(&["export", "v", "--cell", cell])));
    let is_extreme = |site: &str| {
        let here = |row: &&HashMap<_, String>| row["site"] == site && row["metric"] == "std";
        let mut of: Vec<(f64, &String)> =
            exported.iter().filter(here).map(|row| (row["value"].parse().unwrap(), &row["trial"])).collect();
        of.sort_by(|a, b| a.0.total_cmp(&b.0));
        of[0].1 == trial || of[of.len() - 1].1 == trial
    };
    assert!(is_extreme("pre") || is_extreme("post"));
    let unknown = place.run(&["replay", "v", "--worst", "variance"]);
    assert!(code(&unknown) == 2 && stderr(&unknown).contains("not measured"), "{}", stderr(&unknown));
    assert_eq!(code(&place.run(&["replay", "v", "--worst", "weight"])), 2);
    assert_eq!(code(&place.run(&["replay", "v", cell])), 2, "a trial is missing");
}

#[test]
fn verify_finds_what_was_changed() {
    let place = Place::new();
    run(&place, CONFIG, &[]);
    let verify = |more: &[&str]| place.run(&[&["verify", "v"], more].concat());
    let sound = verify(&["--trials", "50", "--seed", "1"]);
    assert_eq!(code(&sound), 0, "{}", stdout(&sound));
    // (1 - 0.01)^50 = 0.60500607, (1 - 0.1)^50 = 0.00515378, 1 - 0.05^(1/50) = 0.0581551.
    for text in ["50 of 240 drawn again", "60.50 % at f = 1 %", "0.52 % at f = 10 %", "more than 5.82 %"] {
        assert!(stdout(&sound).contains(text), "{text} is missing in {}", stdout(&sound));
    }
    let all = verify(&["--trials", "1000"]);
    assert!(
        stdout(&all).contains("240 of 240 drawn again") && stdout(&all).contains("every trial"),
        "{}",
        stdout(&all)
    );

    let store = fs::read(place.path().join("v/trials.sqlite")).unwrap();
    let mut flipped = store.clone();
    let length = flipped.len();
    flipped[length - 200] ^= 4;
    fs::write(place.path().join("v/trials.sqlite"), &flipped).unwrap();
    let output = verify(&[]);
    assert!(code(&output) == 1 && stdout(&output).contains("DAMAGED: 1 of"), "{}", stdout(&output));
    fs::write(place.path().join("v/trials.sqlite"), &store).unwrap();

    let summary = place.read("v/summary.csv");
    place.file("v/summary.csv", &summary.replacen("0.0", "0.1", 1));
    let output = verify(&[]);
    assert_eq!(code(&output), 1);
    for text in ["CHANGED", "DIFFERS from what the stored values give"] {
        assert!(stdout(&output).contains(text), "{text} is missing in {}", stdout(&output));
    }
}

#[test]
fn verify_finds_values_that_this_program_would_not_draw() {
    use std::sync::{Arc, Mutex};

    use initsweep::store::{Entry, NewBlock, Store, ValueKey, Writer};
    let place = Place::new();
    run(&place, CONFIG, &[]);
    let path = place.path().join("v/trials.sqlite");
    let contents = "operation=matmul;width=9";
    // A store with right checksums, in which one trial of one key is another number than is drawn.
    let store = Store::open(&path).unwrap();
    let description = store.description().unwrap().unwrap();
    let raw = fs::read(&path).unwrap();
    let text = String::from_utf8_lossy(&raw);
    let begin = format!("stream={};", initsweep::random::STREAM_VERSION);
    let key =
        text.match_indices(&begin).map(|(at, _)| &text[at..]).find(|key| key.contains(contents)).unwrap();
    let key = ValueKey::of(format!(
        "{}metrics=mean,std,kurtosis,overflowed",
        key.split("metrics=").next().unwrap()
    ));
    let mut first = None;
    store.index(std::slice::from_ref(&key), |_, block| first = first.or(Some(block))).unwrap();
    let mut values = store.values(first.expect("the key is in the store"), &key.hash).unwrap();
    drop(store);
    let observables = values.len() / 30;
    values[2 * observables] = f64::from_bits(values[2 * observables].to_bits() ^ 1);
    fs::remove_file(&path).unwrap();
    let mut store = Store::create(&path).unwrap();
    let ids = store.begin(&description, std::slice::from_ref(&key), []).unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    let block = NewBlock { key: 0, first: 0, trials: 30, values: Arc::new(values) };
    sender.send(Entry::Block(block)).unwrap();
    drop(sender);
    let (store, hashes) = (Mutex::new(store), [key.hash]);
    let writer = Writer { store: &store, ids: &ids, hashes: &hashes };
    writer.write(&receiver, || false, |_, _| ()).unwrap();
    store.into_inner().unwrap().close().unwrap();
    let output = place.run(&["verify", "v", "--trials", "1000"]);
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).contains("DIFFERENT: 1 of 30, the first is trial 2 of"), "{}", stdout(&output));
}

#[test]
fn an_unfinished_run_is_incomplete_and_not_wrong() {
    use initsweep::store::Store;

    let place = Place::new();
    place.file(
        "v.toml",
        "name = 'v'\ntrials = 3\n[[grid]]\nwidth = 16384\ndepth = 100\nbatch = 512\nstd = 1\n",
    );
    let mut child = place.command(&["run", "v.toml", "--quiet", "--out", "v"]).spawn().unwrap();
    let begun = std::time::Instant::now();
    // The store is locked while it runs, so its bytes must do.
    let says_what_is_run = || {
        let mut files = ["trials.sqlite", "trials.sqlite-wal"]
            .map(|name| fs::read(place.path().join("v").join(name)))
            .into_iter();
        files.any(|bytes| bytes.is_ok_and(|bytes| bytes.windows(13).any(|text| text == b"width = 16384")))
    };
    while !says_what_is_run() && begun.elapsed().as_secs() < 60 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let busy = place.run(&["verify", "v"]);
    assert!(code(&busy) == 73 && stderr(&busy).contains("in use by another process"), "{}", stderr(&busy));
    child.kill().unwrap();
    child.wait().unwrap();
    let output = place.run(&["verify", "v"]);
    assert_eq!(code(&output), 3, "{}{}", stdout(&output), stderr(&output));
    assert!(stderr(&output).contains("is missing 3 networks"), "{}", stderr(&output));
    // Killed earlier still, before anything was written.
    place.file("w.toml", "name = 'w'\ntrials = 3\n[[grid]]\nwidth = 4\nstd = 1\n");
    fs::create_dir(place.path().join("w")).unwrap();
    Store::create(&place.path().join("w/trials.sqlite")).unwrap().close().unwrap();
    let output = place.run(&["verify", "w"]);
    assert_eq!(code(&output), 3, "{}{}", stdout(&output), stderr(&output));
    assert!(stderr(&output).contains("was stopped before it began"), "{}", stderr(&output));
    let output = place.run(&["run", "w.toml", "--quiet", "--out", "w"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}

/// Of both precisions, smooth and not, whether or not the run has measured gradients. Bounds are derived where the check is:
/// `network::check` has its negative controls.
#[test]
fn gradients_of_a_replayed_trial_are_checked_against_differences_and_identities() {
    let place = Place::new();
    run(&place, CONFIG, &["--trials", "2", "--no-figures"]);
    let cells: BTreeSet<String> =
        table(&place.read("v/summary.csv")).iter().map(|row| row["cell"].clone()).collect();
    assert_eq!(cells.len(), 16);
    for cell in &cells {
        let output = place.run(&["replay", "v", cell, "1", "--check-gradients"]);
        assert_eq!(code(&output), 0, "{}\n{}", stdout(&output), stderr(&output));
        let text = stdout(&output);
        for check in
            ["product", "weight_sum", "weight_square", "grad_post", "grad_pre", "grad_weight", "everywhere"]
        {
            let line = text.lines().find(|line| line.starts_with(check)).unwrap_or_else(|| panic!("{text}"));
            assert!(line.ends_with("holds") || line.ends_with("says nothing"), "{line}");
        }
        assert!(stderr(&output).contains("checks hold"), "{}", stderr(&output));
        let again = place.run(&["replay", "v", cell, "1", "--check-gradients", "--threads", "2"]);
        assert_eq!(stdout(&again), text, "the table depends on the trial alone");
    }
    let refused =
        [("law = 'orthogonal'\nstd = 1", "orthogonal"), ("std = 'lsuv'\nactivation = 'tanh'", "lsuv")];
    for (name, (keys, reason)) in ["o", "l"].into_iter().zip(refused) {
        let config =
            format!("name = '{name}'\ntrials = 1\n[[grid]]\nwidth = 4\ndepth = 1\nbatch = 3\n{keys}\n");
        place.file("other.toml", &config);
        assert_eq!(code(&place.run(&["run", "other.toml", "--quiet", "--out", name])), 0);
        let cell = table(&place.read(&format!("{name}/summary.csv")))[0]["cell"].clone();
        let output = place.run(&["replay", name, &cell, "0", "--check-gradients"]);
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains(reason), "{}", stderr(&output));
    }
}
