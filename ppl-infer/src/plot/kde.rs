//! Gaussian kernel density estimate.

use crate::diagnostics::{quantile_of_sorted, sd};

/// Points of the curve.
const GRID: usize = 256;

/// Density estimate of the finite values, as (value, density); empty if they are fewer than two or all equal. Weights need
/// not sum to 1; a value of weight 0 does not count.
///
/// The bandwidth is Silverman's, 0.9 min(sd, IQR / 1.349) n^(−1/5); of weighted values n is (Σ w)² / Σ w². Where many values
/// are close to the smallest or the largest one the curve ends there, with kernels reflected: the density of a bounded
/// quantity does not fall off towards the bound where its mass is. Elsewhere it ends three bandwidths farther out, but not
/// below 0 for values that are not. The values are first spread over a grid: the cost does not grow with bandwidth.
///
/// # Reference
/// Silverman (1986), *Density Estimation for Statistics and Data Analysis*, section 3.4.2.
pub(super) fn density(values: &[f64], weights: Option<&[f64]>) -> Vec<(f64, f64)> {
    let weight = |at: usize| weights.map_or(1.0, |weights| weights[at]);
    let counted = (0..values.len()).filter(|&at| values[at].is_finite() && weight(at) > 0.0);
    let mut values: Vec<(f64, f64)> = counted.map(|at| (values[at], weight(at))).collect();
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = values.iter().map(|(_, weight)| weight).sum();
    values.iter_mut().for_each(|(_, weight)| *weight /= total);

    let (Some(&(low, _)), Some(&(high, _))) = (values.first(), values.last()) else { return Vec::new() };
    if low >= high || !(high - low).is_finite() {
        return Vec::new();
    }
    let bandwidth = bandwidth(&values, weights.is_some());
    if !bandwidth.is_finite() || bandwidth <= 0.0 {
        return Vec::new();
    }
    let (low, high) = ends(&values, bandwidth);
    let step = (high - low) / (GRID - 1) as f64;
    if step <= 0.0 {
        return Vec::new();
    }
    let bandwidth = bandwidth / step;
    let mass = spread(&values, low, step);

    let reach = (4.0 * bandwidth).ceil().max(1.0) as usize;
    // Unnormalised kernel at whole grid steps; its sum makes the mass 1 also where the bandwidth is below a step.
    let kernel: Vec<f64> = (0..=reach).map(|offset| (-0.5 * (offset as f64 / bandwidth).powi(2)).exp()).collect();
    let total = kernel[0] + 2.0 * kernel[1..].iter().sum::<f64>();
    let smoothed = |point: usize| {
        let offsets = -(reach as isize)..=reach as isize;
        let sum: f64 =
            offsets.map(|offset| kernel[offset.unsigned_abs()] * mass[reflect(point as isize + offset)]).sum();
        sum / (total * step)
    };
    (0..GRID).map(|point| (low + step * point as f64, smoothed(point))).collect()
}

/// Where the curve begins and ends.
fn ends(sorted: &[(f64, f64)], bandwidth: f64) -> (f64, f64) {
    let (low, high) = (sorted[0].0, sorted[sorted.len() - 1].0);
    let share = |from: f64, to: f64| -> f64 {
        let inside = sorted.iter().filter(|(value, _)| (from..=to).contains(value));
        inside.map(|(_, weight)| weight).sum()
    };
    let mut sum = 0.0;
    let median = sorted.iter().find(|(_, weight)| {
        sum += weight;
        sum >= 0.5
    });
    let median = median.map_or(low, |(value, _)| *value);
    // A bound is where the values are nearly as dense as in their middle.
    let much = 0.4 * share(median - 0.5 * bandwidth, median + 0.5 * bandwidth);
    let start = if share(low, low + bandwidth) >= much { low } else { low - 3.0 * bandwidth };
    let end = if share(high - bandwidth, high) >= much { high } else { high + 3.0 * bandwidth };
    (if low >= 0.0 { start.max(0.0) } else { start }, end)
}

/// Silverman's bandwidth; positive for values that are not all equal.
fn bandwidth(sorted: &[(f64, f64)], is_weighted: bool) -> f64 {
    let (sd, interquartile, count) = if is_weighted { weighted_spread(sorted) } else { plain_spread(sorted) };
    // More than half of the values can be equal.
    let spread = if interquartile > 0.0 { sd.min(interquartile / 1.349) } else { sd };
    0.9 * spread * count.powf(-0.2)
}

/// Standard deviation, distance of the quartiles, and number.
fn plain_spread(sorted: &[(f64, f64)]) -> (f64, f64, f64) {
    let values: Vec<f64> = sorted.iter().map(|(value, _)| *value).collect();
    let quartiles = [0.25, 0.75].map(|probability| quantile_of_sorted(&values, probability));
    (sd(&values), quartiles[1] - quartiles[0], values.len() as f64)
}

/// The same of weighted values, with their effective number.
fn weighted_spread(sorted: &[(f64, f64)]) -> (f64, f64, f64) {
    let mean: f64 = sorted.iter().map(|(value, weight)| weight * value).sum();
    let squares: f64 = sorted.iter().map(|(_, weight)| weight * weight).sum();
    let variance: f64 = sorted.iter().map(|(value, weight)| weight * (value - mean).powi(2)).sum();
    let quartiles = [0.25, 0.75].map(|probability| {
        let mut sum = 0.0;
        let reached = sorted.iter().find(|(_, weight)| {
            sum += weight;
            sum >= probability
        });
        reached.map_or(f64::NAN, |(value, _)| *value)
    });
    (variance.sqrt(), quartiles[1] - quartiles[0], 1.0 / squares)
}

/// Distributes each value's weight over its two neighbours on the grid; the sum is 1. The end points count twice, because
/// their cells reach only inwards.
fn spread(values: &[(f64, f64)], low: f64, step: f64) -> Vec<f64> {
    let mut mass = vec![0.0; GRID];
    for (value, share) in values {
        let position = (value - low) / step;
        let below = (position.floor() as usize).min(GRID - 2);
        let above = (position - below as f64).clamp(0.0, 1.0);
        mass[below] += share * (1.0 - above);
        mass[below + 1] += share * above;
    }
    mass[0] *= 2.0;
    mass[GRID - 1] *= 2.0;
    mass
}

/// The grid index that a position beyond the ends is mirrored to.
fn reflect(position: isize) -> usize {
    let last = GRID as isize - 1;
    let folded = position.rem_euclid(2 * last);
    if folded > last { (2 * last - folded) as usize } else { folded as usize }
}

#[cfg(test)]
mod tests {
    use super::{GRID, density, reflect};
    use crate::draws::tests::scores;

    /// ∫ by the trapezoidal rule.
    fn integral(curve: &[(f64, f64)]) -> f64 {
        curve.windows(2).map(|pair| 0.5 * (pair[0].1 + pair[1].1) * (pair[1].0 - pair[0].0)).sum()
    }

    fn close_to_normal(curve: &[(f64, f64)], tolerance: f64) {
        assert!((integral(curve) - 1.0).abs() < 1e-12);
        assert!(curve[0].1 < 1e-3 && curve[GRID - 1].1 < 1e-3, "the tails end");
        for &(value, height) in curve.iter().filter(|(value, _)| value.abs() < 2.0) {
            let exact = (-0.5 * value * value).exp() / (2.0 * std::f64::consts::PI).sqrt();
            assert!((height - exact).abs() < tolerance, "{value}: {height} and {exact}");
        }
    }

    #[test]
    fn normal_draws() {
        close_to_normal(&density(&scores(20_000, 11), None), 0.02);
    }

    /// Uniform values on [−5, 5], weighted by the density of Normal(0, 1): worth about 5600 of 20 000 draws.
    #[test]
    fn weighted_draws() {
        let values: Vec<f64> =
            (0..20_000).map(|at| 10.0 * (f64::from(at) * 0.618_033_988_749_895).fract() - 5.0).collect();
        let weights: Vec<f64> = values.iter().map(|value| (-0.5 * value * value).exp()).collect();
        close_to_normal(&density(&values, Some(&weights)), 0.01);
        let equal = density(&values, Some(&vec![0.1; values.len()]));
        for (weighted, plain) in equal.iter().zip(density(&values, None)) {
            assert!((weighted.1 - plain.1).abs() < 1e-3, "{weighted:?} and {plain:?}");
        }
        let some = density(&[1.0, 2.0, 50.0], Some(&[0.5, 0.5, 0.0]));
        assert_eq!((some[0].0, some[GRID - 1].0), (1.0, 2.0));
    }

    #[test]
    fn mass_at_a_bound_is_kept() {
        // Evenly spaced over [0, 1]: the density is 1 up to the edges.
        let curve = density(&(0..=1000).map(|index| f64::from(index) / 1000.0).collect::<Vec<_>>(), None);
        assert!(curve.iter().all(|(_, height)| (height - 1.0).abs() < 0.02), "{curve:?}");
        assert!((integral(&curve) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_curve_of_positive_values_does_not_begin_below_zero() {
        // Gamma(2, 1), whose density is 0 at the bound and x exp(−x) elsewhere.
        let normal = scores(20_000, 13);
        let values: Vec<f64> =
            normal.chunks(4).map(|four| 0.5 * four.iter().map(|score| score * score).sum::<f64>()).collect();
        let curve = density(&values, None);
        assert!((curve[0].0 >= 0.0) && (integral(&curve) - 1.0).abs() < 1e-12);
        // Reflection makes the derivative 0 at the bound, where that of the density is 1: an error of 0.8 bandwidths, 0.15.
        assert!(curve[0].1 < 0.2);
        for &(value, height) in curve.iter().filter(|(value, _)| *value > 0.6) {
            assert!((height - value * (-value).exp()).abs() < 0.04, "{value}: {height}");
        }
    }

    #[test]
    fn one_outlier_leaves_a_bandwidth_below_the_grid() {
        let values: Vec<f64> = scores(1000, 12).into_iter().map(|score| 1e-6 * score).chain([1.0]).collect();
        assert!((integral(&density(&values, None)) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_to_draw() {
        for values in [&[][..], &[1.0], &[2.0, 2.0, f64::NAN], &[f64::INFINITY, f64::NAN], &[-f64::MAX, f64::MAX]] {
            assert!(density(values, None).is_empty(), "{values:?}");
        }
        assert!(density(&[1.0, 2.0], Some(&[1.0, 0.0])).is_empty());
    }

    #[test]
    fn reflection() {
        let last = GRID - 1;
        assert_eq!([reflect(-1), reflect(0), reflect(3), reflect(last as isize + 2)], [1, 0, 3, last - 2]);
        assert!(reflect(-5000) <= last && reflect(5000) <= last);
    }
}
