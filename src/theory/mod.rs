//! What is known exactly about a random network before any trial is run.
//!
//! All results are at finite width and batch, in real arithmetic: neither rounding nor overflow of the
//! element type is part of them.

#![expect(clippy::cast_precision_loss, reason = "counts of entries are far below 2^53")]
#![cfg_attr(test, expect(clippy::float_cmp, reason = "an exact 0 is meant as such"))]

pub mod elementwise;
pub mod linear_chain;
pub mod prediction;
pub mod predictor;

pub use prediction::{Kind, LayerPrediction, Prediction};
pub use predictor::{Predictor, predict};
