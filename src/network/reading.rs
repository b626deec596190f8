//! What one trial measures at one site of one layer, and what it carries from layer to layer for that.

use std::ops::{Index, IndexMut};

use super::metric::Metric;
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
    /// What more than moments shows.
    pub whole: WholeLayer,
    /// The first layers up to this one in which this site overflowed, by [`Format`]; `+inf` for none.
    pub first_overflow: [f64; 3],
}

impl From<&Moments> for Reading {
    fn from(moments: &Moments) -> Self {
        Self { moments: *moments, scale: 0, whole: WholeLayer::default(), first_overflow: [f64::INFINITY; 3] }
    }
}

/// The metrics that only a whole layer shows, as far as they were asked for; NaN where they were not, or are undefined.
///
/// `unit_variance` is in units of `4^exponent` of the moments.
#[derive(Clone, Copy, Debug)]
pub struct WholeLayer([f64; Metric::ALL.len()]);

impl Default for WholeLayer {
    fn default() -> Self {
        Self([f64::NAN; Metric::ALL.len()])
    }
}

impl Index<Metric> for WholeLayer {
    type Output = f64;

    fn index(&self, metric: Metric) -> &f64 {
        &self.0[metric as usize]
    }
}

impl IndexMut<Metric> for WholeLayer {
    fn index_mut(&mut self, metric: Metric) -> &mut f64 {
        &mut self.0[metric as usize]
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
