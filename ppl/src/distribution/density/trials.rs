//! Expectations over counts that are sums of independent trials: Poisson, binomial and hypergeometric counts, and
//! differences of Poisson counts; and over negative binomial counts.
//!
//! The masses of such a count are a smooth bell: their characteristic function is at most exp(−σ² (1 − cos θ) / 2). So
//! every h-th count, with h a third of the standard deviation, gives the sum over all of them with an error below 1e-15
//! (Poisson's summation formula), and a sum has the same number of terms whatever the size of the counts.

use std::f64::consts::{E, PI};

use super::{finite, vector};
use crate::{Error, Result, Tensor};

/// Terms on each side of the mean: h is 1 below a standard deviation of 6, which needs the most of them.
const REACH: usize = 75;

/// From this variance on, entropies are those of normal distributions and the first term of their expansion in its
/// reciprocal: the second is below 1e-15, while a sum has an error of some 1e-17 standard deviations.
const NORMAL: f64 = 1e7;

/// From this concentration on a negative binomial count is as smooth as those are.
const SMOOTH: f64 = 40.0;

/// Up to so many masses are summed at once.
const LARGEST_SUM: f64 = 16_777_216.0;

/// The entropy of counts with these masses.
///
/// `asymmetry` is the squared skewness times the variance. `log_mass` is fed counts along a new last axis; it is −∞ where
/// there are none.
pub(crate) fn entropy(
    [mean, variance]: [&Tensor; 2],
    asymmetry: &Tensor,
    log_mass: impl FnOnce(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    let large = &variance.maximum(1.0);
    let of_normal = (large.ln() * 0.5 + 0.5 * (2.0 * PI * E).ln()).try_sub(asymmetry.try_div(large * 12.0)?)?;
    expected_surprise([mean, variance], &of_normal, |counts| {
        let log_mass = log_mass(counts)?;
        Ok([log_mass.clone(), log_mass])
    })
}

/// The mean of −s over counts of log mass l, where the function is [l, s]; `of_normal` where the counts are so many that
/// they are normal.
pub(crate) fn expected_surprise(
    [mean, variance]: [&Tensor; 2],
    of_normal: &Tensor,
    function: impl FnOnce(&Tensor) -> Result<[Tensor; 2]>,
) -> Result<Tensor> {
    let is_normal = variance.detach().greater(NORMAL);
    let (centre, variance) = (mean.detach(), variance.detach());
    let is_number = variance.greater_equal(0.0) * centre.less_equal(f64::MAX);
    let step = &vector::over_events(&(variance.sqrt() * (1.0 / 3.0)).floor().maximum(1.0), 1)?;
    let counts = (Tensor::arange(2 * REACH + 1) - REACH as f64)
        .try_mul(step)?
        .try_add(vector::over_events(&centre.floor(), 1)?)?;
    let [log_masses, surprise] = function(&counts)?;
    let sum = finite::expected_surprise(&log_masses, &surprise)?.try_mul(step.squeeze(-1))?;
    let sum = Tensor::try_select(is_normal, of_normal, sum)?;
    Tensor::try_select(is_number, sum, infinite_or_nan(&centre))
}

/// Of counts without a finite mean: ∞, or NaN of invalid parameters.
fn infinite_or_nan(mean: &Tensor) -> Tensor {
    Tensor::select(mean.equal(f64::INFINITY), f64::INFINITY, f64::NAN)
}

/// The entropy of negative binomial counts with these masses: a sum over them, beyond which is less than e⁻⁵⁰.
///
/// # Errors
/// More than 2²⁴ masses, of small concentrations and large means.
pub(crate) fn negative_binomial_entropy(
    name: &'static str,
    [mean, concentration]: [&Tensor; 2],
    log_mass: impl FnOnce(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    let [mean, concentration] = [mean, concentration].map(|each| each.detach());
    let is_number = mean.greater_equal(0.0).try_mul(mean.less_equal(f64::MAX))?.try_mul(concentration.greater(0.0))?;
    let otherwise = infinite_or_nan(&mean);
    let [mean, concentration] = [mean, concentration].map(|each| Tensor::try_select(&is_number, each, 1.0));
    let (mean, concentration) = (mean?, concentration?);
    // Of the geometric tail.
    let scale = mean.try_div(&concentration)? + 1.0;
    let deviation = mean.try_mul(&scale)?.sqrt();
    let first = mean.try_sub(&deviation * 10.0)?.floor().maximum(0.0);
    let last = mean.try_add(&deviation * 10.0)?.try_add(scale * 50.0)? + 50.0;
    let step = Tensor::select(concentration.greater_equal(SMOOTH), (deviation / 3.0).floor(), 1.0).maximum(1.0);
    let terms = (last.try_sub(&first)?.try_div(&step)?.max().item()).floor() + 2.0;
    let size = terms * step.shape().size() as f64;
    if size > LARGEST_SUM {
        return Err(Error::Unsupported {
            what: format!("the entropy of {name} by {size} masses"),
            hint: format!("it is a sum of {LARGEST_SUM} masses at most"),
        });
    }
    let [first, wide] = [&first, &step].map(|each| vector::over_events(each, 1));
    let log_masses = log_mass(&Tensor::arange(terms as usize).try_mul(wide?)?.try_add(first?)?)?;
    let sum = finite::expected_surprise(&log_masses, &log_masses)?.try_mul(step)?;
    Tensor::try_select(is_number, sum, otherwise)
}
