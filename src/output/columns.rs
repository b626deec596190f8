//! Columns, and tables as lists of them. Names are API: columns are only ever appended.

use super::value::Value;

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
    pub(super) const fn new<T: Value>(name: &'static str, unit: &'static str, meaning: &'static str) -> Self {
        Self { name, kind: T::KIND, unit, meaning, is_of_trials: false }
    }

    /// The same column in the words of another table.
    pub(super) const fn meaning(self, meaning: &'static str) -> Self {
        Self { meaning, ..self }
    }

    pub(super) const fn trials(self) -> Self {
        Self { is_of_trials: true, ..self }
    }
}

/// A table from the list of its columns: the struct of its rows, the constant with its columns, and the function that
/// makes a row.
///
/// ```text
/// /// Doc of the row.
/// read struct Row of cell;              // or `write`, if rows are never read back; `of cell` if there are columns of it
/// /// Doc of the columns.
/// const COLUMNS;
/// fn row(argument: Type, ...);          // gets the cell first, if there is one
/// @width;                               // a column of the cell: one of the list in `cell.rs`
/// @depth, "what it says here";          // the same in other words
/// name: Type [unit] = value, "what it says";
/// #[trials] name: Type = value, "..";   // one that trials fill
/// ```
macro_rules! columns {
    (
        $(#[$row_doc:meta])*
        $mode:ident struct $Row:ident $(of $cell:ident)?;
        $(#[$columns_doc:meta])*
        const $COLUMNS:ident;
        fn $build:ident($($argument:ident: $Argument:ty),* $(,)?);
        $(
            $(#[$flag:ident])?
            $(@$own:ident $(, $own_meaning:literal)?)?
            $($name:ident: $Type:ty $([$unit:literal])? = $value:expr, $meaning:literal)?
        ;)*
    ) => {
        $(#[$row_doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $Row {
            $(
                /// The columns of its cell.
                pub $cell: std::sync::Arc<$crate::output::CellColumns>,
            )?
            $($(#[doc = $meaning] pub $name: $Type,)?)*
        }

        $(#[$columns_doc])*
        pub const $COLUMNS: &[$crate::output::Column] = &[$(
            $($crate::output::CellColumns::$own $(.meaning($own_meaning))?)?
            $($crate::output::Column::new::<$Type>(stringify!($name), concat!("" $(, $unit)?), $meaning))?
            $(.$flag())?
        ),*];

        fn $build(
            $($cell: &std::sync::Arc<$crate::output::CellColumns>,)?
            $($argument: $Argument),*
        ) -> $Row {
            $Row { $($cell: std::sync::Arc::clone($cell),)? $($($name: $value,)?)* }
        }

        impl $crate::output::Record for $Row {
            fn write(&self, line: &mut $crate::output::lines::Line) {
                $(line.of(&self.$cell);)?
                $($(line.own(&self.cell.$own);)? $(line.add(&self.$name);)?)*
            }
        }

        $crate::output::lines::reader!($mode $Row ($($cell)?) $($($name: $Type,)?)*);
    };
}

pub(super) use columns;
