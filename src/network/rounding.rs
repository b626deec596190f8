//! Rounding to the formats that numbers are stored in, and what that loses.

use super::arithmetic::Arithmetic;
use super::metric::Metric;
use super::trial::Runner;
use crate::kernels::{FloatFormat, Losses};

/// The metrics that count what rounding loses.
const LOST: [Metric; 4] =
    [Metric::FractionFlushed, Metric::FractionClipped, Metric::FlushLayer, Metric::ClipLayer];

impl Runner<'_> {
    /// Rounds a block of `columns` valid columns, if there is a format; gives what that loses, if it is measured.
    pub(super) fn round_to<T: Arithmetic>(
        &self,
        format: Option<FloatFormat>,
        rows: &mut [T::Row],
        columns: usize,
    ) -> Losses {
        let Some(format) = format else { return Losses::default() };
        let is_measured = LOST.iter().any(|&metric| self.observables.has(metric));
        let lost = if is_measured { Losses::of::<T>(format, rows, columns) } else { Losses::default() };
        T::round(self.level, format, rows);
        lost
    }

    /// Rounds a block of a layer to what the network is stored in; gives what that loses, if it is measured.
    pub(super) fn store<T: Arithmetic>(&self, rows: &mut [T::Row]) -> Losses {
        self.round_to::<T>(self.network.format(), rows, self.network.batch)
    }

    /// Rounds weights or biases, whose losses are in no metric.
    pub(super) fn store_parameters<T: Arithmetic>(&self, rows: &mut [T::Row]) {
        if let Some(format) = self.network.format() {
            T::round(self.level, format, rows);
        }
    }
}
