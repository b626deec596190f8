//! The backward pass: against differences of plain networks, against plain loops to the bit, its identities, the same bits
//! in every order of work.

#![expect(clippy::float_cmp, reason = "equality to the bit is meant")]

use crate::layers::{Backwards, bits, network};
use crate::matrices::rows;
use crate::plain::{NARROW, Nudged, Rows, Scalar, TRIAL, WIDE, key, nudged, plain, transposed, weights};
use initsweep::kernels::{Activation, reference};
use initsweep::network::{
    Arithmetic, Backward, BlockScratch, Cotangent, CotangentAt, Executor, Metric, Network, Norm, NormAt,
    Observables, Operation, Residual, Runner, Sequential, Site, Workspace,
};
use initsweep::random::{Affine, Law};
use initsweep::simd::SimdLevel;

/// Gradients by layer and site, activations by layer, values.
struct Pass<T> {
    gradients: Vec<(usize, Site, Rows<T>)>,
    activations: Vec<Rows<T>>,
    values: Vec<f64>,
}

impl<T: Clone> Pass<T> {
    fn at(&self, layer: usize, site: Site) -> &Rows<T> {
        &self.gradients.iter().find(|(l, s, _)| (*l, *s) == (layer, site)).expect("shown").2
    }
}

fn observables(depth: usize, backward: Backward) -> Observables {
    Observables::new(0..=depth, &Site::ALL, &Metric::ALL).with_cotangent(backward)
}

fn pass<T: Arithmetic>(
    network: &Network,
    backward: Backward,
    level: SimdLevel,
    by: &mut impl Executor<T>,
) -> Pass<T> {
    let observables = observables(network.depth, backward);
    let mut pass =
        Pass { gradients: Vec::new(), activations: Vec::new(), values: vec![0.0; observables.len()] };
    let mut workspace = Workspace::new(network, &observables);
    let runner = Runner { network, observables: &observables, key: key(), level };
    let Pass { gradients, activations, values } = &mut pass;
    runner.run_seen(TRIAL, &mut workspace, by, values, &mut |layer, site, x| {
        if site.is_gradient() { gradients.push((layer, site, rows(x))) } else { activations.push(rows(x)) }
    });
    pass
}

fn plainly<T: Arithmetic>(network: &Network, backward: Backward) -> Pass<T> {
    pass(network, backward, SimdLevel::detect(), &mut Sequential::<T>::default())
}

fn dot<A: Arithmetic, B: Arithmetic>(a: &Rows<A>, b: &Rows<B>) -> f64 {
    a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| a.to_f64() * b.to_f64()).sum()
}

fn norm<T: Arithmetic>(a: &Rows<T>) -> f64 {
    dot(a, a).sqrt()
}

/// A direction without structure.
fn direction(rows: usize, columns: usize, seed: u64) -> Rows<f64> {
    let mut random = crate::activation::Random(seed);
    (0..rows).map(|_| (0..columns).map(|_| random.uniform()).collect()).collect()
}

fn added(x: Rows<f64>, by: f64, direction: &Rows<f64>) -> Rows<f64> {
    let row = |(x, d): (Vec<f64>, &Vec<f64>)| x.iter().zip(d).map(|(x, d)| x + by * d).collect();
    x.into_iter().zip(direction).map(row).collect()
}

/// The networks of every form: residuals, norms and their places, unequal widths.
pub fn forms() -> Vec<Network> {
    let small = |activation| Network {
        width: 13,
        batch: 11,
        weight_std: [0.3, 0.25, 0.35, 0.3].into(),
        weight_mean: [0.02, -0.01, 0.03, 0.0].into(),
        ..network(Operation::Matmul, activation, Law::Normal, 4)
    };
    let mut all = Vec::new();
    for activation in [Activation::Tanh, Activation::Gelu, Activation::Softplus, Activation::Linear] {
        all.push(Network { widths: [9, 13, 5, 21, 8].into(), ..small(activation) });
    }
    for residual in Residual::ALL {
        for norm in Norm::ALL {
            for norm_at in NormAt::ALL {
                let skip = if residual == Residual::None { Vec::new() } else { vec![0.9, 0.8, 1.1, 0.7] };
                let scale = if residual == Residual::None { Vec::new() } else { vec![0.5, 1.5, 0.7, 1.2] };
                let (skip, branch_scale) = (skip.into(), scale.into());
                let form = Network {
                    residual,
                    norm,
                    norm_at,
                    norm_eps: 0.01,
                    skip,
                    branch_scale,
                    ..small(Activation::Tanh)
                };
                let is_double = norm == Norm::None && norm_at != NormAt::PreActivation
                    || residual == Residual::None && norm_at == NormAt::Output;
                if !is_double {
                    all.push(form);
                }
            }
        }
    }
    for operation in [Operation::Product, Operation::Sum] {
        all.push(Network { operation, ..small(Activation::Tanh) });
    }
    all
}

/// A change on the way, of size h.
type Along<'a> = dyn Fn(usize, Nudged<'_, f64>, Rows<f64>, f64) -> Rows<f64> + 'a;

/// The step of the differences.
const H: f64 = 1e-5;

/// The difference quotient of the loss along a change.
fn slope(network: &Network, (cotangent, at): (&Rows<f64>, CotangentAt), along: &Along<'_>) -> f64 {
    let end = if at == CotangentAt::Post { Site::Stream } else { Site::Pre };
    let loss = |h: f64| {
        let layers = nudged(network, &WIDE, &|layer, site, x| along(layer, site, x, h));
        dot(cotangent, &layers[network.depth][end])
    };
    (loss(H) - loss(-H)) / (2.0 * H)
}

/// The sum of every column.
fn sums(x: &Rows<f64>) -> Vec<f64> {
    transposed(x).iter().map(|column| column.iter().sum()).collect()
}

/// Central differences of the loss `<G, X_L>`, or `<G, H_L>`, along a direction at the input, at every pre-activation and at
/// the weights of every layer. The step h leaves `h^2` times a third derivative, of the order of 10 for these networks, and
/// `2^-52 / h` of rounding: below 1e-8 of the product of the norms for h = 1e-5.
#[test]
fn gradients_are_differences_of_the_loss_in_every_form_of_network() {
    for network in forms() {
        for at in CotangentAt::ALL {
            let backward = Backward { cotangent: Cotangent::Normal, at };
            let pass = plainly::<f64>(&network, backward);
            let depth = network.depth;
            let top = if at == CotangentAt::Post { Site::GradPost } else { Site::GradPre };
            let cotangent = pass.at(depth, top);
            let slope = |along: &Along<'_>| slope(&network, (cotangent, at), along);
            let check = |what: &str, layer: usize, got: f64, want: f64, size: f64| {
                let Network { residual, norm, norm_at, activation, .. } = &network;
                assert!(
                    (got - want).abs() <= 1e-8 * size,
                    "{what} of layer {layer}, {activation}, {residual}, {norm} at {norm_at}, from {at}: {got} against {want}"
                );
            };
            let u = direction(network.units(0), network.batch, 1);
            let want =
                slope(&|_, site, x, h| if matches!(site, Nudged::Input) { added(x, h, &u) } else { x });
            let gradient = pass.at(0, Site::GradPost);
            check("input", 0, dot(gradient, &u), want, 10.0 * norm(gradient) * norm(&u));
            for layer in 1..=depth {
                let u = direction(network.units(layer), network.batch, 2);
                let want = slope(&|l, site, x, h| {
                    if l == layer && matches!(site, Nudged::Pre) { added(x, h, &u) } else { x }
                });
                let gradient = pass.at(layer, Site::GradPre);
                check("pre", layer, dot(gradient, &u), want, 10.0 * norm(gradient) * norm(&u));
            }
            for layer in (1..=depth).filter(|_| network.operation == Operation::Matmul) {
                // All weights of the layer at once: the sum of their gradients.
                let want = slope(&|l, site, x, h| match site {
                    Nudged::Product(from) if l == layer => {
                        added(x, h, &vec![sums(from); network.units(layer)])
                    }
                    _ => x,
                });
                let of = |metric| {
                    pass.values[observables(depth, backward).index(layer, Site::GradWeight, metric).unwrap()]
                };
                let entries = (network.units(layer) * network.units(layer - 1)) as f64;
                check("weights", layer, of(Metric::Mean) * entries, want, 10.0 * of(Metric::Rms) * entries);
            }
        }
    }
}

/// The gradient of the weights is never in memory: its second moment is that of `D X^T` by plain loops, D from differences
/// tested above, and `<dW, V>` needs D at the product, which without a norm is the gradient before the activation.
#[test]
fn gradients_of_weights_have_the_moments_of_plain_products() {
    for (width, batch) in [(150, 9), (20, 150), (5, 3)] {
        for activation in [Activation::Linear, Activation::Relu, Activation::Gelu] {
            let network = Network { width, batch, ..network(Operation::Matmul, activation, Law::Normal, 3) };
            assert_weights::<f64>(&network, &WIDE, 1e-12);
            assert_weights::<f32>(&network, &NARROW, 1e-5);
        }
    }
}

fn assert_weights<T: Arithmetic + Default>(network: &Network, scalar: &Scalar<T>, tolerance: f64) {
    let pass = plainly::<T>(network, Backward::default());
    let layers = plain(network, scalar);
    for layer in 1..=network.depth {
        let d = pass.at(layer, Site::GradPre);
        let x = &layers[layer - 1][Site::Stream];
        let gradient: Rows<T> = reference::multiply(d, &transposed(x), scalar.fma());
        let value = |metric| {
            let index =
                observables(network.depth, Backward::default()).index(layer, Site::GradWeight, metric);
            pass.values[index.unwrap()]
        };
        let entries: Vec<f64> = gradient.iter().flatten().map(|x| x.to_f64()).collect();
        let count = entries.len() as f64;
        let second = entries.iter().map(|x| x * x).sum::<f64>() / count;
        assert!((value(Metric::SecondMoment) / second - 1.0).abs() < tolerance, "layer {layer}");
        let mean = entries.iter().sum::<f64>() / count;
        assert!((value(Metric::Mean) - mean).abs() < tolerance * second.sqrt());
        // Every entry is the plain one to the bit, so that the ends are.
        assert_eq!(value(Metric::Max), entries.iter().copied().fold(f64::MIN, f64::max));
        assert_eq!(value(Metric::Min), entries.iter().copied().fold(f64::MAX, f64::min));
    }
}

fn assert_products<T: Arithmetic + Default>(network: &Network, scalar: &Scalar<T>) {
    let pass = plainly::<T>(network, Backward::default());
    for layer in 1..=network.depth {
        let affine = Affine { shift: network.weight_mean[layer - 1], scale: network.weight_std[layer - 1] };
        let w = weights::<T>(network, affine, layer);
        let below = reference::multiply(&transposed(&w), pass.at(layer, Site::GradPre), scalar.fma());
        assert!(below == *pass.at(layer - 1, Site::GradPost), "layer {layer}");
    }
}

#[test]
fn the_gradient_below_is_the_plain_product_with_the_transposed_weights_to_the_bit() {
    for widths in [&[149, 149][..], &[40, 300, 5, 129, 1, 128], &[257, 1100], &[1, 9]] {
        let depth = widths.len().max(3) - 1;
        let network = network(Operation::Matmul, Activation::Relu, Law::Uniform, depth);
        let network = Network { width: widths[1], widths: widths.into(), ..network };
        assert_products(&network, &WIDE);
        assert_products(&network, &NARROW);
    }
}

#[test]
fn neither_the_order_of_the_blocks_nor_the_level_changes_a_bit_of_a_gradient() {
    fn assert_same<T: Arithmetic>(network: &Network) {
        let first = plainly::<T>(network, Backward::default());
        let mut backwards = Backwards(BlockScratch::<T>::default());
        for level in SimdLevel::available() {
            for other in [
                pass(network, Backward::default(), level, &mut Sequential::<T>::default()),
                pass(network, Backward::default(), level, &mut backwards),
            ] {
                assert!(other.gradients == first.gradients, "{level}");
                assert_eq!(bits(&other.values), bits(&first.values), "{level}");
            }
        }
    }
    for norm in Norm::ALL {
        let network =
            Network { width: 300, norm, ..network(Operation::Matmul, Activation::Gelu, Law::Normal, 3) };
        assert_same::<f64>(&network);
        assert_same::<f32>(&network);
        let residual = Network { residual: Residual::Outside, ..network };
        assert_same::<f64>(&residual);
    }
}

/// Asking for gradients changes no bit of what is measured on the way.
#[test]
fn forward_values_do_not_know_of_gradients() {
    for network in forms() {
        let pass = plainly::<f64>(&network, Backward::default());
        let both = observables(network.depth, Backward::default());
        let forward = Observables::new(0..=network.depth, &Site::FORWARD, &Metric::ALL);
        let mut values = vec![0.0; forward.len()];
        let runner =
            Runner { network: &network, observables: &forward, key: key(), level: SimdLevel::detect() };
        let mut workspace = Workspace::<f64>::new(&network, &forward);
        runner.run(TRIAL, &mut workspace, &mut Sequential::default(), &mut values);
        for (layer, site) in forward.places() {
            let (own, other) = (forward.at(layer, site).unwrap(), both.at(layer, site).unwrap());
            assert_eq!(bits(&values[own]), bits(&pass.values[other]), "{site} of layer {layer}");
        }
    }
}

/// `<G_0, X_0> = <G_L, X_L>` for activations of degree 1 without biases, and with biases `sum <D_l, b_l>` is missing; to
/// rounding of the sum of absolute values.
#[test]
fn homogeneous_networks_keep_the_product_of_gradient_and_activation() {
    for activation in [Activation::Linear, Activation::Relu, Activation::LeakyRelu { slope: 0.2 }] {
        let network = network(Operation::Matmul, activation, Law::Normal, 6);
        let network = Network { bias_std: [0.0; 6].into(), ..network };
        for cotangent in Cotangent::ALL {
            let pass = plainly::<f64>(&network, Backward { cotangent, at: CotangentAt::Post });
            let sizes: f64 = {
                let (g, x) = (pass.at(6, Site::GradPost), &pass.activations[6]);
                g.iter().flatten().zip(x.iter().flatten()).map(|(g, x)| (g * x).abs()).sum()
            };
            let products: Vec<f64> =
                (0..=6).map(|layer| dot(pass.at(layer, Site::GradPost), &pass.activations[layer])).collect();
            for product in &products {
                assert!((product - products[6]).abs() <= 1e-12 * sizes * 10.0, "{activation}: {products:?}");
            }
        }
    }
}

/// With eps = 0 what a norm gets has gradients orthogonal to what it makes, and, if it centres, to constants. A norm behind the
/// product: then `<dW, W> = 0`, that is `<D, W X> = 0`, over the batch, and its gradient is that of the site `pre` only behind it,
/// so the identity is tested where it can be seen, at the input of the layer above a norm at the output.
#[test]
fn gradients_before_a_norm_are_orthogonal_to_what_it_takes_out() {
    for (norm, tolerance) in [(Norm::Layer, 1e-12), (Norm::Rms, 1e-12)] {
        // X_l is what a norm behind the activation makes; the one before layer 1 acts on the input: X_0 of pre-norm.
        let network = Network {
            norm,
            norm_at: NormAt::Input,
            norm_eps: 0.0,
            width: 30,
            batch: 7,
            ..network(Operation::Matmul, Activation::Tanh, Law::Normal, 3)
        };
        let pass = plainly::<f64>(&network, Backward::default());
        for layer in 0..3 {
            let (g, x) = (transposed(pass.at(layer, Site::GradPost)), transposed(&pass.activations[layer]));
            for (g, x) in g.iter().zip(&x) {
                let size: f64 = g.iter().zip(x).map(|(g, x)| (g * x).abs()).sum();
                let product: f64 = g.iter().zip(x).map(|(g, x)| g * x).sum();
                assert!(product.abs() <= tolerance * size, "{norm}: {product} of {size}");
                let (sum, all) = (g.iter().sum::<f64>(), g.iter().map(|g| g.abs()).sum::<f64>());
                assert_eq!(norm == Norm::Layer, sum.abs() <= tolerance * all, "{norm}: {sum} of {all}");
            }
        }
    }
    let network = Network {
        norm: Norm::Batch,
        norm_at: NormAt::Input,
        norm_eps: 0.0,
        ..network(Operation::Matmul, Activation::Tanh, Law::Normal, 3)
    };
    let pass = plainly::<f64>(&network, Backward::default());
    for layer in 0..3 {
        for row in pass.at(layer, Site::GradPost) {
            let (sum, all) = (row.iter().sum::<f64>(), row.iter().map(|g| g.abs()).sum::<f64>());
            assert!(sum.abs() <= 1e-12 * all, "{sum} of {all}");
        }
    }
}

/// What differs between the kinds: a mean, a spread, and whether columns agree.
#[test]
fn cotangents_are_what_their_names_say() {
    let network = Network { width: 400, ..network(Operation::Matmul, Activation::Linear, Law::Normal, 1) };
    let of = |cotangent| plainly::<f64>(&network, Backward { cotangent, at: CotangentAt::Post });
    let unit = 1.0 / 400.0_f64.sqrt();
    let ones = of(Cotangent::Ones);
    assert!(ones.at(1, Site::GradPost).iter().flatten().all(|&g| g == unit));
    let sign = of(Cotangent::Sign);
    assert!(sign.at(1, Site::GradPost).iter().flatten().all(|&g| g.abs() == unit));
    let shared = of(Cotangent::Shared);
    assert!(shared.at(1, Site::GradPost).iter().all(|row| row.iter().all(|&g| g == row[0])));
    let normal = of(Cotangent::Normal);
    // 400 x 19 squares of variance 2: six standard errors of their mean are 0.1.
    let second = dot(normal.at(1, Site::GradPost), normal.at(1, Site::GradPost)) / 19.0;
    assert!((second - 1.0).abs() < 0.1, "{second}");
    let columns = transposed(normal.at(1, Site::GradPost));
    assert_ne!(columns[0], columns[1]);
}
