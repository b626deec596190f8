//! Taking the Jacobian of the first input through a layer, and measuring its singular values: see [`super::jacobian`].

use super::arithmetic::Arithmetic;
use super::jacobian::Jacobian;
use super::metric::Metric;
use super::site::Site;
use super::spec::Norm;
use super::steps::Step;
use super::trial::Runner;
use super::weights::{DrawnWeights, LayerAddress};
use super::workspace::Workspace;
use crate::kernels::reflect::Reflected;
use crate::kernels::{Matrix, MultiplyStored, StoredWeights, norm};

impl Runner<'_> {
    /// Takes the Jacobian through layer `layer`, whose steps are done, and records it if it is measured.
    pub(super) fn differentiate<T: Arithmetic>(
        &self,
        address: LayerAddress,
        workspace: &mut Workspace<T>,
        out: &mut [f64],
    ) {
        let (layer, network, level) = (address.layer, self.network, self.level);
        if layer > self.observables.differentiated() {
            return;
        }
        let Workspace { jacobian: Some(jacobian), fitted, x, reflected, .. } = workspace else {
            return self.undefined(layer, Site::Jacobian, out);
        };
        if layer == 1 {
            jacobian.begin(network.units(0));
        }
        if network.opens_branch(layer) {
            jacobian.kept.copy_from(&jacobian.matrix);
        }
        for &step in network.steps(layer) {
            match step {
                Step::Multiply => match reflected {
                    Some(reflected) => self.differentiate_turn(address, (&*x, reflected), jacobian),
                    None => self.differentiate_product::<T>(address, jacobian),
                },
                Step::Fit if network.fitted => jacobian.scale(fitted.of(layer)),
                Step::Activate => jacobian.activate(level, network.activation),
                Step::Normalise(at) if network.normalises(at) => {
                    jacobian.normalise(network.norm == Norm::Layer, network.norm_eps);
                }
                Step::Add => {
                    let Jacobian { kept, matrix, .. } = &mut *jacobian;
                    f64::weigh(level, network.sum(layer), kept.data(), matrix.data_mut());
                }
                _ => {}
            }
        }
        if self.observables.measures(layer, Site::Jacobian) {
            self.record_jacobian(layer, workspace, out);
        }
    }

    /// `J = W J`, with W drawn once more.
    fn differentiate_product<T: Arithmetic>(&self, address: LayerAddress, jacobian: &mut Jacobian) {
        let [fan_in, units] = [address.layer - 1, address.layer].map(|layer| self.network.units(layer));
        let Jacobian { matrix, next, scratch, streams, .. } = jacobian;
        let drawn = LayerAddress { layer: self.network.drawn(address.layer), ..address };
        let draws = DrawnWeights::new(self.sampler(address.layer), drawn, streams);
        let mut weights = StoredWeights::<T>::new(units, fan_in);
        T::draw_weights(self.level, &mut draws.rounded(self.network.format()), 0, units, &mut weights);
        let weights = StoredWeights::from_fn(units, fan_in, |row, column| weights.get(row, column).to_f64());
        next.set_rows(units);
        f64::multiply_stored(self.level, &weights, scratch, matrix, next);
        std::mem::swap(matrix, next);
    }

    /// The same with orthogonal weights, which depend on what the layer gets.
    fn differentiate_turn<T: Arithmetic>(
        &self,
        address: LayerAddress,
        (x, reflected): (&Matrix<T>, &mut Reflected),
        jacobian: &mut Jacobian,
    ) {
        let Jacobian { matrix, next, reflected: Some(others), .. } = jacobian else { return };
        next.set_rows(self.network.units(address.layer));
        self.turn_others(address, (x, matrix), [reflected, others], next);
        std::mem::swap(matrix, next);
    }

    fn record_jacobian<T: Arithmetic>(&self, layer: usize, workspace: &mut Workspace<T>, out: &mut [f64]) {
        let Workspace { jacobian: Some(jacobian), history, .. } = workspace else { return };
        let values = jacobian.singular_values(self.level);
        let moments = <f64 as Arithmetic>::moments(self.level, values.data(), values.columns());
        let mut reading = history.read(layer, Site::Jacobian, &moments);
        let all = (0..values.columns()).map(|column| values.get(0, column));
        let nonzero: Vec<f64> = all.filter(|value| *value > 0.0).collect();
        // The largest stands first.
        let ends = nonzero.first().zip(nonzero.last());
        let (largest, least) = ends.map_or((f64::NAN, f64::NAN), |(largest, least)| (*largest, *least));
        let is_finite = moments.nonfinite == 0;
        reading.whole[Metric::Rank] = if is_finite { norm::count(nonzero.len()) } else { f64::NAN };
        reading.whole[Metric::MinNonzero] = least;
        reading.whole[Metric::Log2Condition] = log2_ratio(largest, least);
        self.observables.record(layer, Site::Jacobian, &reading, out);
        let count = values.columns();
        self.observables.record_bins(
            layer,
            Site::Jacobian,
            count,
            |bins, counts| bins.count(&values, 1.0, counts),
            out,
        );
    }
}

/// `log2(x / y)` where the quotient may be beyond the range of f64.
fn log2_ratio(x: f64, y: f64) -> f64 {
    let ((x, high), (y, low)) = (libm::frexp(x), libm::frexp(y));
    libm::log2(x / y) + f64::from(high - low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Activation;
    use crate::network::{Network, NormAt, Observables, Precision, Residual, Sequential, Storage};
    use crate::random::{Key, Law};
    use crate::simd::SimdLevel;

    /// `J^T G_L = G_0` for the first input, to `tolerance` of the magnitudes that are added up.
    fn assert_transposed<T: Arithmetic>(network: &Network, tolerance: f64) {
        let sites = [Site::GradPost, Site::Jacobian];
        let observables = Observables::new(0..=network.depth, &sites, &[Metric::SecondMoment]);
        let runner = Runner {
            network,
            observables: &observables,
            key: Key::root(5, "jacobian"),
            level: SimdLevel::detect(),
        };
        let (mut workspace, mut out) =
            (Workspace::<T>::new(network, &observables), vec![0.0; observables.len()]);
        let mut gradients = vec![Vec::new(); network.depth + 1];
        runner.run_seen(2, &mut workspace, &mut Sequential::default(), &mut out, &mut |layer, site, x| {
            if site == Site::GradPost {
                gradients[layer] = (0..x.rows()).map(|row| x.get(row, 0).to_f64()).collect();
            }
        });
        let jacobian = &workspace.jacobian.expect("it is measured").matrix;
        let (above, below) = (&gradients[network.depth], &gradients[0]);
        let mut squares = 0.0;
        for (input, found) in below.iter().enumerate() {
            let terms = above.iter().enumerate().map(|(row, g)| jacobian.get(row, input) * g);
            let (sum, size) = terms.fold((0.0, 0.0), |(sum, size), term| (sum + term, size + term.abs()));
            assert!((sum - found).abs() <= tolerance * (size + 1e-3), "{sum} {found} of {network:?}");
            squares += (0..jacobian.rows())
                .map(|row| jacobian.get(row, input) * jacobian.get(row, input))
                .sum::<f64>();
        }
        // |J|_F^2 is the sum of the squares of the singular values.
        let second =
            out[observables.index(network.depth, Site::Jacobian, Metric::SecondMoment).expect("measured")];
        assert!(
            (second * norm::count(jacobian.columns()) / squares - 1.0).abs() < 1e-12 * squares.max(1.0),
            "{network:?}"
        );
    }

    fn small(activation: Activation) -> Network {
        Network {
            width: 13,
            depth: 4,
            batch: 3,
            weight_std: [0.3, 0.25, 0.35, 0.3].into(),
            weight_mean: [0.0; 4].into(),
            bias_std: [0.1; 4].into(),
            activation,
            norm_eps: 0.01,
            ..Network::default()
        }
    }

    fn in_both_precisions(network: &Network) {
        assert_transposed::<f64>(network, 1e-11);
        assert_transposed::<f32>(&Network { precision: Precision::F32, ..network.clone() }, 1e-3);
    }

    /// Each of some 4 x 13 roundings of the backward pass is below `2^-53`, or `2^-24`, of what is added up; norms and residuals
    /// multiply them by less than 100.
    #[test]
    fn its_transpose_takes_the_cotangent_to_the_gradient_of_the_input() {
        for activation in [Activation::Tanh, Activation::Relu, Activation::Gelu, Activation::Linear] {
            in_both_precisions(&Network { widths: [9, 13, 5, 21, 8].into(), ..small(activation) });
            in_both_precisions(&Network { widths: [21, 130, 140, 131, 150].into(), ..small(activation) });
            in_both_precisions(&Network { tied: true, weight_std: [0.3; 4].into(), ..small(activation) });
            in_both_precisions(&Network { fitted: true, bias_std: [0.0; 4].into(), ..small(activation) });
            for norm in [Norm::None, Norm::Layer, Norm::Rms] {
                for norm_at in NormAt::ALL {
                    for residual in Residual::ALL {
                        let is_plain = residual == Residual::None;
                        let skip = if is_plain { Vec::new() } else { vec![0.9, 0.8, 1.1, 0.7] };
                        let branch_scale = if is_plain { Vec::new() } else { vec![0.5, 1.5, 0.7, 1.2] };
                        let (skip, branch_scale) = (skip.into(), branch_scale.into());
                        in_both_precisions(&Network {
                            residual,
                            skip,
                            branch_scale,
                            norm,
                            norm_at,
                            ..small(activation)
                        });
                    }
                }
            }
        }
        for activation in [Activation::Tanh, Activation::Relu, Activation::Linear] {
            let orthogonal = Network { law: Law::Orthogonal, ..small(activation) };
            in_both_precisions(&orthogonal);
            in_both_precisions(&Network { batch: 20, ..orthogonal.clone() });
            in_both_precisions(&Network { widths: [9, 13, 5, 21, 8].into(), ..orthogonal.clone() });
            in_both_precisions(&Network { widths: [140, 131, 9, 150, 130].into(), ..orthogonal });
        }
        let stored = Network { precision: Precision::F32, storage: Storage::F16, ..small(Activation::Tanh) };
        assert_transposed::<f32>(&stored, 1e-3);
    }
}
