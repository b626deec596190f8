//! One point of a grid: expressions become numbers, and a point becomes a cell.

use std::sync::Arc;

use super::cell::Cell;
use super::cost::as_f64;
use super::error::{Place, Problem, SweepError};
use super::expression::{Fault, Name, number};
use super::grid::{Grid, Quantity};
use super::parameter::{ByParameter, NetworkField, NumberRange, Parameter, ParameterKind};
use super::sigma::Sigma;
use super::span::Span;
use crate::network::{Network, Precision, Schedule};
use crate::random::Law;

/// What the identity of every cell says, in this order. What it does not list is left out where it has its default,
/// so that a parameter that is added changes no cell that does without it. The depth stands apart.
const ALWAYS: [Parameter; 11] = [
    Parameter::Operation,
    Parameter::Width,
    Parameter::Batch,
    Parameter::Std,
    Parameter::Mean,
    Parameter::Activation,
    Parameter::Law,
    Parameter::BiasStd,
    Parameter::InputMean,
    Parameter::InputStd,
    Parameter::Precision,
];

/// One point of a grid.
pub(super) struct Point<'a> {
    grid: &'a Grid,
    place: ByParameter<usize>,
    /// Values in layer 1 that something has named: an expression that names one a hundred times takes it once.
    named: ByParameter<std::cell::Cell<Option<f64>>>,
}

/// Why evaluation stopped: the expression itself, or a parameter that it names.
enum Stop {
    Fault(Fault),
    Inner(SweepError),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl<'a> Point<'a> {
    /// Point number `index` of `grid`, whose axes are not empty.
    pub(super) fn new(grid: &'a Grid, index: u64) -> Self {
        Self { grid, place: grid.place(index), named: ByParameter::default() }
    }

    /// Whether `where` keeps the point.
    pub(super) fn is_kept(&self) -> Result<bool, SweepError> {
        let Some(filter) = &self.grid.filter else { return Ok(true) };
        let truth = filter.condition.evaluate(&|name| self.lookup(name, 1), &|name| self.text(name));
        truth.map_err(|stop| match stop {
            Stop::Inner(error) => error,
            Stop::Fault(fault) => SweepError::Where {
                text: filter.text.clone(),
                span: filter.span,
                fault,
                place: self.shape(None),
            },
        })
    }

    /// Numbers, names and operations that the values of one layer take.
    pub(super) fn size(&self) -> usize {
        Parameter::numbers().map(|parameter| self.quantity(parameter).expression.size()).sum()
    }

    /// Checks every value of the point, and that it can be rescaled where that is asked; adds the numbers, names and
    /// operations it took to `work`.
    pub(super) fn check(&self, work: &mut usize, rescale: Option<Span>) -> Result<(), SweepError> {
        for parameter in in_order_of_checks() {
            let size = self.quantity(parameter).expression.size();
            for layer in 1..=self.varied_layers(parameter) {
                *work += size;
                self.value(parameter, layer)?;
            }
        }
        if rescale.is_some() {
            // Schedules have one number per layer, whatever it took to find it.
            *work += self.size() + 3 * self.depth();
            self.cell_to_run(rescale)?;
        }
        Ok(())
    }

    /// The cell at this point, an error if it cannot be rescaled as the config asks at `rescale`.
    pub(super) fn cell_to_run(&self, rescale: Option<Span>) -> Result<Cell, SweepError> {
        let cell = self.cell()?;
        match (rescale, cell.network.inhomogeneity()) {
            (Some(span), Some(reason)) => Err(SweepError::Rescale { reason, span, place: self.shape(None) }),
            _ => Ok(cell),
        }
    }

    /// The cell at this point.
    fn cell(&self) -> Result<Cell, SweepError> {
        let axes = &self.grid.axes;
        let mut network = Network {
            operation: axes.operation[self.at(Parameter::Operation)],
            width: self.width(),
            depth: self.depth(),
            law: self.law(),
            bias_law: self.bias_law(),
            activation: axes.activation[self.at(Parameter::Activation)],
            precision: self.precision(),
            ..Network::default()
        };
        for parameter in Parameter::numbers() {
            self.put(parameter, &mut network)?;
        }
        let text = |parameter| self.quantity(parameter).text.clone();
        let own = [Parameter::Std, Parameter::Mean, Parameter::BiasStd];
        let is_other = |parameter: Parameter| parameter.field().is_some() && !own.contains(&parameter);
        Ok(Cell {
            label: self.grid.label.clone(),
            published: self.grid.published.clone(),
            std_text: text(Parameter::Std),
            mean_text: text(Parameter::Mean),
            bias_std_text: text(Parameter::BiasStd),
            bias_of_preset: self.quantity(Parameter::Std).bias.is_some(),
            sigma_w: self.sigma_w(1)?,
            texts: ByParameter::new(|one| if is_other(one) { text(one).into() } else { Box::default() }),
            law_text: self.law_text(&network),
            network,
        })
    }

    /// Writes a number to where it stands in `network`.
    fn put(&self, parameter: Parameter, network: &mut Network) -> Result<(), SweepError> {
        match parameter.field() {
            Some(NetworkField::Count { set, .. }) => set(network, self.count(parameter)?),
            Some(NetworkField::Once { set, .. }) => set(network, self.value(parameter, 1)?),
            Some(NetworkField::Layers { set, .. }) => set(network, self.schedule(parameter)?),
            None => {}
        }
        Ok(())
    }

    /// See [`Cell::law_text`].
    fn law_text(&self, network: &Network) -> String {
        let entry = |parameter: Parameter| (parameter, self.identity(parameter, network));
        let always = ALWAYS.into_iter().map(entry);
        let others =
            Parameter::ALL.into_iter().filter(|one| !ALWAYS.contains(one) && *one != Parameter::Depth);
        let is_default = |(parameter, text): &(Parameter, String)| {
            parameter.row().default.is_some_and(|default| default.trim_matches('\'') == text)
        };
        let entries = always.chain(others.map(entry).filter(|entry| !is_default(entry)));
        entries.map(|(parameter, text)| format!("{parameter}={text}")).collect::<Vec<_>>().join(";")
    }

    /// A parameter as the identity of a cell has it.
    fn identity(&self, parameter: Parameter, network: &Network) -> String {
        match parameter.row().kind {
            ParameterKind::Word(get) => get(network),
            ParameterKind::Shape { get, .. } | ParameterKind::Number(_, NetworkField::Count { get, .. }) => {
                get(network).to_string()
            }
            ParameterKind::Number(_, NetworkField::Once { get, .. }) => number(get(network)),
            ParameterKind::Number(_, NetworkField::Layers { get, .. }) => {
                self.canonical(parameter, get(network))
            }
        }
    }

    /// A value where one number says it all, the expression where it may differ between layers or depths.
    fn canonical(&self, parameter: Parameter, schedule: &Schedule) -> String {
        let expression = &self.quantity(parameter).expression;
        if expression.names(Name::Of(Parameter::Depth)) {
            format!("{expression}[depth={}]", self.depth())
        } else if expression.names(Name::Layer) {
            expression.to_string()
        } else {
            number(schedule.first().copied().unwrap_or(0.0))
        }
    }

    fn schedule(&self, parameter: Parameter) -> Result<Schedule, SweepError> {
        let varied = self.varied_layers(parameter);
        let values = (1..=varied).map(|layer| self.value(parameter, layer)).collect::<Result<Vec<_>, _>>()?;
        match values[..] {
            [value] => Ok(Arc::from(vec![value; self.depth()])),
            _ => Ok(Arc::from(values)),
        }
    }

    /// Layers that need an evaluation of their own: all, or one for all.
    fn varied_layers(&self, parameter: Parameter) -> usize {
        if self.quantity(parameter).expression.names(Name::Layer) { self.depth() } else { 1 }
    }

    /// The checked value of a numeric parameter in one layer.
    fn value(&self, parameter: Parameter, layer: usize) -> Result<f64, SweepError> {
        let quantity = self.quantity(parameter);
        let evaluated = quantity.expression.evaluate(&|name| self.lookup(name, layer));
        let problem = match evaluated {
            Err(Stop::Inner(error)) => return Err(error),
            Err(Stop::Fault(fault)) => Problem::Fault(fault),
            // Adding 0 turns -0 into 0.
            Ok(value) => match self.judge(parameter, value) {
                Ok(()) => return Ok(value + 0.0),
                Err(problem) => problem,
            },
        };
        let layer = quantity.expression.names(Name::Layer).then_some(layer);
        Err(SweepError::Value {
            parameter,
            text: quantity.text.clone(),
            span: quantity.span,
            problem,
            place: self.shape(layer),
        })
    }

    fn judge(&self, parameter: Parameter, value: f64) -> Result<(), Problem> {
        let is_f32 = self.precision() == Precision::F32;
        match parameter.range() {
            Some(NumberRange::Count(largest)) => whole(value, largest),
            // A wrong batch is reported by itself.
            Some(NumberRange::Correlation) => {
                self.count(Parameter::Batch).map_or(Ok(()), |batch| correlation(value, batch))
            }
            _ if value.is_infinite() => Err(Problem::Infinite),
            Some(NumberRange::Std) if value < 0.0 => Err(Problem::Negative(value)),
            _ if is_f32 && value.abs() > f64::from(f32::MAX) => Err(Problem::BeyondF32(value)),
            _ if is_f32 && value != 0.0 && value.abs() < f64::from(f32::MIN_POSITIVE) => {
                Err(Problem::BelowF32(value))
            }
            _ => Ok(()),
        }
    }

    fn lookup(&self, name: Name, layer: usize) -> Result<f64, Stop> {
        let parameter = match name {
            Name::FanIn | Name::FanOut | Name::Of(Parameter::Width) => return Ok(as_f64(self.width())),
            Name::Of(Parameter::Depth) => return Ok(as_f64(self.depth())),
            Name::Layer => return Ok(as_f64(layer)),
            Name::Sigma(Sigma::Weight) => return self.sigma_w(layer).map_err(Stop::Inner),
            Name::Sigma(sigma) => sigma.parameter(),
            Name::Of(parameter) => parameter,
        };
        // A batch is the same in all layers.
        let layer = if matches!(parameter.field(), Some(NetworkField::Count { .. })) { 1 } else { layer };
        let named = &self.named[parameter];
        if let (1, Some(value)) = (layer, named.get()) {
            return Ok(value);
        }
        let value = self.value(parameter, layer).map_err(Stop::Inner)?;
        if layer == 1 {
            named.set(Some(value));
        }
        Ok(value)
    }

    /// Std of one weight times the root of the fan-in; where the config writes the std so, exactly what it writes.
    fn sigma_w(&self, layer: usize) -> Result<f64, SweepError> {
        let std = self.value(Parameter::Std, layer)?;
        let written = self.quantity(Parameter::Std).expression.sigma_w();
        let exact = written.and_then(|inner| inner.evaluate(&|name| self.lookup(name, layer)).ok());
        Ok(exact.unwrap_or_else(|| std * as_f64(self.width()).sqrt()) + 0.0)
    }

    fn text(&self, name: Parameter) -> String {
        let axes = &self.grid.axes;
        match name {
            Parameter::Operation => axes.operation[self.at(name)].to_string(),
            Parameter::Activation => axes.activation[self.at(name)].to_string(),
            Parameter::Law => self.law().to_string(),
            Parameter::BiasLaw => self.bias_law().to_string(),
            Parameter::Precision => self.precision().to_string(),
            number => self.quantity(number).text.clone(),
        }
    }

    /// What the point has; biases are those of a preset where it brings some along.
    fn quantity(&self, parameter: Parameter) -> &'a Quantity {
        let written = |parameter| &self.grid.axes[parameter][self.at(parameter)];
        let preset =
            (parameter == Parameter::BiasStd).then(|| written(Parameter::Std).bias.as_deref()).flatten();
        preset.unwrap_or_else(|| written(parameter))
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked by `whole`")]
    fn count(&self, parameter: Parameter) -> Result<usize, SweepError> {
        self.value(parameter, 1).map(|count| count as usize)
    }

    fn law(&self) -> Law {
        let preset = self.quantity(Parameter::Std).law;
        preset.unwrap_or_else(|| self.grid.axes.law[self.at(Parameter::Law)])
    }

    fn bias_law(&self) -> Law {
        let preset = self.quantity(Parameter::BiasStd).law;
        preset.unwrap_or_else(|| self.grid.axes.bias_law[self.at(Parameter::BiasLaw)])
    }

    fn at(&self, parameter: Parameter) -> usize {
        self.place[parameter]
    }

    fn width(&self) -> usize {
        self.grid.axes.width[self.at(Parameter::Width)]
    }

    fn depth(&self) -> usize {
        self.grid.axes.depth[self.at(Parameter::Depth)]
    }

    fn precision(&self) -> Precision {
        self.grid.axes.precision[self.at(Parameter::Precision)]
    }

    fn shape(&self, layer: Option<usize>) -> Place {
        Place { width: self.width(), depth: self.depth(), layer }
    }
}

/// Numbers in the order in which they are checked: what all layers share comes first, so that it is what is reported.
fn in_order_of_checks() -> impl Iterator<Item = Parameter> {
    let is_layered = |one: &Parameter| matches!(one.field(), Some(NetworkField::Layers { .. }));
    Parameter::numbers().filter(move |one| !is_layered(one)).chain(Parameter::numbers().filter(is_layered))
}

#[expect(clippy::cast_precision_loss, reason = "`largest` is below 2^53")]
fn whole(value: f64, largest: usize) -> Result<(), Problem> {
    if value < 1.0 || value > largest as f64 {
        Err(Problem::OutOfRange { value, largest })
    } else if value.fract() != 0.0 {
        Err(Problem::Fraction(value))
    } else {
        Ok(())
    }
}

/// The correlations that `batch` inputs can have, each two of them the same: those of a covariance matrix whose
/// eigenvalues `1 - c` and `1 + (B-1) c` are not negative. A single input has no pairs; any from -1 to 1 will do.
fn correlation(value: f64, batch: usize) -> Result<(), Problem> {
    let least = -1.0 / as_f64(batch.saturating_sub(1).max(1));
    if (least..=1.0).contains(&value) { Ok(()) } else { Err(Problem::Correlation { value, least, batch }) }
}
