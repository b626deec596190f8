//! Whole layers of drawn weights against plain ones: every operation, both precisions, every order of work.

#![expect(clippy::float_cmp, reason = "equality to the bit is meant")]

use std::sync::Arc;

use crate::matrices::rows;
use crate::plain::{NARROW, Rows, Scalar, TRIAL, WIDE, key, plain};
use initsweep::kernels::batch::{
    cosine_distance, dead_units, mean_magnitude, outside, pearson_distance, unit_variance,
};
use initsweep::kernels::{Activation, FloatFormat, Matrix, Moments};
use initsweep::network::{
    Arithmetic, BlockScratch, E4m3Overflow, Executor, Metric, Network, Observables, Operation, Precision,
    Reading, Residual, Runner, Sequential, Site, Slot, Step, Storage, WholeLayer, Workspace,
};
use initsweep::random::Law;
use initsweep::simd::SimdLevel;

/// Two blocks of rows with a ragged end, a ragged tile, biases, and a different schedule in every layer.
pub fn network(operation: Operation, activation: Activation, law: Law, depth: usize) -> Network {
    let schedule = |first: f64, step: f64| -> Arc<[f64]> {
        (0..depth).map(|layer| first + step * f64::from(u32::try_from(layer).unwrap())).collect()
    };
    Network {
        operation,
        width: 149,
        depth,
        batch: 19,
        weight_std: schedule(0.1, 0.01),
        weight_mean: schedule(0.02, -0.01),
        bias_std: (0..depth).map(|layer| if layer == 1 { 0.0 } else { 0.3 }).collect(),
        bias_law: law,
        law,
        activation,
        input_mean: 0.4,
        input_std: 1.5,
        precision: Precision::F64,
        ..Network::default()
    }
}

pub fn observables(depth: usize) -> Observables {
    Observables::new(0..=depth, &Site::FORWARD, &Metric::ALL)
}

/// Observations and last activations of one trial.
pub fn run<T: Arithmetic>(
    network: &Network,
    level: SimdLevel,
    by: &mut impl Executor<T>,
) -> (Vec<f64>, Rows<T>) {
    let observables = observables(network.depth);
    let mut out = vec![0.0; observables.len()];
    let mut workspace = Workspace::new(network, &observables);
    Runner { network, observables: &observables, key: key(), level }.run(TRIAL, &mut workspace, by, &mut out);
    (out, rows(workspace.activations()))
}

pub fn run_plainly<T: Arithmetic>(network: &Network) -> (Vec<f64>, Rows<T>) {
    run(network, SimdLevel::detect(), &mut Sequential::<T>::default())
}

/// A matrix whose padding no statistic may see.
fn matrix<T: Arithmetic>(x: &Rows<T>) -> Matrix<T> {
    crate::matrices::matrix(x, T::from_f64(f64::NAN))
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn ratio(part: u64, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// What there is to see in a matrix, but for what its layer and those before add.
fn reading<T: Arithmetic>(network: &Network, x: &Matrix<T>) -> Reading {
    let level = SimdLevel::detect();
    let blocks = x.blocks().map(|(_, block)| T::moments(level, block, x.columns()));
    let moments = blocks.fold(Moments::default(), Moments::merge);
    let mut whole = WholeLayer::default();
    whole[Metric::Correlation] = 1.0 - cosine_distance(level, x);
    whole[Metric::Decorrelation] = cosine_distance(level, x);
    whole[Metric::CentredCorrelation] = 1.0 - pearson_distance(level, x);
    whole[Metric::UnitVariance] = unit_variance(level, x, moments.exponent);
    whole[Metric::MeanAbs] = mean_magnitude(level, x, moments.exponent);
    let entries =
        (0..x.rows()).flat_map(|row| (0..x.columns()).map(move |column| x.get(row, column).to_f64()));
    let negative = entries.filter(|&entry| entry < 0.0).count();
    whole[Metric::FractionNegative] = ratio(negative as u64, x.rows() * x.columns());
    // Of networks that are not stored.
    whole[Metric::FractionFlushed] = 0.0;
    whole[Metric::FractionClipped] = 0.0;
    whole[Metric::RoundingNoise] = 0.0;
    whole[Metric::FractionDead] = ratio(dead_units(x), x.rows());
    // Of the precision alone the networks here are ordinary: no entry comes near the end of the range.
    let normal = network.format().map_or(0.0, FloatFormat::smallest_normal);
    let entries =
        (0..x.rows()).flat_map(|row| (0..x.columns()).map(move |column| x.get(row, column).to_f64().abs()));
    let subnormal = entries.filter(|&entry| entry != 0.0 && entry < normal).count();
    whole[Metric::FractionSubnormal] = ratio(subnormal as u64, x.rows() * x.columns());
    Reading { whole, ..Reading::from(&moments) }
}

/// Every layer and site of every depth; what a metric may be off by, in parts of the size of the layer.
pub fn assert_layers<T: Arithmetic + Default>(network: &Network, scalar: &Scalar<T>) {
    let layers = plain(network, scalar);
    for depth in (1..=network.depth).filter(|&depth| is_network(network, depth)) {
        let shallow = Network { depth, ..network.clone() };
        let (observed, x) = run_plainly::<T>(&shallow);
        assert!(x == layers[depth][Site::Stream], "{} {} at depth {depth}", network.operation, network.law);
        let observables = observables(depth);
        for (layer, site) in observables.places() {
            let here = if site == Site::Input { Site::Stream } else { site };
            let mut reading = reading(network, &matrix(&layers[layer][here]));
            if layer > 0 && network.steps(layer).contains(&Step::Activate) {
                let tails = network.activation.tails().expect("those of built-in activations are known");
                let saturated = outside(&matrix(&layers[layer][Site::Pre]), tails);
                // They are counted before the activation, be it before or behind the product.
                let rows = layers[layer][Site::Pre].len();
                reading.whole[Metric::FractionSaturated] = ratio(saturated, rows * network.batch);
            }
            for metric in Metric::ALL.into_iter().filter(|metric| !metric.has_history()) {
                let got = observed[observables.index(layer, site, metric).unwrap()];
                let want = metric.of(&reading);
                let is_of_rounding = matches!(
                    metric,
                    Metric::FractionFlushed | Metric::FractionClipped | Metric::RoundingNoise
                );
                if network.storage != Storage::None && is_of_rounding {
                    // `rounding` and `stored` test them.
                    continue;
                }
                let same = got == want || got.is_nan() && want.is_nan();
                assert!(same, "{metric} of {site} of layer {layer}: {got} against {want}");
            }
        }
    }
}

/// Whether the first layers of a network are one: a branch of two layers is not cut through.
fn is_network(network: &Network, depth: usize) -> bool {
    network.residual != Residual::Between || depth.is_multiple_of(2)
}

#[test]
fn every_layer_is_the_plain_layer_of_the_same_draws() {
    for operation in Operation::ALL {
        for activation in [Activation::Linear, Activation::Relu] {
            for law in [Law::Normal, Law::Rademacher, Law::StudentT { nu: 5.0 }] {
                let network = network(operation, activation, law, 3);
                assert_layers(&network, &WIDE);
                assert_layers(&network, &NARROW);
            }
        }
    }
}

#[test]
fn tied_layers_and_inputs_of_any_law_are_plain_layers_too() {
    for operation in Operation::ALL {
        for (tied, input_law) in
            [(true, Law::Normal), (false, Law::Uniform), (true, Law::StudentT { nu: 3.0 })]
        {
            let network = Network { tied, input_law, ..network(operation, Activation::Relu, Law::Normal, 3) };
            let network = Network { bias_std: [0.3; 3].into(), ..network };
            assert_layers(&network, &WIDE);
            assert_layers(&network, &NARROW);
        }
    }
}

#[test]
fn stored_layers_are_plain_layers_whose_steps_are_rounded() {
    let forms = [Residual::None, Residual::Outside, Residual::Inside, Residual::Between];
    for (residual, storage) in
        forms.into_iter().zip([Storage::F16, Storage::Bf16, Storage::E4m3, Storage::E5m2])
    {
        for operation in Operation::ALL {
            let network = Network {
                residual,
                storage,
                e4m3_overflow: E4m3Overflow::Saturate,
                skip: [1.0, 0.5, 0.3, 0.7].into(),
                branch_scale: [0.7, 0.9, 0.3, 0.1].into(),
                precision: Precision::F32,
                ..network(operation, Activation::Relu, Law::Normal, 4)
            };
            assert_layers(&network, &NARROW);
        }
    }
}

#[test]
fn a_single_column_and_a_single_unit_are_plain_layers_too() {
    for operation in Operation::ALL {
        for (width, batch) in [(1, 1), (1, 40), (150, 1), (7, 8), (128, 16), (257, 3)] {
            let network = Network { width, batch, ..network(operation, Activation::Relu, Law::Normal, 2) };
            assert_layers(&network, &WIDE);
            assert_layers(&network, &NARROW);
        }
    }
}

#[test]
fn layers_of_unequal_widths_are_plain_layers_too() {
    // Narrower and wider than a panel, a group of panels and a block; an input that only layer 1 knows.
    for widths in [&[40, 300, 5, 129, 1, 128][..], &[257], &[1, 9]] {
        let depth = widths.len().max(3) - 1;
        let first = widths.get(1).copied().unwrap_or(70);
        for law in [Law::Normal, Law::Uniform] {
            let network = network(Operation::Matmul, Activation::Relu, law, depth);
            let network = Network { width: first, widths: widths.into(), ..network };
            assert_layers(&network, &WIDE);
            assert_layers(&network, &NARROW);
        }
    }
}

/// NaN included.
pub fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn the_layers_of_a_shallow_run_are_those_of_a_deep_run() {
    fn assert_prefix<T: Arithmetic>(operation: Operation) {
        let deep = network(operation, Activation::Tanh, Law::Normal, 7);
        let (all, _) = run_plainly::<T>(&deep);
        for depth in 1..7 {
            let (values, _) = run_plainly::<T>(&Network { depth, ..deep.clone() });
            assert_eq!(bits(&values), bits(&all[..values.len()]), "{operation}, depth {depth}");
        }
    }
    for operation in Operation::ALL {
        assert_prefix::<f64>(operation);
        assert_prefix::<f32>(operation);
    }
}

/// The last block first, all with the same used scratch memory.
pub struct Backwards<T: Arithmetic>(pub BlockScratch<T>);

impl<T: Arithmetic> Executor<T> for Backwards<T> {
    fn each_block(
        &mut self,
        out: &mut [T::Row],
        chunk: usize,
        slots: &mut [Slot<T>],
        work: impl Fn(usize, &mut [T::Row], &mut Slot<T>, &mut BlockScratch<T>) + Sync,
    ) {
        let blocks: Vec<_> = out.chunks_mut(chunk).zip(slots).enumerate().collect();
        for (block, (out, slot)) in blocks.into_iter().rev() {
            work(block, out, slot, &mut self.0);
        }
    }
}

#[test]
fn neither_the_order_of_the_blocks_nor_the_level_changes_a_bit() {
    fn assert_same<T: Arithmetic>(operation: Operation) {
        let widths: Arc<[usize]> =
            if operation == Operation::Matmul { [149, 300, 500].into() } else { [].into() };
        let network = Network { width: 300, widths, ..network(operation, Activation::Gelu, Law::Normal, 3) };
        let (values, x) = run_plainly::<T>(&network);
        let mut backwards = Backwards(BlockScratch::<T>::default());
        for level in SimdLevel::available() {
            let (sequential_values, sequential) = run(&network, level, &mut Sequential::<T>::default());
            let (other_values, other) = run(&network, level, &mut backwards);
            assert!(sequential == x && other == x, "{operation} on {level}");
            for others in [sequential_values, other_values] {
                assert_eq!(bits(&others), bits(&values), "{operation} on {level}");
            }
        }
    }
    for operation in Operation::ALL {
        assert_same::<f64>(operation);
        assert_same::<f32>(operation);
    }
}

fn subnormals<T: Arithmetic>(precision: Precision, normal: f64, is_subnormal: fn(T) -> bool) {
    let shares = |network: &Network, level: SimdLevel| {
        let (observed, x) = run::<T>(network, level, &mut Sequential::default());
        let share = |layer, site| {
            observed[observables(network.depth).index(layer, site, Metric::FractionSubnormal).unwrap()]
        };
        let all: Vec<f64> = (1..=network.depth).map(|layer| share(layer, Site::Pre)).collect();
        (share(0, Site::Input), all, x)
    };
    // The smallest normal number; half of it; the smallest number of all; half of that, which is rounded to 0.
    let digits = if precision == Precision::F32 { -23 } else { -52 };
    let constant = Network {
        operation: Operation::Product,
        width: 9,
        depth: 3,
        weight_std: [0.0; 3].into(),
        weight_mean: [0.5, libm::scalbn(1.0, digits + 1), 0.5].into(),
        bias_std: [0.0; 3].into(),
        input_mean: -normal,
        input_std: 0.0,
        precision,
        ..Network::default()
    };
    // Entries on both sides of the limit.
    let mixed = Network {
        weight_std: [0.1].into(),
        weight_mean: [0.0].into(),
        bias_std: [0.0].into(),
        input_mean: 0.0,
        input_std: normal,
        ..network(Operation::Matmul, Activation::Linear, Law::Normal, 1)
    };
    let mixed = Network { precision, ..mixed };
    for level in SimdLevel::available() {
        let (input, layers, _) = shares(&constant, level);
        assert_eq!((input, layers), (0.0, vec![1.0, 1.0, 0.0]), "{level}");
        let (_, layers, x) = shares(&mixed, level);
        let counted = x.iter().flatten().filter(|&&x| is_subnormal(x)).count();
        assert_eq!(layers, [ratio(counted as u64, mixed.width * mixed.batch)], "{level}");
        assert!(layers[0] > 0.1 && layers[0] < 0.9, "{}", layers[0]);
    }
}

#[test]
fn subnormal_entries_are_those_that_the_language_calls_so_and_zeros_are_none() {
    subnormals::<f64>(Precision::F64, f64::MIN_POSITIVE, f64::is_subnormal);
    subnormals::<f32>(Precision::F32, f32::MIN_POSITIVE.into(), f32::is_subnormal);
}

#[test]
fn one_number_multiplies_every_layer_of_a_tied_unit() {
    // One unit and one input: X_l = w X_(l-1), w the first draw of layer 1, rounded once.
    let (mean, std) = (0.2, 0.7);
    let network = Network {
        depth: 5,
        batch: 1,
        tied: true,
        weight_std: [std; 5].into(),
        weight_mean: [mean; 5].into(),
        bias_std: [0.0; 5].into(),
        ..Network::default()
    };
    let observables = Observables::new([], &[], &[]);
    let runner =
        Runner { network: &network, observables: &observables, key: key(), level: SimdLevel::detect() };
    let mut workspace = Workspace::<f64>::new(&network, &observables);
    let mut seen = Vec::new();
    runner.run_seen(TRIAL, &mut workspace, &mut Sequential::default(), &mut [], &mut |_, _, x| {
        seen.push(x.get(0, 0));
    });
    let affine = initsweep::random::Affine { shift: mean, scale: std };
    let first = (initsweep::random::Role::Weight, 1, 0);
    let w = crate::plain::draws::<f64>(Law::Normal, affine, first, 1)[0];
    assert_eq!(seen.len(), 6);
    assert!(seen.windows(2).all(|pair| pair[1] == w * pair[0]), "{w}: {seen:?}");
}
