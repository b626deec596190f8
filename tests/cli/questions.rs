//! What a config asks of its numbers, end to end: expectations, comparisons, bands, and adaptive stopping.

use std::collections::HashMap;

use crate::cli::{Place, code, stderr, stdout, table};
use initsweep::hash::sha256;
use initsweep::statistics::student_t;

/// A linear chain, whose std is near 1 and whose theory is exact.
const CHAIN: &str = "name = 'chain'\ntrials = 200\n[[grid]]\nwidth = [16, 32]\ndepth = 4\nbatch = 8\n\
                     std = '1/sqrt(fan_in)'\n[measure]\nlayers = 'all'\nmetrics = ['mean', 'std', 'rms']\n";

/// Runs a config and gives the exit code, the output, and what goes to stderr.
fn run(place: &Place, config: &str, arguments: &[&str]) -> (i32, String, String) {
    place.file("a.toml", config);
    let output = place.run(&[&["run", "a.toml", "--out", "out"], arguments].concat());
    (code(&output), stdout(&output), stderr(&output))
}

fn number(row: &HashMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} is {:?}", row[column]))
}

#[test]
fn a_claim_that_is_true_is_held_and_one_that_is_false_leaves_with_code_4() {
    for (clause, wanted, verdict) in [
        ("value = 1\nabsolute = 0.2\nlayers = 'all'", 0, "held"),
        ("value = 1.5\nabsolute = 0.2", 4, "failed"),
        ("value = 1\nabsolute = 0.001", 4, "undecided"),
        ("at_least = 0.5", 0, "held"),
        ("at_most = 0.5", 4, "failed"),
        ("value = 'theory'\nrelative = 0.2\nsite = 'pre'\nlayers = [1, 4]", 0, "held"),
        ("value = 'theory'\nrelative = 0.2\nlayers = [1]", 0, "held"),
        ("value = 'theory'\nrelative = 0.2\nwhere = 'width > 99'", 4, "failed"),
        ("at_least = 0.5\nlayers = [9]", 4, "failed"),
        ("value = 0\nabsolute = 0.2\nagainst = 'layer'\nstatistic = 'log2'", 0, "held"),
        ("value = 0\nabsolute = 0.2\nagainst = 'log2 width'\nlayers = 'all'", 0, "held"),
        ("value = 0\nabsolute = 0.1\nagainst = 'depth'", 4, "undecided"),
        ("value = 1\nabsolute = 0.2\nstatistic = 'median'", 0, "held"),
    ] {
        let place = Place::new();
        let (code, out, error) = run(&place, &format!("{CHAIN}[[expect]]\nmetric = 'std'\n{clause}\n"), &[]);
        assert_eq!(code, wanted, "{clause}:\n{out}{error}");
        let line = out.lines().last().unwrap();
        assert!(line.contains(verdict), "{clause}: {line}");
        assert_eq!(error.contains("error: "), wanted == 4, "{clause}: {error}");
        let rows = table(&place.read("out/expect.csv"));
        assert!(rows.iter().any(|row| row["verdict"] == verdict), "{clause}");
    }
}

#[test]
fn what_rounding_alone_moves_fails_no_claim_against_theory() {
    for precision in ["f64", "f32"] {
        for (keys, metric) in [
            ("std = ['lsuv', '1.3*lsuv']\nactivation = 'tanh'", "std"),
            ("std = '1/sqrt(fan_in)'\nnorm = 'layer'\nnorm_eps = 0\nactivation = 'tanh'", "second_moment"),
            ("std = 'orthogonal'\ninput_law = 'rademacher'\ninput_std = 0.9", "second_moment"),
        ] {
            let place = Place::new();
            let config = format!(
                "name = 'a'\ntrials = 100\n[[grid]]\nwidth = 100\ndepth = 6\nbatch = 12\nprecision = '{precision}'\n{keys}\n\
                 [measure]\nlayers = 'all'\nsites = ['pre']\nmetrics = ['{metric}']\n\
                 [[expect]]\nmetric = '{metric}'\nsite = 'pre'\nlayers = 'all'\nvalue = 'theory'\n"
            );
            let (_, table, _) = run(&place, &config, &[]);
            assert!(!table.contains("failed") && !table.contains("f32 rounds"), "{precision}: {table}");
        }
    }
}

#[test]
fn theory_of_real_numbers_decides_nothing_where_f32_rounds_entries_visibly() {
    // The rms of layer l is (64^(1/2) 9e-6)^l: 2e-21 in layer 5, 4e-42 in layer 10.
    for (layer, tolerance, wanted) in
        [(5, "relative = 0.5", "held"), (10, "relative = 0.5", "undecided"), (10, "", "undecided")]
    {
        let place = Place::new();
        let config = format!(
            "name = 'a'\ntrials = 40\n[[grid]]\nwidth = 64\ndepth = 10\nbatch = 8\nstd = 9e-6\nprecision = 'f32'\n\
             [measure]\nlayers = [5, 10]\nmetrics = ['second_moment']\nsites = ['post']\n\
             [[expect]]\nmetric = 'second_moment'\nlayers = [{layer}]\nvalue = 'theory'\n{tolerance}\n"
        );
        let (_, _, error) = run(&place, &config, &[]);
        let rows = table(&place.read("out/expect.csv"));
        assert!(rows.iter().all(|row| row["verdict"] == wanted), "layer {layer}: {error}");
        assert_eq!(
            error.contains("f32 rounds them visibly, and theory is of real numbers"),
            wanted != "held"
        );
    }
}

#[test]
fn a_clause_gives_one_number_for_each_cell_and_layer_or_line() {
    let place = Place::new();
    let clauses = "[[expect]]\nmetric = 'std'\nlayers = 'all'\nat_most = 9\n\
                   [[expect]]\nmetric = 'std'\nagainst = 'layer'\nat_most = 9\n\
                   [[expect]]\nmetric = 'std'\nagainst = 'width'\nat_most = 9\nlayers = [2, 3]\n\
                   [[expect]]\nmetric = 'std'\nsite = 'input'\nat_most = 9\nwhere = 'width == 16'\n";
    let (code, _, error) = run(&place, &format!("{CHAIN}{clauses}"), &["--quiet"]);
    assert_eq!(code, 0, "{error}");
    let rows = table(&place.read("out/expect.csv"));
    let of = |clause: &str| rows.iter().filter(|row| row["clause"] == clause).count();
    assert_eq!(["1", "2", "3", "4"].map(of), [8, 2, 2, 1]);
    let slope = rows.iter().find(|row| row["clause"] == "3").unwrap();
    assert_eq!((slope["cells"].as_str(), slope["layer"].as_str()), ("2", "2.0"));
    // One number alone has the interval of the summary, longer on one side; eight share the error among them.
    let summary = table(&place.read("out/summary.csv"));
    let input = summary.iter().find(|row| row["layer"] == "0" && row["metric"] == "std").unwrap();
    let alone = rows.iter().find(|row| row["clause"] == "4").unwrap();
    let ends = ["conf_low", "conf_high"];
    assert!(ends.iter().any(|&end| alone[end] == input[end]), "{alone:?} {input:?}");
    assert!(
        number(alone, ends[0]) <= number(input, ends[0]) && number(alone, ends[1]) >= number(input, ends[1])
    );
    let first = |layer: &str| {
        summary
            .iter()
            .find(|row| row["layer"] == layer && row["site"] == "post" && row["metric"] == "std")
            .unwrap()
    };
    assert!(number(&rows[0], "conf_low") < number(first("1"), "conf_low"));
}

#[test]
fn a_finished_run_keeps_its_verdict_and_its_tables_their_hashes() {
    let place = Place::new();
    let config = format!(
        "{CHAIN}bands = 'layers'\n[[expect]]\nmetric = 'std'\nvalue = 2\nabsolute = 0.1\n\
         [[compare]]\nparameter = 'width'\nbaseline = 16\n"
    );
    let first = run(&place, &config, &[]);
    let again = run(&place, &config, &[]);
    assert_eq!((first.0, again.0), (4, 4));
    assert_eq!(first.1, again.1, "both tables are shown again");
    assert!(
        again.2.contains("nothing to do") && again.2.contains("1 of 1 expectations failed"),
        "{}",
        again.2
    );
    let package: serde_json::Value = serde_json::from_str(&place.read("out/datapackage.json")).unwrap();
    let names = ["summary", "expect", "compare", "bands"];
    for (resource, name) in package["resources"].as_array().unwrap().iter().zip(names) {
        let bytes = place.read(&format!("out/{name}.csv"));
        assert_eq!(resource["hash"], format!("sha256:{}", sha256(&bytes)), "{name}");
        let fields: Vec<&str> = (resource["schema"]["fields"].as_array().unwrap().iter())
            .map(|field| field["name"].as_str().unwrap())
            .collect();
        assert_eq!(bytes.lines().next().unwrap(), fields.join(","), "{name}");
    }
    place.file("out/expect.csv", "edited");
    assert_eq!(run(&place, &config, &[]).0, 73);
}

#[test]
fn another_claim_about_the_same_trials_is_judged_without_drawing_them_again() {
    let place = Place::new();
    let clause = "[[expect]]\nmetric = 'std'\nvalue = 2\nabsolute = 0.1\n";
    assert_eq!(run(&place, &format!("{CHAIN}{clause}"), &["--quiet"]).0, 4);
    let summary = place.read("out/summary.csv");
    let (code, _, error) =
        run(&place, &format!("{CHAIN}{}", clause.replace("value = 2", "value = 1.5")), &[]);
    assert_eq!(code, 4, "{error}");
    let (code, _, error) =
        run(&place, &format!("{CHAIN}{}", clause.replace("value = 2\nabsolute", "at_least")), &[]);
    assert_eq!(code, 0, "{error}");
    assert!(error.contains("400 networks, 400 of them from the store"), "{error}");
    let (code, _, _) = run(&place, CHAIN, &["--quiet"]);
    assert_eq!((code, place.read("out/summary.csv")), (0, summary));
    assert!(
        !place.path().join("out/expect.csv").exists(),
        "the table of a question that is not asked any more"
    );
}

#[test]
fn under_common_randomness_a_doubled_std_doubles_every_layer_of_every_trial() {
    let place = Place::new();
    let config = "name = 'c'\ntrials = 60\nrandomness = 'common'\n[[grid]]\nwidth = 8\ndepth = 3\nbatch = 4\n\
                  std = [0.25, 0.5]\n[measure]\nlayers = 'all'\nmetrics = ['mean', 'rms']\n\
                  [[compare]]\nparameter = 'std'\nbaseline = 0.25\nsites = ['post']\n";
    assert_eq!(run(&place, config, &["--quiet"]).0, 0);
    let rows = table(&place.read("out/compare.csv"));
    assert_eq!(rows.len(), 6, "three layers, two metrics");
    let summary = table(&place.read("out/summary.csv"));
    let find = |std: &str, row: &HashMap<String, String>| {
        let keys = ["layer", "site", "metric"];
        let is = |other: &&HashMap<String, String>| {
            other["weight_std"] == std && keys.iter().all(|key| other[*key] == row[*key])
        };
        number(summary.iter().find(is).unwrap(), "estimate")
    };
    for row in &rows {
        assert_eq!((row["draws"].as_str(), row["trials"].as_str()), ("common", "60"));
        let factor = f64::from(1 << row["layer"].parse::<i32>().unwrap());
        // b = factor * a exactly, for powers of two: (1 + factor^2) / (factor - 1)^2.
        let reduction = (1.0 + factor * factor) / ((factor - 1.0) * (factor - 1.0));
        assert!((number(row, "variance_reduction") / reduction - 1.0).abs() < 1e-12, "{row:?}");
        let difference = find("0.5", row) - find("0.25", row);
        assert!((number(row, "difference") - difference).abs() <= 1e-12 * difference.abs(), "{row:?}");
        if row["metric"] == "rms" {
            assert!((number(row, "log2_ratio") - number(row, "layer")).abs() < 1e-13, "{row:?}");
            assert!(number(row, "log2_high") - number(row, "log2_low") < 1e-13, "{row:?}");
        } else {
            assert_eq!(row["log2_ratio"], "NaN", "means have both signs");
        }
    }
}

#[test]
fn independent_cells_are_compared_as_such() {
    let place = Place::new();
    let config = "name = 'c'\ntrials = 400\n[[grid]]\nwidth = 8\ndepth = [2, 3]\nbatch = 4\nstd = [0.25, 'he_normal']\n\
                  [measure]\nmetrics = ['rms']\nsites = ['post']\n\
                  [[compare]]\nparameter = 'std'\nbaseline = 'he_normal'\n\
                  [[compare]]\nparameter = 'depth'\nbaseline = 2\nwhere = 'std < 0.3'\n";
    assert_eq!(run(&place, config, &["--quiet"]).0, 0);
    let rows = table(&place.read("out/compare.csv"));
    // Each depth beside the preset of its own depth, whose law differs; and the deeper cell beside the shallower,
    // which are the same networks cut at two depths.
    let draws: Vec<&str> = rows.iter().map(|row| row["draws"].as_str()).collect();
    assert_eq!(draws, ["independent", "independent", "common"]);
    assert!(rows[0]["variance_reduction"] == "NaN" && rows[2]["variance_reduction"] != "NaN");
    assert_eq!((&*rows[0]["value"], &*rows[0]["baseline"]), ("std=0.25", "std=he_normal"));
    assert!(rows.iter().all(|row| row["reliability"] == "ok"));
    assert_eq!(rows[2]["layer"], "3");
}

#[test]
fn bands_are_wider_than_the_intervals_of_single_layers_and_equal_for_one() {
    let place = Place::new();
    assert_eq!(run(&place, &format!("{CHAIN}bands = 'layers'\n"), &["--quiet"]).0, 0);
    let (bands, summary) = (table(&place.read("out/bands.csv")), table(&place.read("out/summary.csv")));
    assert_eq!(bands.len(), summary.len());
    for (band, row) in bands.iter().zip(&summary) {
        let [wide, narrow] = [(band, "band_low", "band_high"), (row, "conf_low", "conf_high")]
            .map(|(row, low, high)| number(row, high) - number(row, low));
        // Four layers share the error of 5 %.
        let t = |tail: f64| student_t::quantile(1.0 - tail, 199).unwrap();
        let tail = if row["layer"] == "0" { 0.025 } else { 0.0125 / 2.0 };
        assert_eq!(band["layers"], if row["layer"] == "0" { "1" } else { "4" });
        // A band is longer than Student's interval on the side of the longer tail, by skewness (2 t^2 + 1) / 6 sqrt T.
        let ratio = wide / narrow / (t(tail) / t(0.025));
        let most = 0.5 * (2.0 * t(tail) * t(tail) + 1.0) / (6.0 * 5.0 * t(tail));
        assert!(ratio > 1.0 - 1e-9 && ratio < 1.0 + most, "{} {ratio}", row["layer"]);
    }
}

const ADAPTIVE: &str = "name = 'adaptive'\n[trials]\nmin = 40\nmax = 640\ntarget = { metric = 'std', relative = 0.02 }\n\
                        [[grid]]\nwidth = [16, 64]\ndepth = [1, 4]\nbatch = 8\nstd = '1/sqrt(fan_in)'\n\
                        [measure]\nlayers = 'all'\nmetrics = ['mean', 'std', 'rms']\n";

#[test]
fn cells_stop_when_their_targets_are_reached_and_say_what_held_them_up() {
    let place = Place::new();
    let (code, _, error) = run(&place, ADAPTIVE, &["--quiet"]);
    assert_eq!(code, 0, "{error}");
    let (stopping, summary) = (table(&place.read("out/stopping.csv")), table(&place.read("out/summary.csv")));
    assert_eq!(stopping.len(), 4);
    let trials: Vec<f64> = stopping.iter().map(|row| number(row, "trials")).collect();
    assert!(trials.iter().any(|&one| one < 640.0), "{trials:?}");
    for row in &stopping {
        let looks =
            1 + ["40", "80", "160", "320", "640"].iter().position(|look| *look == row["trials"]).unwrap();
        assert_eq!((row["looks"].clone(), &*row["looks_allowed"]), (looks.to_string(), "5"));
        let reached = number(row, "half_width") <= number(row, "allowed");
        assert_eq!(row["reason"], if reached { "target" } else { "max" });
        assert_eq!((row["metric"].as_str(), row["accuracy"].as_str()), ("std", "relative 0.02"));
        let of_cell =
            |other: &&HashMap<String, String>| other["cell"] == row["cell"] && other["metric"] == "std";
        // The longer half of each interval.
        let half = |row: &HashMap<String, String>| {
            let [low, middle, high] = ["conf_low", "estimate", "conf_high"].map(|name| number(row, name));
            (high - middle).max(middle - low) / middle
        };
        let widest = summary.iter().filter(of_cell).map(half);
        let widest = widest.fold(0.0, f64::max);
        let limiting = number(row, "half_width") / (number(row, "allowed") / 0.02);
        assert!((limiting / widest - 1.0).abs() < 1e-9, "{limiting} {widest}");
        assert!(summary.iter().filter(of_cell).all(|other| other["trials"] == row["trials"]));
    }
}

#[test]
fn adaptive_bytes_depend_on_the_config_alone() {
    let place = Place::new();
    let reference = place.summary(ADAPTIVE, &["--threads", "1"]);
    assert_eq!(place.summary(ADAPTIVE, &["--threads", "7"]), reference);
    // A larger grid and a deeper axis, whose new cells need more trials, leave the old rows as they are.
    let larger = ADAPTIVE.replace("[16, 64]", "[4, 16, 64]").replace("[1, 4]", "[1, 4, 12]");
    let larger = place.summary(&larger, &[]);
    assert!(larger.lines().count() > reference.lines().count());
    for line in reference.lines() {
        assert!(larger.contains(line), "{line}");
    }
}

#[test]
fn a_cell_that_stopped_has_the_estimates_of_as_many_fixed_trials_and_wider_intervals() {
    let place = Place::new();
    let adaptive = table(&place.summary(ADAPTIVE, &[]));
    for trials in ["40", "80", "160", "320", "640"] {
        let fixed = table(&place.summary(ADAPTIVE, &["--trials", trials]));
        for (a, b) in adaptive.iter().zip(&fixed).filter(|(a, _)| a["trials"] == trials) {
            assert_eq!((&a["cell"], &a["estimate"], &a["sd"]), (&b["cell"], &b["estimate"], &b["sd"]));
            let width = |row| number(row, "conf_high") - number(row, "conf_low");
            assert!(width(a) > 1.2 * width(b), "five looks: t at 99 % over t at 95 %");
        }
    }
}

#[test]
fn an_adaptive_run_goes_on_from_its_store_and_verifies() {
    let place = Place::new();
    let reference = place.summary(ADAPTIVE, &[]);
    // Fewer trials first, as an interruption after an early look would leave them.
    assert_eq!(run(&place, &ADAPTIVE.replace("max = 640", "max = 80"), &["--quiet"]).0, 0);
    let (left, _, error) = run(&place, ADAPTIVE, &[]);
    assert_eq!(left, 0, "{error}");
    assert!(
        error.contains("320 of them from the store") || error.contains("160 of them from the store"),
        "{error}"
    );
    assert_eq!(place.read("out/summary.csv"), reference);
    let verified = place.run(&["verify", "out"]);
    let text = stdout(&verified);
    assert_eq!(code(&verified), 0, "{text}{}", stderr(&verified));
    assert!(text.contains("is what the stored values give, byte for byte"), "{text}");
    let looser = run(&place, &ADAPTIVE.replace("relative = 0.02", "relative = 0.2"), &["--quiet"]);
    assert_eq!(looser.0, 73, "{}", looser.2);
    assert!(looser.2.contains("no target here is as strict"), "{}", looser.2);
}

#[test]
fn a_plan_shows_the_least_and_the_most_trials() {
    let place = Place::new();
    place.file("a.toml", ADAPTIVE);
    let text = stdout(&place.run(&["plan", "a.toml"]));
    assert!(text.contains("trials          40 to 640 per cell, at most 5 looks"), "{text}");
}
