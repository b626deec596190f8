//! Weight laws.

/// Law of the standardised weight noise xi: mean 0, variance 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Law {
    /// N(0, 1)
    Normal,
    /// Uniform on `[-sqrt 3, sqrt 3]`
    Uniform,
    /// N(0, 1) truncated to `[-2, 2]`, divided by its std 0.8796256610342398
    TruncatedNormal,
    /// `-1` or `1`, each with probability 1/2
    Rademacher,
    /// Student's t with `nu > 2` degrees of freedom, divided by its std `sqrt(nu / (nu - 2))`
    StudentT {
        /// Degrees of freedom.
        nu: f64,
    },
    /// Laplace, density `exp(-sqrt 2 |x|) / sqrt 2`
    Laplace,
}
