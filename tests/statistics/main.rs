//! Estimates and intervals: against tables, and how often they cover.

#![expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]

mod band;
mod claims;
mod coverage;
mod joint_coverage;
mod tables;
