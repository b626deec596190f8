//! Kernels and whole trials, each verified before it is timed. `cargo bench`.

#[path = "../tests/common/matrices.rs"]
mod matrices;

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use initsweep::config;
use initsweep::kernels::{Activation, Matrix, MultiplyStored, Scratch, StoredWeights, reference};
use initsweep::network::{
    Arithmetic, Metric, Network, Norm, Observables, Operation, Precision, Residual, Runner, Sequential, Site,
    Workspace,
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

/// Entries between -1 and 1 that f32 holds exactly.
fn whole_entries<T: Arithmetic>(rows: usize, columns: usize) -> Vec<Vec<T>> {
    let mut generator = matrices::generator(1);
    let mut entry = || i16::try_from(matrices::whole(&mut generator, 512)).expect("at most 512");
    matrices::entries(rows, columns, || T::from_f64(f64::from(entry()) / 512.0))
}

/// Weights at rest times a batch: bit by bit the plain reference.
fn products(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("product of stored weights");
    for (size, batch) in [(96, 96), (100, 100), (512, 512)] {
        group.throughput(Throughput::Elements((size * size * batch) as u64));
        product(&mut group, size, batch, f64::mul_add);
        product(&mut group, size, batch, f32::mul_add);
    }
    group.finish();
}

fn product<T: Arithmetic + MultiplyStored + Default>(
    group: &mut criterion::BenchmarkGroup<'_, criterion::measurement::WallTime>,
    size: usize,
    batch: usize,
    fma: impl Fn(T, T, T) -> T,
) {
    let (w, x) = (whole_entries::<T>(size, size), whole_entries::<T>(size, batch));
    let expected = reference::multiply(&w, &x, fma);
    let weights = StoredWeights::from_fn(size, size, |row, column| w[row][column]);
    let (input, mut out) = (matrices::matrix(&x, T::from_f64(0.0)), Matrix::new(size, batch));
    let mut scratch = Scratch::default();
    for level in SimdLevel::available().into_iter().skip(1) {
        T::multiply_stored(level, &weights, &mut scratch, &input, &mut out);
        assert!(matrices::rows(&out) == expected, "{size} x {size} x {batch}, {level}");
        group.bench_function(format!("{size} {size} {batch} f{} {level}", 8 * size_of::<T>()), |b| {
            b.iter(|| {
                T::multiply_stored(level, &weights, &mut scratch, black_box(&input), black_box(&mut out));
            });
        });
    }
}

/// What is done with a layer of width and batch 100 besides the product.
fn layers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("layer 100 x 100");
    group.throughput(Throughput::Elements(10_000));
    let x = whole_entries::<f64>(100, 100);
    let start = matrices::matrix(&x, 0.0);
    let mut layer = Matrix::<f64>::new(100, 100);
    for level in SimdLevel::available().into_iter().skip(1) {
        let gelu = |x: f64| x * 0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2);
        let images = [
            (Activation::Relu, x.concat().into_iter().map(|x| x.max(0.0)).collect::<Vec<_>>()),
            (Activation::Tanh, x.concat().into_iter().map(libm::tanh).collect()),
            (Activation::Gelu, x.concat().into_iter().map(gelu).collect()),
        ];
        for (activation, image) in images {
            layer.data_mut().copy_from_slice(start.data());
            activation.apply::<f64>(level, layer.data_mut());
            for (y, expected) in matrices::rows(&layer).concat().into_iter().zip(image) {
                // Two ulp are ours, the rest is the library's.
                assert!((y - expected).abs() <= 4.0 * f64::EPSILON * y.abs(), "{activation}, {level}: {y}");
            }
            // Fresh values every time: those of its own result would drift.
            group.bench_function(format!("{activation} {level}"), |b| {
                b.iter(|| {
                    layer.data_mut().copy_from_slice(start.data());
                    activation.apply::<f64>(level, black_box(layer.data_mut()));
                });
            });
        }
        let moments = f64::moments(level, start.data(), 100);
        let (mean, variance, _) = reference::moments(&x.concat());
        assert!((moments.mean - mean).abs() < 1e-15 && (moments.central[0] / 1e4 - variance).abs() < 1e-13);
        group.bench_function(format!("moments {level}"), |b| {
            b.iter(|| f64::moments(level, black_box(start.data()), 100));
        });
    }
    group.finish();
}

/// Activations by formula beside the built-in ones that they are, on 10^4 numbers.
fn formulas(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("formulas");
    group.throughput(Throughput::Elements(10_000));
    let twins = [
        (Activation::Silu, "x * sigmoid(x)"),
        (Activation::GeluTanh, "0.5 * x * (1 + tanh(sqrt(2/pi) * (x + 0.044715 * x^3)))"),
        (Activation::Mish, "x * tanh(softplus(x))"),
    ];
    let level = SimdLevel::detect();
    for (built_in, text) in twins {
        let formula = config::formula(text).unwrap_or_else(|error| panic!("{error}"));
        timed::<f64>(&mut group, level, built_in, formula);
        timed::<f32>(&mut group, level, built_in, formula);
    }
    group.finish();
}

fn timed<T: Arithmetic>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    level: SimdLevel,
    built_in: Activation,
    formula: Activation,
) {
    let x: Vec<Vec<T>> = whole_entries(100, 100);
    let start = matrices::matrix(&x, T::from_f64(0.0));
    let image = |activation: Activation| {
        let mut layer = Matrix::<T>::new(100, 100);
        layer.data_mut().copy_from_slice(start.data());
        activation.apply::<T>(level, layer.data_mut());
        matrices::rows(&layer).concat()
    };
    let epsilon = if T::LANES == 8 { f64::EPSILON } else { f64::from(f32::EPSILON) };
    for (y, z) in image(built_in).into_iter().zip(image(formula)) {
        // Some steps of 2 ulp each of numbers up to 2.
        assert!((y.to_f64() - z.to_f64()).abs() <= 32.0 * epsilon, "{formula}: {y:?}, not {z:?}");
    }
    let mut layer = Matrix::<T>::new(100, 100);
    for (what, activation) in [("built in", built_in), ("by formula", formula)] {
        group.bench_function(format!("{built_in} {} bit {what}", 512 / T::LANES), |b| {
            b.iter(|| {
                layer.data_mut().copy_from_slice(start.data());
                activation.apply::<T>(level, black_box(layer.data_mut()));
            });
        });
    }
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
        precision,
        ..Network::default()
    }
}

fn trial<T: Arithmetic>(
    group: &mut criterion::BenchmarkGroup<'_, criterion::measurement::WallTime>,
    level: SimdLevel,
    network: &Network,
) {
    let observables = Observables::new([6], &[Site::Post], &[Metric::Mean, Metric::Std]);
    let runner = Runner { network, observables: &observables, key: Key::root(1, "bench"), level };
    let (mut workspace, mut executor) = (Workspace::<T>::new(network, &observables), Sequential::default());
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

/// What gradients cost: the same trial forwards alone, with those of the layers, and with those of the weights. All layers are
/// measured, by their moments.
fn gradients(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("backwards through six 100x100 layers, batch 100");
    let forward = [Site::Pre, Site::Post];
    let wanted: [(&str, &[Site]); 3] = [
        ("forwards", &forward),
        ("and back", &[Site::Pre, Site::Post, Site::GradPre, Site::GradPost]),
        ("with weights", &[Site::Pre, Site::Post, Site::GradPre, Site::GradPost, Site::GradWeight]),
    ];
    let level = SimdLevel::detect();
    for activation in [Activation::Relu, Activation::Tanh] {
        let network = network(activation, Precision::F64);
        for (name, sites) in wanted {
            let observables = Observables::new(1..=6, sites, &[Metric::Rms]);
            let runner =
                Runner { network: &network, observables: &observables, key: Key::root(1, "bench"), level };
            let (mut workspace, mut executor) =
                (Workspace::<f64>::new(&network, &observables), Sequential::default());
            let mut out = vec![0.0; observables.len()];
            runner.run(0, &mut workspace, &mut executor, &mut out);
            if let Some(top) = observables.index(6, Site::GradPost, Metric::Rms) {
                // 10,000 entries of variance 1/100: the sd of their rms is 0.0007.
                assert!((out[top] - 0.1).abs() < 5.0 * 0.0007, "rms {}", out[top]);
            }
            let mut index = 0;
            group.bench_function(format!("{activation} {name}"), |b| {
                b.iter(|| {
                    index += 1;
                    runner.run(index, &mut workspace, &mut executor, black_box(&mut out));
                });
            });
        }
    }
    group.finish();
}

/// What a norm and a residual branch add to layers that are a product alone, the cheapest there are.
fn branches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("norms and branches, six 100x100 layers, batch 100");
    let plain = network(Activation::Linear, Precision::F64);
    let mut kinds = vec![("plain", plain.clone(), 1.0)];
    for norm in [Norm::Layer, Norm::Rms, Norm::Batch] {
        kinds.push((norm.name(), Network { norm, ..plain.clone() }, 1.0));
    }
    for residual in [Residual::Outside, Residual::Inside] {
        // Every layer doubles the second moment.
        kinds.push((residual.name(), Network { residual, ..plain.clone() }, 64.0));
    }
    for (name, double, second_moment) in kinds {
        branch::<f64>(&mut group, name, &double, second_moment);
        branch::<f32>(&mut group, name, &Network { precision: Precision::F32, ..double }, second_moment);
    }
    group.finish();
}

fn branch<T: Arithmetic>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    network: &Network,
    second_moment: f64,
) {
    let observables = Observables::new([6], &[Site::Stream], &[Metric::SecondMoment]);
    let level = SimdLevel::detect();
    let runner = Runner { network, observables: &observables, key: Key::root(1, "bench"), level };
    let (mut workspace, mut executor) = (Workspace::<T>::new(network, &observables), Sequential::default());
    let mut out = [0.0];
    runner.run(0, &mut workspace, &mut executor, &mut out);
    // What batch norm and layer norm leave is 1 to rounding and eps; the log of a chain of six has the variance 12/100.
    let bound = if network.norm == Norm::None { 5.0 * f64::sqrt(0.12) } else { 1e-4 };
    let log = libm::log(out[0] / second_moment);
    assert!(log.abs() < bound, "{name}: second moment {}", out[0]);
    let mut index = 0;
    group.bench_function(format!("{name} {} bit", 512 / T::LANES), |b| {
        b.iter(|| {
            index += 1;
            runner.run(index, &mut workspace, &mut executor, black_box(&mut out));
        });
    });
}

criterion_group!(benches, normals, products, layers, formulas, networks, branches, gradients);
criterion_main!(benches);
