//! Small changes of a forward pass, whose effect on the loss a gradient foretells.

use super::arithmetic::Arithmetic;
use super::site::Site;
use super::steps::Step;
use crate::kernels::Matrix;
use crate::simd::SimdLevel;

/// What is changed, and so which gradient foretells the effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// What a layer hands on; of layer 0 the input.
    Post,
    /// Its pre-activation.
    Pre,
    /// Its weights: their product with what the layer gets.
    Weight,
}

impl Place {
    /// The site of the gradient.
    #[must_use]
    pub fn site(self) -> Site {
        match self {
            Self::Post => Site::GradPost,
            Self::Pre => Site::GradPre,
            Self::Weight => Site::GradWeight,
        }
    }
}

/// `size * by`, added at a place of a layer.
pub(super) struct Nudge<T: Arithmetic> {
    pub layer: usize,
    pub place: Place,
    pub by: Matrix<T>,
    pub size: f64,
}

impl<T: Arithmetic> Nudge<T> {
    /// Whether it is added behind a step of a layer. What the layer hands on is changed behind all of them.
    pub fn is_behind(&self, layer: usize, step: Step) -> bool {
        let here = match self.place {
            Place::Post => false,
            Place::Pre => step == Step::See(Site::Pre),
            Place::Weight => step == Step::Multiply,
        };
        here && self.layer == layer
    }

    /// Whether it is added to what a layer hands on.
    pub fn is_of_end(&self, layer: usize) -> bool {
        self.place == Place::Post && self.layer == layer
    }

    /// Adds it to the rows from `first_row` on, of one block or all.
    pub fn add(&self, level: SimdLevel, first_row: usize, rows: &mut [T::Row]) {
        T::weigh(level, [self.size, 1.0], &self.by.data()[first_row * self.by.tiles()..], rows);
    }
}
