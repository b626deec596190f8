//! The backward pass of one trial: the steps of every layer, the other way round.
//!
//! With `H = W X + b` and `X' = phi(H)`, and `G` the gradient at what a layer hands on,
//!
//! ```text
//! D = G o phi'(H)     dL/dW = D X^T     G_below = W^T D
//! ```
//!
//! A sum `skip X + scale branch(X)` hands `scale G` to the branch and `skip G` past it; a norm takes its statistics as
//! functions of its entries (see [`crate::kernels::norm_slope`]). The weights are drawn again from their addresses. Nothing here
//! changes a bit of the forward pass: the cotangent has streams of its own.

use std::mem::swap;

use super::arithmetic::Arithmetic;
use super::cotangent::{Backward, Cotangent, CotangentAt};
use super::metric::Metric;
use super::normalise::sum;
use super::reading::{History, Reading};
use super::shown::Shown;
use super::site::Site;
use super::spec::{Norm, Operation, Residual};
use super::steps::Step;
use super::tape::{Squares, chunk_rows};
use super::trial::{Runner, merged};
use super::weights::{DrawnWeights, LayerAddress, Sampler};
use super::workspace::{BlockScratch, Executor, Workspace};
use crate::kernels::{BLOCK_ROWS, Losses, Matrix, Moments, PANEL_ROWS, norm};
use crate::random::{Affine, Key, Law, Role};

/// Is shown the gradients of a layer, the last layer first.
pub type SeeGradient<'a, T> = &'a mut dyn FnMut(usize, Shown, &Matrix<T>);

impl Runner<'_> {
    /// Walks back from the last layer, whose activations are in `workspace`, to the input.
    pub(super) fn backward<T: Arithmetic>(
        &self,
        (key, backward): (Key, Backward),
        workspace: &mut Workspace<T>,
        executor: &mut impl Executor<T>,
        out: &mut [f64],
        see: SeeGradient<'_, T>,
    ) {
        let depth = self.network.depth;
        workspace.history = History::new(self.observables.has_history());
        // What is in memory is the gradient of the loss times its scale, a power of two.
        workspace.history.scale = -libm::ilogb(self.network.loss_scale);
        workspace.x.set_rows(self.network.units(depth));
        for slot in &mut workspace.slots {
            slot.lost = Losses::default();
        }
        self.draw_cotangent(backward.cotangent, LayerAddress { key, layer: depth }, &mut workspace.x);
        self.store_gradient(workspace, executor);
        let begins_before = backward.at == CotangentAt::Pre;
        if begins_before {
            self.undefined(depth, Site::GradPost, out);
            // Nothing goes past the last branch.
            if self.network.residual != Residual::None {
                let Workspace { x, kept, .. } = &mut *workspace;
                kept.copy_from(x);
            }
        } else {
            self.record_gradient(depth, Site::GradPost, workspace, executor, out, see);
        }
        let mut skip = 0.0;
        for layer in (1..=depth).rev() {
            let steps = self.network.steps(layer);
            let first = if begins_before && layer == depth {
                steps.iter().position(|step| *step == Step::See(Site::Pre)).map_or(steps.len(), |at| at + 1)
            } else {
                steps.len()
            };
            for &step in steps[..first].iter().rev() {
                match step {
                    Step::See(Site::Pre) => {
                        self.record_gradient(layer, Site::GradPre, workspace, executor, out, see);
                    }
                    Step::Add => {
                        skip = self.divide(layer, workspace);
                        self.store_gradient(workspace, executor);
                    }
                    Step::Multiply => {
                        see(layer, Shown::Behind(step), &workspace.x);
                        let weighed = self.record_weights(layer, workspace, executor, out);
                        self.multiply_back(LayerAddress { key, layer }, workspace, executor);
                        self.store_gradient(workspace, executor);
                        if let Some(mut reading) = weighed {
                            self.record_relative(layer, &mut reading, workspace, out);
                        }
                        see(layer, Shown::Before(step), &workspace.x);
                    }
                    step if self.keeps(layer, step) => {
                        see(layer, Shown::Behind(step), &workspace.x);
                        self.change_back(layer, step, workspace, executor);
                        self.store_gradient(workspace, executor);
                        see(layer, Shown::Before(step), &workspace.x);
                    }
                    _ => {}
                }
            }
            if self.network.opens_branch(layer) {
                let Workspace { x, kept, .. } = &mut *workspace;
                T::weigh(self.level, [skip, 1.0], kept.data(), x.data_mut());
                self.store_gradient(workspace, executor);
            }
            self.record_gradient(layer - 1, Site::GradPost, workspace, executor, out, see);
            self.run_again(LayerAddress { key, layer: layer - 1 }, workspace, executor);
        }
    }

    /// Runs the layers of a part once more, if one ends here whose record is gone. Nothing but the record is another after it.
    fn run_again<T: Arithmetic>(
        &self,
        last: LayerAddress,
        workspace: &mut Workspace<T>,
        executor: &mut impl Executor<T>,
    ) {
        let Workspace { x, tape, slots, reference, .. } = &mut *workspace;
        let Some(first) = tape.as_mut().and_then(|tape| tape.rewind(last.layer, x)) else { return };
        let lost: Vec<Losses> = slots.iter().map(|slot| slot.lost).collect();
        let reference = reference.take();
        let observables = self.observables.of_record();
        let again = Runner { observables: &observables, ..*self };
        for layer in first..=last.layer {
            again.layer(LayerAddress { layer, ..last }, workspace, executor, &mut []);
        }
        let Workspace { x, tape, slots, .. } = &mut *workspace;
        if let Some(tape) = tape {
            x.copy_from(&tape.aside);
        }
        slots.iter_mut().zip(lost).for_each(|(slot, lost)| slot.lost = lost);
        workspace.reference = reference;
    }

    /// Draws the cotangent of layer `address.layer` into `out`: one stream per tile of a block, as the input.
    pub(super) fn draw_cotangent<T: Arithmetic>(
        &self,
        cotangent: Cotangent,
        address: LayerAddress,
        out: &mut Matrix<T>,
    ) {
        let scale = self.network.loss_scale / norm::count(out.rows()).sqrt();
        let (law, affine) = match cotangent {
            Cotangent::Normal | Cotangent::Shared => (Law::Normal, Affine { shift: 0.0, scale }),
            Cotangent::Sign => (Law::Rademacher, Affine { shift: 0.0, scale }),
            Cotangent::Ones => (Law::Rademacher, Affine { shift: scale, scale: 0.0 }),
        };
        let sampler = Sampler { level: self.level, law, affine };
        let tiles = out.tiles();
        for (block, rows) in out.data_mut().chunks_mut(BLOCK_ROWS * tiles).enumerate() {
            sampler.block::<T>(Role::Cotangent, address.block(block), tiles, rows);
            if cotangent == Cotangent::Shared {
                share(rows, tiles);
            }
        }
    }

    /// Rounds the gradient in `workspace.x` to what gradients are stored in, and keeps what that lost.
    fn store_gradient<T: Arithmetic>(&self, workspace: &mut Workspace<T>, executor: &mut impl Executor<T>) {
        let Workspace { x, slots, .. } = workspace;
        let (format, chunk) = (self.network.gradient_format(), BLOCK_ROWS * x.tiles());
        let slots = &mut slots[..x.rows().div_ceil(BLOCK_ROWS)];
        if format.is_none() {
            return;
        }
        executor.each_block(x.data_mut(), chunk, slots, |_, g, slot, _| {
            slot.lost = self.round_to::<T>(format, g, self.network.batch);
        });
    }

    /// The gradient at a sum: what goes past the branch is kept, what goes into it is scaled. Returns what the former is
    /// still to be multiplied by.
    fn divide<T: Arithmetic>(&self, layer: usize, workspace: &mut Workspace<T>) -> f64 {
        let [skip, scale] = self.network.sum(layer);
        let Workspace { x, kept, .. } = workspace;
        kept.copy_from(x);
        T::map(self.level, Affine { shift: 0.0, scale }, kept.data(), x.data_mut());
        skip
    }

    /// The gradient before an activation or a norm, from that behind it.
    fn change_back<T: Arithmetic>(
        &self,
        layer: usize,
        step: Step,
        workspace: &mut Workspace<T>,
        executor: &mut impl Executor<T>,
    ) {
        let (level, network) = (self.level, self.network);
        let Workspace { x, slots, tape, .. } = workspace;
        let Some(tape) = tape else { return };
        let chunk = BLOCK_ROWS * x.tiles();
        let (record, kept_means) = tape.record_and_means(layer);
        let slots = &mut slots[..x.rows().div_ceil(BLOCK_ROWS)];
        match step {
            Step::Activate => {
                let h = record.activation.data();
                executor.each_block(x.data_mut(), chunk, slots, |block, g, _, _| {
                    network.activation.multiply_by_slope::<T>(level, &h[block * chunk..][..g.len()], g);
                });
            }
            _ if network.norm == Norm::Batch => {
                let h = record.normal.data();
                executor.each_block(x.data_mut(), chunk, slots, |block, g, _, _| {
                    let h = &h[block * chunk..][..g.len()];
                    T::rows_slope(level, network.batch, network.norm_eps, h, g);
                });
            }
            _ => {
                let (h, statistics) = (record.normal.data(), record.columns.both());
                executor.each_block(x.data_mut(), chunk, slots, |block, g, slot, _| {
                    T::add_products(level, &h[block * chunk..][..g.len()], statistics, g, &mut slot.sums);
                });
                let rows = norm::count(x.rows());
                kept_means.put_means(sum(slots), rows, network.norm == Norm::Layer);
                let means = kept_means.both();
                executor.each_block(x.data_mut(), chunk, slots, |block, g, _, _| {
                    T::columns_slope(level, &h[block * chunk..][..g.len()], statistics, means, g);
                });
            }
        }
    }

    /// `W^T D` of a product, with W drawn again block by block; `D o Z` or D of an elementwise operation.
    fn multiply_back<T: Arithmetic>(
        &self,
        address: LayerAddress,
        workspace: &mut Workspace<T>,
        executor: &mut impl Executor<T>,
    ) {
        let (level, network) = (self.level, self.network);
        let Workspace { x, h, slots, tape, fitted, reflected, .. } = workspace;
        let (tiles, mut sampler) = (x.tiles(), self.sampler(address.layer));
        sampler.affine.scale *= fitted.of(address.layer);
        let drawn = LayerAddress { layer: network.drawn(address.layer), ..address };
        if network.operation == Operation::Product {
            h.set_rows(x.rows());
            for (block, noise) in h.data_mut().chunks_mut(BLOCK_ROWS * tiles).enumerate() {
                sampler.block::<T>(Role::Weight, drawn.block(block), tiles, noise);
                self.store_parameters::<T>(noise);
            }
            T::combine(level, Operation::Product, h.data(), x.data_mut());
        }
        let Some(tape) = tape.as_mut().filter(|_| network.operation == Operation::Matmul) else { return };
        let [fan_in, units] = [address.layer - 1, address.layer].map(|layer| network.units(layer));
        h.set_rows(fan_in);
        if let Some(reflected) = reflected {
            tape.squares = Squares::of_orthogonal(sampler.affine.scale, fan_in * units);
            let got = &tape.record(address.layer).product;
            self.turn_back(address, sampler.affine.scale, (got, x), reflected, h);
            swap(x, h);
            return;
        }
        tape.weights.set_columns(fan_in);
        let slots = &mut slots[..fan_in.div_ceil(BLOCK_ROWS)];
        let chunk = chunk_rows(network);
        let is_squared = self.observables.weighs(address.layer) && self.observables.has(Metric::Relative);
        tape.squares.begin(sampler.affine.shift.abs().max(sampler.affine.scale));
        for first in (0..units).step_by(chunk) {
            let rows = chunk.min(units - first);
            let mut draws = DrawnWeights::new(sampler, drawn, &mut tape.streams).rounded(network.format());
            T::draw_weights(level, &mut draws, first / PANEL_ROWS, rows, &mut tape.weights);
            if is_squared {
                tape.squares.add(&tape.weights, rows, fan_in);
            }
            let (weights, d) = (&tape.weights, &x.data()[first * tiles..(first + rows) * tiles]);
            executor.each_block(h.data_mut(), BLOCK_ROWS * tiles, slots, |block, out, _, _| {
                for (index, d) in d.chunks(BLOCK_ROWS * tiles).enumerate() {
                    let resume = first > 0 || index > 0;
                    T::multiply_transposed(
                        level,
                        weights,
                        index * BLOCK_ROWS,
                        (d, tiles),
                        (block, out),
                        resume,
                    );
                }
            });
        }
        swap(x, h);
    }

    /// Records what a gradient that is in `workspace.x` shows at a site, if that is measured.
    fn record_gradient<T: Arithmetic>(
        &self,
        layer: usize,
        site: Site,
        workspace: &mut Workspace<T>,
        executor: &mut impl Executor<T>,
        out: &mut [f64],
        see: SeeGradient<'_, T>,
    ) {
        let Workspace { x, slots, history, .. } = workspace;
        see(layer, Shown::At(site), x);
        if !self.observables.measures(layer, site) {
            return;
        }
        let (level, batch, chunk) = (self.level, self.network.batch, BLOCK_ROWS * x.tiles());
        let slots = &mut slots[..x.rows().div_ceil(BLOCK_ROWS)];
        executor.each_block(x.data_mut(), chunk, slots, |_, g, slot, _| {
            slot.moments[site] = T::moments(level, g, batch);
        });
        let moments = merged(slots, site);
        let mut reading = history.read_stored(layer, site, &moments, slots.iter().map(|slot| slot.lost));
        self.survey((layer, site), x, None, &mut reading);
        self.observables.record(layer, site, &reading, out);
        self.bin(layer, site, x, out);
    }

    /// Records the gradient `D X^T` of the weights of a layer, D in `workspace.x`; it is never in memory as a whole. Gives what it
    /// read, if it did.
    fn record_weights<T: Arithmetic>(
        &self,
        layer: usize,
        workspace: &mut Workspace<T>,
        executor: &mut impl Executor<T>,
        out: &mut [f64],
    ) -> Option<Reading> {
        let Workspace { x, slots, history, tape, .. } = workspace;
        let tape = tape.as_mut().filter(|_| self.observables.weighs(layer))?;
        if self.network.operation != Operation::Matmul {
            self.undefined(layer, Site::GradWeight, out);
            return None;
        }
        tape.transpose_product(layer);
        let (level, transposed, tiles) = (self.level, &tape.transposed, x.tiles());
        let format = self.network.gradient_format();
        let slots = &mut slots[..x.rows().div_ceil(BLOCK_ROWS)];
        executor.each_block(x.data_mut(), BLOCK_ROWS * tiles, slots, |_, d, slot, scratch| {
            let BlockScratch { panels, gradient, .. } = scratch;
            T::outer(level, d, transposed, panels, gradient);
            let columns = gradient.columns();
            slot.losses[Site::GradWeight] = self.round_to::<T>(format, gradient.data_mut(), columns);
            slot.moments[Site::GradWeight] = T::moments(level, gradient.data(), gradient.columns());
            if let Some(bins) = self.observables.bins() {
                slot.counts.clear();
                slot.counts.resize(bins.len(), 0);
                bins.count(gradient, self.network.unit(Site::GradWeight), &mut slot.counts);
            }
        });
        let moments = merged(slots, Site::GradWeight);
        let lost = slots.iter().map(|slot| slot.losses[Site::GradWeight]);
        let reading = history.read_stored(layer, Site::GradWeight, &moments, lost);
        self.observables.record(layer, Site::GradWeight, &reading, out);
        let add = |counts: &mut [u64]| {
            for slot in slots.iter() {
                counts.iter_mut().zip(&slot.counts).for_each(|(all, own)| *all += own);
            }
        };
        let [fan_in, units] = [layer - 1, layer].map(|layer| self.network.units(layer));
        self.observables.record_bins(layer, Site::GradWeight, fan_in * units, |_, counts| add(counts), out);
        Some(reading)
    }

    /// Records the gradient of the weights over the weights, which have been drawn since.
    fn record_relative<T: Arithmetic>(
        &self,
        layer: usize,
        reading: &mut Reading,
        workspace: &Workspace<T>,
        out: &mut [f64],
    ) {
        let Some(tape) = &workspace.tape else { return };
        let Moments { nonfinite, exponent, .. } = reading.moments;
        let squares = if nonfinite > 0 { f64::INFINITY } else { reading.moments.sum_of_squares() };
        reading.whole[Metric::Relative] = tape.squares.ratio(squares, exponent.saturating_add(reading.scale));
        self.observables.record(layer, Site::GradWeight, reading, out);
    }

    /// What is not there has no value.
    pub(super) fn undefined(&self, layer: usize, site: Site, out: &mut [f64]) {
        for range in [self.observables.at(layer, site), self.observables.bins_at(layer, site)] {
            out[range.unwrap_or_default()].fill(f64::NAN);
        }
    }
}

/// Copies the first column of a block into all others.
fn share<T: Copy>(rows: &mut [impl AsMut<[T]>], tiles: usize) {
    let height = rows.len() / tiles;
    for row in 0..height {
        let first = rows[row].as_mut()[0];
        for tile in 0..tiles {
            rows[tile * height + row].as_mut().fill(first);
        }
    }
}
