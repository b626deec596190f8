//! The reference: too plain to be wrong, too slow to use. Every fast kernel is tested against it.

/// `H = W X`: each entry a sum over k in order, one fused multiply-add (`fma(a, b, c) = a b + c`) a step.
///
/// Shapes: `w[m][k]`, `x[k][b]`, result `[m][b]`. The bits are those of the fast kernel.
pub fn multiply<T: Copy + Default>(w: &[Vec<T>], x: &[Vec<T>], fma: impl Fn(T, T, T) -> T) -> Vec<Vec<T>> {
    let columns = x.first().map_or(0, Vec::len);
    let entry = |row: &[T], column: usize| {
        row.iter().zip(x).fold(T::default(), |sum, (&weight, x)| fma(weight, x[column], sum))
    };
    w.iter().map(|row| (0..columns).map(|column| entry(row, column)).collect()).collect()
}

/// Mean, population variance and kurtosis of some entries by their definitions.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "small test data")]
pub fn moments(values: &[f64]) -> (f64, f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let power = |p: i32| values.iter().map(|x| libm::pow(x - mean, f64::from(p))).sum::<f64>() / n;
    (mean, power(2), power(4) / (power(2) * power(2)))
}
