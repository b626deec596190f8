//! Tables as lists of their columns.

/// A table from the list of its columns: the struct of its rows, the constant with its columns, and the function that
/// makes a row.
///
/// ```text
/// /// Doc of the row.
/// read struct Row of cell;              // or `write`, if rows are never read back; `of cell` if `CELL_COLUMNS` come first
/// /// Doc of the columns.
/// const COLUMNS;
/// fn row(argument: Type, ...);          // gets the cell first, if there is one
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
            $name:ident: $Type:ty $([$unit:literal])? = $value:expr, $meaning:literal
        ;)*
    ) => {
        $(#[$row_doc])*
        #[allow(rustdoc::broken_intra_doc_links, reason = "meanings name tables as configs write them: [[grid]]")]
        #[derive(Clone, Debug, PartialEq)]
        pub struct $Row {
            $(
                /// The columns of its cell.
                pub $cell: std::sync::Arc<CellColumns>,
            )?
            $(#[doc = $meaning] pub $name: $Type,)*
        }

        $crate::output::columns::list!(
            ($($cell)?) ($(#[$columns_doc])*) $COLUMNS
            [$(
                $crate::output::Column::new(
                    stringify!($name),
                    (<$Type as $crate::output::Value>::KIND, <$Type as $crate::output::Value>::MISSING),
                    concat!("" $(, $unit)?), $meaning,
                ) $(.$flag())?
            ),*]
        );

        fn $build(
            $($cell: &std::sync::Arc<CellColumns>,)?
            $($argument: $Argument),*
        ) -> $Row {
            $Row { $($cell: std::sync::Arc::clone($cell),)? $($name: $value,)* }
        }

        impl $crate::output::Record for $Row {
            fn write(&self, line: &mut $crate::output::lines::Line) {
                $(line.cell(&self.$cell);)?
                $(line.add(&self.$name);)*
            }
        }

        $crate::output::columns::reader!($mode $Row ($($cell)?) $($name)*);
    };
}

/// The constant with the columns of a table, behind those of a cell if there is one.
macro_rules! list {
    (() ($($doc:tt)*) $COLUMNS:ident $own:expr) => {
        $($doc)*
        pub const $COLUMNS: &[$crate::output::Column] = &$own;
    };
    (($cell:ident) ($($doc:tt)*) $COLUMNS:ident $own:expr) => {
        $($doc)*
        pub const $COLUMNS: &[$crate::output::Column] = {
            const OWN: &[$crate::output::Column] = &$own;
            &$crate::output::column::behind::<{ CELL_COLUMNS.len() + OWN.len() }>(CELL_COLUMNS, OWN)
        };
    };
}

/// How the rows of a table are read, if they are.
macro_rules! reader {
    (write $($rest:tt)*) => {};
    (read $Row:ident ($($cell:ident)?) $($name:ident)*) => {
        impl $crate::output::ReadRecord for $Row {
            fn read(fields: &mut $crate::output::lines::Fields) -> std::io::Result<Self> {
                Ok(Self {
                    $($cell: fields.$cell(CELL_COLUMNS.len())?,)?
                    $($name: fields.get(stringify!($name))?,)*
                })
            }
        }
    };
}

pub(super) use {columns, list, reader};
