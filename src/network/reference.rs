//! The same network without storage, which runs beside one that rounds, layer by layer, with the same draws: what rounding has
//! changed is the difference.

use super::arithmetic::Arithmetic;
use super::trial::Runner;
use super::weights::LayerAddress;
use super::workspace::{Executor, Reference, Workspace};

impl Runner<'_> {
    /// Takes the network that runs beside this one, if one does, to its input.
    pub(super) fn begin_reference<T: Arithmetic>(&self, trial: u64, workspace: &mut Workspace<T>) {
        if let Some(reference) = workspace.reference.as_deref_mut() {
            let Reference { network, observables, workspace, values } = reference;
            Runner { network, observables, ..*self }.begin(trial, None, workspace, values);
        }
    }

    /// Takes it through a layer.
    pub(super) fn follow<T: Arithmetic>(
        &self,
        address: LayerAddress,
        workspace: &mut Workspace<T>,
        executor: &mut impl Executor<T>,
    ) {
        if let Some(reference) = workspace.reference.as_deref_mut() {
            let Reference { network, observables, workspace, values } = reference;
            Runner { network, observables, ..*self }.layer(address, workspace, executor, values);
        }
    }
}
