//! Axis ranges and the text at their ticks.

use std::ops::Range;

/// Range of an axis that shows all finite values with a margin of 5% at either end; a unit wide if they are all equal,
/// 0 to 1 if there are none.
pub(super) fn padded_range(values: impl IntoIterator<Item = f64>) -> Range<f64> {
    let (low, high) = values
        .into_iter()
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return 0.0..1.0;
    }
    let span = high - low;
    let margin = if span > 0.0 && span.is_finite() { 0.05 * span } else { 0.5 * low.abs().max(1.0) };
    low - margin..high + margin
}

/// A tick's value with the decimals that tell the ticks of this range apart.
pub(super) fn label(value: f64, range: &Range<f64>) -> String {
    // There are about five ticks; their distance is the next of 1, 2 or 5 times a power of ten.
    let step = (range.end - range.start) / 5.0;
    if value.abs() < step / 1e3 {
        // Also −0.0 and 1e-17, which come from rounded multiples of the step.
        return "0".to_owned();
    }
    let largest = range.start.abs().max(range.end.abs());
    if largest >= 1e6 || step < 1e-5 {
        // Enough digits for neighbouring ticks to differ.
        let digits = (largest.log10().floor() - step.log10().floor()).clamp(0.0, 9.0) as usize;
        return format!("{value:.digits$e}");
    }
    let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::{label, padded_range};

    #[test]
    fn ranges() {
        assert_eq!(padded_range([0.0, 10.0, f64::NAN, f64::INFINITY]), -0.5..10.5);
        assert_eq!(padded_range([3.0, 3.0]), 1.5..4.5);
        assert_eq!(padded_range([0.0]), -0.5..0.5);
        assert_eq!(padded_range([]), 0.0..1.0);
        let widest = padded_range([-f64::MAX, f64::MAX]);
        assert!(widest.start < widest.end);
    }

    #[test]
    fn labels_tell_ticks_apart() {
        assert_eq!(label(2.0, &(0.0..10.0)), "2");
        assert_eq!(label(0.5, &(0.0..2.0)), "0.5");
        assert_eq!(label(-1e-17, &(-1.0..1.0)), "0");
        assert_eq!(label(1000.02, &(1000.0..1000.1)), "1000.02");
        assert_eq!(label(2e-7, &(0.0..1e-6)), "2.0e-7");
        assert_eq!(label(2.5e9, &(2e9..3e9)), "2.5e9");
        assert_eq!(label(4e9, &(0.0..1e10)), "4.0e9");
    }
}
