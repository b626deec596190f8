//! Which number is along the x axis, what the colours and the panels are: what a figure leaves open is chosen here.
//!
//! 1. x is the layer where a cell has three or more; else the first of depth, width, std, mean, std of the biases, std and
//!    correlation of the inputs, and batch that has three values or more.
//! 2. Of what is left, the factor with most levels has the colours, if they are at most 7 names or 12 numbers; the label,
//!    then the activation, then others have the panels, at most 12. What is left then has a figure for each level.
//! 3. Without layers, two numbers that form a grid of at least 4 x 4 of which 80 % is there are a map.

use super::factors::{self, Levels, determines};
use super::items::Item;
use super::names;
use crate::sweep::expression::{Expression, Name};
use crate::sweep::{Cell, Factor, FigureClause, FigureX, Formula, Parameter, Sigma, Span};

/// Most names that have colours of their own, most numbers, and most of anything.
const NAMES: usize = 7;
const NUMBERS: usize = 12;
const SERIES: usize = 35;
/// Most panels.
pub const PANELS: usize = 12;

/// The parameters that may be along the x axis, in order.
const ABSCISSAS: [Parameter; 8] = [
    Parameter::Depth,
    Parameter::Width,
    Parameter::Std,
    Parameter::Mean,
    Parameter::BiasStd,
    Parameter::InputStd,
    Parameter::InputCorrelation,
    Parameter::Batch,
];

/// What a map from a layer to the next one does not depend on.
pub const INPUTS: [Parameter; 5] = [
    Parameter::Depth,
    Parameter::Batch,
    Parameter::InputMean,
    Parameter::InputStd,
    Parameter::InputCorrelation,
];

/// What is along the x axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Along {
    /// A number of each item.
    Number(Vec<f64>),
    /// The y of the layer before.
    Previous,
    /// The values of the trials.
    Value,
    /// Nothing: the cells stand side by side.
    Cases,
}

/// How the items of a figure are arranged.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrangement {
    /// What is along the x axis.
    pub along: Along,
    /// Its title.
    pub x_title: String,
    /// Whether it is the layer.
    pub is_layer: bool,
    /// The y axis of a map: its title and the number of each item.
    pub map: Option<(String, Vec<f64>)>,
    /// What the colours are.
    pub color: Option<Levels>,
    /// What the panels are: columns, then rows.
    pub facets: Vec<Levels>,
    /// What each has a figure of its own.
    pub splits: Vec<Levels>,
}

/// Arranges the items of a clause. `is_curve`: layers may be along the x axis.
///
/// # Errors
///
/// Where a number that is asked for has no value.
pub fn arrange(
    clause: &FigureClause,
    items: &[Item<'_>],
    cells: &[Cell],
    is_curve: bool,
) -> Result<Arrangement, String> {
    let mut left = factors::factors(items, cells);
    let given = |factor| factors::levels(factor, items, cells);
    // The laws of several layers differ in the layer.
    let are_layers = matches!(clause.x, Some(FigureX::Value | FigureX::Entry))
        && items.chunk_by(|a, b| a.cell == b.cell).any(|of| of.len() > 1);
    let layer_color = Factor::Number(Formula {
        expression: Expression::Name(Name::Layer),
        text: "layer".to_owned(),
        span: Span::default(),
    });
    let wanted = clause.color.as_ref().or((are_layers && clause.facets.is_empty()).then_some(&layer_color));
    let mut color = wanted.map(given).transpose()?;
    let mut facets = clause.facets.iter().map(given).collect::<Result<Vec<_>, _>>()?;
    let mut taken: Vec<Levels> = color.iter().chain(&facets).cloned().collect();
    left.retain(|factor| !is_taken(factor, &taken));
    if clause.x == Some(FigureX::Previous) && color.is_some() {
        // Wherever cells start, they are on one map.
        left.retain(|factor| factor.parameter.is_none_or(|parameter| !INPUTS.contains(&parameter)));
    }
    let may_be_map = !is_curve && clause.x.is_none() && clause.color.is_none() && clause.facets.is_empty();
    let (along, x_title, is_layer) = match &clause.x {
        Some(FigureX::Previous) => (Along::Previous, String::new(), false),
        Some(FigureX::Value | FigureX::Entry) => (Along::Value, String::new(), false),
        Some(FigureX::Of(formula)) => {
            let is_layer = formula.expression == Expression::Name(Name::Layer);
            let (values, title) = numbers(formula, items, cells)?;
            taken.push(index_of(&values));
            (Along::Number(values), title, is_layer)
        }
        None if is_curve => {
            (Along::Number(items.iter().map(|item| layer(item)).collect()), names::name(Name::Layer), true)
        }
        None => match chosen_x(&left, may_be_map) {
            Some(index) => {
                let x = left.remove(index);
                let values = values_of(&x);
                taken.push(x.clone());
                (Along::Number(values), x.title, false)
            }
            None => (Along::Cases, String::new(), false),
        },
    };
    left.retain(|factor| !is_taken(factor, &taken));
    let map = match &clause.y {
        Some(formula) => {
            let (values, title) = numbers(formula, items, cells)?;
            taken.push(index_of(&values));
            Some((title, values))
        }
        None if may_be_map => second_number(&mut left, &mut taken),
        None => None,
    };
    left.retain(|factor| !is_taken(factor, &taken));
    if map.is_none() && color.is_none() {
        color = choose_color(&mut left);
        taken.extend(color.clone());
        left.retain(|factor| !is_taken(factor, &taken));
    }
    if facets.is_empty() && map.is_none() {
        facets = choose_facets(&mut left);
    }
    let asked = clause.color.as_ref();
    let color = color.map(|color| {
        let others: Vec<&Levels> =
            taken.iter().filter(|other| **other != color).chain(&facets).chain(&left).collect();
        let is_of = |parameter: &Parameter| matches!(asked, Some(Factor::Number(formula)) if names_it(formula, *parameter));
        factors::in_full(color, (&others, &is_of), items, cells)
    });
    Ok(Arrangement { along, x_title, is_layer, map, color, facets, splits: left })
}

/// Whether a formula speaks of a parameter.
fn names_it(formula: &Formula, parameter: Parameter) -> bool {
    let names = |name| formula.expression.names(name);
    let of_sigma = match parameter {
        Parameter::Std => names(Name::Sigma(Sigma::Weight)),
        Parameter::BiasStd => names(Name::Sigma(Sigma::Bias)),
        Parameter::Width => names(Name::FanIn) || names(Name::FanOut),
        _ => false,
    };
    of_sigma || names(Name::Of(parameter))
}

/// Whether other factors together say it.
fn is_taken(factor: &Levels, taken: &[Levels]) -> bool {
    !taken.is_empty() && determines(&taken.iter().collect::<Vec<_>>(), factor)
}

fn numbers(
    formula: &crate::sweep::Formula,
    items: &[Item<'_>],
    cells: &[Cell],
) -> Result<(Vec<f64>, String), String> {
    let value = |item: &Item<'_>| {
        let value = formula.value(&cells[item.cell], item.row.layer);
        value.map_err(|fault| format!("`{}`: {fault}", formula.text))
    };
    let title = match &formula.expression {
        Expression::Name(name) => names::name(*name),
        _ => names::expression(&formula.text),
    };
    Ok((items.iter().map(value).collect::<Result<_, _>>()?, title))
}

/// Numbers as levels, each with those that are equal to it.
fn index_of(values: &[f64]) -> Levels {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.dedup();
    let of = values.iter().map(|value| sorted.partition_point(|other| other < value)).collect();
    let names = sorted.iter().map(|_| String::new()).collect();
    Levels { title: String::new(), parameter: None, names, numbers: Some(sorted), of }
}

#[expect(clippy::cast_precision_loss, reason = "layers are far below 2^53")]
fn layer(item: &Item<'_>) -> f64 {
    item.row.layer as f64
}

fn values_of(levels: &Levels) -> Vec<f64> {
    let numbers = levels.numbers.as_deref().unwrap_or_default();
    levels.of.iter().map(|&level| numbers.get(level).copied().unwrap_or(f64::NAN)).collect()
}

/// The first number in order that has three values or more; where a map may be, that of the largest grid.
fn chosen_x(left: &[Levels], may_be_map: bool) -> Option<usize> {
    let numbers = || {
        ABSCISSAS.iter().filter_map(|parameter| {
            left.iter().position(|factor| {
                factor.parameter == Some(*parameter) && factor.numbers.is_some() && factor.len() >= 3
            })
        })
    };
    let partner = |x: usize| {
        let others = (0..left.len()).filter(|&y| y != x && is_grid(&left[x], &left[y]));
        others.map(|y| left[x].len() * left[y].len()).max()
    };
    let largest = numbers().filter_map(partner).max().filter(|_| may_be_map);
    let of_largest = largest.and_then(|largest| numbers().find(|&x| partner(x) == Some(largest)));
    of_largest.or_else(|| numbers().next())
}

/// The second number of a grid that is a map, taken out of what is left; the first is along the x axis already.
fn second_number(left: &mut Vec<Levels>, taken: &mut Vec<Levels>) -> Option<(String, Vec<f64>)> {
    let x = taken.last()?;
    let index =
        (0..left.len()).filter(|&i| is_grid(x, &left[i])).max_by_key(|&i| (left[i].len(), left.len() - i))?;
    let y = left.remove(index);
    taken.push(y.clone());
    Some((y.title.clone(), values_of(&y)))
}

/// Whether two numbers form a grid of at least 4 x 4 of which 80 % is there.
fn is_grid(x: &Levels, y: &Levels) -> bool {
    let are_numbers = x.numbers.is_some() && y.numbers.is_some() && x.len() >= 4 && y.len() >= 4;
    let cells = || {
        let mut pairs: Vec<(usize, usize)> = x.of.iter().copied().zip(y.of.iter().copied()).collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs.len()
    };
    are_numbers && cells() * 5 >= x.len() * y.len() * 4
}

/// The factor with most levels that can have the colours, taken out of what is left.
fn choose_color(left: &mut Vec<Levels>) -> Option<Levels> {
    let label = left.iter().find(|factor| factor.is_label()).cloned();
    let label = label.filter(|label| label.len() <= PANELS && left.len() > 1);
    let size = |factor: &Levels| {
        let panels = label.as_ref().filter(|label| *label != factor);
        factor.most_within(panels)
    };
    let fits = |factor: &Levels| size(factor) <= if factor.numbers.is_some() { NUMBERS } else { NAMES };
    let best = (0..left.len()).filter(|&i| fits(&left[i])).max_by_key(|&i| (size(&left[i]), left.len() - i));
    // What is too much for quiet colours still has its forms.
    let any = || {
        (0..left.len())
            .filter(|&i| size(&left[i]) <= SERIES)
            .min_by_key(|&i| (size(&left[i]), left[i].is_label()))
    };
    best.or_else(any).map(|index| left.remove(index))
}

/// Up to two factors for panels, taken out of what is left.
fn choose_facets(left: &mut Vec<Levels>) -> Vec<Levels> {
    let mut facets: Vec<Levels> = Vec::new();
    for _ in 0..2 {
        let panels: usize = facets.iter().map(Levels::len).product();
        let rank = |factor: &Levels| match factor.parameter {
            _ if factor.is_label() => 0,
            Some(Parameter::Activation) => 1,
            _ => 2,
        };
        let fits = |factor: &Levels| panels * factor.len() <= PANELS;
        let next = (0..left.len()).filter(|&i| fits(&left[i])).min_by_key(|&i| (rank(&left[i]), i));
        facets.extend(next.map(|index| left.remove(index)));
    }
    facets
}
