//! Gaussian Markov random field.

use super::multivariate_normal::batch_of_vectors;
use super::{Adjacency, SparsityPattern};
use crate::distribution::density::vector;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Covariance, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::tensor::record;
use crate::violation::Brief;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Gaussian Markov random field (GMRF): a multivariate normal distribution whose precision matrix Q is sparse. Entries i and
/// j are independent, given all others, where Q_ij = 0.
///
#[doc = include_str!("../../../doc/distribution/GaussianMarkovRandomField.svg")]
///
/// ```text
/// log p(x) = −½ zᵀ Q z + ½ ln |Q| − ½ n ln(2π),   z = x − loc
/// ```
///
/// # Parameters
/// | parameter   | domain                                                                | shape            |
/// |-------------|-----------------------------------------------------------------------|------------------|
/// | `loc`       | real: the mean                                                        | batch ++ `[n]`   |
/// | `precision` | the entries of a positive definite Q, in the order of the pattern's   | batch ++ `[len]` |
/// | `pattern`   | where Q has entries: a [`SparsityPattern`] of n rows and `len` entries |                  |
///
/// The entries may depend on parameters of the model; the pattern is fixed. Make it outside of the model: it is analysed
/// when it is made.
///
/// [`conditional_autoregressive`](Self::conditional_autoregressive) and [`random_walk`](Self::random_walk) make pattern
/// and entries of fewer numbers.
///
/// # Shapes
/// batch = those of the parameters, broadcast; event = `[n]`. A scalar `loc` is the same for all entries.
///
/// # Support
/// The vectors of real numbers: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// ```text
/// mean = mode = loc
/// variance    = diagonal of Q⁻¹
/// covariance  = Q⁻¹
/// entropy     = ½ n (1 + ln(2π)) − ½ ln |Q|
/// ```
///
/// # Numerics
/// Q = Pᵀ L Lᵀ P, with a permutation P that keeps L sparse. A factorisation costs Σ k² operations over the numbers k of
/// entries in the columns of L: on a square lattice n^(3/2), where a dense matrix costs n³. The gradient by the entries of
/// Q takes the elements of Q⁻¹ where Q has entries, which cost as much as the factor; Q⁻¹ itself is not made. The variance
/// is their diagonal. [`covariance`](Covariance::covariance) makes an n × n matrix.
///
/// For [`CAR`](super::CAR) of one graph of up to 2000 nodes the eigenvalues of the graph, which are computed once, make
/// densities cheaper than a factorisation does.
///
/// # Draws
/// loc + Pᵀ L⁻ᵀ ε, with standard normal ε.
///
/// # Reference
/// Rue and Held (2005), "Gaussian Markov Random Fields"; Takahashi, Fagan and Chin (1973), "Formation of a sparse bus
/// impedance matrix and its application to short circuit study".
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::{Distribution, GaussianMarkovRandomField, Moments, SparsityPattern};
///
/// // A chain of three: the precisions of the nodes, then those of neighbours.
/// let pattern = SparsityPattern::new(3, &[(0, 0), (1, 1), (2, 2), (0, 1), (1, 2)])?;
/// let chain = GaussianMarkovRandomField::new(0.0, [2.0, 2.0, 2.0, -1.0, -1.0], &pattern)?;
/// assert!((chain.variance() - Tensor::from([0.75, 1.0, 0.75])).abs().max() < 1e-15);
/// // zᵀ Q z = 4, |Q| = 4.
/// let log_prob = chain.log_prob(&Tensor::from([1.0, 2.0, 1.0]))?.item();
/// let half_ln_2pi = 0.5 * (2.0 * std::f64::consts::PI).ln();
/// assert!((log_prob - (-2.0 + 2_f64.ln() - 3.0 * half_ln_2pi)).abs() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GaussianMarkovRandomField {
    loc: Tensor,
    precision: Tensor,
    pattern: SparsityPattern,
    /// The entries of L.
    factor: Tensor,
    batch_shape: Shape,
}

const NAME: &str = "GaussianMarkovRandomField";

impl GaussianMarkovRandomField {
    /// A normal distribution with this mean and these entries of the precision matrix.
    ///
    /// # Errors
    /// `loc` not finite; entries of a matrix that is not positive definite; shapes that do not fit.
    pub fn new(loc: impl IntoTensor, precision: impl IntoTensor, pattern: &SparsityPattern) -> Result<Self> {
        let (loc, precision) = (loc.into_tensor(), precision.into_tensor());
        pattern.check_values(NAME, precision.shape())?;
        let batch = batch_of_vectors(NAME, &loc, pattern.size())?;
        let batch_shape = check::broadcast(NAME, &batch, &precision.shape().split_event(1).0)?;
        check::constants(NAME, &[("loc", &loc, Constraint::Real), ("precision", &precision, Constraint::Real)])?;
        let factor = factor(pattern, &precision)?;
        Ok(Self { loc, precision, pattern: pattern.clone(), factor, batch_shape })
    }

    /// The conditional autoregressive distribution of the nodes of a graph: Q = τ (D − α W), with τ =
    /// `conditional_precision`, α = `correlation`, the weights W and the degrees D of the [`Adjacency`].
    ///
    /// It is [`CAR`](super::CAR) by a sparse factor in place of eigenvalues: for graphs of many nodes.
    ///
    /// # Errors
    /// `loc` not finite; a correlation that is not between −1 and 1; a precision that is not positive and finite; shapes
    /// that do not fit.
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::distribution::{Adjacency, CAR, Distribution, GaussianMarkovRandomField};
    ///
    /// let path = Adjacency::from_edges(3, &[(0, 1), (1, 2)])?;
    /// let field = GaussianMarkovRandomField::conditional_autoregressive(0.0, 0.9, 2.0, &path)?;
    /// let x = Tensor::from([1.0, -1.0, 0.5]);
    /// let difference = field.log_prob(&x)? - CAR::new(0.0, 0.9, 2.0, &path)?.log_prob(&x)?;
    /// assert!(difference.abs().item() < 1e-13);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn conditional_autoregressive(
        loc: impl IntoTensor,
        correlation: impl IntoTensor,
        conditional_precision: impl IntoTensor,
        adjacency: &Adjacency,
    ) -> Result<Self> {
        let (correlation, precision) = (correlation.into_tensor(), conditional_precision.into_tensor());
        let above = Constraint::GreaterThan(Tensor::from(-1.0));
        let below = Constraint::LessThan(Tensor::from(1.0));
        check::constants(
            NAME,
            &[
                ("correlation", &correlation, above.clone()),
                ("correlation", &correlation, below.clone()),
                ("conditional_precision", &precision, Constraint::Positive),
            ],
        )?;
        let correlation = check::or_nan(&check::or_nan(&correlation, &above), &below).unsqueeze(-1);
        let precision = check::or_nan(&precision, &Constraint::Positive).unsqueeze(-1);
        let (degrees, weights) = (adjacency.degrees(), adjacency.weights());
        let beside = (-precision.try_mul(&correlation)?).try_mul(weights)?;
        // With the batch of the entries beside the diagonal.
        let shared = precision.try_broadcast_to(beside.shape().with(beside.rank() - 1, 1))?;
        let entries = Tensor::try_concat(&[shared.try_mul(degrees)?, beside], -1)?;
        Self::new(loc, entries, adjacency.pattern()?)
    }

    /// A random walk of some order and number of steps, which starts at independent normal values: the differences of order
    /// `order` have the precision τ = `precision`, and the first `order` entries the precision κ = `initial_precision`.
    ///
    /// ```text
    /// order 1   x_1 ~ Normal(0, κ^(−½)),         x_t − x_(t−1) ~ Normal(0, τ^(−½))
    /// order 2   x_1, x_2 ~ Normal(0, κ^(−½)),    x_t − 2 x_(t−1) + x_(t−2) ~ Normal(0, τ^(−½))
    /// Q = τ Dᵀ D + κ diag(1, …, 1, 0, …, 0),     with the matrix D of the differences
    /// ```
    ///
    /// The intrinsic random walk is the limit at κ = 0, where the level (and, of order 2, the slope) has a flat prior. Of
    /// order 1, with entries that sum to 0, it is [`ICAR`](super::ICAR) on a path.
    ///
    /// # Errors
    /// An order of 0; no more steps than the order; a precision that is not positive and finite; precisions that do not
    /// broadcast.
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::distribution::{GaussianMarkovRandomField, Moments};
    ///
    /// let walk = GaussianMarkovRandomField::random_walk(1, 4, 2.0, 1.0)?;
    /// assert!((walk.variance() - Tensor::from([1.0, 1.5, 2.0, 2.5])).abs().max() < 1e-14);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn random_walk(
        order: usize,
        steps: usize,
        precision: impl IntoTensor,
        initial_precision: impl IntoTensor,
    ) -> Result<Self> {
        if order == 0 || steps <= order {
            return Err(Error::InvalidArgument {
                operation: NAME,
                argument: "order",
                expected: "at least 1 and less than the number of steps".to_owned(),
                got: format!("{order}, with {steps} steps"),
            });
        }
        let (precision, initial) = (precision.into_tensor(), initial_precision.into_tensor());
        check::constants(
            NAME,
            &[("precision", &precision, Constraint::Positive), ("initial_precision", &initial, Constraint::Positive)],
        )?;
        let pattern = SparsityPattern::banded(steps, order)?;
        // Binomial coefficients of alternating sign, the weights of a difference.
        let mut weights = vec![1.0];
        for _ in 0..order {
            let next = |k: usize| weights.get(k).unwrap_or(&0.0) - if k > 0 { weights[k - 1] } else { 0.0 };
            weights = (0..=weights.len()).map(next).collect();
        }
        let entries = || pattern.rows().iter().zip(pattern.columns());
        // The sum over the differences that both entries are in.
        let of_differences = |(&row, &column): (&usize, &usize)| -> f64 {
            (row..=column + order)
                .filter(|last| (order..steps).contains(last))
                .map(|last| weights[last - row] * weights[last - column])
                .sum()
        };
        let of_differences: Vec<f64> = entries().map(of_differences).collect();
        let of_start: Vec<f64> =
            entries().map(|(row, column)| f64::from(u8::from(row == column && *row < order))).collect();
        let precision = check::or_nan(&precision, &Constraint::Positive).unsqueeze(-1);
        let initial = check::or_nan(&initial, &Constraint::Positive).unsqueeze(-1);
        let walk = precision.try_mul(Tensor::from(of_differences))?;
        Self::new(0.0, walk.try_add(initial.try_mul(Tensor::from(of_start))?)?, &pattern)
    }

    /// The mean, as it was given.
    #[must_use]
    pub fn loc(&self) -> &Tensor {
        &self.loc
    }

    /// The entries of the precision matrix Q.
    #[must_use]
    pub fn precision(&self) -> &Tensor {
        &self.precision
    }

    /// Where the precision matrix has entries.
    #[must_use]
    pub fn pattern(&self) -> &SparsityPattern {
        &self.pattern
    }

    fn size(&self) -> f64 {
        self.pattern.size() as f64
    }

    fn full_shape(&self) -> Shape {
        self.batch_shape.concat(&self.event_shape())
    }

    /// ½ ln |Q|.
    pub(super) fn half_log_determinant(&self) -> Result<Tensor> {
        Ok(self.pattern.log_determinant(&self.factor)? * 0.5)
    }

    /// tr(Q_q Q⁻¹), of which only the elements of the inverse are taken where the matrix of the other field has entries.
    pub(super) fn trace_with(&self, other: &Self) -> Result<Tensor> {
        let mut all: Vec<(usize, usize)> = entries(&self.pattern).chain(entries(&other.pattern)).collect();
        all.sort_unstable();
        all.dedup();
        let is_own = all.len() == self.pattern.len();
        let pattern = if is_own { self.pattern.clone() } else { SparsityPattern::new(self.pattern.size(), &all)? };
        let weights = Tensor::from(pattern.multiplicities());
        let inverse = pattern.inverse(&self.entries_on(&pattern)?)?;
        inverse.try_mul(other.entries_on(&pattern)?)?.try_mul(weights)?.try_sum_axis(-1)
    }

    /// The entries of Q on a pattern that contains its own.
    fn entries_on(&self, pattern: &SparsityPattern) -> Result<Tensor> {
        if *pattern == self.pattern {
            return Ok(self.precision.clone());
        }
        // Others are a 0 behind the entries.
        let length = self.pattern.len();
        let own: std::collections::HashMap<(usize, usize), usize> = entries(&self.pattern).zip(0..length).collect();
        let places: Vec<usize> = entries(pattern).map(|entry| own.get(&entry).copied().unwrap_or(length)).collect();
        let zero = Tensor::zeros(self.precision.shape().split_event(1).0.concat(&Shape::from(1)));
        Tensor::try_concat(&[self.precision.clone(), zero], -1)?.try_take(-1, &places)
    }

    /// Checks the matrix before a draw: one that is being differentiated has not been inspected.
    fn check_before_draw(&self) -> Result<()> {
        check::all(NAME, &[("loc", &self.loc, Constraint::Real), ("precision", &self.precision, Constraint::Real)])?;
        // Where the domain ends has no derivative.
        let inside = self.half_log_determinant()?.detach().less(f64::INFINITY);
        if inside.is_recorded() {
            record::note_violations(|| (1.0 - inside).try_sum())
        } else if inside.elements().contains(&0.0) {
            factor(&self.pattern, &self.precision.detach()).map(|_| ())
        } else {
            Ok(())
        }
    }
}

/// The factor of the matrix with these entries.
fn factor(pattern: &SparsityPattern, precision: &Tensor) -> Result<Tensor> {
    pattern.cholesky(precision).map_err(|error| match error {
        Error::SingularMatrix { problem, .. } => Error::InvalidParameter {
            distribution: NAME,
            parameter: "precision",
            expected: "the entries of a positive definite matrix".to_owned(),
            got: format!("{}, of which the matrix is {problem}", Brief(precision)),
        },
        error => error,
    })
}

fn entries(pattern: &SparsityPattern) -> impl Iterator<Item = (usize, usize)> {
    pattern.rows().iter().copied().zip(pattern.columns().iter().copied())
}

impl Distribution for GaussianMarkovRandomField {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        vec![("loc", self.loc.clone()), ("precision", self.precision.clone())]
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        Shape::from(self.pattern.size())
    }

    fn support(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), 1)
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_before_draw()?;
        let noise = standard_normal(rng, sample_shape.concat(&self.full_shape()));
        self.pattern.root_of_inverse_times(&self.factor, &noise)?.try_add(&self.loc)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let mean = || Ok(self.loc.clone());
        let is_inside = |value: &Tensor| vector::is_finite(value, 1);
        vector::on_support(self, value, is_inside, mean, |value| {
            let form = self.pattern.quadratic_form(&self.precision, &value.try_sub(&self.loc)?)?;
            self.half_log_determinant()?.try_sub(form * 0.5 + self.size() * HALF_LN_2PI)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for GaussianMarkovRandomField {
    fn mode(&self) -> Result<Tensor> {
        Ok(self.mean())
    }
}

/// A result that takes a factor; NaN where the parameters are outside of their domain while they are being differentiated.
fn or_nan(result: Result<Tensor>, shape: Shape) -> Tensor {
    result.unwrap_or_else(|_| Tensor::full(shape, f64::NAN))
}

impl Moments for GaussianMarkovRandomField {
    fn mean(&self) -> Tensor {
        self.loc.broadcast_to(self.full_shape())
    }

    fn variance(&self) -> Tensor {
        let inverse = or_nan(self.pattern.inverse(&self.precision), self.precision.shape());
        inverse.take(-1, &self.pattern.analysis().diagonal).broadcast_to(self.full_shape())
    }
}

impl Covariance for GaussianMarkovRandomField {
    fn covariance(&self) -> Tensor {
        let (size, event) = (self.pattern.size(), self.event_shape());
        let inverse = self.pattern.inverse_times(&self.factor.unsqueeze(-2), &Tensor::eye(size));
        let inverse = or_nan(inverse, event.concat(&event));
        // Without the rounding of one side.
        let symmetric = (&inverse + inverse.transpose()) * 0.5;
        symmetric.broadcast_to(self.batch_shape.concat(&event).concat(&event))
    }
}

impl Entropy for GaussianMarkovRandomField {
    fn entropy(&self) -> Tensor {
        let half_log_determinant = or_nan(self.half_log_determinant(), Shape::SCALAR);
        (self.size() * (0.5 + HALF_LN_2PI) - half_log_determinant).broadcast_to(self.batch_shape)
    }
}

impl KlDivergence<Self> for GaussianMarkovRandomField {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        if self.event_shape() != other.event_shape() {
            return Err(Error::ShapeMismatch {
                operation: NAME,
                relation: "agree as event shapes",
                left: self.event_shape(),
                right: other.event_shape(),
            });
        }
        check::broadcast(NAME, &self.batch_shape, &other.batch_shape)?;
        let trace = self.trace_with(other)?;
        let shift = other.pattern.quadratic_form(&other.precision, &self.mean().try_sub(&other.loc)?)?;
        let determinants = self.half_log_determinant()?.try_sub(other.half_log_determinant()?)?;
        ((trace.try_add(shift)? - self.size()) * 0.5).try_add(determinants)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};
    use crate::distribution::{CAR, ICAR, MultivariateNormal};
    use crate::grad;
    use crate::random::Key;

    /// A square with a diagonal: the factor has no more entries than the matrix.
    fn pattern() -> SparsityPattern {
        let beside = [(0, 1), (2, 1), (2, 3), (3, 0), (0, 2)];
        SparsityPattern::new(4, &[&[(0, 0), (1, 1), (2, 2), (3, 3)][..], &beside].concat()).unwrap()
    }

    fn family() -> Family<GaussianMarkovRandomField> {
        Family::new(NAME, |p| GaussianMarkovRandomField::new(p.get("loc"), p.get("precision"), &pattern()))
            .without_golden_cases("no library has it; the tests below compare with a dense precision")
            .without_far_cases("it is a multivariate normal distribution")
            .at(parameters! {
                loc: [0.3, -1.0, 0.5, 0.0],
                precision: [2.0, 1.5, 3.0, 1.0, -0.5, 0.3, 0.4, -0.2, 0.7],
            })
            .at(parameters! {
                loc: [0.2, -0.8, 0.4, 0.1],
                precision: [1.0, 1.2, 2.0, 1.5, 0.2, -0.3, -0.1, 0.4, 0.6],
            })
            .rejects(
                parameters! { loc: f64::NAN, precision: [2.0, 1.5, 3.0, 1.0, -0.5, 0.3, 0.4, -0.2, 0.7] },
                "GaussianMarkovRandomField: `loc` must be real, got NaN",
            )
            .rejects(parameters! { loc: 0.0, precision: [2.0, 1.5, 3.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0] }, "GaussianMarkovRandomField: `precision` must be the entries of a positive definite matrix, got [2, 1.5, 3, -1, 0, 0, 0, 0, 0], of which the matrix is not positive definite: the pivot of row 3 is -1")
            .draws([0.6753539978249758, 0.180235902952689, -0.22602882578783146, 0.14906862831251147, -1.1168405102853638, -2.6872307211846724, 1.6535180659670043, -0.9524462651985113, -0.0991574900669358, -1.5542465881246197, 0.4407902392975257, 0.3887125362473063])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
    );

    /// The nodes of a square lattice and their neighbours.
    fn lattice(side: usize) -> Adjacency {
        let beside = (0..side * side).filter(|node| node % side > 0).map(|node| (node, node - 1));
        let above = (side..side * side).map(|node| (node, node - side));
        Adjacency::from_edges(side * side, &beside.chain(above).collect::<Vec<_>>()).unwrap()
    }

    /// A lattice of 25 nodes, whose factor has entries that the matrix has not, with other weights at each edge.
    #[test]
    fn is_the_normal_distribution_of_its_precision_matrix() {
        let plain = lattice(5);
        let pattern = plain.pattern().unwrap();
        assert!(pattern.factor_len() > pattern.len());
        let entry = |entry: usize| if entry < 25 { 5.0 + (entry as f64).cos() } else { (entry as f64).sin() };
        let values: Vec<f64> = (0..pattern.len()).map(entry).collect();
        let loc = Tensor::linspace(-1.0, 1.0, 25);
        let x = Tensor::arange(50).sin().reshape([2, 25]);
        let density = |of: &dyn Fn(&[Tensor]) -> Result<Tensor>| {
            grad(|inputs| of(inputs)?.try_sum(), &[x.clone(), loc.clone(), Tensor::from(&values)]).unwrap()
        };
        let sparse = |inputs: &[Tensor]| GaussianMarkovRandomField::new(&inputs[1], &inputs[2], pattern);
        let dense = |inputs: &[Tensor]| MultivariateNormal::from_precision(&inputs[1], pattern.matrix(&inputs[2])?);
        let (value, gradients) = density(&|inputs| sparse(inputs)?.log_prob(&inputs[0]));
        let (expected, expected_gradients) = density(&|inputs| dense(inputs)?.log_prob(&inputs[0]));
        assert!((value - expected).abs() < 1e-12 * expected.abs(), "{value} {expected}");
        for (gradient, expected) in gradients.iter().zip(&expected_gradients) {
            let difference = (gradient - expected).abs().max().item();
            assert!(difference < 1e-12 * expected.abs().max().item(), "{difference}");
        }
        let inputs = [x.clone(), loc.clone(), Tensor::from(&values)];
        let (sparse, dense) = (sparse(&inputs).unwrap(), dense(&inputs).unwrap());
        assert!((sparse.covariance() - dense.covariance()).abs().max() < 1e-14);
        assert!((sparse.variance() - dense.variance()).abs().max() < 1e-14);
        assert!((sparse.entropy() - dense.entropy()).abs().item() < 1e-12);
        // Patterns of which neither contains the other.
        let chain = SparsityPattern::banded(25, 2).unwrap();
        let entries = Tensor::concat(&[Tensor::full(25, 3.0), Tensor::full(47, 0.5)], -1);
        let other = GaussianMarkovRandomField::new(0.5, &entries, &chain).unwrap();
        let dense_other = MultivariateNormal::from_precision(0.5, chain.matrix(&entries).unwrap()).unwrap();
        let difference = sparse.kl_divergence(&other).unwrap() - dense.kl_divergence(&dense_other).unwrap();
        assert!(difference.abs().item() < 1e-11, "{difference}");
    }

    /// One lattice of 10,000 nodes: density, gradient, variance and draws, compared with the eigenvalues of the lattice's
    /// Laplacian, 4 − 2 cos(π j / 100) − 2 cos(π k / 100).
    #[test]
    fn a_lattice_of_ten_thousand_nodes() {
        let side = 100;
        let adjacency = lattice(side);
        let pattern = adjacency.pattern().unwrap();
        let (degrees, count) = (adjacency.degrees(), side * side);
        let shift = 0.5;
        let log_determinant = |inputs: &[Tensor]| {
            let precision = Tensor::concat(&[&degrees + &inputs[0], -adjacency.weights()], -1);
            GaussianMarkovRandomField::new(0.0, precision, pattern)?.log_prob(&Tensor::zeros(count))
        };
        let (value, gradients) = grad(log_determinant, &[Tensor::from(shift)]).unwrap();
        let wave = |k: usize| 2.0 * (std::f64::consts::PI * k as f64 / side as f64).cos();
        let eigenvalues = (0..count).map(|k| 4.0 + shift - wave(k / side) - wave(k % side));
        let expected = 0.5 * eigenvalues.clone().map(f64::ln).sum::<f64>() - count as f64 * HALF_LN_2PI;
        assert!((value - expected).abs() < 1e-12 * count as f64, "{value} {expected}");
        let slope = 0.5 * eigenvalues.map(f64::recip).sum::<f64>();
        assert!((gradients[0].item() - slope).abs() < 1e-12 * slope, "{} {slope}", gradients[0]);

        let precision = Tensor::concat(&[&degrees + shift, -adjacency.weights()], -1);
        let field = GaussianMarkovRandomField::new(0.0, precision, pattern).unwrap();
        let variance = field.variance();
        assert!((variance.sum().item() - 2.0 * slope).abs() < 1e-12 * slope);
        // zᵀ Q z of a draw has the χ² distribution with 10,000 degrees of freedom: within 5 standard deviations of its
        // mean but for 6e-7 of the seeds.
        let draw = field.sample(&mut Key::new(5).rng("x", 0), &Shape::SCALAR).unwrap();
        let form = pattern.quadratic_form(field.precision(), &draw).unwrap().item();
        assert!((form - count as f64).abs() < 5.0 * (2.0 * count as f64).sqrt(), "{form}");
    }

    #[test]
    fn is_a_conditional_autoregressive_distribution() {
        let adjacency = lattice(3);
        let x = Tensor::arange(9).sin();
        for (correlation, precision) in [(0.0, 1.0), (0.9, 3.0), (-0.8, 0.2)] {
            let car = CAR::new(0.1, correlation, precision, &adjacency).unwrap();
            let field =
                GaussianMarkovRandomField::conditional_autoregressive(0.1, correlation, precision, &adjacency).unwrap();
            let difference = (field.log_prob(&x).unwrap() - car.log_prob(&x).unwrap()).abs().item();
            assert!(difference < 1e-12, "{difference}");
        }
        let batch =
            GaussianMarkovRandomField::conditional_autoregressive(0.0, [0.1, 0.2], [[1.0], [2.0], [3.0]], &adjacency);
        assert_eq!(batch.unwrap().batch_shape(), Shape::from([3, 2]));
        let error = GaussianMarkovRandomField::conditional_autoregressive(0.0, 1.5, 1.0, &adjacency).unwrap_err();
        assert_eq!(error.to_string(), "GaussianMarkovRandomField: `correlation` must be less than 1, got 1.5");
    }

    /// Of any order: the density is that of the starting values and of the differences.
    #[test]
    fn random_walks() {
        let normal = |x: f64, precision: f64| -0.5 * precision * x * x + 0.5 * precision.ln() - HALF_LN_2PI;
        let x = [0.3, -0.5, 1.0, 0.8, -1.2, 0.1];
        for order in 1..4 {
            let walk = GaussianMarkovRandomField::random_walk(order, 6, 2.5, 0.4).unwrap();
            let mut differences = x.to_vec();
            for _ in 0..order {
                differences = differences.windows(2).map(|pair| pair[1] - pair[0]).collect();
            }
            let start: f64 = x[..order].iter().map(|&x| normal(x, 0.4)).sum();
            let expected = start + differences.iter().map(|&difference| normal(difference, 2.5)).sum::<f64>();
            let log_prob = walk.log_prob(&Tensor::from(x)).unwrap().item();
            assert!((log_prob - expected).abs() < 1e-12, "{order}: {log_prob} {expected}");
        }
        assert!(GaussianMarkovRandomField::random_walk(2, 2, 1.0, 1.0).is_err());
        assert!(GaussianMarkovRandomField::random_walk(0, 2, 1.0, 1.0).is_err());
        assert!(GaussianMarkovRandomField::random_walk(1, 2, 1.0, -1.0).is_err());
    }

    /// Without a level, the random walk of order 1 is `ICAR` on a path: differences of densities of vectors of sum 0 are
    /// the same, but for what the first entry adds.
    #[test]
    fn the_random_walk_on_a_path_is_intrinsic() {
        let path = Adjacency::from_edges(4, &[(0, 1), (1, 2), (2, 3)]).unwrap();
        let icar = ICAR::new(2.0, &path).unwrap();
        let walk = GaussianMarkovRandomField::random_walk(1, 4, 2.0, 1e-9).unwrap();
        let values = Tensor::from([[0.5, -1.0, 0.25, 0.25], [1.0, -0.5, -1.5, 1.0]]);
        let [of_icar, of_walk] = [icar.log_prob(&values), walk.log_prob(&values)].map(|density| {
            let density = density.unwrap();
            (density.get(0) - density.get(1)).item()
        });
        assert!((of_icar - of_walk).abs() < 1e-8, "{of_icar} {of_walk}");
    }

    #[test]
    fn shapes_that_do_not_fit() {
        assert!(GaussianMarkovRandomField::new([0.0; 3], [1.0; 9], &pattern()).is_err());
        assert!(GaussianMarkovRandomField::new(0.0, [1.0; 4], &pattern()).is_err());
        assert!(GaussianMarkovRandomField::new(0.0, 1.0, &pattern()).is_err());
    }
}
