//! Series of known parameters against the joint normal distribution of all that there is, which is written by the
//! definitions of the components: each quantity is a weighted sum of independent standard normal numbers.

use ndarray::{Array1, ArrayD, array};
use ppl::distribution::{Distribution, HalfNormal, MultivariateNormal, Normal, Uniform};
use ppl::{Model, ModelExt, Tensor};

use super::*;
use crate::density::ModelDensity;
use crate::draws::{Draws, SiteTable};
use crate::error::{Error, Result};

/// A mean, and weights of independent standard normal numbers.
#[derive(Clone, Debug, Default)]
struct Linear {
    mean: f64,
    weights: Vec<f64>,
}

impl Linear {
    fn constant(mean: f64) -> Self {
        Self { mean, weights: Vec::new() }
    }

    fn plus(&self, factor: f64, other: &Self) -> Self {
        let mut weights = self.weights.clone();
        weights.resize(weights.len().max(other.weights.len()), 0.0);
        weights.iter_mut().zip(&other.weights).for_each(|(weight, other)| *weight += factor * other);
        Self { mean: self.mean + factor * other.mean, weights }
    }

    fn covariance(&self, other: &Self) -> f64 {
        self.weights.iter().zip(&other.weights).map(|(left, right)| left * right).sum()
    }
}

/// Independent standard normal numbers, one after the other.
#[derive(Default)]
struct Noise(usize);

impl Noise {
    fn normal(&mut self, mean: f64, sd: f64) -> Linear {
        self.0 += 1;
        let mut weights = vec![0.0; self.0];
        weights[self.0 - 1] = sd;
        Linear { mean, weights }
    }
}

/// Of a slope with a mean, to which it returns by the coefficient.
fn trend(
    noise: &mut Noise,
    steps: usize,
    [level, slope]: [(f64, f64); 2],
    scales: [f64; 2],
    (mean, coefficient): (f64, f64),
) -> Vec<Linear> {
    let (mut level, mut slope) = (noise.normal(level.0, level.1), noise.normal(slope.0, slope.1));
    let mut path = vec![level.clone()];
    for _ in 1..steps {
        level = level.plus(1.0, &slope).plus(1.0, &noise.normal(0.0, scales[0]));
        let start = Linear::constant(mean * (1.0 - coefficient));
        slope = start.plus(coefficient, &slope).plus(1.0, &noise.normal(0.0, scales[1]));
        path.push(level.clone());
    }
    path
}

fn seasonal(noise: &mut Noise, steps: usize, seasons: usize, length: usize, initial: f64, drift: f64) -> Vec<Linear> {
    let without_mean = |effects: Vec<Linear>| -> Vec<Linear> {
        let share = -1.0 / seasons as f64;
        let sum = effects.iter().fold(Linear::default(), |sum, effect| sum.plus(1.0, effect));
        effects.iter().map(|effect| effect.plus(share, &sum)).collect()
    };
    let mut effects = without_mean((0..seasons).map(|_| noise.normal(0.0, initial)).collect());
    let mut path = Vec::new();
    for time in 0..steps {
        let season = time / length % seasons;
        path.push(effects[season].clone());
        if (time + 1) % length == 0 {
            effects[season] = effects[season].plus(1.0, &noise.normal(0.0, drift));
            effects = without_mean(effects);
        }
    }
    path
}

fn autoregressive(noise: &mut Noise, steps: usize, coefficients: &[f64], initial: f64, scale: f64) -> Vec<Linear> {
    // The latest last.
    let mut path: Vec<Linear> = coefficients.iter().map(|_| noise.normal(0.0, initial)).collect();
    for _ in 1..steps {
        let next = noise.normal(0.0, scale);
        let terms = coefficients.iter().zip(path.iter().rev());
        path.push(terms.fold(next, |sum, (coefficient, before)| sum.plus(*coefficient, before)));
    }
    path.split_off(coefficients.len() - 1)
}

/// The components of a series and the variance of its noise.
struct Dense {
    parts: Vec<Vec<Linear>>,
    noise: f64,
}

impl Dense {
    fn steps(&self) -> usize {
        self.parts[0].len()
    }

    fn signal(&self) -> Vec<Linear> {
        let of_time = |time: usize| self.parts.iter().fold(Linear::default(), |sum, part| sum.plus(1.0, &part[time]));
        (0..self.steps()).map(of_time).collect()
    }

    fn covariance(&self, rows: &[Linear], columns: &[Linear]) -> Tensor {
        let elements = rows.iter().flat_map(|row| columns.iter().map(|column| row.covariance(column)));
        Tensor::new(elements.collect::<Vec<_>>(), [rows.len(), columns.len()]).unwrap()
    }

    /// The observed times, their signal, and the distribution of their values.
    fn observed(&self, y: &[f64]) -> (Vec<f64>, Vec<Linear>, MultivariateNormal) {
        let signal = self.signal();
        let seen: Vec<usize> = (0..y.len()).filter(|time| !y[*time].is_nan()).collect();
        let rows: Vec<Linear> = seen.iter().map(|time| signal[*time].clone()).collect();
        let covariance = self.covariance(&rows, &rows) + Tensor::eye(seen.len()) * self.noise;
        let mean: Vec<f64> = rows.iter().map(|row| row.mean).collect();
        let normal = MultivariateNormal::new(Tensor::from(mean), covariance).unwrap();
        (seen.iter().map(|time| y[*time]).collect(), rows, normal)
    }

    fn log_prob(&self, y: &[f64]) -> f64 {
        let (values, _, normal) = self.observed(y);
        normal.log_prob(&Tensor::from(values)).unwrap().item()
    }

    /// Means and variances of quantities given the values.
    fn given(&self, quantities: &[Linear], y: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (values, rows, _) = self.observed(y);
        let covariance = self.covariance(&rows, &rows) + Tensor::eye(rows.len()) * self.noise;
        let both = self.covariance(&rows, quantities);
        let gain = covariance.solve(&both).transpose();
        let rest: Vec<f64> = values.iter().zip(&rows).map(|(value, row)| value - row.mean).collect();
        let moves = gain.matmul(Tensor::from(rest).unsqueeze(-1)).to_vec();
        let explained = gain.matmul(&both).diagonal().to_vec();
        let means = quantities.iter().zip(moves).map(|(quantity, moves)| quantity.mean + moves).collect();
        let variances =
            quantities.iter().zip(explained).map(|(quantity, less)| quantity.covariance(quantity) - less).collect();
        (means, variances)
    }
}

/// Rounding of the filter and of the dense solution: their matrices have condition numbers up to 1e5.
const ROUNDING: f64 = 1e-9;

#[track_caller]
fn assert_close(got: &Array1<f64>, want: &[f64]) {
    assert_eq!(got.len(), want.len());
    for (place, (got, want)) in got.iter().zip(want).enumerate() {
        assert!((got - want).abs() < ROUNDING * (1.0 + want.abs()), "at {place}: {got}, want {want}");
    }
}

/// One draw with these values, or several.
fn draws(sites: &[(&str, ArrayD<f64>)]) -> Draws {
    let mut table = SiteTable::new(&[sites[0].1.shape()[0]]);
    for (site, values) in sites {
        table.insert(*site, values.clone()).unwrap();
    }
    Draws::new(table).unwrap()
}

fn one(value: f64) -> ArrayD<f64> {
    array![value].into_dyn()
}

/// A series with all components but a local level, at known parameters.
struct Case {
    series: StructuralTimeSeries,
    draws: Draws,
    /// Of the values and of `AHEAD` times more.
    dense: Dense,
}

const AHEAD: usize = 5;

/// The covariates, for so many times.
fn covariates(steps: usize) -> Vec<[f64; 2]> {
    (0..steps).map(|time| [(time as f64 * 0.7).sin(), if time % 5 == 2 { 1.0 } else { 0.0 }]).collect()
}

fn values(steps: usize) -> Vec<f64> {
    let season = [1.5, -0.4, -1.1, 0.0, 0.7, 0.2, -0.9];
    let value = |time: usize| 5.0 + 0.1 * time as f64 + season[time % season.len()] + (time as f64 * 2.3).cos();
    (0..steps).map(value).collect()
}

impl Case {
    fn new(y: Vec<f64>, seasons: usize, length: usize) -> Result<Self> {
        let steps = y.len() + AHEAD;
        let x = covariates(steps);
        let design = Tensor::new(x.concat(), [steps, 2])?;
        let series = StructuralTimeSeries::new(&y)?
            .with(LocalLinearTrend::new().initial_level(Normal::new(4.0, 1.5)?).initial_slope(Normal::new(0.1, 0.2)?))?
            .with(Seasonal::new(seasons).steps_per_season(length).initial_effect(Normal::new(0.0, 0.8)?))?
            .with(Autoregressive::new(2).initial_state(Normal::new(0.0, 0.6)?))?
            .with(LinearRegression::new(design))?;
        let draws = draws(&[
            ("trend/level_scale", one(0.3)),
            ("trend/slope_scale", one(0.05)),
            ("seasonal/drift_scale", one(0.2)),
            ("autoregressive/coefficients", array![[0.6, -0.3]].into_dyn()),
            ("autoregressive/level_scale", one(0.4)),
            ("regression/coefficients", array![[0.7, -1.2]].into_dyn()),
            ("observation_noise_scale", one(0.5)),
        ]);
        let mut noise = Noise::default();
        let parts = vec![
            trend(&mut noise, steps, [(4.0, 1.5), (0.1, 0.2)], [0.3, 0.05], (0.0, 1.0)),
            seasonal(&mut noise, steps, seasons, length, 0.8, 0.2),
            autoregressive(&mut noise, steps, &[0.6, -0.3], 0.6, 0.4),
            x.iter().map(|x| Linear::constant(0.7 * x[0] - 1.2 * x[1])).collect(),
        ];
        Ok(Self { series, draws, dense: Dense { parts, noise: 0.25 } })
    }

    fn log_prob(&self) -> f64 {
        let sites = self.draws.names().map(|site| {
            let values = self.draws.get_array(site).unwrap();
            let own: Vec<f64> = values.values().iter().copied().collect();
            (site.to_owned(), Tensor::new(own, values.shape().to_vec()).unwrap())
        });
        let sum = self.series.sum(&sites.collect(), self.series.values().len()).unwrap();
        let y = Tensor::from(self.series.values().to_vec()).unsqueeze(-1);
        sum.model.log_prob(&y).unwrap().item()
    }
}

/// Small states, large ones (whose covariances are updated without products of matrices), seasons of several times, and
/// missing values.
fn cases() -> Vec<Case> {
    let mut with_gaps = values(40);
    for time in [0, 7, 8, 9, 25, 39] {
        with_gaps[time] = f64::NAN;
    }
    [(values(12), 2, 1), (values(30), 7, 1), (with_gaps.clone(), 12, 1), (with_gaps, 3, 4)]
        .into_iter()
        .map(|(y, seasons, length)| Case::new(y, seasons, length).unwrap())
        .collect()
}

#[test]
fn the_density_is_that_of_the_joint_normal_distribution() {
    for case in cases() {
        let (got, want) = (case.log_prob(), case.dense.log_prob(case.series.values()));
        assert!((got - want).abs() < ROUNDING * want.abs(), "{got}, want {want}");
    }
}

#[test]
fn trend_and_seasons_without_products_of_matrices() {
    // Without an autoregression the transition is constant, and differs from the identity in one row.
    let y = values(60);
    let series = StructuralTimeSeries::new(&y)
        .unwrap()
        .with(LocalLinearTrend::new().initial_level(Normal::new(4.0, 1.5).unwrap()))
        .unwrap()
        .with(Seasonal::new(12))
        .unwrap();
    let sd = series.series_scale().stddev;
    let given = draws(&[
        ("trend/level_scale", one(0.3)),
        ("trend/slope_scale", one(0.05)),
        ("seasonal/drift_scale", one(0.2)),
        ("observation_noise_scale", one(0.5)),
    ]);
    let mut noise = Noise::default();
    let parts = vec![
        trend(&mut noise, 62, [(4.0, 1.5), (0.0, sd)], [0.3, 0.05], (0.0, 1.0)),
        seasonal(&mut noise, 62, 12, 1, sd, 0.2),
    ];
    let dense = Dense { parts, noise: 0.25 };
    let case = Case { series, draws: given, dense };
    let (got, want) = (case.log_prob(), case.dense.log_prob(&y));
    assert!((got - want).abs() < ROUNDING * want.abs(), "{got}, want {want}");
    let forecast = case.series.forecast(&case.draws, 2).unwrap();
    let (means, variances) = case.dense.given(&case.dense.signal()[60..], &y);
    assert_close(&forecast.mean(), &means);
    assert_close(&forecast.sd().mapv(|sd| sd * sd - 0.25), &variances);
}

#[test]
fn a_slope_that_returns_to_its_mean() {
    let y = values(20);
    let trend_of = SemiLocalLinearTrend::new().named("slope");
    let series = StructuralTimeSeries::new(&y).unwrap().with(trend_of).unwrap();
    let SeriesScale { initial, stddev } = series.series_scale();
    let case = Case {
        series,
        draws: draws(&[
            ("slope/level_scale", one(0.3)),
            ("slope/slope_mean", one(0.2)),
            ("slope/slope_scale", one(0.4)),
            ("slope/coefficient", one(0.7)),
            ("observation_noise_scale", one(0.5)),
        ]),
        dense: Dense {
            parts: vec![trend(&mut Noise::default(), 23, [(initial, stddev), (0.0, stddev)], [0.3, 0.4], (0.2, 0.7))],
            noise: 0.25,
        },
    };
    let (got, want) = (case.log_prob(), case.dense.log_prob(&y));
    assert!((got - want).abs() < ROUNDING * want.abs(), "{got}, want {want}");
    let forecast = case.series.forecast(&case.draws, 3).unwrap();
    assert_close(&forecast.mean(), &case.dense.given(&case.dense.signal()[20..], &y).0);
}

#[test]
fn parts_given_the_values_are_those_of_the_joint_distribution_and_add_up() {
    for case in cases() {
        let y = case.series.values();
        let parts = case.series.decompose(&case.draws).unwrap();
        let mut sum = Array1::zeros(y.len());
        for (dense, (name, part)) in case.dense.parts.iter().zip(parts.iter()) {
            let (means, variances) = case.dense.given(&dense[..y.len()], y);
            assert_close(&part.mean(), &means);
            assert_close(&part.sd().mapv(|sd| sd * sd), &variances);
            assert_eq!(part.times(), (0..y.len()).collect::<Vec<_>>(), "{name}");
            sum += &part.mean();
        }
        let smoothed = case.series.smooth(&case.draws).unwrap();
        assert_close(&smoothed.mean(), &sum.to_vec());
        let (means, variances) = case.dense.given(&case.dense.signal()[..y.len()], y);
        assert_close(&smoothed.mean(), &means);
        assert_close(&smoothed.sd().mapv(|sd| sd * sd), &variances);
    }
}

#[test]
fn what_is_to_come_and_what_is_missing_is_that_of_the_joint_distribution() {
    for case in cases() {
        let y = case.series.values();
        let signal = case.dense.signal();
        let with_noise = |variances: Vec<f64>| variances.iter().map(|v| v + case.dense.noise).collect::<Vec<_>>();

        let forecast = case.series.forecast(&case.draws, AHEAD).unwrap();
        let (means, variances) = case.dense.given(&signal[y.len()..], y);
        assert_eq!(forecast.times(), (y.len()..y.len() + AHEAD).collect::<Vec<_>>());
        assert_close(&forecast.mean(), &means);
        assert_close(&forecast.sd().mapv(|sd| sd * sd), &with_noise(variances));

        let parts = case.series.decompose_forecast(&case.draws, AHEAD).unwrap();
        for (dense, (_, part)) in case.dense.parts.iter().zip(parts.iter()) {
            let (means, variances) = case.dense.given(&dense[y.len()..], y);
            assert_close(&part.mean(), &means);
            assert_close(&part.sd().mapv(|sd| sd * sd), &variances);
        }

        let missing = case.series.impute_missing(&case.draws).unwrap();
        let times: Vec<usize> = (0..y.len()).filter(|time| y[*time].is_nan()).collect();
        let quantities: Vec<Linear> = times.iter().map(|time| signal[*time].clone()).collect();
        let (means, variances) = case.dense.given(&quantities, y);
        assert_eq!(missing.times(), times);
        assert_close(&missing.mean(), &means);
        assert_close(&missing.sd().mapv(|sd| sd * sd), &with_noise(variances));
    }
}

#[test]
fn one_step_predictions_are_the_factors_of_the_density() {
    for case in cases() {
        let predictive = case.series.one_step_predictive(&case.draws).unwrap();
        let (means, sds) = (predictive.mean(), predictive.sd());
        let log_prob = |(time, y): (usize, &f64)| {
            let z = (y - means[time]) / sds[time];
            if y.is_nan() { 0.0 } else { -0.5 * (z * z + std::f64::consts::TAU.ln()) - sds[time].ln() }
        };
        let sum: f64 = case.series.values().iter().enumerate().map(log_prob).sum();
        assert!((sum - case.log_prob()).abs() < ROUNDING * sum.abs(), "{sum}");
    }
}

/// Far from its start the filter of a local level is exponential smoothing (Muth 1960), with the weight α of the latest
/// value that solves α² / (1 − α) = level_scale² / observation_noise_scale².
#[test]
fn a_local_level_is_exponential_smoothing() {
    let y = values(120);
    let (level, noise) = (0.6_f64, 1.1_f64);
    let series = StructuralTimeSeries::new(&y).unwrap().with(LocalLevel::new()).unwrap();
    let given = draws(&[("level/level_scale", one(level)), ("observation_noise_scale", one(noise))]);
    let q = (level / noise).powi(2);
    let alpha = 0.5 * ((q * q + 4.0 * q).sqrt() - q);
    let smoothed = y.iter().fold(y[0], |mean, y| mean + alpha * (y - mean));
    let forecast = series.forecast(&given, 4).unwrap();
    // What is left of the start is (1 − α)^120 < 1e-13.
    assert_close(&forecast.mean(), &[smoothed; 4]);
    let variance = |ahead: usize| noise * noise / (1.0 - alpha) + ahead as f64 * level * level;
    assert_close(&forecast.sd().mapv(|sd| sd * sd), &(0..4).map(variance).collect::<Vec<_>>());
}

/// 4000 joint draws have the moments of the forecast, within five standard errors (a false alarm in 100,000), and the
/// correlation of a random walk.
#[test]
fn joint_draws_of_a_forecast() {
    let y = values(30);
    let x: Vec<f64> = (0..38).map(|time| f64::from(time % 3)).collect();
    let regression = LinearRegression::new(Tensor::from(x));
    let series = StructuralTimeSeries::new(&y).unwrap().with(LocalLevel::new()).unwrap().with(regression).unwrap();
    let many = |value: f64| ArrayD::from_elem(vec![4000], value);
    let given = draws(&[
        ("level/level_scale", many(1.0)),
        ("regression/coefficients", ArrayD::from_elem(vec![4000, 1], 2.0)),
        ("observation_noise_scale", many(0.3)),
    ]);
    let forecast = series.max_draws(4000).unwrap().forecast(&given, 8).unwrap();
    let paths = forecast.draws();
    assert_eq!(paths.total_draws(), 4000);
    let (mean, sd) = (paths.mean(), paths.sd());
    for time in 0..8 {
        let exact = forecast.sd()[time];
        assert!((mean[[time]] - forecast.mean()[time]).abs() < 5.0 * exact / 4000_f64.sqrt());
        assert!((sd[[time]] / exact - 1.0).abs() < 5.0 / 8000_f64.sqrt());
    }
    // The covariance of two times is the variance of the level at the first.
    let centred = |path: ndarray::ArrayViewD<'_, f64>| (path[[3]] - mean[[3]]) * (path[[7]] - mean[[7]]);
    let correlation = paths.expectation(centred) / (sd[[3]] * sd[[7]]);
    let exact = (forecast.sd()[3].powi(2) - 0.09) / (forecast.sd()[3] * forecast.sd()[7]);
    assert!((correlation - exact).abs() < 5.0 * (1.0 - exact * exact) / 4000_f64.sqrt(), "{correlation}, want {exact}");
}

#[test]
fn draws_are_mixed_with_equal_weights() {
    let y = values(12);
    let series = StructuralTimeSeries::new(&y).unwrap().with(LocalLevel::new()).unwrap();
    let both = draws(&[
        ("level/level_scale", array![0.2, 1.5].into_dyn()),
        ("observation_noise_scale", array![0.9, 0.3].into_dyn()),
    ]);
    let of = |level: f64, noise: f64| {
        let given = draws(&[("level/level_scale", one(level)), ("observation_noise_scale", one(noise))]);
        let forecast = series.forecast(&given, 1).unwrap();
        (forecast.mean()[0], forecast.sd()[0])
    };
    let [first, second] = [of(0.2, 0.9), of(1.5, 0.3)];
    let mixture = series.forecast(&both, 1).unwrap();
    let mean = 0.5 * (first.0 + second.0);
    assert_close(&mixture.mean(), &[mean]);
    let variance = 0.5 * (first.1.powi(2) + second.1.powi(2)) + 0.25 * (first.0 - second.0).powi(2);
    assert_close(&mixture.sd(), &[variance.sqrt()]);
    for probability in [0.02, 0.5, 0.9] {
        let at = mixture.quantile(probability)[0];
        let below = |(mean, sd): (f64, f64)| ppl::special::ndtr((at - mean) / sd);
        assert!((0.5 * (below(first) + below(second)) - probability).abs() < 1e-10);
    }
    // At most so many draws, evenly spaced.
    let thinned = series.clone().max_draws(1).unwrap().forecast(&both, 1).unwrap();
    assert_close(&thinned.mean(), &[first.0]);
    // Draws with weights are chosen by them.
    let weighted = Draws::weighted(both.sites().clone(), vec![0.0, -1e3]).unwrap();
    assert_close(&series.forecast(&weighted, 1).unwrap().mean(), &[first.0]);
}

#[test]
fn quantiles_where_draws_have_no_variance() {
    let parts = NormalMixture::new(vec![3], array![[1.0], [2.0], [4.0]], array![[0.0], [0.0], [0.0]]);
    assert!((parts.quantile(0.5)[0] - 2.0).abs() < 1e-10);
    assert!((parts.quantile(0.0)[0] - 1.0).abs() < 1e-10 && (parts.quantile(1.0)[0] - 4.0).abs() < 1e-10);
    let normal = NormalMixture::new(vec![0], array![[1.0]], array![[4.0]]);
    assert!((normal.quantile(0.975)[0] - (1.0 + 2.0 * ppl::special::ndtri(0.975))).abs() < 1e-10);
    assert_eq!(normal.quantile(1.0)[0], f64::INFINITY);
}

/// The model has the sites of the components, is recorded, and its density is that of the priors and of the sum.
#[test]
fn a_series_is_a_model() {
    let mut y = values(30);
    y[4] = f64::NAN;
    let series = StructuralTimeSeries::new(&y)
        .unwrap()
        .with(LocalLevel::new().level_scale(HalfNormal::new(2.0)).unwrap())
        .unwrap()
        .with(Autoregressive::new(1).coefficients(Uniform::new(-1.0, 1.0)).unwrap())
        .unwrap()
        .with(Seasonal::new(7).named("weekday").without_drift())
        .unwrap()
        .observation_noise_scale(HalfNormal::new(1.0))
        .unwrap();
    let trace = series.trace(3).unwrap();
    let sites = ["level/level_scale", "autoregressive/coefficients", "autoregressive/level_scale"];
    assert_eq!(trace.names().collect::<Vec<_>>(), [&sites[..], &["observation_noise_scale", "y"]].concat());
    let values: component::SiteTensors = series
        .sites()
        .unwrap()
        .into_iter()
        .map(|(site, _)| (site.clone(), trace.get(site.as_str()).unwrap().clone()))
        .collect();
    let sum = series.sum(&values, y.len()).unwrap();
    let priors: f64 =
        series.sites().unwrap().iter().map(|(site, prior)| prior.log_prob(&values[site]).unwrap().item()).sum();
    let want = priors + sum.model.log_prob(&Tensor::from(y).unsqueeze(-1)).unwrap().item();
    let got = trace.log_density().unwrap().item();
    assert!((got - want).abs() < 1e-12 * want.abs(), "{got}, want {want}");
    let density = ModelDensity::new(&series).unwrap();
    assert!(density.program().is_some(), "the model is not recorded");
}

#[test]
fn errors_name_what_was_expected_and_what_came() {
    let message = |result: Result<StructuralTimeSeries>| result.unwrap_err().to_string();
    let of = |y: &[f64]| StructuralTimeSeries::new(y);
    let expected = "structural time series: `y` must be values of which one at least is not missing, got ";
    assert_eq!(message(of(&[])), format!("{expected}no value"));
    assert_eq!(message(of(&[f64::NAN, f64::NAN])), format!("{expected}2 missing ones"));
    let expected = "structural time series: `y` must be finite, or NaN where it is missing, got inf at [1]";
    assert_eq!(message(of(&[0.0, f64::INFINITY])), expected);

    let series = || StructuralTimeSeries::new(values(6)).unwrap();
    let twice = series().with(LocalLevel::new()).unwrap().with(LocalLevel::new());
    let expected =
        "structural time series: two components have the name `level`\nhelp: give one of them another by `named(..)`";
    assert_eq!(message(twice), expected);
    let seasons = series().with(Seasonal::new(0).named("month"));
    assert_eq!(message(seasons), "component `month`: `num_seasons` must be at least 2, got 0");
    let steps = series().with(Seasonal::new(2).steps_per_season(0));
    assert_eq!(message(steps), "component `seasonal`: `steps_per_season` must be at least 1, got 0");
    let effect = series().with(Seasonal::new(2).initial_effect(Normal::new(1.0, 1.0).unwrap()));
    assert_eq!(message(effect), "component `seasonal`: `initial_effect` must be of mean 0, got 1");
    let order = series().with(Autoregressive::new(0));
    assert_eq!(message(order), "component `autoregressive`: `order` must be at least 1, got 0");
    let short = series().with(LinearRegression::new([1.0, 2.0]));
    let expected = "component `regression`: `design_matrix` must have a row for each of 6 times, got 2\n\
                    help: a forecast needs the covariates of the times to come too";
    assert_eq!(message(short), expected);
    let infinite = series().with(LinearRegression::new([1.0, 2.0, f64::NAN, 0.0, 0.0, 0.0]));
    assert_eq!(message(infinite), "component `regression`: `design_matrix` must be finite, got NaN at [2, 0]");
    assert_eq!(message(series().max_draws(0)), "structural time series: `max_draws` must be at least 1, got 0");

    let error = series().trace(0).unwrap_err();
    let expected = "structural time series: there is no component\nhelp: add one, as by `with(LocalLevel::new())`";
    assert_eq!(Error::from(error).to_string(), expected);

    let level = series().with(LocalLevel::new()).unwrap();
    let given = draws(&[("level/level_scale", one(1.0)), ("observation_noise_scale", one(1.0))]);
    let error = level.forecast(&given, 0).unwrap_err();
    assert_eq!(error.to_string(), "structural time series: `steps` must be at least 1, got 0");
    let error = level.smooth(&draws(&[("observation_noise_scale", one(1.0))])).unwrap_err();
    assert!(error.to_string().starts_with("no site is named `level/level_scale`"), "{error}");
    let wrong = draws(&[("level/level_scale", array![[1.0, 2.0]].into_dyn()), ("observation_noise_scale", one(1.0))]);
    let expected = "structural time series: site `level/level_scale` must be of shape [], got draws of shape [2]";
    assert_eq!(level.smooth(&wrong).unwrap_err().to_string(), expected);
    let error = level.decompose(&given).unwrap().get("levle").unwrap_err();
    assert!(error.to_string().contains("did you mean `level`?"), "{error}");
}

/// A component whose tensors do not fit each other.
#[derive(Debug)]
struct Crooked;

impl Component for Crooked {
    fn name(&self) -> &str {
        "crooked"
    }

    fn parameters(&self, _: &SeriesScale) -> Result<Vec<Parameter>> {
        Ok(Vec::new())
    }

    fn state_space(&self, _: &ParameterValues<'_>, _: &SeriesScale, _: usize) -> Result<StateSpace> {
        Ok(StateSpace::new([[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0]]).initial([0.0], [[1.0]]))
    }
}

#[test]
fn tensors_of_a_component_must_fit() {
    let series = StructuralTimeSeries::new([1.0, 2.0, 4.0]).unwrap().with(Crooked).unwrap();
    let error = Model::run(&series, &mut ppl::Ctx::new(ppl::random::Key::new(0))).unwrap_err();
    let expected = "component `crooked`: `initial_mean` must be of shape [2] behind the batch, got [1]";
    assert_eq!(Error::from(error).to_string(), expected);
}

/// What the defaults stand on.
#[test]
fn the_scale_of_a_series() {
    let of = |y: &[f64]| StructuralTimeSeries::new(y).unwrap().series_scale();
    let scale = of(&[f64::NAN, 1.0, f64::NAN, 3.0]);
    assert_eq!((scale.initial, scale.stddev), (1.0, 1.0));
    assert_eq!(of(&[-2.0, -2.0]).stddev, 2.0);
    assert_eq!(of(&[0.0]).stddev, 1.0);
}
