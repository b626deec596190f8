//! What a trial does for metrics that need more than the moments of a layer: a look at whole layers, and the exact
//! rescaling that keeps them in the range of the element type.

use super::arithmetic::Arithmetic;
use super::metric::Metric;
use super::reading::{History, Reading};
use super::site::Site;
use super::spec::Precision;
use super::trial::Runner;
use super::workspace::Workspace;
use crate::kernels::{Losses, Matrix, Moments, batch};

impl Runner<'_> {
    /// Adds what the observables ask of the whole of one site, saturation apart; `reference` is what is there without storage.
    pub(super) fn survey<T: Arithmetic>(
        &self,
        (layer, site): (usize, Site),
        x: &Matrix<T>,
        reference: Option<&Matrix<T>>,
        reading: &mut Reading,
    ) {
        let Reading { moments, whole: survey, .. } = reading;
        if !self.observables.looks_at(layer, site) {
            return;
        }
        let asks = |metric: Metric| self.observables.has(metric);
        let finite = moments.nonfinite == 0;
        if finite && (asks(Metric::Correlation) || asks(Metric::Decorrelation)) {
            let distance = batch::cosine_distance(self.level, x);
            survey[Metric::Correlation] = 1.0 - distance;
            survey[Metric::Decorrelation] = distance;
        }
        if finite && asks(Metric::CentredCorrelation) {
            survey[Metric::CentredCorrelation] = 1.0 - batch::pearson_distance(self.level, x);
        }
        if finite && asks(Metric::UnitVariance) {
            survey[Metric::UnitVariance] = batch::unit_variance(self.level, x, moments.exponent);
        }
        if finite && asks(Metric::MeanAbs) {
            survey[Metric::MeanAbs] = batch::mean_magnitude(self.level, x, moments.exponent);
        }
        if asks(Metric::FractionNegative) {
            let negative = batch::count_where(x, |entry| entry < 0.0);
            survey[Metric::FractionNegative] = ratio(negative, x.rows() * x.columns());
        }
        if asks(Metric::FractionDead) {
            survey[Metric::FractionDead] = ratio(batch::dead_units(x), x.rows());
        }
        if asks(Metric::FractionSubnormal) {
            let normal = match (self.network.format_at(site), self.network.precision) {
                (Some(format), _) => format.smallest_normal(),
                (None, Precision::F64) => f64::MIN_POSITIVE,
                (None, Precision::F32) => f32::MIN_POSITIVE.into(),
            };
            let subnormal = batch::count_where(x, |entry| entry != 0.0 && entry.abs() < normal);
            survey[Metric::FractionSubnormal] = ratio(subnormal, x.rows() * x.columns());
        }
        if asks(Metric::RoundingNoise) && site.is_forward() {
            survey[Metric::RoundingNoise] = reference.map_or(0.0, |reference| noise(x, reference));
        }
    }

    /// Records the parts of the entries of a layer in every bin, if that is measured.
    pub(super) fn bin<T: Arithmetic>(&self, layer: usize, site: Site, x: &Matrix<T>, out: &mut [f64]) {
        let (entries, unit) = (x.rows() * x.columns(), self.network.unit(site));
        self.observables.record_bins(layer, site, entries, |bins, counts| bins.count(x, unit, counts), out);
    }

    /// Fraction of the pre-activations in memory, which are the true ones by `2^-scale`, in the saturated tails, or
    /// beyond the threshold where there is one; NaN where those are not known.
    pub(super) fn saturated<T: Arithmetic>(&self, h: &Matrix<T>, scale: i32) -> f64 {
        let activation = self.network.activation;
        let threshold = self.observables.saturation();
        let tails = threshold.map_or_else(|| activation.tails(), |threshold| activation.beyond(threshold));
        let Some(tails) = tails else { return f64::NAN };
        let tails = tails.map(|end| libm::scalbn(end, -scale));
        ratio(batch::outside(h, tails), h.rows() * h.columns())
    }

    /// Measures and records the input, of which rounding has lost some entries.
    pub(super) fn record_input<T: Arithmetic>(
        &self,
        lost: Losses,
        workspace: &mut Workspace<T>,
        out: &mut [f64],
    ) {
        if !self.observables.measures(0, Site::Input) {
            return;
        }
        let Workspace { x, history, reference, .. } = workspace;
        let blocks = x.blocks().map(|(_, block)| T::moments(self.level, block, x.columns()));
        let moments = blocks.fold(Moments::default(), Moments::merge);
        let mut reading = history.read_stored(0, Site::Input, &moments, std::iter::once(lost));
        let reference = reference.as_ref().map(|reference| reference.at(Site::Input));
        self.survey((0, Site::Input), x, reference, &mut reading);
        self.observables.record(0, Site::Input, &reading, out);
        self.bin(0, Site::Input, x, out);
        self.rescale(x, &moments, history);
    }

    /// Brings the largest magnitude of a layer that is far from 1 between 1/2 and 1, by a power of two.
    ///
    /// The networks that a config may rescale are homogeneous: a power of two passes through every later operation
    /// as it is, but for entries that leave the range of normal numbers. 2^32 of the 2^127 of f32, and 2^256 of the
    /// 2^1023 of f64, are left to the activations; what one layer multiplies by may take the rest.
    pub(super) fn rescale<T: Arithmetic>(&self, x: &mut Matrix<T>, moments: &Moments, history: &mut History) {
        let largest = moments.abs_max();
        if !self.observables.rescales() || moments.nonfinite > 0 || largest == 0.0 {
            return;
        }
        let limit = if self.network.precision == Precision::F32 { 32 } else { 256 };
        // The clamp keeps the factor finite for subnormals: what is left is done after the next layer.
        let exponent = libm::frexp(largest).1.clamp(-1000, 1000);
        if exponent.abs() <= limit {
            return;
        }
        let factor = libm::scalbn(1.0, -exponent);
        T::scale(factor, x.data_mut());
        history.scale = history.scale.saturating_add(exponent);
    }
}

/// Sum of the squared differences of two matrices over that of the squares of the second, which nothing has rounded; infinite
/// where the first is not finite.
fn noise<T: Arithmetic>(x: &Matrix<T>, reference: &Matrix<T>) -> f64 {
    let (mut squares, mut lost) = (0.0, 0.0);
    x.each_entry(|row, column, entry| {
        let exact = reference.get(row, column).to_f64();
        let difference = entry.to_f64() - exact;
        squares += exact * exact;
        lost += difference * difference;
    });
    match (squares.is_finite(), lost.is_finite()) {
        (true, true) => lost / squares,
        (true, false) => f64::INFINITY,
        (false, _) => f64::NAN,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of entries in memory are below 2^53")]
fn ratio(part: u64, whole: usize) -> f64 {
    part as f64 / whole as f64
}
