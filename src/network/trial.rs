//! One trial, pure: (network, key, trial) -> observations.
//!
//! The deepest network of a law serves all its depths: layer l of every depth is the same matrix, so one pass
//! measures them all. Nothing here knows of threads, files or clocks; an [`Executor`] decides who works through
//! the blocks of a layer.
//!
//! A layer is walked through by its [steps](super::steps). Steps that need one block of rows only follow each other
//! while the block is in the cache; where one needs the whole layer, the walk waits for all blocks: that is a round.

use std::mem::swap;

use super::arithmetic::Arithmetic;
use super::metric::Metric;
use super::observe::Observables;
use super::reading::History;
use super::shared::SharedDraws;
use super::shown::Shown;
use super::site::Site;
use super::sources::Sources;
use super::spec::{Network, Norm};
use super::steps::{Step, parts};
use super::tape::keeps_product;
use super::weights::{BlockAddress, LayerAddress};
use super::workspace::{BlockScratch, Executor, Slot, Workspace};
use crate::kernels::matrix::block_range;
use crate::kernels::{Activation, BLOCK_ROWS, Matrix, Moments};
use crate::random::{Key, Role};
use crate::simd::SimdLevel;

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
        self.run_seen(trial, workspace, executor, out, &mut |_, _, _| ());
    }

    /// The same; `see` is shown `X_l` of every layer, the input first, as the site `stream`, and then the gradients.
    pub fn run_seen<T: Arithmetic>(
        &self,
        trial: u64,
        workspace: &mut Workspace<T>,
        executor: &mut impl Executor<T>,
        out: &mut [f64],
        see: &mut dyn FnMut(usize, Site, &Matrix<T>),
    ) {
        let key = self.key.trial(trial);
        self.begin(trial, None, workspace, out);
        see(0, Site::Input, &workspace.x);
        for layer in 1..=self.network.depth {
            self.layer(LayerAddress { key, layer }, workspace, executor, out);
            see(layer, Site::Stream, &workspace.x);
        }
        if let Some(backward) = self.observables.backward() {
            self.backward((key, backward), workspace, executor, out, &mut |layer, shown, x| {
                if let Shown::At(site) = shown {
                    see(layer, site, x);
                }
            });
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
        let address = LayerAddress { key: self.key.trial(trial), layer: 0 };
        let lost = match &self.network.data {
            Some(data) => self.take_input(data, trial, workspace),
            None => self.draw_input(address, shared, workspace),
        };
        workspace.history = History::new(self.observables.has_history());
        workspace.fitted.clear();
        self.begin_reference(trial, workspace);
        self.record_input(lost, workspace, out);
    }

    /// Layer `layer` of a trial: `X` of the workspace becomes the next one.
    pub(super) fn layer<T: Arithmetic>(
        &self,
        address: LayerAddress,
        workspace: &mut Workspace<T>,
        executor: &mut impl Executor<T>,
        out: &mut [f64],
    ) {
        self.enter(address, workspace, executor, out);
        if keeps_product(self.network, self.observables, address.layer) {
            workspace.keep_product(address.layer);
        }
        let (_, steps) = parts(self.network.steps(address.layer));
        self.rounds(address, steps, false, workspace, executor, out);
        self.differentiate(address, workspace, out);
        self.leave(address.layer, workspace);
    }

    /// The steps before the product; makes room for the units of the layer, and draws its biases, if it has any.
    pub(super) fn enter<T: Arithmetic>(
        &self,
        address: LayerAddress,
        workspace: &mut Workspace<T>,
        executor: &mut impl Executor<T>,
        out: &mut [f64],
    ) {
        let LayerAddress { key, layer } = address;
        self.follow(address, workspace, executor);
        if let Workspace { tape: Some(tape), x, .. } = &mut *workspace {
            tape.mark(layer, x);
        }
        workspace.saturated = f64::NAN;
        if self.network.copies_input(layer) {
            workspace.kept.copy_from(&workspace.x);
        }
        let (steps, _) = parts(self.network.steps(layer));
        if steps.iter().any(|&step| self.acts(layer, step)) {
            swap(&mut workspace.x, &mut workspace.h);
            self.rounds(address, steps, false, workspace, executor, out);
            swap(&mut workspace.x, &mut workspace.h);
        }
        let units = self.network.units(layer);
        workspace.h.set_rows(units);
        if let Some(affine) = self.network.bias(layer) {
            let mut lanes = key.panel_on(self.level, Role::Bias, self.network.drawn(layer), 0);
            let bias = &mut workspace.bias[..units.div_ceil(T::LANES)];
            T::fill(self.level, self.network.bias_law, affine, &mut lanes, bias);
            self.store_parameters::<T>(bias);
        }
    }

    /// Walks through `steps`, round after round, the first of which may be done, and records every site.
    pub(super) fn rounds<T: Arithmetic>(
        &self,
        address: LayerAddress,
        steps: &[Step],
        mut is_walked: bool,
        workspace: &mut Workspace<T>,
        executor: &mut impl Executor<T>,
        out: &mut [f64],
    ) {
        let mut rest = steps;
        while rest.iter().any(|&step| self.acts(address.layer, step)) {
            let (round, later) = rest.split_at(self.round(address.layer, rest));
            if !is_walked {
                self.measure_columns(round, workspace, executor);
                self.measure_fit(address.layer, round, workspace, executor);
                self.turn(address, round, workspace);
                if self.keeps(address.layer, round[0]) {
                    workspace.keep(address.layer, round[0]);
                }
                let (sources, h, slots) = self.sources(address.layer, workspace);
                let chunk = BLOCK_ROWS * h.tiles();
                executor.each_block(h.data_mut(), chunk, slots, |block, h, slot, scratch| {
                    self.walk(round, address.block(block), &sources, (h, slot), scratch);
                });
            }
            self.record(address.layer, round, workspace, out);
            (rest, is_walked) = (later, false);
        }
    }

    /// What a layer is made of, and where it goes.
    fn sources<'w, T: Arithmetic>(
        &self,
        layer: usize,
        workspace: &'w mut Workspace<T>,
    ) -> (Sources<'w, T>, &'w mut Matrix<T>, &'w mut [Slot<T>]) {
        let Workspace { x, h, kept, bias, slots, columns, fitted, nudges, .. } = workspace;
        let factor = fitted.of(layer);
        let kept = if self.network.keeps_apart(layer) { &*kept } else { &*x };
        (Sources { x, kept, bias, columns, factor, nudges, shared: None }, h, slots)
    }

    /// One block of a layer from its product on, with draws that others share.
    pub(super) fn shared_block<T: Arithmetic>(
        &self,
        address: BlockAddress,
        shared: &SharedDraws<T>,
        workspace: &mut Workspace<T>,
        scratch: &mut BlockScratch<T>,
    ) {
        let layer = address.at.layer;
        let (_, steps) = parts(self.network.steps(layer));
        let round = &steps[..self.round(layer, steps)];
        let (sources, h, slots) = self.sources(layer, workspace);
        let sources = Sources { shared: Some(shared), ..sources };
        let (rows, tiles) = (block_range(address.block, h.rows()), h.tiles());
        let h = &mut h.data_mut()[rows.start * tiles..rows.end * tiles];
        self.walk(round, address, &sources, (h, &mut slots[address.block]), scratch);
    }

    /// Steps of the next round: those that follow each other within a block.
    fn round(&self, layer: usize, steps: &[Step]) -> usize {
        for (index, &step) in steps.iter().enumerate() {
            match step {
                Step::Normalise(at) if index > 0 && self.network.normalises_columns(at) => return index,
                Step::Fit if index > 0 && self.network.fitted => return index,
                step if index > 0 && self.keeps(layer, step) => return index,
                Step::See(site) if self.looks_at(layer, site) => return index + 1,
                _ => {}
            }
        }
        steps.len()
    }

    /// Whether a backward pass, or the Jacobian, needs what a step gets.
    pub(super) fn keeps(&self, layer: usize, step: Step) -> bool {
        let is_one = matches!(step, Step::Activate | Step::Normalise(_));
        let is_needed = self.observables.backward().is_some() || layer <= self.observables.differentiated();
        is_needed && is_one && self.acts(layer, step)
    }

    /// Whether a site of the whole layer is looked at, before anything else happens to it.
    fn looks_at(&self, layer: usize, site: Site) -> bool {
        self.observables.looks_at(layer, site) || site == Site::Pre && self.saturates(layer)
    }

    /// Whether the saturated pre-activations of a layer are counted: it may have no activation.
    fn saturates(&self, layer: usize) -> bool {
        self.observables.saturates(layer) && self.network.steps(layer).contains(&Step::Activate)
    }

    /// Whether anything is done at a step.
    fn acts(&self, layer: usize, step: Step) -> bool {
        match step {
            Step::Multiply | Step::Add => true,
            Step::Fit => self.network.fitted,
            Step::Activate => self.network.activation != Activation::Linear,
            Step::Normalise(at) => self.network.normalises(at),
            Step::See(site) => self.observables.measures(layer, site) || self.looks_at(layer, site),
        }
    }

    /// Takes one block through the steps of a round.
    fn walk<T: Arithmetic>(
        &self,
        steps: &[Step],
        address: BlockAddress,
        sources: &Sources<'_, T>,
        (h, slot): (&mut [T::Row], &mut Slot<T>),
        scratch: &mut BlockScratch<T>,
    ) {
        let (level, layer, batch) = (self.level, address.at.layer, self.network.batch);
        // Sites with nothing between them are measured once.
        let mut measured: Option<Moments> = None;
        for &step in steps {
            if let Step::See(site) = step {
                slot.losses[site] = slot.lost;
                sources.nudge(level, (address, step), h);
            }
            match step {
                Step::See(site) if self.observables.measures(layer, site) => {
                    slot.moments[site] = *measured.get_or_insert_with(|| T::moments(level, h, batch));
                }
                Step::See(site) => slot.moments[site] = Moments::default(),
                step if !self.acts(layer, step) => {}
                _ => {
                    measured = None;
                    self.change(step, address, sources, h, scratch);
                    sources.nudge(level, (address, step), h);
                    slot.lost = self.store::<T>(h);
                }
            }
        }
    }

    /// Takes one block through a step that changes it.
    fn change<T: Arithmetic>(
        &self,
        step: Step,
        address: BlockAddress,
        sources: &Sources<'_, T>,
        h: &mut [T::Row],
        scratch: &mut BlockScratch<T>,
    ) {
        let (level, network, layer) = (self.level, self.network, address.at.layer);
        match step {
            Step::Multiply => self.multiply(address, sources, h, scratch),
            Step::Fit => T::scale(sources.factor, h),
            Step::Activate => network.activation.apply::<T>(level, h),
            Step::Normalise(_) if network.norm == Norm::Batch => {
                T::scale_rows(level, network.batch, network.norm_eps, h);
            }
            Step::Normalise(_) => T::scale_columns(level, sources.columns.both(), h),
            Step::Add => {
                let first = address.block * BLOCK_ROWS * sources.kept.tiles();
                T::weigh(level, network.sum(layer), &sources.kept.data()[first..], h);
            }
            Step::See(_) => {}
        }
    }

    /// Reads and records the sites of a round that is done; what is looked at as a whole is the last of them.
    fn record<T: Arithmetic>(
        &self,
        layer: usize,
        round: &[Step],
        workspace: &mut Workspace<T>,
        out: &mut [f64],
    ) {
        let Workspace { h, slots, history, saturated, reference, shown, .. } = workspace;
        let slots = &slots[..h.rows().div_ceil(BLOCK_ROWS)];
        for &step in round {
            let Step::See(site) = step else { continue };
            if site == Site::Pre && self.saturates(layer) {
                *saturated = self.saturated(h, history.scale);
            }
            if let Some(shown) = shown
                && self.observables.looks_at(layer, site)
            {
                shown[site].copy_from(h);
            }
            if self.observables.measures(layer, site) {
                let moments = merged(slots, site);
                let lost = slots.iter().map(|slot| slot.losses[site]);
                let mut reading = history.read_stored(layer, site, &moments, lost);
                let reference = reference.as_ref().map(|reference| reference.at(site));
                self.survey((layer, site), h, reference, &mut reading);
                reading.whole[Metric::FractionSaturated] = *saturated;
                self.observables.record(layer, site, &reading, out);
                self.bin(layer, site, h, out);
            }
        }
    }

    /// The layer becomes what the next one gets.
    pub(super) fn leave<T: Arithmetic>(&self, layer: usize, workspace: &mut Workspace<T>) {
        let Workspace { x, h, kept, slots, history, .. } = workspace;
        if self.network.is_inside_branch(layer) {
            if !self.network.keeps_apart(layer) {
                swap(x, kept);
            }
        } else if self.observables.rescales() {
            let slots = &slots[..h.rows().div_ceil(BLOCK_ROWS)];
            self.rescale(h, &merged(slots, self.network.output_site()), history);
        }
        swap(x, h);
    }
}

/// Moments of a site of a whole layer.
pub(super) fn merged<T: Arithmetic>(slots: &[Slot<T>], site: Site) -> Moments {
    slots.iter().map(|slot| slot.moments[site]).fold(Moments::default(), Moments::merge)
}
