//! `initsweep theory`, end to end.

use crate::cli::{Place, code, stderr, stdout};

const CONFIG: &str = "name = 'predicted'\ntrials = 40\n[[grid]]\nwidth = [40, 400]\ndepth = 3\nbatch = 2\n\
                      std = '1.5/sqrt(fan_in)'\nmean = [0, '1/fan_in']\nactivation = ['tanh', 'linear', 'gelu']\n\
                      [measure]\nlayers = 'all'\n";

/// The cells of a CSV without quotes.
fn records(text: &str) -> Vec<csv::StringRecord> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes())
        .records()
        .collect::<Result<_, _>>()
        .unwrap()
}

#[test]
fn predictions_are_those_of_the_summary_and_draw_nothing() {
    let place = Place::new();
    place.file("a.toml", CONFIG);
    let output = place.run(&["theory", "a.toml"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let predicted = stdout(&output);
    let summary = place.summary(CONFIG, &[]);
    let (predicted, summary) = (records(&predicted), records(&summary));
    let columns: Vec<usize> =
        predicted[0].iter().map(|name| summary[0].iter().position(|other| other == name).unwrap()).collect();
    assert_eq!(predicted.len(), summary.len());
    for (line, row) in predicted.iter().zip(&summary) {
        let same: Vec<&str> = columns.iter().map(|&column| &row[column]).collect();
        assert_eq!(line.iter().collect::<Vec<_>>(), same);
    }
    for name in [
        "cell",
        "activation",
        "metric",
        "theory",
        "theory_sd",
        "theory_kind",
        "theory_error",
        "theory_mean_field",
    ] {
        assert!(predicted[0].iter().any(|one| one == name), "{name}");
    }
    for name in ["trials", "estimate", "z", "reliability"] {
        assert!(!predicted[0].iter().any(|one| one == name), "{name}");
    }
    let kind = predicted[0].iter().position(|name| name == "theory_kind").unwrap();
    for kind_of in ["exact", "moments", "1/n"] {
        assert!(predicted.iter().any(|line| &line[kind] == kind_of), "{kind_of}");
    }
    assert!(!place.path().join("results").exists());
}

#[test]
fn one_activation_is_described() {
    let place = Place::new();
    let output = place.run(&["theory", "--activation", "tanh", "--sigma-w", "2.5", "--sigma-b", "0.3"]);
    let text = stdout(&output);
    // Poole et al. (2016): q* = 4.079, c* = .122; the edge of chaos of Schoenholz et al. (2017).
    for number in ["1.59253741972283", "4.079123875282", "0.122103747306", "5.1089190", "1.304145840057"] {
        assert!(text.contains(number), "{number} is missing in\n{text}");
    }
    let relu = stdout(&place.run(&["theory", "--activation", "relu"]));
    assert!(relu.contains("every q stays as it is") && relu.contains("every q\n"), "{relu}");
    let gelu = stdout(&place.run(&["theory", "--activation", "gelu"]));
    assert!(gelu.contains("unstable"), "{gelu}");
}

#[test]
fn wrong_questions_are_refused_with_the_reason() {
    let place = Place::new();
    let cases: [(&[&str], &str); 6] = [
        (&["theory"], "<CONFIG>"),
        (&["theory", "--activation", "tanhh"], "unknown activation `tanhh`"),
        (&["theory", "--activation", "tanh", "--sigma-w", "-1"], "it must be positive, and is -1"),
        (
            &["theory", "--activation", "tanh", "--sigma-b", "x"],
            "unknown name `x`: the only name here is the number pi",
        ),
        (&["theory", "missing.toml"], "cannot read missing.toml"),
        (&["theory", "a.toml", "--activation", "tanh"], "cannot be used with"),
    ];
    for (arguments, message) in cases {
        let output = place.run(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(stderr(&output).contains(message), "{arguments:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty());
    }
}
