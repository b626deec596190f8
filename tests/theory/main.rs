//! What theory predicts: against exact fractions, published numbers, and the engine.

#![expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]

#[path = "../common/nightly.rs"]
mod nightly;

mod audit;
mod close;
mod exact;
mod expansion;
mod formula;
mod gradient_orders;
mod misleading;
mod monte_carlo;
mod oracles;
mod refused;
mod simulation;
