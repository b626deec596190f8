//! Calibration: the speed of this core in a tenth of a second, and that of some trials in as much again.

use std::time::{Duration, Instant};

use super::client::Options;
use crate::kernels::{Activation, Matrix, Scratch};
use crate::network::weights::{DrawnWeights, LayerAddress, Sampler, Streams, Weights};
use crate::network::{
    Arithmetic, Metric, Network, Observables, Operation, Precision, Runner, Sequential, Site, Workspace,
    with_element,
};
use crate::random::{Affine, Key, Law, Role};
use crate::simd::SimdLevel;
use crate::sweep::{Group, Rates, as_f64};

/// Groups of which trials are run, at most.
const SAMPLES: usize = 16;
/// Seconds that trials of one of them are run for.
const PATIENCE: f64 = 0.008;
/// Rows and columns of the trial matrices: large enough to fill every loop, small enough for a level-2 cache.
const SIZE: usize = 128;

/// Measures seconds per multiply-add, per normal and per measured and activated entry, in both precisions, on all
/// threads at the same time: threads that share a core are slower together.
#[must_use]
pub fn calibrate(options: Options) -> Rates {
    let measured = together(options.threads, || rates(options.level));
    let mean = |get: &dyn Fn(&Rates) -> f64| measured.iter().map(get).sum::<f64>() / as_f64(measured.len());
    let both = |get: fn(&Rates) -> [f64; 2]| [0, 1].map(|i| mean(&|rates| get(rates)[i]));
    Rates {
        multiply_add: both(|rates| rates.multiply_add),
        draw: both(|rates| rates.draw),
        entry: both(|rates| rates.entry),
        step: mean(&|rates| rates.step),
    }
}

/// How many times as long as their cost says the trials of these groups take: some groups, spread evenly, are run for
/// a moment on all threads at the same time. It holds what a cost cannot know, such as how a small network fills vectors.
///
/// Groups of long trials are left to their cost; it is 1 if there are no others.
#[must_use]
pub fn pace(groups: &[Group], options: Options, rates: &Rates) -> f64 {
    let samples = SAMPLES.min(groups.len());
    let cost = |group: &&Group| group.trial_cost().seconds(rates);
    let chosen: Vec<&Group> = (0..samples)
        .map(|sample| &groups[(2 * sample + 1) * groups.len() / (2 * samples)])
        .filter(|group| !group.observables.is_empty() && cost(group) < PATIENCE)
        .collect();
    if chosen.is_empty() {
        return 1.0;
    }
    let taken = together(options.threads, || {
        let of_group = |&group: &&Group| with_element!(group.network.precision, T => trial_seconds::<T>(group, options.level));
        chosen.iter().map(of_group).sum::<f64>()
    });
    let counted: f64 = chosen.iter().map(cost).sum();
    taken.iter().sum::<f64>() / as_f64(taken.len()) / counted
}

/// Seconds of one trial of a group, on average over as many as [`PATIENCE`] allows; the first one fills the caches and does not count.
fn trial_seconds<T: Arithmetic>(group: &Group, level: SimdLevel) -> f64 {
    let Group { network, observables, key, .. } = group;
    let runner = Runner { network, observables, key: *key, level };
    let (mut workspace, mut executor) = (Workspace::<T>::new(network, observables), Sequential::default());
    let mut values = vec![0.0; observables.len()];
    let mut run = |trial| runner.run(trial, &mut workspace, &mut executor, &mut values);
    run(0);
    let start = Instant::now();
    let mut runs = 0_u64;
    while runs == 0 || start.elapsed().as_secs_f64() < PATIENCE {
        runs += 1;
        run(runs);
    }
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let runs = runs as f64;
    start.elapsed().as_secs_f64() / runs
}

/// Does the same work on so many threads at the same time, but no more than there are cores.
///
/// # Panics
///
/// If the work does.
pub fn together<R: Send>(threads: usize, work: impl Fn() -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.min(cores)).map(|_| scope.spawn(&work)).collect();
        workers.into_iter().map(|worker| worker.join().expect("the measured work does not panic")).collect()
    })
}

fn rates(level: SimdLevel) -> Rates {
    let [double, single] = [rates_of::<f64>(level), rates_of::<f32>(level)];
    Rates {
        multiply_add: [double.0, single.0],
        draw: [double.1, single.1],
        entry: [double.2, single.2],
        step: step(level),
    }
}

/// Seconds of one layer of a network so small that its arithmetic hardly counts.
fn step(level: SimdLevel) -> f64 {
    const DEPTH: usize = 64;
    let zeros = || [0.0; DEPTH].as_slice().into();
    let network = Network {
        operation: Operation::Matmul,
        width: 4,
        depth: DEPTH,
        batch: 4,
        weight_std: [0.5; DEPTH].as_slice().into(),
        weight_mean: zeros(),
        bias_std: zeros(),
        law: Law::Normal,
        activation: Activation::Linear,
        input_mean: 0.0,
        input_std: 1.0,
        precision: Precision::F64,
        ..Network::default()
    };
    let observables = Observables::new(0..=DEPTH, &Site::PLAIN, &Metric::DEFAULTS);
    let runner =
        Runner { network: &network, observables: &observables, key: Key::root(0, "calibration"), level };
    let (mut workspace, mut executor) =
        (Workspace::<f64>::new(&network, &observables), Sequential::default());
    let mut values = vec![0.0; observables.len()];
    fastest(|| runner.run(0, &mut workspace, &mut executor, &mut values))
        / as_f64(DEPTH + observables.walks(DEPTH))
}

fn rates_of<T: Arithmetic>(level: SimdLevel) -> (f64, f64, f64) {
    let entries = as_f64(SIZE * SIZE);
    let affine = Affine { shift: 0.0, scale: 1.0 / libm::sqrt(as_f64(SIZE)) };
    let key = Key::root(0, "calibration").trial(0);
    let mut lanes = key.panel(Role::Weight, 1, 0);
    let (mut x, mut h) = (Matrix::<T>::new(SIZE, SIZE), Matrix::<T>::new(SIZE, SIZE));
    let draw = fastest(|| T::fill(level, Law::Normal, affine, &mut lanes, x.data_mut())) / entries;
    let mut streams = Streams::default();
    let sampler = Sampler { level, law: Law::Normal, affine };
    let address = LayerAddress { key, layer: 1 };
    let mut weights = Weights::Drawn(DrawnWeights::new(sampler, address, &mut streams));
    let mut scratch = Scratch::default();
    let tiles = x.tiles();
    let both = fastest(|| {
        T::multiply(level, &mut weights, &mut scratch, x.data(), tiles, 0, h.data_mut());
    });
    let multiply_add = ((both - draw * entries) / (entries * as_f64(SIZE))).max(0.0);
    let measured = fastest(|| {
        std::hint::black_box(T::moments(level, h.data(), SIZE));
        Activation::Tanh.apply::<T>(level, h.data_mut());
    });
    (multiply_add, draw, measured / entries / 2.0)
}

/// The shortest of the runs that fit into 15 ms (at least three): the others were disturbed.
fn fastest(mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut best = Duration::MAX;
    let mut runs = 0;
    while runs < 3 || start.elapsed() < Duration::from_millis(15) {
        let begin = Instant::now();
        work();
        best = best.min(begin.elapsed());
        runs += 1;
    }
    best.as_secs_f64()
}
