//! Monte Carlo sweeps of random neural networks.

pub mod config;
pub mod kernels;
pub mod network;
pub mod random;
pub mod simd;
pub mod statistics;
pub mod sweep;
pub mod theory;
