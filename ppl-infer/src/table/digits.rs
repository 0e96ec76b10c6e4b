//! How many digits of a number are worth showing.

/// Numbers that need more digits than this after the point, or before it, are shown with an exponent.
const MOST_DIGITS: i32 = 7;

/// `value` with the digits that its Monte Carlo standard error leaves: the last one shown is of the order of the error.
///
/// Three significant digits where the error is 0 or unknown.
pub(crate) fn estimate(value: f64, mcse: f64) -> String {
    let last = if mcse.is_finite() && mcse > 0.0 { exponent(mcse) } else { exponent(value) - 2 };
    format(value, last)
}

/// A standard error, with two significant digits.
pub(crate) fn standard_error(mcse: f64) -> String {
    if mcse == 0.0 { "0".to_owned() } else { format(mcse, exponent(mcse) - 1) }
}

/// Decimal exponent of the first digit; 0 for 0 and for what is not finite.
fn exponent(value: f64) -> i32 {
    if value == 0.0 || !value.is_finite() { 0 } else { value.abs().log10().floor() as i32 }
}

/// `value` rounded to the digit 10^`last`.
fn format(value: f64, last: i32) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let decimals = (-last).max(0);
    if value != 0.0 && (decimals > MOST_DIGITS || exponent(value) > MOST_DIGITS) {
        let significant = (exponent(value) - last).clamp(1, MOST_DIGITS);
        return format!("{value:.*e}", significant as usize);
    }
    let text = format!("{value:.*}", decimals.min(MOST_DIGITS) as usize);
    // A mean of −0.0004 with an error of 0.03 is 0.00.
    if text.starts_with('-') && text.chars().all(|digit| matches!(digit, '-' | '0' | '.')) {
        text[1..].to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{estimate, standard_error};

    #[test]
    fn the_last_digit_is_of_the_order_of_the_error() {
        assert_eq!(estimate(4.412_345, 0.035), "4.41");
        assert_eq!(estimate(4.412_345, 0.01), "4.41");
        assert_eq!(estimate(4.412_345, 0.0099), "4.412");
        assert_eq!(estimate(4.412_345, 0.2), "4.4");
        assert_eq!(estimate(1234.56, 3.0), "1235");
        assert_eq!(estimate(1234.56, 30.0), "1235");
        assert_eq!(estimate(-0.0004, 0.03), "0.00");
    }

    #[test]
    fn very_small_and_very_large_numbers_have_an_exponent() {
        assert_eq!(estimate(1.234_567e-7, 2e-10), "1.235e-7");
        assert_eq!(estimate(4.5e12, 1e10), "4.50e12");
        assert_eq!(estimate(0.0, 2e-10), "0.0000000");
    }

    #[test]
    fn without_an_error_three_digits() {
        assert_eq!(estimate(1.5, 0.0), "1.50");
        assert_eq!(estimate(0.0, 0.0), "0.00");
        assert_eq!(estimate(12_345.6, f64::NAN), "12346");
    }

    #[test]
    fn standard_errors_have_two_digits() {
        assert_eq!(standard_error(0.035_12), "0.035");
        assert_eq!(standard_error(5.31), "5.3");
        assert_eq!(standard_error(53.1), "53");
        assert_eq!(standard_error(0.0), "0");
        assert_eq!(standard_error(f64::NAN), "NaN");
        assert_eq!(standard_error(f64::INFINITY), "inf");
    }
}
