//! Residual branches and norms: against plain loops, and what they leave to rounding.

#![expect(clippy::float_cmp, reason = "equality to the bit is meant")]

use crate::layers::{Backwards, assert_layers, bits, network, observables, run, run_plainly};
use crate::matrices::rows;
use crate::plain::{NARROW, Rows, Scalar, TRIAL, WIDE, key, plain};
use initsweep::kernels::{Activation, Matrix};
use initsweep::network::{
    Arithmetic, BlockScratch, Metric, Network, Norm, NormAt, Observables, Operation, Residual, Runner,
    Sequential, Site, Step, Workspace,
};
use initsweep::random::Law;
use initsweep::simd::SimdLevel;

const BRANCHES: [Residual; 3] = [Residual::Outside, Residual::Inside, Residual::Between];

#[test]
fn residual_layers_are_plain_layers_too() {
    for residual in BRANCHES {
        for (operation, law) in [
            (Operation::Matmul, Law::Normal),
            (Operation::Product, Law::Laplace),
            (Operation::Sum, Law::Uniform),
        ] {
            for activation in [Activation::Relu, Activation::Linear] {
                let network = Network {
                    residual,
                    skip: [1.0, 0.5, -0.75, 2.0].into(),
                    branch_scale: [0.25, 1.5].into(),
                    ..network(operation, activation, law, 4)
                };
                assert_layers(&network, &WIDE);
                assert_layers(&network, &NARROW);
            }
        }
    }
}

#[test]
fn a_branch_of_scale_0_leaves_the_input_to_the_bit() {
    fn assert_identity<T: Arithmetic>(network: &Network) {
        let (_, x) = run_plainly::<T>(&Network { depth: 0, ..network.clone() });
        assert!(run_plainly::<T>(network).1 == x, "{}", network.residual);
    }
    for residual in BRANCHES {
        for norm in [Norm::None, Norm::Batch, Norm::Layer] {
            let branch_scale = [0.0; 6].into();
            let norm_at = NormAt::Input;
            let network = Network {
                residual,
                branch_scale,
                norm,
                norm_at,
                ..network(Operation::Matmul, Activation::Gelu, Law::Normal, 6)
            };
            assert_identity::<f64>(&network);
            assert_identity::<f32>(&network);
        }
    }
}

/// The largest difference of two matrices, in parts of the largest entry.
fn distance<T: Arithmetic>(a: &Rows<T>, b: &Rows<T>) -> f64 {
    let pairs = || a.iter().zip(b).flat_map(|(a, b)| a.iter().zip(b)).map(|(a, b)| (a.to_f64(), b.to_f64()));
    let largest = pairs().fold(0.0_f64, |largest, (_, b)| largest.max(b.abs()));
    pairs().fold(0.0_f64, |most, (a, b)| most.max((a - b).abs())) / largest
}

#[test]
fn norms_are_those_of_plain_loops_wherever_they_stand() {
    fn assert_near<T: Arithmetic + Default>(network: &Network, scalar: &Scalar<T>, tolerance: f64) {
        let layers = plain(network, scalar);
        let observables = Observables::new([], &[], &[]);
        let runner = Runner { network, observables: &observables, key: key(), level: SimdLevel::detect() };
        let (workspace, executor) =
            (&mut Workspace::<T>::new(network, &observables), &mut Sequential::default());
        runner.run_seen(TRIAL, workspace, executor, &mut [], &mut |layer, _, x: &Matrix<T>| {
            // A branch of two layers has no stream between them that anybody else would see.
            let error = distance(&rows(x), &layers[layer][Site::Stream]);
            let Network { residual, norm, norm_at, .. } = network;
            assert!(error < tolerance, "{residual}, {norm} at {norm_at}, layer {layer}: {error:e}");
        });
    }
    for residual in [Residual::None].into_iter().chain(BRANCHES) {
        for norm in [Norm::Batch, Norm::Layer, Norm::Rms] {
            for norm_at in NormAt::ALL {
                for norm_eps in [0.0, 0.1] {
                    let network = Network {
                        residual,
                        norm,
                        norm_at,
                        norm_eps,
                        branch_scale: [0.5; 4].into(),
                        ..network(Operation::Matmul, Activation::Relu, Law::Normal, 4)
                    };
                    // Sums of 149 terms, in another order, through four layers.
                    assert_near(&network, &WIDE, 1e-13);
                    assert_near(&network, &NARROW, 1e-4);
                }
            }
        }
    }
}

#[test]
fn a_norm_leaves_mean_0_and_second_moment_1_to_rounding_wherever_the_entries_lie() {
    fn assert_unit<T: Arithmetic>(network: &Network, unit: f64) {
        let sites = [
            (NormAt::PreActivation, Site::Pre),
            (NormAt::PostActivation, Site::Post),
            (NormAt::Output, Site::Stream),
        ];
        for (norm_at, site) in sites {
            for norm in [Norm::Batch, Norm::Layer, Norm::Rms] {
                let network = Network { norm, norm_at, norm_eps: 0.0, ..network.clone() };
                let observables = observables(network.depth);
                let (observed, _) = run_plainly::<T>(&network);
                for layer in (1..=network.depth).filter(|layer| network.steps(*layer).contains(&Step::Add)) {
                    let value = |metric| observed[observables.index(layer, site, metric).unwrap()];
                    let (mean, second) = (value(Metric::Mean), value(Metric::SecondMoment));
                    let what = format!("{norm} at {norm_at}, layer {layer}: {mean:e}, {:e}", second - 1.0);
                    assert!((second - 1.0).abs() < 40.0 * unit, "{what}");
                    assert!(norm == Norm::Rms || mean.abs() < 4.0 * unit, "{what}");
                }
            }
        }
    }
    // Entries of size 1; far from 1, squares of which leave the range; and a mean far above the spread.
    for (std, mean, big, small) in
        [(0.1, 0.0, 1.0, 1.0), (1e160, 0.0, 1.0, 0.0), (1e-170, 0.0, 1.0, 0.0), (1e-3, 1.0, 1e3, 1e3)]
    {
        let network = Network {
            residual: Residual::Outside,
            skip: [0.0; 3].into(),
            weight_std: [std; 3].into(),
            weight_mean: [mean; 3].into(),
            bias_std: [0.0; 3].into(),
            width: 300,
            ..network(Operation::Matmul, Activation::Linear, Law::Normal, 3)
        };
        assert_unit::<f64>(&network, big * f64::EPSILON);
        if small > 0.0 {
            assert_unit::<f32>(&network, small * f64::from(f32::EPSILON));
        }
    }
}

#[test]
fn what_is_constant_becomes_0_and_what_is_not_finite_is_seen() {
    let zero = Network {
        norm_eps: 0.0,
        weight_std: [0.0; 2].into(),
        weight_mean: [0.0; 2].into(),
        bias_std: [0.0; 2].into(),
        ..network(Operation::Matmul, Activation::Linear, Law::Normal, 2)
    };
    for norm in [Norm::Batch, Norm::Layer, Norm::Rms] {
        let (_, x) = run_plainly::<f64>(&Network { norm, ..zero.clone() });
        assert!(x.iter().flatten().all(|&x| x == 0.0), "{norm}");
        // The first product leaves the range of f32.
        let infinite = Network { norm, weight_std: [1e38; 2].into(), ..zero.clone() };
        let (observed, _) = run_plainly::<f32>(&infinite);
        let at = observables(2).index(2, Site::Post, Metric::Overflowed).unwrap();
        assert_eq!(observed[at], 1.0, "{norm}");
    }
}

#[test]
fn the_order_of_the_blocks_and_the_level_change_no_bit_of_norms_and_residuals() {
    fn assert_same<T: Arithmetic>(residual: Residual, norm: Norm, norm_at: NormAt) {
        let network = Network {
            width: 300,
            residual,
            norm,
            norm_at,
            ..network(Operation::Matmul, Activation::Gelu, Law::Normal, 4)
        };
        let (values, x) = run_plainly::<T>(&network);
        let mut backwards = Backwards(BlockScratch::<T>::default());
        for level in SimdLevel::available() {
            let (other_values, other) = run(&network, level, &mut backwards);
            assert!(
                other == x && bits(&other_values) == bits(&values),
                "{residual} {norm} at {norm_at}, {level}"
            );
        }
    }
    for (i, norm) in [Norm::Batch, Norm::Layer, Norm::Rms, Norm::None].into_iter().enumerate() {
        for (j, residual) in BRANCHES.into_iter().enumerate() {
            let norm_at = NormAt::ALL[(i + j) % 4];
            assert_same::<f64>(residual, norm, norm_at);
            assert_same::<f32>(residual, norm, norm_at);
        }
    }
}

#[test]
fn powers_of_two_pass_through_residuals() {
    for residual in BRANCHES {
        // 2^30 per layer: in f64 nothing leaves the range, and is rescaled all the same.
        let network = Network {
            residual,
            weight_std: [libm::scalbn(0.1, 90); 6].into(),
            weight_mean: [0.0; 6].into(),
            bias_std: [0.0; 6].into(),
            ..network(Operation::Matmul, Activation::Relu, Law::Normal, 6)
        };
        assert_eq!(network.inhomogeneity(), None);
        let measured = |rescales: bool| {
            let observables =
                Observables::new(0..=6, &Site::FORWARD, &[Metric::Log2Rms, Metric::Correlation])
                    .rescaled(rescales.then(|| network.output_site()));
            let mut out = vec![0.0; observables.len()];
            let runner = Runner {
                network: &network,
                observables: &observables,
                key: key(),
                level: SimdLevel::detect(),
            };
            runner.run(
                TRIAL,
                &mut Workspace::<f64>::new(&network, &observables),
                &mut Sequential::default(),
                &mut out,
            );
            out
        };
        assert_eq!(bits(&measured(true)), bits(&measured(false)), "{residual}");
        let normed = Network { norm: Norm::Layer, ..network.clone() };
        assert!(normed.inhomogeneity().unwrap().starts_with("norm = layer"));
    }
}
