//! Probabilities of intervals: differences of distribution functions that keep their digits in both tails.

use std::f64::consts::LN_2;

use super::{quantile, vector};
use crate::distribution::Cdf;
use crate::{Result, Tensor};

/// Up to this difference of the logarithms of a tail at both ends, the density over the interval is nearly constant.
const NARROW: f64 = 1e-4;
/// The same in a far tail, whose logarithm has fewer digits behind the point.
const NARROW_FAR_OUT: f64 = 1e-2;
/// Logarithm of the probability of a tail that is far.
const FAR: f64 = -5.0;

/// ln P(low ≤ X ≤ high); an end that is none, or infinite, is that of the support. NaN where an end is NaN.
///
/// It is the difference of the distribution function in the smaller of the two tails that hold the interval, on the
/// logarithmic scale. Over a narrow interval, where that difference cancels, the density is integrated by three points
/// instead.
///
/// # Reference
/// Gauss–Legendre quadrature, DLMF 3.5(v).
pub(crate) fn log_probability<D: Cdf>(distribution: &D, low: Option<&Tensor>, high: Option<&Tensor>) -> Result<Tensor> {
    let support = distribution.support();
    let is_discrete = support.is_discrete();
    let (first, last) = quantile::ends(&support);
    let (first, last) = (first.detach(), last.detach());
    let infinite = |sign: f64| Tensor::scalar(sign * f64::INFINITY);
    let [low, high] = [low.cloned().unwrap_or(infinite(-1.0)), high.cloned().unwrap_or(infinite(1.0))];
    // Conditions have no derivative.
    let (known_low, known_high) = (low.detach(), high.detach());
    let is_empty = if is_discrete {
        known_high
            .try_less(&first)?
            .try_maximum(known_low.try_greater(&last)?)?
            .try_maximum(known_low.try_greater(&known_high)?)?
    } else {
        known_high
            .try_less_equal(&first)?
            .try_maximum(known_low.try_greater_equal(&last)?)?
            .try_maximum(known_low.try_greater_equal(&known_high)?)?
    };
    let is_full = 1.0 - &is_empty;
    let has_low = known_low.try_greater(&first)?.try_mul(&is_full)?;
    let has_high = known_high.try_less(&last)?.try_mul(&is_full)?;

    let inside = vector::point_inside(distribution)?;
    let step = if is_discrete { 1.0 } else { 0.0 };
    let ends = Ends {
        // Before the first count.
        below: Tensor::try_select(&has_low, &low - step, &inside)?,
        above: Tensor::try_select(&has_high, &high, &inside)?,
        has_low,
        has_high,
    };
    let log = if ends.has_low.is_known_to_be_all(0.0) && ends.has_high.is_known_to_be_all(0.0) {
        Tensor::scalar(0.0)
    } else if ends.has_low.is_known_to_be_all(0.0) {
        Tensor::try_select(&ends.has_high, distribution.log_cdf(&ends.above)?, 0.0)?
    } else if ends.has_high.is_known_to_be_all(0.0) {
        Tensor::try_select(&ends.has_low, distribution.log_survival(&ends.below)?, 0.0)?
    } else {
        ends.log_between(distribution, is_discrete)?
    };
    let log = Tensor::try_select(is_empty, f64::NEG_INFINITY, log)?;
    let is_number = known_low.equal(&known_low).try_mul(known_high.equal(&known_high))?;
    if is_number.is_known_to_be_all(1.0) { Ok(log) } else { Tensor::try_select(is_number, log, f64::NAN) }
}

/// The ends of an interval that is cut out of a support, and points inside where there is none.
struct Ends {
    below: Tensor,
    above: Tensor,
    has_low: Tensor,
    has_high: Tensor,
}

impl Ends {
    fn log_between<D: Cdf>(&self, distribution: &D, is_discrete: bool) -> Result<Tensor> {
        let Self { below, above, has_low, has_high } = self;
        let up_to_low = Tensor::try_select(has_low, distribution.log_cdf(below)?, f64::NEG_INFINITY)?;
        let from_low = Tensor::try_select(has_low, distribution.log_survival(below)?, 0.0)?;
        let up_to_high = Tensor::try_select(has_high, distribution.log_cdf(above)?, 0.0)?;
        let from_high = Tensor::try_select(has_high, distribution.log_survival(above)?, f64::NEG_INFINITY)?;
        let is_lower = up_to_high.detach().try_less_equal(from_low.detach())?;
        let whole = Tensor::try_select(&is_lower, up_to_high, from_low)?;
        let outside = Tensor::try_select(&is_lower, up_to_low, from_high)?;
        let has_outside = Tensor::try_select(&is_lower, has_low, has_high)?;

        let ratio = outside.try_sub(&whole)?;
        let known = ratio.detach();
        let is_difference = has_outside * known.greater(f64::NEG_INFINITY) * known.less(0.0);
        let by_difference = |is_difference: &Tensor| -> Result<Tensor> {
            let kept = Tensor::try_select(is_difference, &ratio, -1.0)?.log1mexp();
            // A difference that is rounded to 0 has lost the interval.
            let otherwise = Tensor::select(known.equal(0.0), f64::NEG_INFINITY, 0.0);
            whole.try_add(Tensor::try_select(is_difference, kept, otherwise)?)
        };
        let threshold = Tensor::select(whole.detach().less(FAR), NARROW_FAR_OUT, NARROW);
        let is_narrow = if is_discrete {
            // A single count has its mass.
            (above - below).detach().equal(1.0) * has_low * has_high
        } else {
            known.try_greater(-&threshold)? * has_low * has_high
        };
        if is_narrow.is_known_to_be_all(0.0) {
            return by_difference(&is_difference);
        }
        let (by_density, is_right) = if is_discrete {
            (distribution.log_prob(above)?, Tensor::scalar(1.0))
        } else {
            self.quadrature(distribution, &is_narrow, &-known.maximum(-&threshold))?
        };
        let is_narrow = is_narrow.try_mul(is_right)?;
        let by_difference = by_difference(&is_difference.try_mul(1.0 - &is_narrow)?)?;
        Tensor::try_select(is_narrow, by_density, by_difference)
    }

    /// The integral of the density by three points, and whether it may be trusted: where the density has a corner, the
    /// middle one does not lie between the others by a difference of second order.
    fn quadrature<D: Cdf>(&self, distribution: &D, is_narrow: &Tensor, size: &Tensor) -> Result<(Tensor, Tensor)> {
        let width = Tensor::try_select(is_narrow, self.above.try_sub(&self.below)?, 0.0)?;
        let at = |part: f64| distribution.log_prob(&self.below.try_add(&width * part)?);
        let offset = 0.15_f64.sqrt();
        let (first, middle, last) = (at(0.5 - offset)?, at(0.5)?, at(0.5 + offset)?);
        let bend = (&first + &last) * 0.5 - &middle;
        let rounding = (middle.detach().abs() + 1.0) * 1e-14;
        let is_smooth = bend.detach().abs().try_less_equal(size * size.sqrt() * 3.0 + rounding)?;
        // Relative to the middle.
        let mean = ((&first - &middle).exp() + (&last - &middle).exp()) * (5.0 / 18.0) + 4.0 / 9.0;
        let length = Tensor::try_select(is_narrow, &width, 1.0)?;
        Ok((middle.try_add(mean.ln())?.try_add(length.ln())?, is_smooth))
    }
}

/// ln p from the logarithms of p and of 1 − p, by the smaller of them.
pub(crate) fn log_of_complement(log: Tensor, complement: &Tensor) -> Result<Tensor> {
    let is_near_one = complement.detach().less(-LN_2);
    let is_one = complement.detach().equal(f64::NEG_INFINITY);
    let near = Tensor::select(is_near_one.clone() * (1.0 - &is_one), complement, -1.0).log1mexp();
    Tensor::try_select(is_near_one, Tensor::try_select(is_one, 0.0, near)?, log)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Cauchy, Distribution, Exponential, Laplace, Normal, Poisson, Uniform};
    use crate::special;

    #[track_caller]
    fn check<D: Cdf>(distribution: Result<D>, low: f64, high: f64, want: f64, relative: f64) {
        let got = log_probability(&distribution.unwrap(), Some(&low.into()), Some(&high.into())).unwrap().item();
        assert!(got == want || (got - want).abs() < relative, "{got}, {want}: {:e}", got - want);
    }

    #[test]
    fn intervals_in_the_tails() {
        // Exponential tails in closed form: ln(e⁻ᵃ − e⁻ᵇ).
        for (a, b) in [(0.5, 2.0_f64), (600.0, 601.0), (1e5, 1e5 + 1e-3), (3.0, f64::INFINITY)] {
            check(Exponential::new(1.0), a, b, -a + (-(a - b).exp_m1()).ln(), 1e-13 * a.max(1.0));
            check(Laplace::new(0.0, 1.0), -b, -a, -a + (-(a - b).exp_m1()).ln() - LN_2, 1e-13 * a.max(1.0));
        }
        let far = special::truncated_log_mass(30.0, 30.5, 0.5);
        check(Normal::new(0.0, 1.0), 30.0, 30.5, far, 1e-12);
        check(Normal::new(0.0, 1.0), -30.5, -30.0, far, 1e-12);
    }

    #[test]
    fn narrow_intervals() {
        for width in [1e-3, 1e-5, 1e-9, 1e-14] {
            let wanted = special::truncated_log_mass(0.5, 0.5 + width, (0.5 + width) - 0.5);
            check(Normal::new(0.0, 1.0), 0.5, 0.5 + width, wanted, 1e-11);
            // 1 / (π (1 + z²)) of a wide scale.
            let half = 0.5 * width / 1e3;
            check(
                Cauchy::new(0.0, 1e3),
                -0.5 * width,
                0.5 * width,
                (2.0 * half.atan() / std::f64::consts::PI).ln(),
                1e-11,
            );
            // A corner inside: the difference has fewer digits.
            let corner = (-(-0.5 * width).exp_m1()).ln();
            check(
                Laplace::new(0.0, 1.0),
                -0.5 * width,
                0.5 * width,
                corner,
                1e-7_f64.min(1e-15 / width).max(0.05 * width.min(1e-13)),
            );
        }
        check(Uniform::new(-1.0, 3.0), 0.25, 0.25 + f64::EPSILON, (0.25 * f64::EPSILON).ln(), 1e-13);
    }

    #[test]
    fn counts_have_both_ends() {
        let poisson = || Poisson::new(2.0);
        check(poisson(), 1.0, 2.0, (4.0 * (-2_f64).exp()).ln(), 1e-15);
        check(poisson(), -3.0, 0.0, -2.0, 1e-15);
        check(poisson(), 40.0, 40.0, poisson().unwrap().log_prob(&40.0.into()).unwrap().item(), 1e-13);
        check(poisson(), 2.0, 1.0, f64::NEG_INFINITY, 0.0);
        check(poisson(), -3.0, -1.0, f64::NEG_INFINITY, 0.0);
    }

    #[test]
    fn what_is_outside_or_everything() {
        check(Exponential::new(1.0), -2.0, -1.0, f64::NEG_INFINITY, 0.0);
        check(Exponential::new(1.0), -2.0, f64::INFINITY, 0.0, 0.0);
        check(Exponential::new(1.0), -2.0, 1.0, (-(-1_f64).exp_m1()).ln(), 1e-15);
        let none = log_probability(&Exponential::new(1.0).unwrap(), Some(&f64::NAN.into()), None).unwrap();
        assert!(none.item().is_nan());
    }
}
