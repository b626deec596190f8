//! One number: the std of six layers of 100 units with weights of std 1/sqrt(n), with its interval and its theory.
//!
//! `cargo run --release --example one_number`

use initsweep::network::{Metric, Site};
use initsweep::run;

const CONFIG: &str = "
name   = 'one-number'
trials = 500
[[grid]]
width = 100
depth = 6
batch = 100
std   = '1/sqrt(fan_in)'
[measure]
metrics = ['std']
";

fn main() -> Result<(), run::RunError> {
    let rows = run::sweep(CONFIG)?;
    let row = rows.find(0, 6, Site::Post, Metric::Std).expect("it is measured");
    let [estimate, low, high] = [row.estimate, row.conf_low, row.conf_high].map(Option::unwrap_or_default);
    println!("std of layer 6: {estimate:.4}, 95 % interval {low:.4} to {high:.4}");
    println!("theory: {:.4}", row.theory.unwrap_or_default());
    Ok(())
}
