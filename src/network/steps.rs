//! What a layer is: a list of steps, with the sites between them.
//!
//! A trial walks through the list forwards ([`super::trial`]). Every layer has every site: where a layer lacks the step
//! before one, the site shows what came to it.

use super::site::Site::{self, Branch, Post, Pre, Stream};
use super::spec::NormAt::{self, Input, Output, PostActivation, PreActivation};
use super::spec::{Network, Norm, Residual};

/// One step of a layer, or a site between two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Normalises what there is, if the network has a norm at this place.
    Normalise(NormAt),
    /// What there is becomes `W X + b`, or what else the operation makes of it.
    Multiply,
    /// Scales what `W X` is to its std, if the weights are fitted to the batch.
    Fit,
    /// Applies the activation.
    Activate,
    /// Adds what the branch was made from: `skip X + branch_scale` times what there is.
    Add,
    /// What there is, is what this site shows.
    See(Site),
}

use Step::{Activate, Add, Fit, Multiply, Normalise, See};

/// `X' = phi(W X)`
const PLAIN: &[Step] = &[
    Normalise(Input),
    Multiply,
    Fit,
    Normalise(PreActivation),
    See(Pre),
    Activate,
    Normalise(PostActivation),
    See(Post),
    See(Branch),
    See(Stream),
];

/// `X' = skip X + scale phi(W X)`
const OUTSIDE: &[Step] = &[
    Normalise(Input),
    Multiply,
    Fit,
    Normalise(PreActivation),
    See(Pre),
    Activate,
    Normalise(PostActivation),
    See(Post),
    See(Branch),
    Add,
    Normalise(Output),
    See(Stream),
];

/// `X' = skip X + scale W phi(X)`
const INSIDE: &[Step] = &[
    Normalise(Input),
    Normalise(PreActivation),
    See(Pre),
    Activate,
    Normalise(PostActivation),
    See(Post),
    Multiply,
    Fit,
    See(Branch),
    Add,
    Normalise(Output),
    See(Stream),
];

/// The second layer of `X' = skip X + scale W phi(W X)`; the first is a plain one.
const SECOND: &[Step] =
    &[Multiply, Fit, See(Pre), See(Post), See(Branch), Add, Normalise(Output), See(Stream)];

impl Network {
    /// The steps of a layer, from 1, in order; one of them is [`Step::Multiply`].
    #[must_use]
    pub fn steps(&self, layer: usize) -> &'static [Step] {
        match self.residual {
            Residual::None => PLAIN,
            Residual::Outside => OUTSIDE,
            Residual::Inside => INSIDE,
            Residual::Between if self.opens_branch(layer) => PLAIN,
            Residual::Between => SECOND,
        }
    }

    /// Whether a branch of a residual begins with this layer.
    #[must_use]
    pub fn opens_branch(&self, layer: usize) -> bool {
        match self.residual {
            Residual::None => false,
            Residual::Outside | Residual::Inside => true,
            Residual::Between => layer % 2 == 1,
        }
    }

    /// Whether the branch that begins with a layer changes its input in place, so that the sum needs a copy.
    pub(super) fn copies_input(&self, layer: usize) -> bool {
        self.opens_branch(layer) && (self.residual == Residual::Inside || self.normalises(Input))
    }

    /// Whether X of a residual is no longer what the layer gets: it was copied, or the branch began before.
    pub(super) fn keeps_apart(&self, layer: usize) -> bool {
        self.copies_input(layer) || self.residual == Residual::Between && !self.opens_branch(layer)
    }

    /// Whether a branch goes on beyond this layer.
    pub(super) fn is_inside_branch(&self, layer: usize) -> bool {
        self.residual == Residual::Between && self.opens_branch(layer)
    }

    /// Whether there is a norm at this place.
    #[must_use]
    pub fn normalises(&self, at: NormAt) -> bool {
        self.norm != Norm::None && self.norm_at == at
    }

    /// The same, if the norm goes through the columns, and so through all blocks.
    pub(super) fn normalises_columns(&self, at: NormAt) -> bool {
        self.normalises(at) && matches!(self.norm, Norm::Layer | Norm::Rms)
    }

    /// The site of what a layer hands on.
    #[must_use]
    pub fn output_site(&self) -> Site {
        if self.residual == Residual::None { Post } else { Stream }
    }
}

/// The steps before the product, those from it on.
pub(super) fn parts(steps: &[Step]) -> (&[Step], &[Step]) {
    steps.split_at(steps.iter().position(|step| *step == Multiply).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_has_one_product_and_every_site_once() {
        for steps in [PLAIN, OUTSIDE, INSIDE, SECOND] {
            assert_eq!(steps.iter().filter(|step| **step == Multiply).count(), 1);
            let sites: Vec<Site> = steps
                .iter()
                .filter_map(|step| if let See(site) = step { Some(*site) } else { None })
                .collect();
            assert_eq!(sites, [Pre, Post, Branch, Stream]);
            let (before, after) = parts(steps);
            assert!(!before.contains(&Multiply) && after[..2] == [Multiply, Fit]);
        }
    }
}
