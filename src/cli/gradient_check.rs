//! `initsweep replay --check-gradients`: whether the gradients of one trial are right.

use super::failure::Failure;
use super::stdout::print;
use super::terminal::say;
use crate::engine::Engine;
use crate::network::check::{Comparison, Subject, Verdict};
use crate::network::{Backward, Storage};
use crate::random::{Key, Law};
use crate::sweep::Cell;

/// Checks one trial and prints a table.
///
/// # Errors
///
/// If a check fails, or if there is nothing that can be checked.
pub fn run(engine: &Engine, cell: &Cell, backward: Backward, key: Key, trial: u64) -> Result<(), Failure> {
    let (network, id) = (&cell.network, cell.id());
    if network.law == Law::Orthogonal {
        return Err(Failure::usage(format!(
            "cell {id} has orthogonal weights, which are never there as a matrix to check with"
        )));
    }
    if network.fitted {
        return Err(Failure::usage(format!(
            "cell {id} has std = lsuv: gradients take what fits the weights for a constant, and differences of the loss do not"
        )));
    }
    let all = worst_identities(engine.check_gradients(network, backward, key, trial));
    if network.storage != Storage::None {
        say(&format!(
            "storage = {} rounds by steps, which gradients pass by: no differences of the loss",
            network.storage
        ));
    }
    if network.gradient_storage != Storage::None || network.loss_scale.to_bits() != 1.0_f64.to_bits() {
        say("gradients are checked as they are without gradient_storage and loss_scale");
    }
    print(&table(&all))?;
    say(&conclude(&all, &format!("gradients of trial {trial} of cell {id}"))?);
    Ok(())
}

/// The last line, or what is wrong.
fn conclude(all: &[Comparison], what: &str) -> Result<String, Failure> {
    let of = |verdict: Verdict| all.iter().filter(|one| one.verdict() == verdict).count();
    let [holds, fails, unresolved] = [Verdict::Holds, Verdict::Fails, Verdict::Unresolved].map(of);
    let unresolved = match unresolved {
        0 => String::new(),
        count => format!("; {count} say nothing: bounds above a tenth, or numbers that are not finite"),
    };
    match (holds, fails) {
        (0, 0) => Err(Failure::failed(format!("{what}: nothing could be checked{unresolved}"))),
        (_, 0) => Ok(format!("{what}: {holds} checks hold{unresolved}")),
        _ => Err(Failure::failed(format!("{what}: {fails} of {} checks fail{unresolved}", all.len()))),
    }
}

/// Of each identity the layer in which the error is the largest part of its bound, or a bound is not finite.
fn worst_identities(all: Vec<Comparison>) -> Vec<Comparison> {
    let mut shown: Vec<Comparison> = Vec::new();
    let badness = |one: &Comparison| match one.verdict() {
        Verdict::Fails => (2, one.error() / one.bound()),
        Verdict::Unresolved => (0, 0.0),
        Verdict::Holds => (1, one.error() / one.bound()),
    };
    for new in all {
        let same =
            |old: &&mut Comparison| old.subject == new.subject && matches!(new.subject, Subject::Identity(_));
        match shown.iter_mut().find(same) {
            Some(old) if badness(&new) > badness(old) => *old = new,
            Some(_) => {}
            None => shown.push(new),
        }
    }
    shown
}

fn table(all: &[Comparison]) -> String {
    let head = "check          layer     step     error     bound = truncation + rounding + kinks\n";
    let lines = all.iter().map(|one| {
        let name = match one.subject {
            Subject::Difference(site) => site.to_string(),
            Subject::Everywhere => "everywhere".to_owned(),
            Subject::Identity(name) => name.to_owned(),
        };
        let layer = if one.subject == Subject::Everywhere { "all".to_owned() } else { one.layer.to_string() };
        let step = if one.step > 0.0 { short(one.step) } else { String::new() };
        let [truncation, rounding, kinks] = one.bounds.map(|bound| short(one.relative(bound)));
        let verdict = match one.verdict() {
            Verdict::Holds => "holds",
            Verdict::Fails => "FAILS",
            Verdict::Unresolved => "says nothing",
        };
        let [error, bound] = [one.error(), one.bound()].map(short);
        format!(
            "{name:<14}{layer:>6}{step:>9} {error:>9} {bound:>9}  {truncation:>10} {rounding:>10} {kinks:>7}  {verdict}\n"
        )
    });
    head.to_owned() + &lines.collect::<String>()
}

/// Two digits.
fn short(value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { format!("{value:.1e}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Site;

    fn comparison(layer: usize, subject: Subject, error: f64, bound: f64) -> Comparison {
        Comparison {
            subject,
            layer,
            values: [1.0 + error, 1.0],
            scale: 1.0,
            step: 1e-5,
            bounds: [0.0, bound, 0.0],
        }
    }

    #[test]
    fn one_wrong_gradient_is_a_failure_with_code_1_and_so_is_nothing_to_check() {
        let difference = Subject::Difference(Site::GradPre);
        let right = comparison(1, difference, 1e-10, 1e-9);
        let wrong = comparison(2, difference, 1e-8, 1e-9);
        let coarse = comparison(3, difference, 0.1, 0.2);
        assert!(
            conclude(&[right, coarse], "g").is_ok_and(|line| line.starts_with("g: 1 checks hold; 1 say"))
        );
        for all in [vec![right, wrong], vec![coarse], vec![]] {
            assert!(matches!(conclude(&all, "g"), Err(Failure::Other(1, _))));
        }
        assert!(table(&[right, wrong]).lines().nth(2).is_some_and(|line| line.ends_with("FAILS")));
    }

    #[test]
    fn of_an_identity_the_worst_layer_is_shown() {
        let identity = Subject::Identity("product");
        let all = vec![
            comparison(1, identity, 1e-10, 1e-9),
            comparison(2, identity, 1e-8, 1e-9),
            comparison(3, identity, 1e-9, 1e-8),
        ];
        let shown = worst_identities(all);
        assert_eq!(shown.iter().map(|one| one.layer).collect::<Vec<_>>(), [2]);
    }
}
