//! Gaussian processes given observations.

use super::arguments::{check_observations, check_points};
use super::covariance::{outer_square, with_noise};
use super::jitter::Jitter;
use super::marginal::Marginal;
use super::process::GaussianProcess;
use crate::distribution::MultivariateNormal;
use crate::{Constraint, IntoTensor, Result, Tensor, check};

/// A Gaussian process given observations: the distribution of the function's values at other points.
///
#[doc = include_str!("../../../doc/distribution/GaussianProcessRegressionModel.svg")]
///
/// ```text
/// f(x*) | y ~ N(m(x*) + K*ᵀ (K + σ² I)⁻¹ (y − m(x)),  K** − K*ᵀ (K + σ² I)⁻¹ K* + s² I)
/// ```
///
/// with K = k(x, x), K* = k(x, x*), K** = k(x*, x*), the noise variance σ² of the observations y at the points x, and
/// s² = `predictive_noise_variance`. Without the latter it is the distribution of the function; with s² = σ² that of new
/// observations.
///
/// Made by [`posterior_predictive`](GaussianProcess::posterior_predictive) of the process at the points of the observations,
/// whose log density at y is the log marginal likelihood.
///
/// # Parameters
/// | parameter                   | domain       | shape                                           |
/// |-----------------------------|--------------|-------------------------------------------------|
/// | `observations`              | real         | batch ++ `[n]`, n points of the process         |
/// | `index_points`              | real         | `[m]` on a line, or rows of batch ++ `[m, d]`   |
/// | `predictive_noise_variance` | non-negative | batch                                           |
///
/// # Shapes
/// batch = that of the process, the observations, the points and the noise, broadcast; event = `[m]`, of real values.
///
/// # Support
/// The vectors of real numbers: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// ```text
/// mean       = mode = m(x*) + K*ᵀ (K + σ² I)⁻¹ (y − m(x))
/// covariance = K** − K*ᵀ (K + σ² I)⁻¹ K* + s² I
/// entropy    = Σ_i ln L_ii + ½ m ln(2πe),   L Lᵀ = covariance
/// ```
/// with jitter on the diagonal where it is asked for. The variance is the diagonal of the covariance.
///
/// # Numerics
/// K + σ² I is factorised once, for the marginal likelihood of the process and for all predictions. No matrix is inverted.
/// The covariance of predictions near observations without noise is singular but for rounding: it has the jitter of the
/// process, or its own by [`with_jitter`](Self::with_jitter). The whole covariance matrix of the predictions is formed: of
/// many thousands of points, predict some at a time.
///
/// # Draws
/// mean + L ε, with standard normal ε.
///
/// # Reference
/// Rasmussen and Williams 2006, "Gaussian Processes for Machine Learning", eq. 2.22–2.24 and algorithm 2.1; TFP,
/// `distributions.GaussianProcessRegressionModel`.
///
/// # Example
/// ```
/// use ppl::distribution::kernel::ExponentiatedQuadratic;
/// use ppl::distribution::{GaussianProcess, Moments};
///
/// let process = GaussianProcess::new(ExponentiatedQuadratic::new(1.0, 1.0)?, [0.0, 1.0], 0.5)?;
/// let function = process.posterior_predictive([1.0, -1.0], [0.0, 0.5])?;
/// assert!((function.mean().get(1)).abs() < 1e-15); // halfway
///
/// let observation = function.clone().with_predictive_noise_variance(0.5)?;
/// assert_eq!(observation.mean(), function.mean());
/// assert!((observation.variance() - function.variance() - 0.5).abs().max() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GaussianProcessRegressionModel {
    prior: GaussianProcess,
    observations: Tensor,
    index_points: Tensor,
    predictive_noise_variance: Tensor,
    /// The distribution of the function.
    function: Marginal,
    pub(super) marginal: Marginal,
}

impl GaussianProcessRegressionModel {
    const NAME: &'static str = "GaussianProcessRegressionModel";

    /// The process at these points, given observations at its own.
    ///
    /// # Errors
    /// Observations that are not finite, or not one for each point of the process; points that are not finite; a matrix that
    /// is not positive definite.
    pub fn new(prior: GaussianProcess, observations: impl IntoTensor, index_points: impl IntoTensor) -> Result<Self> {
        let (observations, index_points) = (observations.into_tensor(), index_points.into_tensor());
        check_points(Self::NAME, "index_points", &index_points)?;
        check_observations(Self::NAME, &observations, &prior.marginal.event_shape())?;
        let normal = prior.marginal.normal()?;
        let factor = normal.dense_scale_tril();
        // L⁻¹ K* and L⁻¹ (y − m).
        let cross = prior.kernel().matrix(prior.index_points(), &index_points)?;
        let cross = factor.try_triangular_solve(cross, true, false)?;
        let residuals = observations.try_sub(normal.loc())?.try_unsqueeze(-1)?;
        let residuals = factor.try_triangular_solve(residuals, true, false)?;
        let loc = cross.try_transpose()?.try_matmul(residuals)?.try_squeeze(-1)?;
        let loc = loc.try_add(prior.mean_at(Self::NAME, &index_points)?)?;
        let explained = outer_square(&cross.try_transpose()?)?;
        let covariance = prior.kernel().covariance(&index_points)?.try_sub(explained)?;
        let function = Marginal::new(Self::NAME, loc, covariance, prior.marginal.jitter_rule())?;
        let (marginal, predictive_noise_variance) = (function.clone(), Tensor::scalar(0.0));
        Ok(Self { prior, observations, index_points, predictive_noise_variance, function, marginal })
    }

    /// The distribution of values with independent normal noise of this variance, which is 0 by default.
    ///
    /// # Errors
    /// A negative variance; one that does not broadcast with the batch.
    pub fn with_predictive_noise_variance(self, variance: impl IntoTensor) -> Result<Self> {
        let predictive_noise_variance = variance.into_tensor();
        let given = ("predictive_noise_variance", &predictive_noise_variance, Constraint::NonNegative);
        check::constants(Self::NAME, &[given])?;
        let covariance = with_noise(Self::NAME, self.function.matrix(), &predictive_noise_variance)?;
        let marginal = self.function.with_matrix(covariance)?;
        Ok(Self { predictive_noise_variance, marginal, ..self })
    }

    /// The distribution with jitter on the diagonal of its covariance matrix, in place of that of the process.
    #[must_use]
    pub fn with_jitter(self, jitter: Jitter) -> Self {
        let (function, marginal) = (self.function.with_jitter(jitter), self.marginal.with_jitter(jitter));
        Self { function, marginal, ..self }
    }

    /// The process at the points of the observations.
    #[must_use]
    pub fn prior(&self) -> &GaussianProcess {
        &self.prior
    }

    /// The observations.
    #[must_use]
    pub fn observations(&self) -> &Tensor {
        &self.observations
    }

    /// The points of the predictions, as they were given.
    #[must_use]
    pub fn index_points(&self) -> &Tensor {
        &self.index_points
    }

    /// Variance of the noise in the predictions.
    #[must_use]
    pub fn predictive_noise_variance(&self) -> &Tensor {
        &self.predictive_noise_variance
    }

    /// The amount added to the diagonal of the covariance matrix: of shape batch, 0 where nothing was.
    ///
    /// # Errors
    /// A matrix that is not positive definite.
    pub fn jitter(&self) -> Result<Tensor> {
        self.marginal.jitter()
    }

    /// The multivariate normal distribution of the values.
    ///
    /// # Errors
    /// A matrix that is not positive definite.
    pub fn marginal(&self) -> Result<MultivariateNormal> {
        self.marginal.normal().cloned()
    }

    fn list(&self) -> [check::Parameter<'_>; 3] {
        [
            ("observations", &self.observations, Constraint::Real),
            ("index_points", &self.index_points, Constraint::Real),
            ("predictive_noise_variance", &self.predictive_noise_variance, Constraint::NonNegative),
        ]
    }

    pub(super) fn check_parameters(&self) -> Result<()> {
        self.prior.check_parameters()?;
        self.prior.marginal.normal_of_draw()?;
        check::all(Self::NAME, &self.list())
    }

    fn own_parameters(&self) -> Vec<(&'static str, Tensor)> {
        // The points of the observations are not those of this distribution.
        let of_prior = self.prior.own_parameters().into_iter().filter(|(name, _)| *name != "index_points");
        of_prior.chain(check::values(&self.list())).collect()
    }
}

normal_by_marginal!(GaussianProcessRegressionModel);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};
    use crate::distribution::gaussian_process::kernel::{ExponentiatedQuadratic, Kernel, MaternOneHalf, WhiteNoise};
    use crate::distribution::gaussian_process::process::tests::build as build_prior;
    use crate::distribution::{Covariance, Distribution, Moments};
    use crate::grad;

    fn build(p: &Parameters) -> Result<GaussianProcessRegressionModel> {
        let points =
            if p.has("observation_index_points") { p.get("observation_index_points") } else { [[0.3], [1.0]].into() };
        let posterior = build_prior(p, points)?.posterior_predictive(p.get("observations"), p.get("index_points"))?;
        posterior.with_predictive_noise_variance(p.get("predictive_noise_variance"))
    }

    /// Valid parameters but for what is replaced.
    fn but_for(name: &str, value: impl IntoTensor) -> Parameters {
        let mut entries = vec![
            ("amplitude", Tensor::from(1.0)),
            ("length_scale", Tensor::from(1.0)),
            ("mean", Tensor::from(0.0)),
            ("observation_noise_variance", Tensor::from(0.1)),
            ("index_points", Tensor::from([[0.0], [0.7]])),
            ("observations", Tensor::from([0.4, -0.9])),
            ("predictive_noise_variance", Tensor::from(0.1)),
        ];
        let value = value.into_tensor();
        entries.iter_mut().filter(|(own, _)| *own == name).for_each(|(_, old)| *old = value.clone());
        Parameters::new(entries.into_iter().map(|(name, value)| (name.to_owned(), value)))
    }

    fn family() -> Family<GaussianProcessRegressionModel> {
        Family::new("GaussianProcessRegressionModel", build)
            .made_of("ExponentiatedQuadratic")
            .made_of("GaussianProcess")
            .without_far_cases("its cases would be matrices; a normal distribution of each coordinate is in the table")
            .at(parameters! { amplitude: 1.3, length_scale: 0.8, mean: 0.3, observation_noise_variance: 0.4, index_points: [[0.0], [0.7]], observations: [0.4, -0.9], predictive_noise_variance: 0.3 })
            .at(parameters! { amplitude: 1.1, length_scale: 1.0, mean: 0.1, observation_noise_variance: 0.3, index_points: [[0.1], [0.8]], observations: [0.5, -0.8], predictive_noise_variance: 0.2 })
            .rejects(but_for("amplitude", -1.0), "ExponentiatedQuadratic: `amplitude` must be positive, got -1")
            .rejects(but_for("length_scale", 0.0), "ExponentiatedQuadratic: `length_scale` must be positive, got 0")
            .rejects(but_for("mean", f64::NAN), "GaussianProcess: `mean` must be real, got NaN")
            .rejects(
                but_for("observation_noise_variance", -0.1),
                "GaussianProcess: `observation_noise_variance` must be non-negative, got -0.1",
            )
            .rejects(
                but_for("index_points", [[0.0], [f64::NAN]]),
                "GaussianProcessRegressionModel: `index_points` must be real, got NaN at [1, 0]",
            )
            .rejects(
                but_for("observations", [0.0, f64::NAN]),
                "GaussianProcessRegressionModel: `observations` must be real, got NaN at [1]",
            )
            .rejects(
                but_for("predictive_noise_variance", -0.1),
                "GaussianProcessRegressionModel: `predictive_noise_variance` must be non-negative, got -0.1",
            )
            .draws([0.264115972396658, -0.5155689470113521, 1.415278817540646, -0.9938988098454518, 0.27191873681608497, -0.8330858887795576])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
    );

    /// Mean and covariance are those of the joint normal distribution, conditioned by inverses.
    #[test]
    fn it_is_the_conditional_of_the_joint_distribution() {
        let kernel = || MaternOneHalf::ard(1.4, [0.7, 2.0]).unwrap() + WhiteNoise::new(0.05).unwrap();
        let x = Tensor::from([[0.0, 1.0], [0.4, -0.3], [1.2, 0.2], [0.4, -0.3]]);
        let new = Tensor::from([[0.1, 0.1], [0.4, -0.3]]);
        let y = Tensor::from([0.3, -1.0, 0.4, -0.8]);
        let mean = |x: &Tensor| x.index(-1, 0) * 0.5;
        let process = GaussianProcess::new(kernel(), &x, 0.2).unwrap().with_mean_function(mean).unwrap();
        let posterior = process.posterior_predictive(&y, &new).unwrap();

        let observed = kernel().covariance(&x).unwrap() + Tensor::eye(4) * 0.2;
        let cross = kernel().matrix(&x, &new).unwrap();
        let weights = observed.solve(&cross);
        let want_mean = mean(&new) + weights.transpose().matmul(&y - mean(&x));
        let want = kernel().covariance(&new).unwrap() - cross.transpose().matmul(&weights);
        // Some rounding of matrices of condition 30.
        assert!((posterior.mean() - want_mean).abs().max() < 1e-13);
        assert!((posterior.covariance() - want).abs().max() < 1e-13);
    }

    #[test]
    fn the_points_of_the_observations_are_differentiated() {
        let density = |x: &[Tensor]| {
            let process = GaussianProcess::new(ExponentiatedQuadratic::new(1.0, 0.9)?, &x[0], 0.2)?;
            process.posterior_predictive([0.4, -0.3], [0.5, 0.8])?.log_prob(&Tensor::from([0.1, 0.2]))
        };
        let x = [0.1, 1.0];
        let (_, gradients) = grad(density, &[x.into()]).unwrap();
        for place in 0..2 {
            let moved = |by: f64| {
                let mut x = x;
                x[place] += by;
                density(&[x.into()]).unwrap().item()
            };
            let want = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((gradients[0].to_vec()[place] - want).abs() < 1e-8);
        }
    }

    #[test]
    fn predictions_have_the_jitter_of_the_process_or_their_own() {
        let process = GaussianProcess::new(ExponentiatedQuadratic::new(1.0, 1.0).unwrap(), [0.0, 1.0], 0.0).unwrap();
        // At a point that was observed without noise there is nothing left.
        let certain = process.posterior_predictive([0.5, 0.2], [0.0, 0.5]).unwrap();
        assert!((certain.mean().get(0).item() - 0.5).abs() < 1e-15);
        assert!(certain.jitter().is_err());
        assert_eq!(certain.with_jitter(Jitter::fixed(1e-3).unwrap()).jitter().unwrap(), 1e-3);
        let process = process.with_jitter(Jitter::growing());
        let jitter = process.posterior_predictive([0.5, 0.2], [0.0, 0.5]).unwrap().jitter().unwrap();
        assert!(jitter > 0.0 && jitter <= 1e-6, "{jitter}");
    }

    #[test]
    fn shapes_that_do_not_fit_are_errors() {
        let process = GaussianProcess::new(MaternOneHalf::new(1.0, 1.0).unwrap(), [0.0, 1.0], 0.1).unwrap();
        let error = process.posterior_predictive([0.5, 0.2, 0.1], [0.0]).unwrap_err().to_string();
        assert_eq!(
            error,
            "GaussianProcessRegressionModel: expected an observation for each of the 2 points along the last axis, \
             got shape [3]"
        );
        assert!(process.posterior_predictive([0.5, 0.2], [[0.0, 1.0]]).is_err());
    }
}
