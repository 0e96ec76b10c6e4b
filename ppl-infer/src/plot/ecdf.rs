//! Empirical distribution functions less what they should be, with a simultaneous band.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    Axes, axes,
    ecdf_band::{self, Band},
    style::FAINT,
    thin,
};

/// Points at which distribution functions are compared.
const POINTS: usize = 64;
/// Most draws of a chain in a comparison of ranks; independent ones tell as much as many that are correlated.
pub(super) const MOST_DRAWS: usize = 1000;
/// Most values in a comparison with the uniform distribution.
const MOST_VALUES: usize = 4000;
/// The probability with which chains, or values, that are as they should be stay in the band.
pub(super) const PROBABILITY: f64 = 0.99;

/// A band about 0, and the positions at which it holds.
#[derive(Clone, Debug)]
pub(super) struct DifferenceBand {
    x: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
}

impl DifferenceBand {
    fn new(x: Vec<f64>, band: &Band, count: usize) -> Self {
        let differences =
            |limits: &[usize]| limits.iter().zip(&x).map(|(limit, x)| *limit as f64 / count as f64 - x).collect();
        let (lower, upper) = (differences(&band.lower), differences(&band.upper));
        Self { x, lower, upper }
    }

    /// Axes with the band alone.
    pub(super) fn axes(&self) -> Axes {
        let closed = |values: &[f64]| ends(values.to_vec(), 0.0, 0.0);
        axes().band(ends(self.x.clone(), 0.0, 1.0), closed(&self.lower), closed(&self.upper)).color(FAINT).opacity(0.45)
    }

    /// The band's axes with the differences of one function.
    pub(super) fn add(&self, panel: Axes, differences: &[f64], color: usize) -> Axes {
        panel.line(ends(self.x.clone(), 0.0, 1.0), ends(differences.to_vec(), 0.0, 0.0)).color(color)
    }

    /// Whether the differences leave the band.
    pub(super) fn is_left_by(&self, differences: &[f64]) -> bool {
        let limits = self.lower.iter().zip(&self.upper);
        differences.iter().zip(limits).any(|(own, (low, high))| *own < low - 1e-12 || *own > high + 1e-12)
    }
}

/// The values with one before and one behind.
fn ends(mut values: Vec<f64>, first: f64, last: f64) -> Vec<f64> {
    values.insert(0, first);
    values.push(last);
    values
}

/// For values that should be uniform on [0, 1]: their distribution function less the identity, and the band. None of fewer
/// than two values.
pub(super) fn uniform_differences(values: &[f64], probability: f64) -> Option<(Vec<f64>, DifferenceBand)> {
    let mut finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    if finite.len() < 2 {
        return None;
    }
    finite = thin::evenly(&finite, MOST_VALUES);
    finite.sort_unstable_by(f64::total_cmp);
    let count = finite.len();
    let points: Vec<f64> = (1..POINTS).map(|point| point as f64 / POINTS as f64).collect();
    let up_to = |point: &f64| finite.partition_point(|value| value <= point) as f64 / count as f64 - point;
    let differences = points.iter().map(up_to).collect();
    let band = ecdf_band::of_uniform(count, &points, probability);
    Some((differences, DifferenceBand::new(points, &band, count)))
}

/// Ranks of the draws of chains among all, for chains of this length.
#[derive(Clone, Debug)]
pub(super) struct Ranks {
    count: usize,
    chains: usize,
    points: Vec<usize>,
    pub band: DifferenceBand,
}

impl Ranks {
    /// Of `chains` chains of so many draws; none for a single chain, and where there are too few draws.
    pub(super) fn new(count: usize, chains: usize, probability: f64) -> Option<Self> {
        let count = count.min(MOST_DRAWS);
        if chains < 2 || count < 4 {
            return None;
        }
        let total = count * chains;
        let cells = POINTS.min(count);
        let points: Vec<usize> = (1..cells).map(|point| point * total / cells).collect();
        let band = ecdf_band::of_ranks(count, chains, &points, probability);
        let x = points.iter().map(|&point| point as f64 / total as f64).collect();
        Some(Self { count, chains, points, band: DifferenceBand::new(x, &band, count) })
    }

    /// For each chain, the distribution function of the ranks of its draws less the identity. Equal draws are ordered at
    /// random, the same in every run.
    pub(super) fn differences(&self, chains: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let mut pooled: Vec<(f64, u64, usize)> = Vec::with_capacity(self.count * self.chains);
        for (chain, draws) in chains.iter().enumerate() {
            pooled.extend(thin::evenly(draws, self.count).into_iter().map(|draw| (draw, rng.random(), chain)));
        }
        pooled.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut counts = vec![0_usize; self.chains];
        let mut differences = vec![Vec::with_capacity(self.points.len()); self.chains];
        let mut passed = 0;
        for &point in &self.points {
            for (_, _, chain) in &pooled[passed..point] {
                counts[*chain] += 1;
            }
            passed = point;
            for (count, differences) in counts.iter().zip(&mut differences) {
                differences.push(*count as f64 / self.count as f64 - point as f64 / pooled.len() as f64);
            }
        }
        differences
    }
}

#[cfg(test)]
mod tests {
    use super::{Ranks, uniform_differences};
    use crate::draws::tests::scores;

    #[test]
    fn equal_chains_stay_and_a_shifted_one_leaves() {
        let ranks = Ranks::new(500, 4, 0.99).unwrap();
        let mut chains: Vec<Vec<f64>> = (0..4).map(|chain| scores(500, 40 + chain)).collect();
        let outside = |chains: &[Vec<f64>]| -> Vec<bool> {
            ranks.differences(chains).iter().map(|differences| ranks.band.is_left_by(differences)).collect()
        };
        assert_eq!(outside(&chains), [false; 4]);
        chains[2].iter_mut().for_each(|draw| *draw += 0.5);
        assert!(outside(&chains)[2]);
        // The differences of all chains sum to 0.
        let differences = ranks.differences(&chains);
        for point in 0..differences[0].len() {
            assert!(differences.iter().map(|chain| chain[point]).sum::<f64>().abs() < 1e-12);
        }
    }

    #[test]
    fn constants_are_ordered_at_random_and_stay() {
        let ranks = Ranks::new(200, 4, 0.99).unwrap();
        let differences = ranks.differences(&vec![vec![3.0; 200]; 4]);
        assert!(differences.iter().all(|chain| !ranks.band.is_left_by(chain)));
        assert!(Ranks::new(500, 1, 0.99).is_none() && Ranks::new(3, 4, 0.99).is_none());
    }

    #[test]
    fn uniform_values_stay_and_others_leave() {
        let even: Vec<f64> = (0..300).map(|at| (f64::from(at) + 0.5) / 300.0).collect();
        let (differences, band) = uniform_differences(&even, 0.99).unwrap();
        assert!(!band.is_left_by(&differences));
        assert!(differences.iter().all(|difference| difference.abs() < 1.0 / 300.0));
        let squares: Vec<f64> = even.iter().map(|value| value * value).collect();
        let (differences, band) = uniform_differences(&squares, 0.99).unwrap();
        assert!(band.is_left_by(&differences));
        // P(U² ≤ 1/4) = 1/2.
        assert!((differences[15] - 0.25).abs() < 1.0 / 300.0);
        assert!(uniform_differences(&[0.5, f64::NAN], 0.99).is_none());
    }
}
