//! One point of a grid: expressions become numbers, and a point becomes a cell.

use std::sync::Arc;

use super::by_parameter::ByParameter;
use super::cell::Cell;
use super::cost::as_f64;
use super::error::{Place, Problem, SweepError};
use super::expression::{Expression, Fault, Name, is_power_of_two};
use super::flaw::{flaw, unmeasured};
use super::grid::{Grid, Quantity};
use super::judge::{correlation, whole};
use super::kind::{NetworkField, NumberRange, ParameterKind};
use super::measure::{Measure, Saturation};
use super::parameter::Parameter;
use super::sigma::Sigma;
use crate::network::{Network, Precision, Schedule};
use crate::random::Law;

/// What it takes to make a cell with its texts, in operations of an expression.
const CELL_WORK: usize = 120;

/// One point of a grid.
pub(super) struct Point<'a> {
    pub(super) grid: &'a Grid,
    place: ByParameter<usize>,
    /// Values in layer 1 that something has named: an expression that names one a hundred times takes it once.
    named: ByParameter<std::cell::Cell<Option<f64>>>,
}

/// Why evaluation stopped: the expression itself, or a parameter that it names.
enum Stop {
    Fault(Fault),
    Circular,
    Inner(Box<SweepError>),
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
            Stop::Inner(error) => *error,
            Stop::Fault(fault) => SweepError::Where {
                text: filter.text.clone(),
                span: filter.span,
                fault,
                place: self.shape(None),
            },
            Stop::Circular => unreachable!("a condition names values, and their errors are inner ones"),
        })
    }

    /// Numbers, names and operations that the values of one layer take.
    pub(super) fn size(&self) -> usize {
        Parameter::numbers().map(|parameter| self.quantity(parameter).expression.size()).sum()
    }

    /// Checks every value of the point, and that it can be rescaled where that is asked; adds the numbers, names and
    /// operations it took to `work`.
    pub(super) fn check(&self, work: &mut usize, measure: &Measure) -> Result<(), SweepError> {
        for parameter in in_order_of_checks() {
            let size = self.quantity(parameter).expression.size();
            for layer in 1..=self.varied_layers(parameter) {
                // To find a parameter, and to judge it, takes as long as an operation.
                *work += 1 + size;
                self.value(parameter, layer)?;
            }
        }
        let is_chosen = |one: Parameter| one.names().is_some_and(|names| self.choice(one).name != names[0]);
        let has_choice = Parameter::ALL.into_iter().any(is_chosen)
            || self.law() == Law::Orthogonal
            || self.quantity(Parameter::Std).fitted
            || self.input_law() != Law::Normal
            || self.input().data.is_some();
        let is_asked = measure.rescale.is_some() || measure.saturation.is_some() || measure.has_jacobian();
        if is_asked || has_choice || !self.is_square() {
            // Schedules have one number per layer, whatever it took to find it.
            *work += CELL_WORK + self.size() + 3 * self.depth();
            self.cell_to_run(measure)?;
        }
        Ok(())
    }

    /// The cell at this point, an error if it cannot be rescaled or walked back through as `measure` asks.
    pub(super) fn cell_to_run(&self, measure: &Measure) -> Result<Cell, SweepError> {
        let cell = self.cell()?;
        if let Some((parameter, reason)) = unmeasured(&cell.network, measure) {
            return Err(self.no_network(parameter, reason));
        }
        if let Some(Saturation { threshold, span }) = measure.saturation
            && cell.network.activation.beyond(threshold).is_none()
        {
            let reason = format!("activation = {} has no two ends to be near to", cell.network.activation);
            return Err(SweepError::Saturation { threshold, reason, span, place: self.shape(None) });
        }
        match (measure.rescale, cell.network.inhomogeneity()) {
            (Some(span), Some(reason)) => Err(SweepError::Rescale { reason, span, place: self.shape(None) }),
            _ => Ok(cell),
        }
    }

    /// The cell at this point.
    fn cell(&self) -> Result<Cell, SweepError> {
        let axes = &self.grid.axes;
        let widths = self.widths()?;
        let mut network = Network {
            operation: axes.operation[self.at(Parameter::Operation)],
            width: self.units(1)?,
            widths,
            depth: self.depth(),
            law: self.law(),
            fitted: self.quantity(Parameter::Std).fitted,
            bias_law: self.bias_law(),
            input_law: self.input_law(),
            data: self.input().data.clone(),
            activation: axes.activation[self.at(Parameter::Activation)],
            precision: self.precision(),
            ..Network::default()
        };
        for parameter in Parameter::numbers() {
            self.put(parameter, &mut network)?;
        }
        for parameter in Parameter::ALL {
            if let ParameterKind::Choice { set, .. } = parameter.row().kind {
                set(&mut network, self.choice(parameter).name);
            }
        }
        network.drop_unused();
        if let Some((parameter, reason)) = flaw(&network) {
            return Err(self.no_network(parameter, reason));
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
            width_of_file: !self.input().widths.is_empty(),
            sigma_w: self.sigma_w(1)?,
            texts: ByParameter::new(|one| if is_other(one) { text(one).into() } else { Box::default() }),
            law_text: self.law_text(&network),
            network,
        })
    }

    /// Units of the input and of the layers, as [`Network::widths`] has them: without those at the end that are as
    /// layer 1.
    fn widths(&self) -> Result<Arc<[usize]>, SweepError> {
        let varied = self.varied_layers(Parameter::Width);
        let mut widths = (0..=varied).map(|layer| self.units(layer)).collect::<Result<Vec<_>, _>>()?;
        let first = widths[1];
        widths.truncate(widths.iter().rposition(|&units| units != first).map_or(0, |last| last + 1));
        Ok(widths.into())
    }

    /// There is no network of this value.
    fn no_network(&self, parameter: Parameter, reason: String) -> SweepError {
        let (text, span) = match parameter.names() {
            _ if parameter == Parameter::Input => (self.input().text.clone(), self.input().span),
            Some(_) => (self.choice(parameter).name.to_owned(), self.choice(parameter).span),
            None => (self.quantity(parameter).text.clone(), self.quantity(parameter).span),
        };
        SweepError::Network { parameter, text, span, reason, place: self.shape(None) }
    }

    /// Writes a number to where it stands in `network`.
    fn put(&self, parameter: Parameter, network: &mut Network) -> Result<(), SweepError> {
        match parameter.field() {
            Some(NetworkField::Count { set, .. }) => set(network, self.count(parameter)?),
            Some(NetworkField::Once { set, .. }) => set(network, self.value(parameter, 1)?),
            Some(NetworkField::Layers { set, .. }) => set(network, self.schedule(parameter)?),
            // They are all put at once.
            Some(NetworkField::Units { .. }) | None => {}
        }
        Ok(())
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
        if self.varies(parameter) { self.depth() } else { 1 }
    }

    /// Whether the layers of one cell may have different values.
    fn varies(&self, parameter: Parameter) -> bool {
        let expression = &self.quantity(parameter).expression;
        let is_layered = matches!(parameter.field(), Some(NetworkField::Layers { .. }));
        expression.names(Name::Layer) || is_layered && expression.names_width() && !self.is_square()
    }

    /// Whether it is plain that all layers and the input have one width.
    fn is_square(&self) -> bool {
        let [width, input] =
            [Parameter::Width, Parameter::InputWidth].map(|one| &self.quantity(one).expression);
        !width.names(Name::Layer) && *input == Expression::Name(Name::Of(Parameter::Width))
    }

    /// Whether the widths of layers and input are made from each other.
    fn is_circular(&self) -> bool {
        let names = |one, other| self.quantity(one).expression.names(Name::Of(other));
        names(Parameter::Width, Parameter::InputWidth) && names(Parameter::InputWidth, Parameter::Width)
    }

    /// Units of a layer; 0 is the input.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked by `whole`")]
    fn units(&self, layer: usize) -> Result<usize, SweepError> {
        let value = match layer {
            0 => self.named(Parameter::InputWidth, 1),
            _ => self.named(Parameter::Width, layer),
        };
        value.map(|units| units as usize)
    }

    /// The checked value of a numeric parameter in one layer.
    fn value(&self, parameter: Parameter, layer: usize) -> Result<f64, SweepError> {
        let quantity = self.quantity(parameter);
        let is_units = matches!(parameter.field(), Some(NetworkField::Units { .. }));
        let evaluated = if is_units && self.is_circular() {
            Err(Stop::Circular)
        } else {
            quantity.expression.evaluate(&|name| self.lookup(name, layer))
        };
        let problem = match evaluated.map(|value| if is_units { libm::round(value).max(1.0) } else { value })
        {
            Err(Stop::Inner(error)) => return Err(*error),
            Err(Stop::Fault(fault)) => Problem::Fault(fault),
            Err(Stop::Circular) => Problem::Circular,
            // Adding 0 turns -0 into 0.
            Ok(value) => match self.judge(parameter, value) {
                Ok(()) => return Ok(value + 0.0),
                Err(problem) => problem,
            },
        };
        let layer = quantity.expression.names(Name::Layer).then_some(layer);
        // A width that has no value cannot be part of the place.
        let place =
            if is_units { Place { width: None, depth: self.depth(), layer } } else { self.shape(layer) };
        let Quantity { text, span, .. } = quantity.clone();
        Err(SweepError::Value { parameter, text, span, problem, place })
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
            Some(NumberRange::Std) if value < 0.0 && parameter == Parameter::NormEps => {
                Err(Problem::BelowZero(value))
            }
            Some(NumberRange::PowerOfTwo) if !is_power_of_two(value) => Err(Problem::NoPowerOfTwo(value)),
            Some(NumberRange::Std) if value < 0.0 => Err(Problem::Negative(value)),
            _ if is_f32 && value.abs() > f64::from(f32::MAX) => Err(Problem::BeyondF32(value)),
            _ if is_f32 && value != 0.0 && value.abs() < f64::from(f32::MIN_POSITIVE) => {
                Err(Problem::BelowF32(value))
            }
            _ => Ok(()),
        }
    }

    fn lookup(&self, name: Name, layer: usize) -> Result<f64, Stop> {
        let value = match name {
            Name::FanIn if layer == 1 => self.named(Parameter::InputWidth, 1),
            Name::FanIn => self.named(Parameter::Width, layer - 1),
            Name::FanOut => self.named(Parameter::Width, layer),
            Name::Of(Parameter::Depth) => Ok(as_f64(self.depth())),
            Name::Layer => Ok(as_f64(layer)),
            Name::Sigma(Sigma::Weight) => self.sigma_w(layer),
            Name::Sigma(sigma) => self.named(sigma.parameter(), layer),
            Name::Of(parameter) => self.named(parameter, layer),
        };
        value.map_err(|error| Stop::Inner(Box::new(error)))
    }

    /// The value of a parameter that something has named.
    fn named(&self, parameter: Parameter, layer: usize) -> Result<f64, SweepError> {
        // A batch is the same in all layers, and most often so is a width.
        let is_one = match parameter.field() {
            Some(NetworkField::Count { .. }) => true,
            Some(NetworkField::Units { .. }) => !self.varies(parameter),
            _ => false,
        };
        let layer = if is_one { 1 } else { layer };
        let named = &self.named[parameter];
        if let (1, Some(value)) = (layer, named.get()) {
            return Ok(value);
        }
        let value = self.value(parameter, layer)?;
        if layer == 1 {
            named.set(Some(value));
        }
        Ok(value)
    }

    /// Std of one weight times the root of the fan-in; where the config writes the std so, exactly what it writes.
    fn sigma_w(&self, layer: usize) -> Result<f64, SweepError> {
        let (std, fan_in) = (self.value(Parameter::Std, layer)?, self.units(layer - 1)?);
        let written = self.quantity(Parameter::Std).expression.sigma_w();
        let exact = written.and_then(|inner| inner.evaluate(&|name| self.lookup(name, layer)).ok());
        Ok(exact.unwrap_or_else(|| std * as_f64(fan_in).sqrt()) + 0.0)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked by `whole`")]
    fn count(&self, parameter: Parameter) -> Result<usize, SweepError> {
        self.value(parameter, 1).map(|count| count as usize)
    }

    pub(super) fn at(&self, parameter: Parameter) -> usize {
        self.place[parameter]
    }

    pub(super) fn depth(&self) -> usize {
        self.grid.axes.depth[self.at(Parameter::Depth)]
    }

    pub(super) fn precision(&self) -> Precision {
        self.grid.axes.precision[self.at(Parameter::Precision)]
    }

    fn shape(&self, layer: Option<usize>) -> Place {
        Place { width: self.units(1).ok(), depth: self.depth(), layer }
    }
}

/// Numbers in the order in which they are checked: what all layers share comes first, so that it is what is reported.
fn in_order_of_checks() -> impl Iterator<Item = Parameter> {
    let is_layered = |one: &Parameter| matches!(one.field(), Some(NetworkField::Layers { .. }));
    Parameter::numbers().filter(move |one| !is_layered(one)).chain(Parameter::numbers().filter(is_layered))
}
