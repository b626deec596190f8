//! The arithmetic of one layer, written once for every instruction set: matrix product, activation, moments.

pub mod activation;
pub mod batch;
pub mod bidiagonal;
pub mod equicorrelate;
pub mod matmul;
pub mod matrix;
pub mod moments;
pub mod norm;
pub mod norm_slope;
pub mod outer;
pub mod reference;
pub mod reflect;
pub mod rounding;
pub mod saturation;
pub mod singular;
pub mod stored;
pub mod transposed;

pub use activation::Activation;
pub use matmul::{GROUP_PANELS, PANEL, PANEL_ROWS, Piece, Scratch, WeightSource};
pub use matrix::{BLOCK_ROWS, Matrix};
pub use moments::Moments;
pub use rounding::{FloatFormat, Losses, Round};
pub use stored::{MultiplyStored, StoredWeights};
