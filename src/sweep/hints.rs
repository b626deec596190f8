//! What is allowed, and most often not meant.

use super::experiment::Sweep;
use super::parameter::Parameter;

impl Sweep {
    /// What a user should look at twice, one line each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        let mut hints = Vec::new();
        if self.trials == 1 {
            hints.push(
                "note: one trial per cell gives values without intervals; these need `trials = 2` or more"
                    .into(),
            );
        }
        for grid in &self.grids {
            let widths = &grid.axes[Parameter::Width];
            let numbers: Vec<f64> = widths.iter().filter_map(|width| width.expression.constant()).collect();
            let all = numbers.len() == widths.len() && grid.axes[Parameter::InputWidth].len() < 2;
            // An axis ascends; the layers of a network that somebody has in mind often do not.
            if all && widths.len() > 2 && !numbers.is_sorted() {
                let (count, widths) = (widths.len(), grid.axes.written(Parameter::Width).join(", "));
                hints.push(format!(
                    "note: `width = [{widths}]` is an axis of {count} networks, each of one width in all its layers; one \
                     network of such layers is written `shape = [{widths}]`"
                ));
            }
        }
        hints
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Source, parse};

    #[test]
    fn a_list_of_layer_widths_and_a_single_trial_are_worth_a_note() {
        let hints = |trials: u8, widths: &str| {
            let text = format!("name = 'a'\ntrials = {trials}\n[[grid]]\nwidth = {widths}\nstd = 1");
            parse(&Source::new("a", text)).unwrap().hints()
        };
        assert!(hints(2, "[1, 50, 784]").is_empty());
        assert!(hints(2, "[784, 50, 1]")[0].contains("an axis of 3 networks"));
        assert!(hints(1, "8")[0].contains("without intervals"));
    }
}
