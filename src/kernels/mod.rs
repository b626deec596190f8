//! The arithmetic of one layer: vectors, activations.

pub mod activation;

pub use activation::Activation;
