//! One column of a table.

/// Type of a column, as Frictionless names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text.
    String,
    /// Whole number.
    Integer,
    /// Double, in the shortest decimal text that reads back exactly; it has a point or an exponent.
    Number,
    /// `TRUE` or `FALSE`.
    Boolean,
}

impl Type {
    /// Its Frictionless name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
        }
    }
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in the header.
    pub name: &'static str,
    /// Its type.
    pub kind: Type,
    /// Its unit; `metric` stands for the unit of the row's metric.
    pub unit: &'static str,
    /// What it says.
    pub meaning: &'static str,
    /// What stands in it where there is nothing, if that may be.
    pub missing: Option<&'static str>,
    /// Whether it says something about trials, so that there is none before any is run.
    pub(super) is_of_trials: bool,
}

impl Column {
    pub(super) const fn new(
        name: &'static str,
        (kind, missing): (Type, Option<&'static str>),
        unit: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self { name, kind, unit, meaning, missing, is_of_trials: false }
    }

    pub(super) const fn trials(self) -> Self {
        Self { is_of_trials: true, ..self }
    }
}

/// The columns of a cell, and those of the table behind them; `N` is the number of both.
pub(super) const fn behind<const N: usize>(cell: &[Column], own: &[Column]) -> [Column; N] {
    let mut columns = [cell[0]; N];
    let mut i = 1;
    while i < N {
        columns[i] = if i < cell.len() { cell[i] } else { own[i - cell.len()] };
        i += 1;
    }
    columns
}
