//! Matrices from rows and back, small random entries, and plain copies of what the kernels do.

use initsweep::kernels::{BLOCK_ROWS, Matrix};
use initsweep::simd::Element;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Where an entry lies in the layout of [`Matrix`]: vector and lane.
pub fn place<T: Element>(rows: usize, tiles: usize, row: usize, column: usize) -> (usize, usize) {
    let first = row / BLOCK_ROWS * BLOCK_ROWS;
    let height = BLOCK_ROWS.min(rows - first);
    (first * tiles + column / T::LANES * height + (row - first), column % T::LANES)
}

/// A matrix of the entries `x`, its padding columns full of `padding`.
pub fn matrix<T: Element>(x: &[Vec<T>], padding: T) -> Matrix<T> {
    let mut matrix = Matrix::new(x.len(), x[0].len());
    fill(&mut matrix, padding);
    let (rows, tiles) = (matrix.rows(), matrix.tiles());
    for (row, entries) in x.iter().enumerate() {
        for (column, &entry) in entries.iter().enumerate() {
            let (vector, lane) = place::<T>(rows, tiles, row, column);
            matrix.data_mut()[vector].as_mut()[lane] = entry;
        }
    }
    matrix
}

/// Sets every entry and all padding.
pub fn fill<T: Element>(matrix: &mut Matrix<T>, value: T) {
    for row in matrix.data_mut() {
        row.as_mut().fill(value);
    }
}

/// The entries of a matrix.
pub fn rows<T: Element>(matrix: &Matrix<T>) -> Vec<Vec<T>> {
    let columns = |row| (0..matrix.columns()).map(move |column| matrix.get(row, column));
    (0..matrix.rows()).map(|row| columns(row).collect()).collect()
}

/// `rows x columns` entries, in order.
pub fn entries<T>(rows: usize, columns: usize, mut entry: impl FnMut() -> T) -> Vec<Vec<T>> {
    (0..rows).map(|_| (0..columns).map(|_| entry()).collect()).collect()
}

/// A generator of the tests' own.
pub fn generator(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

/// A whole number from `-limit` to `limit`; the bias of the remainder is no matter here.
pub fn whole(rng: &mut impl Rng, limit: i64) -> i64 {
    let span = 2 * limit.unsigned_abs() + 1;
    i64::try_from(rng.next_u64() % span).expect("a small number") - limit
}
