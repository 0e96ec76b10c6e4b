//! Radon in Minnesota: what R prints for the data, and the posterior by quadrature.

use super::mixed_effects as example;
use super::regressions::{assert_moments, moments};

/// The sums of a county: houses, and products of floor (x) and log radon (y).
#[derive(Clone, Copy, Default)]
struct Sums {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

fn sums(houses: &example::Houses) -> Vec<Sums> {
    let mut sums = vec![Sums::default(); houses.county.levels().len()];
    for (house, &county) in houses.county.index().iter().enumerate() {
        let (x, y) = (houses.floor.get(house).item(), houses.log_radon.get(house).item());
        let Sums { n, x: sum_x, y: sum_y, xx, xy, yy } = sums[county];
        let (x_sum, y_sum) = (sum_x + x, sum_y + y);
        sums[county] = Sums { n: n + 1.0, x: x_sum, y: y_sum, xx: xx + x * x, xy: xy + x * y, yy: yy + y * y };
    }
    sums
}

/// The coefficients (mu, beta) given both standard deviations, of which they are a generalised least-squares problem: the
/// data of a county have the covariance sigma² I + sigma_county² 1 1ᵀ.
struct Given {
    mean: [f64; 2],
    /// In the order mu, beta, and both.
    covariance: [f64; 3],
    /// The logarithm of the likelihood, integrated over them; without a prior, the restricted likelihood.
    log_evidence: f64,
}

fn given(sums: &[Sums], sigma_county: f64, sigma: f64, prior_precision: f64) -> Given {
    let (s2, t2) = (sigma_county.powi(2), sigma.powi(2));
    let (mut a, mut b, mut c) = ([prior_precision, prior_precision, 0.0], [0.0; 2], 0.0);
    let mut log_determinant = 0.0;
    for of in sums {
        let k = s2 / (t2 + of.n * s2);
        a[0] += (of.n - k * of.n * of.n) / t2;
        a[1] += (of.xx - k * of.x * of.x) / t2;
        a[2] += (of.x - k * of.n * of.x) / t2;
        b[0] += (of.y - k * of.n * of.y) / t2;
        b[1] += (of.xy - k * of.x * of.y) / t2;
        c += (of.yy - k * of.y * of.y) / t2;
        log_determinant += (of.n - 1.0) * t2.ln() + (t2 + of.n * s2).ln();
    }
    let determinant = a[0] * a[1] - a[2] * a[2];
    let covariance = [a[1] / determinant, a[0] / determinant, -a[2] / determinant];
    let mean = [covariance[0] * b[0] + covariance[2] * b[1], covariance[2] * b[0] + covariance[1] * b[1]];
    let square = c - b[0] * mean[0] - b[1] * mean[1];
    Given { mean, covariance, log_evidence: -0.5 * (log_determinant + square + determinant.ln()) }
}

/// The share of a county's own mean in its estimate, and the estimate, at these coefficients.
fn county(of: Sums, sigma_county: f64, sigma: f64, [mu, beta]: [f64; 2]) -> (f64, f64) {
    let share = of.n * sigma_county.powi(2) / (sigma.powi(2) + of.n * sigma_county.powi(2));
    (share, mu + share * ((of.y - beta * of.x) / of.n - mu))
}

/// R prints, of the data of Gelman and Hill: `lm(y ~ x)`, `lm(y ~ x + factor(county) - 1)`. The tolerances are half a unit of
/// the last digit.
#[test]
fn complete_and_no_pooling() {
    let houses = example::houses().unwrap();
    assert_eq!((houses.county.len(), houses.county.levels().len()), (919, 85));
    let (intercept, slope) = example::least_squares(&[0; 919], 1, &houses);
    assert!((intercept[0] - 1.32674).abs() < 5.1e-6 && (slope + 0.61339).abs() < 5.1e-6);
    let (intercepts, slope) = example::least_squares(houses.county.index(), 85, &houses);
    assert!((slope + 0.72054).abs() < 5.1e-6);
    for (county, want) in [(0, 0.84054), (1, 0.87482), (25, 1.36058), (35, 2.95897), (69, 0.86763), (84, 1.18652)] {
        assert!((intercepts[county] - want).abs() < 5.1e-6, "{county}: {}", intercepts[county]);
    }
    let named = |at: usize| houses.county.levels()[at].as_str();
    assert_eq!((named(0), named(25), named(35), named(69)), ("Aitkin", "Hennepin", "Lac qui Parle", "St. Louis"));
}

/// The formulas of this file at the maximum of the restricted likelihood are what lme4 prints of `lmer(y ~ x + (1 |
/// county))`: fixed effects 1.46 and -0.6929937, standard deviations 0.33 and 0.76, county 1 at 1.1915, county 55 0.08786324
/// above the mean. (Its optimiser ends at some five digits.)
#[test]
fn the_reference_agrees_with_lme4() {
    let sums = sums(&example::houses().unwrap());
    let (mut best, mut width) = ([0.3, 0.75], 0.2);
    for _ in 0..40 {
        let steps = (-3..=3).flat_map(|i| (-3..=3).map(move |j| [f64::from(i), f64::from(j)]));
        let points = steps.map(|[i, j]| [best[0] + i * width / 3.0, best[1] + j * width / 3.0]);
        let value = |[s, t]: [f64; 2]| if s > 0.0 { given(&sums, s, t, 0.0).log_evidence } else { f64::NEG_INFINITY };
        best = points.max_by(|a, b| value(*a).total_cmp(&value(*b))).unwrap();
        width *= 0.7;
    }
    let [s, t] = best;
    let reml = given(&sums, s, t, 0.0);
    assert!((s - 0.33).abs() < 0.0051 && (t - 0.76).abs() < 0.0051, "{s}, {t}");
    assert!((reml.mean[0] - 1.46).abs() < 0.0051 && (reml.mean[1] + 0.692_993_7).abs() < 2e-6, "{:?}", reml.mean);
    assert!((reml.covariance[0].sqrt() - 0.05).abs() < 0.0051 && (reml.covariance[1].sqrt() - 0.07).abs() < 0.0051);
    assert!((county(sums[0], s, t, reml.mean).1 - 1.1915).abs() < 6e-5);
    assert!((county(sums[54], s, t, reml.mean).1 - reml.mean[0] - 0.087_863_24).abs() < 5e-6);
}

/// By quadrature over both standard deviations, given which all else is normal; the midpoint rule is exact to many more
/// digits than the draws.
#[test]
fn partial_pooling() {
    let houses = example::houses().unwrap();
    let sums = sums(&houses);
    let posterior = example::nuts().progress(false).run(&example::varying_intercepts(&houses)).unwrap();
    assert_eq!(posterior.engine(), "recorded");

    let (mut log_weights, mut points) = (Vec::new(), Vec::new());
    for row in 0..60 {
        for column in 0..50 {
            let (s, t) = (0.08 + 0.01 * f64::from(row), 0.66 + 0.004 * f64::from(column));
            // Priors: coefficients with standard deviation 10, standard deviations half normal.
            let given = given(&sums, s, t, 0.01);
            log_weights.push(given.log_evidence - 0.5 * (s * s + t * t));
            points.push((s, t, given));
        }
    }
    let exact = |value: &dyn Fn(f64, f64, &Given) -> (f64, f64)| {
        let both = points.iter().map(|(s, t, given)| value(*s, *t, given));
        let (values, variances): (Vec<f64>, Vec<f64>) = both.unzip();
        let (mean, variance) = moments(&log_weights, &values, &variances);
        (mean, variance.sqrt())
    };
    assert_moments(&posterior, "mu", exact(&|_, _, given| (given.mean[0], given.covariance[0])));
    assert_moments(&posterior, "beta", exact(&|_, _, given| (given.mean[1], given.covariance[1])));
    assert_moments(&posterior, "sigma_county", exact(&|s, _, _| (s, 0.0)));
    assert_moments(&posterior, "sigma", exact(&|_, t, _| (t, 0.0)));
    for (at, name) in [(35, "Lac qui Parle"), (69, "St. Louis")] {
        let of_county = exact(&|s, t, given| {
            let (share, mean) = county(sums[at], s, t, given.mean);
            // Of the county itself, and of the coefficients through (1 - share) mu - share x̄ beta.
            let (by_mu, by_beta) = (1.0 - share, -share * sums[at].x / sums[at].n);
            let of_coefficients = by_mu * by_mu * given.covariance[0]
                + by_beta * by_beta * given.covariance[1]
                + 2.0 * by_mu * by_beta * given.covariance[2];
            (mean, s * s * (1.0 - share) + of_coefficients)
        });
        assert_moments(&posterior, &format!("alpha[{name}]"), of_county);
    }
}

/// lme4 prints of `lmer(y ~ x + (1 + x | county))`: 1.46 and -0.68, standard deviations 0.35, 0.34 and 0.75, correlation
/// -0.34. Those of the slopes are hardly known, and its maximum is not the mean of the posterior: what the data tell agrees
/// within a third of the posterior's standard deviation, the rest within one.
#[test]
fn slopes_that_vary() {
    let houses = example::houses().unwrap();
    let nuts = example::nuts().warmup(300).draws(250).progress(false);
    let posterior = nuts.run(&example::varying_slopes(&houses)).unwrap();
    let summary = posterior.summary();
    for (label, lme4, within) in [
        ("mu", 1.46, 1.0 / 3.0),
        ("beta", -0.68, 1.0 / 3.0),
        ("sigma", 0.75, 1.0 / 3.0),
        ("sigma_county", 0.35, 1.0 / 3.0),
        ("sigma_slope", 0.34, 1.0),
        ("rho", -0.34, 1.0),
    ] {
        let row = summary.row(label).unwrap();
        assert!((row.mean - lme4).abs() < within * row.sd + 5.0 * row.mcse_mean, "{label}: {} ± {}", row.mean, row.sd);
    }
    // The slope of Lac qui Parle, where both houses were measured in the basement, is only known from the others.
    assert_eq!(summary.row("slope[Lac qui Parle]").unwrap().site, "slope");
}
