//! Shared by the tests of samplers and kernels.

#![allow(dead_code, reason = "every test binary uses its own part")]
#![allow(clippy::cast_precision_loss, reason = "counts are far below 2^53")]

pub mod cdf;
pub mod draws;
pub mod matrices;
pub mod score;
