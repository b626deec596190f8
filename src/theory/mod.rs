//! What is known exactly about a random network before any trial is run.
//!
//! All results are at finite width and batch, in real arithmetic: neither rounding nor overflow of the element type is part of them.

pub mod elementwise;
pub mod linear_chain;
pub mod prediction;
pub mod predictor;

pub use prediction::{Kind, LayerPrediction, Prediction};
pub use predictor::{Predictor, predict};
