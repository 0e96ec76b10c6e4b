//! Sample quantiles.

/// Sample quantile by linear interpolation of the order statistics (type 7, the default of R and NumPy).
///
/// ```text
/// h = (n − 1) p,   q = x_(⌊h⌋) + (h − ⌊h⌋) (x_(⌊h⌋+1) − x_(⌊h⌋))
/// ```
///
/// # Degenerate input
/// NaN for no values, a NaN value, or a `probability` outside [0, 1].
///
/// # Example
/// ```
/// use ppl_infer::diagnostics::quantile;
///
/// assert_eq!(quantile(&[3.0, 1.0, 2.0, 4.0], 0.5), 2.5);
/// assert_eq!(quantile(&[3.0, 1.0, 2.0, 4.0], 1.0), 4.0);
/// ```
///
/// # Reference
/// Hyndman and Fan (1996), "Sample quantiles in statistical packages".
pub fn quantile(values: &[f64], probability: f64) -> f64 {
    if values.iter().any(|value| value.is_nan()) {
        return f64::NAN;
    }
    quantile_of_sorted(&sorted(values.iter().copied()), probability)
}

/// The values in ascending order.
pub(crate) fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// [`quantile`] of values that are in ascending order and hold no NaN.
pub(crate) fn quantile_of_sorted(values: &[f64], probability: f64) -> f64 {
    if values.is_empty() || !(0.0..=1.0).contains(&probability) {
        return f64::NAN;
    }
    let position = (values.len() - 1) as f64 * probability;
    let below = values[position.floor() as usize];
    let above = values[position.ceil() as usize];
    // Ties are returned exactly: draws are compared with the quantile. It also avoids ∞ − ∞.
    if below == above { below } else { below + position.fract() * (above - below) }
}

/// Median of `count` values without NaN, of which `value` gives the k-th order statistic, counted from 0.
pub(super) fn median_of_sorted(count: usize, value: impl Fn(usize) -> f64) -> f64 {
    if count == 0 {
        f64::NAN
    } else if count % 2 == 1 {
        value(count / 2)
    } else {
        // The mean of the two middle values and not an interpolation: half the draws must be exactly as far below as
        // above.
        0.5 * (value(count / 2 - 1) + value(count / 2))
    }
}

#[cfg(test)]
mod tests {
    use super::{median_of_sorted, quantile};

    #[test]
    fn known_values() {
        // R: quantile(c(1, 2, 4, 8, 16), c(0.1, 0.25, 0.9)) = 1.4, 2, 12.8
        let values = [16.0, 1.0, 8.0, 2.0, 4.0];
        assert!((quantile(&values, 0.1) - 1.4).abs() < 1e-15);
        assert_eq!(quantile(&values, 0.25), 2.0);
        assert!((quantile(&values, 0.9) - 12.8).abs() < 1e-14);
        assert_eq!(quantile(&values, 0.0), 1.0);
    }

    #[test]
    fn infinities_are_ordered() {
        assert_eq!(quantile(&[f64::INFINITY, 1.0, f64::INFINITY], 0.75), f64::INFINITY);
        assert_eq!(quantile(&[f64::NEG_INFINITY, f64::NEG_INFINITY], 0.5), f64::NEG_INFINITY);
    }

    #[test]
    fn degenerate_input_is_nan() {
        assert!(quantile(&[], 0.5).is_nan());
        assert!(quantile(&[1.0, f64::NAN], 0.5).is_nan());
        assert!(quantile(&[1.0], 1.1).is_nan());
        assert!(quantile(&[1.0], f64::NAN).is_nan());
        assert!(median_of_sorted(0, |_| 0.0).is_nan());
    }

    #[test]
    fn medians() {
        assert_eq!(median_of_sorted(3, |place| [1.0, 2.0, 3.0][place]), 2.0);
        assert_eq!(median_of_sorted(4, |place| [1.0, 2.0, 3.0, 4.0][place]), 2.5);
    }
}
