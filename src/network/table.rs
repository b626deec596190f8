//! A table of numbers as it stands in a file, and how its entries are scaled.

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use crate::named::named;
use crate::random::Key;

named! {
    /// What the rows of a file of inputs are.
    pub enum InputRows as "rows of a file of inputs" {
        /// Samples: the file is N x `n_0`
        Samples = "samples",
        /// Features: it is `n_0` x N
        Features = "features",
    }
}

named! {
    /// How the inputs of a file are scaled.
    pub enum Standardise as "scale of a file of inputs" {
        /// They are as they are
        None = "none",
        /// Each feature less its mean, over its std, both over all N samples; a feature that is constant becomes 0
        Features = "features",
        /// Every entry less the mean of all entries, over their std
        Whole = "whole",
    }
}

named! {
    /// What the entries of a file are; little-endian.
    pub enum Element as "type of the entries" {
        /// IEEE binary64
        F8 = "<f8",
        /// IEEE binary32
        F4 = "<f4",
        /// Whole numbers without a sign
        U1 = "|u1",
        /// Likewise
        U2 = "<u2",
        /// Likewise
        U4 = "<u4",
        /// Likewise; the nearest f64 is taken
        U8 = "<u8",
        /// Whole numbers with a sign
        I1 = "|i1",
        /// Likewise
        I2 = "<i2",
        /// Likewise
        I4 = "<i4",
        /// Likewise; the nearest f64 is taken
        I8 = "<i8",
        /// False and true, 0 and 1
        Flag = "|b1",
    }
}

impl Element {
    /// Bytes of one entry.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::U1 | Self::I1 | Self::Flag => 1,
            Self::U2 | Self::I2 => 2,
            Self::F4 | Self::U4 | Self::I4 => 4,
            Self::F8 | Self::U8 | Self::I8 => 8,
        }
    }

    /// The entry of these bytes; NaN if they are too few.
    #[expect(clippy::cast_precision_loss, reason = "the nearest number is meant")]
    fn read(self, bytes: &[u8]) -> f64 {
        macro_rules! read {
            ($type:ty) => {
                bytes.first_chunk().map(|&bytes| <$type>::from_le_bytes(bytes))
            };
        }
        let value = match self {
            Self::F8 => read!(f64),
            Self::F4 => read!(f32).map(f64::from),
            Self::U1 | Self::Flag => read!(u8).map(f64::from),
            Self::U2 => read!(u16).map(f64::from),
            Self::U4 => read!(u32).map(f64::from),
            Self::U8 => read!(u64).map(|value| value as f64),
            Self::I1 => read!(i8).map(f64::from),
            Self::I2 => read!(i16).map(f64::from),
            Self::I4 => read!(i32).map(f64::from),
            Self::I8 => read!(i64).map(|value| value as f64),
        };
        value.unwrap_or(f64::NAN)
    }
}

/// What is written down of a file of inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// As the config writes it.
    pub path: String,
    /// SHA-256 of its bytes, 64 hex digits.
    pub sha256: String,
    /// Rows of the table in it.
    pub rows: usize,
    /// Columns of the table in it.
    pub columns: usize,
}

/// Shift and scale of an entry: `(x - mean) / std`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// What is subtracted.
    pub mean: f64,
    /// What the rest is divided by; infinite for a feature that is constant, which becomes 0.
    pub std: f64,
}

/// Why a table cannot be standardised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoScale {
    /// There is nothing to divide by.
    #[error("all its entries are equal, so that there is no std to divide by")]
    Constant,
    /// There is nothing to divide by in any feature.
    #[error("every feature of it is constant, so that there is no std to divide by")]
    ConstantFeatures,
    /// A mean or a std is beyond the range of f64, or below it.
    #[error("the mean or the std of its entries is out of the range of f64")]
    Range,
}

type Scales = Result<Arc<[Scale]>, NoScale>;

/// A table of finite numbers, as it stands in a file.
pub struct Table {
    file: InputFile,
    element: Element,
    is_fortran: bool,
    /// Its entries; none if nobody has read them.
    bytes: Vec<u8>,
    magnitudes: OnceLock<[f64; 2]>,
    /// By the way in which it is standardised, and what its rows are.
    scales: [[OnceLock<Scales>; InputRows::ALL.len()]; Standardise::ALL.len()],
}

impl Table {
    /// A table whose entries are `bytes`: row after row, or with `is_fortran` column after column.
    #[must_use]
    pub fn new(file: InputFile, element: Element, is_fortran: bool, bytes: Vec<u8>) -> Self {
        let (magnitudes, scales) = (OnceLock::new(), Default::default());
        Self { file, element, is_fortran, bytes, magnitudes, scales }
    }

    /// A table of which no more is known than is written down of it: networks of it have a place in a sweep, and cannot be
    /// run, for all its entries are NaN.
    #[must_use]
    pub fn unread(file: InputFile) -> Self {
        Self::new(file, Element::F8, false, Vec::new())
    }

    /// What is written down of the file.
    #[must_use]
    pub fn file(&self) -> &InputFile {
        &self.file
    }

    /// Bytes of its entries.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Whether its entries are known.
    #[must_use]
    pub fn is_read(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// Samples and features.
    #[must_use]
    pub fn shape(&self, rows: InputRows) -> [usize; 2] {
        let InputFile { rows: high, columns: wide, .. } = self.file;
        match rows {
            InputRows::Samples => [high, wide],
            InputRows::Features => [wide, high],
        }
    }

    /// One entry; NaN where there is none.
    #[must_use]
    pub fn entry(&self, row: usize, column: usize) -> f64 {
        let InputFile { rows, columns, .. } = self.file;
        let index = if self.is_fortran { column * rows + row } else { row * columns + column };
        let at = index * self.element.size();
        self.element.read(self.bytes.get(at..).unwrap_or_default())
    }

    /// The first entry that is no finite number: row, column, value.
    #[must_use]
    pub fn first_nonfinite(&self) -> Option<(usize, usize, f64)> {
        let InputFile { rows, columns, .. } = self.file;
        let mut entries =
            (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column, self.entry(row, column))));
        entries.find(|(.., value)| !value.is_finite())
    }

    /// The smallest magnitude of an entry that is not 0, infinite if all are, and the largest one.
    #[must_use]
    pub fn magnitudes(&self) -> [f64; 2] {
        let nonzero = || self.of_all(InputRows::Samples).map(f64::abs).filter(|size| *size > 0.0);
        let ends = || {
            nonzero()
                .fold([f64::INFINITY, 0.0], |[least, largest], size| [least.min(size), largest.max(size)])
        };
        *self.magnitudes.get_or_init(ends)
    }

    /// Entry `feature` of a sample.
    #[must_use]
    pub fn sampled(&self, rows: InputRows, sample: usize, feature: usize) -> f64 {
        match rows {
            InputRows::Samples => self.entry(sample, feature),
            InputRows::Features => self.entry(feature, sample),
        }
    }

    /// All entries, sample after sample: sums must not depend on the order in which they stand in the file.
    fn of_all(&self, rows: InputRows) -> impl Iterator<Item = f64> + Clone {
        let [samples, features] = self.shape(rows);
        let of = move |sample| (0..features).map(move |feature| self.sampled(rows, sample, feature));
        (0..samples).flat_map(of)
    }

    /// What every feature is scaled by, or the one scale of all of them; no scale if the entries stay as they are.
    ///
    /// # Errors
    ///
    /// If there is no such scale.
    pub fn scales(&self, rows: InputRows, how: Standardise) -> Result<Arc<[Scale]>, NoScale> {
        let make = || match how {
            Standardise::None => Ok(Arc::from([])),
            Standardise::Whole => match scale(self.of_all(rows))? {
                Some(one) => Ok(Arc::from([one])),
                None => Err(NoScale::Constant),
            },
            Standardise::Features => self.scales_of_features(rows),
        };
        self.scales[how as usize][rows as usize].get_or_init(make).clone()
    }

    fn scales_of_features(&self, rows: InputRows) -> Result<Arc<[Scale]>, NoScale> {
        let [samples, features] = self.shape(rows);
        let of = |feature| scale((0..samples).map(move |sample| self.sampled(rows, sample, feature)));
        let found = (0..features).map(of).collect::<Result<Vec<_>, _>>()?;
        if found.iter().all(Option::is_none) {
            return Err(NoScale::ConstantFeatures);
        }
        let constant = |feature| Scale { mean: self.sampled(rows, 0, feature), std: f64::INFINITY };
        let found = found.into_iter().enumerate();
        Ok(found.map(|(feature, scale)| scale.unwrap_or_else(|| constant(feature))).collect())
    }
}

/// Mean and population std of numbers, in two passes; `None` if all of them are equal.
fn scale(values: impl Iterator<Item = f64> + Clone) -> Result<Option<Scale>, NoScale> {
    let Some(first) = values.clone().next() else { return Ok(None) };
    if values.clone().all(|value| value.total_cmp(&first).is_eq()) {
        return Ok(None);
    }
    let sums = |sums: (f64, f64), value: f64| (sums.0 + 1.0, sums.1 + value);
    let (count, sum) = values.clone().fold((0.0, 0.0), sums);
    let rough = sum / count;
    // What the rounding of a long sum has lost.
    let mean = rough + values.clone().map(|value| value - rough).sum::<f64>() / count;
    let square = values.map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
    let std = square.sqrt();
    if mean.is_finite() && std.is_normal() { Ok(Some(Scale { mean, std })) } else { Err(NoScale::Range) }
}

/// The samples that the inputs of a network are taken from.
#[derive(Clone)]
pub struct Data {
    /// The table.
    pub table: Arc<Table>,
    /// What they are chosen by: a key of the seed alone, so that trial t has the same samples in all cells.
    pub key: Key,
}

/// Two of one content are equal, wherever they come from.
impl PartialEq for Data {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.table.file().sha256 == other.table.file().sha256
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Data").field(self.table.file()).finish()
    }
}

impl Data {
    /// The key of the choice of samples under a seed.
    #[must_use]
    pub fn key(seed: u64) -> Key {
        Key::root(seed, "samples of a file of inputs")
    }
}
