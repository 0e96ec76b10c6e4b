//! Student's t processes.

use super::process::GaussianProcess;
use super::student_t_marginal::StudentTMarginal;
use super::student_t_regression_model::StudentTProcessRegressionModel;
use crate::distribution::Distribution;
use crate::{Constraint, IntoTensor, Result, Tensor, check};

/// Student's t process: a Gaussian process whose overall scale is uncertain, with heavier tails.
///
#[doc = include_str!("../../../doc/distribution/StudentTProcess.svg")]
///
/// ```text
/// log p(y) = ln Γ((df + n) / 2) − ln Γ(df / 2) − (n / 2) ln(π (df − 2)) − Σ_i ln L_ii
///            − ½ (df + n) ln(1 + |z|² / (df − 2)),   z = L⁻¹ (y − m(x)),   L Lᵀ = K + σ² I
/// ```
///
/// K + σ² I is the covariance matrix, as in [`GaussianProcess`], which it becomes for df → ∞: kernel, noise and mean mean the
/// same in both.
///
/// Given observations it is a process again: [`posterior_predictive`](Self::posterior_predictive).
///
/// # Parameters
/// | parameter                    | domain           | shape                                         |
/// |------------------------------|------------------|-----------------------------------------------|
/// | `df`                         | greater than 2   | batch                                         |
/// | `kernel`                     |                  | batch                                         |
/// | `index_points`               | real             | `[n]` on a line, or rows of batch ++ `[n, d]` |
/// | `observation_noise_variance` | non-negative     | batch                                         |
/// | `mean`                       | real             | batch                                         |
///
/// # Shapes
/// batch = that of all of these, broadcast; event = `[n]`, of real values.
///
/// # Support
/// The vectors of real numbers: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// ```text
/// mean       = mode = m(x)
/// covariance = K + σ² I
/// entropy    = ln Γ(df / 2) − ln Γ((df + n) / 2) + (n / 2) ln(π (df − 2)) + Σ_i ln L_ii
///              + ½ (df + n) (ψ((df + n) / 2) − ψ(df / 2))
/// ```
///
/// # Numerics
/// As in [`GaussianProcess`]; the gamma functions as a beta function, which keeps its digits at large `df`.
///
/// # Draws
/// m(x) + L ε √((df − 2) / χ²), with standard normal ε and one chi-square variable of `df` degrees of freedom for all points;
/// its gradient by `df` is implicit (Figurnov et al. 2018).
///
/// # Reference
/// Shah, Wilson and Ghahramani 2014, "Student-t processes as alternatives to Gaussian processes"; TFP,
/// `distributions.StudentTProcess`.
///
/// # Example
/// ```
/// use ppl::distribution::kernel::MaternThreeHalves;
/// use ppl::distribution::{Covariance, Distribution, GaussianProcess, StudentTProcess};
/// use ppl::Tensor;
///
/// let kernel = MaternThreeHalves::new(1.0, 0.5)?;
/// let normal = GaussianProcess::new(kernel, [0.0, 0.4], 0.1)?;
/// let heavy = StudentTProcess::new(5.0, normal.clone())?;
/// assert_eq!(heavy.covariance(), normal.covariance());
/// let outlier = Tensor::from([0.0, 6.0]);
/// assert!(heavy.log_prob(&outlier)? > normal.log_prob(&outlier)?);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct StudentTProcess {
    df: Tensor,
    /// The Gaussian process of the same mean and covariance.
    normal: GaussianProcess,
    pub(super) marginal: StudentTMarginal,
}

impl StudentTProcess {
    const NAME: &'static str = "StudentTProcess";

    /// The process with these degrees of freedom, and mean and covariance of a Gaussian process.
    ///
    /// # Errors
    /// `df` not above 2; shapes that do not broadcast.
    pub fn new(df: impl IntoTensor, normal: GaussianProcess) -> Result<Self> {
        let df = df.into_tensor();
        check::constants(Self::NAME, &[("df", &df, domain())])?;
        let checked = check::or_nan(&df, &domain());
        let spread = &checked - 2.0;
        let marginal = StudentTMarginal::new(Self::NAME, checked, spread, normal.marginal.clone())?;
        Ok(Self { df, normal, marginal })
    }

    /// Degrees of freedom.
    #[must_use]
    pub fn df(&self) -> &Tensor {
        &self.df
    }

    /// The Gaussian process of the same mean and covariance.
    #[must_use]
    pub fn normal(&self) -> &GaussianProcess {
        &self.normal
    }

    /// The amount added to the diagonal of the covariance matrix: of shape batch, 0 where nothing was.
    ///
    /// # Errors
    /// A matrix that is not positive definite.
    pub fn jitter(&self) -> Result<Tensor> {
        self.marginal.jitter()
    }

    /// The distribution of the function's values at other points, given what was observed at the points of this process.
    ///
    /// # Errors
    /// Observations that are not finite, or not one for each point; a matrix that is not positive definite.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::kernel::ExponentiatedQuadratic;
    /// use ppl::distribution::{GaussianProcess, Moments, StudentTProcess};
    ///
    /// let normal = GaussianProcess::new(ExponentiatedQuadratic::new(1.0, 0.5)?, [0.0, 1.0], 0.1)?;
    /// let process = StudentTProcess::new(4.0, normal)?;
    /// // Observations larger than the covariance allows for make predictions less certain.
    /// let expected = process.posterior_predictive([0.3, -0.2], [0.5])?.stddev();
    /// let surprising = process.posterior_predictive([3.0, -2.0], [0.5])?.stddev();
    /// assert!(surprising > 2.0 * expected);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn posterior_predictive(
        &self,
        observations: impl IntoTensor,
        index_points: impl IntoTensor,
    ) -> Result<StudentTProcessRegressionModel> {
        StudentTProcessRegressionModel::new(self.clone(), observations, index_points)
    }

    pub(super) fn check_parameters(&self) -> Result<()> {
        check::all(Self::NAME, &[("df", &self.df, domain())])?;
        self.normal.check_parameters()
    }

    pub(super) fn own_parameters(&self) -> Vec<(&'static str, Tensor)> {
        let mut values = vec![("df", self.df.clone())];
        values.extend(self.normal.parameter_values());
        values
    }
}

/// The covariance exists.
fn domain() -> Constraint {
    Constraint::GreaterThan(Tensor::scalar(2.0))
}

student_t_by_marginal!(StudentTProcess);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::gaussian_process::Jitter;
    use crate::distribution::gaussian_process::kernel::{ExponentiatedQuadratic, MaternThreeHalves};
    use crate::distribution::{Covariance, Entropy, Moments, StudentT};
    use crate::program::tests::assert_program_is_tape;
    use crate::random::Key;
    use crate::{Error, Shape, grad};

    fn process(df: impl IntoTensor, amplitude: impl IntoTensor) -> Result<StudentTProcess> {
        let kernel = MaternThreeHalves::new(amplitude, 0.7)?;
        StudentTProcess::new(df, GaussianProcess::new(kernel, [0.0, 0.4, 1.0], 0.1)?.with_mean(0.5)?)
    }

    #[test]
    fn of_one_point_it_is_student_t() {
        let kernel = ExponentiatedQuadratic::new(2.0, 1.0).unwrap();
        let single = GaussianProcess::new(kernel, [0.3], 0.5).unwrap().with_mean(-0.4).unwrap();
        for df in [2.1, 5.0, 1e3, 1e9] {
            let single = StudentTProcess::new(df, single.clone()).unwrap();
            let scale = (4.5 * (df - 2.0) / df).sqrt();
            let want = StudentT::new(df, -0.4, scale).unwrap();
            for y in [-30.0, -0.4, 1.0] {
                let got = single.log_prob(&Tensor::from([y])).unwrap().item();
                let want = want.log_prob(&Tensor::from(y)).unwrap().item();
                assert!((got - want).abs() < 1e-12 * want.abs().max(1.0), "{got}, {want} at {y}, df = {df}");
            }
            let (got, want) = (single.entropy().item(), want.entropy().item());
            // Differences of digamma functions, times the degrees of freedom.
            assert!((got - want).abs() < 1e-15 * df.max(100.0), "{got}, {want}, df = {df}");
        }
    }

    #[test]
    fn of_many_degrees_of_freedom_it_is_normal() {
        let heavy = process(1e12, 1.3).unwrap();
        let y = Tensor::from([1.0, -0.3, 2.0]);
        let (got, want) = (heavy.log_prob(&y).unwrap().item(), heavy.normal().log_prob(&y).unwrap().item());
        assert!((got - want).abs() < 1e-10, "{got}, {want}");
    }

    /// The value at one of the points is a process of one point: the density of the first, times the integral over the others.
    /// By draws, with a standard normal test of mean, covariance and −E log p; the false-alarm rate of each is 6e-7.
    #[test]
    fn draws_have_the_moments_and_the_entropy() {
        const DRAWS: usize = 40_000;

        let heavy = process(9.0, 1.3).unwrap();
        let draws = heavy.sample(&mut Key::new(3).rng("draws", 0), &Shape::from(DRAWS)).unwrap();
        let near = |what: &str, each: Tensor, want: f64| {
            let (mean, error) = (each.mean().item(), each.std(1).item() / (DRAWS as f64).sqrt());
            assert!((mean - want).abs() < 5.0 * error, "{what}: {mean} ± {error}, {want}");
        };
        let centred = &draws - heavy.mean();
        let covariance = heavy.covariance();
        for row in 0..3 {
            near("mean", centred.index(-1, row), 0.0);
            for column in 0..=row {
                let products = centred.index(-1, row) * centred.index(-1, column);
                near("covariance", products, covariance.get(row).get(column).item());
            }
        }
        near("entropy", -heavy.log_prob(&draws).unwrap(), heavy.entropy().item());
        // A density that is lighter in its tails, divided by it.
        let lighter = process(12.0, 1.1).unwrap();
        near("mass", (lighter.log_prob(&draws).unwrap() - heavy.log_prob(&draws).unwrap()).exp(), 1.0);
    }

    #[test]
    fn gradients_of_densities_and_draws_are_finite_differences() {
        let inputs = [Tensor::from(5.0), Tensor::from(1.3), Tensor::from([1.0, -0.3, 2.0])];
        let density = |p: &[Tensor]| process(&p[0], &p[1])?.log_prob(&p[2]);
        let draw = |p: &[Tensor]| {
            let draws = process(&p[0], &p[1])?.sample(&mut Key::new(1).rng("x", 0), &Shape::from(2))?;
            Ok((draws * Tensor::from([1.0, 2.0, -1.0])).sum())
        };
        assert_program_is_tape("StudentTProcess", &inputs, density);
        let check = |function: &dyn Fn(&[Tensor]) -> Result<Tensor>, count: usize| {
            let (_, gradients) = grad(function, &inputs[..count]).unwrap();
            for (which, gradient) in gradients.iter().enumerate() {
                for (place, got) in gradient.to_vec().into_iter().enumerate() {
                    let at = |by: f64| {
                        let mut moved = inputs[..count].to_vec();
                        let mut elements = moved[which].to_vec();
                        elements[place] += by;
                        moved[which] = Tensor::new(elements, moved[which].shape()).unwrap();
                        function(&moved).unwrap().item()
                    };
                    let want = (at(1e-5) - at(-1e-5)) / 2e-5;
                    assert!((got - want).abs() < 1e-8, "input {which}[{place}]: {got}, {want}");
                }
            }
        };
        check(&density, 3);
        // By the amplitude; a draw by `df` is implicit, and its generator takes other numbers where df moves.
        let by_amplitude = |p: &[Tensor]| draw(&[Tensor::from(5.0), p[0].clone()]);
        let (_, gradients) = grad(by_amplitude, &inputs[1..2]).unwrap();
        let at = |amplitude: f64| by_amplitude(&[Tensor::from(amplitude)]).unwrap().item();
        let want = (at(1.3 + 1e-5) - at(1.3 - 1e-5)) / 2e-5;
        assert!((gradients[0].item() - want).abs() < 1e-8);
    }

    #[test]
    fn a_batch_is_its_members() {
        let both = process([3.0, 8.0], 1.3).unwrap();
        let y = Tensor::from([1.0, -0.3, 2.0]);
        let together = both.log_prob(&y).unwrap();
        assert_eq!((both.batch_shape().dims(), together.shape().dims()), (&[2][..], &[2][..]));
        for (member, df) in [3.0, 8.0].into_iter().enumerate() {
            let alone = process(df, 1.3).unwrap();
            assert!((together.get(member) - alone.log_prob(&y).unwrap()).abs().item() < 1e-14);
            assert!((both.entropy().get(member) - alone.entropy()).abs().item() < 1e-14);
        }
        assert_eq!(both.covariance().shape().dims(), [2, 3, 3]);
        let draws = both.sample(&mut Key::new(0).rng("x", 0), &Shape::from(4)).unwrap();
        assert_eq!(draws.shape().dims(), [4, 2, 3]);
    }

    #[test]
    fn degrees_of_freedom_without_a_variance_are_refused() {
        let error = process(2.0, 1.0).unwrap_err().to_string();
        assert_eq!(error, "StudentTProcess: `df` must be greater than 2, got 2");
        let tracked = |p: &[Tensor]| {
            let process = process(&p[0], 1.0)?;
            let error = process.sample(&mut Key::new(0).rng("x", 0), &Shape::SCALAR).unwrap_err();
            assert!(matches!(error, Error::InvalidParameter { parameter: "df", .. }), "{error}");
            process.log_prob(&Tensor::zeros(3))
        };
        assert!(grad(tracked, &[Tensor::from(1.5)]).unwrap().0.is_nan());
        assert!(
            process(5.0, 1.0).unwrap().log_prob(&Tensor::from([0.0, 0.0, f64::INFINITY])).unwrap() == f64::NEG_INFINITY
        );
    }

    #[test]
    fn jitter_is_that_of_the_gaussian_process() {
        let twice = GaussianProcess::new(ExponentiatedQuadratic::new(1.0, 1.0).unwrap(), [0.0, 0.0], 0.0).unwrap();
        assert!(StudentTProcess::new(5.0, twice.clone()).unwrap().log_prob(&Tensor::zeros(2)).is_err());
        let jittered = StudentTProcess::new(5.0, twice.with_jitter(Jitter::growing())).unwrap();
        assert_eq!(jittered.jitter().unwrap(), 1e-12);
        assert!(jittered.parameter_values().iter().any(|(name, _)| *name == "jitter"));
    }

    mod laws {
        use super::*;
        use crate::distribution::conformance::{self, Family, Parameters, parameters};
        use crate::distribution::gaussian_process::process::tests::build as build_normal;

        fn build(p: &Parameters) -> Result<StudentTProcess> {
            StudentTProcess::new(p.get("df"), build_normal(p, p.get("index_points"))?)
        }

        fn family() -> Family<StudentTProcess> {
            Family::of("StudentTProcess", build)
                .made_of("ExponentiatedQuadratic")
                .made_of("GaussianProcess")
                .without_far_cases("its cases would be matrices; a t distribution of each coordinate is in the table")
                .nan_at("amplitude", &["log_prob", "entropy"], "the square of a large one is beyond every finite number: such a matrix has no factor, and is refused")
                .at(parameters! { df: 9.0, amplitude: 1.3, length_scale: 0.8, mean: 0.3, observation_noise_variance: 0.4, index_points: [[0.0], [0.7]] })
                .at(parameters! { df: 12.0, amplitude: 1.1, length_scale: 1.0, mean: 0.1, observation_noise_variance: 0.3, index_points: [[0.1], [0.8]] })
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
                    "GaussianProcess: `index_points` must be real, got NaN at [1, 0]",
                )
                .draws([
                    -0.13497644228108574,
                    -0.4437470334785832,
                    1.5802720162162134,
                    -0.10098168378962918,
                    -0.027803224603009435,
                    -0.8529796368735074,
                ])
        }

        /// Valid parameters but for what is replaced.
        fn but_for(name: &str, value: impl IntoTensor) -> Parameters {
            let point = parameters! { df: 5.0, amplitude: 1.0, length_scale: 1.0, mean: 0.0, observation_noise_variance: 0.1, index_points: [[0.0], [0.7]] };
            point.with(name, value.into_tensor())
        }

        conformance::distribution!(
            family() => multivariate, mode, moments, covariance, entropy, reparameterized_by_moments
        );
    }
}
