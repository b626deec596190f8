//! Differences of the loss along random directions.

use super::comparison::{Comparison, Subject, six_units};
use super::dense::Dense;
use super::pass::{Pass, end};
use super::{kinks, noise};
use crate::kernels::{Activation, BLOCK_ROWS, Matrix};
use crate::network::arithmetic::Arithmetic;
use crate::network::cotangent::{Backward, CotangentAt};
use crate::network::nudge::{Nudge, Place};
use crate::network::shown::Shown;
use crate::network::site::Site;
use crate::network::spec::{Network, Residual};
use crate::network::steps::Step;
use crate::network::trial::Runner;
use crate::network::weights::{LayerAddress, Sampler};
use crate::network::workspace::{Executor, Workspace};
use crate::random::{Affine, Key, Law, Role};

/// Layers that are looked at one by one, at most.
const LAYERS: usize = 8;
/// Steps that are tried.
const TRIES: usize = 5;

/// A direction at a place, and what the gradient says of it.
pub(super) struct Direction<T: Arithmetic> {
    layer: usize,
    place: Place,
    by: Matrix<T>,
    pub slope: f64,
    /// Mean square of the slope over all directions.
    square: f64,
}

/// Differences of the loss with one step.
pub(super) struct Differences {
    pub value: f64,
    pub bounds: [f64; 3],
}

impl Runner<'_> {
    /// Compares the gradients of a pass with differences: place by place in some of the layers, and everywhere at once.
    pub(super) fn differences<T: Arithmetic>(
        &self,
        trial: u64,
        backward: Backward,
        pass: &Pass,
        executor: &mut impl Executor<T>,
    ) -> Vec<Comparison> {
        let depth = self.network.depth;
        let noise: f64 = noise::by_layer(self.network, pass).iter().sum::<f64>().sqrt();
        let mut workspace = Workspace::<T>::within(self.network, self.observables, u128::MAX);
        let mut compare = |directions: Vec<Direction<T>>, subject: Subject, layer: usize| {
            let slope = directions.iter().map(|direction| direction.slope).sum();
            let scale = directions.iter().map(|direction| direction.square).sum::<f64>().sqrt();
            workspace.nudges = directions.into_iter().map(Direction::nudge).collect();
            let mut at =
                |step: f64| self.with_step(trial, backward.at, (pass, step, noise), &mut workspace, executor);
            let (step, Differences { value, bounds }) = best::<T>(&mut at);
            Comparison { subject, layer, values: [slope, value], scale, step, bounds }
        };
        let mut all = Vec::new();
        for layer in some(depth) {
            for place in [Place::Post, Place::Pre, Place::Weight] {
                if let Some(direction) = self.direction(pass, layer, place) {
                    all.push(compare(vec![direction], Subject::Difference(place.site()), layer));
                }
            }
        }
        let places = (0..=depth).flat_map(|layer| {
            [Place::Post, Place::Pre, Place::Weight].map(|place| self.direction(pass, layer, place))
        });
        let everywhere: Vec<_> = places.flatten().collect();
        if !everywhere.is_empty() {
            all.push(compare(everywhere, Subject::Everywhere, depth));
        }
        all
    }

    /// A random direction at a place, of the rms of what is there; of weights it is the product of a column and a row. `None` where
    /// there is no gradient, or nothing but 0. The last layer is what the loss is made of: it needs no difference.
    pub(super) fn direction<T: Arithmetic>(
        &self,
        pass: &Pass,
        layer: usize,
        place: Place,
    ) -> Option<Direction<T>> {
        let shown = match place {
            Place::Post if layer == self.network.depth => return None,
            Place::Post => Shown::At(Site::GradPost),
            Place::Pre if !has_pre(self.network, layer) => return None,
            Place::Pre => Shown::At(Site::GradPre),
            Place::Weight => Shown::Behind(Step::Multiply),
        };
        let gradient = pass.gradient(layer, shown)?;
        let mut by = match place {
            Place::Weight => {
                let x = pass.inputs[layer - 1].product.as_ref()?;
                self.rank_one(layer, gradient.rows, x)
            }
            _ => self.normal(place, layer, gradient.rows, gradient.columns),
        };
        let size = size(pass, layer, place);
        let factor = size / by.rms();
        if !(factor.is_finite() && factor > 0.0) {
            return None;
        }
        by.data.iter_mut().for_each(|entry| *entry *= factor);
        let by = by.matrix::<T>();
        let rounded = Dense::of(&by);
        let square = gradient.squares() * rounded.rms() * rounded.rms();
        if square == 0.0 {
            return None;
        }
        Some(Direction { layer, place, slope: gradient.dot(&rounded), square, by })
    }

    /// Independent N(0, 1), the same for every run of the program, and of no stream of a network.
    fn normal(&self, place: Place, layer: usize, rows: usize, columns: usize) -> Dense {
        let key = Key::root(0, "directions of a check of gradients").trial(place as u64);
        let sampler =
            Sampler { level: self.level, law: Law::Normal, affine: Affine { shift: 0.0, scale: 1.0 } };
        let mut out = Matrix::<f64>::new(rows, columns);
        let tiles = out.tiles();
        for (block, rows) in out.data_mut().chunks_mut(BLOCK_ROWS * tiles).enumerate() {
            sampler.block::<f64>(Role::Input, LayerAddress { key, layer }.block(block), tiles, rows);
        }
        Dense::of(&out)
    }

    /// `u (v^T X)`, what X makes of a change `u v^T` of its weights.
    fn rank_one(&self, layer: usize, rows: usize, x: &Dense) -> Dense {
        let both = self.normal(Place::Weight, layer, rows + x.rows, 1).data;
        let (u, v) = both.split_at(rows);
        let mut below = vec![0.0; x.columns];
        for (row, v) in v.iter().enumerate() {
            for (sum, x) in below.iter_mut().zip(x.row(row)) {
                *sum += v * x;
            }
        }
        let data = u.iter().flat_map(|u| below.iter().map(move |x| u * x)).collect();
        Dense { rows, columns: x.columns, data }
    }

    /// `R = (4 D(h) - D(2h)) / 3` with the bounds of its errors.
    pub(super) fn with_step<T: Arithmetic>(
        &self,
        trial: u64,
        at: CotangentAt,
        (pass, step, noise): (&Pass, f64, f64),
        workspace: &mut Workspace<T>,
        executor: &mut impl Executor<T>,
    ) -> Differences {
        let top = if at == CotangentAt::Post { Site::GradPost } else { Site::GradPre };
        let cotangent = pass.gradient(self.network.depth, Shown::At(top));
        let mut difference = |step: f64| {
            let mut ends = Vec::new();
            let mut kinks = 0.0;
            for size in [step, -step] {
                workspace.nudges.iter_mut().for_each(|nudge| nudge.size = size);
                self.checked_forward(trial, at, workspace, executor, &mut |_| ());
                ends.push(end(at, workspace));
                kinks += workspace.tape.as_ref().map_or(0.0, |tape| kinks::added(self.network, pass, tape));
            }
            let changes = ends[0].data.iter().zip(&ends[1].data).map(|(a, b)| a - b);
            let change: f64 = cotangent
                .map_or(f64::NAN, |cotangent| cotangent.data.iter().zip(changes).map(|(g, x)| g * x).sum());
            [change, kinks].map(|sum| sum / (2.0 * step))
        };
        let [[one, kinks], [two, more], [four, _]] = [1.0, 2.0, 4.0].map(|times| difference(times * step));
        let truncation = ((two - one).abs() / 3.0).max((four - two).abs() / 12.0);
        let rounding = six_units::<T>() * noise;
        let differences = 1.35 * std::f64::consts::SQRT_2 * rounding / (2.0 * step);
        let bounds = [truncation, differences + 2.0 * rounding, (4.0 * kinks + more) / 3.0];
        Differences { value: (4.0 * one - two) / 3.0, bounds }
    }
}

impl<T: Arithmetic> Direction<T> {
    pub fn nudge(self) -> Nudge<T> {
        Nudge { layer: self.layer, place: self.place, by: self.by, size: 0.0 }
    }
}

/// The step with the smallest bound of those tried: the first is the cube root of the rounding unit, which fits where the third
/// derivative is as large as the first; then each makes truncation or kinks as large as rounding.
fn best<T: Arithmetic>(at: &mut impl FnMut(f64) -> Differences) -> (f64, Differences) {
    let mut step = libm::cbrt(six_units::<T>() / 6.0);
    let total = |one: &Differences| one.bounds.iter().sum::<f64>();
    let mut best = (step, at(step));
    let mut last = best.1.bounds;
    for _ in 1..TRIES {
        let [truncation, rounding, kinks] = last;
        // Truncation grows by h^2, what kinks add by h, and rounding by 1/h.
        let power = if kinks > truncation { 0.5 } else { 1.0 / 3.0 };
        let factor = libm::pow(rounding / (truncation + kinks), power);
        let factor = if factor.is_nan() { 1.0 / 64.0 } else { factor.clamp(1.0 / 1024.0, 64.0) };
        let next = (step * factor).min(1.0 / 64.0);
        if (0.5..2.0).contains(&(next / step)) {
            break;
        }
        step = next;
        let new = at(step);
        last = new.bounds;
        if total(&new) < total(&best.1) || !total(&best.1).is_finite() {
            best = (step, new);
        }
    }
    best
}

/// Layers from the input to the last one, all of them or some that are spread evenly.
fn some(depth: usize) -> Vec<usize> {
    if depth < LAYERS {
        return (0..=depth).collect();
    }
    (0..LAYERS).map(|index| index * depth / (LAYERS - 1)).collect()
}

/// Whether something is done in the pass at a pre-activation. Where a branch begins with its activation, and has none, it is what
/// the layer gets.
fn has_pre(network: &Network, layer: usize) -> bool {
    layer > 0 && (network.residual != Residual::Inside || network.activation != Activation::Linear)
}

/// The rms of what there is at a place.
fn size(pass: &Pass, layer: usize, place: Place) -> f64 {
    let inputs = layer.checked_sub(1).map(|index| &pass.inputs[index]);
    let drawn = layer.checked_sub(1).and_then(|index| pass.drawn[index].as_ref());
    match place {
        Place::Weight => drawn.map_or(0.0, |drawn| drawn.product.rms()),
        Place::Pre => match inputs.and_then(|inputs| inputs.activation.as_ref()) {
            Some(h) => h.rms(),
            None => drawn.map_or_else(|| pass.end.rms(), |drawn| drawn.product.rms()),
        },
        Place::Post => pass.activations.get(layer).map_or(0.0, Dense::rms),
    }
}
