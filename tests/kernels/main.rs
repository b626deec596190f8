//! The numbers underneath: activations, samplers, products and moments.

#![expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]

#[path = "../common/matrices.rs"]
mod matrices;
#[path = "../common/nightly.rs"]
mod nightly;
#[path = "../common/npy.rs"]
#[allow(dead_code, reason = "not every group of tests writes every kind of file")]
mod npy;

mod activation;
mod activation_dense;
mod activation_oracle;
mod activation_properties;
mod batch;
mod cdf;
mod data;
mod draws;
mod family;
mod formula;
mod gradient_parts;
mod gradients;
mod jacobian;
mod layers;
mod matmul;
mod moments;
mod orthogonal;
mod orthogonal_gradients;
mod plain;
mod relative;
mod rounding;
mod sampler_addresses;
mod sampler_law;
mod score;
mod singular;
mod slopes;
mod stored;
mod structure;
