//! What the cells of a figure differ in.

use std::collections::BTreeMap;

use super::items::Item;
use super::names;
use super::number::rounded;
use crate::sweep::expression::{Expression, Name};
use crate::sweep::{Cell, Factor, Parameter, Sigma};

/// The level of cells that have none.
pub const NOTHING: &str = "–";

/// A factor: its levels, and which of them every item has.
#[derive(Clone, Debug, PartialEq)]
pub struct Levels {
    /// What it is.
    pub title: String,
    /// The parameter, if it is one.
    pub parameter: Option<Parameter>,
    /// The levels: numbers ascending, names in the order of the config.
    pub names: Vec<String>,
    /// Their numbers, if they have any.
    pub numbers: Option<Vec<f64>>,
    /// The level of every item.
    pub of: Vec<usize>,
}

impl Levels {
    /// How many levels there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether a level of this factor says which one `other` has.
    #[must_use]
    pub fn determines(&self, other: &Self) -> bool {
        determines(&[self], other)
    }

    /// Whether it is the label.
    #[must_use]
    pub fn is_label(&self) -> bool {
        self.parameter.is_none() && self.title.is_empty()
    }

    /// The most levels that it has within one level of `outer`.
    #[must_use]
    pub fn most_within(&self, outer: Option<&Self>) -> usize {
        let Some(outer) = outer else { return self.len() };
        (0..outer.len()).map(|level| self.within(outer, level).len()).max().unwrap_or(0)
    }

    /// The levels that it has within one level of `outer`, ascending.
    fn within(&self, outer: &Self, level: usize) -> Vec<usize> {
        let mut levels: Vec<usize> =
            self.of.iter().zip(&outer.of).filter(|(_, at)| **at == level).map(|(own, _)| *own).collect();
        levels.sort_unstable();
        levels.dedup();
        levels
    }

    /// The same levels for some of the items.
    #[must_use]
    pub fn restricted(&self, kept: &[usize]) -> Self {
        Self { of: kept.iter().map(|&item| self.of[item]).collect(), ..self.clone() }
    }

    /// The rank of every item among the levels within its level of `outer`, in place of the level itself: what is nested
    /// has one colour in all panels by its order alone.
    fn ranked(&self, outer: &Self) -> Self {
        let within: Vec<Vec<usize>> = (0..outer.len()).map(|level| self.within(outer, level)).collect();
        let rank =
            |(own, at): (&usize, &usize)| within[*at].iter().position(|level| level == own).unwrap_or(0);
        let of: Vec<usize> = self.of.iter().zip(&outer.of).map(rank).collect();
        let count = of.iter().max().map_or(0, |most| most + 1);
        let names = (1..=count).map(|rank| match rank {
            1 => "1 (smallest)".to_owned(),
            _ if rank == count => format!("{rank} (largest)"),
            _ => rank.to_string(),
        });
        let numbers = (1..=count).map(|rank| f64::from(u32::try_from(rank).unwrap_or(u32::MAX))).collect();
        Self {
            title: format!("rank of the {} in its panel", self.title),
            parameter: self.parameter,
            names: names.collect(),
            numbers: Some(numbers),
            of,
        }
    }
}

/// Whether levels of some factors together say which level `other` has.
#[must_use]
pub fn determines(factors: &[&Levels], other: &Levels) -> bool {
    // A number in the mixed base of the levels stands for all of them together.
    let key = |item: usize| {
        factors.iter().fold(0_u128, |key, factor| key * factor.len() as u128 + factor.of[item] as u128)
    };
    let mut pairs: Vec<(u128, usize)> = (0..other.of.len()).map(|item| (key(item), other.of[item])).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs.windows(2).all(|pair| pair[0].0 != pair[1].0)
}

/// Whether a factor is itself of a parameter.
type IsOf<'a> = &'a dyn Fn(&Parameter) -> bool;

/// A factor that also names the parameters that change along with it, but those that `others` say together and those that it
/// `is_of` itself: what tells curves apart is all that differs between them.
#[must_use]
pub fn in_full(
    factor: Levels,
    (others, is_of): (&[&Levels], IsOf<'_>),
    items: &[Item<'_>],
    cells: &[Cell],
) -> Levels {
    // Layers of one cell have the same parameters; where they have levels of their own, cells are not what differs.
    let firsts: Vec<usize> =
        (0..items.len()).filter(|&i| i == 0 || items[i].cell != items[i - 1].cell).collect();
    let is_of_cells =
        (1..items.len()).all(|i| items[i].cell != items[i - 1].cell || factor.of[i] == factor.of[i - 1]);
    if factor.title.is_empty() || factor.len() < 2 || !is_of_cells {
        return factor;
    }
    let own = factor.restricted(&firsts);
    let others: Vec<Levels> = others.iter().map(|other| other.restricted(&firsts)).collect();
    let others: Vec<&Levels> = others.iter().collect();
    let cells_of: Vec<Item<'_>> = firsts.iter().map(|&first| items[first]).collect();
    let says_itself: Vec<bool> = own.of.iter().map(|&level| names_preset(&factor.names[level])).collect();
    let is_new = |levels: &Levels| {
        let is_of_preset = levels.parameter.is_some_and(|parameter| OF_PRESETS.contains(&parameter));
        let mut varying: Vec<usize> =
            levels.of.iter().zip(&says_itself).filter(|(_, said)| !**said).map(|(level, _)| *level).collect();
        varying.sort_unstable();
        varying.dedup();
        levels.len() > 1
            && (!is_of_preset || varying.len() > 1)
            && !factor.title.contains(&levels.title)
            && own.determines(levels)
            && (others.is_empty() || !determines(&others, levels))
    };
    let along: Vec<Levels> = Parameter::ALL
        .into_iter()
        .filter(|parameter| factor.parameter != Some(*parameter) && !is_of(parameter))
        .map(|parameter| of_parameter(parameter, &cells_of, cells))
        .filter(is_new)
        .collect();
    let name = |level: usize| {
        let item = own.of.iter().position(|own| *own == level);
        let more = along.iter().filter_map(|levels| Some(&levels.names[levels.of[item?]]));
        [&factor.names[level]].into_iter().chain(more).map(String::as_str).collect::<Vec<_>>().join(", ")
    };
    let titles = [&factor].into_iter().chain(&along).map(|levels| levels.title.as_str()).collect::<Vec<_>>();
    Levels { title: titles.join(", "), names: (0..factor.len()).map(name).collect(), ..factor }
}

/// The levels of one factor.
///
/// # Errors
///
/// Where a number has no value.
pub fn levels(factor: &Factor, items: &[Item<'_>], cells: &[Cell]) -> Result<Levels, String> {
    match factor {
        Factor::Label => {
            let text = |item: &Item<'_>| cells[item.cell].label.clone().unwrap_or_default();
            Ok(named(String::new(), None, items.iter().map(text).collect()))
        }
        Factor::Of(parameter) => Ok(of_parameter(*parameter, items, cells)),
        Factor::Number(formula) => {
            let value = |item: &Item<'_>| {
                formula
                    .value(&cells[item.cell], item.row.layer)
                    .map_err(|fault| format!("`{}`: {fault}", formula.text))
            };
            let values: Vec<f64> = items.iter().map(value).collect::<Result<_, _>>()?;
            let title = match &formula.expression {
                Expression::Name(name) => names::name(*name),
                _ => names::expression(&formula.text),
            };
            Ok(numbered(title, None, &values))
        }
    }
}

/// The factors of some items: label and parameters with two levels or more, without those that others say already.
#[must_use]
pub fn factors(items: &[Item<'_>], cells: &[Cell]) -> Vec<Levels> {
    // Layers of one cell have the same levels.
    let mut one_each = items.to_vec();
    one_each.dedup_by_key(|item| item.cell);
    let mut index = vec![0; cells.len()];
    one_each.iter().enumerate().for_each(|(at, item)| index[item.cell] = at);
    let at: Vec<usize> = items.iter().map(|item| index[item.cell]).collect();
    factors_of_cells(&one_each, cells).into_iter().map(|levels| levels.restricted(&at)).collect()
}

fn factors_of_cells(items: &[Item<'_>], cells: &[Cell]) -> Vec<Levels> {
    let label = levels(&Factor::Label, items, cells).ok().filter(|label| label.len() > 1);
    let mut found: Vec<Levels> = Parameter::ALL
        .into_iter()
        .map(|parameter| of_parameter(parameter, items, cells))
        .filter(|levels| levels.len() > 1)
        .collect();
    if let Some(label) = &label {
        found.retain(|levels| !label.determines(levels));
    }
    // Of two that say each other the first stays; of others, the finer.
    let is_said = |index: usize, levels: &Levels| {
        found.iter().enumerate().any(|(other, by)| {
            other != index && by.determines(levels) && !(levels.determines(by) && index < other)
        })
    };
    let kept: Vec<bool> = found.iter().enumerate().map(|(index, levels)| !is_said(index, levels)).collect();
    let mut kept = kept.into_iter();
    found.retain(|_| kept.next() == Some(true));
    match label {
        None => found,
        Some(label) => within_labels(label, found),
    }
}

/// The factors beside a label: those that vary within a label only become ranks, and where every label has others, what the
/// curves are called says it all.
fn within_labels(label: Levels, factors: Vec<Levels>) -> Vec<Levels> {
    let varies = |factor: &Levels, level: usize| factor.within(&label, level).len() > 1;
    let everywhere = |factor: &Levels| (0..label.len()).all(|level| varies(factor, level));
    let mut all = vec![];
    let (same, other): (Vec<Levels>, Vec<Levels>) = factors
        .into_iter()
        .partition(|factor| everywhere(factor) || !factor.determines(&label) && is_crossed(factor, &label));
    all.extend(same.into_iter().map(|factor| {
        // Numbers that differ from label to label, as many in each.
        let many = factor.most_within(Some(&label));
        let is_even = (0..label.len()).all(|level| factor.within(&label, level).len() == many);
        if factor.numbers.is_some() && is_even && factor.len() > many {
            factor.ranked(&label)
        } else {
            factor
        }
    }));
    match other.len() {
        0 => {}
        1 => all.extend(other),
        _ => all.push(combined(&other, &label)),
    }
    all.insert(0, label);
    all
}

/// Whether all labels with more than one level of a factor have the same ones.
fn is_crossed(factor: &Levels, label: &Levels) -> bool {
    let within: Vec<Vec<usize>> = (0..label.len()).map(|level| factor.within(label, level)).collect();
    within.iter().all(|levels| levels.len() == factor.len())
}

/// One factor whose levels are what several have within a label, each named by what varies there.
fn combined(factors: &[Levels], label: &Levels) -> Levels {
    let text = |item: usize| {
        let level = label.of[item];
        let varying = factors.iter().filter(|factor| factor.within(label, level).len() > 1);
        let word = |factor: &Levels| {
            let value = &factor.names[factor.of[item]];
            let is_main = factor.parameter == Some(Parameter::Std) || factors.len() == 1;
            if is_main { value.clone() } else { format!("{} {value}", factor.title) }
        };
        varying.map(word).collect::<Vec<String>>().join(", ")
    };
    let title = factors.iter().map(|factor| factor.title.as_str()).collect::<Vec<_>>().join(", ");
    let texts =
        (0..label.of.len()).map(text).map(|text| if text.is_empty() { NOTHING.to_owned() } else { text });
    named(title, factors[0].parameter, texts.collect())
}

fn of_parameter(parameter: Parameter, items: &[Item<'_>], cells: &[Cell]) -> Levels {
    let texts: Vec<String> = items.iter().map(|item| cells[item.cell].written(parameter)).collect();
    let by_text = named(names::parameter(parameter), Some(parameter), texts);
    // The number of weights that are fitted to the batch is not their std.
    let is_fitted = parameter == Parameter::Std && items.iter().any(|item| cells[item.cell].network.fitted);
    if parameter.is_word() || is_fitted || by_text.names.iter().any(|text| is_preset(text)) {
        return by_text;
    }
    let numbers = |name: Name| items.iter().map(|item| cells[item.cell].number(name)).collect::<Vec<f64>>();
    let own = numbered(names::parameter(parameter), Some(parameter), &numbers(Name::Of(parameter)));
    if parameter == Parameter::Std
        && by_text.names.iter().any(|text| text.contains("fan_in") || text.contains("width"))
    {
        let sigmas = numbered(
            names::name(Name::Sigma(Sigma::Weight)),
            Some(parameter),
            &numbers(Name::Sigma(Sigma::Weight)),
        );
        // Rounding makes one sigma_w of two widths differ.
        if sigmas.len() <= by_text.len() && by_text.determines(&sigmas) && sigmas.determines(&by_text) {
            return sigmas;
        }
    }
    if by_text.determines(&own) && own.determines(&by_text) { own } else { by_text }
}

/// What the name of an initialisation says by itself.
const OF_PRESETS: [Parameter; 3] = [Parameter::Law, Parameter::BiasStd, Parameter::BiasLaw];

/// Whether the name of an initialisation is in a text, as in `2*he_normal`.
fn names_preset(text: &str) -> bool {
    let is_quantity = |word: &str| {
        word.starts_with("fan_") || word.starts_with("sigma_") || Parameter::parse(word).is_some()
    };
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.any(|word| is_preset(word) && !is_quantity(word))
}

/// Whether a text is the name of an initialisation.
fn is_preset(text: &str) -> bool {
    text.contains('_')
        && text.starts_with(char::is_alphabetic)
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn named(title: String, parameter: Option<Parameter>, texts: Vec<String>) -> Levels {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut names: Vec<String> = Vec::new();
    let level = |text: String| {
        *known.entry(text).or_insert_with_key(|text| {
            names.push(text.clone());
            names.len() - 1
        })
    };
    let of = texts.into_iter().map(level).collect();
    Levels { title, parameter, names, numbers: None, of }
}

fn numbered(title: String, parameter: Option<Parameter>, values: &[f64]) -> Levels {
    let mut numbers = values.to_vec();
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.dedup_by(|a, b| (*a - *b).abs() <= 1e-12 * a.abs());
    let level = |value: &f64| {
        let after = numbers.partition_point(|number| number < value);
        let near = |index: &usize| numbers.get(*index).is_some_and(|n| (n - value).abs() <= 1e-12 * n.abs());
        [after, after.wrapping_sub(1)].into_iter().find(near).unwrap_or(after.min(numbers.len() - 1))
    };
    let of = values.iter().map(level).collect();
    let digits = (4..=17)
        .find(|&digits| numbers.windows(2).all(|pair| rounded(pair[0], digits) != rounded(pair[1], digits)));
    let names = numbers.iter().map(|&number| rounded(number, digits.unwrap_or(17))).collect();
    Levels { title, parameter, names, numbers: Some(numbers), of }
}
