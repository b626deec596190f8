//! What a backward pass begins with.

use crate::named::named;

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
