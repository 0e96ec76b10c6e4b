//! Highest-density interval.

use super::quantile::sorted;

/// Narrowest interval that holds the fraction `probability` of the values, as (lower, upper).
///
/// ```text
/// [x_(i), x_(i+k)],   k = ⌊p n⌋,   i the first that minimises x_(i+k) − x_(i)
/// ```
///
/// For one mode it is the highest-density interval; of several modes it covers also what lies between.
///
/// # Degenerate input
/// (NaN, NaN) for no values, a NaN value, or a `probability` outside (0, 1].
///
/// # Example
/// ```
/// use ppl_infer::diagnostics::hdi;
///
/// // Most of the values are near zero: the interval starts at the edge, as an equal-tailed one could not.
/// let values: Vec<f64> = (0..100).map(|index| (f64::from(index) / 10.0).powi(2)).collect();
/// assert_eq!(hdi(&values, 0.9), (0.0, 81.0));
/// ```
///
/// # Reference
/// Chen and Shao (1999), "Monte Carlo estimation of Bayesian credible and HPD intervals".
pub fn hdi(values: &[f64], probability: f64) -> (f64, f64) {
    if values.iter().any(|value| value.is_nan()) {
        return (f64::NAN, f64::NAN);
    }
    hdi_of_sorted(&sorted(values.iter().copied()), probability)
}

/// [`hdi`] of values that are in ascending order and hold no NaN.
pub(crate) fn hdi_of_sorted(values: &[f64], probability: f64) -> (f64, f64) {
    let is_valid = probability > 0.0 && probability <= 1.0;
    if !is_valid || values.is_empty() {
        return (f64::NAN, f64::NAN);
    }
    let steps = ((probability * values.len() as f64).floor() as usize).min(values.len() - 1);

    let mut narrowest = (values[0], values[steps]);
    for (&lower, &upper) in values.iter().zip(&values[steps..]) {
        if upper - lower < narrowest.1 - narrowest.0 {
            narrowest = (lower, upper);
        }
    }
    narrowest
}

#[cfg(test)]
mod tests {
    use super::hdi;

    #[test]
    fn the_first_of_equally_narrow_intervals() {
        let values: Vec<f64> = (0..10).map(f64::from).collect();
        assert_eq!(hdi(&values, 0.5), (0.0, 5.0));
    }

    #[test]
    fn all_values_and_one_value() {
        assert_eq!(hdi(&[2.0, 1.0, 5.0], 1.0), (1.0, 5.0));
        assert_eq!(hdi(&[2.0], 0.5), (2.0, 2.0));
    }

    #[test]
    fn degenerate_input_is_nan() {
        for (lower, upper) in [hdi(&[], 0.9), hdi(&[1.0, f64::NAN], 0.9), hdi(&[1.0], 0.0), hdi(&[1.0], 1.5)] {
            assert!(lower.is_nan() && upper.is_nan());
        }
    }
}
