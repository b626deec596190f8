//! Kernels and whole trials, each verified before it is timed. `cargo bench`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use initsweep::kernels::Activation;
use initsweep::network::{
    Arithmetic, Metric, Network, Operation, Panel, Precision, Runner, Sequential, Site, Workspace,
};
use initsweep::random::{Affine, Key, Law, Role, Sample};
use initsweep::simd::SimdLevel;
use rand_distr::{Distribution, StandardNormal};

const STANDARD: Affine = Affine { shift: 0.0, scale: 1.0 };

/// Ours on every instruction set, and `rand_distr` on the same generator.
fn normals(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("normals");
    group.throughput(Throughput::Elements(8000));
    for level in SimdLevel::available() {
        let mut lanes = Key::root(1, "bench").trial(0).panel(Role::Weight, 1, 0);
        let mut double = vec![[0.0_f64; 8]; 1000];
        let mut single = vec![[0.0_f32; 16]; 500];
        <f64 as Sample>::fill(level, Law::Normal, STANDARD, &mut lanes, &mut double);
        let square: f64 = double.as_flattened().iter().map(|x| x * x).sum::<f64>() / 8000.0;
        // Var z^2 = 2: five standard errors of 8000 squares.
        assert!((square - 1.0).abs() < 5.0 * (2.0_f64 / 8000.0).sqrt(), "second moment {square}");
        group.bench_function(format!("f64 {level}"), |b| {
            b.iter(|| {
                <f64 as Sample>::fill(level, Law::Normal, STANDARD, &mut lanes, black_box(&mut double));
            });
        });
        group.bench_function(format!("f32 {level}"), |b| {
            b.iter(|| {
                <f32 as Sample>::fill(level, Law::Normal, STANDARD, &mut lanes, black_box(&mut single));
            });
        });
    }
    let mut generator = Key::root(1, "bench").trial(0).panel(Role::Weight, 1, 0).lane(0);
    let mut values = vec![0.0_f64; 8000];
    group.bench_function("f64 rand_distr", |b| {
        b.iter(|| black_box(&mut values).fill_with(|| StandardNormal.sample(&mut generator)));
    });
    group.finish();
}

/// One network of the forum thread: six layers, width and batch 100, and the same with activations.
fn networks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("six 100x100 layers, batch 100");
    // Without fused multiply-add in hardware a trial takes milliseconds: nothing to compare.
    for level in SimdLevel::available().into_iter().skip(1) {
        for activation in [Activation::Linear, Activation::Relu, Activation::Tanh, Activation::Gelu] {
            let double = network(activation, Precision::F64);
            trial::<f64>(&mut group, level, &double);
            trial::<f32>(&mut group, level, &Network { precision: Precision::F32, ..double });
        }
    }
    group.finish();
}

fn network(activation: Activation, precision: Precision) -> Network {
    let zeros = || [0.0; 6].as_slice().into();
    Network {
        operation: Operation::Matmul,
        width: 100,
        depth: 6,
        batch: 100,
        weight_std: [0.1; 6].as_slice().into(),
        weight_mean: zeros(),
        bias_std: zeros(),
        law: Law::Normal,
        activation,
        input_mean: 0.0,
        input_std: 1.0,
        input_correlation: 0.0,
        precision,
    }
}

fn trial<T: Arithmetic>(
    group: &mut criterion::BenchmarkGroup<'_, criterion::measurement::WallTime>,
    level: SimdLevel,
    network: &Network,
) {
    let panel = Panel::new([6], &[Site::Post], &[Metric::Mean, Metric::Std]);
    let runner = Runner { network, panel: &panel, key: Key::root(1, "bench"), level };
    let (mut workspace, mut executor) = (Workspace::<T>::new(network), Sequential::default());
    let mut out = [0.0; 2];
    runner.run(0, &mut workspace, &mut executor, &mut out);
    if network.activation == Activation::Linear {
        // E S = 0.99924, sd 0.0378 for this chain: five of them.
        assert!((out[1] - 0.999_24).abs() < 5.0 * 0.0378, "std {}", out[1]);
    }
    let mut index = 0;
    group.bench_function(format!("{} {} {level}", network.activation, network.precision), |b| {
        b.iter(|| {
            index += 1;
            runner.run(index, &mut workspace, &mut executor, black_box(&mut out));
        });
    });
}

criterion_group!(benches, normals, networks);
criterion_main!(benches);
