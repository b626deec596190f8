//! Whole sweeps against exact laws of random networks.

#![expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]

#[path = "../common/nightly.rs"]
mod nightly;
#[path = "../common/npy.rs"]
#[allow(dead_code, reason = "not every group of tests writes every kind of file")]
mod npy;

mod activations;
mod branches;
mod data;
mod draws;
mod entries;
mod forum;
mod gradient_chain;
mod gradients;
mod inputs;
mod jacobian;
mod laws;
mod layers;
mod lsuv;
mod orthogonal;
mod orthogonal_gradients;
mod overflow;
mod pairs;
mod presets;
mod relu;
mod saturation;
mod sweep;
mod widths;
