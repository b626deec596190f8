use super::pass::{Pass, observables};
use super::*;
use crate::kernels::Activation;
use crate::network::cotangent::{Cotangent, CotangentAt};
use crate::network::nudge::Place;
use crate::network::shown::Shown;
use crate::network::site::Site;
use crate::network::spec::{Network, Norm, NormAt, Operation, Residual, Storage};
use crate::network::steps::Step;
use crate::network::workspace::{Sequential, Workspace};
use crate::random::Key;
use crate::simd::SimdLevel;

const TRIAL: u64 = 3;

fn small(activation: Activation) -> Network {
    Network {
        width: 13,
        depth: 4,
        batch: 11,
        weight_std: [0.4, 0.35, 0.45, 0.4].into(),
        weight_mean: [0.02, -0.01, 0.03, 0.0].into(),
        bias_std: [0.3, 0.0, 0.2, 0.1].into(),
        activation,
        ..Network::default()
    }
}

/// The networks of every form.
fn forms() -> Vec<Network> {
    let mut all = Vec::new();
    let activations = [
        Activation::Linear,
        Activation::Relu,
        Activation::LeakyRelu { slope: 0.2 },
        Activation::Tanh,
        Activation::Gelu,
        Activation::Hardtanh,
    ];
    for activation in activations {
        all.push(Network { widths: [9, 13, 5, 21, 8].into(), ..small(activation) });
        all.push(Network { tied: true, ..small(activation) });
        for operation in [Operation::Product, Operation::Sum] {
            all.push(Network { operation, ..small(activation) });
        }
        for residual in Residual::ALL {
            for norm in Norm::ALL {
                for norm_at in NormAt::ALL {
                    let mut form = Network { residual, norm, norm_at, norm_eps: 0.01, ..small(activation) };
                    form.branch_scale = [0.5, 1.5, 0.7, 1.2].into();
                    form.skip = [0.9, 0.8, 1.1, 0.7].into();
                    form.drop_unused();
                    all.push(form);
                }
            }
        }
    }
    all
}

fn runner<'a>(network: &'a Network, observables: &'a crate::network::Observables) -> Runner<'a> {
    Runner { network, observables, key: Key::root(5, "checked"), level: SimdLevel::detect() }
}

/// What the checks say of a pass that something was done to.
fn checked<T: Arithmetic>(
    network: &Network,
    backward: Backward,
    change: impl FnOnce(&mut Pass),
) -> Vec<Comparison> {
    let observables = observables(network.depth, backward);
    let runner = runner(network, &observables);
    let mut executor = Sequential::<T>::default();
    let mut pass = runner.checked_pass(TRIAL, backward, &mut executor);
    change(&mut pass);
    runner.compare(TRIAL, backward, &pass, &mut executor)
}

fn failed(all: &[Comparison]) -> Vec<&Comparison> {
    all.iter().filter(|one| one.verdict() == Verdict::Fails).collect()
}

/// Bounds are those of a resolved difference: in f64 some 1e-9 where the activation is smooth, and 1e-7 where kinks are passed.
#[test]
fn right_gradients_hold_in_every_form_of_network_and_differences_resolve_them() {
    for network in forms() {
        for at in CotangentAt::ALL {
            let backward = Backward { cotangent: Cotangent::Normal, at };
            let all = checked::<f64>(&network, backward, |_| ());
            assert_eq!(failed(&all), Vec::<&Comparison>::new(), "{network:?}");
            let differences: Vec<_> =
                all.iter().filter(|one| !matches!(one.subject, Subject::Identity(_))).collect();
            assert!(differences.len() >= 6, "{network:?}: {differences:?}");
            // An elementwise operation puts what is behind a dead unit on the kink itself, and no step leaves it.
            let stays_on_kinks = network.operation == Operation::Product
                && matches!(network.activation, Activation::Relu | Activation::LeakyRelu { .. });
            for one in differences {
                assert!(stays_on_kinks || one.bound() < 1e-5, "{one:?} of {network:?}");
            }
        }
    }
}

#[test]
fn right_gradients_hold_in_single_precision_too_with_wider_bounds() {
    for network in forms() {
        let network = Network { precision: crate::network::Precision::F32, ..network };
        let all = checked::<f32>(&network, Backward::default(), |_| ());
        assert_eq!(failed(&all), Vec::<&Comparison>::new(), "{network:?}");
        let resolved = all.iter().filter(|one| one.verdict() == Verdict::Holds).count();
        assert!(2 * resolved > all.len(), "{network:?}: {all:?}");
    }
}

/// The negative control: one entry of one gradient, wrong by a thousandth of itself, is found wherever it is.
#[test]
fn a_gradient_that_is_wrong_by_a_thousandth_is_found_at_every_place_and_by_difference_alone() {
    for activation in [Activation::Tanh, Activation::Relu, Activation::Linear] {
        let network = small(activation);
        for layer in 0..=3 {
            for site in [Site::GradPost, Site::GradPre, Site::GradWeight] {
                let shown = match site {
                    Site::GradWeight => Shown::Behind(Step::Multiply),
                    site => Shown::At(site),
                };
                if layer == 0 && site != Site::GradPost {
                    continue;
                }
                let all = checked::<f64>(&network, Backward::default(), |pass| {
                    let gradient = pass.gradients.iter_mut().find(|(l, s, _)| (*l, *s) == (layer, shown));
                    gradient.unwrap().2.data.iter_mut().for_each(|entry| *entry *= 1.001);
                });
                let found = failed(&all);
                let place =
                    found.iter().any(|one| one.subject == Subject::Difference(site) && one.layer == layer);
                let sum = found.iter().any(|one| one.subject == Subject::Everywhere);
                assert!(place && sum, "{site} of layer {layer}, {activation}: {found:?}");
                let elsewhere = found.iter().filter(|one| {
                    matches!(one.subject, Subject::Difference(other) if other != site || one.layer != layer)
                });
                assert_eq!(elsewhere.count(), 0, "{found:?}");
            }
        }
    }
}

#[test]
fn gradients_of_other_weights_or_of_another_slope_break_identities_and_differences() {
    let network = small(Activation::Relu);
    let observables = observables(network.depth, Backward::default());
    let other = runner(&network, &observables).checked_pass(
        TRIAL + 1,
        Backward::default(),
        &mut Sequential::<f64>::default(),
    );
    let all = checked::<f64>(&network, Backward::default(), |pass| pass.gradients = other.gradients);
    for name in ["product", "degree_one", "weight_square", "weight_sum"] {
        assert!(failed(&all).iter().any(|one| one.subject == Subject::Identity(name)), "{name}: {all:?}");
    }
    // A leaky slope in the place of relu's.
    let leaky = small(Activation::LeakyRelu { slope: 1e-3 });
    let leaky = runner(&leaky, &observables).checked_pass(
        TRIAL,
        Backward::default(),
        &mut Sequential::<f64>::default(),
    );
    let all = checked::<f64>(&network, Backward::default(), |pass| pass.gradients = leaky.gradients);
    assert!(failed(&all).iter().any(|one| one.subject == Subject::Difference(Site::GradPre)), "{all:?}");
}

#[test]
fn a_norm_that_is_taken_for_constant_breaks_its_identities() {
    for norm in [Norm::Batch, Norm::Layer, Norm::Rms] {
        let network = Network { norm, ..small(Activation::Tanh) };
        let all = checked::<f64>(&network, Backward::default(), |pass| {
            let step = Step::Normalise(NormAt::PreActivation);
            let behind = pass.gradient(2, Shown::Behind(step)).unwrap().clone();
            let before = pass.gradients.iter_mut().find(|(l, s, _)| (*l, *s) == (2, Shown::Before(step)));
            before.unwrap().2 = behind;
        });
        let names: Vec<_> = failed(&all).iter().filter(|one| one.layer == 2).map(|one| one.subject).collect();
        assert!(names.contains(&Subject::Identity("norm_cross")), "{norm}: {names:?}");
        assert_eq!(names.contains(&Subject::Identity("norm_mean")), norm != Norm::Rms, "{norm}");
    }
}

/// Gradients pass by the steps of rounding: the forward pass of the differences would not.
#[test]
fn with_a_storage_only_identities_are_checked() {
    let network = Network {
        storage: Storage::Bf16,
        precision: crate::network::Precision::F32,
        ..small(Activation::Tanh)
    };
    let all = checked::<f32>(&network, Backward::default(), |_| ());
    assert!(all.iter().all(|one| matches!(one.subject, Subject::Identity(_))) && failed(&all).is_empty());
    assert!(all.len() >= 12, "{all:?}");
}

/// With a step of 1e-3 some of 49,152 pre-activations pass the kink: the difference is wrong by more than what smooth
/// functions have, and the bound covers that. The check itself takes a step that passes none.
#[test]
fn kinks_that_a_step_passes_are_in_its_bound() {
    let network = Network {
        width: 256,
        depth: 3,
        batch: 64,
        weight_std: [0.088; 3].into(),
        weight_mean: [0.0; 3].into(),
        bias_std: [0.0; 3].into(),
        activation: Activation::Relu,
        ..Network::default()
    };
    let backward = Backward::default();
    let observables = observables(network.depth, backward);
    let runner = runner(&network, &observables);
    let mut executor = Sequential::<f64>::default();
    let pass = runner.checked_pass(TRIAL, backward, &mut executor);
    let direction = runner.direction::<f64>(&pass, 0, Place::Post).unwrap();
    let slope = direction.slope;
    let mut workspace = Workspace::new(&network, &observables);
    workspace.nudges = vec![direction.nudge()];
    let coarse =
        runner.with_step(TRIAL, CotangentAt::Post, (&pass, 1e-3, 0.0), &mut workspace, &mut executor);
    let [error, kinks] = [(coarse.value - slope).abs(), coarse.bounds[2]];
    assert!(error > 1e-6 && error < kinks, "error {error}, bound {kinks}");
    let fine = runner.compare(TRIAL, backward, &pass, &mut executor);
    assert!(fine.iter().all(|one| one.verdict() == Verdict::Holds && one.bound() < 1e-5), "{fine:?}");
}

/// Nothing comes back, and every identity is one of zeros.
#[test]
fn gradients_of_a_dead_network_hold() {
    let network =
        Network { bias_std: [0.0; 4].into(), bias_mean: [-1e3; 4].into(), ..small(Activation::Relu) };
    let all = checked::<f64>(&network, Backward::default(), |_| ());
    assert!(all.iter().all(|one| one.verdict() == Verdict::Holds) && !all.is_empty(), "{all:?}");
}

#[test]
fn what_is_kept_of_a_pass_is_in_the_memory_that_is_asked_for() {
    for network in forms() {
        let backward = Backward::default();
        let observables = observables(network.depth, backward);
        let pass =
            runner(&network, &observables).checked_pass(TRIAL, backward, &mut Sequential::<f64>::default());
        let inputs =
            pass.inputs.iter().flat_map(|inputs| [&inputs.activation, &inputs.normal, &inputs.product]);
        let gradients = pass.gradients.iter().map(|(_, _, gradient)| gradient);
        let products = pass.drawn.iter().flatten().map(|drawn| &drawn.product);
        let kept: usize = pass
            .activations
            .iter()
            .chain(inputs.flatten())
            .chain(gradients)
            .chain(products)
            .map(|dense| 8 * dense.data.len())
            .sum();
        // And three directions of each layer.
        let directions = 3 * 8 * (network.depth + 1) * network.widest() * network.batch;
        assert!((kept + directions) as u128 <= bytes(&network, backward), "{network:?}");
    }
}
