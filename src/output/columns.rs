//! Tables as lists of their columns.

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
        #[allow(rustdoc::broken_intra_doc_links, reason = "meanings name tables as configs write them: [[grid]]")]
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
            $($crate::output::Column::new(stringify!($name), <$Type as $crate::output::value::Value>::KIND, concat!("" $(, $unit)?), $meaning))?
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
