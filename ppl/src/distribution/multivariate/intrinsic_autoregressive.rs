//! Intrinsic conditional autoregressive distribution.

use super::{Adjacency, rows_times};
use crate::distribution::density::vector;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Covariance, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Intrinsic conditional autoregressive (ICAR) distribution: effects of the nodes of a connected graph that sum to 0, and
/// of which neighbours are alike.
///
#[doc = include_str!("../../../doc/distribution/ICAR.svg")]
///
/// ```text
/// log p(x) = −½ τ Σ w (x_i − x_j)² + ½ (n − 1) ln τ + ½ Σ ln μ − ½ (n − 1) ln(2π),   τ = conditional_precision
/// ```
///
/// The first sum is over the edges, w are their weights and μ the n − 1 eigenvalues of D − W that are not 0. The density
/// is with respect to n − 1 orthonormal coordinates of the vectors that sum to 0. It is the limit of
/// [`CAR`](super::CAR) at correlation 1, which alone would leave the level of x undetermined: add an intercept.
///
/// # Parameters
/// | parameter               | domain                       | shape |
/// |-------------------------|------------------------------|-------|
/// | `conditional_precision` | positive: τ                  | batch |
/// | `adjacency`             | a connected graph of n nodes |       |
///
/// # Shapes
/// batch = that of `conditional_precision`, event = `[n]`.
///
/// # Support
/// The vectors with sum 0: [`Constraint::ZeroSum`](crate::Constraint::ZeroSum).
///
/// # Moments
/// ```text
/// mean       = mode = 0
/// covariance = (τ (D − W))⁺
/// entropy    = ½ (n − 1) (ln(2πe) − ln τ) − ½ Σ ln μ
/// ```
/// with the pseudoinverse ⁺; the variance is the diagonal of the covariance.
///
/// # Numerics
/// The eigenvalues are computed once for an [`Adjacency`]; a density then costs as many operations as there are edges.
///
/// # Draws
/// (τ (D − W))^(−½) ε, by the symmetric root of the pseudoinverse, with n standard normal ε.
///
/// # Reference
/// Besag, York and Mollié (1991), "Bayesian image restoration, with two applications in spatial statistics"; Morris
/// et al. (2019), "Bayesian hierarchical spatial models: Implementing the Besag York Mollié model in Stan"; PyMC, `ICAR`.
///
/// # Example
/// ```
/// use ppl::distribution::{Adjacency, Distribution, ICAR};
/// use ppl::Tensor;
///
/// let pair = Adjacency::from_edges(2, &[(0, 1)])?;
/// // x₁ − x₂ = 2 x₁ is normal with the standard deviation 1.
/// let log_prob = ICAR::new(1.0, &pair)?.log_prob(&Tensor::from([0.5, -0.5]))?.item();
/// assert!((log_prob - (-0.5 - 0.5 * std::f64::consts::PI.ln())).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ICAR {
    conditional_precision: Tensor,
    adjacency: Adjacency,
}

impl ICAR {
    /// The distribution of the nodes of a connected graph with this precision.
    ///
    /// # Errors
    /// A precision that is not positive and finite; a graph of several components.
    pub fn new(conditional_precision: impl IntoTensor, adjacency: &Adjacency) -> Result<Self> {
        let icar = Self { conditional_precision: conditional_precision.into_tensor(), adjacency: adjacency.clone() };
        check::constants("ICAR", &[icar.parameter()])?;
        adjacency.intrinsic()?;
        Ok(icar)
    }

    fn parameter(&self) -> check::Parameter<'_> {
        ("conditional_precision", &self.conditional_precision, Constraint::Positive)
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

    fn degrees(&self) -> f64 {
        self.adjacency.size() as f64 - 1.0
    }

    /// The symmetric root of the covariance, at the precision 1.
    fn root(&self) -> &Tensor {
        &self.adjacency.intrinsic().expect("it was computed by `new`").root
    }

    fn log_pseudo_determinant(&self) -> f64 {
        self.adjacency.intrinsic().expect("it was computed by `new`").log_pseudo_determinant
    }
}

impl Distribution for ICAR {
    fn name(&self) -> &'static str {
        "ICAR"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        vec![check::value(&self.parameter())]
    }

    fn batch_shape(&self) -> Shape {
        self.conditional_precision.shape()
    }

    fn event_shape(&self) -> Shape {
        Shape::from(self.adjacency.size())
    }

    fn support(&self) -> Constraint {
        Constraint::ZeroSum(1)
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("ICAR", &[self.parameter()])?;
        let noise = standard_normal(rng, sample_shape.concat(&self.batch_shape()).concat(&self.event_shape()));
        let standard = rows_times(&noise, &self.root().transpose())?;
        standard.try_div(self.conditional_precision.sqrt().unsqueeze(-1))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let zero = || Ok(Tensor::zeros(self.event_shape()));
        let is_inside = |value: &Tensor| Constraint::ZeroSum(1).contains(value) * vector::is_finite(value, 1);
        vector::on_support(self, value, is_inside, zero, |value| {
            let precision = check::or_nan(&self.conditional_precision, &Constraint::Positive);
            let form = self.adjacency.roughness(value)?.try_mul(&precision)?;
            let normalizer = precision.ln() * self.degrees() + self.log_pseudo_determinant();
            ((normalizer.try_sub(form)?) * 0.5).try_sub(self.degrees() * HALF_LN_2PI)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for ICAR {
    fn mode(&self) -> Result<Tensor> {
        Ok(self.mean())
    }
}

impl Moments for ICAR {
    fn mean(&self) -> Tensor {
        Tensor::zeros(self.batch_shape().concat(&self.event_shape()))
    }

    fn variance(&self) -> Tensor {
        self.root().square().sum_axis(-1) / self.conditional_precision.unsqueeze(-1)
    }
}

impl Covariance for ICAR {
    /// The pseudoinverse of τ (D − W).
    fn covariance(&self) -> Tensor {
        self.root().matmul(self.root().transpose()) / self.conditional_precision.unsqueeze(-1).unsqueeze(-1)
    }
}

impl Entropy for ICAR {
    fn entropy(&self) -> Tensor {
        let of_graph = self.degrees() * (0.5 + HALF_LN_2PI) - 0.5 * self.log_pseudo_determinant();
        of_graph - self.conditional_precision.ln() * (0.5 * self.degrees())
    }
}

impl KlDivergence<Self> for ICAR {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        if self.event_shape() != other.event_shape() {
            return Err(Error::ShapeMismatch {
                operation: "ICAR",
                relation: "agree as event shapes",
                left: self.event_shape(),
                right: other.event_shape(),
            });
        }
        // tr(Q_q Σ_p) adds up the form of the columns of a root.
        let trace = other.adjacency.roughness(&self.root().transpose())?.sum();
        let ratio = other.conditional_precision.try_div(&self.conditional_precision)?;
        let of_precisions = ratio.try_mul(&trace)?.try_sub(ratio.ln() * self.degrees())? - self.degrees();
        Ok((of_precisions + (self.log_pseudo_determinant() - other.log_pseudo_determinant())) * 0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::CAR;
    use crate::distribution::conformance::{self, Family, parameters};

    /// A square with a diagonal.
    fn graph() -> Adjacency {
        Adjacency::from_edges(4, &[(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)]).unwrap()
    }

    fn family() -> Family<ICAR> {
        Family::new("ICAR", |p| ICAR::new(p.get("conditional_precision"), &graph()))
            .without_golden_cases("PyMC's leaves the normalisation out; the test below compares with `CAR`")
            .without_far_cases("it is a normal distribution of each coordinate")
            .without_value_gradient("entries of a vector of sum 0 do not move on their own")
            .at(parameters! { conditional_precision: 1.5 })
            .at(parameters! { conditional_precision: 2.5 })
            .rejects(
                parameters! { conditional_precision: 0.0 },
                "ICAR: `conditional_precision` must be positive, got 0",
            )
            .draws([
                -0.03159865860572051,
                0.0027234942753258415,
                0.49497780007309283,
                -0.46610263574269806,
                -0.01704577263393096,
                -0.4455623920917828,
                -0.5386370035669686,
                1.0012451682926824,
                0.2545125164974114,
                -0.11352510377799047,
                -0.2024755998684029,
                0.061488187148981924,
            ])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
    );

    /// At α → 1 the density of `CAR` on vectors of sum 0 is that of `ICAR` times one of the level, whose variance is
    /// 1 / (τ (1 − α) mean(D)) for the mean of the nodes times √n.
    #[test]
    fn is_the_limit_of_the_conditional_autoregressive_distribution() {
        let cycle = Adjacency::from_edges(4, &[(0, 1), (1, 2), (2, 3), (3, 0)]).unwrap();
        let (precision, rest) = (1.7, 2_f64.powi(-30));
        let value = Tensor::from([0.5, -1.0, 0.25, 0.25]);
        let car = CAR::new(0.0, 1.0 - rest, precision, &cycle).unwrap().log_prob(&value).unwrap().item();
        // All degrees are 2: the level is independent of the rest.
        let level = 0.5 * (precision * rest * 2.0).ln() - HALF_LN_2PI;
        let icar = ICAR::new(precision, &cycle).unwrap().log_prob(&value).unwrap().item();
        assert!((car - level - icar).abs() < 1e-7, "{car} {level} {icar}");
    }

    #[test]
    fn a_graph_of_two_parts_is_refused() {
        let parts = Adjacency::from_edges(4, &[(0, 1), (2, 3)]).unwrap();
        let error = ICAR::new(1.0, &parts).unwrap_err().to_string();
        assert!(error.contains("must be a connected graph") && error.contains("help: "), "{error}");
    }
}
