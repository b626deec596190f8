//! Activations by formula, from the config to the tables.

use std::collections::HashMap;

use crate::cli::{Place, code, stderr, stdout, table};

/// A sweep of five activations, two of them under the given names.
fn config(first: &str, second: &str) -> String {
    format!(
        "name = 'formulas'\ntrials = 60\n[activations]\n{first} = 'relu(x) - 0.5'\n{second} = {{ formula = 'x * \
         sigmoid(a*x)', a = 1 }}\nunused = 'x^2'\nwild = 'log(x)'\n[[grid]]\nwidth = 200\ndepth = 2\nbatch = 4\nsigma_w \
         = 1.5\nactivation = ['{first}', '{second}', 'silu', 'relu', 'wild']\nwhere = \"activation != 'relu' || width \
         > 9\"\n[measure]\nlayers = 'all'\nmetrics = ['mean', 'second_moment', 'fraction_nonfinite', \
         'fraction_saturated']\n[[expect]]\nmetric = 'second_moment'\nvalue = 'theory'\nabsolute = 1\nwhere = \"activation == \
         '{first}'\"\n[[compare]]\nparameter = 'activation'\nbaseline = '{first}'\nmetrics = ['mean']\n"
    )
}

#[test]
fn formulas_run_by_name_with_theory_and_counts_of_what_is_no_number() {
    let place = Place::new();
    let rows = table(&place.summary(&config("shifted", "mine"), &[]));
    let of = |activation: &str, metric: &str| {
        let mut rows = rows.iter().filter(|row| row["activation"] == activation && row["metric"] == metric);
        rows.find(|row| row["site"] == "post" && row["layer"] == "2").unwrap()
    };
    let number = |row: &HashMap<String, String>, column: &str| row[column].parse::<f64>().unwrap();
    for name in ["shifted", "mine"] {
        let z = number(of(name, "second_moment"), "z");
        assert!(z.abs() < 5.0, "{name}: {z}");
        assert!(number(of(name, "fraction_saturated"), "estimate").is_nan());
        assert!(number(of(name, "fraction_nonfinite"), "estimate").abs() < f64::MIN_POSITIVE);
    }
    // The data dictionary says what the names stand for, parameters put in; those of no cell are not there.
    let package: serde_json::Value = serde_json::from_str(&place.read("run-0/datapackage.json")).unwrap();
    let fields = package["resources"][0]["schema"]["fields"].as_array().unwrap();
    let formulas = &fields.iter().find(|field| field["name"] == "activation").unwrap()["formulas"];
    assert_eq!(formulas.as_object().unwrap().len(), 3, "{formulas}");
    assert!(formulas["shifted"].as_str().unwrap().contains("relu(x)"), "{formulas}");
    // The same function by formula: the theory of its twin to nine digits.
    let (mine, silu) = (of("mine", "second_moment"), of("silu", "second_moment"));
    for column in ["theory", "theory_mean_field"] {
        assert!((number(mine, column) / number(silu, column) - 1.0).abs() < 1e-9, "{column}");
    }
    assert!(number(of("silu", "fraction_saturated"), "estimate").is_finite());
    // A logarithm is no number for half of its arguments, then for all.
    let (wild, second) = (of("wild", "fraction_nonfinite"), of("wild", "second_moment"));
    assert!((number(wild, "estimate") - 1.0).abs() < f64::EPSILON);
    assert!(["theory", "theory_mean_field"].into_iter().all(|column| number(second, column).is_nan()));
}

#[test]
fn another_name_of_a_formula_changes_no_draw_and_no_identity() {
    let place = Place::new();
    let first = place.summary(&config("shifted", "mine"), &[]);
    let renamed = place.summary(&config("moved", "yours"), &["--threads", "1"]);
    assert_eq!(first.replace("shifted", "moved").replace("mine", "yours"), renamed);
}

#[test]
fn one_formula_under_two_names_has_the_rows_of_both() {
    let place = Place::new();
    let config = "name = 'twice'\ntrials = 5\n[activations]\na = 'x + 1'\nb = 'x+1'\n[[grid]]\nwidth = 8\nstd = \
                  1\nactivation = ['a', 'b']\n";
    let rows = table(&place.summary(config, &[]));
    let of = |name: &str| -> Vec<_> {
        let rows = rows.iter().filter(|row| row["activation"] == name);
        rows.map(|row| (row["cell"].clone(), row["metric"].clone(), row["estimate"].clone())).collect()
    };
    assert!(!of("a").is_empty() && of("a") == of("b"));
}

#[test]
fn a_formula_is_described_as_its_twin_and_gaps_are_named() {
    let place = Place::new();
    let of = |arguments: &[&str]| stdout(&place.run(&[&["theory"], arguments].concat()));
    let tanh = of(&["--activation", "tanh", "--sigma-w", "2.5", "--sigma-b", "0.3"]);
    let twin = of(&["--formula", "2*sigmoid(2*x) - 1", "--sigma-w", "2.5", "--sigma-b", "0.3"]);
    // Ten digits of every number.
    let numbers =
        |text: &str| -> Vec<f64> { text.split_whitespace().filter_map(|word| word.parse().ok()).collect() };
    let (a, b) = (numbers(&tanh), numbers(&twin));
    // The heading of the twin has numbers of its own.
    let b = &b[b.len() - a.len()..];
    assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-7 * a.abs().max(1e-3)), "{tanh}\n{twin}");
    let step = of(&["--formula", "step(x)"]);
    assert!(
        step.contains("E phi                  0.5000") && step.contains("E phi'^2               -"),
        "{step}"
    );
    assert!(step.contains("not known: chi is not") && step.contains("of a function that jumps"), "{step}");
    let log = of(&["--formula=-log(x)"]);
    assert!(log.contains("E phi^2                -") && log.contains("none found"), "{log}");
    let wrong = place.run(&["theory", "--formula", "x + gelo(x)"]);
    assert_eq!(code(&wrong), 2);
    let said = stderr(&wrong);
    assert!(said.contains("unknown function `gelo`") && said.contains("did you mean `gelu`?"), "{said}");
}
