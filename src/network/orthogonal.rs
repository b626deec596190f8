//! Products with orthogonal weights, `s sqrt N O`, O the upper left corner of a Haar matrix of N = max(fan-in, fan-out):
//! see [`crate::kernels::reflect`].
//!
//! They go through all blocks of a layer at once, on one thread, and in f64 whatever the element type is. Vector k of a
//! layer has the stream that panel k of its weights would have.

use super::arithmetic::Arithmetic;
use super::steps::Step;
use super::trial::Runner;
use super::weights::LayerAddress;
use super::workspace::Workspace;
use crate::kernels::reflect::Reflected;
use crate::kernels::{Matrix, norm};
use crate::random::{Affine, Law, Role, Sample};

impl Runner<'_> {
    /// `H = W X` of a round that begins with a product, if W is orthogonal.
    pub(super) fn turn<T: Arithmetic>(
        &self,
        LayerAddress { key, layer }: LayerAddress,
        round: &[Step],
        workspace: &mut Workspace<T>,
    ) {
        let Workspace { x, h, reflected: Some(reflected), .. } = workspace else { return };
        if round.first() != Some(&Step::Multiply) {
            return;
        }
        let [fan_in, largest] = self.sizes(layer);
        let rank = reflected.load(x, largest);
        reflected.triangulate(self.level, fan_in);
        for k in (0..rank).rev() {
            self.draw_vector(LayerAddress { key, layer }, k, reflected);
            reflected.turn(self.level, k);
        }
        reflected.store(self.network.weight_std[layer - 1] * norm::count(largest).sqrt(), h);
    }

    /// `W^T D` of a layer that got X, W being the matrix whose product with X the forward pass has made.
    pub(super) fn turn_back<T: Arithmetic>(
        &self,
        address: LayerAddress,
        factor: f64,
        (x, d): (&Matrix<T>, &Matrix<T>),
        reflected: &mut Reflected,
        out: &mut Matrix<T>,
    ) {
        let [fan_in, largest] = self.sizes(address.layer);
        reflected.load(x, largest);
        let basis = reflected.basis(self.level, fan_in);
        reflected.load(d, largest);
        for k in 0..largest {
            self.draw_vector(address, k, reflected);
            reflected.turn_all(self.level, k);
        }
        reflected.multiply(self.level, &basis, false);
        reflected.store(factor * norm::count(largest).sqrt(), out);
    }

    /// `W J` with that matrix.
    pub(super) fn turn_others<T: Arithmetic>(
        &self,
        address: LayerAddress,
        (x, j): (&Matrix<T>, &Matrix<f64>),
        [reflected, others]: [&mut Reflected; 2],
        out: &mut Matrix<f64>,
    ) {
        let [fan_in, largest] = self.sizes(address.layer);
        reflected.load(x, largest);
        let basis = reflected.basis(self.level, fan_in);
        others.load(j, largest);
        others.multiply(self.level, &basis, true);
        for k in (0..largest).rev() {
            self.draw_vector(address, k, others);
            others.turn_all(self.level, k);
        }
        others.store(self.network.weight_std[address.layer - 1] * norm::count(largest).sqrt(), out);
    }

    /// The fan-in of a layer, and the larger one of it and the fan-out.
    fn sizes(&self, layer: usize) -> [usize; 2] {
        let [fan_in, fan_out] = [layer - 1, layer].map(|layer| self.network.units(layer));
        [fan_in, fan_in.max(fan_out)]
    }

    fn draw_vector(&self, LayerAddress { key, layer }: LayerAddress, k: usize, reflected: &mut Reflected) {
        let mut lanes = key.panel_on(self.level, Role::Weight, layer, k);
        let standard = Affine { shift: 0.0, scale: 1.0 };
        <f64 as Sample>::fill(self.level, Law::Normal, standard, &mut lanes, reflected.vector(k));
    }
}
