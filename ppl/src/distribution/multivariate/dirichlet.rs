//! Dirichlet distribution.

use rand::RngExt;

use crate::distribution::continuous::gamma::standard_gamma;
use crate::distribution::density::vector;
use crate::distribution::sampling::noise;
use crate::distribution::{Covariance, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Dirichlet distribution on the simplex.
///
#[doc = include_str!("../../../doc/distribution/Dirichlet.svg")]
///
/// ```text
/// log p(x) = Σ_k (α_k − 1) ln x_k − ln B(α),   ln B(α) = Σ_k ln Γ(α_k) − ln Γ(Σ_k α_k),   α = concentration
/// ```
///
/// with respect to the first K − 1 entries of x.
///
/// # Parameters
/// | parameter       | domain   | shape          |
/// |-----------------|----------|----------------|
/// | `concentration` | positive | batch ++ `[K]` |
///
/// # Shapes
/// batch = all but the last axis of `concentration`, event = `[K]`.
///
/// # Support
/// The simplex: [`Constraint::Simplex`](crate::Constraint::Simplex).
///
/// # Moments
/// ```text
/// mean_k         = α_k / A,   A = Σ_k α_k
/// variance_k     = mean_k (1 − mean_k) / (A + 1)
/// covariance_jk  = −mean_j mean_k / (A + 1),   j ≠ k
/// mode_k         = (α_k − 1) / (A − K) if all α_k ≥ 1, NaN otherwise
/// entropy        = ln B(α) − Σ_k (α_k − 1) (ψ(α_k) − ψ(A))
/// ```
///
/// # Numerics
/// ln B is a sum of logarithms of two-argument beta functions, which do not cancel where the
/// concentrations are large.
///
/// # Draws
/// Gamma draws, normalised as logarithms: at concentrations below 1 a gamma draw with one more is scaled
/// down by U^(1/α), and does not underflow. The gradient by the concentration is the implicit one of the gamma draw
/// (Figurnov et al. 2018) plus that of the scale. An entry that underflows is the smallest positive normal number.
///
/// # Reference
/// Stan Functions Reference, "Dirichlet distribution".
///
/// # Example
/// ```
/// use ppl::distribution::{Dirichlet, Distribution, Moments};
/// use ppl::Tensor;
///
/// let weights = Dirichlet::new([1.0, 2.0, 1.0])?;
/// assert_eq!(weights.mean().to_vec(), [0.25, 0.5, 0.25]);
/// let density = weights.log_prob(&Tensor::from([0.25, 0.5, 0.25]))?.item().exp();
/// assert!((density - 3.0).abs() < 1e-14); // 6 x₂
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dirichlet {
    concentration: Tensor,
    batch_shape: Shape,
    event_shape: Shape,
}

impl Dirichlet {
    /// A Dirichlet distribution with these concentrations along the last axis.
    ///
    /// # Errors
    /// A concentration that is not positive and finite; no axis of concentrations, or none along it.
    pub fn new(concentration: impl IntoTensor) -> Result<Self> {
        let concentration = concentration.into_tensor();
        let shape = concentration.shape();
        if shape.last().is_none_or(|&size| size == 0) {
            return Err(Error::InvalidShape {
                operation: "Dirichlet",
                expected: "concentrations along the last axis".to_owned(),
                got: shape,
            });
        }
        let (batch_shape, event_shape) = shape.split_event(1);
        let dirichlet = Self { concentration, batch_shape, event_shape };
        check::constants("Dirichlet", &[dirichlet.parameter()])?;
        Ok(dirichlet)
    }

    fn parameter(&self) -> check::Parameter<'_> {
        ("concentration", &self.concentration, Constraint::Positive)
    }

    /// The concentrations.
    #[must_use]
    pub fn concentration(&self) -> &Tensor {
        &self.concentration
    }

    /// Σ α, with an axis of size 1 for the event.
    fn total(&self) -> Tensor {
        self.concentration.sum_axis(-1).unsqueeze(-1)
    }

    /// The means of the ln X_k.
    fn mean_logarithms(&self) -> Tensor {
        self.concentration.digamma() - self.total().digamma()
    }
}

/// ln B(α) = Σ_{k ≥ 2} ln B(α_1 + … + α_{k−1}, α_k).
fn log_beta(concentration: &Tensor) -> Tensor {
    let (batch, event) = concentration.shape().split_event(1);
    let size = event.size();
    if size < 2 {
        return Tensor::zeros(batch);
    }
    let before = concentration.cumsum(-1).slice(-1, 0..size - 1);
    before.lbeta(concentration.slice(-1, 1..size)).sum_axis(-1)
}

impl Distribution for Dirichlet {
    fn name(&self) -> &'static str {
        "Dirichlet"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        vec![check::value(&self.parameter())]
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        self.event_shape
    }

    fn support(&self) -> Constraint {
        Constraint::Simplex
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("Dirichlet", &[self.parameter()])?;
        let shape = sample_shape.concat(&self.batch_shape).concat(&self.event_shape);
        // 1 where the concentration is raised by 1 and the draw then scaled by U^(1/α).
        let raised = self.concentration.less(1.0);
        let gamma = standard_gamma(rng, &(&self.concentration + &raised), shape)?;
        let log_uniform = noise::draw(rng, shape, |rng, numbers| {
            noise::each(rng, numbers, |rng| (1.0 - rng.random::<f64>()).ln());
        });
        // The lowest of a concentration that is not a normal number would be −∞, which has no softmax.
        let log_scale = log_uniform.try_mul(raised)?.try_div(&self.concentration)?.maximum(0.25 * f64::MIN);
        Ok((gamma.ln() + log_scale).softmax(-1).maximum(f64::MIN_POSITIVE))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let centre = || Ok(Tensor::full(self.event_shape, 1.0 / self.event_shape.size() as f64));
        let is_inside = |value: &Tensor| Constraint::Simplex.contains(value);
        vector::on_support(self, value, is_inside, centre, |value| {
            let concentration = check::or_nan(&self.concentration, &Constraint::Positive);
            let kernel = (&concentration - 1.0).try_xlogy(value)?.try_sum_axis(-1)?;
            kernel.try_sub(log_beta(&concentration))
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for Dirichlet {
    fn mode(&self) -> Result<Tensor> {
        // A concentration below 1 makes the density infinite at a face of the simplex.
        let is_bounded = (1.0 - self.concentration.less(1.0)).try_min_axis(-1)?.unsqueeze(-1);
        let excess = Tensor::try_select(&is_bounded, &self.concentration - 1.0, 1.0)?;
        Tensor::try_select(is_bounded, excess.try_div(excess.try_sum_axis(-1)?.unsqueeze(-1))?, f64::NAN)
    }
}

impl Moments for Dirichlet {
    fn mean(&self) -> Tensor {
        &self.concentration / self.total()
    }

    fn variance(&self) -> Tensor {
        let mean = self.mean();
        &mean * (1.0 - &mean) / (self.total() + 1.0)
    }
}

impl Covariance for Dirichlet {
    /// (diag(m) − m mᵀ) / (1 + Σ α), with m the mean.
    fn covariance(&self) -> Tensor {
        let mean = self.mean();
        let (row, column) = (mean.unsqueeze(-2), mean.unsqueeze(-1));
        let diagonal = Tensor::eye(self.event_shape.size()) * &row;
        (diagonal - column * row) / (self.total().unsqueeze(-1) + 1.0)
    }
}

impl Entropy for Dirichlet {
    fn entropy(&self) -> Tensor {
        log_beta(&self.concentration) - ((&self.concentration - 1.0) * self.mean_logarithms()).sum_axis(-1)
    }
}

impl KlDivergence<Self> for Dirichlet {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        if self.event_shape != other.event_shape {
            return Err(Error::ShapeMismatch {
                operation: "Dirichlet",
                relation: "have the same number of entries",
                left: self.concentration.shape(),
                right: other.concentration.shape(),
            });
        }
        let difference = self.concentration.try_sub(&other.concentration)?;
        let cross = difference.try_mul(self.mean_logarithms())?.try_sum_axis(-1)?;
        cross.try_add(log_beta(&other.concentration).try_sub(log_beta(&self.concentration))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};
    use crate::random::Key;

    fn family() -> Family<Dirichlet> {
        Family::new("Dirichlet", |p| Dirichlet::new(p.get("concentration")))
            .nan_at("concentration", &["mode"], "no event is the only one there")
            .nan_at("concentration", &["entropy"], "half of the smallest number is 0")
            .nan_at("far", &["mode"], "no event is the only one there")
            .at(parameters! { concentration: [2.5, 0.6, 1.3] })
            .at(parameters! { concentration: [4.0, 1.6, 1.5] })
            .at(parameters! { concentration: [0.3, 0.2, 0.05, 3.0] })
            .without_value_gradient("entries of a simplex do not move on their own; the test below moves two")
            .rejects(
                parameters! { concentration: [1.0, -0.5, 1.0] },
                "Dirichlet: `concentration` must be positive, got -0.5 at [1]",
            )
            .draws([
                0.6512084491909038,
                0.07742730492125646,
                0.2713642458878398,
                0.3010680227879817,
                0.4880522081430401,
                0.21087976906897823,
                0.6852065392800921,
                0.0007520709631995191,
                0.31404138975670826,
            ])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_moments
    );

    #[test]
    fn gradient_by_the_value() {
        let dirichlet = Dirichlet::new([2.5, 0.6, 1.3]).unwrap();
        let (_, gradients) = crate::grad(|x| dirichlet.log_prob(&x[0]), &[Tensor::from([0.2, 0.5, 0.3])]).unwrap();
        for (got, want) in gradients[0].to_vec().into_iter().zip([1.5 / 0.2, -0.4 / 0.5, 0.3 / 0.3]) {
            assert!((got - want).abs() < 1e-14, "{got} {want}");
        }
    }

    #[test]
    fn draws_of_tiny_concentrations_stay_in_the_support() {
        // Gamma draws of concentration 1e-3 underflow to 0 about half of the time.
        let dirichlet = Dirichlet::new([1e-3, 2e-3, 1e-3]).unwrap();
        let draws = dirichlet.sample(&mut Key::new(0).rng("x", 0), &Shape::from(4000)).unwrap();
        assert!(draws.min() > 0.0);
        assert_eq!(Constraint::Simplex.contains(&draws).min(), 1.0);
        assert!(dirichlet.log_prob(&draws).unwrap().max().item().is_finite());
        // Nearly all the mass is on the corners, by the means: 5 standard errors of a fraction.
        let largest = draws.greater(0.5).mean_axis(0).to_vec();
        for (got, want) in largest.into_iter().zip([0.25, 0.5, 0.25]) {
            assert!((got - want).abs() < 5.0 * (want * (1.0 - want) / 4000.0_f64).sqrt(), "{got} {want}");
        }
    }

    #[test]
    fn a_single_entry_is_certain() {
        let dirichlet = Dirichlet::new([2.0]).unwrap();
        let draw = dirichlet.sample(&mut Key::new(0).rng("x", 0), &Shape::SCALAR).unwrap();
        assert_eq!(draw.to_vec(), [1.0]);
        assert_eq!(dirichlet.log_prob(&draw).unwrap(), 0.0);
        assert!(Dirichlet::new(1.0).is_err());
        assert!(Dirichlet::new(Tensor::zeros([2, 0])).is_err());
    }

    #[test]
    fn modes() {
        let dirichlet = Dirichlet::new([[2.0, 3.0, 2.0], [1.0, 4.0, 2.0], [0.5, 2.0, 2.0]]).unwrap();
        let modes = dirichlet.mode().unwrap();
        assert_eq!(modes.slice(0, 0..2).to_vec(), [0.25, 0.5, 0.25, 0.0, 0.75, 0.25]);
        assert!(modes.get(2).to_vec().iter().all(|entry| entry.is_nan()));
    }
}
