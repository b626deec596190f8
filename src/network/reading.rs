//! What one trial measures at one site of one layer, and what it carries from layer to layer for that.

use std::ops::{Index, IndexMut};

use super::metric::Metric;
use super::overflow::Format;
use super::site::{BySite, Site};
use crate::kernels::{Losses, Moments};

/// All that the metrics of one place are made of.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Moments of the entries in memory.
    pub moments: Moments,
    /// The true entries are those in memory times `2^scale`; 0 where nothing is rescaled.
    pub scale: i32,
    /// What more than moments shows.
    pub whole: WholeLayer,
    /// The first layers up to this one in which this site left a number format.
    pub first: FirstLayers,
    /// Sum of the squares over that of the layer met before; NaN if it was not measured.
    pub ratio: f64,
}

/// First layers that left a number format, by [`Format`]; `+inf` for none. A backward pass comes from the last layer.
#[derive(Clone, Copy, Debug)]
pub struct FirstLayers {
    /// Those whose largest magnitude rounds to infinity.
    pub overflow: [f64; 3],
    /// Those whose largest magnitude is below the smallest normal number, and not 0.
    pub underflow: [f64; 3],
}

impl Default for FirstLayers {
    fn default() -> Self {
        Self { overflow: [f64::INFINITY; 3], underflow: [f64::INFINITY; 3] }
    }
}

impl From<&Moments> for Reading {
    fn from(moments: &Moments) -> Self {
        Self {
            moments: *moments,
            scale: 0,
            whole: WholeLayer::default(),
            first: FirstLayers::default(),
            ratio: f64::NAN,
        }
    }
}

/// The metrics that only a whole layer shows, as far as they were asked for; NaN where they were not, or are undefined.
///
/// `unit_variance` is in units of `4^exponent` of the moments, `mean_abs` in units of `2^exponent`.
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
    follows_range: bool,
    first: BySite<FirstLayers>,
    /// The first layers in which rounding made an entry 0, and in which one was too large; `+inf` for none.
    lost: BySite<[f64; 2]>,
    /// Sums of the squares of the layer met before, in units of `4^exponent`; NaN before the first.
    squares: BySite<(f64, i32)>,
}

impl History {
    /// A trial before its input; layers that leave a format are only looked for if `follows_range`.
    pub fn new(follows_range: bool) -> Self {
        Self {
            scale: 0,
            follows_range,
            first: BySite::from_fn(|_| FirstLayers::default()),
            lost: BySite::from_fn(|_| [f64::INFINITY; 2]),
            squares: BySite::from_fn(|_| (f64::NAN, 0)),
        }
    }

    /// The same of a site whose entries have been rounded, with what that has lost of each block.
    #[expect(clippy::cast_precision_loss, reason = "counts of entries in memory are below 2^53")]
    pub fn read_stored(
        &mut self,
        layer: usize,
        site: Site,
        moments: &Moments,
        lost: impl Iterator<Item = Losses>,
    ) -> Reading {
        let Losses { flushed, clipped } = lost.fold(Losses::default(), Losses::plus);
        let count = moments.count as f64;
        let mut reading = self.read(layer, site, moments);
        let each = [
            (flushed, Metric::FractionFlushed, Metric::FlushLayer),
            (clipped, Metric::FractionClipped, Metric::ClipLayer),
        ];
        for ((lost, fraction, first), known) in each.into_iter().zip(&mut self.lost[site]) {
            if lost > 0 && known.is_infinite() {
                *known = layer as f64;
            }
            (reading.whole[fraction], reading.whole[first]) = (lost as f64 / count, *known);
        }
        reading
    }

    /// What the moments of one site of one layer, if they were measured, say after all layers before.
    pub fn read(&mut self, layer: usize, site: Site, moments: &Moments) -> Reading {
        let mut ratio = f64::NAN;
        if self.follows_range && moments.count > 0 {
            self.follow(layer, site, moments);
            ratio = self.ratio(site, moments);
        }
        Reading { scale: self.scale, first: self.first[site], ratio, ..Reading::from(moments) }
    }

    /// Sum of the squares over that of the layer met before.
    fn ratio(&mut self, site: Site, moments: &Moments) -> f64 {
        let (before, unit) = self.squares[site];
        let squares = if moments.nonfinite > 0 { f64::INFINITY } else { moments.sum_of_squares() };
        let exponent = moments.exponent.saturating_add(self.scale);
        self.squares[site] = (squares, exponent);
        libm::scalbn(squares / before, exponent.saturating_sub(unit).saturating_mul(2))
    }

    #[expect(clippy::cast_precision_loss, reason = "depths are far below 2^53")]
    fn follow(&mut self, layer: usize, site: Site, moments: &Moments) {
        let finite = moments.nonfinite == 0;
        let largest = if finite { libm::scalbn(moments.abs_max(), self.scale) } else { f64::INFINITY };
        // Rescaled, a layer may be below the range of f64 and not 0.
        let is_zero = moments.zeros == moments.count;
        let FirstLayers { overflow, underflow } = &mut self.first[site];
        for ((over, under), format) in overflow.iter_mut().zip(underflow).zip(Format::ALL) {
            if largest >= format.threshold() && over.is_infinite() {
                *over = layer as f64;
            }
            if largest < format.smallest_normal() && !is_zero && under.is_infinite() {
                *under = layer as f64;
            }
        }
    }
}
