//! What may stand in a field of a table, and how it is written.

use std::io::Write;

use serde::de::{Deserialize, Deserializer, Error};

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

    /// Appends it as a field of CSV: undefined is empty.
    fn write(&self, text: &mut Vec<u8>);
}

impl<T: Value> Value for Option<T> {
    const KIND: Type = T::KIND;

    fn write(&self, text: &mut Vec<u8>) {
        if let Some(value) = self {
            value.write(text);
        }
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

impl Value for f64 {
    const KIND: Type = Type::Number;

    /// The shortest text that reads back exactly.
    fn write(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(ryu::Buffer::new().format(*self).as_bytes());
    }
}

impl Value for bool {
    const KIND: Type = Type::Boolean;

    fn write(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(if *self { b"true" } else { b"false" });
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
    )*};
}

whole!(u32, u64, usize);

/// Enums are written and read by their names.
macro_rules! named {
    ($($Type:ty),*) => {$(
        impl Value for $Type {
            const KIND: Type = Type::String;

            fn write(&self, text: &mut Vec<u8>) {
                self.name().write(text);
            }
        }

        impl<'de> Deserialize<'de> for $Type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = String::deserialize(deserializer)?;
                let found = Self::ALL.into_iter().find(|one| one.name() == name);
                found.ok_or_else(|| D::Error::custom(format_args!("unknown name `{name}`")))
            }
        }
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
        for number in numbers.into_iter().chain([f64::NAN, f64::INFINITY, f64::NEG_INFINITY]) {
            assert_eq!(written(&number), by_csv(number));
            assert_eq!(written(&Some(number)), by_csv(Some(number)));
        }
        assert_eq!(written(&None::<f64>), by_csv(None::<f64>));
        assert_eq!(written(&u64::MAX), by_csv(u64::MAX));
        assert_eq!((written(&true), written(&false)), (by_csv(true), by_csv(false)));
    }

    #[test]
    fn every_name_reads_back_as_itself() {
        fn check<T: Value + serde::de::DeserializeOwned + PartialEq>(all: impl IntoIterator<Item = T>) {
            for one in all {
                let record = csv::StringRecord::from(vec![written(&one)]);
                assert!(record.deserialize::<(T,)>(None).unwrap().0 == one);
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
        let record = csv::StringRecord::from(vec!["sum2"]);
        assert!(record.deserialize::<(Operation,)>(None).unwrap_err().to_string().contains("`sum2`"));
    }
}
