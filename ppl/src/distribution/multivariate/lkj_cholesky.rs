//! Lewandowski–Kurowicka–Joe distribution of Cholesky factors.

use std::f64::consts::PI;

use crate::distribution::continuous::Beta;
use crate::distribution::density::vector;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check, special};

/// Lewandowski–Kurowicka–Joe (LKJ) distribution of the Cholesky factors of correlation matrices.
///
#[doc = include_str!("../../../doc/distribution/LKJCholesky.svg")]
///
/// ```text
/// log p(L) = Σ_{i=2}^n (n − i + 2 (η − 1)) ln L_ii − ln Z,   η = concentration
/// ln Z = Σ_{j=1}^{n−1} [ln B(η + ½ (n − 1 − j), ½ j) + ½ j ln π − ln Γ(½ j)]
/// ```
///
/// with respect to the entries of L below the diagonal. L Lᵀ has the density ∝ (det L Lᵀ)^(η − 1), which is
/// [`LKJ`](crate::distribution::LKJ): uniform over the correlation matrices at η = 1, and around the identity above. It is
/// the prior of choice for the correlations of a multivariate normal distribution, of which
/// `scale_tril` is `scales.unsqueeze(-1) * L`.
///
/// # Parameters
/// | parameter       | domain            | shape |
/// |-----------------|-------------------|-------|
/// | `dimension`     | n = 1, 2, …       |       |
/// | `concentration` | positive: η       | batch |
///
/// # Shapes
/// batch = that of `concentration`, event = `[n, n]`.
///
/// # Support
/// The Cholesky factors of correlation matrices:
/// [`Constraint::CorrelationCholesky`](crate::Constraint::CorrelationCholesky).
///
/// # Moments
/// ```text
/// mean_ii     = B(a_i + ½, b_i) / B(a_i, b_i),   a_i = η + ½ (n − i), b_i = ½ (i − 1), i = 2, …, n
/// mean_ij     = 0 if i > j,   mean_11 = 1
/// variance_ii = a_i / (a_i + b_i) − mean_ii²
/// variance_ij = 1 / (2 η + n − 1) if i > j
/// mode        = the identity if η > 1 or n = 1, NaN otherwise
/// entropy     = ln Z − Σ_i (a_i − 1) [ψ(a_i) − ψ(a_i + b_i)]
/// ```
/// There is no mode otherwise: at η = 1 the last row has none, below the density is infinite at singular matrices.
///
/// # Numerics
/// The differences of log gamma functions in ln Z are log beta functions, which do not cancel at large concentrations.
///
/// # Draws
/// By the onion method: the rows are independent; the squared diagonal entry of row i is Beta(η + ½ (n − i), ½ (i − 1)),
/// and the entries before it point in a uniform direction. The gradient by the concentration is that of the
/// beta draws, which is implicit.
///
/// # Reference
/// Lewandowski, Kurowicka and Joe (2009), "Generating random correlation matrices based on vines and extended onion
/// method"; Stan Functions Reference, "Cholesky LKJ correlation distribution".
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::{Distribution, LKJCholesky};
///
/// // A correlation r has the density ¾ (1 − r²) at η = 2.
/// let factors = LKJCholesky::new(2, 2.0)?;
/// let density = factors.log_prob(&Tensor::from([[1.0, 0.0], [0.6, 0.8]]))?.exp().item();
/// assert!((density - 0.75 * 0.64).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LKJCholesky {
    dimension: usize,
    concentration: Tensor,
}

impl LKJCholesky {
    /// The LKJ distribution of factors with this many rows.
    ///
    /// # Errors
    /// A dimension of 0; a concentration that is not positive and finite.
    pub fn new(dimension: usize, concentration: impl IntoTensor) -> Result<Self> {
        Self::of("LKJCholesky", dimension, concentration.into_tensor())
    }

    /// The distribution, whose errors name `user`.
    pub(super) fn of(user: &'static str, dimension: usize, concentration: Tensor) -> Result<Self> {
        if dimension == 0 {
            return Err(Error::InvalidArgument {
                operation: user,
                argument: "dimension",
                expected: "at least 1".to_owned(),
                got: "0".to_owned(),
            });
        }
        let distribution = Self { dimension, concentration };
        check::constants(user, &[distribution.parameter()])?;
        Ok(distribution)
    }

    pub(super) fn parameter(&self) -> check::Parameter<'_> {
        ("concentration", &self.concentration, Constraint::Positive)
    }

    /// Number of rows.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The concentration η.
    #[must_use]
    pub fn concentration(&self) -> &Tensor {
        &self.concentration
    }

    /// The concentration, with NaN where it is outside of its domain while it is being differentiated.
    pub(super) fn checked_concentration(&self) -> Tensor {
        check::or_nan(&self.concentration, &Constraint::Positive)
    }

    /// The concentrations of the squared diagonal entries of the rows 2, …, n, along a last axis.
    fn of_squared_diagonal(&self, concentration: &Tensor) -> (Tensor, Tensor) {
        let others = (1..self.dimension).map(|row| row as f64);
        let after = others.clone().map(|row| 0.5 * ((self.dimension - 1) as f64 - row)).collect::<Vec<_>>();
        let before = others.map(|row| 0.5 * row).collect::<Vec<_>>();
        (concentration.unsqueeze(-1) + Tensor::from(after), Tensor::from(before))
    }

    /// ln Z.
    pub(super) fn log_normalizer(&self) -> Tensor {
        let constant = (1..self.dimension)
            .map(|row| 0.5 * row as f64)
            .map(|half| half * PI.ln() - special::lgamma(half))
            .sum::<f64>();
        self.sum_over_rows(&self.checked_concentration(), |a, b| a.lbeta(b)) + constant
    }

    /// E[ln det L Lᵀ] = Σ_i E[2 ln L_ii].
    pub(super) fn mean_log_determinant(&self) -> Tensor {
        self.sum_over_rows(&self.concentration, |a, b| a.digamma() - (a + b).digamma())
    }

    /// The sum of a function of the beta distributions of the squared diagonal.
    fn sum_over_rows(&self, concentration: &Tensor, function: impl Fn(&Tensor, &Tensor) -> Tensor) -> Tensor {
        if self.dimension == 1 {
            return concentration * 0.0;
        }
        let (a, b) = self.of_squared_diagonal(concentration);
        function(&a, &b).sum_axis(-1)
    }

    /// KL(self ‖ other) = ln Z_other − ln Z_self + (η_self − η_other) E[ln det L Lᵀ].
    pub(super) fn divergence(&self, other: &Self, user: &'static str) -> Result<Tensor> {
        if self.dimension != other.dimension {
            return Err(Error::ShapeMismatch {
                operation: user,
                relation: "agree as event shapes",
                left: self.event_shape(),
                right: other.event_shape(),
            });
        }
        let difference = self.concentration.try_sub(&other.concentration)?;
        let normalizers = other.log_normalizer().try_sub(self.log_normalizer())?;
        difference.try_mul(self.mean_log_determinant())?.try_add(normalizers)
    }

    /// The identity where it is the mode, else NaN.
    pub(super) fn identity_if_unique(&self) -> Result<Tensor> {
        let event = self.event_shape();
        let has_mode = match self.dimension {
            1 => Tensor::ones(self.concentration.shape()),
            _ => self.concentration.greater(1.0),
        };
        let identity = Tensor::eye(self.dimension).try_broadcast_to(has_mode.shape().concat(&event))?;
        Tensor::try_select(vector::over_events(&has_mode, 2)?, identity, f64::NAN)
    }

    /// E[L_ii] along a last axis, and E[L_ij²] for i = 2, …, n: of the diagonal, and of each entry before it.
    fn moments_of_rows(&self) -> [Tensor; 3] {
        let (a, b) = self.of_squared_diagonal(&self.concentration);
        let mean = ((&a + 0.5).lbeta(&b) - a.lbeta(&b)).exp();
        let total = &a + &b;
        [mean, &a / &total, total.recip() * 0.5]
    }

    /// A matrix with these numbers on the diagonal of the rows 2, …, n, those before it, and that at the start.
    fn assemble(&self, diagonal: Tensor, below: Tensor, first: f64) -> Tensor {
        let size = self.dimension;
        let zero = Tensor::zeros(self.batch_shape().concat(&Shape::from(1)));
        let diagonal = Tensor::concat(&[&zero + first, diagonal], -1).unsqueeze(-1);
        let below = Tensor::concat(&[zero, below], -1).unsqueeze(-1);
        Tensor::eye(size) * diagonal + Tensor::ones([size, size]).tril(-1) * below
    }
}

impl Distribution for LKJCholesky {
    fn name(&self) -> &'static str {
        "LKJCholesky"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        vec![("dimension", Tensor::from(self.dimension as f64)), check::value(&self.parameter())]
    }

    fn batch_shape(&self) -> Shape {
        self.concentration.shape()
    }

    fn event_shape(&self) -> Shape {
        Shape::from([self.dimension, self.dimension])
    }

    fn support(&self) -> Constraint {
        Constraint::CorrelationCholesky
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("LKJCholesky", &[self.parameter()])?;
        let (shape, size) = (sample_shape.concat(&self.batch_shape()), self.dimension);
        if size == 1 {
            return Ok(Tensor::ones(shape.concat(&self.event_shape())));
        }
        let (a, b) = self.of_squared_diagonal(&self.concentration);
        let squared_diagonal = Beta::unchecked(a, b)?.sample(rng, sample_shape)?;
        let directions = standard_normal(rng, shape.concat(&Shape::from([size - 1, size - 1]))).tril(0);
        let lengths = directions.square().sum_axis(-1).maximum(f64::MIN_POSITIVE).sqrt().unsqueeze(-1);
        let scale = (1.0 - &squared_diagonal).sqrt().unsqueeze(-1);
        let below = directions.try_div(lengths)?.try_mul(scale)?;

        // The rows after the first: entries below the diagonal, then the diagonal.
        let column = Tensor::zeros(shape.concat(&Shape::from([size - 1, 1])));
        let diagonal = Tensor::eye(size - 1).try_mul(squared_diagonal.sqrt().unsqueeze(-1))?;
        let rows = Tensor::concat(&[below, column.clone()], -1).try_add(Tensor::concat(&[column, diagonal], -1))?;
        let first = Tensor::arange(size).equal(0.0).try_broadcast_to(shape.concat(&Shape::from([1, size])))?;
        Tensor::try_concat(&[first, rows], -2)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let identity = || Ok(Tensor::eye(self.dimension));
        let is_inside = |value: &Tensor| Constraint::CorrelationCholesky.contains(value);
        vector::on_support(self, value, is_inside, identity, |value| {
            let size = self.dimension;
            let normalizer = self.log_normalizer();
            if size == 1 {
                return Ok(-normalizer);
            }
            let log_diagonal = value.diagonal().slice(-1, 1..size).ln();
            let after = Tensor::from((1..size).map(|row| (size - 1 - row) as f64).collect::<Vec<_>>());
            let of_measure = log_diagonal.try_mul(after)?.sum_axis(-1);
            let log_determinant = log_diagonal.sum_axis(-1) * 2.0;
            let power = self.checked_concentration() - 1.0;
            power.try_mul(log_determinant)?.try_add(of_measure)?.try_sub(normalizer)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for LKJCholesky {
    fn mode(&self) -> Result<Tensor> {
        self.identity_if_unique()
    }
}

impl Moments for LKJCholesky {
    fn mean(&self) -> Tensor {
        if self.dimension == 1 {
            return Tensor::ones(self.batch_shape().concat(&self.event_shape()));
        }
        let [mean, _, _] = self.moments_of_rows();
        let below = Tensor::zeros(mean.shape());
        self.assemble(mean, below, 1.0)
    }

    fn variance(&self) -> Tensor {
        if self.dimension == 1 {
            return Tensor::zeros(self.batch_shape().concat(&self.event_shape()));
        }
        let [mean, square, below] = self.moments_of_rows();
        self.assemble((square - mean.square()).maximum(0.0), below, 0.0)
    }
}

impl Entropy for LKJCholesky {
    fn entropy(&self) -> Tensor {
        // Σ_i (n − i) E[ln L_ii], of which E[2 ln L_ii] is what the beta distribution knows.
        let size = self.dimension;
        let after = Tensor::from((1..size).map(|row| 0.5 * (size - 1 - row) as f64).collect::<Vec<_>>());
        let of_measure = self.sum_over_rows(&self.concentration, |a, b| (a.digamma() - (a + b).digamma()) * &after);
        self.log_normalizer() - (&self.concentration - 1.0) * self.mean_log_determinant() - of_measure
    }
}

impl KlDivergence<Self> for LKJCholesky {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        self.divergence(other, "LKJCholesky")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};
    use crate::random::Key;

    fn build(p: &Parameters) -> Result<LKJCholesky> {
        let dimension = if p.has("dimension") { p.get("dimension").item() as usize } else { 3 };
        LKJCholesky::new(dimension, p.get("concentration"))
    }

    fn family() -> Family<LKJCholesky> {
        Family::new("LKJCholesky", build)
            .without_value_gradient(
                "entries of a row of length 1 do not move on their own; the test below moves them all",
            )
            .nan_at("concentration", &["mode"], "no event is the only one there")
            .nan_at("concentration", &["entropy"], "half of the smallest number is 0")
            .nan_at("far", &["mode"], "no event is the only one there")
            .at(parameters! { concentration: 1.5 })
            .at(parameters! { concentration: 4.0 })
            .at(parameters! { concentration: 0.7 })
            .rejects(parameters! { concentration: -1.0 }, "LKJCholesky: `concentration` must be positive, got -1")
            .draws([
                1.0,
                0.0,
                0.0,
                0.6428892843949524,
                0.7659591164090587,
                0.0,
                0.42471027672069117,
                0.10171907712507265,
                0.8995968042387975,
                1.0,
                0.0,
                0.0,
                0.5288443051866543,
                0.848718858557794,
                0.0,
                -0.5483443312861762,
                0.15138611009523634,
                0.822435857691376,
                1.0,
                0.0,
                0.0,
                -0.21561708682409483,
                0.9764779935408123,
                0.0,
                0.7908888346541876,
                0.20823253946469622,
                0.5754424912425434,
            ])
    }

    conformance::distribution!(family() => multivariate, mode, moments, entropy, kl, reparameterized_by_moments);

    /// The density is a function of the diagonal alone.
    #[test]
    fn gradient_by_the_value() {
        let factors = LKJCholesky::new(3, 2.0).unwrap();
        let value = Tensor::from([[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.48, 0.64, 0.6]]);
        let (_, gradients) = crate::grad(|x| factors.log_prob(&x[0]), &[value]).unwrap();
        let expected = [0.0, 0.0, 0.0, 0.0, 3.0 / 0.8, 0.0, 0.0, 0.0, 2.0 / 0.6];
        for (got, want) in gradients[0].to_vec().into_iter().zip(expected) {
            assert!((got - want).abs() < 1e-14, "{got} {want}");
        }
    }

    #[test]
    fn fifty_rows() {
        for concentration in [0.05, 1.0, 50.0] {
            let factors = LKJCholesky::new(50, concentration).unwrap();
            let draws = factors.sample(&mut Key::new(0).rng("x", 0), &Shape::from(20)).unwrap();
            assert_eq!(Constraint::CorrelationCholesky.contains(&draws).min(), 1.0);
            let log_prob = factors.log_prob(&draws).unwrap();
            assert!(log_prob.to_vec().iter().all(|each| each.is_finite()), "{log_prob}");
        }
    }

    /// Of n rows, a correlation is 2 Beta(b, b) − 1 with b = η + ½ n − 1 (Lewandowski et al. 2009, theorem 1).
    #[test]
    fn every_correlation_is_a_beta_variable() {
        let (size, concentration) = (4, 1.3);
        let factors = LKJCholesky::new(size, concentration).unwrap();
        let draws = factors.sample(&mut Key::new(3).rng("x", 0), &Shape::from(20_000)).unwrap();
        let correlations = draws.matmul(draws.transpose());
        let own = concentration + 0.5 * size as f64 - 1.0;
        let beta = Beta::new(own, own).unwrap();
        for (row, column) in [(1, 0), (2, 1), (3, 0), (3, 2)] {
            let halves = (correlations.index(-2, row).index(-1, column) + 1.0) * 0.5;
            let mut probabilities = crate::distribution::Cdf::cdf(&beta, &halves).unwrap().to_vec();
            probabilities.sort_by(f64::total_cmp);
            let count = probabilities.len() as f64;
            let distances = probabilities.iter().enumerate().map(|(place, p)| (p - (place as f64 + 0.5) / count).abs());
            // Kolmogorov–Smirnov; false alarm rate 1e-4 each.
            assert!(distances.fold(0.0, f64::max) * count.sqrt() < 2.23, "correlation of {row} and {column}");
        }
    }

    #[test]
    fn one_row_is_certain() {
        let factors = LKJCholesky::new(1, [1.0, 2.0]).unwrap();
        let draw = factors.sample(&mut Key::new(0).rng("x", 0), &Shape::SCALAR).unwrap();
        assert_eq!(draw, Tensor::ones([2, 1, 1]));
        assert_eq!(factors.log_prob(&draw).unwrap().to_vec(), [0.0, 0.0]);
        assert_eq!((factors.mean(), factors.variance()), (Tensor::ones([2, 1, 1]), Tensor::zeros([2, 1, 1])));
        let error = LKJCholesky::new(0, 1.0).unwrap_err().to_string();
        assert_eq!(error, "LKJCholesky: `dimension` must be at least 1, got 0");
    }

    #[test]
    fn modes() {
        let modes = LKJCholesky::new(2, [2.0, 1.0, 0.5]).unwrap().mode().unwrap();
        assert_eq!(modes.get(0), Tensor::eye(2));
        assert!(modes.slice(0, 1..3).to_vec().iter().all(|entry| entry.is_nan()));
    }
}
