//! Networks by plain loops over the same draws: what the layers of the engine are compared with.

use initsweep::kernels::{Activation, BLOCK_ROWS, PANEL_ROWS, reference};
use initsweep::network::{Arithmetic, Network, Norm, NormAt, Operation, Residual, Site};
use initsweep::random::{Affine, Key, Law, Role};
use initsweep::simd::SimdLevel;

pub type Rows<T> = Vec<Vec<T>>;

pub const TRIAL: u64 = 3;

pub fn key() -> Key {
    Key::root(11, "test")
}

/// `count` draws of one stream, in order.
pub fn draws<T: Arithmetic>(law: Law, affine: Affine, address: (Role, usize, usize), count: usize) -> Vec<T> {
    let (role, layer, panel) = address;
    let mut memory = vec![bytemuck::Zeroable::zeroed(); count.div_ceil(T::LANES)];
    let mut lanes = key().trial(TRIAL).panel(role, layer, panel);
    T::fill(SimdLevel::detect(), law, affine, &mut lanes, &mut memory);
    memory.iter().flat_map(AsRef::as_ref).copied().take(count).collect()
}

/// A matrix of the shape of activations: a stream per block and tile, position = row, lane = column.
fn drawn<T: Arithmetic>(network: &Network, law: Law, affine: Affine, role: Role, layer: usize) -> Rows<T> {
    let tiles = network.batch.div_ceil(T::LANES);
    let mut x = vec![Vec::new(); network.units(layer)];
    for (block, rows) in x.chunks_mut(BLOCK_ROWS).enumerate() {
        for tile in 0..tiles {
            let flat: Vec<T> = draws(law, affine, (role, layer, block * tiles + tile), rows.len() * T::LANES);
            for (row, lanes) in rows.iter_mut().zip(flat.chunks(T::LANES)) {
                row.extend(&lanes[..(network.batch - tile * T::LANES).min(T::LANES)]);
            }
        }
    }
    x
}

/// What a network stores of x.
fn stored<T: Arithmetic>(network: &Network, x: Rows<T>) -> Rows<T> {
    let Some(format) = network.format() else { return x };
    let one = |x: T| {
        let mut row: T::Row = bytemuck::Zeroable::zeroed();
        row.as_mut()[0] = x;
        T::round(SimdLevel::detect(), format, std::slice::from_mut(&mut row));
        row.as_ref()[0]
    };
    x.into_iter().map(|row| row.into_iter().map(one).collect()).collect()
}

/// The layer whose draws a layer has: the first one if all have the same, said here once more.
fn drawn_at(network: &Network, layer: usize) -> usize {
    if network.tied { 1 } else { layer }
}

/// A matrix of weights: a stream per panel of eight rows, column after column.
pub fn weights<T: Arithmetic>(network: &Network, affine: Affine, layer: usize) -> Rows<T> {
    let [k, n] = [layer - 1, layer].map(|layer| network.units(layer));
    let panels = n.div_ceil(PANEL_ROWS);
    let flat: Vec<Vec<T>> = (0..panels)
        .map(|p| draws(network.law, affine, (Role::Weight, drawn_at(network, layer), p), k * PANEL_ROWS))
        .collect();
    let entry = |row: usize, column: usize| flat[row / PANEL_ROWS][column * PANEL_ROWS + row % PANEL_ROWS];
    (0..n).map(|row| (0..k).map(|column| entry(row, column)).collect()).collect()
}

/// The scalar operations of an element type.
pub struct Scalar<T> {
    fma: fn(T, T, T) -> T,
    add: fn(T, T) -> T,
    multiply: fn(T, T) -> T,
}

impl<T> Scalar<T> {
    /// `a b + c`, rounded once.
    pub fn fma(&self) -> fn(T, T, T) -> T {
        self.fma
    }
}

pub const WIDE: Scalar<f64> = Scalar { fma: f64::mul_add, add: |a, b| a + b, multiply: |a, b| a * b };
pub const NARROW: Scalar<f32> = Scalar { fma: f32::mul_add, add: |a, b| a + b, multiply: |a, b| a * b };

fn zip<T: Copy>(a: &[Vec<T>], b: &[Vec<T>], f: impl Fn(T, T) -> T) -> Rows<T> {
    a.iter().zip(b).map(|(a, b)| a.iter().zip(b).map(|(&a, &b)| f(a, b)).collect()).collect()
}

/// `W x + b`, or what another operation makes of x.
fn product<T: Arithmetic>(network: &Network, layer: usize, x: &Rows<T>, scalar: &Scalar<T>) -> Rows<T> {
    let affine = Affine { shift: network.weight_mean[layer - 1], scale: network.weight_std[layer - 1] };
    let noise =
        || stored(network, drawn(network, network.law, affine, Role::Weight, drawn_at(network, layer)));
    let mut h = match network.operation {
        Operation::Matmul => {
            reference::multiply(&stored(network, weights(network, affine, layer)), x, scalar.fma)
        }
        Operation::Product => zip(x, &noise(), scalar.multiply),
        Operation::Sum => zip(x, &noise(), scalar.add),
    };
    let scale = network.bias_std[layer - 1];
    if scale > 0.0 {
        let affine = Affine { shift: 0.0, scale };
        let bias: Vec<T> =
            draws(network.bias_law, affine, (Role::Bias, drawn_at(network, layer), 0), network.units(layer));
        let bias = stored(network, vec![bias]).remove(0);
        for (row, &bias) in h.iter_mut().zip(&bias) {
            for x in row {
                *x = (scalar.add)(*x, bias);
            }
        }
    }
    stored(network, h)
}

pub fn transposed<T: Copy>(x: &Rows<T>) -> Rows<T> {
    (0..x[0].len()).map(|column| x.iter().map(|row| row[column]).collect()).collect()
}

/// Each row of x to mean 0 (if `is_centred`) and second moment 1, in f64.
fn unit_rows<T: Arithmetic>(x: &Rows<T>, is_centred: bool, eps: f64) -> Rows<T> {
    let unit = |row: &Vec<T>| {
        let n = row.len() as f64;
        let mean = if is_centred { row.iter().map(|x| x.to_f64()).sum::<f64>() / n } else { 0.0 };
        let variance = row.iter().map(|x| (x.to_f64() - mean) * (x.to_f64() - mean)).sum::<f64>() / n;
        row.iter().map(|x| T::from_f64((x.to_f64() - mean) / (variance + eps).sqrt())).collect()
    };
    x.iter().map(unit).collect()
}

/// The norm of a network, if it stands here.
fn norm<T: Arithmetic>(network: &Network, at: NormAt, x: Rows<T>) -> Rows<T> {
    let eps = network.norm_eps;
    match network.norm {
        Norm::None => x,
        _ if network.norm_at != at => x,
        Norm::Batch => stored(network, unit_rows(&x, true, eps)),
        Norm::Layer => stored(network, transposed(&unit_rows(&transposed(&x), true, eps))),
        Norm::Rms => stored(network, transposed(&unit_rows(&transposed(&x), false, eps))),
    }
}

/// What there is at every site of every layer, the input first, by plain loops over drawn weights.
pub fn plain<T: Arithmetic + Default>(network: &Network, scalar: &Scalar<T>) -> Vec<BySiteOf<T>> {
    nudged(network, scalar, &|_, _, x| x)
}

/// Changes what there is somewhere on the way: at the sites `input` and `pre`, and, as `grad_weight`, what a layer gets and
/// what its product makes of it.
pub type Nudge<'a, T> = &'a dyn Fn(usize, Nudged<'_, T>, Rows<T>) -> Rows<T>;

/// Where something is changed.
pub enum Nudged<'a, T> {
    /// The input.
    Input,
    /// What an activation gets.
    Pre,
    /// What the weights make of this.
    Product(&'a Rows<T>),
}

/// The same with changes on the way.
pub fn nudged<T: Arithmetic + Default>(
    network: &Network,
    scalar: &Scalar<T>,
    nudge: Nudge<'_, T>,
) -> Vec<BySiteOf<T>> {
    let input = Affine { shift: network.input_mean, scale: network.input_std };
    let x = stored(network, drawn(network, network.input_law, input, Role::Input, 0));
    let x: Rows<T> = nudge(0, Nudged::Input, x);
    let mut layers = vec![BySiteOf([x.clone(), x.clone(), x.clone(), x.clone(), x])];
    let mut kept: Rows<T> = Vec::new();
    let phi = |x: Rows<T>| -> Rows<T> {
        let phi = |x: T| match network.activation {
            Activation::Linear => x,
            Activation::Relu => {
                if x < T::default() {
                    T::default()
                } else {
                    x
                }
            }
            other => {
                let mut row = [<T::Row as bytemuck::Zeroable>::zeroed()];
                row[0].as_mut().fill(x);
                other.apply::<T>(SimdLevel::detect(), &mut row);
                row[0].as_ref()[0]
            }
        };
        x.into_iter().map(|row| row.into_iter().map(phi).collect()).collect()
    };
    for layer in 1..=network.depth {
        let x = layers[layer - 1][Site::Stream].clone();
        let times = |x: &Rows<T>| nudge(layer, Nudged::Product(x), product(network, layer, x, scalar));
        let before = |x: Rows<T>| nudge(layer, Nudged::Pre, x);
        let at = |place: NormAt, x: Rows<T>| norm(network, place, x);
        let sum = |x: &Rows<T>, branch: &Rows<T>| {
            let [skip, scale] = network.sum(layer).map(T::from_f64);
            let sum =
                zip(x, branch, |x, y| (scalar.add)((scalar.multiply)(x, skip), (scalar.multiply)(y, scale)));
            norm(network, NormAt::Output, stored(network, sum))
        };
        let outside = |x: &Rows<T>| {
            let pre = before(at(NormAt::PreActivation, times(&at(NormAt::Input, x.clone()))));
            let post = at(NormAt::PostActivation, phi(pre.clone()));
            (pre, post)
        };
        let is_second = layer % 2 == 0;
        let (pre, post, branch, stream) = match network.residual {
            Residual::Between if is_second => {
                let branch = before(times(&x));
                let stream = sum(&kept, &branch);
                (branch.clone(), branch.clone(), branch, stream)
            }
            Residual::None | Residual::Between => {
                let (pre, post) = outside(&x);
                kept.clone_from(&x);
                (pre, post.clone(), post.clone(), post)
            }
            Residual::Outside => {
                let (pre, post) = outside(&x);
                let stream = sum(&x, &post);
                (pre, post.clone(), post, stream)
            }
            Residual::Inside => {
                let pre = before(at(NormAt::PreActivation, at(NormAt::Input, x.clone())));
                let post = at(NormAt::PostActivation, phi(pre.clone()));
                let branch = times(&post);
                let stream = sum(&x, &branch);
                (pre, post, branch, stream)
            }
        };
        layers.push(BySiteOf([x, pre, post, branch, stream]));
    }
    layers
}

/// Matrices, one for each site.
pub struct BySiteOf<T>([Rows<T>; 5]);

impl<T> std::ops::Index<Site> for BySiteOf<T> {
    type Output = Rows<T>;

    fn index(&self, site: Site) -> &Rows<T> {
        &self.0[site as usize]
    }
}
