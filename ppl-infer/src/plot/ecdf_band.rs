//! Simultaneous bands for empirical distribution functions.
//!
//! A band has limits for the number of values up to each of some points. They are quantiles of the number's distribution
//! there, at one level γ for all points; γ is as large as it can be with the whole path of numbers between them with the
//! probability that is asked for. This probability is exact: from one point to the next the numbers are a Markov chain.
//!
//! # Reference
//! Säilynoja, Bürkner and Vehtari (2022), "Graphical test for discrete uniformity and its applications in goodness-of-fit
//! evaluation and multiple sample comparison".

use ppl::special::log_binomial_coefficient;

/// Limits of the number of values up to each point, both inclusive.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Band {
    pub lower: Vec<usize>,
    pub upper: Vec<usize>,
}

/// The distribution of the numbers of values up to points.
#[derive(Clone, Debug)]
enum Law {
    /// Independent uniform values; the points are positions in (0, 1).
    Uniform { count: usize, points: Vec<f64> },
    /// Values chosen without order from all; the points are numbers of all values.
    Ranks { count: usize, total: usize, points: Vec<usize> },
}

/// A band for `count` independent uniform values at these ascending points in (0, 1).
pub(super) fn of_uniform(count: usize, points: &[f64], probability: f64) -> Band {
    Law::Uniform { count, points: points.to_vec() }.band(probability)
}

/// A band for the values of each of `chains` chains of `count` draws among the first so many of all in order of size.
///
/// The probability is that no chain leaves it, at least: two chains mirror each other, and of more it is that of independent
/// ones, which are less likely to stay than those of the same total.
pub(super) fn of_ranks(count: usize, chains: usize, points: &[usize], probability: f64) -> Band {
    let of_one = if chains > 2 { probability.powf(1.0 / chains as f64) } else { probability };
    Law::Ranks { count, total: count * chains, points: points.to_vec() }.band(of_one)
}

/// A distribution of whole numbers: the first, and the probabilities from there on.
type Probabilities = (usize, Vec<f64>);

impl Law {
    fn count(&self) -> usize {
        match self {
            Self::Uniform { count, .. } | Self::Ranks { count, .. } => *count,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Uniform { points, .. } => points.len(),
            Self::Ranks { points, .. } => points.len(),
        }
    }

    /// The distribution of the number of values between two points, given that so many are below the first; point 0 is the
    /// start, below which there is none.
    fn between(&self, from: usize, below: usize, to: usize) -> Probabilities {
        let left = self.count() - below;
        match self {
            Self::Uniform { points, .. } => {
                let start = if from == 0 { 0.0 } else { points[from - 1] };
                let probability = (points[to - 1] - start) / (1.0 - start);
                binomial(left, probability.clamp(0.0, 1.0))
            }
            Self::Ranks { points, total, .. } => {
                let start = if from == 0 { 0 } else { points[from - 1] };
                hypergeometric(total - start, left, points[to - 1] - start)
            }
        }
    }

    fn band(&self, probability: f64) -> Band {
        let marginals: Vec<Probabilities> = (1..=self.len()).map(|point| self.between(0, 0, point)).collect();
        // The step from each number that a band can allow; the widest one is that of the smallest level.
        let smallest = (1.0 - probability) / (self.len().max(1) as f64 * 4.0);
        let widest = limits(&marginals, smallest);
        let steps: Vec<Vec<Probabilities>> = (0..self.len())
            .map(|from| {
                let reached = if from == 0 { 0..=0 } else { widest.lower[from - 1]..=widest.upper[from - 1] };
                reached.map(|below| self.between(from, below, from + 1)).collect()
            })
            .collect();
        // The coverage falls where the level rises: Bonferroni's level is enough, that of one point too much.
        let (mut enough, mut too_much) = (smallest.ln(), (1.0 - probability).ln());
        for _ in 0..14 {
            let middle = 0.5 * (enough + too_much);
            let band = limits(&marginals, middle.exp());
            if coverage(&band, &widest, &steps) >= probability { enough = middle } else { too_much = middle }
        }
        limits(&marginals, enough.exp())
    }
}

/// The quantiles at half of the level on either side.
fn limits(marginals: &[Probabilities], level: f64) -> Band {
    let quantile = |(first, probabilities): &Probabilities, probability: f64| {
        let mut sum = 0.0;
        let reached = probabilities.iter().position(|own| {
            sum += own;
            sum >= probability
        });
        first + reached.unwrap_or(probabilities.len() - 1)
    };
    let at = |probability: f64| marginals.iter().map(|marginal| quantile(marginal, probability)).collect();
    Band { lower: at(0.5 * level), upper: at(1.0 - 0.5 * level) }
}

/// The probability that the path stays in the band, which lies within the widest.
fn coverage(band: &Band, widest: &Band, steps: &[Vec<Probabilities>]) -> f64 {
    // Probabilities of the numbers from `first` on, of the paths that have stayed so far.
    let (mut first, mut reached) = (0, vec![1.0]);
    for (point, step) in steps.iter().enumerate() {
        let (low, high) = (band.lower[point], band.upper[point]);
        let mut next = vec![0.0; high - low + 1];
        let offset = if point == 0 { 0 } else { widest.lower[point - 1] };
        for (number, probability) in (first..).zip(&reached) {
            let (least, increments) = &step[number - offset];
            let start = number + least;
            let shown = low.saturating_sub(start)..increments.len().min((high + 1).saturating_sub(start));
            for at in shown {
                next[start + at - low] += probability * increments[at];
            }
        }
        (first, reached) = (low, next);
    }
    reached.iter().sum()
}

/// Binomial probabilities where they are above 10⁻¹⁵ or so: up to eight standard deviations from the mean.
fn binomial(trials: usize, probability: f64) -> Probabilities {
    let n = trials as f64;
    let log = |k: f64| {
        // 0 ln 0 = 0.
        let part = |count: f64, p: f64| if count == 0.0 { 0.0 } else { count * p.ln() };
        log_binomial_coefficient(n, k) + part(k, probability) + part(n - k, 1.0 - probability)
    };
    within(n * probability, (n * probability * (1.0 - probability)).sqrt(), (0, trials), log)
}

/// Hypergeometric probabilities: of `draws` from `total`, the number of the `marked`.
fn hypergeometric(total: usize, marked: usize, draws: usize) -> Probabilities {
    let (n, m, d) = (total as f64, marked as f64, draws as f64);
    let log = |k: f64| {
        log_binomial_coefficient(m, k) + log_binomial_coefficient(n - m, d - k) - log_binomial_coefficient(n, d)
    };
    let share = if total > 0 { m / n } else { 0.0 };
    let sd = (d * share * (1.0 - share) * (n - d) / (n - 1.0).max(1.0)).max(0.0).sqrt();
    within(d * share, sd, ((draws + marked).saturating_sub(total), draws.min(marked)), log)
}

fn within(mean: f64, sd: f64, (least, most): (usize, usize), log: impl Fn(f64) -> f64) -> Probabilities {
    let reach = 8.0 * sd + 8.0;
    let first = ((mean - reach).max(0.0) as usize).clamp(least, most);
    let last = ((mean + reach).ceil() as usize).clamp(first, most);
    (first, (first..=last).map(|k| log(k as f64).exp()).collect())
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng, seq::SliceRandom};
    use rand_chacha::ChaCha8Rng;

    use super::{Band, binomial, hypergeometric, of_ranks, of_uniform};

    fn contains(band: &Band, counts: &[usize]) -> bool {
        counts.iter().zip(band.lower.iter().zip(&band.upper)).all(|(count, (low, high))| (low..=high).contains(&count))
    }

    #[test]
    fn probabilities_sum_to_one() {
        for (first, probabilities) in [
            binomial(1000, 0.3),
            binomial(5, 0.0),
            binomial(5, 1.0),
            hypergeometric(4000, 1000, 63),
            hypergeometric(4, 4, 2),
        ] {
            assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-10, "{first} {probabilities:?}");
        }
        // 3 of 10 are marked; of 4 drawn, 2 with probability (3 choose 2)(7 choose 2)/(10 choose 4) = 63/210.
        let (first, probabilities) = hypergeometric(10, 3, 4);
        assert!((probabilities[2 - first] - 0.3).abs() < 1e-12);
    }

    /// The share of 4000 paths that stay in the band; the band is the widest with at least the probability, so that the share
    /// is not far above either. Standard error below 0.005; each comparison fails falsely with probability 1e-6 (4.9 standard
    /// errors), and seeds are fixed.
    #[test]
    fn uniform_values_stay_in_the_band() {
        let points: Vec<f64> = (1..32).map(|at| f64::from(at) / 32.0).collect();
        for (count, probability) in [(100, 0.9), (100, 0.99), (500, 0.9)] {
            let band = of_uniform(count, &points, probability);
            let mut rng = ChaCha8Rng::seed_from_u64(count as u64);
            let stays = (0..4000).filter(|_| {
                let values: Vec<f64> = (0..count).map(|_| rng.random()).collect();
                let counts: Vec<usize> =
                    points.iter().map(|point| values.iter().filter(|value| *value <= point).count()).collect();
                contains(&band, &counts)
            });
            let share = stays.count() as f64 / 4000.0;
            let error = (probability * (1.0 - probability) / 4000.0_f64).sqrt();
            // Counts are whole numbers: the next narrower band may have a coverage that is lower by 0.02.
            assert!(share > probability - 4.9 * error && share < probability + 4.9 * error + 0.02, "{count}: {share}");
        }
    }

    /// The same of the ranks of chains, of which none may leave; of more than two the band is a little too wide.
    #[test]
    fn ranks_stay_in_the_band() {
        for (chains, probability) in [(2, 0.9), (4, 0.9), (4, 0.99)] {
            let (count, total) = (100, 100 * chains);
            let points: Vec<usize> = (1..20).map(|at| at * total / 20).collect();
            let band = of_ranks(count, chains, &points, probability);
            let mut rng = ChaCha8Rng::seed_from_u64(chains as u64);
            let mut labels: Vec<usize> = (0..total).map(|at| at % chains).collect();
            let stays = (0..4000).filter(|_| {
                labels.shuffle(&mut rng);
                (0..chains).all(|chain| {
                    let up_to = |point: &usize| labels[..*point].iter().filter(|label| **label == chain).count();
                    contains(&band, &points.iter().map(up_to).collect::<Vec<_>>())
                })
            });
            let share = stays.count() as f64 / 4000.0;
            let error = (probability * (1.0 - probability) / 4000.0_f64).sqrt();
            assert!(share > probability - 4.9 * error && share < probability + 4.9 * error + 0.04, "{chains}: {share}");
        }
    }

    #[test]
    fn few_values_and_points() {
        let band = of_uniform(1, &[0.5], 0.9);
        assert_eq!((band.lower, band.upper), (vec![0], vec![1]));
        let band = of_ranks(1, 2, &[1], 0.99);
        assert_eq!((band.lower, band.upper), (vec![0], vec![1]));
        assert!(of_uniform(10, &[], 0.9).lower.is_empty());
    }
}
