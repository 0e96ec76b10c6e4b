//! `SineSkewed`: a symmetric distribution of angles, made asymmetric.

use std::f64::consts::{FRAC_PI_2, PI};
use std::sync::Arc;

use super::von_mises::wrapped;
use super::{SineBivariateVonMises, VonMises};
use crate::distribution::density::{quantile, scalar, vector};
use crate::distribution::sampling::noise::standard_uniform;
use crate::distribution::{Distribution, Expanded, Independent};
use crate::random::Rng;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Distributions of angles on circles of length 2π whose density is the same at an angle and at its mirror image by the
/// mean direction: at `loc + t` and `loc − t`, of all angles of an event at once.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::{Circular, DistributionExt, SineBivariateVonMises, VonMises};
///
/// /// Log densities at an offset from the mean direction, and at its mirror image.
/// fn mirrored(angles: &impl Circular, offset: [f64; 2]) -> ppl::Result<[f64; 2]> {
///     let (centre, offset) = (angles.mean_direction()?, Tensor::from(offset));
///     Ok([angles.log_prob(&(&centre + &offset))?.item(), angles.log_prob(&(&centre - &offset))?.item()])
/// }
///
/// let torus = SineBivariateVonMises::new(0.3, -2.0, 1.7, 1.2, 0.8)?;
/// let pair = VonMises::new([0.3, -2.0], 1.7).to_event(1)?;
/// for [density, mirror] in [mirrored(&torus, [0.5, 0.2])?, mirrored(&pair, [0.5, 0.2])?] {
///     assert!((density - mirror).abs() < 1e-14);
/// }
/// # Ok::<(), ppl::Error>(())
/// ```
pub trait Circular: Distribution {
    /// Mean direction, of a shape that broadcasts to `batch shape ++ event shape`.
    ///
    /// # Errors
    /// Shapes that do not broadcast.
    fn mean_direction(&self) -> Result<Tensor>;
}

impl Circular for VonMises {
    fn mean_direction(&self) -> Result<Tensor> {
        Ok(self.loc().clone())
    }
}

impl Circular for SineBivariateVonMises {
    fn mean_direction(&self) -> Result<Tensor> {
        let batch = self.batch_shape();
        Tensor::try_stack(&[self.phi_loc().try_broadcast_to(batch)?, self.psi_loc().try_broadcast_to(batch)?], -1)
    }
}

impl<D: Circular + ?Sized> Circular for Independent<D> {
    fn mean_direction(&self) -> Result<Tensor> {
        self.base().mean_direction()
    }
}

impl<D: Circular + ?Sized> Circular for Expanded<D> {
    fn mean_direction(&self) -> Result<Tensor> {
        self.base().mean_direction()
    }
}

/// Sine-skewed distribution of an angle, or of a vector of angles: a symmetric one, made asymmetric.
///
#[doc = include_str!("../../../doc/distribution/SineSkewed.svg")]
///
/// ```text
/// log p(x) = log p_base(x) + ln(1 + Σ_k skewness_k sin(x_k − loc_k)),   loc the mean direction of the base
/// ```
///
/// The base is [`Circular`]: [`VonMises`], [`SineBivariateVonMises`], or several von Mises angles as one event by
/// [`to_event`](crate::distribution::DistributionExt::to_event). Positive skewness moves mass to angles beyond `loc`.
///
/// # Parameters
/// | parameter  | domain                                             | shape          | meaning            |
/// |------------|----------------------------------------------------|----------------|--------------------|
/// | `base`     | [`Circular`], a number or a vector of n angles     | batch          | what is skewed     |
/// | `skewness` | from −1 to 1; of vectors, absolute values of sum ≤ 1 | batch ++ event | 0 leaves the base  |
///
/// # Shapes
/// batch = broadcast(that of the base, that of `skewness`), event = that of the base: `[]` or `[n]`.
///
/// # Support
/// That of the base.
///
/// # Moments
/// E cos(x_k − loc_k) is that of the base. Mean direction, variance, mode and entropy have no form that holds for all
/// bases and are not implemented. Nor is a distribution function: the events may be vectors, which have none.
///
/// # Numerics
/// Where 1 + Σ … is below ½ it is (1 − Σ |skewness_k|) + Σ |skewness_k| (1 ± sin(x_k − loc_k)), a sum of terms that are not
/// negative, with the half-angle formula of 1 ± sin: no digits cancel where the density is nearly 0.
///
/// # Draws
/// A draw x of the base, or its mirror image by `loc`, with probability ½ (1 ± Σ skewness_k sin(x_k − loc_k)). They have no
/// gradient.
///
/// # Reference
/// Ameijeiras-Alonso and Ley, "Sine-skewed toroidal distributions and their application in protein bioinformatics",
/// Biostatistics 23 (2022); Abe and Pewsey, "Sine-skewed circular distributions", Statistical Papers 52 (2011); NumPyro,
/// `SineSkewed`.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, SineSkewed, VonMises};
///
/// let wind = SineSkewed::new(VonMises::new(0.0, 1.0)?, 0.6)?;
/// let ratio = wind.prob(&1.0.into())? / wind.prob(&(-1.0).into())?;
/// let want = (1.0 + 0.6 * 1_f64.sin()) / (1.0 - 0.6 * 1_f64.sin());
/// assert!((ratio.item() - want).abs() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Debug)]
pub struct SineSkewed<D: ?Sized> {
    skewness: Tensor,
    batch_shape: Shape,
    base: Arc<D>,
}

impl<D: Circular> SineSkewed<D> {
    const NAME: &'static str = "SineSkewed";

    /// The distribution `base` with this skewness.
    ///
    /// # Errors
    /// A base whose events are neither numbers nor vectors; a skewness outside of its domain, or of another event shape than
    /// the base; shapes that do not broadcast.
    pub fn new(base: D, skewness: impl IntoTensor) -> Result<Self> {
        let skewness = skewness.into_tensor();
        let event = base.event_shape();
        if event.rank() > 1 {
            return Err(Error::InvalidShape {
                operation: Self::NAME,
                expected: "a distribution of angles or of vectors of them".to_owned(),
                got: event,
            });
        }
        check::event(Self::NAME, &skewness, &event)?;
        let batch = skewness.shape().split_event(event.rank()).0;
        let batch_shape = check::broadcast(Self::NAME, &base.batch_shape(), &batch)?;
        let skewed = Self { skewness, batch_shape, base: Arc::new(base) };
        check::constants(Self::NAME, &[skewed.parameter()])?;
        Ok(skewed)
    }

    /// The symmetric distribution.
    #[must_use]
    pub fn base(&self) -> &D {
        &self.base
    }

    /// Skewness.
    #[must_use]
    pub fn skewness(&self) -> &Tensor {
        &self.skewness
    }

    fn is_of_vectors(&self) -> bool {
        self.base.event_shape().rank() == 1
    }

    fn parameter(&self) -> check::Parameter<'_> {
        let scalar = || Constraint::Interval { lower: Tensor::scalar(-1.0), upper: Tensor::scalar(1.0) };
        ("skewness", &self.skewness, if self.is_of_vectors() { Constraint::L1Ball } else { scalar() })
    }

    /// Σ over the angles of an event.
    fn total(&self, terms: &Tensor) -> Result<Tensor> {
        if self.is_of_vectors() { terms.try_sum_axis(-1) } else { Ok(terms.clone()) }
    }

    /// ln(1 + Σ skewness sin(angle)), the angles being those from the mean direction.
    fn log_skew(&self, angle: &Tensor) -> Result<Tensor> {
        let (_, skewness, domain) = self.parameter();
        let skewness = &check::or_nan(skewness, &domain);
        let sum = self.total(&angle.sin().try_mul(skewness)?)?;
        let is_near_zero = sum.detach().less(-0.5);
        let whole = Tensor::select(&is_near_zero, 0.0, &sum).log1p();
        if is_near_zero.is_known_to_be_all(0.0) {
            return Ok(whole);
        }
        let sign = Tensor::select(skewness.detach().less(0.0), -1.0, 1.0);
        let size = &(skewness * &sign);
        // 1 ± sin t = 2 sin²(½ (t ± ½ π)).
        let above_lowest = ((angle + &sign * FRAC_PI_2) * 0.5).sin().square() * 2.0;
        let rest = (1.0 - self.total(size)?).maximum(0.0);
        let near_zero = self.total(&above_lowest.try_mul(size)?)?.try_add(rest)?;
        Tensor::try_select(&is_near_zero, Tensor::select(&is_near_zero, near_zero, 1.0).ln(), whole)
    }

    /// The log density of values inside the support.
    fn log_density(&self, value: &Tensor) -> Result<Tensor> {
        let angle = value.try_sub(self.base.mean_direction()?)?;
        self.base.log_prob(value)?.try_add(self.log_skew(&angle)?)
    }
}

impl<D: ?Sized> Clone for SineSkewed<D> {
    fn clone(&self) -> Self {
        Self { skewness: self.skewness.clone(), batch_shape: self.batch_shape, base: self.base.clone() }
    }
}

impl<D: Circular> Distribution for SineSkewed<D> {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        let mut values = self.base.parameter_values();
        values.push(check::value(&self.parameter()));
        values
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        self.base.event_shape()
    }

    fn support(&self) -> Constraint {
        self.base.support()
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &[self.parameter()])?;
        let draws = if self.base.batch_shape() == self.batch_shape {
            self.base.sample(rng, sample_shape)?
        } else {
            Expanded::new(self.base.clone() as Arc<dyn Distribution>, self.batch_shape)?.sample(rng, sample_shape)?
        };
        let draws = draws.detach();
        let centre = self.base.mean_direction()?.detach();
        let angle = draws.try_sub(&centre)?;
        let excess = self.total(&angle.sin().try_mul(self.skewness.detach())?)?;
        let noise = standard_uniform(rng, sample_shape.concat(&self.batch_shape));
        let is_kept = (noise * 2.0 - 1.0).try_less_equal(excess)?;
        let is_kept = if self.is_of_vectors() { is_kept.unsqueeze(-1) } else { is_kept };
        // On the interval of the base's angles.
        let middle = middle_of(&self.base.support()).detach();
        let mirrored = wrapped(&centre.try_sub(angle)?.try_sub(&middle)?).try_add(middle)?;
        Tensor::try_select(is_kept, draws, mirrored)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        if !self.is_of_vectors() {
            return scalar::on_support(self, value, middle_of(&self.support()).detach(), |value| {
                self.log_density(value)
            });
        }
        let support = self.support();
        let is_inside = |value: &Tensor| support.contains(value);
        vector::on_support(self, value, is_inside, || vector::point_inside(self), |value| self.log_density(value))
    }

    fn element_mask(&self) -> Option<Tensor> {
        self.base.element_mask()
    }
}

/// The middle of the interval of the angles.
fn middle_of(support: &Constraint) -> Tensor {
    match support {
        Constraint::Independent(angle, _) => middle_of(angle),
        support => quantile::ends(support).0 + PI,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::DistributionExt;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<SineSkewed<VonMises>> {
        Family::of("SineSkewed", |p| {
            SineSkewed::new(VonMises::new(p.get("loc"), p.get("concentration"))?, p.get("skewness"))
        })
        .made_of("VonMises")
        .without_golden_cases("the table has none; the tests below compare the factor")
        .without_far_cases("the base's are in the table; a test goes where the factor is nearly 0")
        .at(parameters! { loc: 0.3, concentration: 1.7, skewness: 0.6 })
        .at(parameters! { loc: -2.0, concentration: 2.5, skewness: -0.8 })
        .rejects(
            parameters! { loc: f64::NAN, concentration: 1.0, skewness: 0.0 },
            "VonMises: `loc` must be real, got NaN",
        )
        .rejects(
            parameters! { loc: 0.0, concentration: -1.0, skewness: 0.0 },
            "VonMises: `concentration` must be non-negative, got -1",
        )
        .rejects(
            parameters! { loc: 0.0, concentration: 1.0, skewness: 1.5 },
            "SineSkewed: `skewness` must be between -1 and 1, got 1.5",
        )
        .draws([1.7282462597567594, -0.5956534212064479, 1.078302557081643])
    }

    conformance::distribution!(family() => univariate, multivariate);

    mod torus {
        use super::*;

        fn family() -> Family<SineSkewed<SineBivariateVonMises>> {
            // The table of ends has another family of that name.
            Family::of("SineSkewed of SineBivariateVonMises", |p| {
                let base = SineBivariateVonMises::new(p.get("phi_loc"), -2.0, 1.7, p.get("psi_concentration"), 0.8)?;
                SineSkewed::new(base, p.get("skewness"))
            })
            .made_of("SineSkewed")
            .made_of("SineBivariateVonMises")
            .without_golden_cases("the table has none; the tests below compare the factor")
            .without_far_cases("the tables are of single numbers")
            .at(parameters! { phi_loc: 0.3, psi_concentration: 1.2, skewness: [0.5, -0.4] })
            .at(parameters! { phi_loc: 0.1, psi_concentration: 1.5, skewness: [0.3, -0.2] })
            .rejects(
                parameters! { phi_loc: f64::NAN, psi_concentration: 1.0, skewness: [0.0, 0.0] },
                "SineBivariateVonMises: `phi_loc` must be real, got NaN",
            )
            .rejects(
                parameters! { phi_loc: 0.0, psi_concentration: 0.0, skewness: [0.0, 0.0] },
                "SineBivariateVonMises: `psi_concentration` must be positive, got 0",
            )
            .rejects(
                parameters! { phi_loc: 0.0, psi_concentration: 1.0, skewness: [0.6, -0.6] },
                "SineSkewed: `skewness` must be a vector whose absolute values sum to at most 1, got [0.6, -0.6]",
            )
            .draws([
                0.1251732004790629,
                2.5874481769820967,
                -0.06768281738012144,
                -2.0034340834258058,
                -0.16567972703213407,
                -2.6749561779321684,
            ])
        }

        conformance::distribution!(family() => multivariate);
    }

    #[test]
    fn angles_as_one_event() {
        let base = VonMises::new([0.3, -1.0, 2.0], 1.5).unwrap();
        let skewness = [0.2, -0.5, 0.3_f64];
        let skewed = SineSkewed::new(base.clone().to_event(1).unwrap(), skewness).unwrap();
        assert_eq!((skewed.batch_shape().rank(), skewed.event_shape().dims()), (0, &[3][..]));
        let x = [1.0_f64, 0.2, -2.0];
        let excess: f64 = (0..3).map(|k| skewness[k] * (x[k] - [0.3_f64, -1.0, 2.0][k]).sin()).sum();
        let want = base.log_prob(&Tensor::from(x)).unwrap().sum().item() + excess.ln_1p();
        assert!((skewed.log_prob(&Tensor::from(x)).unwrap().item() - want).abs() < 1e-14);
        assert!(SineSkewed::new(base.to_event(1).unwrap(), 0.3).is_err());
    }

    #[test]
    fn the_factor_keeps_its_digits_where_it_is_nearly_zero() {
        // 1 − cos t by sin t′ at t′ = −½ π + t, which is ½ t².
        let (loc, t) = (0.25, 1e-6);
        let skewed = SineSkewed::new(VonMises::new(loc, 0.0).unwrap(), 1.0).unwrap();
        let value = loc - FRAC_PI_2 + t;
        let t = value - loc + FRAC_PI_2;
        let got = skewed.prob(&value.into()).unwrap().item() * 2.0 * PI;
        // ½ π is known to 6e-17 only, t to 1e-10 of itself.
        assert!((got / (0.5 * t * t) - 1.0).abs() < 1e-9, "{got:e}");
        let negative = SineSkewed::new(VonMises::new(0.0, 0.0).unwrap(), -1.0).unwrap();
        assert!(negative.log_prob(&FRAC_PI_2.into()).unwrap().item() < -60.0);
    }

    /// P(X > loc) = ½ + skewness E|sin| / 2, E|sin| = 2 sinh κ / (π κ I₀(κ)) of the base.
    #[test]
    fn draws_are_skewed() {
        let (concentration, skewness) = (1.2, 0.7);
        let base = VonMises::new(0.4, concentration).unwrap().around(3.0).unwrap();
        let skewed = SineSkewed::new(base, skewness).unwrap();
        let draws = skewed.sample(&mut crate::random::Key::new(1).rng("x", 0), &Shape::from(20_000)).unwrap();
        assert_eq!(skewed.support().contains(&draws).min(), 1.0);
        let part = (draws - 0.4).sin().greater(0.0).mean().item();
        // I₀(1.2) = 1.393725…
        let want = 0.5 + skewness * concentration.sinh() / (PI * concentration * 1.393_725_584_134_064_4);
        // Five standard errors: a false alarm once in 1.7e6 seeds.
        assert!((part - want).abs() < 5.0 * 0.5 / 20_000_f64.sqrt(), "{part}, {want}");
    }
}
