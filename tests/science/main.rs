//! Whole sweeps against exact laws of random networks.

#![expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]

#[path = "../common/nightly.rs"]
mod nightly;

mod activations;
mod branches;
mod draws;
mod entries;
mod forum;
mod gradients;
mod inputs;
mod jacobian;
mod laws;
mod layers;
mod lsuv;
mod orthogonal;
mod overflow;
mod pairs;
mod presets;
mod relu;
mod saturation;
mod sweep;
mod widths;
