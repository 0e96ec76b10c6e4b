//! Stacking: the mixture of the models' predictive distributions with the best log score.

use faer::{Mat, Side, prelude::Solve};

/// Weights w on the simplex that maximise the mean log score of the mixture,
///
/// ```text
/// f(w) = mean_i ln Σ_k w_k p_ik,   p_ik = the predictive density of observation i by model k,
/// ```
///
/// which is concave. With g_k = mean_i p_ik / Σ_j w_j p_ij, its gradient, f(v) − f(w) ≤ max_k g_k − 1 for every v: w is the
/// optimum where no g_k is above 1. The search ends as soon as none is above 1 + `tolerance`, so that no mixture has a mean
/// log score that is better by more than `tolerance`.
///
/// Models that predict alike have equal weights: the path of an interior point method leads to the centre of the optima. A
/// model that the optimum does without has the weight 0.
///
/// # Errors
/// The gap max_k g_k − 1 where rounding leaves it above the tolerance.
///
/// # Reference
/// Yao, Vehtari, Simpson and Gelman (2018), "Using stacking to average Bayesian predictive distributions", section 3.1.
/// Boyd and Vandenberghe (2004), *Convex Optimization*, section 11.7, the search.
pub(super) fn stacking_weights(log_densities: &[&[f64]], tolerance: f64) -> Result<Vec<f64>, f64> {
    let score = LogScore::new(log_densities);
    let models = log_densities.len();
    let mut point = Point { weights: vec![1.0 / models as f64; models], multipliers: vec![1.0; models] };
    loop {
        let weights = normalized(&point.weights);
        let slopes = slopes(&score.ratios(&weights));
        if is_optimal(&slopes, tolerance) {
            return Ok(without_superfluous(log_densities, &slopes, tolerance, weights));
        }
        let gap = slopes.into_iter().fold(f64::NEG_INFINITY, f64::max) - 1.0;
        point = point.step(&score).ok_or(gap)?;
    }
}

/// The optimum of the models whose weight is not small beside 1 − g, where that is the optimum of all: a model whose slope is
/// below 1 has the weight 0 there. Otherwise the weights as they are.
fn without_superfluous(log_densities: &[&[f64]], slopes: &[f64], tolerance: f64, weights: Vec<f64>) -> Vec<f64> {
    let kept: Vec<usize> = (0..weights.len()).filter(|&k| weights[k] >= 1.0 - slopes[k]).collect();
    if kept.len() == weights.len() {
        return weights;
    }
    let of_kept: Vec<&[f64]> = kept.iter().map(|&k| log_densities[k]).collect();
    let Ok(found) = stacking_weights(&of_kept, tolerance) else { return weights };
    let mut sparse = vec![0.0; weights.len()];
    kept.iter().zip(found).for_each(|(&k, weight)| sparse[k] = weight);
    if is_optimal(&self::slopes(&LogScore::new(log_densities).ratios(&sparse)), tolerance) { sparse } else { weights }
}

/// Whether no g_k is above 1 + `tolerance`; not where one is NaN.
fn is_optimal(slopes: &[f64], tolerance: f64) -> bool {
    slopes.iter().all(|&slope| slope <= 1.0 + tolerance)
}

fn normalized(weights: &[f64]) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / total).collect()
}

/// The densities p_ik, observation × model, those of each observation divided by the largest: weights do not depend on such
/// factors, and nothing overflows.
struct LogScore {
    densities: Mat<f64>,
}

impl LogScore {
    fn new(log_densities: &[&[f64]]) -> Self {
        let observations = log_densities.first().map_or(0, |model| model.len());
        let largest = |row: usize| log_densities.iter().map(|model| model[row]).fold(f64::NEG_INFINITY, f64::max);
        let largest: Vec<f64> = (0..observations).map(largest).collect();
        let density = |row: usize, model: usize| (log_densities[model][row] - largest[row]).exp();
        Self { densities: Mat::from_fn(observations, log_densities.len(), density) }
    }

    /// p_ik / Σ_j w_j p_ij.
    fn ratios(&self, weights: &[f64]) -> Mat<f64> {
        let mixture = &self.densities * Mat::from_fn(weights.len(), 1, |model, _| weights[model]);
        Mat::from_fn(self.densities.nrows(), weights.len(), |row, model| {
            self.densities[(row, model)] / mixture[(row, 0)]
        })
    }
}

/// g_k, the means of the columns.
fn slopes(ratios: &Mat<f64>) -> Vec<f64> {
    let column = |model: usize| ratios.col(model).iter().sum::<f64>() / ratios.nrows() as f64;
    (0..ratios.ncols()).map(column).collect()
}

/// Weights x > 0 and the multipliers z > 0 of x ≥ 0, of the problem without the simplex: minimise Σ_k x_k − f(x) over x ≥ 0,
/// whose optimum has Σ_k x_k = 1. There 1 − g = z and x_k z_k = 0; along the path to it x_k z_k = μ for all k.
struct Point {
    weights: Vec<f64>,
    multipliers: Vec<f64>,
}

impl Point {
    /// A step of Newton's method towards a smaller μ; none if rounding does not let it come nearer.
    fn step(&self, score: &LogScore) -> Option<Self> {
        let (models, ratios) = (self.weights.len(), score.ratios(&self.weights));
        let products: f64 = self.weights.iter().zip(&self.multipliers).map(|(x, z)| x * z).sum();
        let centre = 0.1 * products / models as f64;

        // (H + Z/X) dx = g − 1 + μ/x with the Hessian H = RᵀR/n, scaled by √x on both sides.
        let hessian = ratios.transpose() * &ratios;
        let roots: Vec<f64> = self.weights.iter().map(|weight| weight.sqrt()).collect();
        let system = Mat::from_fn(models, models, |j, k| {
            let diagonal = if j == k { self.multipliers[j] } else { 0.0 };
            roots[j] * roots[k] * hessian[(j, k)] / ratios.nrows() as f64 + diagonal
        });
        let slopes = slopes(&ratios);
        let right = Mat::from_fn(models, 1, |k, _| roots[k] * (slopes[k] - 1.0 + centre / self.weights[k]));
        let solution = system.llt(Side::Lower).ok()?.solve(&right);
        let change: Vec<f64> = (0..models).map(|k| roots[k] * solution[(k, 0)]).collect();
        let multiplier_change = |k: usize| {
            let (weight, multiplier) = (self.weights[k], self.multipliers[k]);
            centre / weight - multiplier - multiplier / weight * change[k]
        };
        let multiplier_change: Vec<f64> = (0..models).map(multiplier_change).collect();

        let residual = self.residual(&slopes, centre);
        let mut length = 0.99 * longest(&self.weights, &change).min(longest(&self.multipliers, &multiplier_change));
        while length > f64::EPSILON {
            let next = Self {
                weights: moved(&self.weights, &change, length),
                multipliers: moved(&self.multipliers, &multiplier_change, length),
            };
            let slopes = self::slopes(&score.ratios(&next.weights));
            if next.residual(&slopes, centre) < (1.0 - 0.01 * length) * residual {
                return Some(next);
            }
            length *= 0.5;
        }
        None
    }

    /// Norm of the conditions 1 − g − z = 0 and x z = μ.
    fn residual(&self, slopes: &[f64], centre: f64) -> f64 {
        let of_model = |k: usize| {
            let (weight, multiplier) = (self.weights[k], self.multipliers[k]);
            (1.0 - slopes[k] - multiplier).powi(2) + (weight * multiplier - centre).powi(2)
        };
        (0..slopes.len()).map(of_model).sum::<f64>().sqrt()
    }
}

fn moved(from: &[f64], change: &[f64], length: f64) -> Vec<f64> {
    from.iter().zip(change).map(|(from, change)| from + length * change).collect()
}

/// The longest step up to 1 at which nothing is negative.
fn longest(from: &[f64], change: &[f64]) -> f64 {
    let limits = from.iter().zip(change).filter(|(_, change)| **change < 0.0);
    limits.map(|(from, change)| -from / change).fold(1.0, f64::min)
}

#[cfg(test)]
mod tests {
    use ppl::special::logsumexp;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::stacking_weights;

    const TOLERANCE: f64 = 1e-10;

    fn solve(models: &[Vec<f64>]) -> Vec<f64> {
        stacking_weights(&models.iter().map(Vec::as_slice).collect::<Vec<_>>(), TOLERANCE).unwrap()
    }

    fn mean_score(models: &[Vec<f64>], weights: &[f64]) -> f64 {
        let of_row = |row: usize| {
            let terms: Vec<f64> = models.iter().zip(weights).map(|(model, weight)| weight.ln() + model[row]).collect();
            logsumexp(&terms)
        };
        let rows = models[0].len();
        (0..rows).map(of_row).sum::<f64>() / rows as f64
    }

    /// Log densities that differ by some nats, the model of a larger index the worse.
    fn random(models: usize, observations: usize, seed: u64) -> Vec<Vec<f64>> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut density = |model: usize| 6.0 * rng.random::<f64>() - 0.1 * model as f64 - 700.0;
        (0..models).map(|model| (0..observations).map(|_| density(model)).collect()).collect()
    }

    /// Where each model has the density 1 for some observations and ε for the others, the weights are closed: with a share s
    /// of the first kind, w = (s (1 + ε) − ε) / (1 − ε), or 0 where that is negative.
    #[test]
    fn two_models_in_closed_form() {
        for (share, epsilon) in [(0.7, 1e-3), (0.5, 0.2), (0.9, 1e-200), (0.25, 0.3), (0.05, 0.2)] {
            let first: Vec<f64> =
                (0..200).map(|row| if f64::from(row) < 200.0 * share { 0.0 } else { f64::ln(epsilon) }).collect();
            let second: Vec<f64> = first.iter().map(|value| f64::ln(epsilon) - value).collect();
            let want = f64::max(0.0, (share * (1.0 + epsilon) - epsilon) / (1.0 - epsilon));
            let weights = solve(&[first, second]);
            assert!((weights[0] - want).abs() < 1e-7, "{share} {epsilon}: {weights:?}, want {want}");
            assert!(want > 0.0 || weights == [0.0, 1.0]);
        }
    }

    /// The root of the derivative along the segment, by bisection.
    #[test]
    fn two_models_by_bisection() {
        for seed in 0..5 {
            let models = random(2, 50, seed);
            let difference: Vec<f64> = models[0].iter().zip(&models[1]).map(|(a, b)| (a - b).exp()).collect();
            let slope = |w: f64| difference.iter().map(|ratio| (ratio - 1.0) / (w * ratio + 1.0 - w)).sum::<f64>();
            let (mut low, mut high) = (0.0, 1.0);
            for _ in 0..60 {
                let middle = 0.5 * (low + high);
                if slope(middle) > 0.0 { low = middle } else { high = middle }
            }
            assert!(low > 0.01 && low < 0.99, "the optimum is inside");
            let weights = solve(&models);
            assert!((weights[0] - low).abs() < 1e-8, "{weights:?}, want {low}");
            assert!((weights[0] + weights[1] - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn no_mixture_scores_better() {
        for (models, observations) in [(3, 20), (5, 400), (12, 60), (30, 10), (4, 1)] {
            let models = random(models, observations, 7);
            let weights = solve(&models);
            assert!(weights.iter().all(|&weight| weight >= 0.0));
            let (score, mut rng) = (mean_score(&models, &weights), ChaCha8Rng::seed_from_u64(1));
            for _ in 0..200 {
                // Near the optimum and far from it.
                let step = 10_f64.powf(-5.0 * rng.random::<f64>());
                let other: Vec<f64> = weights.iter().map(|weight| weight + step * rng.random::<f64>()).collect();
                let total: f64 = other.iter().sum();
                let other: Vec<f64> = other.iter().map(|weight| weight / total).collect();
                assert!(mean_score(&models, &other) <= score + TOLERANCE);
            }
        }
    }

    /// The slopes, computed anew, of all kinds of problems: of densities that are alike or differ by hundreds of nats, with more
    /// models than observations, and with models that nearly repeat others.
    #[test]
    fn the_conditions_of_the_optimum_hold() {
        let (mut zeros, mut tiny) = (0, 0);
        for seed in 0..200 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let (count, observations) = (rng.random_range(2..12), rng.random_range(1..60));
            let spread = 10_f64.powf(rng.random_range(-4.0..3.0));
            let mut models = random(count, observations, seed);
            models.iter_mut().flatten().for_each(|density| *density *= spread);
            let repeated: Vec<f64> = models[0].iter().map(|density| density + 1e-9 * rng.random::<f64>()).collect();
            models.push(repeated);
            let weights = solve(&models);
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-14);
            zeros += weights.iter().filter(|&&weight| weight == 0.0).count();
            tiny += weights.iter().filter(|&&weight| weight > 0.0 && weight < 1e-6).count();
            let mixture = |row: usize| {
                let term = |(model, weight): (&Vec<f64>, &f64)| weight.ln() + model[row];
                logsumexp(&models.iter().zip(&weights).map(term).collect::<Vec<_>>())
            };
            let mixture: Vec<f64> = (0..observations).map(mixture).collect();
            for (model, weight) in models.iter().zip(&weights) {
                let ratios = model.iter().zip(&mixture).map(|(density, mixture)| (density - mixture).exp());
                let slope = ratios.sum::<f64>() / observations as f64;
                // Log densities of 1e5 are known to 1e-11 each.
                assert!(slope <= 1.0 + TOLERANCE + 1e-9, "seed {seed}: {slope} at {weight}");
            }
        }
        // A weight is 0 or matters.
        assert!(zeros > 300 && tiny == 0, "{zeros} {tiny}");
    }

    #[test]
    fn a_model_that_is_better_everywhere_has_all_weight() {
        let models = random(1, 30, 3);
        let worse = |by: f64| models[0].iter().map(|value| value - by * (1.0 + value.sin().abs())).collect::<Vec<_>>();
        for by in [1e-3, 1.0, 1e4] {
            assert_eq!(solve(&[worse(by), models[0].clone(), worse(2.0 * by)]), [0.0, 1.0, 0.0]);
        }
        assert_eq!(solve(&models), [1.0]);
    }

    #[test]
    fn models_that_predict_alike_share_their_weight() {
        let models = random(2, 40, 5);
        let pair = solve(&models);
        let twice = solve(&[models[0].clone(), models[1].clone(), models[0].clone()]);
        for (got, want) in twice.iter().zip([0.5 * pair[0], pair[1], 0.5 * pair[0]]) {
            assert!((got - want).abs() < 1e-8, "{twice:?}, want halves of {pair:?}");
        }
        let alike = solve(&vec![models[0].clone(); 4]);
        assert!(alike.iter().all(|weight| (weight - 0.25).abs() < 1e-12), "{alike:?}");
    }

    /// One observation in 10,000 that the better model finds impossible, to 5000 nats.
    #[test]
    fn a_hard_observation_keeps_a_model_alive() {
        let mut better = vec![0.0; 10_000];
        better[77] = -5000.0;
        let weights = solve(&[better, vec![-2.0; 10_000]]);
        // With e⁻² the density of all others: the root of 1/w = (n − 1) (1 − e⁻²) / (1 − w (1 − e⁻²)).
        let (n, epsilon) = (10_000.0, (-2.0_f64).exp());
        let want = 1.0 / (n * (1.0 - epsilon));
        assert!((weights[1] - want).abs() < 1e-9, "{weights:?}, want {want}");
    }

    #[test]
    fn what_rounding_does_not_let_be_reached_is_told() {
        let models = random(3, 50, 2);
        let slices: Vec<&[f64]> = models.iter().map(Vec::as_slice).collect();
        let gap = stacking_weights(&slices, -1e-3).unwrap_err();
        assert!(gap.abs() < 1e-10, "{gap}");
    }
}
