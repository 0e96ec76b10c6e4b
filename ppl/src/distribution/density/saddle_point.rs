//! Log densities at large counts and concentrations, where their parts are large and cancel.
//!
//! `k ln m − m − ln k!` is a difference of numbers of the size of k ln k: at k = 1e9 seven digits are left of 1e-16. By
//! Stirling's formula it is
//!
//! ```text
//! −k h(ln(m / k)) + ln(kᵏ e⁻ᵏ / k!),   h(u) = eᵘ − 1 − u,   ln(kᵏ e⁻ᵏ / k!) = −½ ln(2πk) − δ(k)
//! ```
//!
//! with δ the [Stirling correction](crate::special::stirling_correction): no part is larger than the result, and an
//! error in u counts as much as one in the parameters that it was made of. Gamma, beta, binomial and negative binomial
//! densities are made of the same parts.
//!
//! # Reference
//! Loader, "Fast and accurate computation of binomial probabilities" (2000).

use crate::special::HALF_LN_2PI;
use crate::{Result, Shape, Tensor};

/// Up to here the plain formula loses three digits at most, and its parts that depend on data alone are constants.
const SMALL: f64 = 1024.0;

/// Whether the plain formula has enough digits, because counts or concentrations are known and not large.
pub(crate) fn is_small(tensors: &[&Tensor]) -> bool {
    tensors.iter().all(|tensor| tensor.is_known_to_be_at_most(SMALL))
}

/// ln(kᵏ e⁻ᵏ / k!) of integers k ≥ 0: the log mass of the Poisson distribution at its mean.
pub(crate) fn log_mass_at_mean(count: &Tensor) -> Tensor {
    let is_zero = count.equal(0.0);
    let positive = Tensor::select(&is_zero, 1.0, count);
    let log_mass = -(positive.ln() * 0.5 + HALF_LN_2PI + positive.stirling_correction());
    Tensor::select(is_zero, 0.0, log_mass)
}

/// `k ln(k / m) + m − k`, half the unit deviance of a count k from its mean m, which is `mean` where k is 0.
///
/// `log_ratio` is ln(m / k) of positive counts.
pub(crate) fn deviance(
    count: &Tensor,
    mean: impl FnOnce() -> Result<Tensor>,
    log_ratio: impl FnOnce(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    let is_zero = count.equal(0.0);
    if is_zero.is_known_to_be_all(0.0) {
        return log_ratio(count)?.expm1x().try_mul(count);
    }
    let positive = Tensor::select(&is_zero, 1.0, count);
    let deviance = log_ratio(&positive)?.expm1x().try_mul(&positive)?;
    Ok(Tensor::select(is_zero, mean()?, deviance))
}

/// ln(1 + a / b) of a ratio that may overflow, of positive a where it does.
pub(crate) fn log1p_of_ratio(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let ratio = a.try_div(b)?;
    // A program would take both forms of each element: there such a ratio is the NaN of a rejected proposal.
    if ratio.is_recorded() {
        return Ok(ratio.log1p());
    }
    let overflows = ratio.detach().equal(f64::INFINITY);
    if overflows.is_known_to_be_all(0.0) {
        return Ok(ratio.log1p());
    }
    let [a, b] = [a, b].map(|each| Tensor::try_select(&overflows, each, 1.0));
    let beyond = a?.ln().try_sub(b?.ln())?;
    Tensor::try_select(&overflows, beyond, Tensor::select(&overflows, 1.0, ratio).log1p())
}

/// Log mass of the negative binomial distribution of this concentration, from its parts, less [`log_mass_at_mean`] of the count.
///
/// With n = count + concentration the `growth` is ln(n / concentration), and `log_ratio` is ln(n (1 − p) / concentration). The
/// latter and its derivative by the concentration are as small as they are where the concentration is so large that this is a
/// Poisson distribution.
pub(crate) fn relative_negative_binomial(
    count: &Tensor,
    concentration: &Tensor,
    (growth, log_ratio, deviance): (&Tensor, &Tensor, &Tensor),
) -> Result<Tensor> {
    let total = count.try_add(concentration)?;
    let mut correction = total.stirling_correction().try_sub(concentration.stirling_correction())?;
    let is_zero = count.equal(0.0);
    if !is_zero.is_known_to_be_all(0.0) {
        // The two are equal: their gradients need not cancel.
        correction = Tensor::select(is_zero, 0.0, correction);
    }
    let excess = excess(&total, concentration, growth, log_ratio)?;
    correction.try_sub(growth * 0.5)?.try_sub(excess)?.try_sub(deviance)
}

/// r (eᵘ − 1 − u) of the concentration r and u the log ratio, eᵘ r = n exp(u − growth), which may overflow before it is
/// multiplied.
fn excess(total: &Tensor, concentration: &Tensor, growth: &Tensor, log_ratio: &Tensor) -> Result<Tensor> {
    let is_large = log_ratio.detach().greater(700.0);
    if is_large.is_recorded() || is_large.is_known_to_be_all(0.0) {
        return log_ratio.expm1x().try_mul(concentration);
    }
    let large = log_ratio.try_sub(growth)?.exp().try_mul(total)?.try_sub((log_ratio + 1.0).try_mul(concentration)?)?;
    Tensor::try_select(&is_large, large, Tensor::select(&is_large, 0.0, log_ratio).expm1x().try_mul(concentration)?)
}

/// Counts of categories whose probabilities are Dirichlet distributed (Pólya's urn): independent negative binomial counts of
/// means in proportion to the concentrations, given their sum.
///
/// So the log mass of the counts is Σ [`part`](Self::part) − [`whole`](Self::whole), of which none is larger than the result,
/// also where the concentrations are so large that this is a multinomial distribution.
pub(crate) struct Polya<'a> {
    /// The sum of the counts.
    total: &'a Tensor,
    /// The sum of the concentrations.
    concentration: &'a Tensor,
    log1p_odds: Tensor,
}

impl<'a> Polya<'a> {
    pub(crate) fn new(total: &'a Tensor, concentration: &'a Tensor) -> Result<Self> {
        Ok(Self { total, concentration, log1p_odds: log1p_of_ratio(total, concentration)? })
    }

    /// The log mass of a category's count alone.
    pub(crate) fn part(&self, count: &Tensor, concentration: &Tensor) -> Result<Tensor> {
        log_mass_at_mean(count).try_add(self.relative_part(count, concentration)?)
    }

    /// The same less [`log_mass_at_mean`] of the count, which need not be an integer.
    pub(crate) fn relative_part(&self, count: &Tensor, concentration: &Tensor) -> Result<Tensor> {
        let mean = &concentration.try_div(self.concentration)?.try_mul(self.total)?;
        let growth = log1p_of_ratio(count, concentration)?;
        let log_ratio = growth.try_sub(&self.log1p_odds)?;
        let deviance =
            deviance(count, || mean.try_mul(log_ratio.exp()), |count| mean.try_div(count)?.ln().try_add(&log_ratio))?;
        relative_negative_binomial(count, concentration, (&growth, &log_ratio, &deviance))
    }

    /// The log mass of the sum, which is at its mean.
    pub(crate) fn whole(&self) -> Result<Tensor> {
        log_mass_at_mean(self.total).try_add(self.relative_whole()?)
    }

    /// The same less [`log_mass_at_mean`] of the sum.
    pub(crate) fn relative_whole(&self) -> Result<Tensor> {
        let zero = Tensor::scalar(0.0);
        relative_negative_binomial(self.total, self.concentration, (&self.log1p_odds, &zero, &zero))
    }
}

/// Log density of Gamma(`concentration`, 1) at eˡⁿ, with respect to `ln`.
pub(crate) fn log_gamma_density(concentration: &Tensor, ln: &Tensor) -> Result<Tensor> {
    let log = concentration.ln();
    let peak = &log * 0.5 - concentration.stirling_correction() - HALF_LN_2PI;
    let deviance = ln.try_sub(log)?.expm1x().try_mul(concentration)?;
    peak.try_sub(deviance)
}

/// Values that are known, as ratios to one number for each member of a batch.
///
/// The parameters then meet that number alone, and the values are in sums of products of constants with parameters.
pub(crate) struct Centred {
    /// The mean of the values that share a member of the batch.
    pub(crate) centre: Tensor,
}

impl Centred {
    /// None if the values are not known, if no two share a member, or if something else stands in the place of a value that
    /// was `given`, because that is outside of the support.
    pub(crate) fn new(value: &Tensor, given: &Tensor, batch_shape: Shape) -> Option<Self> {
        let shape = value.shape();
        if value.is_tracked() || shape.size() == 0 || value.elements() != given.elements() {
            return None;
        }
        let own = |axis: usize| {
            let from_end = shape.rank() - axis;
            batch_shape.rank().checked_sub(from_end).map_or(1, |axis| batch_shape[axis])
        };
        let mut centre = value.clone();
        for axis in (0..shape.rank()).filter(|&axis| own(axis) == 1 && shape[axis] > 1) {
            centre = centre.mean_axis(axis as isize).unsqueeze(axis as isize);
        }
        let is_usable = centre.shape() != shape && centre.elements().iter().all(|centre| centre.is_normal());
        is_usable.then_some(Self { centre })
    }

    /// A function of a value and its centre.
    pub(crate) fn map(&self, value: &Tensor, function: impl Fn(f64, f64) -> f64) -> Result<Tensor> {
        Tensor::zip_with([value, &self.centre], |[value, centre]| function(value, centre))
    }
}

/// ln(x / centre), by their difference where they are near each other.
pub(crate) fn log_ratio(difference: f64, x: f64, centre: f64) -> f64 {
    let relative = difference / centre;
    if relative.abs() < 0.5 { relative.ln_1p() } else { (x / centre).ln() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Beta, Distribution, Gamma, HalfCauchy, NegativeBinomial, Poisson, StudentT};
    use crate::program::{Recorded, record};

    /// The program of a log density's sum and its gradient.
    fn program(size: usize, function: impl FnOnce(&Tensor) -> Result<Tensor>) -> String {
        let position: Vec<f64> = (0..size).map(|k| 0.3 + 0.01 * k as f64).collect();
        match record(&position, |x| function(x)?.try_sum()) {
            Ok(Recorded::Static(program)) => program.to_string(),
            other => panic!("{other:?}"),
        }
    }

    /// How many operations of arrays have a name that begins with one of these.
    fn count(program: &str, names: &[&str]) -> usize {
        let is_counted = |line: &str| {
            let Some((output, operation)) = line.split_once(" = ") else { return false };
            output.contains('[') && names.iter().any(|name| operation.starts_with(name))
        };
        program.lines().filter(|line| is_counted(line)).count()
    }

    const FUNCTIONS: [&str; 8] = ["exp", "ln", "log1p", "stirling", "derivative", "lgamma", "digamma", "div"];

    fn data() -> Tensor {
        Tensor::from((0..40).map(|k| 0.2 + 0.015 * f64::from(k)).collect::<Vec<_>>())
    }

    #[test]
    fn small_counts_cost_what_the_formula_does() {
        let counts = Tensor::from((0..40).map(f64::from).collect::<Vec<_>>());
        let listing = program(40, |x| Poisson::from_log_rate(x)?.log_prob(&counts));
        // The rate alone.
        assert_eq!(count(&listing, &FUNCTIONS), 1, "{listing}");
    }

    #[test]
    fn values_that_share_parameters_meet_them_in_sums_of_products() {
        let listing = program(2, |x| {
            let [a, b] = [0, 1].map(|place| x.index(0, place).exp());
            Gamma::new(a, b)?.log_prob(&data())
        });
        assert_eq!(count(&listing, &FUNCTIONS), 0, "{listing}");
        let listing = program(2, |x| {
            let [a, b] = [0, 1].map(|place| x.index(0, place).exp());
            Beta::new(a, b)?.log_prob(&data())
        });
        assert_eq!(count(&listing, &FUNCTIONS), 0, "{listing}");
    }

    #[test]
    fn counts_with_a_concentration_need_two_corrections_each() {
        let counts = Tensor::from((0..40).map(f64::from).collect::<Vec<_>>());
        let listing = program(41, |x| {
            let means = x.slice(0, 0..40).exp();
            NegativeBinomial::from_mean(means, x.index(0, 40).exp())?.log_prob(&counts)
        });
        assert_eq!(count(&listing, &["stirling"]), 2, "{listing}");
        assert_eq!(count(&listing, &["lgamma", "digamma", "lbeta", "derivative"]), 0, "{listing}");
    }

    #[test]
    fn tails_cost_one_logarithm() {
        let listing = program(2, |x| StudentT::new(4.0, x.index(0, 0), x.index(0, 1).exp())?.log_prob(&data()));
        assert_eq!(count(&listing, &["ln", "log1psquare"]), 1, "{listing}");
        assert_eq!(count(&listing, &["exp", "div"]), 0, "{listing}");
        // A scale that is ∞ has the density 0 anyway.
        let listing = program(1, |x| HalfCauchy::new(5.0)?.log_prob(&x.exp()));
        assert!(!listing.contains("select"), "{listing}");
        assert_eq!(listing.matches("log1psquare").count(), 2, "{listing}");
    }
}
