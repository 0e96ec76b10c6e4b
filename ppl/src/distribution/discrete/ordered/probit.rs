//! Ordered probit distribution.

use super::{Cuts, Link, ordered_categories};
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Cdf, Distribution, Entropy, EnumerateSupport, KlDivergence, Mode};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::tensor::cumulative::Function;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Ordered probit distribution: one of K ordered categories 0, …, K − 1, into which K − 1 cutpoints divide a normal latent
/// variable of standard deviation 1.
///
#[doc = include_str!("../../../../doc/distribution/OrderedProbit.svg")]
///
/// ```text
/// p(k) = Φ(cₖ − predictor) − Φ(cₖ₋₁ − predictor),   k ∈ {0, …, K − 1},   c₋₁ = −∞, c_{K−1} = ∞
/// ```
///
/// # Parameters
/// | parameter   | domain              | shape              | meaning                         |
/// |-------------|---------------------|--------------------|---------------------------------|
/// | `predictor` | real                | batch              | location of the latent variable |
/// | `cutpoints` | an increasing vector | batch ++ `[K − 1]` | c₀ < … < c_{K−2}                |
///
/// # Shapes
/// batch = broadcast(predictor, all but the last axis of cutpoints), event = `[]`.
///
/// # Support
/// The integers from 0 to K − 1: [`Constraint::IntegerInterval`](crate::Constraint::IntegerInterval).
///
/// # Moments
/// ```text
/// mode    = the category of the largest probability, of several the first
/// median  = the number of cutpoints below the predictor
/// entropy = −Σ p(k) ln p(k)
/// ```
/// Categories have an order but no distances: it has no mean and no variance.
///
/// # Numerics
/// An inner category is evaluated in the lower tail, as ln Φ(upper) + ln(1 − Φ(lower) / Φ(upper)); one that is narrow, by the
/// Taylor series of its mass around its middle, of which no digit cancels.
///
/// # Reference
/// Stan Functions Reference, "Ordered probit distribution" (its categories start at 1).
///
/// # Example
/// ```
/// use ppl::distribution::{Cdf, Distribution, OrderedProbit};
///
/// let rating = OrderedProbit::new(0.5, [-1.0, 0.5, 2.0])?;
/// // P(rating ≤ 1) = Φ(0.5 − 0.5)
/// assert_eq!(rating.cdf(&1.0.into())?, 0.5);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct OrderedProbit {
    cuts: Cuts,
}

impl OrderedProbit {
    /// Ordered categories of a normal latent variable at `predictor`, divided at `cutpoints` along their last axis.
    ///
    /// # Errors
    /// A `predictor` that is not finite; `cutpoints` that do not increase or are not finite; no axis of cutpoints, or none
    /// along it; shapes that do not broadcast.
    pub fn new(predictor: impl IntoTensor, cutpoints: impl IntoTensor) -> Result<Self> {
        Ok(Self { cuts: Cuts::new::<Probit>(predictor.into_tensor(), cutpoints.into_tensor())? })
    }
}

#[derive(Debug)]
struct Probit;

impl Link for Probit {
    const NAME: &'static str = "OrderedProbit";

    fn cdf(z: &Tensor) -> Tensor {
        z.ndtr()
    }

    fn log_cdf(z: &Tensor) -> Tensor {
        z.log_ndtr()
    }

    fn log_between(lower: &Tensor, upper: &Tensor, gap: &Tensor) -> Result<Tensor> {
        let middle = lower.try_add(upper)? * 0.5;
        // Conditions have no derivative.
        let is_mirrored = middle.detach().greater(0.0);
        let is_narrow = (middle.detach().abs() + 1.0).try_mul(gap.detach())?.less(0.1);
        let wide_lower = Tensor::select(&is_narrow, -1.0, Tensor::select(&is_mirrored, -upper, lower));
        let wide_upper = Tensor::select(&is_narrow, 1.0, Tensor::select(&is_mirrored, -lower, upper));
        let log_upper = wide_upper.log_ndtr();
        // Where both are −∞, no mass is left.
        let wide = &log_upper + (wide_lower.log_ndtr() - log_upper.maximum(f64::MIN)).log1mexp();
        if is_narrow.is_known_to_be_all(0.0) {
            return Ok(wide);
        }
        let middle = Tensor::select(&is_narrow, middle, 0.0);
        let gap = Tensor::try_select(&is_narrow, gap, 0.1)?;
        Tensor::try_select(is_narrow, log_narrow_mass(&middle, &gap)?, wide)
    }
}

/// ln of the mass of a narrow interval: φ(m) w Σⱼ He₂ⱼ(m) (w/2)²ʲ / (2j + 1)!, with m its middle and w its width. The first
/// term that is left out is below 1e-16 where w (1 + |m|) is below 0.1.
fn log_narrow_mass(middle: &Tensor, width: &Tensor) -> Result<Tensor> {
    let square = &middle.square();
    let h = &(width * 0.5).square();
    let second = (square - 1.0) * (1.0 / 6.0);
    let fourth = (square * (square - 6.0) + 3.0) * (1.0 / 120.0);
    let sixth = (square * (square * (square - 15.0) + 45.0) - 15.0) * (1.0 / 5040.0);
    let series = h * (second + h * (fourth + h * sixth));
    (width.ln() - HALF_LN_2PI - square * 0.5).try_add(series.log1p())
}

ordered_categories!(OrderedProbit, Probit, standard_normal);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    /// The predictor is `loc` in the golden table.
    fn build(p: &Parameters) -> Result<OrderedProbit> {
        OrderedProbit::new(p.get(if p.has("loc") { "loc" } else { "predictor" }), p.get("cutpoints"))
    }

    fn family() -> Family<OrderedProbit> {
        Family::new("OrderedProbit", build)
            .without_far_cases("a parameter is a vector; the golden table has predictors far out")
            .at(parameters! { predictor: 0.4, cutpoints: [-1.0, 0.5, 2.0] })
            .at(parameters! { predictor: -0.8, cutpoints: [-2.0, 0.1, 0.6] })
            // Two narrow categories, in the middle and far out.
            .at(parameters! { predictor: 0.1, cutpoints: [0.08, 0.1, 3.5, 3.51] })
            .rejects(
                parameters! { predictor: f64::NAN, cutpoints: [0.0, 1.0, 2.0] },
                "OrderedProbit: `predictor` must be real, got NaN",
            )
            .rejects(
                parameters! { predictor: 0.0, cutpoints: [0.0, 2.0, 1.0] },
                "OrderedProbit: `cutpoints` must be an increasing vector, got [0, 2, 1], with 2 before 1 at [1]",
            )
            .draws([1.0, 1.0, 2.0])
    }

    conformance::distribution!(family() => univariate, cdf, mode, entropy, kl, enumerable);

    #[test]
    fn the_two_forms_of_a_mass_agree() {
        for middle in [0.0_f64, -3.0, 8.0, -40.0] {
            let width = 0.0999 / (1.0 + middle.abs());
            let (lower, upper) = (Tensor::from(middle - 0.5 * width), Tensor::from(middle + 0.5 * width));
            let narrow = log_narrow_mass(&middle.into(), &width.into()).unwrap().item();
            let [a, b] = if middle > 0.0 { [-&upper, -&lower] } else { [lower, upper] };
            let wide = (b.log_ndtr() + (a.log_ndtr() - b.log_ndtr()).log1mexp()).item();
            // A few roundings of logarithms of the size of 1 + m² / 2, over their difference of 0.1.
            let error = 100.0 * f64::EPSILON * (1.0 + middle * middle);
            assert!((narrow - wide).abs() < error, "{middle}: {narrow} {wide}");
        }
    }
}
