//! Gradients of every activation at small widths, against a chain that draws no matrix.

use crate::sweep::{Run, Scores, scaled};
use initsweep::kernels::Activation;
use initsweep::network::{Backward, Metric, Network, Site};
use initsweep::statistics::Moments;
use initsweep::theory::quadrature::{Function, evaluate};
use initsweep::theory::{Kind, Predicted, Predictor};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

/// `E[|D_l|^2 | forward]` of one input at any width, for every layer, last first: given the forward pass, all that a
/// gradient `G_l = W^T D` knows of W is its part along `q = x_l / |x_l|`, so with `Z = W q / s`, and `A = E |D|^2`, `B = E (Z.D)^2`,
///
/// ```text
/// A_l = s^2 [A sum phi'^2 + (B - A) sum phi'^2 q^2]     B_l = s^2 [A sum Z^2 phi'^2 + (B - A) (sum Z phi' q)^2]
/// ```
///
/// from `sum phi'^2 / n` and `sum Z^2 phi'^2 / n`. No matrix is drawn, no weight is used twice.
fn chain(
    activation: Activation,
    (width, depth): (usize, usize),
    [s, bias]: [f64; 2],
    rng: &mut Xoshiro256PlusPlus,
) -> Vec<f64> {
    let mut normal = || -> Vec<f64> { (0..width).map(|_| StandardNormal.sample(rng)).collect() };
    let mut x = normal();
    let mut layers = Vec::new();
    for _ in 0..depth {
        let (z, b) = (normal(), normal());
        let length = s * x.iter().map(|x| x * x).sum::<f64>().sqrt();
        let h: Vec<f64> = z.iter().zip(&b).map(|(z, b)| length * z + bias * b).collect();
        let slopes = evaluate(activation, Function::Slope, &h);
        x = evaluate(activation, Function::Value, &h);
        layers.push((z, slopes, x.clone()));
    }
    let sum = |f: &dyn Fn(usize) -> f64| (0..width).map(f).sum::<f64>();
    let (mut squares, mut a, mut b) = (Vec::new(), 0.0, 0.0);
    for (layer, (z, slopes, x)) in layers.iter().enumerate().rev() {
        let length = sum(&|i| x[i] * x[i]).sqrt();
        let [own, along] = [sum(&|i| slopes[i] * slopes[i]), sum(&|i| z[i] * z[i] * slopes[i] * slopes[i])];
        let q = |i: usize| if length > 0.0 { x[i] / length } else { 0.0 };
        let square = |x: f64| x * x;
        let [part, both] = [sum(&|i| square(slopes[i] * q(i))), square(sum(&|i| z[i] * slopes[i] * q(i)))];
        (a, b) = if layer + 1 == depth {
            (own / width as f64, along / width as f64)
        } else {
            (s * s * (a * own + (b - a) * part), s * s * (a * along + (b - a) * both))
        };
        squares.push(a);
    }
    squares
}

#[test]
fn gradients_of_every_activation_have_the_second_moment_of_a_chain_without_matrices() {
    let (depth, gain, bias) = (3, 0.9, 0.2);
    let names: Vec<&str> = Activation::NAMES.to_vec();
    let text = format!(
        "name = 'chain'\nseed = 57\ntrials = 1\n[[grid]]\nwidth = [10, 40]\ndepth = {depth}\nbatch = 1\nstd = '{gain}/sqrt(fan_in)'\n\
         bias_std = {bias}\nactivation = {names:?}\n[measure]\nlayers = 'all'\nsites = ['grad_pre']\nmetrics = ['second_moment']"
    );
    let trials = scaled(2000);
    let run = Run::new(&text, trials);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(58);
    let mut scores = Scores::new("chains");
    for (index, cell) in run.cells.iter().enumerate() {
        let Network { activation, width, .. } = cell.network;
        let s = gain / (width as f64).sqrt();
        let chains: Vec<_> =
            (0..trials).map(|_| chain(activation, (width, depth), [s, bias], &mut rng)).collect();
        for layer in 1..=depth {
            let values: Vec<f64> = chains.iter().map(|chain| chain[depth - layer] / width as f64).collect();
            let expected = Moments::of(&values).unwrap();
            let row = run.row(index, layer, Site::GradPre, Metric::SecondMoment);
            let error = libm::hypot(row.std_error.unwrap(), expected.std_error().unwrap());
            scores.add(
                format!("{activation} {width} {layer}"),
                (row.estimate.unwrap() - expected.mean) / error,
            );
        }
    }
    scores.each_within_five();
}

/// Widths at which the first order is held against chains, depth, gain and bias.
const ORDERS: ([usize; 3], usize, [f64; 2]) = ([30, 60, 120], 4, [1.2, 0.2]);

#[test]
fn the_first_order_of_squared_gradients_is_as_near_as_its_error_says() {
    let (widths, depth, [gain, bias]) = ORDERS;
    let trials = scaled(4000);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(59);
    let (mut known, mut beyond_the_limit) = (0, 0);
    for activation in Activation::NAMES.into_iter().filter_map(Activation::built_in) {
        for width in widths {
            let s = gain / (width as f64).sqrt();
            let network = Network {
                width,
                depth,
                batch: 1,
                weight_std: vec![s; depth].into(),
                weight_mean: vec![0.0; depth].into(),
                bias_std: vec![bias; depth].into(),
                activation,
                ..Network::default()
            };
            let predictor = Predictor::new(&network).with_gradients(&network, Some(Backward::default()));
            let chains: Vec<_> =
                (0..trials).map(|_| chain(activation, (width, depth), [s, bias], &mut rng)).collect();
            for layer in 1..=depth {
                let Predicted { theory, mean_field, .. } =
                    predictor.predicted(layer, Site::GradPre, Metric::SecondMoment);
                let Some(theory) = theory.filter(|theory| theory.kind == Kind::FirstOrder) else { continue };
                let values: Vec<f64> =
                    chains.iter().map(|chain| chain[depth - layer] / width as f64).collect();
                let moments = Moments::of(&values).unwrap();
                let off = |value: f64| (moments.mean - value).abs();
                let room = 5.0 * moments.std_error().unwrap();
                let place = format!("{activation} {width} {layer}");
                assert!(
                    off(theory.value) < theory.error + room,
                    "{place}: {} is not {theory:?}",
                    moments.mean
                );
                known += 1;
                beyond_the_limit += usize::from(off(mean_field.unwrap()) > theory.error + room);
            }
        }
    }
    // The limit alone would not pass.
    assert!(known > 80 && beyond_the_limit > 8, "{known} {beyond_the_limit}");
}
