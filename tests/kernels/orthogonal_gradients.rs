//! Orthogonal weights on the way back: the matrix is that of the forward pass.

use crate::matrices::rows;
use crate::plain::{Rows, TRIAL, key};
use initsweep::kernels::Activation;
use initsweep::network::{Arithmetic, Metric, Network, Observables, Runner, Sequential, Site, Workspace};
use initsweep::random::Law;
use initsweep::simd::SimdLevel;

/// `X_l` and `G_l` of every layer.
fn pass<T: Arithmetic>(network: &Network, level: SimdLevel) -> [Vec<Rows<T>>; 2] {
    let observables =
        Observables::new(0..=network.depth, &[Site::GradPost, Site::GradWeight], &[Metric::SecondMoment]);
    let mut out = vec![0.0; observables.len()];
    let mut workspace = Workspace::<T>::new(network, &observables);
    let mut seen = [vec![Vec::new(); network.depth + 1], vec![Vec::new(); network.depth + 1]];
    let runner = Runner { network, observables: &observables, key: key(), level };
    let mut by = Sequential::default();
    runner.run_seen(TRIAL, &mut workspace, &mut by, &mut out, &mut |layer, site, x| match site {
        Site::Input | Site::Stream => seen[0][layer] = rows(x),
        Site::GradPost => seen[1][layer] = rows(x),
        _ => {}
    });
    assert!(out.iter().all(|value| value.is_finite()));
    seen
}

fn network(widths: &[usize], batch: usize, activation: Activation) -> Network {
    Network {
        widths: widths.into(),
        width: *widths.last().expect("a width"),
        depth: widths.len() - 1,
        batch,
        weight_std: vec![0.3; widths.len() - 1].into(),
        weight_mean: vec![0.0; widths.len() - 1].into(),
        bias_std: vec![0.0; widths.len() - 1].into(),
        law: Law::Orthogonal,
        activation,
        ..Network::default()
    }
}

/// `<G_l, X_l> = <G_(l-1), X_(l-1)>` column by column for linear and relu, which a fresh matrix would not give: `W^T G` and X are
/// vectors of some hundred roundings each, relative to the product of their lengths.
fn assert_one_matrix<T: Arithmetic>(network: &Network, rounding: f64) {
    let [x, g] = pass::<T>(network, SimdLevel::detect());
    let along = |layer: usize, column: usize| {
        let pairs = x[layer].iter().zip(&g[layer]);
        pairs.fold([0.0; 3], |[dot, xx, gg], (x, g)| {
            let (x, g) = (x[column].to_f64(), g[column].to_f64());
            [dot + x * g, xx + x * x, gg + g * g]
        })
    };
    for column in 0..network.batch {
        for layer in 1..=network.depth {
            let [[above, ..], [below, xx, gg]] = [along(layer, column), along(layer - 1, column)];
            let size = (xx * gg).sqrt() + above.abs();
            assert!(
                (above - below).abs() <= rounding * size,
                "{above} {below}, layer {layer} of {network:?}"
            );
        }
    }
}

#[test]
fn both_passes_have_one_orthogonal_matrix_of_every_shape() {
    for widths in [&[20, 20, 20, 20][..], &[9, 21, 5, 13], &[140, 131, 150, 40], &[1, 3, 1]] {
        for batch in [1, 3, 9, 30] {
            for activation in [Activation::Linear, Activation::Relu] {
                let network = network(widths, batch, activation);
                assert_one_matrix::<f64>(&network, 1e-12);
                assert_one_matrix::<f32>(&network, 1e-4);
            }
        }
    }
}

/// Of a matrix with orthonormal rows the transpose keeps every length: `|G_(l-1)| = s sqrt N |G_l|`.
#[test]
fn the_transpose_of_orthonormal_rows_keeps_lengths() {
    let network = network(&[30, 17, 17, 8], 5, Activation::Linear);
    let [_, g] = pass::<f64>(&network, SimdLevel::detect());
    for layer in 1..=3 {
        let largest = network.units(layer - 1).max(network.units(layer)) as f64;
        for column in 0..5 {
            let square = |layer: usize| g[layer].iter().map(|g| g[column] * g[column]).sum::<f64>();
            let ratio = square(layer - 1) / square(layer) / (0.09 * largest);
            assert!((ratio - 1.0).abs() < 1e-12, "{ratio}");
        }
    }
}

#[test]
fn every_instruction_set_walks_back_with_the_same_bits() {
    let network = network(&[140, 131, 40], 11, Activation::Tanh);
    let bits = |level| {
        let [_, g] = pass::<f64>(&network, level);
        g.into_iter().flatten().flatten().map(f64::to_bits).collect::<Vec<_>>()
    };
    let mut levels = SimdLevel::available().into_iter();
    let first = levels.next().map(bits).expect("some level");
    assert!(levels.all(|level| bits(level) == first));
}
