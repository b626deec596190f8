//! Monte Carlo sweeps of random neural networks.

pub mod cli;
pub mod config;
pub mod engine;
mod hash;
pub mod kernels;
pub mod network;
pub mod output;
pub mod random;
pub mod simd;
pub mod statistics;
pub mod sweep;
pub mod theory;
