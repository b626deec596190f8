//! Networks that share their draws against each of them alone.

use initsweep::kernels::Activation;
use initsweep::network::{
    Arithmetic, Metric, Network, Norm, NormAt, Observables, Operation, Precision, Residual, Runner,
    Sequential, SharedDraws, Site, Workspace, run_family,
};
use initsweep::random::{Key, Law};
use initsweep::simd::SimdLevel;

/// Ragged blocks, tiles and panels; members differ in everything that may differ.
fn members(operation: Operation, law: Law) -> Vec<Network> {
    let network = |depth: usize, std: f64, mean: f64, bias: f64, activation, correlation| Network {
        operation,
        width: 149,
        depth,
        batch: 19,
        weight_std: (0..depth).map(|layer| if layer == 2 { std / 2.0 } else { std }).collect(),
        weight_mean: vec![mean; depth].into(),
        bias_std: vec![bias; depth].into(),
        law,
        activation,
        input_mean: mean,
        input_std: 1.0 + std,
        input_correlation: correlation,
        ..Network::default()
    };
    vec![
        network(3, 0.1, 0.0, 0.0, Activation::Linear, 0.0),
        network(1, 0.2, 0.3, 0.5, Activation::Tanh, 0.0),
        network(5, 0.0, -0.1, 0.0, Activation::Relu, 0.4),
        network(4, 0.1, 0.0, 0.0, Activation::Gelu, 0.0),
    ]
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn assert_same_bits<T: Arithmetic>(networks: &[Network], level: SimdLevel) {
    let panels: Vec<_> =
        networks.iter().map(|n| Observables::new(0..=n.depth, &Site::FORWARD, &Metric::ALL)).collect();
    let runner = |(network, observables)| Runner { network, observables, key: Key::root(5, "family"), level };
    let runners: Vec<_> = networks.iter().zip(&panels).map(runner).collect();
    let mut together: Vec<_> = panels.iter().map(|observables| vec![0.0; observables.len()]).collect();
    let mut workspaces: Vec<_> =
        networks.iter().zip(&panels).map(|(n, o)| Workspace::<T>::new(n, o)).collect();
    let mut shared = SharedDraws::new(&networks[0]);
    for trial in [7, 2] {
        let mut outs: Vec<_> = together.iter_mut().map(Vec::as_mut_slice).collect();
        let executor = &mut Sequential::default();
        run_family(&runners, trial, &mut shared, &mut workspaces, executor, &mut outs);
        for (index, (runner, together)) in runners.iter().zip(&together).enumerate() {
            let mut alone = vec![0.0; together.len()];
            runner.run(
                trial,
                &mut Workspace::<T>::new(runner.network, runner.observables),
                &mut Sequential::default(),
                &mut alone,
            );
            assert_eq!(bits(together), bits(&alone), "member {index}, trial {trial}, {level}");
        }
    }
}

#[test]
fn members_with_residuals_and_norms_have_the_bits_they_have_alone() {
    let forms = [
        (Residual::Between, Norm::Layer, NormAt::Input),
        (Residual::None, Norm::Batch, NormAt::PreActivation),
        (Residual::Inside, Norm::Rms, NormAt::PostActivation),
        (Residual::Outside, Norm::None, NormAt::Output),
    ];
    let different = |(network, (residual, norm, norm_at)): (Network, _)| Network {
        residual,
        norm,
        norm_at,
        depth: 4,
        weight_std: [0.1; 4].into(),
        weight_mean: [0.0; 4].into(),
        bias_std: [0.2; 4].into(),
        ..network
    };
    let networks: Vec<_> =
        members(Operation::Matmul, Law::Normal).into_iter().zip(forms).map(different).collect();
    assert_same_bits::<f64>(&networks, SimdLevel::detect());
    assert_same_bits::<f32>(&networks, SimdLevel::detect());
}

#[test]
fn tied_members_have_the_bits_they_have_alone() {
    for operation in Operation::ALL {
        let tied = |network: Network| Network {
            tied: true,
            input_law: Law::Laplace,
            input_correlation: 0.0,
            ..network
        };
        let networks: Vec<_> = members(operation, Law::Normal).into_iter().map(tied).collect();
        assert_same_bits::<f64>(&networks, SimdLevel::detect());
        assert_same_bits::<f32>(&networks, SimdLevel::detect());
    }
}

#[test]
fn members_of_unequal_widths_have_the_bits_they_have_alone() {
    for widths in [&[300, 149, 5, 131, 7, 1][..], &[20]] {
        let ragged = |network: Network| Network { widths: widths.into(), ..network };
        let networks: Vec<_> = members(Operation::Matmul, Law::Normal).into_iter().map(ragged).collect();
        assert_same_bits::<f64>(&networks, SimdLevel::detect());
        assert_same_bits::<f32>(&networks, SimdLevel::detect());
    }
}

#[test]
fn a_family_gives_every_member_the_bits_it_has_alone() {
    for level in SimdLevel::available() {
        for operation in [Operation::Matmul, Operation::Product, Operation::Sum] {
            for law in [Law::Normal, Law::Rademacher, Law::StudentT { nu: 5.0 }] {
                let networks = members(operation, law);
                assert_same_bits::<f64>(&networks, level);
                let single = |network: &Network| Network { precision: Precision::F32, ..network.clone() };
                assert_same_bits::<f32>(&networks.iter().map(single).collect::<Vec<_>>(), level);
            }
        }
    }
}
