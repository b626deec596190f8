//! Inputs of one pairwise correlation, from independent ones.
//!
//! The B entries of a row of `X_0` shall be normal with mean mu, std sigma and correlation c of every two. Their
//! covariance matrix `sigma^2 ((1-c) I + c 1 1^T)` has the eigenvalue `1 + (B-1) c` along the vector of ones and
//! `1 - c` across it, so its symmetric square root takes independent standard normals z there, for every possible
//! c, from `-1/(B-1)` to 1:
//!
//! ```text
//! x_a = mu + sigma (sqrt(1-c) (z_a - mean z) + sqrt(1 + (B-1) c) mean z)
//! ```
//!
//! It needs no draws of its own: z are those that independent inputs are made of. At c = 1 all columns are equal to
//! the bit, at the smallest c each row has the mean mu to rounding.

use super::batch::{each_eight, fold};
use super::matrix::BLOCK_ROWS;
use crate::simd::Element;

/// The law of the inputs of one batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Equicorrelated {
    /// Mean mu of one entry.
    pub mean: f64,
    /// Std sigma of one entry.
    pub std: f64,
    /// Correlation c of every two columns, from `-1/(B-1)` to 1.
    pub correlation: f64,
}

/// Replaces the standard normals of one block, `columns` columns in tiles of equal height, by entries of the law.
///
/// In f64, rounded once to the element type; the bits depend on nothing but the normals.
pub fn equicorrelate<T: Element>(block: &mut [T::Row], columns: usize, law: Equicorrelated) {
    #[expect(clippy::cast_precision_loss, reason = "batches are far below 2^53")]
    let count = columns as f64;
    let across = libm::sqrt(1.0 - law.correlation);
    let along = libm::sqrt(libm::fma(count - 1.0, law.correlation, 1.0).max(0.0));
    let mut sums = [[0.0; 8]; BLOCK_ROWS];
    each_eight::<T>(block, columns, |row, _, entries| {
        for (sum, z) in sums[row].iter_mut().zip(entries) {
            *sum += z.to_f64();
        }
    });
    let height = block.len() / columns.div_ceil(T::LANES);
    for tile in block.chunks_mut(height) {
        for (row, sums) in tile.iter_mut().zip(&sums) {
            let common = (along - across) * (fold(*sums) / count);
            for x in row.as_mut() {
                *x = T::from_f64(law.mean + law.std * (across * x.to_f64() + common));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transformed(z: &[f64], correlation: f64) -> Vec<f64> {
        let mut block = vec![[0.0; 8]; z.len().div_ceil(8)];
        bytemuck::cast_slice_mut::<_, f64>(&mut block)[..z.len()].copy_from_slice(z);
        equicorrelate::<f64>(&mut block, z.len(), Equicorrelated { mean: 0.5, std: 2.0, correlation });
        bytemuck::cast_slice::<_, f64>(&block)[..z.len()].to_vec()
    }

    #[test]
    fn the_matrix_of_the_map_is_a_square_root_of_the_covariance() {
        for (count, correlation) in [(1, 0.3), (2, -1.0), (2, 0.9), (11, -0.1), (11, 0.25), (11, 1.0)] {
            // Column a of the matrix is the image of the unit vector a.
            let unit = |a: usize| (0..count).map(|b| if a == b { 1.0 } else { 0.0 }).collect::<Vec<f64>>();
            let columns: Vec<Vec<f64>> = (0..count).map(|a| transformed(&unit(a), correlation)).collect();
            for a in 0..count {
                for b in 0..count {
                    let entry = |column: &Vec<f64>| (column[a] - 0.5) * (column[b] - 0.5) / 4.0;
                    let covariance: f64 = columns.iter().map(entry).sum();
                    let expected = if a == b { 1.0 } else { correlation };
                    // Eleven terms below 1 of at most 8 roundings each, and their sum.
                    assert!((covariance - expected).abs() < 200.0 * f64::EPSILON, "{count}, {correlation}");
                }
            }
        }
    }

    #[test]
    fn correlation_one_gives_equal_columns_to_the_bit() {
        let x = transformed(&[0.3, -1.7, 2.2, 1e-3, 0.1, 0.9, -0.4, 5.1, -2.0, 0.77], 1.0);
        assert!(x.iter().all(|entry| entry.to_bits() == x[0].to_bits()));
    }
}
