//! Monte Carlo sweeps of random neural networks: *why 0 mean and 1 std?*
//!
//! A config describes random networks over a grid of width, depth, weight std and mean, activation and more. The
//! engine draws thousands of seeded networks per cell on all cores, pushes a batch of inputs through each,
//! measures every layer, and writes one tidy CSV with confidence intervals beside what exact theory predicts.
//!
//! # The promise
//!
//! The bytes of `summary.csv` depend on the config alone: not on the number of threads, the instruction set, the
//! order of cells, other cells in the grid, interruptions, or shards. Every word of that sentence has a test in
//! `tests/reproducibility/` or `tests/resume/`. It rests on four rules:
//!
//! - a cell is identified by its content, a random number by its address ([`random`]), never by a position in a
//!   queue;
//! - floating point is IEEE `+ - * /`, square root and fused multiply-add in a fixed order; elementary functions
//!   are our own or `libm`'s, never the platform's;
//! - vectors are logically 512 bits wide, whatever the registers are ([`simd`]);
//! - a value depends on the address of its trial alone, not on the thread that drew it ([`engine`]), and what is stored is stored under its
//!   content ([`store`]).
//!
//! # Legend
//!
//! | symbol | meaning |
//! |---|---|
//! | L, n, B, T | depth, width, batch (inputs per network), trials (networks per cell) |
//! | l | layer; 0 is the input |
//! | m, s, `s_b` | mean and std of one weight, std of one bias |
//! | c | correlation of two inputs |
//! | W, X, H, phi | weights, post-activations, pre-activations, activation function |
//! | M, S, Q | mean, population std and second moment of all B n entries of a layer |
//!
//! ```text
//! X_0: n x B, entries input_mean + input_std * N(0, 1)         (columns are inputs, of one pairwise correlation)
//!      or batch different samples of a file, each a column
//! H_l = W_l X_{l-1} + b_l,  W_l entries m + s * xi,  b_l entries s_b * N(0, 1)
//! X_l = phi(H_l)
//! ```
//!
//! # Words
//!
//! | word | meaning |
//! |---|---|
//! | cell | one point of a grid: one network, and its rows |
//! | group | cells that one pass over one deep network serves: they differ in depth alone |
//! | trial | one network, drawn and measured; the sampling unit of every interval |
//! | block | some consecutive trials of one group |
//! | site | where in a layer: `input`, `pre` and `post` activation, `branch` and `stream` of a residual |
//! | observable | a metric at a layer and site: one number per trial |
//! | panel | eight rows of weights, drawn and multiplied at once |
//! | look | an interim analysis: a number of trials at which a cell may stop |
//! | exact, moments, 1/n | kinds of theory: at this width; a root or log2 from the exact mean and spread of its square; first order in 1/width |
//! | mean field | the limit of infinite width, in `theory_mean_field`: a curve to draw, no prediction for a width |
//!
//! # The modules
//!
//! Data flows one way, and so do the arrows between the modules (`tests/house.rs` holds this):
//!
//! ```text
//! cli -> run -> config  ->  sweep  ->  engine  ->  network  ->  kernels, random  ->  simd
//!  |      |     (text)     (cells)    (threads)   (one trial)      (numbers)
//! (words) |
//!         +->  store, analysis, figure -> output  ->  statistics, theory
//!            (trials) (claims) (pictures) (tables)         (rows)
//! ```
//!
//! # As a library
//!
//! ```
//! use initsweep::network::{Metric, Site};
//!
//! let text = "name = 'he'\ntrials = 50\n[[grid]]\nwidth = 32\nstd = 'he_normal'\nactivation = 'relu'";
//! let rows = initsweep::run::sweep(text)?;
//! let q = rows.find(0, 1, Site::Pre, Metric::SecondMoment).expect("measured");
//! assert!((q.estimate.expect("finite") - 2.0).abs() < 0.5);
//! # Ok::<(), initsweep::run::RunError>(())
//! ```
//!
//! With a directory, progress, and a switch to stop it: [`run`]. The features `cli` (the program) and `store` (runs in
//! directories) are on by default; without them the crate is sampling, statistics and theory alone.

#![forbid(unsafe_code)]

pub mod analysis;
#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
pub mod engine;
pub mod figure;
pub mod hash;
pub mod kernels;
pub mod named;
pub mod network;
pub mod operator;
pub mod output;
pub mod random;
#[cfg(feature = "store")]
pub mod report;
pub mod run;
pub mod simd;
pub mod statistics;
#[cfg(feature = "store")]
pub mod store;
pub mod sweep;
pub mod text;
pub mod theory;
