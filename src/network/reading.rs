//! What one trial measures at one site of one layer, and what it carries from layer to layer for that.

use super::overflow::Format;
use super::site::{BySite, Site};
use crate::kernels::Moments;

/// All that the metrics of one place are made of.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Moments of the entries in memory.
    pub moments: Moments,
    /// The true entries are those in memory times `2^scale`; 0 where nothing is rescaled.
    pub scale: i32,
    /// How the inputs differ.
    pub batch: Batch,
    /// The first layers up to this one in which this site overflowed, by [`Format`]; `+inf` for none.
    pub first_overflow: [f64; 3],
}

impl From<&Moments> for Reading {
    fn from(moments: &Moments) -> Self {
        Self { moments: *moments, scale: 0, batch: Batch::default(), first_overflow: [f64::INFINITY; 3] }
    }
}

/// What only a whole layer shows, as far as it was asked for; NaN where it was not, or is undefined.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    /// 1 less the mean cosine of two inputs.
    pub cosine_distance: f64,
    /// 1 less the mean Pearson correlation of two inputs.
    pub pearson_distance: f64,
    /// Mean variance of a unit over the inputs, in units of `4^exponent` of the moments.
    pub unit_variance: f64,
    /// Fraction of units that are 0 for all inputs.
    pub fraction_dead: f64,
    /// Fraction of saturated pre-activations.
    pub fraction_saturated: f64,
}

impl Default for Batch {
    fn default() -> Self {
        let nan = f64::NAN;
        Self {
            cosine_distance: nan,
            pearson_distance: nan,
            unit_variance: nan,
            fraction_dead: nan,
            fraction_saturated: nan,
        }
    }
}

/// What a trial carries from layer to layer beside its activations.
#[derive(Clone, Copy, Debug)]
pub(super) struct History {
    /// The true activations are those in memory times `2^scale`.
    pub scale: i32,
    follows_overflows: bool,
    /// First layers that overflowed, by [`Format`].
    first_overflow: BySite<[f64; 3]>,
}

impl History {
    /// A trial before its input; overflows are only looked for if `follows_overflows`.
    pub fn new(follows_overflows: bool) -> Self {
        Self { scale: 0, follows_overflows, first_overflow: BySite::from_fn(|_| [f64::INFINITY; 3]) }
    }

    /// What the moments of one site of one layer, if they were measured, say after all layers before.
    pub fn read(&mut self, layer: usize, site: Site, moments: &Moments) -> Reading {
        if self.follows_overflows && moments.count > 0 {
            self.look_for_overflow(layer, site, moments);
        }
        let first_overflow = self.first_overflow[site];
        Reading { scale: self.scale, first_overflow, ..Reading::from(moments) }
    }

    #[expect(clippy::cast_precision_loss, reason = "depths are far below 2^53")]
    fn look_for_overflow(&mut self, layer: usize, site: Site, moments: &Moments) {
        let finite = moments.nonfinite == 0;
        let largest = if finite { libm::scalbn(moments.abs_max(), self.scale) } else { f64::INFINITY };
        for (first, format) in self.first_overflow[site].iter_mut().zip(Format::ALL) {
            if largest >= format.threshold() {
                *first = first.min(layer as f64);
            }
        }
    }
}
