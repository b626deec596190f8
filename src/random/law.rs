//! Laws of the weight noise, and a plain reference sampler of each.

use rand::Rng;
use rand_distr::{Bernoulli, Distribution, Exp1, StandardNormal, StudentT, Uniform};

use super::truncation::Truncation;

/// Law of the standardised weight noise xi: mean 0, variance 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Law {
    /// N(0, 1)
    Normal,
    /// Uniform on `[-sqrt 3, sqrt 3]`
    Uniform,
    /// N(0, 1) truncated to `[-a, a]`, divided by its std
    TruncatedNormal(Truncation),
    /// `-1` or `1`, each with probability 1/2
    Rademacher,
    /// Student's t with `nu > 2` degrees of freedom, divided by its std `sqrt(nu / (nu - 2))`
    StudentT {
        /// Degrees of freedom.
        nu: f64,
    },
    /// Laplace, density `exp(-sqrt 2 |x|) / sqrt 2`
    Laplace,
    /// `sqrt N` times the entries of a Haar orthogonal matrix of N rows, or of a part of one: weights of one layer, which
    /// depend on each other. One of them alone tends to N(0, 1) as N grows, and that is what samplers of entries give.
    Orthogonal,
}

/// The plain reference sampler, for the tests and for users who want a law with a generator of their own: the
/// same law as the vector samplers, by other algorithms, so with other draws.
impl Distribution<f64> for Law {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let sign = |rng: &mut R| if Bernoulli::new(0.5).expect("1/2").sample(rng) { 1.0 } else { -1.0 };
        match *self {
            Self::Normal | Self::Orthogonal => StandardNormal.sample(rng),
            Self::Uniform => {
                let edge = libm::sqrt(3.0);
                Uniform::new_inclusive(-edge, edge).expect("an interval").sample(rng)
            }
            Self::TruncatedNormal(truncation) => truncated(truncation, rng),
            Self::Rademacher => sign(rng),
            Self::StudentT { nu } => {
                let t = StudentT::new(nu).expect("nu > 2").sample(rng);
                t / libm::sqrt(nu / (nu - 2.0))
            }
            Self::Laplace => {
                let magnitude: f64 = Exp1.sample(rng);
                sign(rng) * magnitude * std::f64::consts::FRAC_1_SQRT_2
            }
        }
    }
}

/// By rejection: of normals where most are kept, else of uniform numbers against the density.
fn truncated<R: Rng + ?Sized>(truncation: Truncation, rng: &mut R) -> f64 {
    let bound = truncation.bound();
    let edges = Uniform::new_inclusive(-bound, bound).expect("an interval");
    let unit = Uniform::new(0.0, 1.0).expect("an interval");
    loop {
        let (z, is_kept) = if bound >= 1.0 {
            let z: f64 = StandardNormal.sample(rng);
            (z, z.abs() <= bound)
        } else {
            let z = edges.sample(rng);
            (z, unit.sample(rng) < libm::exp(-0.5 * z * z))
        };
        if is_kept {
            return z / truncation.std();
        }
    }
}
