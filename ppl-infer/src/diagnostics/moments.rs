//! Mean and variance of a set of numbers.

/// Arithmetic mean; NaN for no values.
///
/// The mean of the residuals corrects the rounding of the first sum. So the mean of a constant is that constant, and
/// its variance is exactly 0: a stuck chain is recognised whatever its value.
pub(crate) fn mean<'a, I>(values: I) -> f64
where
    I: IntoIterator<Item = &'a f64> + Clone,
{
    let (sum, count) = values.clone().into_iter().fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    let rounded = sum / count as f64;
    if !rounded.is_finite() {
        return rounded;
    }
    let residuals: f64 = values.into_iter().map(|value| value - rounded).sum();
    rounded + residuals / count as f64
}

/// Sum of squared deviations from the mean, and the number of values.
///
/// Two passes: the one-pass formula loses all digits when the mean is large against the spread.
fn squared_deviations<'a, I>(values: I) -> (f64, usize)
where
    I: IntoIterator<Item = &'a f64> + Clone,
{
    let centre = mean(values.clone());
    values.into_iter().fold((0.0, 0), |(sum, count), value| (sum + (value - centre).powi(2), count + 1))
}

/// Sample variance, divisor n − 1; NaN for fewer than two values.
pub(crate) fn variance<'a, I>(values: I) -> f64
where
    I: IntoIterator<Item = &'a f64> + Clone,
{
    let (sum, count) = squared_deviations(values);
    if count < 2 { f64::NAN } else { sum / (count - 1) as f64 }
}

/// Population variance, divisor n; NaN for no values.
pub(crate) fn population_variance<'a, I>(values: I) -> f64
where
    I: IntoIterator<Item = &'a f64> + Clone,
{
    let (sum, count) = squared_deviations(values);
    sum / count as f64
}

/// Sample standard deviation, divisor n − 1; NaN for fewer than two values.
pub(crate) fn sd<'a, I>(values: I) -> f64
where
    I: IntoIterator<Item = &'a f64> + Clone,
{
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
