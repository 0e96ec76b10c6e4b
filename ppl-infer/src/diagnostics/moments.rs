//! Mean and variance of a set of numbers.

/// Sums that run side by side, as wide as the widest vectors of the machine: one sum alone waits for each addition.
const LANES: usize = 8;

/// Σ f(x).
fn sum_of(values: &[f64], function: impl Fn(f64) -> f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest: f64 = chunks.remainder().iter().map(|&value| function(value)).sum();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += function(value);
        }
    }
    lanes.iter().sum::<f64>() + rest
}

/// Arithmetic mean; NaN for no values.
///
/// The mean of the residuals corrects the rounding of the first sum. So the mean of a constant is that constant, and
/// its variance is exactly 0: a stuck chain is recognised whatever its value.
pub(crate) fn mean(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let rounded = sum_of(values, |value| value) / count;
    if !rounded.is_finite() {
        return rounded;
    }
    rounded + sum_of(values, |value| value - rounded) / count
}

/// Sum of squared deviations from the mean.
///
/// Two passes: the one-pass formula loses all digits when the mean is large against the spread.
fn sum_of_squares(values: &[f64]) -> f64 {
    let centre = mean(values);
    sum_of(values, |value| (value - centre).powi(2))
}

/// Sample variance, divisor n − 1; NaN for fewer than two values.
pub(crate) fn variance(values: &[f64]) -> f64 {
    if values.len() < 2 { f64::NAN } else { sum_of_squares(values) / (values.len() - 1) as f64 }
}

/// Population variance, divisor n; NaN for no values.
pub(crate) fn population_variance(values: &[f64]) -> f64 {
    sum_of_squares(values) / values.len() as f64
}

/// Sample standard deviation, divisor n − 1; NaN for fewer than two values.
pub(crate) fn sd(values: &[f64]) -> f64 {
    variance(values).sqrt()
}

#[cfg(test)]
mod tests {
    use super::{mean, population_variance, sd, variance};

    #[test]
    fn known_values() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        assert_eq!(mean(&values), 5.0);
        assert_eq!(population_variance(&values), 4.0);
        assert_eq!(variance(&values), 32.0 / 7.0);
        assert_eq!(sd(&values), (32.0_f64 / 7.0).sqrt());
    }

    #[test]
    fn a_large_mean_does_not_lose_the_variance() {
        assert_eq!(variance(&[1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0]), 1.0);
    }

    #[test]
    fn a_constant_has_variance_zero_whatever_its_value() {
        for value in [0.1, 0.7, 1e-300, -3.3e8] {
            assert_eq!(mean(&[value; 250]), value);
            assert_eq!(variance(&[value; 250]), 0.0);
        }
    }

    #[test]
    fn infinite_values() {
        assert_eq!(mean(&[1.0, f64::INFINITY]), f64::INFINITY);
        assert!(variance(&[1.0, f64::INFINITY]).is_nan());
    }

    #[test]
    fn too_few_values_are_nan() {
        assert!(mean(&[]).is_nan());
        assert!(population_variance(&[]).is_nan());
        assert!(variance(&[1.0]).is_nan());
    }
}
