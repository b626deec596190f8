//! One trial again: its values, and on demand the activations of every layer.

use super::Engine;
use super::wide::Parallel;
use crate::kernels::Matrix;
use crate::network::{
    Arithmetic, BlockMoments, BlockScratch, Executor, Network, Observables, Runner, Sequential, Workspace,
    with_element,
};
use crate::random::Key;
use crate::sweep::Group;

/// Receives the activations `X_l` of layer l (0 is the input), never rescaled: n x B entries, row after row,
/// little-endian.
pub type See<'a> = &'a mut dyn FnMut(usize, &[u8]);

impl Engine {
    /// The values that trial `trial` of a network gives on `observables`, with its blocks spread over all workers. `see`
    /// gets the activations of every layer.
    ///
    /// Deterministic: the bits are those of [`fill`](Engine::fill).
    #[must_use]
    pub fn replay(
        &self,
        network: &Network,
        observables: &Observables,
        key: Key,
        trial: u64,
        see: Option<See<'_>>,
    ) -> Vec<f64> {
        let runner = Runner { network, observables, key, level: self.options.level };
        with_element!(network.precision, T => self.replay_as::<T>(runner, trial, see))
    }

    fn replay_as<T: Arithmetic + bytemuck::NoUninit>(
        &self,
        runner: Runner<'_>,
        trial: u64,
        see: Option<See<'_>>,
    ) -> Vec<f64> {
        if let Some(see) = see {
            show::<T>(runner, trial, see);
        }
        let mut values = vec![0.0; runner.observables.len()];
        let mut workspace = Workspace::<T>::new(runner.network);
        let mut executor = Parallel::<T>::default();
        self.pool.install(|| runner.run(trial, &mut workspace, &mut executor, &mut values));
        values
    }

    /// The values of single trials `(group, trial)`, each run anew on one worker.
    #[must_use]
    pub fn rerun(&self, groups: &[Group], trials: &[(usize, u64)]) -> Vec<Vec<f64>> {
        self.map(trials, |&(group, trial)| {
            let Group { network, observables, key, .. } = &groups[group];
            let runner = Runner { network, observables, key: *key, level: self.options.level };
            let mut values = vec![0.0; observables.len()];
            with_element!(network.precision, T => once::<T>(runner, trial, &mut values));
            values
        })
    }
}

fn once<T: Arithmetic>(runner: Runner<'_>, trial: u64, values: &mut [f64]) {
    let mut workspace = Workspace::<T>::new(runner.network);
    runner.run(trial, &mut workspace, &mut Sequential::default(), values);
}

/// Shows the input and every layer of a trial. Nothing is measured meanwhile: then a layer is one round of blocks.
fn show<T: Arithmetic + bytemuck::NoUninit>(runner: Runner<'_>, trial: u64, see: See<'_>) {
    let nothing = Observables::new([], &[], &[]);
    let input = Network { depth: 0, ..runner.network.clone() };
    let mut workspace = Workspace::<T>::new(runner.network);
    let of_input = Runner { network: &input, observables: &nothing, ..runner };
    of_input.run(trial, &mut workspace, &mut Sequential::default(), &mut []);
    see(0, &row_major(workspace.activations()));
    let copy = Matrix::new(runner.network.widest(), runner.network.batch);
    let mut executor = Seeing { inner: Sequential::default(), network: runner.network, copy, layer: 0, see };
    Runner { observables: &nothing, ..runner }.run(trial, &mut workspace, &mut executor, &mut []);
    debug_assert_eq!(executor.layer, runner.network.depth);
}

/// One block after the other, and then the whole layer is shown.
struct Seeing<'a, T: Arithmetic> {
    inner: Sequential<T>,
    network: &'a Network,
    copy: Matrix<T>,
    layer: usize,
    see: See<'a>,
}

impl<T: Arithmetic + bytemuck::NoUninit> Executor<T> for Seeing<'_, T> {
    fn each_block(
        &mut self,
        out: &mut [T::Row],
        chunk: usize,
        slots: &mut [BlockMoments],
        work: impl Fn(usize, &mut [T::Row], &mut BlockMoments, &mut BlockScratch<T>) + Sync,
    ) {
        self.inner.each_block(out, chunk, slots, work);
        self.layer += 1;
        self.copy.set_rows(self.network.units(self.layer));
        self.copy.data_mut().copy_from_slice(out);
        (self.see)(self.layer, &row_major(&self.copy));
    }
}

fn row_major<T: Arithmetic + bytemuck::NoUninit>(x: &Matrix<T>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(x.rows() * x.columns() * size_of::<T>());
    for row in 0..x.rows() {
        for column in 0..x.columns() {
            let entry = x.get(row, column);
            let native = bytemuck::bytes_of(&entry);
            if cfg!(target_endian = "little") {
                bytes.extend(native);
            } else {
                bytes.extend(native.iter().rev());
            }
        }
    }
    bytes
}
