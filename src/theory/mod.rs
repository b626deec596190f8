//! What is known about a random network before any trial is run.
//!
//! Exact results at finite width, what follows from exact moments, and the first order in 1/width, in this order of
//! preference, each with an estimate of its error; and the limit of infinite width beside them. All in real arithmetic:
//! neither rounding nor overflow of the element type is part of them.
//!
//! | file | covers |
//! |---|---|
//! | [`linear_chain`] | exact: linear, normal weights of any mean, any batch, no bias |
//! | [`elementwise`] | exact: products and sums with fresh noise |
//! | [`homogeneous`] | exact: relu, leaky relu, linear; normal weights of mean 0, biases, one input |
//! | [`first_level`] | exact expectations: linear layers of any weights, biases and batch |
//! | [`fourth_order`] | exact spread: linear, weights that are not normal, one input |
//! | [`symmetric`] | exact: what follows from symmetry alone |
//! | [`log_law`] | exact: logarithms, one input |
//! | [`orthogonal`] | exact: homogeneous, orthogonal weights, one input; linear, any batch |
//! | [`branches`] | exact expectations: residual branches, layer and rms norms |
//! | `branched_limit`, `branched_gradient` | the limit: residual branches and norms, and their gradients |
//! | [`backward`] | exact expectations and the limit: gradients of plain networks |
//! | [`jacobian`] | exact moments and the limit: singular values of the Jacobian |
//! | [`fitted`] | exact: weights that are fitted to the batch |
//! | [`saturated`] | exact expectations: the fraction beyond a threshold in layer 1 |
//! | `backward_log` | exact: logarithms of gradients, one input |
//! | `backward_order` | first order in 1/n: squared gradients of any activation |
//! | [`root`] | from exact moments: std, rms and log2 of it |
//! | [`entries`] | exact in layer 1, and the limit: the law of one entry, in bins |
//! | [`expansion`] | mean field and first order in 1/n: any activation, weight mean, bias, law and batch |
//! | [`mean_field`] | fixed points, edge of chaos and depth scales of an activation |

#![expect(clippy::cast_precision_loss, reason = "counts of entries are far below 2^53")]
#![cfg_attr(test, expect(clippy::float_cmp, reason = "an exact 0 is meant as such"))]

pub mod backward;
mod backward_log;
mod backward_order;
pub mod binomial;
mod branched_gradient;
mod branched_limit;
pub mod branches;
mod chi_squared;
pub mod elementwise;
pub mod entries;
pub mod exact;
pub mod expansion;
pub mod first_level;
pub mod fitted;
pub mod fourth_order;
mod gauss;
pub mod homogeneous;
pub mod jacobian;
pub mod limit;
pub mod linear_chain;
pub mod log_law;
pub mod mean_field;
pub mod normalised;
pub mod orthogonal;
pub mod polygamma;
pub mod prediction;
pub mod predictor;
pub mod quadrature;
mod refine;
pub mod root;
pub mod saturated;
pub mod symmetric;
pub mod unit;
pub mod wide;

pub use backward::Gradients;
pub use limit::Limit;
pub use prediction::{Kind, LayerPrediction, Prediction, Sites};
pub use predictor::{Predicted, Predictor, predict};
