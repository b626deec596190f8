//! What a backward pass begins with.

use super::arithmetic::Arithmetic;
use super::trial::Runner;
use super::weights::{LayerAddress, Sampler};
use crate::kernels::{BLOCK_ROWS, Matrix};
use crate::named::named;
use crate::random::{Affine, Law, Role};

named! {
    /// The gradient of the loss that a backward pass begins with. The loss is linear in it: `sum of G o X_L`.
    #[derive(Default)]
    pub enum Cotangent as "cotangent" {
        /// Independent `N(0, 1/n)` in every unit and every column: the expected squared norm of a column is 1
        #[default]
        Normal = "normal",
        /// Independent signs over the root of n
        Sign = "sign",
        /// One draw of `N(0, 1/n)` per unit, the same in all columns
        Shared = "shared",
        /// `1/sqrt(n)` everywhere: a cotangent with a mean, for which mean field fails
        Ones = "ones",
    }
}

named! {
    /// Where the cotangent stands.
    #[derive(Default)]
    pub enum CotangentAt as "place of the cotangent" {
        /// At what the last layer hands on, `G_L = dL/dX_L`
        #[default]
        Post = "post",
        /// At its pre-activation, `D_L = dL/dH_L`, as behind a linear readout
        Pre = "pre",
    }
}

/// What a backward pass begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backward {
    /// Its law.
    pub cotangent: Cotangent,
    /// Its place.
    pub at: CotangentAt,
}

impl Runner<'_> {
    /// Draws the cotangent of layer `address.layer` into `out`: one stream per tile of a block, as the input.
    pub(super) fn draw_cotangent<T: Arithmetic>(
        &self,
        cotangent: Cotangent,
        address: LayerAddress,
        out: &mut Matrix<T>,
    ) {
        let scale = 1.0 / crate::kernels::norm::count(out.rows()).sqrt();
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
