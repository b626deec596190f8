//! One trial, pure: (network, key, trial) -> observations.
//!
//! The deepest network of a law serves all its depths: layer l of every depth is the same matrix, so one pass
//! measures them all. Nothing here knows of threads, files or clocks; an [`Executor`] decides who works through
//! the blocks of a layer.

use super::arithmetic::Arithmetic;
use super::metric::Metric;
use super::observe::Observables;
use super::reading::History;
use super::shared::SharedDraws;
use super::site::{BySite, Site};
use super::spec::{Network, Operation};
use super::weights::{BlockAddress, DrawnWeights, LayerAddress, Sampler, Streams, Weights};
use crate::kernels::equicorrelate::{Equicorrelated, equicorrelate};
use crate::kernels::{Activation, BLOCK_ROWS, Matrix, Moments, Scratch};
use crate::random::{Affine, Key, Law, Role};
use crate::simd::SimdLevel;

/// Memory of one worker for one layer block.
pub struct BlockScratch<T> {
    panels: Scratch<T>,
    streams: Streams,
}

impl<T: Arithmetic> Default for BlockScratch<T> {
    fn default() -> Self {
        Self { panels: Scratch::default(), streams: Streams::default() }
    }
}

/// Moments of one block of a layer, as far as they are needed.
pub type BlockMoments = BySite<Moments>;

/// What a block of a layer is made of.
pub(super) struct Sources<'a, T: Arithmetic> {
    /// Activations of the layer below.
    pub x: &'a Matrix<T>,
    /// Biases of the whole layer.
    pub bias: &'a [T::Row],
    /// Draws that are given are taken, not made.
    pub shared: Option<&'a SharedDraws<T>>,
}

/// Works through the blocks of one layer, in any order, each once.
pub trait Executor<T: Arithmetic> {
    /// Calls `work(block, its part of out, its slot, scratch)` for every chunk of `chunk` rows of `out`.
    fn each_block(
        &mut self,
        out: &mut [T::Row],
        chunk: usize,
        slots: &mut [BlockMoments],
        work: impl Fn(usize, &mut [T::Row], &mut BlockMoments, &mut BlockScratch<T>) + Sync,
    );
}

/// One block after the other on this thread.
pub struct Sequential<T>(pub(super) BlockScratch<T>);

impl<T: Arithmetic> Default for Sequential<T> {
    fn default() -> Self {
        Self(BlockScratch::default())
    }
}

impl<T: Arithmetic> Executor<T> for Sequential<T> {
    fn each_block(
        &mut self,
        out: &mut [T::Row],
        chunk: usize,
        slots: &mut [BlockMoments],
        work: impl Fn(usize, &mut [T::Row], &mut BlockMoments, &mut BlockScratch<T>) + Sync,
    ) {
        for (block, (out, slot)) in out.chunks_mut(chunk).zip(slots).enumerate() {
            work(block, out, slot, &mut self.0);
        }
    }
}

/// Activations of one trial in flight: `X` and the next `H`. Reused from trial to trial.
pub struct Workspace<T: Arithmetic> {
    pub(super) x: Matrix<T>,
    pub(super) h: Matrix<T>,
    pub(super) bias: Vec<T::Row>,
    pub(super) slots: Vec<BlockMoments>,
    history: History,
}

impl<T: Arithmetic> Workspace<T> {
    /// Memory for networks of the shape of `network`.
    #[must_use]
    pub fn new(network: &Network) -> Self {
        let matrix = || Matrix::new(network.width, network.batch);
        Self {
            x: matrix(),
            h: matrix(),
            bias: vec![bytemuck::Zeroable::zeroed(); network.width.div_ceil(T::LANES)],
            slots: vec![BlockMoments::default(); network.width.div_ceil(BLOCK_ROWS)],
            history: History::new(false),
        }
    }

    /// Bytes of such memory.
    #[must_use]
    pub fn bytes(network: &Network) -> u128 {
        2 * Matrix::<T>::bytes(network.width, network.batch) + network.width as u128 * size_of::<T>() as u128
    }

    /// The activations that the last layer left, n x B.
    #[must_use]
    pub fn activations(&self) -> &Matrix<T> {
        &self.x
    }
}

/// Runs trials of one network.
#[derive(Clone, Copy)]
pub struct Runner<'a> {
    /// The network, as deep as the deepest cell of its law.
    pub network: &'a Network,
    /// What is measured.
    pub observables: &'a Observables,
    /// Root key of the draws.
    pub key: Key,
    /// Instruction set.
    pub level: SimdLevel,
}

impl Runner<'_> {
    /// Runs trial `trial` and writes its observations, in the order of the observables, into `out`.
    ///
    /// Deterministic: the bits depend on the network, the key and the trial only.
    pub fn run<T: Arithmetic>(
        &self,
        trial: u64,
        workspace: &mut Workspace<T>,
        executor: &mut impl Executor<T>,
        out: &mut [f64],
    ) {
        let key = self.key.trial(trial);
        self.begin(trial, None, workspace, out);
        for layer in 1..=self.network.depth {
            self.layer(LayerAddress { key, layer }, workspace, executor, out);
        }
    }

    /// Draws `X_0` and measures it. Draws that are given are taken, not made.
    pub(super) fn begin<T: Arithmetic>(
        &self,
        trial: u64,
        shared: Option<&SharedDraws<T>>,
        workspace: &mut Workspace<T>,
        out: &mut [f64],
    ) {
        self.draw_input(LayerAddress { key: self.key.trial(trial), layer: 0 }, shared, workspace);
        workspace.history = History::new(self.observables.has_history());
        self.record_input(&mut workspace.x, &mut workspace.history, out);
    }

    /// `X_0`: one stream per tile of a block, position = row, lane = column.
    fn draw_input<T: Arithmetic>(
        &self,
        address: LayerAddress,
        shared: Option<&SharedDraws<T>>,
        workspace: &mut Workspace<T>,
    ) {
        let Network { input_mean: mean, input_std: std, input_correlation: correlation, batch, .. } =
            *self.network;
        let independent = correlation == 0.0;
        let affine =
            if independent { Affine { shift: mean, scale: std } } else { Affine { shift: 0.0, scale: 1.0 } };
        let sampler = Sampler { level: self.level, law: Law::Normal, affine };
        let tiles = workspace.x.tiles();
        for (block, out) in workspace.x.data_mut().chunks_mut(BLOCK_ROWS * tiles).enumerate() {
            if let Some(shared) = shared {
                T::map(self.level, affine, shared.input(block, out.len()), out);
            } else {
                sampler.block::<T>(Role::Input, address.block(block), tiles, out);
            }
            if !independent {
                equicorrelate::<T>(out, batch, Equicorrelated { mean, std, correlation });
            }
        }
    }

    /// Layer `layer` of a trial: `X` of the workspace becomes the next one.
    fn layer<T: Arithmetic>(
        &self,
        address: LayerAddress,
        workspace: &mut Workspace<T>,
        executor: &mut impl Executor<T>,
        out: &mut [f64],
    ) {
        self.draw_bias(address, workspace);
        let Workspace { x, h, bias, slots, .. } = workspace;
        let chunk = BLOCK_ROWS * x.tiles();
        let sources = Sources { x, bias, shared: None };
        executor.each_block(h.data_mut(), chunk, slots, |block, h, moments, scratch| {
            *moments = self.block(address.block(block), &sources, h, scratch);
        });
        self.complete(address.layer, workspace, executor, out);
    }

    /// One block of a layer as far as it goes by itself: to the activations, or to what is measured before them.
    pub(super) fn block<T: Arithmetic>(
        &self,
        address: BlockAddress,
        sources: &Sources<'_, T>,
        h: &mut [T::Row],
        scratch: &mut BlockScratch<T>,
    ) -> BlockMoments {
        let layer = address.at.layer;
        self.pre_activations(address, sources, h, scratch);
        if self.network.bias(layer).is_some() {
            let bias: &[T] = bytemuck::cast_slice(sources.bias);
            T::add_bias(self.level, &bias[address.block * BLOCK_ROWS..][..h.len() / sources.x.tiles()], h);
        }
        if self.is_split(layer) { self.before::<T>(layer, h) } else { self.activate::<T>(layer, h) }
    }

    /// Whether the pre-activations of all blocks are looked at before the first activation.
    fn is_split(&self, layer: usize) -> bool {
        self.observables.saturates(layer) || self.observables.looks_at(layer, Site::Pre)
    }

    /// The rest of a layer whose blocks are done: what needs all of them, and the record.
    pub(super) fn complete<T: Arithmetic>(
        &self,
        layer: usize,
        workspace: &mut Workspace<T>,
        executor: &mut impl Executor<T>,
        out: &mut [f64],
    ) {
        let Workspace { x, h, slots, history, .. } = workspace;
        let chunk = BLOCK_ROWS * x.tiles();
        let mut moments = merged(slots);
        let mut pre = history.read(layer, Site::Pre, &moments[Site::Pre]);
        if self.is_split(layer) {
            pre.whole = self.survey(layer, Site::Pre, h, &moments[Site::Pre]);
            if self.observables.saturates(layer) {
                pre.whole[Metric::FractionSaturated] = self.saturated(h, history.scale);
            }
            executor.each_block(h.data_mut(), chunk, slots, |_, h, moments, _| {
                moments[Site::Post] = self.after::<T>(layer, h);
            });
            moments = merged(slots);
        }
        let mut post = history.read(layer, Site::Post, &moments[Site::Post]);
        post.whole = self.survey(layer, Site::Post, h, &moments[Site::Post]);
        post.whole[Metric::FractionSaturated] = pre.whole[Metric::FractionSaturated];
        self.observables.record(layer, Site::Pre, &pre, out);
        self.observables.record(layer, Site::Post, &post, out);
        self.rescale(h, &moments[Site::Post], history);
        std::mem::swap(&mut workspace.x, &mut workspace.h);
    }

    /// Draws the bias vector of a layer, if it has one.
    pub(super) fn draw_bias<T: Arithmetic>(&self, address: LayerAddress, workspace: &mut Workspace<T>) {
        let LayerAddress { key, layer } = address;
        if let Some(affine) = self.network.bias(layer) {
            let mut lanes = key.panel_on(self.level, Role::Bias, layer, 0);
            T::fill(self.level, self.network.bias_law, affine, &mut lanes, &mut workspace.bias);
        }
    }

    /// One block of `W X`, `X * Z` or `X + Z`.
    fn pre_activations<T: Arithmetic>(
        &self,
        address: BlockAddress,
        sources: &Sources<'_, T>,
        h: &mut [T::Row],
        scratch: &mut BlockScratch<T>,
    ) {
        let Network { operation, law, weight_mean, weight_std, .. } = self.network;
        let BlockAddress { at, block } = address;
        let affine = Affine { shift: weight_mean[at.layer - 1], scale: weight_std[at.layer - 1] };
        let sampler = Sampler { level: self.level, law: *law, affine };
        let (x, tiles, first_row) = (sources.x.data(), sources.x.tiles(), block * BLOCK_ROWS);
        if *operation == Operation::Matmul {
            let BlockScratch { panels, streams } = scratch;
            let mut weights = match sources.shared {
                Some(shared) => shared.weights(block, affine),
                None => Weights::Drawn(DrawnWeights::new(sampler, at, streams)),
            };
            T::multiply(self.level, &mut weights, panels, x, tiles, first_row, h);
        } else {
            match sources.shared {
                Some(shared) => T::map(self.level, affine, shared.noise(h.len()), h),
                None => sampler.block::<T>(Role::Weight, address, tiles, h),
            }
            T::combine(self.level, *operation, &x[first_row * tiles..], h);
        }
    }

    /// Measures a block, applies the activation in place, and measures it again.
    fn activate<T: Arithmetic>(&self, layer: usize, h: &mut [T::Row]) -> BlockMoments {
        if self.network.activation == Activation::Linear {
            let wanted =
                self.observables.measures(layer, Site::Pre) || self.observables.measures(layer, Site::Post);
            let moments = self.measure::<T>(wanted, h);
            return by_site(moments, moments);
        }
        let mut moments = self.before::<T>(layer, h);
        moments[Site::Post] = self.after::<T>(layer, h);
        moments
    }

    /// Measures a block before the activation.
    fn before<T: Arithmetic>(&self, layer: usize, h: &[T::Row]) -> BlockMoments {
        by_site(self.measure::<T>(self.observables.measures(layer, Site::Pre), h), Moments::default())
    }

    /// Applies the activation to a block in place, and measures it.
    fn after<T: Arithmetic>(&self, layer: usize, h: &mut [T::Row]) -> Moments {
        self.network.activation.apply::<T>(self.level, h);
        self.measure::<T>(self.observables.measures(layer, Site::Post), h)
    }

    fn measure<T: Arithmetic>(&self, wanted: bool, h: &[T::Row]) -> Moments {
        if wanted { T::moments(self.level, h, self.network.batch) } else { Moments::default() }
    }
}

/// Moments before and after the activation.
fn by_site(pre: Moments, post: Moments) -> BlockMoments {
    let mut moments = BlockMoments::default();
    (moments[Site::Pre], moments[Site::Post]) = (pre, post);
    moments
}

/// Moments of a whole layer.
fn merged(slots: &[BlockMoments]) -> BlockMoments {
    BySite::from_fn(|site| slots.iter().map(|slot| slot[site]).fold(Moments::default(), Moments::merge))
}
