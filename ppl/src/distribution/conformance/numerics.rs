//! Finite differences, quadrature and goodness of fit.

use crate::{Constraint, Tensor};

/// Derivative of a smooth function by five points, `scale` being the length over which it changes.
///
/// The step shrinks while a point falls out of the function's domain.
pub(crate) fn derivative(function: impl Fn(f64) -> f64, at: f64, scale: f64) -> f64 {
    let mut step = 1e-3 * scale;
    for _ in 0..5 {
        let f = |offset: f64| function(at + offset * step);
        let result = (8.0 * (f(1.0) - f(-1.0)) - (f(2.0) - f(-2.0))) / (12.0 * step);
        if result.is_finite() {
            return result;
        }
        step *= 0.1;
    }
    f64::NAN
}

/// The tensor with one element replaced.
pub(super) fn replaced(tensor: &Tensor, place: usize, value: f64) -> Tensor {
    let mut elements = tensor.to_vec();
    elements[place] = value;
    Tensor::new(elements, tensor.shape()).unwrap()
}

/// Ends of the support of scalars.
pub(crate) fn ends(support: &Constraint) -> (f64, f64) {
    match support {
        Constraint::Real | Constraint::Integer => (f64::NEG_INFINITY, f64::INFINITY),
        Constraint::OneOf(points) => (points.min().item(), points.max().item()),
        Constraint::Positive | Constraint::NonNegative | Constraint::NonNegativeInteger => (0.0, f64::INFINITY),
        Constraint::UnitInterval | Constraint::Boolean => (0.0, 1.0),
        // Of entries of a vector with ends of their own, the outermost.
        Constraint::Interval { lower, upper } | Constraint::IntegerInterval { lower, upper } => {
            (lower.min().item(), upper.max().item())
        }
        Constraint::GreaterThan(low) => (low.min().item(), f64::INFINITY),
        Constraint::LessThan(high) => (f64::NEG_INFINITY, high.max().item()),
        Constraint::ZeroOr(other) => ends(other),
        other => panic!("{other:?} is not a set of scalars"),
    }
}

/// Median and interquartile range of draws.
pub(crate) fn quartiles(draws: &[f64]) -> (f64, f64) {
    let mut sorted = draws.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |part: f64| sorted[(part * sorted.len() as f64) as usize];
    (at(0.5), at(0.75) - at(0.25))
}

/// Integral of a density over an interval, by the double exponential rule (Takahasi and Mori 1974), which tolerates
/// integrable singularities at the ends. `centre` and `width` say where the mass of an unbounded density is.
pub(crate) fn integral(density: impl Fn(f64) -> f64, (low, high): (f64, f64), centre: f64, width: f64) -> f64 {
    const STEP: f64 = 1.0 / 64.0;
    let half_pi = std::f64::consts::FRAC_PI_2;
    let mut sum = 0.0;
    for place in -448..=448 {
        let t = f64::from(place) * STEP;
        let (inner, slope) = (half_pi * t.sinh(), half_pi * t.cosh());
        let (x, weight) = match (low.is_finite(), high.is_finite()) {
            (true, true) => {
                // low + (high - low) / (1 + e^(-2 inner)), from the nearer end.
                let part = (high - low) / (1.0 + (2.0 * inner.abs()).exp());
                let x = if inner < 0.0 { low + part } else { high - part };
                (x, (high - low) * 0.5 * slope / inner.cosh().powi(2))
            }
            (true, false) => (low + (centre - low) * inner.exp(), (centre - low) * inner.exp() * slope),
            (false, true) => (high - (high - centre) * inner.exp(), (high - centre) * inner.exp() * slope),
            (false, false) => (centre + width * inner.sinh(), width * inner.cosh() * slope),
        };
        let term = weight * density(x);
        if weight.is_finite() && x > low && x < high && term.is_finite() {
            sum += term * STEP;
        }
    }
    sum
}

/// √n times the Kolmogorov–Smirnov statistic, from the distribution function at the draws.
pub(super) fn kolmogorov_smirnov(mut at_draws: Vec<f64>) -> f64 {
    at_draws.sort_by(f64::total_cmp);
    let count = at_draws.len() as f64;
    let distance = at_draws
        .iter()
        .enumerate()
        .map(|(place, cdf)| (cdf - place as f64 / count).abs().max((cdf - (place + 1) as f64 / count).abs()))
        .fold(0.0, f64::max);
    count.sqrt() * distance
}

/// Standard score of Pearson's chi-square (Wilson and Hilferty 1931); cells that expect fewer than 10 are pooled.
pub(super) fn chi_square_score(observed: &[f64], probability: &[f64]) -> f64 {
    let total: f64 = observed.iter().sum();
    let (mut statistic, mut cells) = (0.0, 0.0);
    let (mut pooled_observed, mut pooled_expected) = (0.0, 0.0);
    let mut remaining_observed = total;
    let mut remaining_expected = total;
    for (observed, probability) in observed.iter().zip(probability) {
        pooled_observed += observed;
        pooled_expected += probability * total;
        if pooled_expected >= 10.0 && remaining_expected - pooled_expected >= 10.0 {
            statistic += (pooled_observed - pooled_expected).powi(2) / pooled_expected;
            cells += 1.0;
            remaining_observed -= pooled_observed;
            remaining_expected -= pooled_expected;
            (pooled_observed, pooled_expected) = (0.0, 0.0);
        }
    }
    // The last cell holds all that is left, also what lies beyond the listed values.
    statistic += (remaining_observed - remaining_expected).powi(2) / remaining_expected;
    let freedom: f64 = cells;
    assert!(freedom >= 1.0, "too few cells for a chi-square test");
    let spread = 2.0 / (9.0 * freedom);
    ((statistic / freedom).cbrt() - (1.0 - spread)) / spread.sqrt()
}

#[test]
fn numerics_are_right() {
    let normal = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    assert!((integral(normal, (f64::NEG_INFINITY, f64::INFINITY), 0.3, 2.0) - 1.0).abs() < 1e-12);
    assert!((integral(|x| (-x).exp(), (0.0, f64::INFINITY), 1.0, 1.0) - 1.0).abs() < 1e-12);
    assert!((integral(|x| 0.5 / x.sqrt(), (0.0, 1.0), 0.5, 0.5) - 1.0).abs() < 1e-8);
    assert!((derivative(f64::exp, 1.0, 1.0) - 1_f64.exp()).abs() < 1e-11);
    // Exactly uniform draws are too good, draws squeezed by 3 % are caught.
    let uniform: Vec<f64> = (0..10_000).map(|place| (f64::from(place) + 0.5) / 10_000.0).collect();
    assert!(kolmogorov_smirnov(uniform.clone()) < 0.01);
    assert!(kolmogorov_smirnov(uniform.iter().map(|x| 0.97 * x).collect()) > 2.2);
    assert!(chi_square_score(&[250.0, 260.0, 490.0], &[0.25, 0.25, 0.5]) < 0.0);
    assert!(chi_square_score(&[300.0, 210.0, 490.0], &[0.25, 0.25, 0.5]) > 3.0);
}
