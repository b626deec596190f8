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
        let [fan_in, fan_out] = [layer - 1, layer].map(|layer| self.network.units(layer));
        let largest = fan_in.max(fan_out);
        let rank = reflected.load(x, largest);
        reflected.triangulate(self.level, fan_in);
        for k in (0..rank).rev() {
            let mut lanes = key.panel_on(self.level, Role::Weight, layer, k);
            let standard = Affine { shift: 0.0, scale: 1.0 };
            <f64 as Sample>::fill(self.level, Law::Normal, standard, &mut lanes, reflected.vector(k));
            reflected.turn(self.level, k);
        }
        #[expect(clippy::cast_precision_loss, reason = "widths are far below 2^53")]
        let root = (largest as f64).sqrt();
        reflected.store(self.network.weight_std[layer - 1] * root, h);
    }
}
