//! First order in 1/width against recursions computed elsewhere, published slopes, and exact theory.

use std::sync::Arc;

use crate::close::assert_close;
use initsweep::kernels::Activation;
use initsweep::network::{Metric, Network, Operation, Precision, Site};
use initsweep::random::Law;
use initsweep::theory::expansion::{State, Step};
use initsweep::theory::fourth_order::Fourth;
use initsweep::theory::homogeneous::{Units, Variance};
use initsweep::theory::{Kind, LayerPrediction, Predictor, exact, wide};

/// First-order expectation and sd of the variance of h in layer `depth`, from q = 1 in layer 1, n = 100.
fn first_order(activation: Activation, sigma_w: f64, sigma_b: f64, depth: usize) -> (f64, f64) {
    let n = 100.0_f64;
    let step =
        Step { width: n, mean: 0.0, std: sigma_w / n.sqrt(), bias_std: sigma_b, bias_mean: 0.0, excess: 0.0 };
    let mut state = State::fixed(0.0, 1.0, 1.0);
    for _ in 1..depth {
        state = state.averages(&state.unit(Some(activation), false), n).next(&step);
    }
    (state.expectation()[1], state.own()[1][1].sqrt())
}

#[test]
fn first_order_corrections_agree_with_their_recursion_elsewhere() {
    // Printed with six decimals.
    let cases = [
        (1.3, 0.3, 10, 0.605_779, 0.052_340),
        (2.5, 0.3, 3, 3.601_877, 0.233_350),
        (2.5, 0.3, 10, 4.076_679, 0.225_250),
        (1.760_954_639_607_f64.sqrt(), 0.05_f64.sqrt(), 10, 0.568_629, 0.054_992),
    ];
    for (w, b, depth, mean, sd) in cases {
        let (value, spread) = first_order(Activation::Tanh, w, b, depth);
        assert_close(value, mean, 6e-7, "mean");
        assert_close(spread, sd, 6e-7, "sd");
    }
}

#[test]
fn universal_slopes_of_the_variance_of_q() {
    // Roberts, Yaida and Hanin (2022), section 5.4: n Var q / q^2 grows by 5 per layer of relu, and for tanh at
    // criticality by 2/3, with q -> 1 / 2l. Layer 100 has .9720 of the one, and 2 l q = 1.0138 after 100 maps of q = 1.
    let (q, sd) = first_order(Activation::Relu, 2_f64.sqrt(), 0.0, 11);
    assert_close(100.0 * sd * sd / (q * q), 50.0, 1e-11, "relu");
    let n = 100.0_f64;
    let step = Step { width: n, mean: 0.0, std: 0.1, bias_std: 0.0, bias_mean: 0.0, excess: 0.0 };
    let mut state = State::fixed(0.0, 1.0, 1.0);
    for l in 1..=100 {
        if l == 100 {
            let growth = n * state.own()[1][1] / (state.limit[1] * state.limit[1]);
            assert_close(growth / (2.0 / 3.0 * 100.0), 0.9720, 1e-4, "v / q^2");
        }
        state = state.averages(&state.unit(Some(Activation::Tanh), false), n).next(&step);
    }
    assert_close(200.0 * state.limit[1], 1.0138, 5e-5, "2 l q");
}

#[test]
fn a_batch_spreads_less_than_one_input() {
    // Relu under He initialisation, n = 100, 16 orthogonal inputs of equal norm: relative variance of the pooled second
    // moment after the activation, layers 1, 2, 3, 5; printed with five decimals.
    let n = 100.0_f64;
    let step =
        Step { width: n, mean: 0.0, std: (2.0 / n).sqrt(), bias_std: 0.0, bias_mean: 0.0, excess: 0.0 };
    let mut state = State::fixed(0.0, 2.0, 2.0);
    let expected = [(1, 0.003_13), (2, 0.015_88), (3, 0.035_85), (5, 0.090_53)];
    for l in 1..=5 {
        let averages = state.averages(&state.unit(Some(Activation::Relu), true), n);
        let relative = averages.pooled(16.0)[1][1] / (averages.limit[1] * averages.limit[1]);
        if let Some((_, value)) = expected.iter().find(|(layer, _)| *layer == l) {
            assert_close(relative, *value, 6e-6, &format!("layer {l}"));
        }
        state = averages.next(&step);
    }
}

#[test]
fn other_laws_change_the_spread_as_computed_in_exact_fractions() {
    // E |x_6|^4 / |x_0|^4 from x_0 = 1, s^2 = 1/n, for excess kurtosis 0, -6/5 (uniform), truncated normal, -2 (signs).
    let cases = [
        (10, [2.985_984, 2.625_969_433_19, 2.785_399_582_86, 2.427_328]),
        (100, [1.126_162_419_264, 1.124_102_249_03, 1.125_068_035_13, 1.122_751_45]),
    ];
    for (n, expected) in cases {
        for (excess, expected) in [0.0, -1.2, -0.634_463_282_870_4, -2.0].into_iter().zip(expected) {
            let start = Fourth::ones(n);
            let end = (0..6).fold(start, |law, _| law.next(n, (1.0 / n as f64).sqrt(), excess));
            // Half a unit of the last of eight digits, which is all that one of them has.
            assert_close(end.ratio(), expected, 5e-9, &format!("{n} {excess}"));
        }
    }
}

#[test]
fn relu_spreads_by_one_plus_five_over_n_per_layer() {
    // Hanin and Rolnick (2018). The input is iid normal: one more factor 1 + 2/n.
    let n = 20;
    let units = Units::new(n, (1.0, 0.0));
    let linear = Units::new(n, (1.0, 1.0));
    let s = (2.0 / n as f64).sqrt();
    let mut law = Variance::of_input(n, 0.0, 1.0, s, 0.0);
    for _ in 1..7 {
        law = law.next(&units, s, 0.0);
    }
    let ratio = |units: &Units, pre: bool| {
        let q = law.prediction(units, pre).second_moment.unwrap();
        let cv = q.sd.unwrap() / q.value;
        1.0 + cv * cv
    };
    let n = n as f64;
    let input = 1.0 + 2.0 / n;
    assert_close(ratio(&units, false) / (input * libm::pow(1.0 + 5.0 / n, 7.0)), 1.0, 1e-13, "post");
    assert_close(
        ratio(&linear, true) / (input * libm::pow(1.0 + 5.0 / n, 6.0) * (1.0 + 2.0 / n)),
        1.0,
        1e-13,
        "pre",
    );
}

/// A network of equal layers.
fn network(activation: Activation, (width, batch): (usize, usize), (mean, std): (f64, f64)) -> Network {
    let depth = 4;
    Network {
        operation: Operation::Matmul,
        width,
        depth,
        batch,
        weight_std: Arc::from(vec![std; depth]),
        weight_mean: Arc::from(vec![mean; depth]),
        bias_std: Arc::from(vec![0.0; depth]),
        law: Law::Normal,
        activation,
        input_mean: 0.0,
        input_std: 1.0,
        precision: Precision::F64,
        ..Network::default()
    }
}

#[test]
fn the_expansion_is_the_exact_theory_up_to_one_over_n_squared() {
    // Exact chains know every order in 1/n. A remainder c/n^2 falls by 100 from one width to the next; half of that
    // power is asked for, and of the sd, whose remainder is c/n, half of its.
    let remainders = |activation, batch: usize, m: f64| {
        [600_usize, 6000].map(|n| {
            let width = n as f64;
            let network = network(activation, (n, batch), (m / width, 1.2 / width.sqrt()));
            let network = Network { input_mean: 0.3, ..network };
            let (exact, first) = (exact::layers(&network)[3], wide::layers(&network, true, None)[3]);
            let pick = |l: &LayerPrediction| [l.mean, l.second_moment, l.variance, l.std, l.rms];
            let both =
                pick(&exact.pre).into_iter().zip(pick(&first.pre)).map(|(a, b)| (a.unwrap(), b.unwrap()));
            both.map(|(a, b)| {
                assert_eq!(b.kind, Kind::FirstOrder);
                let sd = a.sd.zip(b.sd).map(|(a, b)| (a / b - 1.0).abs());
                ((a.value - b.value).abs(), sd)
            })
            .collect::<Vec<_>>()
        })
    };
    let cases = [
        (Activation::Linear, 1, 0.7),
        (Activation::Linear, 8, 0.7),
        (Activation::Linear, 5, -1.2),
        (Activation::Relu, 1, 0.0),
    ];
    for (activation, batch, m) in cases {
        let [near, far] = remainders(activation, batch, m);
        for (metric, ((value, sd), (value_far, sd_far))) in near.iter().zip(&far).enumerate() {
            let what = format!(
                "{activation}, batch {batch}, mean {m}, metric {metric}: {value} {value_far} {sd:?} {sd_far:?}"
            );
            assert!(*value_far <= value / 50.0 + 1e-13, "{what}");
            if let Some((sd, sd_far)) = sd.zip(*sd_far) {
                assert!(sd_far <= sd / 5.0 + 1e-13 && sd < 0.1, "{what}");
            }
        }
    }
}

#[test]
fn a_shift_common_to_all_units_leaves_nothing_to_predict() {
    // m sqrt n = 1: the mean of the units is as random as the units.
    let n = 400;
    let network = network(Activation::Tanh, (n, 1), (1.0 / (n as f64).sqrt(), 1.0 / (n as f64).sqrt()));
    let predictor = Predictor::new(&network);
    assert_eq!(predictor.predict(2, Site::Post, Metric::SecondMoment), None);
    let gentle = Network { weight_mean: Arc::from(vec![1.0 / n as f64; 4]), ..network };
    let prediction = Predictor::new(&gentle).predict(2, Site::Post, Metric::SecondMoment).unwrap();
    assert_eq!(prediction.kind, Kind::FirstOrder);
}
