//! One random network: its description, and one trial of it.

pub mod metric;
pub mod spec;
pub use metric::{Metric, Site};
pub use spec::{Network, Operation, Precision, Schedule};
