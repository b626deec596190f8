//! Networks that there cannot be.

use super::measure::Measure;
use super::parameter::Parameter;
use crate::network::jacobian::WIDEST;
use crate::network::{Network, Norm, Operation, Precision, Residual, Storage};
use crate::random::Law;

/// Why there is no such network, and the parameter that asks for it.
pub(super) fn flaw(network: &Network) -> Option<(Parameter, String)> {
    let Network { operation, depth, residual, norm, .. } = network;
    if *operation != Operation::Matmul && !network.is_square() {
        let reason = format!("operation = {operation} keeps the width, so all layers have that of the input");
        return Some((Parameter::Width, reason));
    }
    if network.law == Law::Orthogonal {
        if *operation != Operation::Matmul {
            let reason = format!("weights are orthogonal, and operation = {operation} has no matrix of them");
            return Some((Parameter::Std, reason));
        }
        if network.weight_mean.iter().any(|&mean| mean != 0.0) {
            return Some((Parameter::Mean, "weights are orthogonal, and those have mean 0".to_owned()));
        }
    }
    if let Some(reason) = unfit(network).filter(|_| network.fitted) {
        return Some((Parameter::Std, reason));
    }
    let stored =
        [(Parameter::Storage, network.storage), (Parameter::GradientStorage, network.gradient_storage)];
    let rounded = stored.into_iter().find(|(_, storage)| *storage != Storage::None);
    if let Some((parameter, _)) = rounded.filter(|_| network.precision != Precision::F32) {
        let reason = "what is stored is rounded from sums in f32: it needs precision = \"f32\"";
        return Some((parameter, reason.to_owned()));
    }
    if network.storage != Storage::None && network.law == Law::Orthogonal {
        let reason = "orthogonal weights are never there as numbers that could be rounded";
        return Some((Parameter::Storage, reason.to_owned()));
    }
    if let Some(reason) = network.data_flaw().or_else(|| unused(network)) {
        return Some((Parameter::Input, reason));
    }
    if network.input_law != Law::Normal && network.input_correlation != 0.0 && network.batch > 1 {
        let reason = format!("correlated inputs are normal, and input_law = {}", network.input_law);
        return Some((Parameter::InputCorrelation, reason));
    }
    if network.tied && !network.is_square() {
        let reason = "one matrix for all layers has one width, that of the input too";
        return Some((Parameter::Tied, reason.to_owned()));
    }
    if network.tied && network.law == Law::Orthogonal {
        let reason = "orthogonal weights are drawn for what they are applied to, once";
        return Some((Parameter::Tied, reason.to_owned()));
    }
    let (parameter, reason) = match (residual, norm) {
        (Residual::Outside | Residual::Inside | Residual::Between, _) if !network.is_square() => {
            (Parameter::Residual, "what is added has one width, so all layers have that of the input")
        }
        (Residual::Between, _) if depth % 2 == 1 => {
            (Parameter::Residual, "a branch has two layers, and the depth counts layers: it must be even")
        }
        (_, Norm::Batch) if network.batch == 1 => {
            (Parameter::Norm, "over a batch of 1 every entry is its own mean, and all become 0")
        }
        (_, Norm::Layer) if narrowest(network) == 1 => {
            (Parameter::Norm, "in a layer of one unit every entry is its own mean, and becomes 0")
        }
        _ => return None,
    };
    Some((parameter, reason.to_owned()))
}

/// What is said of random inputs where they come from a file.
fn unused(network: &Network) -> Option<String> {
    network.data.as_ref()?;
    let said = [
        (Parameter::InputMean, network.input_mean != 0.0),
        (Parameter::InputStd, network.input_std.to_bits() != 1.0_f64.to_bits()),
        (Parameter::InputLaw, network.input_law != Law::Normal),
        (Parameter::InputCorrelation, network.input_correlation != 0.0),
    ];
    let (parameter, _) = said.into_iter().find(|(_, is_said)| *is_said)?;
    Some(format!("its entries are those of the file, and `{parameter}` is of random inputs"))
}

/// Why what is measured is not there in a network, and the parameter that is in the way.
pub(super) fn unmeasured(network: &Network, measure: &Measure) -> Option<(Parameter, String)> {
    let Network { operation, norm, .. } = network;
    if !measure.has_jacobian() {
        return None;
    }
    let widest = network.widest();
    if *operation != Operation::Matmul {
        let reason =
            format!("operation = {operation} has no matrices, and the site `jacobian` is of their products");
        Some((Parameter::Std, reason))
    } else if *norm == Norm::Batch {
        let reason = "batch norm mixes the inputs, and the site `jacobian` is of one input alone";
        Some((Parameter::Norm, reason.to_owned()))
    } else if widest > WIDEST {
        let reason = format!(
            "the singular values of the site `jacobian` are found up to a width of {WIDEST}, and this is {widest}"
        );
        Some((Parameter::Width, reason))
    } else {
        None
    }
}

/// Why the weights of a network cannot be fitted to its batch.
fn unfit(network: &Network) -> Option<String> {
    let has = |schedule: &[f64]| schedule.iter().any(|&value| value != 0.0);
    let Network { operation, weight_mean, bias_std, bias_mean, .. } = network;
    Some(match operation {
        Operation::Product | Operation::Sum => {
            format!("lsuv scales matrices, and operation = {operation} has none")
        }
        Operation::Matmul if has(weight_mean) => "weights that lsuv scales have mean 0".to_owned(),
        Operation::Matmul if has(bias_std) || has(bias_mean) => {
            "lsuv scales weights until W X has its std, and biases would change it: leave them out".to_owned()
        }
        Operation::Matmul if network.tied => "one matrix cannot be scaled to every layer".to_owned(),
        Operation::Matmul if network.storage != Storage::None => {
            "weights that lsuv scales are not rounded to a storage".to_owned()
        }
        Operation::Matmul => return None,
    })
}

/// Units of the narrowest layer, the input included.
fn narrowest(network: &Network) -> usize {
    let listed = network.widths.iter().take(network.depth + 1).copied();
    listed.min().map_or(network.width, |least| least.min(network.width))
}
