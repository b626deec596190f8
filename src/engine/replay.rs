//! One trial again: its values, and on demand the activations of every layer.

use super::Engine;
use super::wide::Parallel;
use crate::kernels::Matrix;
use crate::network::check::Comparison;
use crate::network::{
    Arithmetic, Backward, Network, Observables, Runner, Sequential, Site, Workspace, with_element,
};
use crate::random::Key;
use crate::sweep::Group;

/// Receives the activations `X_l` of layer l (0 is the input), never rescaled, as the site `input` or `stream`, and then the gradients
/// at `grad_post` and `grad_pre`, if any are measured: n x B entries, row after row, little-endian.
pub type See<'a> = &'a mut dyn FnMut(usize, Site, &[u8]);

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
        let mut workspace = Workspace::<T>::new(runner.network, runner.observables);
        let mut executor = Parallel::<T>::default();
        self.pool.install(|| runner.run(trial, &mut workspace, &mut executor, &mut values));
        values
    }

    /// Checks the gradients of trial `trial` of a network: see [`Runner::check_gradients`].
    #[must_use]
    pub fn check_gradients(
        &self,
        network: &Network,
        backward: Backward,
        key: Key,
        trial: u64,
    ) -> Vec<Comparison> {
        let observables = Observables::new([], &[], &[]);
        let runner = Runner { network, observables: &observables, key, level: self.options.level };
        with_element!(network.precision, T => {
            let mut executor = Parallel::<T>::default();
            self.pool.install(|| runner.check_gradients(trial, backward, &mut executor))
        })
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
    let mut workspace = Workspace::<T>::new(runner.network, runner.observables);
    runner.run(trial, &mut workspace, &mut Sequential::default(), values);
}

/// Shows the input and every layer of a trial; nothing is measured meanwhile, so nothing is rescaled.
fn show<T: Arithmetic + bytemuck::NoUninit>(runner: Runner<'_>, trial: u64, see: See<'_>) {
    let Network { depth, .. } = *runner.network;
    let nothing = match runner.observables.backward() {
        Some(backward) => {
            Observables::new(0..=depth, &[Site::GradPre, Site::GradPost], &[]).with_cotangent(backward)
        }
        None => Observables::new([], &[], &[]),
    };
    let mut workspace = Workspace::<T>::new(runner.network, &nothing);
    let runner = Runner { observables: &nothing, ..runner };
    runner.run_seen(
        trial,
        &mut workspace,
        &mut Sequential::default(),
        &mut [],
        &mut |layer, site, x: &Matrix<T>| {
            see(layer, site, &row_major(x));
        },
    );
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
