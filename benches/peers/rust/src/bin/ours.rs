//! initsweep, as its users get it: `ours LEVEL JOB f64|f32 numbers...`.

use std::hint::black_box;

use fearless_simd::{Level, Simd, f32x16, f64x8, prelude::*};
use initsweep::kernels::{Activation, Matrix, MultiplyStored, Scratch, StoredWeights};
use initsweep::network::{
    Arithmetic, Metric, Network, Operation, Observables, Precision, Runner, Sequential, Site, Workspace,
};
use initsweep::random::{Affine, Key, Law, Role, Sample};
use initsweep::simd::SimdLevel;
use initsweep_peers::{Task, check, input, product, time, weight};

fn main() {
    let name = std::env::args().nth(1).expect("an instruction set");
    let level = if name == "default" { SimdLevel::detect() } else { name.parse().expect("one we have") };
    let task = Task::from_args(1);
    match (task.job.as_str(), task.element.as_str()) {
        ("name", _) => println!("{level}"),
        ("network", "f64") => network::<f64>(&task, level, Precision::F64, Activation::Linear),
        ("network", "f32") => network::<f32>(&task, level, Precision::F32, Activation::Linear),
        ("normals", "f64") => normals::<f64>(level),
        ("normals", "f32") => normals::<f32>(level),
        ("gemm", "f64") => gemm::<f64>(&task, level),
        ("gemm", "f32") => gemm::<f32>(&task, level),
        ("peak", element) => peak(element, level),
        (job, element) if let Some((job, name)) = job.split_once(':') => {
            let phi = name.parse().expect("an activation");
            match (job, element) {
                ("activation", "f64") => activation::<f64>(&task, level, phi),
                ("activation", "f32") => activation::<f32>(&task, level, phi),
                ("network", "f64") => network::<f64>(&task, level, Precision::F64, phi),
                ("network", "f32") => network::<f32>(&task, level, Precision::F32, phi),
                _ => panic!("no {job} in {element}"),
            }
        }
        (job, element) => panic!("no {job} in {element}"),
    }
}

/// Whole trials through the `Runner`, on this thread.
fn network<T: Arithmetic>(task: &Task, level: SimdLevel, precision: Precision, activation: Activation) {
    let (width, depth, batch) = (task.size(0), task.size(1), task.size(2));
    let each = |value: f64| vec![value; depth].as_slice().into();
    let network = Network {
        operation: Operation::Matmul,
        width,
        depth,
        batch,
        weight_std: each(1.0 / (width as f64).sqrt()),
        weight_mean: each(0.0),
        bias_std: each(0.0),
        law: Law::Normal,
        activation,
        input_mean: 0.0,
        input_std: 1.0,
        precision,
        ..Network::default()
    };
    let observables = Observables::new([depth], &[Site::Post], &[Metric::Std]);
    let runner = |level| Runner { network: &network, observables: &observables, key: Key::root(1, "peers"), level };
    let (mut workspace, mut executor) = (Workspace::<T>::new(&network, &observables), Sequential::default());
    let (mut trial, mut out) = (0, [0.0]);
    let mut one = |level: SimdLevel| {
        trial += 1;
        runner(level).run(trial, &mut workspace, &mut executor, &mut out);
        out[0]
    };
    if activation == Activation::Linear {
        task.networks(|| one(level));
    } else {
        // The law of these is not exact: the instruction sets check each other on the same trial.
        let own = one(level);
        let slowest = SimdLevel::available()[0];
        let mut plain = [0.0];
        runner(slowest).run(1, &mut Workspace::<T>::new(&network, &observables), &mut Sequential::default(), &mut plain);
        assert_eq!(own.to_bits(), plain[0].to_bits(), "{level} and {slowest} disagree");
        time(|| {
            black_box(one(level));
        });
    }
}

/// An activation of a layer of standard normals, width x batch.
fn activation<T: Arithmetic>(task: &Task, level: SimdLevel, phi: Activation) {
    let mut lanes = Key::root(1, "peers").trial(0).panel(Role::Weight, 1, 0);
    let mut x = Matrix::<T>::new(task.size(0), task.size(1));
    T::fill(level, Law::Normal, Affine { shift: 0.0, scale: 1.0 }, &mut lanes, x.data_mut());
    let start: Vec<_> = x.data().to_vec();
    let (mut own, mut plain) = (start.clone(), start.clone());
    phi.apply::<T>(level, &mut own);
    phi.apply::<T>(SimdLevel::available()[0], &mut plain);
    let bits = |rows: &[T::Row]| -> Vec<u64> {
        rows.iter().flat_map(|row| row.as_ref().iter().map(|x| x.to_f64().to_bits())).collect()
    };
    assert_eq!(bits(&own), bits(&plain), "the instruction sets disagree");
    // Fresh input every time, copied in: an activation of its own result would drift.
    time(|| {
        own.copy_from_slice(&start);
        phi.apply::<T>(level, black_box(&mut own));
    });
}

/// Ten thousand normals into memory that is read again at once, as in a 100 x 100 layer.
fn normals<T: Sample>(level: SimdLevel) {
    let mut lanes = Key::root(1, "peers").trial(0).panel(Role::Weight, 1, 0);
    let mut rows = vec![Matrix::<T>::new(1, 1).data()[0]; 10_000 / T::LANES];
    let mut draw = |rows: &mut [T::Row]| {
        T::fill(level, Law::Normal, Affine { shift: 0.0, scale: 1.0 }, &mut lanes, rows);
    };
    draw(&mut rows);
    let squares: f64 = rows.iter().flat_map(|row| row.as_ref()).map(|x| x.to_f64() * x.to_f64()).sum();
    check("the second moment", squares / 1e4, 1.0, 2f64.sqrt(), 1e4);
    time(|| draw(black_box(&mut rows)));
}

/// The product with stored weights, `m x k` times `k x batch`.
fn gemm<T: MultiplyStored>(task: &Task, level: SimdLevel) {
    let (m, k, batch) = (task.size(0), task.size(1), task.size(2));
    let weights = StoredWeights::from_fn(m, k, |row, column| T::from_f64(weight(row, column)));
    let (mut x, mut out) = (Matrix::<T>::new(k, batch), Matrix::<T>::new(m, batch));
    let tiles = x.tiles();
    for (block, rows) in x.data_mut().chunks_mut(initsweep::kernels::BLOCK_ROWS * tiles).enumerate() {
        let height = rows.len() / tiles;
        for (index, row) in rows.iter_mut().enumerate() {
            for (lane, entry) in row.as_mut().iter_mut().enumerate() {
                let unit = block * initsweep::kernels::BLOCK_ROWS + index % height;
                *entry = T::from_f64(input(unit, index / height * T::LANES + lane));
            }
        }
    }
    let mut scratch = Scratch::default();
    T::multiply_stored(level, &weights, &mut scratch, &x, &mut out);
    for row in 0..m {
        let column = row * 31 % batch;
        assert_eq!(out.get(row, column).to_f64(), product(row, column, k), "entry ({row}, {column})");
    }
    time(|| T::multiply_stored(level, &weights, &mut scratch, black_box(&x), black_box(&mut out)));
}

/// Vector instructions in one unit of `peak`, on every instruction set.
const INSTRUCTIONS: usize = 240_000;

/// As many fused multiply-adds as the core can do, in chains of which none waits for another: two units with a
/// latency of four cycles need eight. Twice as many and more where there are 32 registers; 12 and the two
/// factors fit 16.
fn peak(element: &str, level: SimdLevel) {
    // A virtual vector of AVX2 is two registers: `$vectors` of them are `$chains` chains.
    macro_rules! chains {
        ($vector:ident, $element:ty, $vectors:literal, $chains:literal, $simd:expr) => {{
            // Factors that the compiler cannot see, near 1, so that nothing overflows or becomes subnormal.
            let (factor, addend): ($element, $element) = black_box((0.999_9, 1e-4));
            let simd = $simd;
            let run = |steps: usize| {
                simd.vectorize(
                    #[inline(always)]
                    || {
                        let (a, b) = ($vector::splat(simd, factor), $vector::splat(simd, addend));
                        // Hidden as well: two registers known to be equal would be computed once.
                        let starts = black_box([[0.5; 64 / size_of::<$element>()]; $vectors]);
                        let mut x = [a; $vectors];
                        for (x, start) in x.iter_mut().zip(starts) {
                            *x = $vector::load_array(simd, start);
                        }
                        for _ in 0..steps {
                            for x in &mut x {
                                *x = x.mul_add_precise(a, b);
                            }
                        }
                        // Every lane: a register that nobody reads would not be computed.
                        x.map(|x| <[$element; 64 / size_of::<$element>()]>::from(x))
                    },
                )
            };
            // The fixed point is 1: so many steps get there, and prove that they were done.
            assert!(
                run(1_000_000).as_flattened().iter().all(|x| (x - 1.0).abs() < 1e-2),
                "the chains did not run"
            );
            time(|| {
                black_box(run(black_box(INSTRUCTIONS / $chains)));
            });
        }};
    }
    let has = Level::new();
    match (level.name(), element) {
        ("avx512", "f64") => chains!(f64x8, f64, 24, 24, has.as_avx512().expect("asked for")),
        ("avx512", "f32") => chains!(f32x16, f32, 24, 24, has.as_avx512().expect("asked for")),
        ("avx2", "f64") => chains!(f64x8, f64, 6, 12, has.as_avx2().expect("asked for")),
        ("avx2", "f32") => chains!(f32x16, f32, 6, 12, has.as_avx2().expect("asked for")),
        (name, _) => panic!("no peak on {name} yet"),
    }
}
