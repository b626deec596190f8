//! Matrices as plain rows of f64, for arithmetic that is to be read, not to be fast.

use crate::kernels::{Matrix, norm};
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
        let (rows, columns) = (matrix.rows(), matrix.columns());
        let entries = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        Self { rows, columns, data: entries.map(|(row, column)| matrix.get(row, column).to_f64()).collect() }
    }

    /// Its entries rounded to an element type.
    pub fn matrix<T: Arithmetic>(&self) -> Matrix<T> {
        let mut matrix = Matrix::new(self.rows, self.columns);
        for row in 0..self.rows {
            for (column, &entry) in self.row(row).iter().enumerate() {
                matrix.set(row, column, T::from_f64(entry));
            }
        }
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
