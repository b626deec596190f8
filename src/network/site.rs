//! Where in a layer something is measured.

use std::ops::{Index, IndexMut};

use crate::named::named;

named! {
    /// Where in a layer a metric is measured.
    pub enum Site as "site" {
        /// `X_0`, layer 0
        Input = "input",
        /// Pre-activation `H_l`: what the activation gets, after a norm before it
        Pre = "pre",
        /// Post-activation: what it gives, after a norm behind it; `X_l` where there is no residual
        Post = "post",
        /// The branch of a residual, before it is scaled and added
        Branch = "branch",
        /// `X_l`, what the layer hands on: the sum of a residual, after a norm of it
        Stream = "stream",
        /// Gradient of the loss at the pre-activation, `D_l = dL/dH_l`
        GradPre = "grad_pre",
        /// Gradient at what the layer hands on, `G_l = dL/dX_l`; of layer 0 that of the input
        GradPost = "grad_post",
        /// Gradient of the weights, `dL/dW_l = D X^T`, summed over the batch; D is the gradient of `W X`
        GradWeight = "grad_weight",
        /// The singular values of `J_l = dX_l/dX_0`, of what the layer hands on for the first input by that input: as many as
        /// an input has entries
        Jacobian = "jacobian",
    }
}

impl Site {
    /// Those that are measured where a config does not say, and no network has a residual: without one, the branch and
    /// the stream are what the activation gives.
    pub const PLAIN: [Self; 3] = [Self::Input, Self::Pre, Self::Post];
    /// Those of the forward pass.
    pub const FORWARD: [Self; 5] = [Self::Input, Self::Pre, Self::Post, Self::Branch, Self::Stream];
    /// Those of the backward pass.
    pub const GRADIENTS: [Self; 3] = [Self::GradPre, Self::GradPost, Self::GradWeight];

    /// Whether it is one of the backward pass.
    #[must_use]
    pub fn is_gradient(self) -> bool {
        Self::GRADIENTS.contains(&self)
    }

    /// Whether it is one of the forward pass.
    #[must_use]
    pub fn is_forward(self) -> bool {
        Self::FORWARD.contains(&self)
    }

    /// Whether a layer has it; 0 is the input.
    #[must_use]
    pub fn is_in(self, layer: usize) -> bool {
        match self {
            Self::Input => layer == 0,
            Self::GradPost => true,
            _ => layer > 0,
        }
    }

    /// The layer of `layers` that a pass meets last: a backward pass ends at the input.
    #[must_use]
    pub fn last_of(self, layers: impl Iterator<Item = usize>) -> Option<usize> {
        if self.is_gradient() { layers.min() } else { layers.max() }
    }
}

/// One `T` for every site.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BySite<T>([T; Site::ALL.len()]);

impl<T> BySite<T> {
    /// What `f` makes of every site.
    #[must_use]
    pub fn from_fn(f: impl FnMut(Site) -> T) -> Self {
        Self(Site::ALL.map(f))
    }
}

impl<T> Index<Site> for BySite<T> {
    type Output = T;

    fn index(&self, site: Site) -> &T {
        &self.0[site as usize]
    }
}

impl<T> IndexMut<Site> for BySite<T> {
    fn index_mut(&mut self, site: Site) -> &mut T {
        &mut self.0[site as usize]
    }
}
