//! One `[[grid]]`: axes, and which of them walk together.

use std::ops::{Index, IndexMut};

use super::by_parameter::ByParameter;
use super::condition::Filter;
use super::error::SweepError;
use super::expression::Expression;
use super::parameter::Parameter;
use super::span::Span;
use crate::kernels::Activation;
use crate::network::{Data, Metric, Operation, Precision};
use crate::random::Law;

/// A number that may depend on the shape of the cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// What it is.
    pub expression: Expression,
    /// As written in the config: a number, an expression, or the name of a preset.
    pub text: String,
    /// Where it is written.
    pub span: Span,
    /// The law that a preset such as `he_normal` brings along; `None` leaves it to the law axis.
    pub law: Option<Law>,
    /// The std of the biases, with their law, that a preset such as `torch_linear` brings along; `None` leaves both to their
    /// axes.
    pub bias: Option<Box<Self>>,
    /// Whether it is the std of `W X` that weights are fitted to, not that of a weight.
    pub fitted: bool,
}

/// One of the names of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// The name.
    pub name: &'static str,
    /// Where it is written.
    pub span: Span,
}

/// Random inputs, or those of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// As it is written.
    pub text: String,
    /// Where it is written.
    pub span: Span,
    /// The file, if it is one.
    pub data: Option<Data>,
    /// The width of the input for every kind of rows, where the config gives none.
    pub widths: Vec<Quantity>,
}

/// The values of every parameter; more than one value makes an axis. Those that are numbers or expressions are
/// indexed by their parameter.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each field is the parameter of its name")]
pub struct Axes {
    pub operation: Vec<Operation>,
    pub depth: Vec<usize>,
    pub activation: Vec<Activation>,
    pub law: Vec<Law>,
    pub bias_law: Vec<Law>,
    pub input: Vec<Input>,
    pub input_law: Vec<Law>,
    pub precision: Vec<Precision>,
    /// Empty for the parameters above.
    numbers: ByParameter<Vec<Quantity>>,
    /// Those that are one of the names of a list; empty for all others.
    pub choices: ByParameter<Vec<Choice>>,
}

impl Index<Parameter> for Axes {
    type Output = Vec<Quantity>;
    fn index(&self, parameter: Parameter) -> &Vec<Quantity> {
        &self.numbers[parameter]
    }
}

impl IndexMut<Parameter> for Axes {
    fn index_mut(&mut self, parameter: Parameter) -> &mut Vec<Quantity> {
        &mut self.numbers[parameter]
    }
}

impl Axes {
    /// Number of values of one parameter.
    #[must_use]
    pub fn len(&self, parameter: Parameter) -> usize {
        match parameter {
            Parameter::Operation => self.operation.len(),
            Parameter::Depth => self.depth.len(),
            Parameter::Activation => self.activation.len(),
            Parameter::Law => self.law.len(),
            Parameter::BiasLaw => self.bias_law.len(),
            Parameter::Input => self.input.len(),
            Parameter::InputLaw => self.input_law.len(),
            Parameter::Precision => self.precision.len(),
            choice if choice.names().is_some() => self.choices[choice].len(),
            number => self[number].len(),
        }
    }

    /// The values of one parameter as they are written; those that presets bring along are among them.
    #[must_use]
    pub fn written(&self, parameter: Parameter) -> Vec<String> {
        fn texts<T: ToString>(values: &[T]) -> Vec<String> {
            values.iter().map(T::to_string).collect()
        }
        let biases = || self[Parameter::Std].iter().filter_map(|std| std.bias.as_ref());
        match parameter {
            Parameter::Operation => texts(&self.operation),
            Parameter::Depth => texts(&self.depth),
            Parameter::Activation => texts(&self.activation),
            Parameter::Law => {
                let presets = self[Parameter::Std].iter().filter_map(|std| std.law);
                texts(&self.law.iter().copied().chain(presets).collect::<Vec<_>>())
            }
            Parameter::BiasLaw => {
                let presets = biases().filter_map(|bias| bias.law);
                texts(&self.bias_law.iter().copied().chain(presets).collect::<Vec<_>>())
            }
            Parameter::Input => self.input.iter().map(|one| one.text.clone()).collect(),
            Parameter::InputLaw => texts(&self.input_law),
            Parameter::Precision => texts(&self.precision),
            Parameter::BiasStd => {
                let presets = biases().map(|bias| &bias.text);
                self[parameter].iter().map(|one| &one.text).chain(presets).cloned().collect()
            }
            choice if choice.names().is_some() => {
                self.choices[choice].iter().map(|one| one.name.to_owned()).collect()
            }
            number => self[number].iter().map(|one| one.text.clone()).collect(),
        }
    }
}

/// The cells of one `[[grid]]` table.
///
/// Its axes are crossed in the order of [`Parameter::ALL`], the last fastest; axes that are zipped walk together
/// at the place of their first one.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Its label, if any.
    pub label: Option<String>,
    /// Its values.
    pub axes: Axes,
    /// Which of its cells are kept; all if `None`.
    pub filter: Option<Filter>,
    /// Numbers published elsewhere for its cells, shown beside the estimates; no part of the identity.
    pub published: Vec<(Metric, f64)>,
    /// Parameters that walk together, with their common length; slowest first.
    groups: Vec<(Vec<Parameter>, usize)>,
}

impl Grid {
    /// A grid in which the axes of each group in `zips` walk together.
    ///
    /// A parameter belongs to one group at most. Axes of one group have equal lengths; were they not, the
    /// shortest would count.
    #[must_use]
    pub fn new(label: Option<String>, axes: Axes, zips: &[Vec<Parameter>], filter: Option<Filter>) -> Self {
        let mut groups: Vec<(Vec<Parameter>, usize)> = Vec::new();
        for parameter in Parameter::ALL {
            if groups.iter().any(|(members, _)| members.contains(&parameter)) {
                continue;
            }
            let zipped = zips.iter().find(|zip| zip.contains(&parameter));
            let members = zipped.cloned().unwrap_or_else(|| vec![parameter]);
            let length = members.iter().map(|&member| axes.len(member)).min().unwrap_or(0);
            groups.push((members, length));
        }
        Self { label, axes, filter, published: Vec::new(), groups }
    }

    /// The same grid with numbers published elsewhere.
    #[must_use]
    pub fn with_published(self, published: Vec<(Metric, f64)>) -> Self {
        Self { published, ..self }
    }

    /// Parameters that walk together, with their common length; slowest first.
    #[must_use]
    pub fn groups(&self) -> &[(Vec<Parameter>, usize)] {
        &self.groups
    }

    /// Number of points before `where`; `u128::MAX` stands for anything larger.
    #[must_use]
    pub fn size(&self) -> u128 {
        self.groups.iter().fold(1_u128, |size, (_, length)| size.saturating_mul(*length as u128))
    }

    /// The error of a `where` that removes all points, so many as they are; `None` if there is no `where`.
    pub(super) fn nothing_left(&self, cells: u64) -> Option<SweepError> {
        let filter = self.filter.as_ref()?;
        Some(SweepError::NothingLeft { text: filter.text.clone(), span: filter.span, cells })
    }

    /// The place on every axis of the point number `index`, counted from 0.
    pub(super) fn place(&self, mut index: u64) -> ByParameter<usize> {
        let mut place = ByParameter::default();
        for (members, length) in self.groups.iter().rev() {
            let digit = index % (*length as u64);
            index /= *length as u64;
            for &member in members {
                place[member] = usize::try_from(digit).unwrap_or(0);
            }
        }
        place
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A grid whose width, depth and mean have `lengths` values, and whose std has as many as its width.
    pub fn grid(lengths: &[usize; 3], zips: &[Vec<Parameter>]) -> Grid {
        let quantity = |value: usize| Quantity {
            expression: Expression::Number(u32::try_from(value).unwrap().into()),
            text: value.to_string(),
            span: Span::default(),
            law: None,
            bias: None,
            fitted: false,
        };
        let mut axes = Axes {
            operation: vec![Operation::Matmul],
            depth: (1..=lengths[1]).collect(),
            activation: vec![Activation::Linear],
            law: vec![Law::Normal],
            bias_law: vec![Law::Normal],
            input: vec![Input {
                text: "random".to_owned(),
                span: Span::default(),
                data: None,
                widths: Vec::new(),
            }],
            input_law: vec![Law::Normal],
            precision: vec![Precision::F64],
            ..Axes::default()
        };
        for parameter in Parameter::numbers() {
            axes[parameter] = vec![quantity(1)];
        }
        for (parameter, names) in Parameter::ALL.iter().filter_map(|one| Some((*one, one.names()?))) {
            axes.choices[parameter] = vec![Choice { name: names[0], span: Span::default() }];
        }
        axes[Parameter::Width] = (1..=lengths[0]).map(quantity).collect();
        axes[Parameter::Std] = (0..lengths[0]).map(quantity).collect();
        axes[Parameter::Mean] = (0..lengths[2]).map(quantity).collect();
        Grid::new(None, axes, zips, None)
    }

    #[test]
    fn every_place_is_visited_once_in_the_documented_order() {
        let grid = grid(&[2, 3, 2], &[]);
        assert_eq!(grid.size(), 24);
        let places: Vec<_> = (0..24).map(|index| grid.place(index)).collect();
        let mut sorted = places.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(places, sorted);
    }

    #[test]
    fn zipped_axes_have_equal_places() {
        let grid = grid(&[2, 3, 2], &[vec![Parameter::Std, Parameter::Width]]);
        assert_eq!(grid.size(), 12);
        assert!((0..12).map(|index| grid.place(index)).all(|at| at[Parameter::Width] == at[Parameter::Std]));
    }

    #[test]
    fn a_size_beyond_u128_is_the_largest_u128() {
        let mut grid = grid(&[1, 1, 1], &[]);
        grid.groups.iter_mut().for_each(|(_, length)| *length = 1 << 20);
        assert_eq!(grid.size(), u128::MAX);
    }
}
