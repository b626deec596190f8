//! Inputs from a file: `X_0` is made of the samples that a trial chooses.

use std::sync::Arc;

use crate::matrices::rows;
use crate::npy::{samples, transposed};
use crate::plain::key;
use initsweep::network::{
    Arithmetic, Data, Element, InputFile, InputRows, Network, Observables, Precision, Runner, Sequential,
    Site, Standardise, Table, Workspace,
};
use initsweep::simd::SimdLevel;

fn table(rows: &[Vec<f64>], is_fortran: bool) -> Arc<Table> {
    let (high, wide) = (rows.len(), rows[0].len());
    let order = if is_fortran { transposed(rows) } else { rows.to_vec() };
    let bytes = order.iter().flatten().flat_map(|entry| entry.to_le_bytes()).collect();
    let file = InputFile { path: "x.npy".to_owned(), sha256: "0".to_owned(), rows: high, columns: wide };
    Arc::new(Table::new(file, Element::F8, is_fortran, bytes))
}

fn network(table: Arc<Table>, input_rows: InputRows, how: Standardise, batch: usize) -> Network {
    let [_, features] = table.shape(input_rows);
    let data = Some(Data { table, key: Data::key(3) });
    Network { width: features, batch, data, input_rows, input_standardise: how, ..Network::default() }
}

/// `X_0` of a trial.
fn input<T: Arithmetic>(network: &Network, trial: u64, level: SimdLevel) -> Vec<Vec<T>> {
    let observables = Observables::new([], &[], &[]);
    let mut workspace = Workspace::<T>::new(network, &observables);
    let mut seen = Vec::new();
    let runner = Runner { network, observables: &observables, key: key(), level };
    runner.run_seen(trial, &mut workspace, &mut Sequential::default(), &mut [], &mut |layer, site, x| {
        if (layer, site) == (0, Site::Input) {
            seen = rows(x);
        }
    });
    seen
}

/// Two blocks of units with a ragged end, a ragged tile.
const SHAPE: (usize, usize) = (50, 149);

#[test]
fn the_input_of_a_trial_is_the_chosen_samples_whatever_the_order_of_the_file() {
    let all = samples(SHAPE.0, SHAPE.1);
    let tables = [
        (table(&all, false), InputRows::Samples),
        (table(&all, true), InputRows::Samples),
        (table(&transposed(&all), false), InputRows::Features),
        (table(&transposed(&all), true), InputRows::Features),
    ];
    for (table, input_rows) in tables {
        for batch in [1, 19, 50] {
            let network = network(table.clone(), input_rows, Standardise::None, batch);
            for trial in 0..3 {
                let chosen = network.chosen(network.data.as_ref().unwrap(), trial);
                assert_eq!(chosen.len(), batch);
                let plain: Vec<Vec<f64>> = (0..SHAPE.1)
                    .map(|unit| chosen.iter().map(|&sample| all[sample][unit]).collect())
                    .collect();
                for level in SimdLevel::available() {
                    assert_eq!(input::<f64>(&network, trial, level), plain);
                    let single = Network { precision: Precision::F32, ..network.clone() };
                    // Eighths below 256 are numbers of f32.
                    let single = input::<f32>(&single, trial, level);
                    assert!(
                        single.iter().flatten().map(|&x| f64::from(x)).eq(plain.iter().flatten().copied())
                    );
                }
            }
        }
    }
}

#[test]
fn standardised_samples_have_mean_0_and_std_1_over_the_whole_file() {
    // 50 x 149 sums of terms of up to 170 stds of rounding 1e-16 each: errors below 7450 * 170 * 1.2e-16 = 1.5e-10, and by far.
    let tolerance = 1e-10;
    let all = samples(SHAPE.0, SHAPE.1);
    let moments = |entries: &[f64]| {
        let count = f64::from(u32::try_from(entries.len()).unwrap());
        let mean = entries.iter().sum::<f64>() / count;
        (mean, (entries.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count).sqrt())
    };
    let is_close = |entries: &[f64], mean: f64, std: f64| {
        let found = moments(entries);
        assert!((found.0 - mean).abs() < tolerance && (found.1 - std).abs() < tolerance, "{found:?}");
    };
    for (table, rows) in
        [(table(&all, false), InputRows::Samples), (table(&transposed(&all), true), InputRows::Features)]
    {
        // A batch of all samples is the whole file.
        let of = |how| input::<f64>(&network(table.clone(), rows, how, SHAPE.0), 0, SimdLevel::detect());
        is_close(&of(Standardise::Whole).concat(), 0.0, 1.0);
        let features = of(Standardise::Features);
        for (unit, entries) in features.iter().enumerate() {
            if unit + 2 == SHAPE.1 {
                assert!(entries.iter().all(|&entry| entry == 0.0), "the constant feature becomes 0");
            } else {
                is_close(entries, 0.0, 1.0);
            }
        }
        for how in Standardise::ALL {
            let [mean, std] = network(table.clone(), rows, how, SHAPE.0).input_moments();
            let found = moments(&of(how).concat());
            let scale = if how == Standardise::None { 100.0 } else { 1.0 };
            assert!(
                (found.0 - mean).abs() < tolerance * scale && (found.1 - std).abs() < tolerance * scale,
                "{how}"
            );
        }
    }
}

#[test]
fn every_sample_is_taken_as_often_as_every_other_and_every_two_together() {
    // A batch of 4 of 9: a sample is taken in 4/9 of the trials, a pair in 4*3/(9*8), each by itself a binomial.
    let network = network(table(&samples(9, 3), false), InputRows::Samples, Standardise::None, 4);
    let data = network.data.clone().unwrap();
    let trials = 20_000_u32;
    let (mut single, mut pairs) = ([0_u32; 9], [[0_u32; 9]; 9]);
    for trial in 0..trials {
        let chosen = network.chosen(&data, trial.into());
        for &a in &chosen {
            single[a] += 1;
            for &b in &chosen {
                pairs[a][b] += 1;
            }
        }
    }
    let z = |count: u32, p: f64| {
        let trials = f64::from(trials);
        (f64::from(count) - trials * p) / (trials * p * (1.0 - p)).sqrt()
    };
    for a in 0..9 {
        assert!(z(single[a], 4.0 / 9.0).abs() < 5.0, "{a}: {}", single[a]);
        assert_eq!(pairs[a][a], single[a], "never twice");
        for (b, &count) in pairs[a].iter().enumerate().take(a) {
            assert!(z(count, 1.0 / 6.0).abs() < 5.0, "{a}, {b}: {count}");
        }
    }
}

#[test]
fn the_samples_of_a_trial_are_those_of_its_seed_and_a_smaller_batch_has_the_first_of_them() {
    let table = table(&samples(30, 3), false);
    let chosen = |seed, batch, trial| {
        let network = network(table.clone(), InputRows::Samples, Standardise::None, batch);
        network.chosen(&Data { table: table.clone(), key: Data::key(seed) }, trial)
    };
    assert_eq!(chosen(1, 12, 5), chosen(1, 12, 5));
    assert_eq!(chosen(1, 4, 5), chosen(1, 12, 5)[..4]);
    assert_ne!(chosen(1, 12, 5), chosen(1, 12, 6));
    assert_ne!(chosen(1, 12, 5), chosen(2, 12, 5));
}
