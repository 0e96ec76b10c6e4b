//! Von Mises distribution.

use std::f64::consts::PI;

use rand::RngExt;

use super::sphere;
use crate::distribution::density::{quantile, scalar};
use crate::distribution::sampling::implicit;
use crate::distribution::sampling::noise;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::special::{GAUSS_LEGENDRE, HALF_LN_2PI};
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

const LN_2PI: f64 = 2.0 * HALF_LN_2PI;

/// Von Mises distribution of an angle in radians: the normal distribution of the circle.
///
#[doc = include_str!("../../../doc/distribution/VonMises.svg")]
///
/// ```text
/// log p(x) = concentration · cos(x − loc) − ln(2π I₀(concentration))
/// ```
///
/// with I₀ the modified Bessel function of the first kind. The density is periodic in `x − loc`.
///
/// # Parameters
/// | parameter       | domain       | shape | meaning                                                 |
/// |-----------------|--------------|-------|---------------------------------------------------------|
/// | `loc`           | real         | batch | mean direction                                          |
/// | `concentration` | non-negative | batch | 1 / variance where it is large; 0 is the uniform distribution |
///
/// # Shapes
/// batch = broadcast(`loc`, `concentration`), event = `[]`
///
/// # Support
/// An angle has a value on an interval of length 2π: `[−π, π]` by [`new`](Self::new), as in NumPyro and PyMC, wherever
/// `loc` lies. [`around`](Self::around) takes another one, and [`around_loc`](Self::around_loc) the one of which `loc`
/// is the middle, as in TFP and SciPy. Of observed angles and a `loc` that is inferred, the interval is that of the
/// observations: an angle just below π has then a density by a `loc` just above −π, to which it is near.
///
/// # Moments
/// ```text
/// mean     = loc, as an angle of the support
/// variance = 1 − E cos(x − loc) = 1 − I₁(κ) / I₀(κ),   κ = concentration
/// mode     = loc, as an angle of the support; NaN if κ = 0
/// entropy  = ln(2π I₀(κ)) − κ I₁(κ) / I₀(κ)
/// ```
/// Mean and variance are those of a circle: the mean direction and the circular variance, from 0 to 1. The median is
/// that of the angles on their interval, a quantile by search.
///
/// # Numerics
/// The distribution function is integrated from the value away from the mode by 32 points of the Gauss–Legendre rule, up to where
/// the density has fallen by 1e-16: all terms are positive, and the tails keep their digits. Where the interval is not centred at
/// `loc`, the larger of both tails is 1 less the other one.
///
/// # Draws
/// Rejection by Wood's envelope; the gradient is implicit (Figurnov et al. 2018). On a fixed interval it is that of the
/// quantile function, which is right for functions that are not periodic too.
///
/// # Reference
/// Mardia and Jupp, "Directional Statistics" (2000), section 3.5.4; Wood, "Simulation of the von Mises Fisher
/// distribution", Communications in Statistics 23 (1994); Best and Fisher, Applied Statistics 28 (1979).
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, Moments, VonMises};
///
/// let wind = VonMises::new(3.0, 2.0)?;
/// // Across ±π the angle −3 is near 3.
/// assert!(wind.log_prob(&(-3.0).into())?.item() > wind.log_prob(&2.0.into())?.item());
/// assert!((wind.variance().item() - 0.302_225_342_035_992).abs() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct VonMises {
    loc: Tensor,
    concentration: Tensor,
    /// The middle of the interval of angles; `loc` if there is none.
    centre: Option<Tensor>,
    batch_shape: Shape,
}

impl VonMises {
    const NAME: &'static str = "VonMises";

    /// The von Mises distribution of angles on `[−π, π]`, with this mean direction and concentration.
    ///
    /// # Errors
    /// A `loc` that is not finite, a concentration that is negative or infinite; shapes that do not broadcast.
    pub fn new(loc: impl IntoTensor, concentration: impl IntoTensor) -> Result<Self> {
        let (loc, concentration) = (loc.into_tensor(), concentration.into_tensor());
        let batch_shape = check::broadcast_all(Self::NAME, &[&loc, &concentration])?;
        let distribution = Self { loc, concentration, centre: Some(Tensor::scalar(0.0)), batch_shape };
        check::constants(Self::NAME, &distribution.parameters())?;
        Ok(distribution)
    }

    /// The same distribution with angles on `[centre − π, centre + π]`.
    ///
    /// # Errors
    /// A `centre` that is not finite; shapes that do not broadcast.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Distribution, VonMises};
    /// use std::f64::consts::PI;
    ///
    /// let hours = VonMises::new(0.0, 2.0)?.around(PI)?;
    /// let same = VonMises::new(0.0, 2.0)?;
    /// let difference = hours.log_prob(&(2.0 * PI - 1.0).into())? - same.log_prob(&(-1.0).into())?;
    /// assert!(difference.abs().item() < 1e-14);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn around(self, centre: impl IntoTensor) -> Result<Self> {
        let centre = centre.into_tensor();
        let batch_shape = check::broadcast_all(Self::NAME, &[&self.loc, &self.concentration, &centre])?;
        check::constants(Self::NAME, &[("centre", &centre, Constraint::Real)])?;
        Ok(Self { centre: Some(centre), batch_shape, ..self })
    }

    /// The same distribution with angles on `[loc − π, loc + π]`.
    #[must_use]
    pub fn around_loc(self) -> Self {
        Self { centre: None, ..self }
    }

    /// Mean direction.
    #[must_use]
    pub fn loc(&self) -> &Tensor {
        &self.loc
    }

    /// Concentration.
    #[must_use]
    pub fn concentration(&self) -> &Tensor {
        &self.concentration
    }

    fn parameters(&self) -> [check::Parameter<'_>; 2] {
        [("loc", &self.loc, Constraint::Real), ("concentration", &self.concentration, Constraint::NonNegative)]
    }

    /// The concentration, with NaN for tracked ones outside of the domain.
    fn checked_concentration(&self) -> Tensor {
        check::or_nan(&self.concentration, &Constraint::NonNegative)
    }

    /// The middle of the interval.
    fn centre(&self) -> &Tensor {
        self.centre.as_ref().unwrap_or(&self.loc)
    }

    /// The angle from the middle of the interval, between −π and π, of one that lies so far from `loc`.
    fn offset_from_centre(&self, angle: Option<&Tensor>) -> Result<Tensor> {
        let zero = Tensor::scalar(0.0);
        let angle = angle.unwrap_or(&zero);
        match &self.centre {
            None => Ok(angle.clone()),
            Some(centre) => Ok(wrapped(&self.loc.try_sub(centre)?.try_add(angle)?)),
        }
    }
}

/// An angle between −π and π.
pub(super) fn wrapped(angle: &Tensor) -> Tensor {
    let turns = (angle.detach() * (0.5 / PI)).round();
    (angle - turns * (2.0 * PI)).maximum(-PI).minimum(PI)
}

impl Distribution for VonMises {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn support(&self) -> Constraint {
        Constraint::Interval { lower: self.centre() - PI, upper: self.centre() + PI }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &self.parameters())?;
        let shape = sample_shape.concat(&self.batch_shape);
        let sign = noise::draw(rng, shape, |rng, numbers| {
            noise::each(rng, numbers, |rng| if rng.random::<bool>() { 1.0 } else { -1.0 });
        });
        let angle = sphere::draw_polar_angle(rng, shape, &self.concentration, 2)?.try_mul(sign)?;
        let draws = self.offset_from_centre(Some(&angle))?.try_add(self.centre())?;
        match self.centre {
            None => Ok(draws),
            // Angles that turn with `loc` would jump at the ends of the interval.
            Some(_) => implicit::by_cdf(self, &draws),
        }
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, self.centre().detach(), |value| {
            let concentration = self.checked_concentration();
            let angle = value.try_sub(&self.loc)?;
            log_density(&angle, &concentration)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

/// At an angle from the mean direction.
fn log_density(angle: &Tensor, concentration: &Tensor) -> Result<Tensor> {
    // cos x − 1, without cancellation.
    let below_peak = (angle * 0.5).sin().square() * -2.0;
    below_peak.try_mul(concentration)?.try_sub(concentration.log_bessel_ie(0.0) + LN_2PI)
}

/// ∫ p(t) dt from `start` to `end`, 0 ≤ start ≤ end ≤ π, relative to p(start).
fn relative_mass(start: &Tensor, end: &Tensor, concentration: &Tensor) -> Result<Tensor> {
    let width = end.try_sub(start)?;
    let shape = check::broadcast(VonMises::NAME, &width.shape(), &concentration.shape())?;
    // As vectors, because a tensor of six axes has no room for another.
    let [start, width, concentration] = [start, &width, concentration]
        .map(|each| each.try_broadcast_to(shape).and_then(|all| all.try_reshape(shape.size())));
    let (start, width, concentration) = (start?, width?, concentration?);
    // Where the exponent has fallen by 38: there sin²(t/2) is larger by 19 / concentration.
    let (known, rise) = (start.detach(), 19.0 / concentration.detach());
    let (sine, cosine) = ((&known * 0.5).sin(), (&known * 0.5).cos());
    let further = (sine.square() + &rise).minimum(1.0).sqrt();
    let cosine_there = (cosine.square() - &rise).maximum(0.0).sqrt();
    // The sine of half of the difference of the angles.
    let is_near = rise.less(cosine.square());
    let half = rise.minimum(cosine.square()) / (&further * &cosine + &sine * cosine_there);
    let half = half.minimum(1.0);
    let reach = (&half / ((1.0 - &half) * (1.0 + &half)).sqrt()).atan() * 2.0;
    let is_cut = is_near * reach.less(width.detach());
    // An end in between does not move.
    let width = Tensor::select(is_cut, reach - (&start - known), width);
    let nodes: Vec<f64> = GAUSS_LEGENDRE.iter().map(|&(node, _)| node).collect();
    let weights: Vec<f64> = GAUSS_LEGENDRE.iter().map(|&(_, weight)| weight).collect();
    let half_step = (&width * 0.5).unsqueeze(-1) * Tensor::from(nodes);
    let exponent = (&half_step + start.unsqueeze(-1)).sin() * half_step.sin() * (concentration * -2.0).unsqueeze(-1);
    let mean = (exponent.exp() * Tensor::from(weights)).sum_axis(-1);
    (width * mean).try_reshape(shape)
}

impl VonMises {
    /// The logarithms of both tails, inside the support.
    fn log_tails(&self, value: &Tensor) -> Result<(Tensor, Tensor)> {
        let concentration = &self.checked_concentration();
        // Seen from the side on which the interval starts before the mode: −π ≤ start ≤ 0.
        let shift = -self.offset_from_centre(None)?;
        let is_mirrored = shift.detach().less(0.0);
        let mirrored = |tensor: &Tensor| Tensor::try_select(&is_mirrored, -tensor, tensor);
        let shift = mirrored(&shift)?;
        let from_start = PI - &shift;
        let angle = mirrored(&value.try_sub(self.centre())?)?.try_add(&shift)?;
        let is_past = angle.detach().greater(PI).try_mul(shift.detach().greater(0.0))?;
        let is_after = angle.detach().greater(0.0).try_mul(1.0 - &is_past)?;
        let angle = &angle - &is_past * (2.0 * PI);
        // Before the mode the mass from the start is integrated, after it that beyond, which lies on both sides of ±π.
        let distance = Tensor::select(&is_after, &angle, -&angle);
        let start = Tensor::try_select(&is_past, &from_start, &distance)?;
        let end = Tensor::try_select(&is_past, &distance, &from_start)?;
        let end = Tensor::try_select(&is_after, PI, end)?;
        let log_mass = |start: &Tensor, mass: &Tensor| log_density(start, concentration)?.try_add(mass.ln());
        let first = log_mass(&start, &relative_mass(&start, &end, concentration)?)?;
        let tail = if self.centre.is_none() {
            first
        } else {
            let mass = relative_mass(&from_start, &Tensor::scalar(PI), concentration)?;
            let is_mass = mass.detach().greater(0.0);
            let second = log_mass(&from_start, &Tensor::select(&is_mass, &mass, 1.0))?;
            let apart = first.try_sub(&second)?.abs();
            let both = first.try_maximum(&second)?.try_add((-apart).exp().log1p())?;
            // None yet, but it moves with the start.
            let ratio = Tensor::try_select(&is_mass, f64::NEG_INFINITY, second.try_sub(&first)?)?.exp();
            let both = Tensor::try_select(&is_mass, both, first.try_add(ratio.try_mul(mass)?)?)?;
            Tensor::try_select(&is_after, both, first)?
        };
        let complement = tail.minimum(-f64::MIN_POSITIVE).log1mexp();
        // The tail is the upper one, after the mode or past ±π, unless all is mirrored.
        let is_upper = is_after.try_add(is_past)?.try_not_equal(&is_mirrored)?;
        Ok((Tensor::try_select(&is_upper, &complement, &tail)?, Tensor::try_select(&is_upper, &tail, &complement)?))
    }
}

impl Cdf for VonMises {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, 1.0), |value| Ok(self.log_tails(value)?.0.exp()))
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (f64::NEG_INFINITY, 0.0), |value| Ok(self.log_tails(value)?.0))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (1.0, 0.0), |value| Ok(self.log_tails(value)?.1.exp()))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, f64::NEG_INFINITY), |value| Ok(self.log_tails(value)?.1))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        quantile::by_inversion_of(self, probability, self.centre(), &Tensor::scalar(1.0), |value| self.log_tails(value))
    }
}

impl Mode for VonMises {
    fn mode(&self) -> Result<Tensor> {
        let mode = self.offset_from_centre(None)?.try_add(self.centre())?;
        Tensor::try_select(self.concentration.greater(0.0), mode, f64::NAN)?.try_broadcast_to(self.batch_shape)
    }
}

impl Moments for VonMises {
    /// Mean direction, as an angle of the support.
    fn mean(&self) -> Tensor {
        let mean = self
            .offset_from_centre(None)
            .and_then(|angle| angle.try_add(self.centre())?.try_broadcast_to(self.batch_shape));
        crate::tensor::or_panic(mean)
    }

    /// Circular variance, 1 − E cos(x − loc).
    fn variance(&self) -> Tensor {
        self.concentration.bessel_ratio_complement(0.0).broadcast_to(self.batch_shape)
    }
}

impl Entropy for VonMises {
    fn entropy(&self) -> Tensor {
        let spread = &self.concentration * self.concentration.bessel_ratio_complement(0.0);
        (self.concentration.log_bessel_ie(0.0) + spread + LN_2PI).broadcast_to(self.batch_shape)
    }
}

impl KlDivergence<Self> for VonMises {
    /// That of the directions, whatever the intervals of their angles.
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        let shape = check::broadcast(Self::NAME, &self.batch_shape, &other.batch_shape)?;
        // E (1 − cos) of the angles from each mean direction.
        let own = self.concentration.bessel_ratio_complement(0.0);
        let apart = (self.loc.try_sub(&other.loc)? * 0.5).sin().square() * 2.0;
        let from_other = (1.0 - &own).try_mul(apart)?.try_add(&own)?;
        let constants = other.concentration.log_bessel_ie(0.0).try_sub(self.concentration.log_bessel_ie(0.0))?;
        let spread = from_other.try_mul(&other.concentration)?.try_sub(own * &self.concentration)?;
        spread.try_add(constants)?.try_broadcast_to(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn around_loc() -> Family<VonMises> {
        Family::new("VonMises", |p| Ok(VonMises::new(p.get("loc"), p.get("concentration"))?.around_loc()))
            .at(parameters! { loc: 0.3, concentration: 1.7 })
            .at(parameters! { loc: -2.0, concentration: 4.0 })
            .at(parameters! { loc: 1.0, concentration: 0.2 })
            .nan_at("concentration", &["mode"], "no event is the only one there")
            .rejects(parameters! { loc: f64::NAN, concentration: 1.0 }, "VonMises: `loc` must be real, got NaN")
            .rejects(
                parameters! { loc: 0.0, concentration: -2.0 },
                "VonMises: `concentration` must be non-negative, got -2",
            )
            .covers(&["kl"])
            .draws([-1.1282462597567593, -0.5956534212064479, 1.078302557081643])
    }

    conformance::distribution!(
        around_loc() => univariate, cdf, mode, moments, entropy, reparameterized
    );

    mod on_a_fixed_interval {
        use super::*;

        fn family() -> Family<VonMises> {
            Family::of("VonMises", |p| VonMises::new(p.get("loc"), p.get("concentration")))
                .nan_at("concentration", &["mode"], "no event is the only one there")
                .at(parameters! { loc: 0.3, concentration: 1.7 })
                .at(parameters! { loc: -2.0, concentration: 4.0 })
                .at(parameters! { loc: -0.01, concentration: 0.8 })
                .at(parameters! { loc: 3.1, concentration: 2.0 })
                .at(parameters! { loc: -9.0, concentration: 0.5 })
                .rejects(parameters! { loc: f64::NAN, concentration: 1.0 }, "VonMises: `loc` must be real, got NaN")
                .rejects(
                    parameters! { loc: 0.0, concentration: -2.0 },
                    "VonMises: `concentration` must be non-negative, got -2",
                )
                .without_far_cases("the table has those of the interval around `loc`")
                .draws([-1.1282462597567593, -0.5956534212064479, 1.078302557081643])
        }

        conformance::distribution!(family() => univariate, cdf, mode, entropy, kl, reparameterized);
    }

    #[test]
    fn golden_divergences() {
        // Those of the table, of the circle: draws around one `loc` need not lie in the interval around the other.
        for ([p_loc, p_concentration], [q_loc, q_concentration], want) in
            [([0.0, 1.0], [1.0, 2.0], 0.552_098_093_091_716_4), ([-1.0, 30.0], [0.5, 0.1], 2.106_528_859_236_477_5)]
        {
            let [p, q] = [(p_loc, p_concentration), (q_loc, q_concentration)]
                .map(|(loc, concentration)| VonMises::new(loc, concentration).unwrap().around_loc());
            let got = p.kl_divergence(&q).unwrap().item();
            assert!((got - want).abs() < 1e-12, "{got}, {want}");
        }
    }

    #[test]
    fn the_interval_starts_where_the_density_is_not_zero() {
        // F(x) = G(x − loc) − G(−π − loc), at the loc where no angle lies past ±π yet: dF/d loc = p(−π) − p(x).
        for x in [-3.0, -1.0, 0.5, 3.0] {
            let (_, slope) = crate::grad(|p| VonMises::new(&p[0], 0.8)?.cdf(&x.into()), &[Tensor::from(0.0)]).unwrap();
            let angle = VonMises::new(0.0, 0.8).unwrap();
            let [start, own] = [-PI, x].map(|x| angle.prob(&x.into()).unwrap().item());
            assert!((slope[0].item() - (start - own)).abs() < 1e-14, "{x}: {}, {}", slope[0], start - own);
        }
    }

    #[test]
    fn the_mean_is_an_angle_of_the_support() {
        let angle = VonMises::new(4.0, 1.0).unwrap();
        assert!((angle.mean().item() - (4.0 - 2.0 * PI)).abs() < 1e-15);
        assert_eq!(angle.clone().around_loc().mean().item(), 4.0);
        assert!((angle.around(PI).unwrap().mean().item() - 4.0).abs() < 1e-15);
    }

    #[test]
    fn extreme_concentrations() {
        // At small ones the uniform distribution, at large ones the normal one.
        let uniform = VonMises::new(0.0, 0.0).unwrap();
        assert!((uniform.cdf(&1.0.into()).unwrap().item() - (0.5 + 0.5 / PI)).abs() < 1e-15);
        assert!(uniform.mode().unwrap().item().is_nan());
        let narrow = VonMises::new(0.0, 1e200).unwrap();
        let normal = crate::distribution::Normal::new(0.0, 1e-100).unwrap();
        for x in [-3e-100, 1e-101, 2e-100] {
            let [got, want] = [narrow.log_cdf(&x.into()), normal.log_cdf(&x.into())].map(|log| log.unwrap().item());
            assert!((got / want - 1.0).abs() < 1e-13, "{x}: {got}, {want}");
        }
    }
}
