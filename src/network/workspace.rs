//! The memory that a trial works in, and who works through the blocks of a layer.

use super::arithmetic::Arithmetic;
use super::columns::Columns;
use super::jacobian::Jacobian;
use super::metric::Metric;
use super::nudge::Nudge;
use super::observe::Observables;
use super::reading::History;
use super::site::{BySite, Site};
use super::spec::{Network, Residual, Storage};
use super::steps::Step;
use super::tape::{LARGEST, Record, Tape};
use super::weights::Streams;
use crate::kernels::reflect::Reflected;
use crate::kernels::{BLOCK_ROWS, Losses, Matrix, Moments, Scratch};
use crate::random::Law;

/// Memory of one worker for one layer block.
pub struct BlockScratch<T: Arithmetic> {
    pub(super) panels: Scratch<T>,
    pub(super) streams: Streams,
    /// A block of rows of a gradient of weights.
    pub(super) gradient: Matrix<T>,
}

impl<T: Arithmetic> Default for BlockScratch<T> {
    fn default() -> Self {
        Self { panels: Scratch::default(), streams: Streams::default(), gradient: Matrix::new(0, 0) }
    }
}

/// What is known of one block of a layer.
pub struct Slot<T: Arithmetic> {
    /// What the last rounding to the storage lost, as far as it is counted.
    pub(super) lost: Losses,
    /// The same for what the sites show.
    pub(super) losses: BySite<Losses>,
    /// Moments of the sites, as far as they are needed.
    pub(super) moments: BySite<Moments>,
    /// Sums over the rows of the block, for norms that go through all blocks.
    pub(super) sums: Vec<T::Row>,
    /// Entries of the block in every bin, where it alone is in memory.
    pub(super) counts: Vec<u64>,
}

/// Works through the blocks of one layer, in any order, each once.
pub trait Executor<T: Arithmetic> {
    /// Calls `work(block, its part of out, its slot, scratch)` for every chunk of `chunk` rows of `out`.
    fn each_block(
        &mut self,
        out: &mut [T::Row],
        chunk: usize,
        slots: &mut [Slot<T>],
        work: impl Fn(usize, &mut [T::Row], &mut Slot<T>, &mut BlockScratch<T>) + Sync,
    );
}

/// One block after the other on this thread.
pub struct Sequential<T: Arithmetic>(pub(super) BlockScratch<T>);

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
        slots: &mut [Slot<T>],
        work: impl Fn(usize, &mut [T::Row], &mut Slot<T>, &mut BlockScratch<T>) + Sync,
    ) {
        for (block, (out, slot)) in out.chunks_mut(chunk).zip(slots).enumerate() {
            work(block, out, slot, &mut self.0);
        }
    }
}

/// Activations of one trial in flight. Reused from trial to trial.
pub struct Workspace<T: Arithmetic> {
    /// What the layer gets: X, or what the branch has made of it.
    pub(super) x: Matrix<T>,
    /// What the layer makes of it.
    pub(super) h: Matrix<T>,
    /// X of a residual whose branch is not done, unless it is `x` itself; else of no rows.
    pub(super) kept: Matrix<T>,
    pub(super) bias: Vec<T::Row>,
    pub(super) slots: Vec<Slot<T>>,
    pub(super) columns: Columns<T>,
    /// For orthogonal weights.
    pub(super) reflected: Option<Reflected>,
    pub(super) history: History,
    /// Fraction of the pre-activations of the layer that are saturated; NaN where it is not counted.
    pub(super) saturated: f64,
    /// What the weights of the layers so far were multiplied by, where they are fitted to the batch.
    pub(super) fitted: Fitted,
    /// What is added on the way; nothing but where gradients are checked.
    pub(super) nudges: Vec<Nudge<T>>,
    /// The record of the pass, if a backward pass follows.
    pub(super) tape: Option<Tape<T>>,
    /// The Jacobian of the first input, if it is measured.
    pub(super) jacobian: Option<Jacobian>,
    /// The network without storage that runs beside this one, if rounding noise is measured.
    pub(super) reference: Option<Box<Reference<T>>>,
    /// What the sites of the last layer showed, of a network that runs beside another one.
    pub(super) shown: Option<Box<BySite<Matrix<T>>>>,
    shape: Shape,
}

/// What the memory of a network depends on: units, columns, whether X is kept, sums of each block, and whether weights are
/// orthogonal.
type Shape = (usize, usize, bool, usize, bool);

fn shape<T: Arithmetic>(network: &Network) -> Shape {
    let Network { batch, residual, .. } = *network;
    let is_orthogonal = network.law == Law::Orthogonal;
    (network.widest(), batch, residual != Residual::None, Columns::<T>::sums(network), is_orthogonal)
}

/// What the weights of each layer were multiplied by.
#[derive(Debug, Default)]
pub(super) struct Fitted(Vec<f64>);

impl Fitted {
    /// Of a new trial.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes the factor of a layer above all those so far.
    pub fn put(&mut self, layer: usize, factor: f64) {
        self.0.resize(layer, 1.0);
        self.0[layer - 1] = factor;
    }

    /// The factor of a layer: 1 where none is fitted.
    pub fn of(&self, layer: usize) -> f64 {
        self.0.get(layer - 1).copied().unwrap_or(1.0)
    }
}

impl<T: Arithmetic> Workspace<T> {
    /// Memory for networks of the shape of `network`, its residual and its norm, and for the record of a pass if
    /// `observables` ask for a backward one.
    #[must_use]
    pub fn new(network: &Network, observables: &Observables) -> Self {
        Self::within(network, observables, LARGEST)
    }

    /// The same; a record of more than `most` bytes is kept in parts, and layers are run again.
    #[must_use]
    pub fn within(network: &Network, observables: &Observables, most: u128) -> Self {
        let shape = shape::<T>(network);
        let (widest, batch, keeps, sums, is_orthogonal) = shape;
        let matrix = |rows| Matrix::new(rows, batch);
        let zero: T::Row = bytemuck::Zeroable::zeroed();
        let slot = || Slot {
            lost: Losses::default(),
            losses: BySite::default(),
            moments: BySite::default(),
            sums: vec![zero; sums],
            counts: Vec::new(),
        };
        Self {
            x: matrix(widest),
            h: matrix(widest),
            kept: matrix(if keeps { widest } else { 0 }),
            bias: vec![zero; widest.div_ceil(T::LANES)],
            slots: std::iter::repeat_with(slot).take(widest.div_ceil(BLOCK_ROWS)).collect(),
            columns: Columns::new(network),
            reflected: is_orthogonal.then(|| Reflected::new(widest, batch)),
            history: History::new(false),
            saturated: f64::NAN,
            fitted: Fitted::default(),
            nudges: Vec::new(),
            tape: observables.backward().map(|_| Tape::new(network, observables, most)),
            jacobian: Jacobian::new(network, observables),
            reference: Reference::new(network, observables),
            shown: None,
            shape,
        }
    }

    /// Whether it is the memory that [`new`](Self::new) would make.
    #[must_use]
    pub fn fits(&self, network: &Network, observables: &Observables) -> bool {
        let has_tape = match &self.tape {
            Some(tape) => observables.backward().is_some() && tape.fits(network, observables),
            None => observables.backward().is_none(),
        };
        let has_jacobian = Jacobian::fits(self.jacobian.as_ref(), network, observables);
        let has_reference = Reference::fits(self.reference.as_deref(), network, observables);
        has_tape && has_jacobian && has_reference && self.shape == shape::<T>(network)
    }

    /// Bytes of such memory, with what `observables` take.
    #[must_use]
    pub fn bytes(network: &Network, observables: &Observables) -> u128 {
        Self::bytes_within(network, observables, LARGEST)
    }

    /// The same for [`within`](Self::within).
    #[must_use]
    pub fn bytes_within(network: &Network, observables: &Observables, most: u128) -> u128 {
        let tape = observables.backward().map_or(0, |_| Tape::<T>::bytes(network, observables, most));
        let jacobian = Jacobian::bytes::<T>(network, observables);
        let reference = Reference::<T>::bytes(network, observables);
        tape + jacobian + reference + observables.bytes(network.batch) + Self::forward_bytes(network)
    }

    fn forward_bytes(network: &Network) -> u128 {
        let (widest, batch, keeps, sums, is_orthogonal) = shape::<T>(network);
        let matrices = if keeps { 3 } else { 2 };
        let sums = sums * (1 + widest.div_ceil(BLOCK_ROWS)) * size_of::<T::Row>();
        matrices * Matrix::<T>::bytes(widest, batch)
            + (widest * size_of::<T>() + sums) as u128
            + if network.fitted { 8 * network.depth as u128 } else { 0 }
            + if is_orthogonal { Reflected::bytes(widest, batch) } else { 0 }
    }

    /// Records what the product of a layer gets.
    pub(super) fn keep_product(&mut self, layer: usize) {
        let Self { x, tape, .. } = self;
        if let Some(tape) = tape {
            tape.record_mut(layer).product.copy_from(x);
        }
    }

    /// Records what an activation or a norm of a layer gets.
    pub(super) fn keep(&mut self, layer: usize, step: Step) {
        let Self { h, tape, columns, jacobian, .. } = self;
        if let Some(jacobian) = jacobian {
            jacobian.keep(step, h);
        }
        let Some(Record { activation, normal, columns: kept, .. }) =
            tape.as_mut().map(|tape| tape.record_mut(layer))
        else {
            return;
        };
        if step == Step::Activate {
            activation.copy_from(h);
        } else {
            normal.copy_from(h);
            kept.copy_from(columns);
        }
    }

    /// The activations that the last layer left, n x B.
    #[must_use]
    pub fn activations(&self) -> &Matrix<T> {
        &self.x
    }
}

/// A network without storage in flight, and what its last layer showed.
pub(super) struct Reference<T: Arithmetic> {
    pub network: Network,
    pub observables: Observables,
    pub workspace: Workspace<T>,
    /// What it reports, which nobody reads.
    pub values: Vec<f64>,
}

/// The network that runs beside `network`, and where it is looked at, if rounding noise is measured and there is any.
fn beside(network: &Network, observables: &Observables) -> Option<(Network, Observables)> {
    let is_measured = network.storage != Storage::None && observables.has(Metric::RoundingNoise);
    is_measured.then(|| {
        let network = Network { storage: Storage::None, ..network.clone() };
        (network, observables.forward(Metric::RoundingNoise))
    })
}

impl<T: Arithmetic> Reference<T> {
    /// Memory for the network that runs beside `network`, if one does.
    pub fn new(network: &Network, observables: &Observables) -> Option<Box<Self>> {
        let (network, observables) = beside(network, observables)?;
        let mut workspace = Workspace::new(&network, &observables);
        workspace.shown = Some(Box::new(BySite::from_fn(|site| {
            let rows = if observables.sees(site) { network.widest() } else { 0 };
            Matrix::new(rows, network.batch)
        })));
        let values = vec![0.0; observables.len()];
        Some(Box::new(Self { network, observables, workspace, values }))
    }

    /// Whether it is the memory that [`new`](Self::new) would make.
    pub fn fits(this: Option<&Self>, network: &Network, observables: &Observables) -> bool {
        match (this, beside(network, observables)) {
            (None, None) => true,
            (Some(this), Some((network, observables))) => {
                this.network == network && this.observables == observables
            }
            _ => false,
        }
    }

    /// Bytes of such memory.
    pub fn bytes(network: &Network, observables: &Observables) -> u128 {
        let Some((network, observables)) = beside(network, observables) else { return 0 };
        let shown = Site::FORWARD.into_iter().filter(|&site| observables.sees(site)).count();
        Workspace::<T>::bytes(&network, &observables)
            + shown as u128 * Matrix::<T>::bytes(network.widest(), network.batch)
    }

    /// What its last layer showed at a site; at `input`, before the first layer, what it begins with.
    pub fn at(&self, site: Site) -> &Matrix<T> {
        match &self.workspace.shown {
            Some(shown) if site != Site::Input => &shown[site],
            _ => &self.workspace.x,
        }
    }
}
