//! Gaussian kernel density estimate.

use crate::diagnostics::{quantile_of_sorted, sd, sorted};

/// Points of the curve.
const GRID: usize = 256;

/// Density estimate over the range of the finite values, as (value, density); empty if they are fewer than two or all
/// equal.
///
/// The bandwidth is Silverman's, 0.9 min(sd, IQR / 1.349) n^(−1/5). Kernels are reflected at the smallest and the
/// largest value, so that the density of a positive quantity does not fall off towards zero where its mass is. The
/// values are first spread over a grid: the cost does not grow with bandwidth.
///
/// # Reference
/// Silverman (1986), *Density Estimation for Statistics and Data Analysis*, section 3.4.2.
pub(super) fn density(values: impl IntoIterator<Item = f64>) -> Vec<(f64, f64)> {
    let values = sorted(values.into_iter().filter(|value| value.is_finite()));
    let (Some(&low), Some(&high)) = (values.first(), values.last()) else { return Vec::new() };
    let step = (high - low) / (GRID - 1) as f64;
    if step <= 0.0 || !step.is_finite() {
        return Vec::new();
    }
    let bandwidth = bandwidth(&values) / step;
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

/// Silverman's bandwidth; positive for values that are not all equal.
fn bandwidth(sorted: &[f64]) -> f64 {
    let sd = sd(sorted);
    let interquartile = quantile_of_sorted(sorted, 0.75) - quantile_of_sorted(sorted, 0.25);
    // More than half of the values can be equal.
    let spread = if interquartile > 0.0 { sd.min(interquartile / 1.349) } else { sd };
    0.9 * spread * (sorted.len() as f64).powf(-0.2)
}

/// Distributes each value over its two neighbours on the grid; the sum is 1. The end points count twice, because their
/// cells reach only inwards.
fn spread(values: &[f64], low: f64, step: f64) -> Vec<f64> {
    let mut mass = vec![0.0; GRID];
    let share = 1.0 / values.len() as f64;
    for value in values {
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

    #[test]
    fn normal_draws() {
        let curve = density(scores(20_000, 11));
        assert!((integral(&curve) - 1.0).abs() < 1e-12);
        for &(value, height) in curve.iter().filter(|(value, _)| value.abs() < 2.0) {
            let exact = (-0.5 * value * value).exp() / (2.0 * std::f64::consts::PI).sqrt();
            assert!((height - exact).abs() < 0.02, "{value}: {height} and {exact}");
        }
    }

    #[test]
    fn mass_at_a_bound_is_kept() {
        // Evenly spaced over [0, 1]: the density is 1 up to the edges.
        let curve = density((0..=1000).map(|index| f64::from(index) / 1000.0));
        assert!(curve.iter().all(|(_, height)| (height - 1.0).abs() < 0.02), "{curve:?}");
        assert!((integral(&curve) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn one_outlier_leaves_a_bandwidth_below_the_grid() {
        let curve = density(scores(1000, 12).into_iter().map(|score| 1e-6 * score).chain([1.0]));
        assert!((integral(&curve) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_to_draw() {
        assert!(density([]).is_empty());
        assert!(density([1.0]).is_empty());
        assert!(density([2.0, 2.0, f64::NAN]).is_empty());
        assert!(density([f64::INFINITY, f64::NAN]).is_empty());
    }

    #[test]
    fn reflection() {
        let last = GRID - 1;
        assert_eq!([reflect(-1), reflect(0), reflect(3), reflect(last as isize + 2)], [1, 0, 3, last - 2]);
        assert!(reflect(-5000) <= last && reflect(5000) <= last);
    }
}
