//! The arithmetic of one layer: vectors, activations.

pub mod activation;
pub mod simd;

pub use activation::Activation;
pub use simd::{Element, SimdLevel};
