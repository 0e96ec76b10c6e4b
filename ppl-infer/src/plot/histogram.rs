//! Histograms.

use super::scale::extent;

/// Bins of a histogram.
///
/// A number of them converts to it.
///
/// # Example
/// ```
/// use ppl_infer::plot::{Bins, Plot, axes};
///
/// let bars = |bins: Bins| -> ppl_infer::Result<usize> {
///     let figure = axes().histogram([1.0, 6.0, 3.0, 3.0, 5.0], bins).figure()?;
///     let (_, after) = figure.svg().split_once("class=\"bars\"").unwrap_or_default();
///     let (bars, _) = after.split_once("</g>").unwrap_or_default();
///     Ok(bars.matches("<rect").count())
/// };
/// // Whole numbers: one for each from 1 to 6.
/// assert_eq!(bars(Bins::Auto)?, 6);
/// assert_eq!(bars(Bins::Count(2))?, 2);
/// assert_eq!(bars(3.into())?, 3);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bins {
    /// By the rule of Freedman and Diaconis, or one bin a value where all values are whole numbers that are not far apart.
    #[default]
    Auto,
    /// This number of bars of one width, from the smallest value to the largest; at most 500 are drawn. 0 is an error of
    /// [`figure`](super::Plot::figure).
    Count(usize),
}

impl From<usize> for Bins {
    fn from(count: usize) -> Self {
        Self::Count(count)
    }
}

/// Most bins of a histogram, also where more were asked for.
const MOST_BINS: usize = 500;
/// Most bins of one whole number each.
const MOST_INTEGERS: f64 = 60.0;

/// Edges and heights of bars whose areas sum to 1; none if no value of positive weight is finite.
pub(super) fn histogram(values: &[f64], weights: Option<&[f64]>, bins: Bins) -> (Vec<(f64, f64)>, Vec<f64>) {
    let weight = |at: usize| weights.map_or(1.0, |weights| weights[at]);
    let counted = || (0..values.len()).filter(|&at| values[at].is_finite() && weight(at) > 0.0);
    let Some((low, high)) = extent(counted().map(|at| values[at])) else { return (Vec::new(), Vec::new()) };
    let finite: Vec<f64> = counted().map(|at| values[at]).collect();
    let (low, high, count) = match bins {
        Bins::Auto if is_discrete(&finite) && high - low < MOST_INTEGERS => {
            (low - 0.5, high + 0.5, (high - low) as usize + 1)
        }
        Bins::Auto => (low, high, freedman_diaconis(&finite, low, high)),
        Bins::Count(count) => (low, high, count.clamp(1, MOST_BINS)),
    };
    // All values are one: a bar about it.
    let half = 0.5 * low.abs().max(1.0) * 0.1;
    let (low, high, count) = if low == high { (low - half, high + half, 1) } else { (low, high, count) };
    let step = high / count as f64 - low / count as f64;
    let edge = |at: usize| if at == count { high } else { low + at as f64 * step };
    let mut heights = vec![0.0; count];
    let mut total = 0.0;
    for at in counted() {
        let bin = (((values[at] - low) / step) as usize).min(count - 1);
        heights[bin] += weight(at);
        total += weight(at);
    }
    heights.iter_mut().for_each(|height| *height /= total * step);
    ((0..count).map(|at| (edge(at), edge(at + 1))).collect(), heights)
}

/// Whether all values are whole numbers, so that they are counted and not smoothed.
pub(super) fn is_discrete(values: &[f64]) -> bool {
    let mut finite = values.iter().filter(|value| value.is_finite()).peekable();
    finite.peek().is_some() && finite.all(|value| value.fract() == 0.0 && value.abs() < 1e9)
}

/// Bins of the width 2 IQR n^(−1/3).
///
/// # Reference
/// Freedman and Diaconis (1981), "On the histogram as a density estimator: L₂ theory".
fn freedman_diaconis(values: &[f64], low: f64, high: f64) -> usize {
    let sorted = crate::diagnostics::sorted(values.iter().copied());
    let quantile = |probability| crate::diagnostics::quantile_of_sorted(&sorted, probability);
    let width = 2.0 * (quantile(0.75) - quantile(0.25)) * (sorted.len() as f64).powf(-1.0 / 3.0);
    // Where half of the values are equal: Sturges' rule.
    let sturges = (sorted.len() as f64).log2() + 1.0;
    let count = if width > 0.0 { (high - low) / width } else { sturges };
    (count.ceil() as usize).clamp(5, 100)
}

#[cfg(test)]
mod tests {
    use super::{Bins, histogram, is_discrete};
    use crate::draws::tests::scores;

    fn area((edges, heights): &(Vec<(f64, f64)>, Vec<f64>)) -> f64 {
        edges.iter().zip(heights).map(|((left, right), height)| (right - left) * height).sum()
    }

    #[test]
    fn the_area_is_one() {
        let values = scores(5000, 3);
        for bins in [Bins::Auto, Bins::Count(1), Bins::Count(17), Bins::Count(1_000_000)] {
            let bars = histogram(&values, None, bins);
            assert!((area(&bars) - 1.0).abs() < 1e-12, "{bins:?}");
            assert!(bars.0.len() <= 500);
        }
        // Normal: the bar at 0 is as high as the density, with a standard error of 0.01.
        let (edges, heights) = histogram(&values, None, Bins::Count(40));
        let middle = edges.iter().position(|&(left, right)| left <= 0.0 && 0.0 < right).unwrap();
        assert!((heights[middle] - 0.399).abs() < 0.05, "{}", heights[middle]);
    }

    #[test]
    fn known_bins_and_weights() {
        let (edges, heights) = histogram(&[0.0, 1.0, 1.5, 2.0, f64::NAN], None, Bins::Count(2));
        assert_eq!((edges, heights), (vec![(0.0, 1.0), (1.0, 2.0)], vec![0.25, 0.75]));
        let weights = [3.0, 1.0, 0.0];
        let (_, heights) = histogram(&[0.0, 1.0, 7.0], Some(&weights), Bins::Count(2));
        assert_eq!(heights, [1.5, 0.5]);
    }

    #[test]
    fn whole_numbers_have_a_bar_each() {
        let (edges, heights) = histogram(&[0.0, 2.0, 2.0, 1.0], None, Bins::Auto);
        assert_eq!(edges, [(-0.5, 0.5), (0.5, 1.5), (1.5, 2.5)]);
        assert_eq!(heights, [0.25, 0.25, 0.5]);
        assert!(!is_discrete(&[0.5]) && !is_discrete(&[]) && !is_discrete(&[f64::NAN]));
    }

    #[test]
    fn degenerate_values() {
        assert!(histogram(&[], None, Bins::Auto).0.is_empty());
        assert!(histogram(&[f64::INFINITY], None, Bins::Count(3)).0.is_empty());
        for bins in [Bins::Auto, Bins::Count(8)] {
            let bars = histogram(&[0.3, 0.3], None, bins);
            assert_eq!(bars.0.len(), 1);
            assert!((area(&bars) - 1.0).abs() < 1e-12);
        }
        let wide = histogram(&[-f64::MAX, f64::MAX], None, Bins::Count(4));
        assert_eq!(wide.0.len(), 4);
    }
}
