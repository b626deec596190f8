//! Matrices as plain rows of f64, for arithmetic that is to be read, not to be fast.

use crate::kernels::Matrix;
use crate::kernels::matrix::block_range;
use crate::kernels::{BLOCK_ROWS, norm};
use crate::network::Arithmetic;

/// A matrix, row after row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Dense {
    pub rows: usize,
    pub columns: usize,
    pub data: Vec<f64>,
}

impl Dense {
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self { rows, columns, data: vec![0.0; rows * columns] }
    }

    pub fn of<T: Arithmetic>(matrix: &Matrix<T>) -> Self {
        let mut dense = Self::zeros(matrix.rows(), matrix.columns());
        each_entry::<T>(matrix.rows(), matrix.columns(), |at, vector, lane| {
            dense.data[at] = matrix.data()[vector].as_ref()[lane].to_f64();
        });
        dense
    }

    /// Its entries rounded to an element type.
    pub fn matrix<T: Arithmetic>(&self) -> Matrix<T> {
        let mut matrix = Matrix::new(self.rows, self.columns);
        let data: &mut [T::Row] = matrix.data_mut();
        each_entry::<T>(self.rows, self.columns, |at, vector, lane| {
            data[vector].as_mut()[lane] = T::from_f64(self.data[at]);
        });
        matrix
    }

    pub fn row(&self, row: usize) -> &[f64] {
        &self.data[row * self.columns..][..self.columns]
    }

    /// `sum f(x)` over the entries of each column.
    pub fn by_column(&self, f: impl Fn(f64) -> f64) -> Vec<f64> {
        let mut sums = vec![0.0; self.columns];
        for row in self.data.chunks(self.columns) {
            for (sum, &x) in sums.iter_mut().zip(row) {
                *sum += f(x);
            }
        }
        sums
    }

    pub fn squares(&self) -> f64 {
        self.data.iter().map(|x| x * x).sum()
    }

    pub fn rms(&self) -> f64 {
        (self.squares() / norm::count(self.data.len())).sqrt()
    }

    pub fn dot(&self, other: &Self) -> f64 {
        self.data.iter().zip(&other.data).map(|(x, y)| x * y).sum()
    }

    /// `sum (x y)^2`.
    pub fn dot_squares(&self, other: &Self) -> f64 {
        self.data.iter().zip(&other.data).map(|(x, y)| x * y * (x * y)).sum()
    }
}

/// Calls `f(index of the entry, of its vector in a matrix, its lane)`.
fn each_entry<T: Arithmetic>(rows: usize, columns: usize, mut f: impl FnMut(usize, usize, usize)) {
    let tiles = columns.div_ceil(T::LANES);
    for block in 0..rows.div_ceil(BLOCK_ROWS) {
        let units = block_range(block, rows);
        for row in units.clone() {
            for column in 0..columns {
                let tile = column / T::LANES;
                let vector = units.start * tiles + tile * units.len() + row - units.start;
                f(row * columns + column, vector, column % T::LANES);
            }
        }
    }
}
