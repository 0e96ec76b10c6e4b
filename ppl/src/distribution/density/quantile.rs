//! Quantiles by inversion of a distribution function that has no inverse in closed form.

use crate::distribution::Cdf;
use crate::distribution::density::scalar;
use crate::tensor::record;
use crate::{Constraint, Result, Tensor};

/// Iterations of a program, which cannot look whether they have converged: as many bisections reach the last digit.
const RECORDED_ITERATIONS: usize = 64;
/// Iterations of which the last digits of a hard case may need more than half.
const ITERATIONS: usize = 200;
/// Steps of a coordinate that are smaller, relatively, change no digit.
const PRECISION: f64 = 1e-15;
/// Beyond this coordinate all numbers overflow or underflow.
const LARGEST_COORDINATE: f64 = 745.0;

/// The quantiles at these probabilities, by Newton's method in a bracket, on the logarithm of the smaller tail.
///
/// `centre` and `width` say where most of the mass is: a point inside the support and a length. The result has the
/// derivatives of the quantile, of first and second order: the last two steps are Newton steps of tensors.
///
/// # Reference
/// Press et al., "Numerical Recipes" (2007), section 9.4, for the safeguarded iteration.
pub(crate) fn by_inversion<D: Cdf>(
    distribution: &D,
    probability: &Tensor,
    centre: &Tensor,
    width: &Tensor,
) -> Result<Tensor> {
    let shape = scalar::check_shape(distribution, probability)?;
    let probability = &scalar::probability(probability);
    let (low, high) = ends(&distribution.support());
    // Where the quantile is an end of the support, or none, the search is for the median.
    let is_inner = probability.detach().greater(0.0) * probability.detach().less(1.0);
    let searched = Tensor::select(&is_inner, probability, 0.5);
    let equation = Equation { distribution, is_lower: &searched.detach().less_equal(0.5), searched: &searched };

    let coordinate =
        Coordinate { low: &low.detach(), high: &high.detach(), centre: &centre.detach(), width: &width.detach() };
    let mut t = Tensor::zeros(shape);
    let mut below = Tensor::full(shape, -LARGEST_COORDINATE);
    let mut above = Tensor::full(shape, LARGEST_COORDINATE);
    let mut last_step = &above - &below;
    let is_recorded = record::is_open();
    for _ in 0..if is_recorded { RECORDED_ITERATIONS } else { ITERATIONS } {
        let (x, slope) = coordinate.at(&t)?;
        let (residual, by_x) = equation.at(&x)?;
        let (residual, by_t) = (residual.detach(), (by_x * slope).detach());
        let is_beyond = residual.greater(0.0);
        above = Tensor::select(&is_beyond, &t, &above);
        below = Tensor::select(&is_beyond, &below, &t);
        let newton = &t - &residual / &by_t;
        // A step that leaves the bracket, or is larger than half of the last one, is a bisection instead.
        let is_good = newton.greater(&below) * newton.less(&above) * (&newton - &t).abs().less(last_step.abs() * 0.5);
        let next = Tensor::select(is_good, newton, (&below + &above) * 0.5);
        // One that has converged stays where it is, however long the others take.
        let is_done = last_step.abs().less((t.abs() + 1.0) * PRECISION) + residual.equal(0.0);
        let next = Tensor::select(is_done, &t, next);
        last_step = &next - &t;
        t = next;
        if !is_recorded && (last_step.abs() / (t.abs() + 1.0)).max().item() < PRECISION {
            break;
        }
    }
    let quantile = equation.newton_steps(coordinate.at(&t)?.0.detach())?;
    let at_ends = Tensor::select(
        probability.detach().equal(0.0),
        low,
        Tensor::select(probability.detach().equal(1.0), high, f64::NAN),
    );
    Tensor::try_select(is_inner, quantile, at_ends)?.try_broadcast_to(shape)
}

/// Draws that stand for numbers only, with the derivatives by the parameters that keep the distribution function of each
/// where it is: implicit reparameterisation by the tensors of the distribution function.
///
/// # Reference
/// Figurnov, Mohamed and Mnih, "Implicit reparameterization gradients", NeurIPS 2018.
pub(crate) fn moving_with_parameters<D: Cdf>(distribution: &D, draws: &Tensor) -> Result<Tensor> {
    let draws = draws.detach();
    if !distribution.parameter_values().iter().any(|(_, parameter)| parameter.is_tracked()) {
        return Ok(draws);
    }
    let (lower, upper) = (distribution.log_cdf(&draws)?, distribution.log_survival(&draws)?);
    let is_lower = lower.detach().less_equal(upper.detach());
    let tail = Tensor::select(&is_lower, &lower, -&upper);
    let log_tail = Tensor::select(is_lower, lower.detach(), upper.detach());
    let slope = (distribution.log_prob(&draws)?.detach() - log_tail).exp();
    // A draw where the density underflows stays where it is.
    let is_moved = slope.greater(0.0) * slope.less(f64::INFINITY);
    let step = (&tail - tail.detach()).try_div(Tensor::select(&is_moved, slope, 1.0))?;
    draws.try_sub(Tensor::select(is_moved, step, 0.0))
}

/// A quantile that is known as a number, with its derivatives of first and second order: two Newton steps of tensors.
///
/// Where the probability is 0 or 1 the quantile must be the end of the support.
pub(crate) fn with_derivatives<D: Cdf>(distribution: &D, probability: &Tensor, quantile: &Tensor) -> Result<Tensor> {
    let is_inner = probability.detach().greater(0.0) * probability.detach().less(1.0);
    let searched = Tensor::select(&is_inner, probability, 0.5);
    let equation = Equation { distribution, is_lower: &searched.detach().less_equal(0.5), searched: &searched };
    let inner = equation.newton_steps(quantile.detach())?;
    Tensor::try_select(is_inner, inner, quantile.detach())
}

/// ln F(x) = ln p in the lower half, −ln(1 − F(x)) = −ln(1 − p) in the upper: increasing in x.
struct Equation<'a, D> {
    distribution: &'a D,
    is_lower: &'a Tensor,
    searched: &'a Tensor,
}

impl<D: Cdf> Equation<'_, D> {
    /// The left side less the right one, and its derivative by x.
    fn at(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let log_density = self.distribution.log_prob(x)?;
        let (lower, upper) = (self.distribution.log_cdf(x)?, self.distribution.log_survival(x)?);
        let residual = Tensor::select(self.is_lower, &lower - self.searched.ln(), (-self.searched).log1p() - &upper);
        let slope = (log_density - Tensor::select(self.is_lower, lower, upper)).exp();
        Ok((residual, slope))
    }

    /// The solution, from one that has nearly all digits.
    fn newton_steps(&self, mut quantile: Tensor) -> Result<Tensor> {
        for _ in 0..2 {
            let (residual, slope) = self.at(&quantile)?;
            let step = residual / slope;
            // Where the density underflows there is no derivative, and no digit to gain.
            let is_step = step.detach().abs().less(f64::INFINITY);
            quantile = &quantile - Tensor::select(is_step, step, 0.0);
        }
        Ok(quantile)
    }
}

/// The support as an image of the real line, which has room for all magnitudes.
struct Coordinate<'a> {
    low: &'a Tensor,
    high: &'a Tensor,
    centre: &'a Tensor,
    width: &'a Tensor,
}

impl Coordinate<'_> {
    /// The value at a coordinate, and its derivative.
    fn at(&self, t: &Tensor) -> Result<(Tensor, Tensor)> {
        let is_finite = |end: &Tensor| end.abs().less(f64::INFINITY);
        let (has_low, has_high) = (is_finite(self.low), is_finite(self.high));
        let (low, high) = (Tensor::select(&has_low, self.low, 0.0), Tensor::select(&has_high, self.high, 0.0));
        let (up, down) = (t.exp(), (-t).exp());
        // From the lower end, from the upper end, between both, or anywhere.
        let from_low = (self.centre - &low, up.clone());
        let from_high = (&high - self.centre, down.clone());
        let width = &high - &low;
        let both = &width * t.sigmoid();
        let bounded = (&low + &both, both * (-t).sigmoid());
        let anywhere = ((&up - &down) * 0.5 * self.width + self.centre, (up + down) * 0.5 * self.width);
        let choose = |of_both: Tensor, of_low: Tensor, of_high: Tensor, of_none: Tensor| -> Result<Tensor> {
            let with_low = Tensor::try_select(&has_high, of_both, of_low)?;
            let without_low = Tensor::try_select(&has_high, of_high, of_none)?;
            Tensor::try_select(&has_low, with_low, without_low)
        };
        let low_part = &from_low.0 * &from_low.1;
        let high_part = &from_high.0 * &from_high.1;
        let value = choose(bounded.0, &low + &low_part, &high - &high_part, anywhere.0)?;
        let slope = choose(bounded.1, low_part, high_part, anywhere.1)?;
        Ok((value, slope))
    }
}

/// The ends of the support of numbers.
pub(crate) fn ends(support: &Constraint) -> (Tensor, Tensor) {
    let infinite = |sign: f64| Tensor::scalar(sign * f64::INFINITY);
    match support {
        Constraint::Positive | Constraint::NonNegative => (Tensor::scalar(0.0), infinite(1.0)),
        Constraint::UnitInterval => (Tensor::scalar(0.0), Tensor::scalar(1.0)),
        Constraint::Interval { lower, upper } => (lower.clone(), upper.clone()),
        Constraint::GreaterThan(low) => (low.clone(), infinite(1.0)),
        Constraint::LessThan(high) => (infinite(-1.0), high.clone()),
        _ => (infinite(-1.0), infinite(1.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Beta, Gamma, Gumbel, Normal, Uniform};
    use crate::grad;
    use crate::program::tests::assert_program_is_tape;

    /// Against quantiles in closed form or by another algorithm; the derivatives against theirs.
    #[track_caller]
    fn check<D: Cdf>(build: impl Fn(&[Tensor]) -> Result<D>, parameters: &[f64], probabilities: &[f64]) {
        let mut inputs: Vec<Tensor> = parameters.iter().map(|&parameter| parameter.into()).collect();
        inputs.push(Tensor::from(probabilities));
        let centre = build(&inputs).unwrap().median().unwrap() * 1.25 + 0.1;
        let got = |inputs: &[Tensor]| {
            let quantiles =
                by_inversion(&build(inputs)?, &inputs[parameters.len()], &centre.abs(), &Tensor::scalar(0.7))?;
            Ok((quantiles * Tensor::linspace(1.0, 2.0, probabilities.len())).sum())
        };
        let want = |inputs: &[Tensor]| {
            let quantiles = build(inputs)?.icdf(&inputs[parameters.len()])?;
            Ok((quantiles * Tensor::linspace(1.0, 2.0, probabilities.len())).sum())
        };
        let (got_value, got_gradient) = grad(got, &inputs).unwrap();
        let (want_value, want_gradient) = grad(want, &inputs).unwrap();
        assert!((got_value / want_value - 1.0).abs() < 1e-12, "{got_value}, {want_value}");
        for (got, want) in got_gradient.iter().zip(&want_gradient) {
            assert!(((got - want) / (want.abs() + 1e-10)).abs().max() < 1e-8, "{got}, {want}");
        }
        assert_program_is_tape("quantile", &inputs, got);
    }

    #[test]
    fn quantiles_of_all_kinds_of_supports() {
        let probabilities = [1e-12, 0.001, 0.3, 0.5, 0.75, 0.9999];
        check(|p| Normal::new(&p[0], &p[1]), &[0.2, 3.0], &probabilities);
        check(|p| Gumbel::new(&p[0], &p[1]), &[-2.0, 0.5], &probabilities);
        check(|p| Gamma::new(&p[0], &p[1]), &[2.5, 0.01], &probabilities);
        check(|p| Uniform::new(&p[0], &p[1]), &[-2.0, 3.0], &probabilities);
        check(|p| Beta::new(&p[0], &p[1]), &[0.5, 3.0], &probabilities);
    }

    #[test]
    fn ends_and_what_is_no_probability() {
        let gamma = Gamma::new(2.0, 1.0).unwrap();
        let at = |probability: f64| by_inversion(&gamma, &probability.into(), &2.0.into(), &1.0.into()).unwrap().item();
        assert_eq!((at(0.0), at(1.0)), (0.0, f64::INFINITY));
        assert!(at(1.5).is_nan() && at(f64::NAN).is_nan());
    }
}
