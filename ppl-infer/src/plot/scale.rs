//! From values to pixels: ranges, ticks, and the text at them.

/// The values of an axis, and the pixels at its two ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    pub values: (f64, f64),
    pub pixels: (f64, f64),
}

impl Scale {
    pub(super) fn at(&self, value: f64) -> f64 {
        let ((low, high), (from, to)) = (self.values, self.pixels);
        // Halves, so that the span of the largest numbers is finite.
        from + (0.5 * value - 0.5 * low) / (0.5 * high - 0.5 * low) * (to - from)
    }

    /// Pixels along the axis.
    pub(super) fn length(&self) -> f64 {
        (self.pixels.1 - self.pixels.0).abs()
    }
}

/// The smallest and the largest of the finite values; none if there are none.
pub(super) fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let finite = values.into_iter().filter(|value| value.is_finite());
    finite.fold(None, |extent, value| match extent {
        None => Some((value, value)),
        Some((low, high)) => Some((f64::min(low, value), f64::max(high, value))),
    })
}

/// The range of an axis: an extent with a margin of 5% at either end that is not `fixed`; a unit wide or as wide as its
/// value if the extent is one value, 0 to 1 if there is none.
pub(super) fn padded(extent: Option<(f64, f64)>, fixed: (bool, bool)) -> (f64, f64) {
    let Some((low, high)) = extent else { return (0.0, 1.0) };
    let span = high - low;
    // Beyond 1e300 there is no room for a margin; neither is there below the smallest step of a number.
    let margin = match span {
        span if !span.is_finite() => 0.0,
        span if span > 1e-12 * low.abs().max(high.abs()) => 0.05 * span,
        _ => 0.5 * low.abs().max(if low == 0.0 { 1.0 } else { 0.0 }),
    };
    let is_single = span == 0.0;
    let low = if fixed.0 && !is_single { low } else { low - margin };
    let high = if fixed.1 && !is_single { high } else { high + margin };
    (low.max(-f64::MAX), high.min(f64::MAX))
}

/// Round values between the ends, at most `most` of them and at least two where that can be, with their text.
pub(super) fn ticks(ends: (f64, f64), most: usize) -> Vec<(f64, String)> {
    ticks_apart(ends, most, 0.0)
}

/// The same of whole numbers only.
pub(super) fn whole_ticks(ends: (f64, f64), most: usize) -> Vec<(f64, String)> {
    ticks_apart(ends, most, 1.0)
}

fn ticks_apart((from, to): (f64, f64), most: usize, least_step: f64) -> Vec<(f64, String)> {
    let (low, high) = (from.min(to), from.max(to));
    let raw = (high / most as f64 - low / most as f64).abs().max(least_step);
    if !raw.is_finite() || raw <= 0.0 {
        return Vec::new();
    }
    let power = 10_f64.powi(raw.log10().floor() as i32);
    // The first of 1, 2, 5, 10 times the power of ten that is far enough apart.
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    let step = step.into_iter().find(|step| *step >= raw * (1.0 - 1e-9)).unwrap_or(10.0 * power);
    if !step.is_finite() || step <= 0.0 {
        return Vec::new();
    }
    let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
    // Beyond 2⁵³ steps from 0 the ticks are no longer apart.
    if last - first > most as f64 + 1.0 || first.abs().max(last.abs()) > 9e15 {
        return Vec::new();
    }
    let count = (last - first) as usize + 1;
    let values = (0..count).map(|index| (first + index as f64) * step);
    values.map(|value| (value, label(value, step, low.abs().max(high.abs())))).collect()
}

/// A tick's value with the decimals that tell it from the next, which is a step away.
fn label(value: f64, step: f64, largest: f64) -> String {
    if value.abs() < step / 1e3 {
        // Also −0.0 and 1e-17, which come from rounded multiples of the step.
        return "0".to_owned();
    }
    let exponent = (step * (1.0 + 1e-9)).log10().floor();
    let text = if largest >= 1e6 || step < 1e-5 {
        // Enough digits for neighbouring ticks to differ.
        let digits = (value.abs().log10().floor() - exponent).clamp(0.0, 15.0) as usize;
        format!("{value:.digits$e}")
    } else {
        let decimals = (-exponent).clamp(0.0, 9.0) as usize;
        format!("{value:.decimals$}")
    };
    text.replace('-', "−")
}

/// A number in a text beside the data: three digits, or more where it has more before its point.
pub(super) fn short(value: f64) -> String {
    let text = match value.abs() {
        0.0 => "0".to_owned(),
        size if !size.is_finite() => value.to_string(),
        size if (1e-3..1e5).contains(&size) => {
            let decimals = (2.0 - size.log10().floor()).clamp(0.0, 5.0) as usize;
            format!("{value:.decimals$}")
        }
        _ => format!("{value:.2e}"),
    };
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::{Scale, extent, padded, short, ticks, whole_ticks};

    fn texts(ends: (f64, f64), most: usize) -> Vec<String> {
        ticks(ends, most).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ranges() {
        assert_eq!(extent([3.0, f64::NAN, -1.0, f64::INFINITY]), Some((-1.0, 3.0)));
        assert_eq!(extent([f64::NAN]), None);
        assert_eq!(padded(Some((0.0, 10.0)), (false, false)), (-0.5, 10.5));
        assert_eq!(padded(Some((0.0, 10.0)), (true, false)), (0.0, 10.5));
        assert_eq!(padded(Some((3.0, 3.0)), (false, false)), (1.5, 4.5));
        assert_eq!(padded(Some((0.0, 0.0)), (true, false)), (-0.5, 0.5));
        assert_eq!(padded(None, (false, false)), (0.0, 1.0));
        let (low, high) = padded(Some((-f64::MAX, f64::MAX)), (false, false));
        assert!(low.is_finite() && high.is_finite());
        let (low, high) = padded(Some((1e9, 1e9 + 1e-7)), (false, false));
        assert!(low < 1e9 && high > 1e9);
    }

    #[test]
    fn ticks_are_round_and_told_apart() {
        assert_eq!(texts((0.0, 10.0), 5), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(texts((-0.5, 1.1), 5), ["−0.5", "0.0", "0.5", "1.0"].map(|text| text.replace("0.0", "0")));
        assert_eq!(texts((10.0, -1.0), 4), ["0", "5", "10"]);
        assert_eq!(texts((0.0, 3e-7), 3), ["0", "1e−7", "2e−7", "3e−7"]);
        assert_eq!(texts((1_000_000.0, 1_200_000.0), 2), ["1.0e6", "1.1e6", "1.2e6"]);
        for ends in [(1e9, 1e9 + 3.0), (-1e300, 1e300), (0.99999, 1.00001), (-f64::MAX, f64::MAX), (5.0, 5.0)] {
            let texts = texts(ends, 6);
            let mut distinct = texts.clone();
            distinct.dedup();
            assert_eq!(texts, distinct, "{ends:?}");
        }
    }

    #[test]
    fn whole_ticks_are_no_fractions() {
        let texts = |ends, most| whole_ticks(ends, most).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(texts((-0.6, 2.2), 10), ["0", "1", "2"]);
        assert_eq!(texts((3.0, 3.4), 10), ["3"]);
        assert_eq!(whole_ticks((0.0, 40.0), 5), ticks((0.0, 40.0), 5));
    }

    #[test]
    fn pixels() {
        let scale = Scale { values: (0.0, 2.0), pixels: (100.0, 0.0) };
        assert_eq!([0.0, 1.0, 2.0].map(|value| scale.at(value)), [100.0, 50.0, 0.0]);
        let wide = Scale { values: (-f64::MAX, f64::MAX), pixels: (0.0, 10.0) };
        assert_eq!(wide.at(0.0), 5.0);
    }

    #[test]
    fn short_numbers() {
        let texts = [0.0, 1.2345, -12.345, 123.4, 0.01234, 1.5e7].map(short);
        assert_eq!(texts, ["0", "1.23", "−12.3", "123", "0.0123", "1.50e7"]);
    }
}
