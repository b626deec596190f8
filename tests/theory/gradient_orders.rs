//! Squared gradients to first order in 1/n against numbers that were computed elsewhere.

use crate::close::assert_close;
use initsweep::kernels::Activation;
use initsweep::network::{Backward, Cotangent, CotangentAt, Metric, Network, Operation, Site};
use initsweep::theory::{Kind, Predictor};

/// From an input of this mean square, the same in every unit and trial.
fn network(activation: Activation, [w, b]: [f64; 2], (width, depth): (usize, usize), q: f64) -> Network {
    let repeated = |value: f64| vec![value; depth].into();
    Network {
        operation: Operation::Matmul,
        width,
        depth,
        batch: 1,
        weight_std: repeated(w / (width as f64).sqrt()),
        weight_mean: repeated(0.0),
        bias_std: repeated(b),
        activation,
        input_mean: q.sqrt(),
        input_std: 0.0,
        ..Network::default()
    }
}

fn squared(network: &Network, at: CotangentAt, (layer, site): (usize, Site)) -> (f64, f64) {
    let backward = Backward { cotangent: Cotangent::Normal, at };
    let predictor = Predictor::new(network).with_gradients(network, Some(backward));
    let theory = predictor.predict(layer, site, Metric::SecondMoment).expect("a first order");
    assert_eq!(theory.kind, Kind::FirstOrder);
    (theory.value, predictor.predicted(layer, site, Metric::SecondMoment).mean_field.expect("a limit"))
}

/// Squares of gains, biases, depth, `E |D_1|^2` in the limit from `K_1 = 1`, and n times its relative change to first order: by adaptive
/// quadrature between the kinks, in another program.
const FOUND: [(Activation, [f64; 2], usize, f64, f64); 10] = [
    (Activation::Tanh, [6.25, 0.3], 10, 39.163_751_245_67, 2.390_550_192_44),
    (Activation::Tanh, [1.69, 0.3], 10, 0.230_676_792_667_3, 1.556_979_794_356),
    (Activation::Gelu, [2.0, 0.0], 6, 0.174_889_310_897_2, 21.957_411_979_96),
    (Activation::Silu, [2.8, 0.0], 5, 0.479_721_612_507_7, 13.524_877_121_88),
    (Activation::Mish, [2.2, 0.0], 5, 0.588_673_966_594_3, 1.930_519_124_832),
    (Activation::Erf, [1.69, 0.2], 6, 0.811_798_582_689_2, 1.038_035_037_915),
    (Activation::Elu { alpha: 1.0 }, [1.55, 0.0], 6, 0.795_962_165_215_3, -0.472_520_610_378_1),
    (Activation::Selu, [1.0, 0.0], 8, 1.738_523_472_927, 1.213_323_312_994),
    (Activation::Softplus, [1.1, 0.0], 4, 0.009_919_743_178_981, 2.288_669_328_73),
    (Activation::Hardtanh, [1.937_8, 0.0], 6, 2.766_075_629_05, 0.016_320_043_601_09),
];

#[test]
fn the_first_order_of_squared_gradients_is_that_of_a_calculation_elsewhere() {
    for (activation, [square, b], depth, limit, correction) in FOUND {
        let w = square.sqrt();
        // The first order is linear in 1/n: at any width the same number.
        let n = 10_000.0;
        let network = network(activation, [w, b], (10_000, depth), (1.0 - b * b) / square);
        let (value, mean_field) = squared(&network, CotangentAt::Post, (1, Site::GradPre));
        assert_close(mean_field * n / limit, 1.0, 1e-11, "limit");
        // Of value / limit, which is near 1, the last digits are lost.
        assert_close(n * (value / mean_field - 1.0), correction, 1e-9, "first order");
    }
}

#[test]
fn what_a_layer_does_to_a_gradient_is_the_same_wherever_the_cotangent_is() {
    // A cotangent before the activation of a layer is one behind that of a network with a layer more that is linear; all that the
    // upper layer may add is what it has in common with the lower ones, and a linear layer has nothing.
    let whole = network(Activation::Tanh, [1.4, 0.2], (400, 5), 0.5);
    let (pre, limit) = squared(&whole, CotangentAt::Pre, (3, Site::GradPre));
    let cut = network(Activation::Tanh, [1.4, 0.2], (400, 4), 0.5);
    let (post, below) = squared(&cut, CotangentAt::Post, (3, Site::GradPre));
    // One factor of s^2 n more; the gradient that leaves a layer of slopes 1 is isotropic.
    assert_close(limit / below, 1.96, 1e-12, "limit");
    assert_close((pre / limit) / (post / below), 1.0, 1e-12, "first order");
}
