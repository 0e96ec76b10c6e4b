//! Conditional autoregressive distribution.

use super::multivariate_normal::batch_of_vectors;
use super::{Adjacency, GaussianMarkovRandomField};
use crate::distribution::density::vector;
use crate::distribution::{Covariance, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Conditional autoregressive (CAR) distribution: a normal distribution of real values at the nodes of a graph, each of
/// which is normal around a part of the mean of its neighbours.
///
#[doc = include_str!("../../../doc/distribution/CAR.svg")]
///
/// ```text
/// x_i | neighbours ~ Normal(loc_i + α Σ_j W_ij (x_j − loc_j) / D_ii, (τ D_ii)^(−½)),   D_ii = Σ_j W_ij
/// log p(x) = ½ [n ln τ + Σ_i ln D_ii + Σ_i ln(1 − α λ_i) − τ zᵀ (D − α W) z] − ½ n ln(2π),   z = x − loc
/// ```
///
/// with α = correlation, τ = conditional_precision, W the weights of the [`Adjacency`] and λ the eigenvalues of
/// D^(−½) W D^(−½).
///
/// # Parameters
/// | parameter               | domain                                          | shape          |
/// |-------------------------|-------------------------------------------------|----------------|
/// | `loc`                   | real: the mean                                  | batch ++ `[n]` |
/// | `correlation`           | between −1 and 1: α, 0 for independent entries  | batch          |
/// | `conditional_precision` | positive: τ                                     | batch          |
/// | `adjacency`             | a graph of n nodes                              |                |
///
/// # Shapes
/// batch = those of the parameters, broadcast; event = `[n]`. A scalar `loc` is the same for all nodes.
///
/// # Support
/// The vectors of real numbers: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// ```text
/// mean       = mode = loc
/// covariance = (τ (D − α W))⁻¹
/// entropy    = ½ n ln(2πe) − ½ [n ln τ + Σ_i ln D_ii + Σ_i ln(1 − α λ_i)]
/// ```
/// The variance is the diagonal of the covariance; both factor a matrix, by n³ operations.
///
/// # Numerics
/// The eigenvalues are computed once for an [`Adjacency`], by n³ operations. A density then costs as many operations as
/// there are nodes and edges. Beyond 2000 nodes the determinant is taken of a sparse factor each time, as in
/// [`GaussianMarkovRandomField`], which costs n^(3/2) operations on a lattice. The quadratic form is (1 − α) Σ_i D_ii
/// z_i² + α Σ w (z_i − z_j)² over the edges, which does not cancel at α near 1.
///
/// # Draws
/// Those of [`GaussianMarkovRandomField`], by a sparse factor, as are variance and covariance.
///
/// # Reference
/// Joseph (2016), "Exact sparse CAR models in Stan"; NumPyro, `numpyro.distributions.CAR`.
///
/// # Example
/// ```
/// use ppl::distribution::{Adjacency, CAR, Distribution};
/// use ppl::Tensor;
///
/// let path = Adjacency::from_edges(3, &[(0, 1), (1, 2)])?;
/// let levels = CAR::new(0.0, 0.9, 2.0, &path)?;
/// let smooth = levels.log_prob(&Tensor::from([1.0, 1.0, 1.0]))?.item();
/// let rough = levels.log_prob(&Tensor::from([1.0, -1.0, 1.0]))?.item();
/// // 0.9 · 2 · ½ Σ (difference)², over two edges.
/// assert!((smooth - rough - 7.2).abs() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CAR {
    loc: Tensor,
    correlation: Tensor,
    conditional_precision: Tensor,
    adjacency: Adjacency,
    batch_shape: Shape,
}

/// The eigenvalues of a graph of so many nodes take as much time as some thousand sparse factorisations of a lattice of that
/// size: seconds, and beyond it minutes.
const LARGEST_WITH_EIGENVALUES: usize = 2000;

impl CAR {
    /// The distribution of the nodes of a graph with this mean, correlation with the mean of the neighbours, and
    /// precision.
    ///
    /// # Errors
    /// `loc` not finite; a correlation that is not between −1 and 1; a precision that is not positive and finite; shapes
    /// that do not fit.
    pub fn new(
        loc: impl IntoTensor,
        correlation: impl IntoTensor,
        conditional_precision: impl IntoTensor,
        adjacency: &Adjacency,
    ) -> Result<Self> {
        let (loc, correlation) = (loc.into_tensor(), correlation.into_tensor());
        let conditional_precision = conditional_precision.into_tensor();
        let batch = batch_of_vectors("CAR", &loc, adjacency.size())?;
        let batch = check::broadcast("CAR", &batch, &correlation.shape())?;
        let batch_shape = check::broadcast("CAR", &batch, &conditional_precision.shape())?;
        let car = Self { loc, correlation, conditional_precision, adjacency: adjacency.clone(), batch_shape };
        check::constants("CAR", &car.parameters())?;
        Ok(car)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 4] {
        [
            ("loc", &self.loc, Constraint::Real),
            ("correlation", &self.correlation, Constraint::GreaterThan(Tensor::from(-1.0))),
            ("correlation", &self.correlation, Constraint::LessThan(Tensor::from(1.0))),
            ("conditional_precision", &self.conditional_precision, Constraint::Positive),
        ]
    }

    /// The mean, as it was given.
    #[must_use]
    pub fn loc(&self) -> &Tensor {
        &self.loc
    }

    /// The correlation α with the mean of the neighbours.
    #[must_use]
    pub fn correlation(&self) -> &Tensor {
        &self.correlation
    }

    /// The precision τ of a node, given its neighbours, for each unit of its degree.
    #[must_use]
    pub fn conditional_precision(&self) -> &Tensor {
        &self.conditional_precision
    }

    /// The graph.
    #[must_use]
    pub fn adjacency(&self) -> &Adjacency {
        &self.adjacency
    }

    fn size(&self) -> f64 {
        self.adjacency.size() as f64
    }

    /// τ and α, with NaN where they are outside of their domains while they are being differentiated.
    fn checked(&self) -> (Tensor, Tensor) {
        let [_, (_, correlation, above), (_, _, below), (_, precision, positive)] = self.parameters();
        (check::or_nan(precision, &positive), check::or_nan(&check::or_nan(correlation, &above), &below))
    }

    /// τ zᵀ (D − α W) z.
    fn quadratic_form(&self, z: &Tensor) -> Result<Tensor> {
        let (precision, correlation) = self.checked();
        let own = z.square().try_mul(self.adjacency.degrees())?.try_sum_axis(-1)?;
        let shared = self.adjacency.roughness(z)?;
        let form = own.try_mul(1.0 - &correlation)?.try_add(shared.try_mul(correlation)?)?;
        form.try_mul(precision)
    }

    /// ½ ln |τ (D − α W)|.
    fn half_log_determinant(&self) -> Result<Tensor> {
        if self.adjacency.size() > LARGEST_WITH_EIGENVALUES {
            return self.field()?.half_log_determinant();
        }
        let (precision, correlation) = self.checked();
        let eigenvalues = self.adjacency.scaled_eigenvalues()?;
        let of_weights = (-correlation.unsqueeze(-1)).try_mul(eigenvalues)?.log1p().sum_axis(-1);
        let of_degrees = self.adjacency.degrees().ln().sum();
        (precision.ln() * self.size()).try_add(of_weights)?.try_add(of_degrees).map(|log| log * 0.5)
    }

    /// The same distribution by the sparse factor of its precision matrix.
    fn field(&self) -> Result<GaussianMarkovRandomField> {
        let (correlation, precision) = (&self.correlation, &self.conditional_precision);
        GaussianMarkovRandomField::conditional_autoregressive(&self.loc, correlation, precision, &self.adjacency)
    }
}

impl Distribution for CAR {
    fn name(&self) -> &'static str {
        "CAR"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        Shape::from(self.adjacency.size())
    }

    fn support(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), 1)
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("CAR", &self.parameters())?;
        self.field()?.sample(rng, sample_shape)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let mean = || Ok(self.loc.clone());
        let is_inside = |value: &Tensor| vector::is_finite(value, 1);
        vector::on_support(self, value, is_inside, mean, |value| {
            let form = self.quadratic_form(&value.try_sub(&self.loc)?)?;
            self.half_log_determinant()?.try_sub(form * 0.5 + self.size() * HALF_LN_2PI)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for CAR {
    fn mode(&self) -> Result<Tensor> {
        Ok(self.mean())
    }
}

/// The covariance of parameters that are being differentiated and outside of their domains is NaN.
fn or_nan(result: Result<Tensor>, shape: Shape) -> Tensor {
    result.unwrap_or_else(|_| Tensor::full(shape, f64::NAN))
}

impl Moments for CAR {
    fn mean(&self) -> Tensor {
        self.loc.broadcast_to(self.batch_shape.concat(&self.event_shape()))
    }

    fn variance(&self) -> Tensor {
        let variance = self.field().map(|field| field.variance());
        or_nan(variance, self.batch_shape.concat(&self.event_shape()))
    }
}

impl Covariance for CAR {
    fn covariance(&self) -> Tensor {
        let covariance = self.field().map(|field| field.covariance());
        or_nan(covariance, self.batch_shape.concat(&self.event_shape()).concat(&self.event_shape()))
    }
}

impl Entropy for CAR {
    fn entropy(&self) -> Tensor {
        let half_log_determinant = or_nan(self.half_log_determinant(), Shape::SCALAR);
        (self.size() * (0.5 + HALF_LN_2PI) - half_log_determinant).broadcast_to(self.batch_shape)
    }
}

impl KlDivergence<Self> for CAR {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        if self.event_shape() != other.event_shape() {
            return Err(Error::ShapeMismatch {
                operation: "CAR",
                relation: "agree as event shapes",
                left: self.event_shape(),
                right: other.event_shape(),
            });
        }
        let trace = self.field()?.trace_with(&other.field()?)?;
        let shift = other.quadratic_form(&self.mean().try_sub(&other.loc)?)?;
        let determinants = self.half_log_determinant()?.try_sub(other.half_log_determinant()?)?;
        ((trace.try_add(shift)? - self.size()) * 0.5).try_add(determinants)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::MultivariateNormal;
    use crate::distribution::conformance::{self, Family, parameters};

    /// A square with a diagonal.
    fn graph() -> Adjacency {
        Adjacency::from_edges(4, &[(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)]).unwrap()
    }

    fn family() -> Family<CAR> {
        Family::new("CAR", |p| CAR::new(p.get("loc"), p.get("correlation"), p.get("conditional_precision"), &graph()))
            .without_golden_cases("no library but NumPyro has it; the test below compares with a dense precision")
            .without_far_cases("it is a multivariate normal distribution")
            .at(parameters! { loc: [0.3, -1.0, 0.5, 0.0], correlation: 0.6, conditional_precision: 1.5 })
            .at(parameters! { loc: [0.2, -0.8, 0.4, 0.1], correlation: 0.4, conditional_precision: 2.5 })
            .at(parameters! { loc: [0.2, -0.8, 0.4, 0.1], correlation: -0.7, conditional_precision: 0.5 })
            .rejects(
                parameters! { loc: f64::NAN, correlation: 0.6, conditional_precision: 1.5 },
                "CAR: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, correlation: 1.0, conditional_precision: 1.5 },
                "CAR: `correlation` must be less than 1, got 1",
            )
            .rejects(
                parameters! { loc: 0.0, correlation: -1.5, conditional_precision: 1.5 },
                "CAR: `correlation` must be greater than -1, got -1.5",
            )
            .rejects(
                parameters! { loc: 0.0, correlation: 0.6, conditional_precision: 0.0 },
                "CAR: `conditional_precision` must be positive, got 0",
            )
            .draws([
                0.07192303413869175,
                -0.6049972072196741,
                -0.10016388021613798,
                -0.3734187626796205,
                0.09918665727401751,
                -1.4962067050808214,
                1.4535432393045014,
                0.10592009773540437,
                0.005061290111580241,
                -1.4225190937874999,
                0.451054891393182,
                0.15367497024694257,
            ])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
    );

    #[test]
    fn is_the_normal_distribution_of_its_precision_matrix() {
        let weights = Tensor::from([[0.0, 2.0, 0.5], [2.0, 0.0, 0.0], [0.5, 0.0, 0.0]]);
        let adjacency = Adjacency::new(&weights).unwrap();
        for (correlation, precision) in [(0.0, 1.0), (0.9, 3.0), (-0.8, 0.2), (1.0 - 1e-9, 1.0)] {
            let car = CAR::new([0.1, 0.2, 0.3], correlation, precision, &adjacency).unwrap();
            let degrees = Tensor::eye(3) * adjacency.degrees();
            let matrix = (degrees - &weights * correlation) * precision;
            let normal = MultivariateNormal::from_precision([0.1, 0.2, 0.3], matrix).unwrap();
            let value = Tensor::from([[1.0, -1.0, 0.5], [0.3, 2.0, 0.0]]);
            let difference = car.log_prob(&value).unwrap() - normal.log_prob(&value).unwrap();
            // The smallest eigenvalue 1 − α has lost digits in the dense matrix: it is off by some 2e-16.
            let tolerance = 1e-13 + 4e-16 / (1.0 - correlation);
            assert!(difference.abs().max() < tolerance, "{correlation}: {difference}");
            let difference = (car.covariance() - normal.covariance()).abs().max().item();
            assert!(
                difference < 4.0 * tolerance * normal.covariance().abs().max().item(),
                "{correlation}: {difference}"
            );
        }
    }

    /// A path of 3000 nodes: λ_k = cos(π k / 2999), the eigenvalues of a walk that is reflected at its ends. By a factor, not
    /// by eigenvalues.
    #[test]
    fn a_graph_of_many_nodes() {
        let size = LARGEST_WITH_EIGENVALUES + 1000;
        let path = Adjacency::from_edges(size, &(1..size).map(|node| (node - 1, node)).collect::<Vec<_>>()).unwrap();
        let car = CAR::new(0.0, 0.9, 2.0, &path).unwrap();
        let angle = |k: usize| std::f64::consts::PI * k as f64 / (size - 1) as f64;
        let of_weights: f64 = (0..size).map(|k| (-0.9 * angle(k).cos()).ln_1p()).sum();
        let log_determinant = of_weights + (size - 2) as f64 * 2_f64.ln() + size as f64 * 2_f64.ln();
        let expected = 0.5 * log_determinant - size as f64 * HALF_LN_2PI;
        let log_prob = car.log_prob(&Tensor::zeros(size)).unwrap().item();
        assert!((log_prob - expected).abs() < 1e-12 * size as f64, "{log_prob} {expected}");
    }

    #[test]
    fn shapes_that_do_not_fit() {
        assert!(CAR::new([0.0; 3], 0.5, 1.0, &graph()).is_err());
        assert!(CAR::new(0.0, [0.5, 0.4], [1.0, 2.0, 3.0], &graph()).is_err());
    }
}
