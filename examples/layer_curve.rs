//! A curve over the layers, printed as text: does He initialisation hold the scale of a relu network?
//!
//! `cargo run --release --example layer_curve`

use initsweep::network::{Metric, Site};
use initsweep::run;

const CONFIG: &str = "
name   = 'layer-curve'
trials = 200
[[grid]]
width      = 256
depth      = 20
batch      = 16
std        = ['he_normal', '1/sqrt(fan_in)']
activation = 'relu'
[measure]
layers  = 'all'
metrics = ['rms']
";

fn main() -> Result<(), run::RunError> {
    let rows = run::sweep(CONFIG)?;
    for (index, cell) in rows.work.plan.cells.iter().enumerate() {
        println!("weight std {}, rms of the pre-activations:", cell.std_text);
        for layer in 1..=cell.network.depth {
            let row = rows.find(index, layer, Site::Pre, Metric::Rms).expect("it is measured");
            let (rms, low, high) = (row.estimate, row.conf_low, row.conf_high);
            let (Some(rms), Some(low), Some(high)) = (rms, low, high) else { continue };
            println!("{layer:>3} {rms:.4} [{low:.4}, {high:.4}] {}", bar(rms));
        }
    }
    Ok(())
}

/// A bar from 1e-3 (empty) to 10 (40 characters), on a log scale.
fn bar(value: f64) -> String {
    let share = (libm::log10(value) + 3.0) / 4.0;
    (0..40).map(|i| if f64::from(i) < share * 40.0 { '#' } else { ' ' }).collect()
}
