//! What may stand in a field of a table, and how it is written.
//!
//! Every reader that guesses types from the text must guess the one that a column has, whatever its rows are: those of
//! pandas, polars, `DuckDB`, and of R (`read.csv` and readr). No field is empty, for a column of empty fields has no type:
//!
//! | what | text | why |
//! |---|---|---|
//! | text | never reads as a number, a date or a truth value | made so, or refused in the config ([`crate::text::reads_as_text`]) |
//! | no text | `none` | `NA` and `null` are missing in some readers and text in others |
//! | number | has a point or an exponent | one that is whole would make the column one of whole numbers |
//! | no number, not a number | `NaN` | `nan` is text for polars |
//! | infinity | `1e999` | every reader overflows to it; `inf` is a date for `DuckDB` |
//! | truth | `TRUE`, `FALSE` | `true` is text for `read.csv` |
//! | whole number | always there | a missing one would be `NaN`: then the column is one of numbers |

use std::io::Write;

use super::column::Type;
use crate::analysis::{Direction, Draws, Verdict};
use crate::network::{Metric, Operation, Precision, Site};
use crate::statistics::Reliability;
use crate::sweep::{Parameter, Randomness, Statistic};
use crate::theory::Kind;

/// A value of a field.
pub trait Value {
    /// Its type in the data dictionary.
    const KIND: Type;

    /// What stands in place of a missing one, if there may be such.
    const MISSING: Option<&'static str> = None;

    /// Appends it as a field of CSV.
    fn write(&self, text: &mut Vec<u8>);
}

/// A value that can be read back.
pub trait ReadValue: Value + Sized {
    /// The value of a field.
    fn read(text: &str) -> Option<Self>;
}

/// A value that may be missing.
pub trait Optional: Value {
    /// The type of a column that misses some.
    const KIND: Type = <Self as Value>::KIND;

    /// What stands in place of a missing one.
    const MISSING: &'static str = match <Self as Optional>::KIND {
        Type::String => "none",
        _ => "NaN",
    };

    /// Appends one that is there.
    fn write(&self, text: &mut Vec<u8>) {
        Value::write(self, text);
    }
}

impl<T: Optional> Value for Option<T> {
    const KIND: Type = <T as Optional>::KIND;
    const MISSING: Option<&'static str> = Some(<T as Optional>::MISSING);

    fn write(&self, text: &mut Vec<u8>) {
        match self {
            Some(value) => Optional::write(value, text),
            None => text.extend_from_slice(<T as Optional>::MISSING.as_bytes()),
        }
    }
}

impl<T: Optional + ReadValue> ReadValue for Option<T> {
    fn read(text: &str) -> Option<Self> {
        if text == <T as Optional>::MISSING { Some(None) } else { T::read(text).map(Some) }
    }
}

impl Value for &str {
    const KIND: Type = Type::String;

    /// In quotes where RFC 4180 asks for them.
    fn write(&self, text: &mut Vec<u8>) {
        if self.contains([',', '"', '\n', '\r']) {
            text.extend_from_slice(format!("\"{}\"", self.replace('"', "\"\"")).as_bytes());
        } else {
            text.extend_from_slice(self.as_bytes());
        }
    }
}

impl Value for String {
    const KIND: Type = Type::String;

    fn write(&self, text: &mut Vec<u8>) {
        self.as_str().write(text);
    }
}

impl ReadValue for String {
    fn read(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl Optional for String {}

impl Value for f64 {
    const KIND: Type = Type::Number;

    fn write(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(match *self {
            Self::INFINITY => b"1e999",
            Self::NEG_INFINITY => b"-1e999",
            finite => return text.extend_from_slice(ryu::Buffer::new().format(finite).as_bytes()),
        });
    }
}

impl ReadValue for f64 {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Optional for f64 {}

impl Value for bool {
    const KIND: Type = Type::Boolean;

    fn write(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(if *self { b"TRUE" } else { b"FALSE" });
    }
}

impl ReadValue for bool {
    fn read(text: &str) -> Option<Self> {
        match text {
            "TRUE" => Some(true),
            "FALSE" => Some(false),
            _ => None,
        }
    }
}

macro_rules! whole {
    ($($Type:ty),*) => {$(
        impl Value for $Type {
            const KIND: Type = Type::Integer;

            fn write(&self, text: &mut Vec<u8>) {
                write!(text, "{self}").expect("memory takes all");
            }
        }

        impl ReadValue for $Type {
            fn read(text: &str) -> Option<Self> {
                text.strip_suffix(".0").unwrap_or(text).parse().ok()
            }
        }
    )*};
}

whole!(u32, u64, usize);

impl Optional for usize {
    const KIND: Type = Type::Number;

    fn write(&self, text: &mut Vec<u8>) {
        write!(text, "{self}.0").expect("memory takes all");
    }
}

/// Enums are written and read by their names.
macro_rules! named {
    ($($Type:ty),*) => {$(
        impl Value for $Type {
            const KIND: Type = Type::String;

            fn write(&self, text: &mut Vec<u8>) {
                self.name().write(text);
            }
        }

        impl ReadValue for $Type {
            fn read(text: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.name() == text)
            }
        }

        impl Optional for $Type {}
    )*};
}

named!(
    Direction,
    Draws,
    Kind,
    Metric,
    Operation,
    Parameter,
    Precision,
    Randomness,
    Reliability,
    Site,
    Statistic,
    Verdict
);

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &impl Value) -> String {
        let mut text = Vec::new();
        value.write(&mut text);
        String::from_utf8(text).unwrap()
    }

    /// `value` as the crate `csv` writes it beside another field.
    fn by_csv(value: impl serde::Serialize) -> String {
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
        writer.serialize((value, 0)).unwrap();
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        text.strip_suffix(",0\n").unwrap().to_owned()
    }

    #[test]
    fn fields_are_written_as_the_crate_csv_writes_them() {
        for text in ["", "a", "a b", "a,b", "=\"x\", y", "two\nlines", "\r", "'", "ü", "#", "\t", "\\", "\""]
        {
            assert_eq!(written(&text), by_csv(text));
        }
        let numbers = [0.0, -0.0, 0.1, 1.0, 1e15, 1e16, 1e17, 1e-5, 1e-6, -123.456, 5e-324, f64::MAX];
        for number in numbers.into_iter().chain([f64::NAN]) {
            assert_eq!(written(&number), by_csv(number));
            assert_eq!(written(&Some(number)), by_csv(Some(number)));
        }
        assert_eq!(written(&u64::MAX), by_csv(u64::MAX));
    }

    #[test]
    fn nothing_is_written_as_an_empty_field_and_everything_reads_back() {
        fn check<T: ReadValue + PartialEq + std::fmt::Debug>(value: T, text: &str) {
            assert_eq!(written(&value), text);
            assert_eq!(T::read(text), Some(value));
        }
        check(f64::INFINITY, "1e999");
        check(f64::NEG_INFINITY, "-1e999");
        check(None::<f64>, "NaN");
        check(Some(3.0), "3.0");
        check(None::<String>, "none");
        check(Some("a".to_owned()), "a");
        check(None::<Site>, "none");
        check(None::<usize>, "NaN");
        check(Some(3_usize), "3.0");
        check(3_usize, "3");
        check(true, "TRUE");
        check(false, "FALSE");
        assert_eq!((<Option<usize> as Value>::KIND, <usize as Value>::KIND), (Type::Number, Type::Integer));
        assert_eq!((f64::read("x"), bool::read("true"), usize::read("-1")), (None, None, None));
    }

    #[test]
    fn every_name_reads_back_as_itself() {
        fn check<T: ReadValue + PartialEq>(all: impl IntoIterator<Item = T>) {
            for one in all {
                assert!(T::read(&written(&one)) == Some(one));
            }
        }
        check(Direction::ALL);
        check(Draws::ALL);
        check(Kind::ALL);
        check(Metric::ALL);
        check(Operation::ALL);
        check(Parameter::ALL);
        check(Precision::ALL);
        check(Randomness::ALL);
        check(Reliability::ALL);
        check(Site::ALL);
        check(Statistic::ALL);
        check(Verdict::ALL);
        assert!(Operation::read("sum2").is_none());
    }
}
