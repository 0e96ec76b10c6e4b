//! Chains whose log density stays far below that of another one: they have not found the posterior.

use ndarray::{ArrayView2, Axis};
use ppl::special::ndtri;

use super::Warning;
use crate::diagnostics::{ess_bulk, quantile, sorted};

/// Probability that a draw of the higher chain has the larger log density of two, from which on the other chain is lost: of
/// normal distributions alike, means 2.3 standard deviations apart.
const LEAST_SUPERIORITY: f64 = 0.95;
/// Probability that a summary of converged chains names one as lost.
const FALSE_ALARMS: f64 = 0.001;
/// Effective draws of a chain that others are compared with. Where they are fewer, their number is often overestimated.
const LEAST_ESS: f64 = 20.0;

impl Warning {
    /// Lost chains, if there are any, of chains with these ids. `log_densities` is chain × draw.
    ///
    /// Chains are compared with the highest one, by the median, that has enough effective draws. The share of pairs in which
    /// its draw has the larger log density is Mann and Whitney's U / n². Of equal distributions it has mean ½ and variance
    /// (2 n + 1) / (12 n²), n the effective draws, and is about normal; all ordered pairs of chains share the false alarms.
    ///
    /// Reference: Mann and Whitney (1947), "On a test of whether one of two random variables is stochastically larger than the
    /// other".
    pub(crate) fn lost_chains(chain_ids: &[usize], log_densities: ArrayView2<'_, f64>) -> Option<Self> {
        let chains: Vec<Vec<f64>> = log_densities.rows().into_iter().map(|row| sorted(row.iter().copied())).collect();
        let medians: Vec<f64> = chains.iter().map(|chain| quantile(chain, 0.5)).collect();
        let ess = |chain: usize| {
            let row = log_densities.row(chain).insert_axis(Axis(0));
            ess_bulk(row).min(row.len() as f64)
        };
        let mut order: Vec<usize> = (0..chains.len()).filter(|&chain| !medians[chain].is_nan()).collect();
        order.sort_by(|&a, &b| medians[b].total_cmp(&medians[a]));
        let (highest, ess) = order.into_iter().map(|chain| (chain, ess(chain))).find(|(_, ess)| *ess >= LEAST_ESS)?;
        let pairs = (chains.len() * (chains.len() - 1)) as f64;
        let noise = -ndtri(FALSE_ALARMS / pairs) * ((2.0 * ess + 1.0) / 12.0).sqrt() / ess;
        let least = LEAST_SUPERIORITY.max(0.5 + noise);
        let is_lost = |chain: usize| superiority(&chains[highest], &chains[chain]) >= least;

        let mean = |chain: usize| log_densities.row(chain).mean().unwrap_or(f64::NAN);
        let described = (0..chains.len()).map(|chain| (chain_ids[chain], mean(chain), is_lost(chain)));
        let (lost, others): (Vec<_>, Vec<_>) = described.partition(|(.., is_lost)| *is_lost);
        let without_verdict = |chains: Vec<(usize, f64, bool)>| chains.into_iter().map(|(id, mean, _)| (id, mean));
        (!lost.is_empty()).then(|| Self::LostChains {
            lost: without_verdict(lost).collect(),
            others: without_verdict(others).collect(),
        })
    }
}

/// The share of pairs in which the first list has the larger number, where equal ones count half. Both are sorted.
fn superiority(higher: &[f64], lower: &[f64]) -> f64 {
    let (mut below, mut up_to, mut sum) = (0, 0, 0);
    for x in higher {
        while below < lower.len() && lower[below] < *x {
            below += 1;
        }
        while up_to < lower.len() && lower[up_to] <= *x {
            up_to += 1;
        }
        sum += below + up_to;
    }
    sum as f64 / (2 * higher.len() * lower.len()) as f64
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::draws::tests::scores;

    /// Log densities of chains of independent draws from a Gaussian of ten dimensions, each moved by an offset.
    fn log_densities(draws: usize, offsets: &[f64], seed: u64) -> Array2<f64> {
        let squares: Vec<f64> = scores(offsets.len() * draws * 10, seed).into_iter().map(|z| z * z).collect();
        let values = squares.chunks_exact(10).map(|squares| -0.5 * squares.iter().sum::<f64>()).collect();
        let mut values = Array2::from_shape_vec((offsets.len(), draws), values).unwrap();
        values.rows_mut().into_iter().zip(offsets).for_each(|(mut row, by)| row += *by);
        values
    }

    fn lost(log_densities: &Array2<f64>) -> Vec<usize> {
        let ids: Vec<usize> = (0..log_densities.nrows()).collect();
        match Warning::lost_chains(&ids, log_densities.view()) {
            Some(Warning::LostChains { lost, .. }) => lost.into_iter().map(|(chain, _)| chain).collect(),
            None => Vec::new(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn superiority_is_the_share_of_pairs() {
        let (higher, lower) = ([1.0, 2.0, 2.0, 5.0], [0.0, 2.0, 3.0]);
        let pairs = higher.iter().flat_map(|x| {
            lower.map(|y| {
                if *x > y {
                    1.0
                } else if *x == y {
                    0.5
                } else {
                    0.0
                }
            })
        });
        assert_eq!(superiority(&higher, &lower), pairs.sum::<f64>() / 12.0);
        assert_eq!((superiority(&[2.0], &[1.0; 3]), superiority(&[1.0; 3], &[1.0; 2])), (1.0, 0.5));
    }

    #[test]
    fn chains_far_below_the_highest_are_lost() {
        // The standard deviation of the log density is √5: offsets below −30 leave no overlap.
        assert_eq!(lost(&log_densities(200, &[0.0, 0.0, -40.0, 0.0], 1)), [2]);
        assert_eq!(lost(&log_densities(200, &[0.0, -300.0, -40.0, 0.0], 2)), [1, 2]);
        assert_eq!(lost(&log_densities(200, &[-40.0, -50.0, -60.0, 0.0], 3)), [0, 1, 2]);
        assert_eq!(lost(&log_densities(200, &[-40.0, 0.0], 4)), [0]);
        // 3.5 and 1.5 standard deviations: probabilities of 0.993 and 0.86.
        assert_eq!(lost(&log_densities(1000, &[0.0, -7.8, 0.0, 0.0], 5)), [1]);
        assert!(lost(&log_densities(1000, &[0.0, -3.4, 0.0, 0.0], 6)).is_empty());
        // One that never moves.
        let mut stuck = log_densities(200, &[0.0; 4], 7);
        stuck.row_mut(3).fill(-60.0);
        assert_eq!(lost(&stuck), [3]);
        stuck.row_mut(3).fill(f64::NEG_INFINITY);
        assert_eq!(lost(&stuck), [3]);
    }

    #[test]
    fn there_is_no_verdict_on_one_chain_few_draws_or_what_is_not_a_number() {
        assert!(lost(&log_densities(200, &[0.0], 1)).is_empty());
        assert!(lost(&log_densities(10, &[0.0, 0.0, -400.0, 0.0], 2)).is_empty());
        let mut broken = log_densities(200, &[0.0, 0.0], 3);
        broken.row_mut(0).fill(f64::NAN);
        assert!(lost(&broken).is_empty());
        assert!(lost(&Array2::zeros((4, 200))).is_empty());
        assert!(lost(&Array2::zeros((0, 0))).is_empty());
    }

    /// Converged chains, 2,000 sets of each kind: of 1 in 1,000, more than 9 are named in one of 10,000 seeds (binomial).
    #[test]
    fn converged_chains_are_not_named() {
        for (draws, chains) in [(25, 4), (50, 2), (200, 8)] {
            let named = (0..2000).filter(|seed| !lost(&log_densities(draws, &vec![0.0; chains], *seed)).is_empty());
            let named = named.count();
            assert!(named <= 9, "{named} of 2000 with {chains} chains of {draws} draws");
        }
    }

    /// So are chains of an autoregression with coefficient 0.9: 50 of 1,000 draws are effective.
    #[test]
    fn slow_chains_are_not_named() {
        let set = |seed: u64| {
            let mut values = Array2::from_shape_vec((4, 1000), scores(4000, seed)).unwrap();
            for mut row in values.rows_mut() {
                (1..1000).for_each(|draw| row[draw] = 0.9 * row[draw - 1] + 0.19_f64.sqrt() * row[draw]);
            }
            values
        };
        let named = (0..500).filter(|seed| !lost(&set(*seed)).is_empty()).count();
        assert!(named <= 4, "{named} of 500");
    }
}
