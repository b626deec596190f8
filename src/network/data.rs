//! Inputs from a file: every trial takes some of its samples.

use super::spec::{Network, Precision};
use super::table::{Data, NoScale, Scale, Standardise};
use crate::random::{Role, distinct};

impl Network {
    /// The samples of a file that are the columns of `X_0` in a trial: `batch` different ones of the N.
    #[must_use]
    pub fn chosen(&self, data: &Data, trial: u64) -> Vec<usize> {
        let [samples, _] = data.table.shape(self.input_rows);
        let mut generator = data.key.trial(trial).panel(Role::Sample, 0, 0).lane(0);
        distinct(&mut generator, samples, self.batch)
    }

    /// Entry `feature` of a sample of a file, standardised.
    pub(super) fn sampled(&self, data: &Data, scales: &[Scale], sample: usize, feature: usize) -> f64 {
        let entry = data.table.sampled(self.input_rows, sample, feature);
        match scales {
            [] => entry,
            [Scale { mean, std }] if self.input_standardise == Standardise::Whole => (entry - mean) / std,
            scales => scales.get(feature).map_or(f64::NAN, |Scale { mean, std }| (entry - mean) / std),
        }
    }

    /// Mean and std of one entry of `X_0`: over a file all its samples, standardised as they are taken; NaN where its entries are not known.
    #[must_use]
    pub fn input_moments(&self) -> [f64; 2] {
        let Some(data) = &self.data else { return [self.input_mean, self.input_std] };
        if !data.table.is_read() {
            return [f64::NAN; 2];
        }
        let is_raw = self.input_standardise == Standardise::None;
        let how = if is_raw { Standardise::Whole } else { self.input_standardise };
        match data.table.scales(self.input_rows, how).as_deref() {
            Ok([Scale { mean, std }]) if is_raw => [*mean, *std],
            Err(NoScale::Constant) if is_raw => [data.table.entry(0, 0), 0.0],
            Ok(_) if how == Standardise::Whole => [0.0, 1.0],
            Ok(scales) => [0.0, varied(scales).sqrt()],
            Err(_) => [f64::NAN; 2],
        }
    }

    /// Why the inputs of its file do not make a network; `None` if they do, or if there are none.
    #[must_use]
    pub fn data_flaw(&self) -> Option<String> {
        let table = &self.data.as_ref()?.table;
        let [samples, features] = table.shape(self.input_rows);
        if features != self.units(0) {
            return Some(format!("it has {features} features, and `input_width` is {}", self.units(0)));
        }
        if self.batch > samples {
            let batch = self.batch;
            return Some(format!(
                "it has {samples} samples, and `batch` = {batch} takes as many different ones"
            ));
        }
        if let Err(reason) = table.scales(self.input_rows, self.input_standardise).map(drop)
            && table.is_read()
        {
            return Some(reason.to_string());
        }
        if self.precision != Precision::F32 || self.input_standardise != Standardise::None {
            return None;
        }
        let [least, largest] = table.magnitudes();
        if largest > f64::from(f32::MAX) {
            return Some(format!("it has the number {largest:e}, beyond the largest f32"));
        }
        // Half of the smallest f32 is the largest number that becomes 0.
        (least <= libm::scalbn(1.0, -150)).then(|| format!("it has the number {least:e}, which is 0 in f32"))
    }
}

/// The part of the features that are not constant.
#[expect(clippy::cast_precision_loss, reason = "counts of features are far below 2^53")]
fn varied(scales: &[Scale]) -> f64 {
    let varied = scales.iter().filter(|scale| scale.std.is_finite()).count();
    varied as f64 / scales.len() as f64
}
