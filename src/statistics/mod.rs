//! What a list of trial values says about its law: estimates, intervals, quantiles, and whether to trust
//! them.
//!
//! Pure functions of `f64`, deterministic to the bit: IEEE operations in a fixed order and libm. The trial
//! is the sampling unit. Undefined is `None`, never 0 and never NaN.

#![expect(clippy::cast_precision_loss, reason = "counts of trials are far below 2^53")]
#![expect(clippy::float_cmp, reason = "an exact 0, an exact 1 and a tie are meant as such")]

pub mod beta;
pub mod critical;
pub mod difference;
pub mod estimate;
pub mod gamma;
pub mod interval;
pub mod joint;
pub mod median;
pub mod moments;
pub mod normal;
pub mod proportion;
pub mod quantiles;
pub mod reliability;
pub mod slope;
pub mod student_t;
pub mod summary;

pub use critical::Critical;
pub use estimate::Estimate;
pub use interval::{Interval, LEVEL};
pub use moments::Moments;
pub use reliability::Reliability;
pub use summary::{Kind, Summary};
