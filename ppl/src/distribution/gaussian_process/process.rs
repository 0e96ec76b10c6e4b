//! Gaussian processes.

use std::sync::Arc;

use super::arguments::check_points;
use super::covariance::with_noise;
use super::jitter::Jitter;
use super::kernel::Kernel;
use super::marginal::Marginal;
use super::mean_function::MeanFunction;
use super::regression_model::GaussianProcessRegressionModel;
use crate::distribution::MultivariateNormal;
use crate::{Constraint, IntoTensor, Result, Tensor, check};

/// Gaussian process: the distribution of a function's values at some points.
///
#[doc = include_str!("../../../doc/distribution/GaussianProcess.svg")]
///
/// ```text
/// f(x) ~ N(m(x), K + σ² I),   K_ij = k(x_i, x_j),   σ² = observation_noise_variance
/// ```
///
/// The kernel k is one of [`kernel`](super::kernel); the mean m is 0 unless it is given by [`with_mean`](Self::with_mean) or
/// [`with_mean_function`](Self::with_mean_function).
///
/// # Parameters
/// | parameter                    | domain       | shape                                         |
/// |------------------------------|--------------|-----------------------------------------------|
/// | `kernel`                     |              | batch                                         |
/// | `index_points`               | real         | `[n]` on a line, or rows of batch ++ `[n, d]` |
/// | `observation_noise_variance` | non-negative | batch                                         |
/// | `mean`                       | real         | batch                                         |
///
/// # Shapes
/// batch = that of kernel, points, noise and mean, broadcast; event = `[n]`, of real values.
///
/// # Support
/// The vectors of real numbers: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// ```text
/// mean       = mode = m(x)
/// covariance = K + σ² I
/// entropy    = Σ_i ln L_ii + ½ n ln(2πe),   L Lᵀ = K + σ² I
/// ```
/// with jitter on the diagonal where it is asked for. The variance is the diagonal of the covariance.
///
/// # Numerics
/// The Cholesky factor of the covariance matrix is made when it is first needed, and kept. A matrix that has none is an
/// error which names the pivot; while it is being differentiated the density is NaN there. It is changed only where that is
/// asked for, by [`with_jitter`](Self::with_jitter).
///
/// # Draws
/// m(x) + L ε, with standard normal ε.
///
/// # Reference
/// Rasmussen and Williams 2006, "Gaussian Processes for Machine Learning", chapter 2; TFP, `distributions.GaussianProcess`.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl::distribution::GaussianProcess;
/// use ppl::distribution::kernel::MaternFiveHalves;
///
/// let x = Tensor::linspace(0.0, 1.0, 5);
/// let process = GaussianProcess::new(MaternFiveHalves::new(1.0, 0.3)?, &x, 0.01)?.with_mean(2.0)?;
/// assert_eq!(process.event_shape().dims(), [5]);
/// assert!((process.variance() - 1.01).abs().max() < 1e-14);
///
/// // In a model, with an amplitude and a length scale that are inferred:
/// #[model]
/// fn smooth(x: &Tensor, y: &Tensor) {
///     let amplitude = sample!("amplitude", HalfNormal::new(1.0));
///     let length_scale = sample!("length_scale", LogNormal::new(-1.0, 0.5));
///     let kernel = MaternFiveHalves::new(amplitude, length_scale)?;
///     observe!("y", GaussianProcess::new(kernel, x, 0.01)?.with_mean(2.0), y);
/// }
///
/// let trace = smooth(&x, &Tensor::from([1.9, 2.4, 2.2, 1.5, 1.1])).trace(0)?;
/// assert!(trace.log_density()?.item().is_finite());
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GaussianProcess {
    kernel: Arc<dyn Kernel>,
    index_points: Tensor,
    observation_noise_variance: Tensor,
    mean: MeanFunction,
    pub(super) marginal: Marginal,
}

impl GaussianProcess {
    pub(super) const NAME: &'static str = "GaussianProcess";

    /// The process of mean 0 with this kernel at these points, and independent normal noise in each observation.
    ///
    /// # Errors
    /// Points that are not finite; a negative noise variance; shapes that do not fit.
    pub fn new(
        kernel: impl Kernel,
        index_points: impl IntoTensor,
        observation_noise_variance: impl IntoTensor,
    ) -> Result<Self> {
        let index_points = index_points.into_tensor();
        let observation_noise_variance = observation_noise_variance.into_tensor();
        check_points(Self::NAME, "index_points", &index_points)?;
        check::parameter(
            Self::NAME,
            "observation_noise_variance",
            &observation_noise_variance,
            &Constraint::NonNegative,
        )?;
        let kernel: Arc<dyn Kernel> = Arc::new(kernel);
        let covariance = with_noise(Self::NAME, &kernel.covariance(&index_points)?, &observation_noise_variance)?;
        let mean = MeanFunction::Constant(Tensor::scalar(0.0));
        let marginal = Marginal::new(Self::NAME, mean.at(Self::NAME, &index_points)?, covariance, Jitter::none())?;
        Ok(Self { kernel, index_points, observation_noise_variance, mean, marginal })
    }

    /// The process with this mean at all points, of shape batch.
    ///
    /// # Errors
    /// A mean that is not finite, or does not broadcast with the batch.
    pub fn with_mean(self, mean: impl IntoTensor) -> Result<Self> {
        let mean = mean.into_tensor();
        check::parameter(Self::NAME, "mean", &mean, &Constraint::Real)?;
        self.with(MeanFunction::Constant(mean))
    }

    /// The process with a mean that depends on the points.
    ///
    /// The function is given points as they are given to the process, and returns a value for each: batch ++ `[n]`.
    ///
    /// # Errors
    /// Means that are not finite, or not one for each point.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::kernel::ExponentiatedQuadratic;
    /// use ppl::distribution::{GaussianProcess, Moments};
    ///
    /// let kernel = ExponentiatedQuadratic::new(1.0, 0.5)?;
    /// let trend = GaussianProcess::new(kernel, [0.0, 1.0], 0.1)?.with_mean_function(|x| 3.0 * x + 1.0)?;
    /// assert_eq!(trend.mean().to_vec(), [1.0, 4.0]);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn with_mean_function(self, mean: impl Fn(&Tensor) -> Tensor + Send + Sync + 'static) -> Result<Self> {
        self.with(MeanFunction::Function(Arc::new(mean)))
    }

    fn with(self, mean: MeanFunction) -> Result<Self> {
        let marginal = self.marginal.with_loc(mean.at(Self::NAME, &self.index_points)?)?;
        Ok(Self { mean, marginal, ..self })
    }

    /// The process with jitter on the diagonal of its covariance matrix.
    #[must_use]
    pub fn with_jitter(self, jitter: Jitter) -> Self {
        let marginal = self.marginal.with_jitter(jitter);
        Self { marginal, ..self }
    }

    /// The kernel.
    #[must_use]
    pub fn kernel(&self) -> &Arc<dyn Kernel> {
        &self.kernel
    }

    /// The points, as they were given.
    #[must_use]
    pub fn index_points(&self) -> &Tensor {
        &self.index_points
    }

    /// Variance of the noise in each observation.
    #[must_use]
    pub fn observation_noise_variance(&self) -> &Tensor {
        &self.observation_noise_variance
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

    /// The distribution of the function's values at other points, given what was observed at the points of this process.
    ///
    /// # Errors
    /// Observations that are not finite, or not one for each point; a matrix that is not positive definite.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::kernel::ExponentiatedQuadratic;
    /// use ppl::distribution::{GaussianProcess, Moments};
    ///
    /// let process = GaussianProcess::new(ExponentiatedQuadratic::new(1.0, 0.5)?, [0.0, 1.0], 1e-6)?;
    /// let posterior = process.posterior_predictive([0.3, -0.2], [0.0, 100.0])?;
    /// assert!((posterior.mean().get(0) - 0.3).abs() < 1e-5);
    /// assert!((posterior.stddev().get(1) - 1.0).abs() < 1e-12);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn posterior_predictive(
        &self,
        observations: impl IntoTensor,
        index_points: impl IntoTensor,
    ) -> Result<GaussianProcessRegressionModel> {
        GaussianProcessRegressionModel::new(self.clone(), observations, index_points)
    }

    /// The means at other points.
    pub(super) fn mean_at(&self, user: &'static str, x: &Tensor) -> Result<Tensor> {
        self.mean.at(user, x)
    }

    fn list(&self) -> Vec<check::Parameter<'_>> {
        let mut list = vec![
            ("index_points", &self.index_points, Constraint::Real),
            ("observation_noise_variance", &self.observation_noise_variance, Constraint::NonNegative),
        ];
        list.extend(self.mean.constant());
        list
    }

    pub(super) fn check_parameters(&self) -> Result<()> {
        self.kernel.check_parameters()?;
        check::all(Self::NAME, &self.list())?;
        check::all(Self::NAME, &[("mean", self.marginal.loc(), Constraint::Real)])
    }

    pub(super) fn own_parameters(&self) -> Vec<(&'static str, Tensor)> {
        let mut values: Vec<(&'static str, Tensor)> =
            self.kernel.parameters().into_iter().map(|(name, value, _)| (name, value)).collect();
        values.extend(check::values(&self.list()));
        values
    }
}

normal_by_marginal!(GaussianProcess);

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};
    use crate::distribution::gaussian_process::kernel::{
        ExponentiatedQuadratic, MaternFiveHalves, MaternOneHalf, MaternThreeHalves, WhiteNoise,
    };
    use crate::distribution::{Covariance, Distribution, Moments};
    use crate::{Shape, grad};

    /// The process with the kernel that the golden table names.
    pub(in super::super) fn build(p: &Parameters, points: Tensor) -> Result<GaussianProcess> {
        let (amplitude, length_scale) = (p.get("amplitude"), p.get("length_scale"));
        let kernel: Arc<dyn Kernel> = if p.has("kernel.MaternOneHalf") {
            Arc::new(MaternOneHalf::new(amplitude, length_scale)?)
        } else if p.has("kernel.MaternThreeHalves") {
            Arc::new(MaternThreeHalves::new(amplitude, length_scale)?)
        } else if p.has("kernel.MaternFiveHalves") {
            Arc::new(MaternFiveHalves::new(amplitude, length_scale)?)
        } else {
            Arc::new(ExponentiatedQuadratic::new(amplitude, length_scale)?)
        };
        GaussianProcess::new(kernel, points, p.get("observation_noise_variance"))?.with_mean(p.get("mean"))
    }

    fn family() -> Family<GaussianProcess> {
        Family::new("GaussianProcess", |p| build(p, p.get("index_points")))
            .made_of("ExponentiatedQuadratic")
            .without_far_cases("its cases would be matrices; a normal distribution of each coordinate is in the table")
            .nan_at("amplitude", &["log_prob", "entropy"], "the square of a large one is beyond every finite number: such a matrix has no factor, and is refused")
            .at(parameters! { amplitude: 1.3, length_scale: 0.8, mean: 0.3, observation_noise_variance: 0.4, index_points: [[0.0], [0.7]] })
            .at(parameters! { amplitude: 1.1, length_scale: 1.0, mean: 0.1, observation_noise_variance: 0.3, index_points: [[0.1], [0.8]] })
            .rejects(
                parameters! { amplitude: -1.0, length_scale: 1.0, mean: 0.0, observation_noise_variance: 0.1, index_points: [[0.0], [1.0]] },
                "ExponentiatedQuadratic: `amplitude` must be positive, got -1",
            )
            .rejects(
                parameters! { amplitude: 1.0, length_scale: -0.5, mean: 0.0, observation_noise_variance: 0.1, index_points: [[0.0], [1.0]] },
                "ExponentiatedQuadratic: `length_scale` must be positive, got -0.5",
            )
            .rejects(
                parameters! { amplitude: 1.0, length_scale: 1.0, mean: f64::NAN, observation_noise_variance: 0.1, index_points: [[0.0], [1.0]] },
                "GaussianProcess: `mean` must be real, got NaN",
            )
            .rejects(
                parameters! { amplitude: 1.0, length_scale: 1.0, mean: 0.0, observation_noise_variance: -0.1, index_points: [[0.0], [1.0]] },
                "GaussianProcess: `observation_noise_variance` must be non-negative, got -0.1",
            )
            .rejects(
                parameters! { amplitude: 1.0, length_scale: 1.0, mean: 0.0, observation_noise_variance: 0.1, index_points: [[0.0], [f64::NAN]] },
                "GaussianProcess: `index_points` must be real, got NaN at [1, 0]",
            )
            .draws([-0.012865658986013329, -0.23495519097055168, 1.8518396518090696, -0.1860367708363821, -0.0002263905166001723, -0.7559838608570404])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
    );

    fn smooth(points: impl IntoTensor, noise: f64) -> GaussianProcess {
        GaussianProcess::new(ExponentiatedQuadratic::new(1.0, 1.0).unwrap(), points, noise).unwrap()
    }

    #[test]
    fn points_on_a_line_are_rows_of_one_coordinate() {
        let value = Tensor::from([0.3, -0.2]);
        let (line, rows) = (smooth([0.0, 0.5], 0.1), smooth([[0.0], [0.5]], 0.1));
        assert_eq!(line.log_prob(&value).unwrap(), rows.log_prob(&value).unwrap());
    }

    #[test]
    fn the_mean_is_a_constant_or_a_function() {
        let process = smooth([0.0, 0.5], 0.1).with_mean_function(|x| x.square()).unwrap();
        assert_eq!(process.mean().to_vec(), [0.0, 0.25]);
        let shifted = smooth([0.0, 0.5], 0.1).log_prob(&Tensor::from([1.0, 0.75])).unwrap();
        assert_eq!(process.log_prob(&Tensor::from([1.0, 1.0])).unwrap(), shifted);
        assert!(process.with_mean_function(|_| Tensor::zeros(3)).is_err());
        // Rows: what the function makes of them is a matrix, and not a value for each.
        assert!(smooth([[0.0], [0.5]], 0.1).with_mean_function(|x| 2.0 * x).is_err());
        assert!(smooth([0.0], 0.1).with_mean_function(|x| x / 0.0).is_err());
    }

    #[test]
    fn a_matrix_without_a_factor_is_an_error_with_the_pivot_unless_jitter_is_asked_for() {
        let twice = smooth([0.0, 1.0, 1.0], 0.0);
        let text = "GaussianProcess: matrix is not positive definite: its leading minor of order 3 is not positive \
                    (pivot 0)\nhelp: if the kernel is right, this is rounding: give the process observation noise, or \
                    jitter by `.with_jitter(Jitter::growing())`";
        assert_eq!(twice.log_prob(&Tensor::zeros(3)).unwrap_err().to_string(), text);
        assert_eq!(twice.draw_error(), text);
        assert_eq!(twice.covariance(), twice.covariance().transpose());
        assert_eq!(twice.jitter().unwrap_err().to_string(), text);

        let fixed = twice.clone().with_jitter(Jitter::fixed(1e-4).unwrap());
        assert_eq!(fixed.jitter().unwrap(), 1e-4);
        assert_eq!(fixed.variance().to_vec(), [1.0 + 1e-4; 3]);
        let growing = twice.with_jitter(Jitter::growing());
        assert_eq!(growing.jitter().unwrap(), 1e-12);
        assert!(growing.parameter_values().iter().any(|(name, value)| *name == "jitter" && value == 1e-12));
        let enough = smooth([0.0, 1.0], 0.0).with_jitter(Jitter::growing());
        assert_eq!(enough.jitter().unwrap(), 0.0);
    }

    impl GaussianProcess {
        fn draw_error(&self) -> String {
            let mut rng = crate::random::Key::new(0).rng("x", 0);
            self.sample(&mut rng, &Shape::SCALAR).unwrap_err().to_string()
        }
    }

    #[test]
    fn a_tracked_matrix_without_a_factor_has_a_density_of_nan_and_no_draws() {
        let density = |p: &[Tensor]| {
            let kernel = ExponentiatedQuadratic::new(&p[0], 1.0)?;
            let process = GaussianProcess::new(kernel, [1.0, 1.0], 0.0)?;
            assert!(process.draw_error().contains("leading minor of order 2 is not positive"));
            process.log_prob(&Tensor::zeros(2))
        };
        assert!(grad(density, &[Tensor::from(1.0)]).unwrap().0.is_nan());
    }

    #[test]
    fn a_noise_variance_of_zero_is_differentiated() {
        let density = |p: &[Tensor]| {
            let kernel = ExponentiatedQuadratic::new(1.0, 1.0)?;
            GaussianProcess::new(kernel, [0.0, 1.0], &p[0])?.log_prob(&Tensor::from([0.5, -0.5]))
        };
        let (_, gradient) = grad(density, &[Tensor::from(0.0)]).unwrap();
        let at = |variance: f64| density(&[Tensor::from(variance)]).unwrap().item();
        // One-sided, of second order: with less noise there is none.
        let want = (4.0 * at(1e-5) - at(2e-5) - 3.0 * at(0.0)) / 2e-5;
        assert!((gradient[0].item() - want).abs() < 1e-7, "{}, {want}", gradient[0]);
    }

    #[test]
    fn noise_of_the_kernel_is_that_of_the_process() {
        let value = Tensor::from([0.3, -0.2, 0.1]);
        let kernel = ExponentiatedQuadratic::new(1.0, 1.0).unwrap() + WhiteNoise::new(0.2).unwrap();
        // Also in observations at the same point.
        let inside = GaussianProcess::new(kernel, [0.0, 0.5, 0.5], 0.0).unwrap();
        let outside = smooth([0.0, 0.5, 0.5], 0.2);
        assert_eq!(inside.log_prob(&value).unwrap(), outside.log_prob(&value).unwrap());
    }

    #[test]
    fn shapes_that_do_not_fit_are_errors() {
        let kernel = || ExponentiatedQuadratic::new([1.0, 2.0], 1.0).unwrap();
        assert!(GaussianProcess::new(kernel(), 0.0, 0.1).is_err());
        assert!(GaussianProcess::new(kernel(), Tensor::zeros(0), 0.1).is_err());
        assert!(GaussianProcess::new(kernel(), [0.0, 1.0], [0.1; 3]).is_err());
        assert!(GaussianProcess::new(kernel(), [0.0, 1.0], 0.1).unwrap().with_mean([0.1; 3]).is_err());
        assert!(GaussianProcess::new(kernel(), Tensor::zeros([3, 2, 1]), 0.1).is_err());
        let error = smooth([0.0, 1.0], 0.1).log_prob(&Tensor::zeros(3)).unwrap_err().to_string();
        assert!(
            error.starts_with("GaussianProcess: expected a value whose last axes are the event shape [2]"),
            "{error}"
        );
    }
}
