//! Theory alone: what an infinitely wide tanh network does, and what a finite one is predicted to do. Nothing is drawn.
//!
//! `cargo run --release --example theory_alone`

use initsweep::config::{self, Source};
use initsweep::network::{Metric, Site};
use initsweep::theory::Predictor;

const CONFIG: &str = "
name   = 'theory-alone'
trials = 1
[[grid]]
width      = [32, 128, 512]
depth      = 10
batch      = 1
std        = '1/sqrt(fan_in)'
activation = 'tanh'
";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sweep = config::parse(&Source::new("theory.toml", CONFIG))?;
    for cell in sweep.cells() {
        let cell = cell?;
        let predictor = Predictor::new(&cell.network);
        for layer in [1, 5, 10] {
            match predictor.predict(layer, Site::Pre, Metric::SecondMoment) {
                Some(theory) => {
                    let (width, kind) = (cell.network.width, theory.kind.name());
                    println!("width {width}, layer {layer}: E q = {:.5} ({kind})", theory.value);
                }
                None => println!("width {}, layer {layer}: nothing is known", cell.network.width),
            }
        }
    }
    Ok(())
}
