//! `StudentTProcessRegressionModel`: predictions of a Student's t process.

use super::jitter::Jitter;
use super::regression_model::GaussianProcessRegressionModel;
use super::student_t_marginal::StudentTMarginal;
use super::student_t_process::StudentTProcess;
use crate::distribution::Distribution;
use crate::{IntoTensor, Result, Tensor};

/// A Student's t process given observations: the distribution of the function's values at other points.
///
#[doc = include_str!("../../../doc/distribution/StudentTProcessRegressionModel.svg")]
///
/// ```text
/// f(x*) | y ~ t of df + n degrees of freedom, mean m*, covariance c V,   c = (df − 2 + |L⁻¹ (y − m(x))|²) / (df − 2 + n)
/// m* = m(x*) + K*ᵀ (K + σ² I)⁻¹ (y − m(x)),   V = K** − K*ᵀ (K + σ² I)⁻¹ K* + s² I,   L Lᵀ = K + σ² I
/// ```
///
/// m* and V are those of [`GaussianProcessRegressionModel`]. The observations tell the overall scale too: c is above 1 where
/// they are further from the mean than the covariance says. The noise s² of predictions is scaled with it, as that of the
/// observations is.
///
/// Made by [`posterior_predictive`](StudentTProcess::posterior_predictive) of the process at the points of the observations,
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
/// batch = that of the process, the observations, the points and the noise, broadcast; event = `[m]`.
///
/// # Support
/// The vectors of real numbers: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// ```text
/// mean = mode = m*
/// variance    = diagonal of c V
/// covariance  = c V
/// ```
/// The degrees of freedom are those of the process, more than 2, and the count of the observations. The entropy is that of
/// [`MultivariateStudentT`](crate::distribution::MultivariateStudentT).
///
/// # Numerics
/// As in [`GaussianProcessRegressionModel`].
///
/// # Reference
/// Shah, Wilson and Ghahramani 2014, "Student-t processes as alternatives to Gaussian processes", lemma 3; TFP,
/// `distributions.StudentTProcessRegressionModel`.
///
/// # Example
/// ```
/// use ppl::distribution::kernel::ExponentiatedQuadratic;
/// use ppl::distribution::{GaussianProcess, Moments, StudentTProcess};
///
/// let normal = GaussianProcess::new(ExponentiatedQuadratic::new(1.0, 1.0)?, [0.0, 1.0], 0.5)?;
/// let process = StudentTProcess::new(3.0, normal)?;
/// let function = process.posterior_predictive([1.0, -1.0], [0.0, 0.5])?;
/// assert_eq!(*function.df(), 5.0);
/// assert_eq!(function.mean(), function.normal().mean());
/// assert!((function.variance() - function.normal().variance()).min() > 0.0);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct StudentTProcessRegressionModel {
    prior: StudentTProcess,
    df: Tensor,
    /// The predictions of the Gaussian process of the same mean and covariance.
    normal: GaussianProcessRegressionModel,
    marginal: StudentTMarginal,
}

impl StudentTProcessRegressionModel {
    const NAME: &'static str = "StudentTProcessRegressionModel";

    /// The process at these points, given observations at its own.
    ///
    /// # Errors
    /// Observations that are not finite, or not one for each point of the process; points that are not finite; a matrix that
    /// is not positive definite.
    pub fn new(prior: StudentTProcess, observations: impl IntoTensor, index_points: impl IntoTensor) -> Result<Self> {
        let normal = prior.normal().posterior_predictive(observations, index_points)?;
        let count = prior.marginal.event_shape().size() as f64;
        // (df + n − 2) c.
        let df = prior.marginal.df();
        let spread = (df - 2.0).try_add(prior.marginal.squared_distance(normal.observations())?)?;
        let marginal = StudentTMarginal::new(Self::NAME, df + count, spread, normal.marginal.clone())?;
        let df = prior.df() + count;
        Ok(Self { prior, df, normal, marginal })
    }

    /// The distribution of values with noise of this variance times c, which is 0 by default.
    ///
    /// # Errors
    /// A negative variance; one that does not broadcast with the batch.
    pub fn with_predictive_noise_variance(self, variance: impl IntoTensor) -> Result<Self> {
        let normal = self.normal.with_predictive_noise_variance(variance)?;
        let marginal = self.marginal.with_normal(normal.marginal.clone())?;
        Ok(Self { normal, marginal, ..self })
    }

    /// The distribution with jitter on the diagonal of V, in place of that of the process.
    ///
    /// # Errors
    /// Never: the shapes stay.
    pub fn with_jitter(self, jitter: Jitter) -> Result<Self> {
        let normal = self.normal.with_jitter(jitter);
        let marginal = self.marginal.with_normal(normal.marginal.clone())?;
        Ok(Self { normal, marginal, ..self })
    }

    /// The process at the points of the observations.
    #[must_use]
    pub fn prior(&self) -> &StudentTProcess {
        &self.prior
    }

    /// Degrees of freedom: those of the process, and one for each observation.
    #[must_use]
    pub fn df(&self) -> &Tensor {
        &self.df
    }

    /// The predictions of the Gaussian process of the same mean and covariance: m* and V.
    #[must_use]
    pub fn normal(&self) -> &GaussianProcessRegressionModel {
        &self.normal
    }

    /// The observations.
    #[must_use]
    pub fn observations(&self) -> &Tensor {
        self.normal.observations()
    }

    /// The points of the predictions, as they were given.
    #[must_use]
    pub fn index_points(&self) -> &Tensor {
        self.normal.index_points()
    }

    /// The amount added to the diagonal of V: of shape batch, 0 where nothing was.
    ///
    /// # Errors
    /// A matrix that is not positive definite.
    pub fn jitter(&self) -> Result<Tensor> {
        self.marginal.jitter()
    }

    fn check_parameters(&self) -> Result<()> {
        self.prior.check_parameters()?;
        self.normal.check_parameters()
    }

    fn own_parameters(&self) -> Vec<(&'static str, Tensor)> {
        let mut values = vec![("df", self.prior.df().clone())];
        values.extend(self.normal.parameter_values());
        values
    }
}

student_t_by_marginal!(StudentTProcessRegressionModel);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::gaussian_process::kernel::{ExponentiatedQuadratic, Kernel, MaternThreeHalves};
    use crate::distribution::{
        Covariance, Entropy, GaussianProcess, Moments, MultivariateNormal, MultivariateStudentT,
    };
    use crate::program::tests::assert_program_is_tape;
    use crate::random::Key;
    use crate::{Shape, grad};

    const OBSERVED: [f64; 3] = [0.0, 0.4, 1.0];
    const NEW: [f64; 2] = [0.2, 1.7];

    fn prior(df: impl IntoTensor, amplitude: impl IntoTensor) -> Result<StudentTProcess> {
        let kernel = MaternThreeHalves::new(amplitude, 0.7)?;
        StudentTProcess::new(df, GaussianProcess::new(kernel, OBSERVED, 0.1)?.with_mean(0.5)?)
    }

    fn posterior(
        df: impl IntoTensor,
        amplitude: impl IntoTensor,
        y: impl IntoTensor,
    ) -> Result<StudentTProcessRegressionModel> {
        prior(df, amplitude)?.posterior_predictive(y, NEW)
    }

    /// ln p(y, f) − ln p(y), by a multivariate t distribution of all five values; and its density, moments and noise by dense
    /// inverses.
    #[test]
    fn it_is_the_conditional_of_the_joint_t_distribution() {
        let (y, f) = (Tensor::from([1.4, -0.3, 2.0]), Tensor::from([0.7, -1.2]));
        let kernel = MaternThreeHalves::new(1.3, 0.7).unwrap();
        let points = Tensor::from([0.0, 0.4, 1.0, 0.2, 1.7]);
        for (df, noise) in [(2.5, 0.0), (5.0, 0.3), (1e3, 0.05)] {
            let diagonal = Tensor::from([0.1, 0.1, 0.1, noise, noise]);
            let covariance = kernel.covariance(&points).unwrap() + Tensor::eye(5) * diagonal;
            // Of a t distribution the covariance is df / (df − 2) times the scale matrix.
            let t = |loc: Tensor, covariance: &Tensor| {
                MultivariateStudentT::new(df, loc, covariance * ((df - 2.0) / df)).unwrap()
            };
            let joint = t(Tensor::full(5, 0.5), &covariance);
            let observed = covariance.slice(0, 0..3).slice(1, 0..3);
            let marginal = t(Tensor::full(3, 0.5), &observed);
            let want =
                joint.log_prob(&Tensor::concat(&[y.clone(), f.clone()], 0)).unwrap() - marginal.log_prob(&y).unwrap();
            let model = posterior(df, 1.3, &y).unwrap().with_predictive_noise_variance(noise).unwrap();
            let got = model.log_prob(&f).unwrap();
            // Differences of gamma functions, of which the arguments have so many digits left.
            assert!((&got - &want).abs().item() < 1e-15 * df.max(100.0), "df = {df}: {got}, {want}");

            let residual = &y - 0.5;
            let cross = covariance.slice(0, 0..3).slice(1, 3..5);
            let weights = observed.solve(&cross);
            let mean = weights.transpose().matmul(&residual) + 0.5;
            let unexplained = covariance.slice(0, 3..5).slice(1, 3..5) - cross.transpose().matmul(&weights);
            let surprise = residual.dot(observed.solve(&residual)).item();
            let want = unexplained * ((df - 2.0 + surprise) / (df - 2.0 + 3.0));
            assert!((model.mean() - mean).abs().max() < 1e-13);
            assert!((model.covariance() - &want).abs().max() < 1e-13, "df = {df}");
            assert!((model.variance() - want.diagonal()).abs().max() < 1e-13);
            assert_eq!(*model.df(), df + 3.0);
            // The entropy of the t distribution of that mean and covariance.
            let scale = want * ((df + 1.0) / (df + 3.0));
            let same = MultivariateStudentT::new(df + 3.0, model.mean(), scale).unwrap();
            assert!((model.entropy() - same.entropy()).abs().item() < 1e-15 * df.max(1e4), "df = {df}");
        }
    }

    #[test]
    fn of_many_degrees_of_freedom_it_is_normal() {
        let model = posterior(1e12, 1.3, [1.4, -0.3, 2.0]).unwrap();
        let f = Tensor::from([0.7, -1.2]);
        let normal: &MultivariateNormal = &model.normal().marginal().unwrap();
        let (got, want) = (model.log_prob(&f).unwrap().item(), normal.log_prob(&f).unwrap().item());
        assert!((got - want).abs() < 1e-10, "{got}, {want}");
    }

    /// Mean, covariance and −E log p by draws, each with a false-alarm rate of 6e-7.
    #[test]
    fn draws_have_the_moments_and_the_entropy() {
        const DRAWS: usize = 40_000;

        let model = posterior(6.0, 1.3, [1.4, -0.3, 2.0]).unwrap().with_predictive_noise_variance(0.2).unwrap();
        let draws = model.sample(&mut Key::new(5).rng("draws", 0), &Shape::from(DRAWS)).unwrap();
        let near = |what: &str, each: Tensor, want: f64| {
            let (mean, error) = (each.mean().item(), each.std(1).item() / (DRAWS as f64).sqrt());
            assert!((mean - want).abs() < 5.0 * error, "{what}: {mean} ± {error}, {want}");
        };
        let (centred, covariance) = (&draws - model.mean(), model.covariance());
        for row in 0..2 {
            near("mean", centred.index(-1, row), 0.0);
            for column in 0..=row {
                let products = centred.index(-1, row) * centred.index(-1, column);
                near("covariance", products, covariance.get(row).get(column).item());
            }
        }
        near("entropy", -model.log_prob(&draws).unwrap(), model.entropy().item());
    }

    #[test]
    fn densities_are_differentiated_by_everything() {
        let inputs = [Tensor::from(5.0), Tensor::from(1.3), Tensor::from([1.4, -0.3, 2.0]), Tensor::from([0.7, -1.2])];
        let density = |p: &[Tensor]| posterior(&p[0], &p[1], &p[2])?.log_prob(&p[3]);
        assert_program_is_tape("StudentTProcessRegressionModel", &inputs, density);
        let (_, gradients) = grad(density, &inputs).unwrap();
        for (which, gradient) in gradients.iter().enumerate() {
            for (place, got) in gradient.to_vec().into_iter().enumerate() {
                let at = |by: f64| {
                    let mut moved = inputs.clone();
                    let mut elements = moved[which].to_vec();
                    elements[place] += by;
                    moved[which] = Tensor::new(elements, moved[which].shape()).unwrap();
                    density(&moved).unwrap().item()
                };
                let want = (at(1e-5) - at(-1e-5)) / 2e-5;
                assert!((got - want).abs() < 1e-8, "input {which}[{place}]: {got}, {want}");
            }
        }
    }

    #[test]
    fn a_batch_is_its_members() {
        let y = Tensor::from([[1.4, -0.3, 2.0], [0.0, 0.2, 0.1]]);
        let both = posterior([3.0, 8.0], 1.3, &y).unwrap();
        let f = Tensor::from([0.7, -1.2]);
        let together = both.log_prob(&f).unwrap();
        assert_eq!((both.batch_shape().dims(), together.shape().dims()), (&[2][..], &[2][..]));
        for (member, df) in [3.0, 8.0].into_iter().enumerate() {
            let alone = posterior(df, 1.3, y.get(member)).unwrap();
            assert!((together.get(member) - alone.log_prob(&f).unwrap()).abs().item() < 1e-14);
            assert!((both.variance().get(member) - alone.variance()).abs().max() < 1e-14);
        }
        let draws = both.sample(&mut Key::new(0).rng("x", 0), &Shape::from(4)).unwrap();
        assert_eq!(draws.shape().dims(), [4, 2, 2]);
        assert_eq!(both.covariance().shape().dims(), [2, 2, 2]);
    }

    #[test]
    fn parameters_are_named_and_checked() {
        let model = posterior(4.0, 1.3, [1.4, -0.3, 2.0]).unwrap();
        let names: Vec<&str> = model.parameter_values().iter().map(|(name, _)| *name).collect();
        for name in ["df", "observations", "index_points", "predictive_noise_variance"] {
            assert!(names.contains(&name), "{names:?}");
        }
        assert!(
            posterior(4.0, 1.3, [1.4, -0.3]).unwrap_err().to_string().contains("observation for each of the 3 points")
        );
        assert!(model.with_predictive_noise_variance(-0.1).is_err());
        let tracked = |p: &[Tensor]| {
            let model = posterior(&p[0], 1.3, [1.4, -0.3, 2.0])?;
            assert!(model.sample(&mut Key::new(0).rng("x", 0), &Shape::SCALAR).is_err());
            model.log_prob(&Tensor::from(NEW))
        };
        assert!(grad(tracked, &[Tensor::from(1.5)]).unwrap().0.is_nan());
    }

    #[test]
    fn predictions_have_the_jitter_of_the_process_or_their_own() {
        let normal = GaussianProcess::new(ExponentiatedQuadratic::new(1.0, 1.0).unwrap(), [0.0, 1.0], 0.0).unwrap();
        let certain = StudentTProcess::new(4.0, normal).unwrap().posterior_predictive([0.5, 0.2], [0.0, 0.5]).unwrap();
        assert!(certain.jitter().is_err());
        let jittered = certain.with_jitter(Jitter::fixed(1e-3).unwrap()).unwrap();
        assert_eq!(jittered.jitter().unwrap(), 1e-3);
        assert!(jittered.log_prob(&jittered.mean()).unwrap().item().is_finite());
    }

    mod laws {
        use super::*;
        use crate::distribution::conformance::{self, Family, Parameters, parameters};
        use crate::distribution::gaussian_process::process::tests::build as build_normal;

        fn build(p: &Parameters) -> Result<StudentTProcessRegressionModel> {
            let process = StudentTProcess::new(p.get("df"), build_normal(p, [[0.3], [1.0]].into())?)?;
            let posterior = process.posterior_predictive(p.get("observations"), p.get("index_points"))?;
            posterior.with_predictive_noise_variance(p.get("predictive_noise_variance"))
        }

        fn family() -> Family<StudentTProcessRegressionModel> {
            Family::of("StudentTProcessRegressionModel", build)
                .made_of("ExponentiatedQuadratic")
                .made_of("GaussianProcess")
                .made_of("StudentTProcess")
                .made_of("GaussianProcessRegressionModel")
                .without_far_cases("its cases would be matrices; a t distribution of each coordinate is in the table")
                .nan_at("mean", &["log_prob", "sample"], "the formula is ∞ − ∞ or 0 · ∞ there, without its limit")
                .nan_at("observations", &["log_prob", "sample"], "the formula is ∞ − ∞ or 0 · ∞ there, without its limit")
                .at(parameters! { df: 9.0, amplitude: 1.3, length_scale: 0.8, mean: 0.3, observation_noise_variance: 0.4, index_points: [[0.0], [0.7]], observations: [0.4, -0.9], predictive_noise_variance: 0.3 })
                .at(parameters! { df: 12.0, amplitude: 1.1, length_scale: 1.0, mean: 0.1, observation_noise_variance: 0.3, index_points: [[0.1], [0.8]], observations: [0.5, -0.8], predictive_noise_variance: 0.2 })
                .rejects(but_for("df", 2.0), "StudentTProcess: `df` must be greater than 2, got 2")
                .rejects(but_for("amplitude", -1.0), "ExponentiatedQuadratic: `amplitude` must be positive, got -1")
                .rejects(but_for("length_scale", -0.5), "ExponentiatedQuadratic: `length_scale` must be positive, got -0.5")
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
                .draws([
                    0.210249294866281,
                    -0.5817406576099783,
                    1.228167387750256,
                    -0.8541348786070861,
                    0.26555957893310167,
                    -0.8521206644536952,
                ])
        }

        /// Valid parameters but for what is replaced.
        fn but_for(name: &str, value: impl IntoTensor) -> Parameters {
            let point = parameters! { df: 5.0, amplitude: 1.0, length_scale: 1.0, mean: 0.0, observation_noise_variance: 0.1, index_points: [[0.0], [0.7]], observations: [0.4, -0.9], predictive_noise_variance: 0.1 };
            point.with(name, value.into_tensor())
        }

        conformance::distribution!(
            family() => multivariate, mode, moments, covariance, entropy, reparameterized_by_moments
        );
    }
}
