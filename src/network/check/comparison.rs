//! What a check compares, and what it says.

use crate::network::site::Site;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A gradient with a difference of the loss.
    Difference(Site),
    /// The same at all places of all layers at the same time.
    Everywhere,
    /// An identity, by its name in the list of this module.
    Identity(&'static str),
}

/// Two numbers that are equal but for the errors of their bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// What they are.
    pub subject: Subject,
    /// The layer; the last one where it is all of them.
    pub layer: usize,
    /// That of the gradient, and the other.
    pub values: [f64; 2],
    /// What errors are relative to: of a difference, the root of the mean square of the slope over all directions.
    pub scale: f64,
    /// The step h; 0 of an identity.
    pub step: f64,
    /// Bounds of the errors of truncation, rounding and kinks.
    pub bounds: [f64; 3],
}

/// What a comparison says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Both are equal, to the bound.
    Holds,
    /// They are not.
    Fails,
    /// The bound is above a tenth of the scale, or something is not finite: this says nothing.
    Unresolved,
}

impl Comparison {
    /// The relative error.
    #[must_use]
    pub fn error(&self) -> f64 {
        self.relative((self.values[0] - self.values[1]).abs())
    }

    /// The bound of the relative error.
    #[must_use]
    pub fn bound(&self) -> f64 {
        self.relative(self.bounds.iter().sum::<f64>())
    }

    /// A number in units of the scale. In a dead network all are 0.
    #[must_use]
    pub fn relative(&self, number: f64) -> f64 {
        if number == 0.0 { 0.0 } else { number / self.scale }
    }

    /// What it says.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let [error, bound] = [self.error(), self.bound()];
        if !error.is_finite() || !bound.is_finite() {
            Verdict::Unresolved
        } else if error > bound {
            Verdict::Fails
        } else if bound > 0.1 {
            Verdict::Unresolved
        } else {
            Verdict::Holds
        }
    }
}

/// Six standard deviations of a sum of independent rounding errors, in units of the rounding unit of f64 and f32.
pub(super) fn six_units<T>() -> f64 {
    let unit = if size_of::<T>() == 8 { f64::EPSILON } else { f64::from(f32::EPSILON) } / 2.0;
    6.0 * unit
}
