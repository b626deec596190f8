//! One column of a table. Names are API: columns are only ever appended.

/// Type of a column, as Frictionless names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text.
    String,
    /// Whole number.
    Integer,
    /// Double, in the shortest decimal text that reads back exactly.
    Number,
    /// `true` or `false`.
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
    /// Whether it says something about trials, so that it is empty before any is run.
    pub(super) is_of_trials: bool,
}

impl Column {
    pub(super) const fn new(
        name: &'static str,
        kind: Type,
        unit: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self { name, kind, unit, meaning, is_of_trials: false }
    }

    /// The same column in the words of another table.
    pub(super) const fn meaning(self, meaning: &'static str) -> Self {
        Self { meaning, ..self }
    }

    pub(super) const fn trials(self) -> Self {
        Self { is_of_trials: true, ..self }
    }
}
