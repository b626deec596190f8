//! A backward pass whose record is kept in parts has the bits of one whose record is whole.

use crate::gradients::forms;
use crate::layers::network;
use crate::matrices::rows;
use crate::plain::{TRIAL, key};
use initsweep::kernels::Activation;
use initsweep::network::{
    Arithmetic, Backward, CotangentAt, Metric, Network, Observables, Operation, Precision, Residual, Runner,
    Sequential, Site, Storage, Workspace,
};
use initsweep::random::Law;
use initsweep::simd::SimdLevel;

#[test]
fn a_record_in_parts_gives_the_bits_of_a_whole_one() {
    // Parts of 4, 4, 4 and 1 layers of 13; of 2, 2 and 1 of 5; branches of two layers are never cut.
    let deep = |network: &Network| Network {
        depth: 13,
        weight_std: [0.3; 13].into(),
        weight_mean: [0.01; 13].into(),
        bias_std: [0.1; 13].into(),
        skip: [0.9; 13].into(),
        branch_scale: [0.7; 13].into(),
        ..network.clone()
    };
    let plain = |network: &Network| Network { weight_mean: [0.0; 5].into(), ..network.clone() };
    let base = network(Operation::Matmul, Activation::Tanh, Law::Normal, 5);
    let others = [
        Network { law: Law::Orthogonal, ..plain(&base) },
        Network { tied: true, ..base.clone() },
        Network { fitted: true, bias_std: [0.0; 5].into(), ..plain(&base) },
        Network { operation: Operation::Product, ..base.clone() },
        Network { precision: Precision::F32, storage: Storage::F16, gradient_storage: Storage::Bf16, ..base },
    ];
    let even = forms().into_iter().filter(|one| one.residual != Residual::Between).map(|one| deep(&one));
    let blocks = forms().into_iter().filter(|one| one.residual == Residual::Between);
    // The root of 8 is not even, as parts of blocks of two layers have to be.
    let blocks = blocks.flat_map(|one| [8, 12].map(|depth| Network { depth, ..deep(&one) }));
    for network in even.chain(blocks).chain(others) {
        for at in [CotangentAt::Post, CotangentAt::Pre] {
            let backward = Backward { at, ..Backward::default() };
            assert!(
                in_parts(&network, backward, u128::MAX) == in_parts(&network, backward, 0),
                "{network:?}"
            );
        }
    }
}

/// The bits of the values and gradients of a pass whose record has so many bytes at most.
fn in_parts(network: &Network, backward: Backward, most: u128) -> Vec<u64> {
    if network.precision == Precision::F32 {
        return in_parts_as::<f32>(network, backward, most);
    }
    in_parts_as::<f64>(network, backward, most)
}

fn in_parts_as<T: Arithmetic>(network: &Network, backward: Backward, most: u128) -> Vec<u64> {
    let sites: Vec<Site> = Site::ALL.into_iter().filter(|site| *site != Site::Jacobian).collect();
    let observables = Observables::new(0..=network.depth, &sites, &Metric::ALL).with_cotangent(backward);
    let mut workspace = Workspace::<T>::within(network, &observables, most);
    let runner = Runner { network, observables: &observables, key: key(), level: SimdLevel::detect() };
    let (mut values, mut seen) = (vec![0.0; observables.len()], Vec::new());
    // Twice: nothing of the first trial is left in the second.
    for trial in [TRIAL + 1, TRIAL] {
        seen.clear();
        runner.run_seen(trial, &mut workspace, &mut Sequential::default(), &mut values, &mut |_, _, x| {
            seen.extend(rows(x).iter().flatten().map(|entry| entry.to_f64().to_bits()));
        });
    }
    seen.extend(values.iter().map(|value| value.to_bits()));
    seen
}
