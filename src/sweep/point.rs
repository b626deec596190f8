//! One point of a grid: expressions become numbers, and a point becomes a cell.

use std::sync::Arc;

use super::cell::Cell;
use super::condition::TextName;
use super::cost::as_f64;
use super::error::{Place, Problem, SweepError};
use super::expression::{Fault, Name, number};
use super::grid::{Axes, Grid, Quantity};
use super::parameter::Parameter;
use super::span::Span;
use crate::network::{Network, Precision, Schedule};
use crate::random::Law;

/// Largest width and batch.
pub const LARGEST_WIDTH: usize = 1 << 24;
/// Largest depth.
pub const LARGEST_DEPTH: usize = 1_000_000;

/// Parameters whose values are numbers.
const NUMERIC: [Parameter; 7] = [
    Parameter::Batch,
    Parameter::InputMean,
    Parameter::InputStd,
    Parameter::InputCorrelation,
    Parameter::Std,
    Parameter::Mean,
    Parameter::BiasStd,
];

/// One point of a grid.
pub(super) struct Point<'a> {
    grid: &'a Grid,
    place: [usize; Parameter::COUNT],
    /// Values in layer 1 that something has named: an expression that names one a hundred times takes it once.
    named: [std::cell::Cell<Option<f64>>; Parameter::COUNT],
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
        Self { grid, place: grid.place(index), named: Default::default() }
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
        NUMERIC.into_iter().map(|parameter| self.quantity(parameter).expression.size()).sum()
    }

    /// Checks every value of the point, and that it can be rescaled where that is asked; adds the numbers, names and
    /// operations it took to `work`.
    pub(super) fn check(&self, work: &mut usize, rescale: Option<Span>) -> Result<(), SweepError> {
        for parameter in NUMERIC {
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
        let network = Network {
            operation: axes.operation[self.at(Parameter::Operation)],
            width: self.width(),
            depth: self.depth(),
            batch: self.batch()?,
            weight_std: self.schedule(Parameter::Std)?,
            weight_mean: self.schedule(Parameter::Mean)?,
            bias_std: self.schedule(Parameter::BiasStd)?,
            law: self.law(),
            activation: axes.activation[self.at(Parameter::Activation)],
            input_mean: self.value(Parameter::InputMean, 1)?,
            input_std: self.value(Parameter::InputStd, 1)?,
            input_correlation: self.value(Parameter::InputCorrelation, 1)?,
            precision: self.precision(),
        };
        Ok(Cell {
            label: self.grid.label.clone(),
            published: self.grid.published.clone(),
            std_text: self.quantity(Parameter::Std).text.clone(),
            mean_text: self.quantity(Parameter::Mean).text.clone(),
            bias_std_text: self.quantity(Parameter::BiasStd).text.clone(),
            batch_text: self.quantity(Parameter::Batch).text.clone(),
            input_mean_text: self.quantity(Parameter::InputMean).text.clone(),
            input_std_text: self.quantity(Parameter::InputStd).text.clone(),
            input_correlation_text: self.quantity(Parameter::InputCorrelation).text.clone(),
            law_text: self.law_text(&network),
            network,
        })
    }

    /// See [`Cell::law_text`]. Independent inputs go without saying: they were the only ones once.
    fn law_text(&self, network: &Network) -> String {
        let correlation = match network.input_correlation {
            0.0 => String::new(),
            value => format!(";input_correlation={}", number(value)),
        };
        format!(
            "operation={};width={};batch={};std={};mean={};activation={};law={};bias_std={};input_mean={};\
             input_std={};precision={}{correlation}",
            network.operation,
            network.width,
            network.batch,
            self.canonical(Parameter::Std, &network.weight_std),
            self.canonical(Parameter::Mean, &network.weight_mean),
            network.activation,
            network.law,
            self.canonical(Parameter::BiasStd, &network.bias_std),
            number(network.input_mean),
            number(network.input_std),
            network.precision,
        )
    }

    /// A value where one number says it all, the expression where it may differ between layers or depths.
    fn canonical(&self, parameter: Parameter, schedule: &Schedule) -> String {
        let expression = &self.quantity(parameter).expression;
        if expression.names(Name::Depth) {
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
        let is_std = matches!(parameter, Parameter::Std | Parameter::BiasStd | Parameter::InputStd);
        if parameter == Parameter::Batch {
            whole(value, LARGEST_WIDTH)
        } else if parameter == Parameter::InputCorrelation {
            // A wrong batch is reported by itself.
            self.batch().map_or(Ok(()), |batch| correlation(value, batch))
        } else if value.is_infinite() {
            Err(Problem::Infinite)
        } else if is_std && value < 0.0 {
            Err(Problem::Negative(value))
        } else if self.precision() == Precision::F32 && value.abs() > f64::from(f32::MAX) {
            Err(Problem::BeyondF32(value))
        } else if self.precision() == Precision::F32
            && value != 0.0
            && value.abs() < f64::from(f32::MIN_POSITIVE)
        {
            Err(Problem::BelowF32(value))
        } else {
            Ok(())
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "widths and depths are below 2^53")]
    fn lookup(&self, name: Name, layer: usize) -> Result<f64, Stop> {
        let parameter = match name {
            Name::Width | Name::FanIn | Name::FanOut => return Ok(self.width() as f64),
            Name::Depth => return Ok(self.depth() as f64),
            Name::Layer => return Ok(layer as f64),
            Name::Batch => Parameter::Batch,
            Name::Std => Parameter::Std,
            Name::Mean => Parameter::Mean,
            Name::BiasStd => Parameter::BiasStd,
            Name::InputMean => Parameter::InputMean,
            Name::InputStd => Parameter::InputStd,
            Name::InputCorrelation => Parameter::InputCorrelation,
        };
        // A batch is the same in all layers.
        let layer = if parameter == Parameter::Batch { 1 } else { layer };
        let named = &self.named[parameter as usize];
        if let (1, Some(value)) = (layer, named.get()) {
            return Ok(value);
        }
        let value = self.value(parameter, layer).map_err(Stop::Inner)?;
        if layer == 1 {
            named.set(Some(value));
        }
        Ok(value)
    }

    fn text(&self, name: TextName) -> String {
        let axes = &self.grid.axes;
        match name {
            TextName::Operation => axes.operation[self.at(Parameter::Operation)].to_string(),
            TextName::Activation => axes.activation[self.at(Parameter::Activation)].to_string(),
            TextName::Law => self.law().to_string(),
            TextName::Precision => self.precision().to_string(),
        }
    }

    fn quantity(&self, parameter: Parameter) -> &'a Quantity {
        let Axes { std, mean, bias_std, batch, input_mean, input_std, input_correlation, .. } =
            &self.grid.axes;
        let at = self.at(parameter);
        match parameter {
            Parameter::Mean => &mean[at],
            Parameter::BiasStd => &bias_std[at],
            Parameter::Batch => &batch[at],
            Parameter::InputMean => &input_mean[at],
            Parameter::InputStd => &input_std[at],
            Parameter::InputCorrelation => &input_correlation[at],
            _ => &std[self.at(Parameter::Std)].quantity,
        }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked by `whole`")]
    fn batch(&self) -> Result<usize, SweepError> {
        self.value(Parameter::Batch, 1).map(|batch| batch as usize)
    }

    fn law(&self) -> Law {
        let preset = self.grid.axes.std[self.at(Parameter::Std)].law;
        preset.unwrap_or_else(|| self.grid.axes.law[self.at(Parameter::Law)])
    }

    fn at(&self, parameter: Parameter) -> usize {
        self.place[parameter as usize]
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
