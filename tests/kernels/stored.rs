//! Networks that store what they compute: what rounding does to them, and to their gradients.

#![expect(clippy::float_cmp, reason = "equality to the bit is meant")]

use crate::rounding::{TRIALS, assert_fraction, last, lost, round_all};
use initsweep::kernels::{Activation, FloatFormat};
use initsweep::network::{
    Bins, E4m3Overflow, Metric, Network, Norm, NormAt, Observables, Operation, Precision, Residual, Runner,
    Sequential, Site, Storage, Workspace,
};
use initsweep::simd::SimdLevel;

/// Networks of every kind that has a storage.
fn kinds() -> Vec<Network> {
    let plain = Network {
        width: 40,
        depth: 4,
        batch: 6,
        activation: Activation::Tanh,
        weight_std: [0.25; 4].into(),
        weight_mean: [0.0; 4].into(),
        bias_std: [0.1; 4].into(),
        precision: Precision::F32,
        ..Network::default()
    };
    let residual = |residual| Network { residual, skip: [0.9; 4].into(), ..plain.clone() };
    let norm = |norm, norm_at| Network { norm, norm_at, ..plain.clone() };
    let product = Network { operation: Operation::Product, weight_std: [1.0; 4].into(), ..plain.clone() };
    vec![
        residual(Residual::Outside),
        residual(Residual::Inside),
        residual(Residual::Between),
        norm(Norm::Batch, NormAt::PreActivation),
        norm(Norm::Layer, NormAt::Input),
        norm(Norm::Rms, NormAt::PostActivation),
        Network { tied: true, ..plain.clone() },
        Network { widths: [30, 50, 20, 40].into(), ..plain.clone() },
        product,
        plain,
    ]
}

#[test]
fn rounding_noise_is_the_difference_of_two_passes() {
    for network in kinds() {
        let stored = Network { storage: Storage::Bf16, ..network.clone() };
        let (a, b) = (last(&network, 3), last(&stored, 3));
        let noise: f64 = a.iter().zip(&b).map(|(a, b)| (a - b) * (a - b)).sum();
        let expected = noise / a.iter().map(|a| a * a).sum::<f64>();
        let observables = Observables::new(0..=4, &Site::FORWARD, &[Metric::RoundingNoise]);
        let of = |network: &Network| {
            let runner = Runner {
                network,
                observables: &observables,
                key: crate::plain::key(),
                level: SimdLevel::detect(),
            };
            let mut out = vec![f64::NAN; observables.len()];
            let mut workspace = Workspace::<f32>::new(network, &observables);
            // What one trial leaves behind is not seen by the next one.
            for trial in [7, 3] {
                runner.run(trial, &mut workspace, &mut Sequential::default(), &mut out);
            }
            out
        };
        let found = of(&stored);
        let at = |layer, site| found[observables.index(layer, site, Metric::RoundingNoise).unwrap()];
        // Two sums of some hundred squares in f64.
        assert!((at(4, Site::Stream) / expected - 1.0).abs() < 1e-12, "{network:?}");
        assert!((1e-6..1e-5).contains(&at(0, Site::Input)), "that of bf16 is 2.8e-6 on average");
        assert!(found.iter().all(|noise| *noise > 0.0), "{found:?} {network:?}");
        assert!(of(&network).iter().all(|noise| *noise == 0.0));
    }
}

#[test]
fn what_is_infinite_in_the_storage_alone_is_infinite_noise() {
    let network = Network {
        width: 8,
        input_std: 1e5,
        precision: Precision::F32,
        storage: Storage::F16,
        ..Network::default()
    };
    assert_eq!(lost(&network, Metric::RoundingNoise)[2], f64::INFINITY);
}

/// Is shown the layer, the site and the entries of every gradient of a trial.
type SeeEntries<'a> = &'a mut dyn FnMut(usize, Site, Vec<f32>);

/// What all metrics of a trial with gradients are.
fn gradients(network: &Network, trial: u64, see: SeeEntries<'_>) -> Vec<f64> {
    let observables = Observables::new(0..=network.depth, &Site::GRADIENTS, &Metric::ALL);
    let runner =
        Runner { network, observables: &observables, key: crate::plain::key(), level: SimdLevel::detect() };
    let mut workspace = Workspace::<f32>::new(network, &observables);
    let mut out = vec![0.0; observables.len()];
    runner.run_seen(trial, &mut workspace, &mut Sequential::default(), &mut out, &mut |layer, site, x| {
        if site.is_gradient() {
            see(layer, site, crate::matrices::rows(x).into_iter().flatten().collect());
        }
    });
    out
}

#[test]
fn all_gradients_that_are_stored_are_numbers_of_their_format() {
    for network in kinds() {
        let stored = Network { gradient_storage: Storage::E5m2, loss_scale: 1024.0, ..network.clone() };
        let (mut seen, mut changed) = (0, 0);
        gradients(&stored, 0, &mut |layer, site, entries| {
            let mut rounded = entries.clone();
            rounded.resize(entries.len().next_multiple_of(16), 0.0);
            round_all(FloatFormat::E5M2, &mut rounded);
            assert_eq!(entries, rounded[..entries.len()], "{site} of layer {layer}: {network:?}");
            seen += 1;
        });
        gradients(&network, 0, &mut |_, _, entries| {
            let mut rounded = entries.clone();
            rounded.resize(entries.len().next_multiple_of(16), 0.0);
            round_all(FloatFormat::E5M2, &mut rounded);
            changed += usize::from(entries != rounded[..entries.len()]);
        });
        // Before and behind each of four layers, and the input.
        assert_eq!((seen, changed), (9, 9));
    }
}

#[test]
fn gradients_of_weights_are_stored_too() {
    for network in kinds().into_iter().filter(|network| network.operation == Operation::Matmul) {
        let stored = Network { gradient_storage: Storage::E5m2, ..network.clone() };
        let observables = Observables::new(0..=network.depth, &Site::GRADIENTS, &Metric::ALL);
        // The largest entry of each layer has at most three significant bits, if it is stored.
        let stored_layers = |network: &Network| {
            let values = gradients(network, 0, &mut |_, _, _| ());
            let at = |layer| observables.index(layer, Site::GradWeight, Metric::AbsMax).unwrap();
            let has_three_bits = |layer: &usize| values[at(*layer)].to_bits() << (12 + 2) == 0;
            (1..=4).filter(has_three_bits).count()
        };
        assert_eq!((stored_layers(&stored), stored_layers(&network)), (4, 0));
    }
}

#[test]
fn a_loss_scale_is_taken_out_again_to_the_bit() {
    // A power of two changes no digit, as long as no entry leaves the range: f16 has 2^-14 to 2^16.
    let is_of_memory = |metric: Metric| {
        [Metric::FractionSubnormal, Metric::FractionFlushed, Metric::FlushLayer].contains(&metric)
    };
    for network in kinds() {
        let observables = Observables::new(0..=network.depth, &Site::GRADIENTS, &Metric::ALL);
        let places: Vec<_> =
            observables.places().flat_map(|at| Metric::ALL.map(|metric| (at, metric))).collect();
        for (storage, scales) in
            [(Storage::None, [1.0, 1.0 / 1024.0, 65536.0]), (Storage::Bf16, [1.0, 32.0, 4096.0])]
        {
            let of = |loss_scale: f64| {
                let network = Network { gradient_storage: storage, loss_scale, ..network.clone() };
                gradients(&network, 1, &mut |_, _, _| ())
            };
            let plain = of(scales[0]);
            for scale in &scales[1..] {
                for ((at, (a, b)), metric) in places
                    .iter()
                    .zip(plain.iter().zip(of(*scale)))
                    .map(|(place, pair)| ((place.0, pair), place.1))
                {
                    assert!(
                        is_of_memory(metric) || a.to_bits() == b.to_bits(),
                        "{at:?} {metric}: {a} {b} with {scale}"
                    );
                }
            }
        }
    }
}

#[test]
fn gradients_are_flushed_as_often_as_their_law_says() {
    // Entries of the cotangent are N(0, (S/32)^2): with S = 2^-18 they have std 2^-23, and f16 makes 0 of all up to 2^-25:
    // erf(1 / (4 sqrt 2)). With S = 2^-8 it is erf(2^-12 / sqrt 2), 4 of the 20480.
    for (loss_scale, expected) in [(1.0 / 262_144.0, 0.197_412_651_5), (1.0 / 256.0, 1.947_950e-4)] {
        let network = Network {
            width: 1024,
            batch: 1,
            precision: Precision::F32,
            gradient_storage: Storage::F16,
            loss_scale,
            weight_std: [1.0 / 32.0].into(),
            ..Network::default()
        };
        let observables = Observables::new(0..=1, &Site::GRADIENTS, &Metric::ALL);
        let [mut sum, mut first] = [0.0; 2];
        for trial in 0..TRIALS {
            let values = gradients(&network, trial, &mut |_, _, _| ());
            let at = |metric| values[observables.index(1, Site::GradPost, metric).unwrap()];
            sum += at(Metric::FractionFlushed) / TRIALS as f64;
            first += at(Metric::FlushLayer);
            assert_eq!(at(Metric::FlushLayer) == 1.0, at(Metric::FractionFlushed) > 0.0);
            let ratio = at(Metric::SecondMoment) * 1024.0;
            assert!(loss_scale < 1e-4 || (ratio - 1.0).abs() < 5.0 * (2.0f64 / 1024.0).sqrt(), "{ratio}");
        }
        assert!(first > 0.0);
        assert_fraction(sum, expected, "cotangent");
    }
}

#[test]
fn beyond_its_largest_number_e4m3_is_nan_or_that_number_as_the_network_says() {
    // 576 is beyond 448, and beyond the middle to what would follow. The cotangent is N(0, 2^32 / 40): most of it is beyond, too.
    for overflow in [E4m3Overflow::Nan, E4m3Overflow::Saturate] {
        let is_kept = overflow == E4m3Overflow::Saturate;
        let forward = Network {
            operation: Operation::Product,
            width: 40,
            batch: 3,
            weight_std: [0.0].into(),
            weight_mean: [2.0].into(),
            input_mean: 288.0,
            input_std: 0.0,
            precision: Precision::F32,
            storage: Storage::E4m3,
            e4m3_overflow: overflow,
            ..Network::default()
        };
        assert!(
            last(&forward, 0).iter().all(|x| if is_kept { *x == 448.0 } else { x.is_nan() }),
            "{overflow}"
        );
        let backward = Network {
            storage: Storage::None,
            gradient_storage: Storage::E4m3,
            loss_scale: 65536.0,
            input_mean: 1.0,
            ..forward
        };
        let mut seen = 0;
        gradients(&backward, 0, &mut |layer, site, entries| {
            if (layer, site) == (1, Site::GradPost) {
                seen +=
                    entries.iter().filter(|x| if is_kept { x.abs() == 448.0 } else { x.is_nan() }).count();
            }
        });
        // Of 120 entries 96.5 % are beyond.
        assert!(seen > 90, "{overflow}: {seen}");
    }
}

#[test]
fn what_gradients_alone_are_stored_in_keeps_its_overflow() {
    for (storage, gradient_storage, is_kept) in [
        (Storage::E4m3, Storage::None, true),
        (Storage::None, Storage::E4m3, true),
        (Storage::F16, Storage::E5m2, false),
    ] {
        let mut network = Network {
            storage,
            gradient_storage,
            e4m3_overflow: E4m3Overflow::Saturate,
            ..Network::default()
        };
        network.drop_unused();
        assert_eq!(network.e4m3_overflow == E4m3Overflow::Saturate, is_kept, "{storage} {gradient_storage}");
    }
}

#[test]
fn bins_have_all_entries_of_gradients_and_know_no_loss_scale() {
    for network in kinds() {
        let observables =
            Observables::new(0..=4, &Site::GRADIENTS, &[Metric::Mean]).with_bins(Bins::new(-0.2, 0.2, 8));
        let of = |loss_scale: f64| {
            let network = Network { loss_scale, ..network.clone() };
            let (key, level) = (crate::plain::key(), SimdLevel::detect());
            let runner = Runner { network: &network, observables: &observables, key, level };
            let mut out = vec![0.0; observables.len()];
            let mut workspace = Workspace::<f32>::new(&network, &observables);
            runner.run(1, &mut workspace, &mut Sequential::default(), &mut out);
            out
        };
        let (plain, scaled) = (of(1.0), of(4096.0));
        for (layer, site) in observables.places() {
            if site == Site::GradWeight && network.operation != Operation::Matmul {
                continue;
            }
            let bins = observables.bins_at(layer, site).unwrap();
            let all: f64 = plain[bins.clone()].iter().sum();
            assert!((all - 1.0).abs() < 1e-12, "{site} of layer {layer}: {all}, {network:?}");
            // A power of two changes no digit.
            assert_eq!(plain[bins.clone()], scaled[bins], "{site} of layer {layer}: {network:?}");
        }
    }
}
