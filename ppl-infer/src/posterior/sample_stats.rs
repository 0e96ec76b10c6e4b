//! What the sampler reports about each draw.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::{
    chain::DrawStatistics,
    error::{Error, Result},
    format::floats,
};

/// Statistics of all draws, each array chain × draw, under the names that ArviZ gives them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SampleStats {
    /// Log density of the draw in unconstrained space, up to a constant.
    #[serde(with = "floats")]
    pub lp: Array2<f64>,
    /// Mean acceptance probability over the trajectory.
    #[serde(with = "floats")]
    pub acceptance_rate: Array2<f64>,
    /// Step size of the integrator.
    #[serde(with = "floats")]
    pub step_size: Array2<f64>,
    /// Leapfrog steps of the trajectory.
    pub n_steps: Array2<u32>,
    /// Whether the trajectory ended in a divergence.
    pub diverging: Array2<bool>,
    /// Energy of the draw.
    #[serde(with = "floats")]
    pub energy: Array2<f64>,
    /// Energy of the draw less that of the start of its trajectory.
    #[serde(with = "floats")]
    pub energy_error: Array2<f64>,
    /// Largest deviation of the energy from its initial value along the trajectory.
    #[serde(with = "floats")]
    pub max_energy_error: Array2<f64>,
    /// Depth of the trajectory's binary tree; `None` for a sampler that builds none.
    pub tree_depth: Option<Array2<u32>>,
    /// Whether the tree was cut at the largest depth allowed; `None` for a sampler that builds none.
    pub reached_max_treedepth: Option<Array2<bool>>,
}

impl SampleStats {
    /// Collects the statistics of chains, each with one record a draw.
    ///
    /// **Errors** [`Error::DrawShape`] if the chains differ in length.
    pub fn from_chains(chains: &[Vec<DrawStatistics>]) -> Result<Self> {
        let draws = chains.first().map_or(0, Vec::len);
        if let Some((chain, records)) = chains.iter().enumerate().find(|(_, records)| records.len() != draws) {
            return Err(Error::DrawShape {
                quantity: format!("sample statistics of chain {chain}"),
                expected: vec![draws],
                got: vec![records.len()],
            });
        }
        let shape = (chains.len(), draws);
        let tree_depth = Array2::from_shape_fn(shape, |(chain, draw)| chains[chain][draw].tree_depth);
        let has_tree = tree_depth.iter().all(Option::is_some);
        Ok(Self {
            lp: Array2::from_shape_fn(shape, |(chain, draw)| chains[chain][draw].lp),
            acceptance_rate: Array2::from_shape_fn(shape, |(chain, draw)| chains[chain][draw].acceptance_rate),
            step_size: Array2::from_shape_fn(shape, |(chain, draw)| chains[chain][draw].step_size),
            n_steps: Array2::from_shape_fn(shape, |(chain, draw)| chains[chain][draw].n_steps),
            diverging: Array2::from_shape_fn(shape, |(chain, draw)| chains[chain][draw].diverging),
            energy: Array2::from_shape_fn(shape, |(chain, draw)| chains[chain][draw].energy),
            energy_error: Array2::from_shape_fn(shape, |(chain, draw)| chains[chain][draw].energy_error),
            max_energy_error: Array2::from_shape_fn(shape, |(chain, draw)| chains[chain][draw].max_energy_error),
            tree_depth: has_tree.then(|| tree_depth.mapv(Option::unwrap_or_default)),
            reached_max_treedepth: has_tree
                .then(|| Array2::from_shape_fn(shape, |(chain, draw)| chains[chain][draw].reached_max_treedepth)),
        })
    }

    /// Whether every array is chain × draw of these lengths.
    pub(super) fn check(&self, chains: usize, draws: usize) -> Result<()> {
        let shapes = [
            ("lp", Some(self.lp.dim())),
            ("acceptance_rate", Some(self.acceptance_rate.dim())),
            ("step_size", Some(self.step_size.dim())),
            ("n_steps", Some(self.n_steps.dim())),
            ("diverging", Some(self.diverging.dim())),
            ("energy", Some(self.energy.dim())),
            ("energy_error", Some(self.energy_error.dim())),
            ("max_energy_error", Some(self.max_energy_error.dim())),
            ("tree_depth", self.tree_depth.as_ref().map(Array2::dim)),
            ("reached_max_treedepth", self.reached_max_treedepth.as_ref().map(Array2::dim)),
        ];
        for (name, shape) in shapes {
            if let Some((got_chains, got_draws)) = shape.filter(|&shape| shape != (chains, draws)) {
                return Err(Error::DrawShape {
                    quantity: format!("sample statistic `{name}`"),
                    expected: vec![chains, draws],
                    got: vec![got_chains, got_draws],
                });
            }
        }
        Ok(())
    }

    /// Number of draws whose trajectory diverged.
    pub fn divergences(&self) -> usize {
        self.diverging.iter().filter(|&&diverging| diverging).count()
    }

    /// Number of draws whose tree was cut at the largest depth allowed.
    pub fn max_tree_depth_hits(&self) -> usize {
        self.reached_max_treedepth.iter().flatten().filter(|&&reached| reached).count()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::SampleStats;
    use crate::chain::DrawStatistics;

    /// A record without anything remarkable.
    pub(crate) fn unremarkable() -> DrawStatistics {
        DrawStatistics {
            lp: -1.0,
            acceptance_rate: 0.9,
            step_size: 0.5,
            n_steps: 7,
            diverging: false,
            energy: 2.0,
            energy_error: 0.05,
            max_energy_error: 0.1,
            tree_depth: Some(3),
            reached_max_treedepth: false,
        }
    }

    #[test]
    fn arrays_of_records() {
        let diverging = DrawStatistics { diverging: true, lp: -5.0, ..unremarkable() };
        let cut = DrawStatistics { reached_max_treedepth: true, tree_depth: Some(10), ..unremarkable() };
        let stats = SampleStats::from_chains(&[vec![unremarkable(), diverging], vec![cut, unremarkable()]]).unwrap();
        assert_eq!(stats.lp, ndarray::array![[-1.0, -5.0], [-1.0, -1.0]]);
        assert_eq!(stats.diverging, ndarray::array![[false, true], [false, false]]);
        assert_eq!(stats.tree_depth, Some(ndarray::array![[3, 3], [10, 3]]));
        assert_eq!((stats.divergences(), stats.max_tree_depth_hits()), (1, 1));
    }

    #[test]
    fn a_sampler_without_trees() {
        let record = DrawStatistics { tree_depth: None, ..unremarkable() };
        let stats = SampleStats::from_chains(&[vec![record]]).unwrap();
        assert_eq!(stats.tree_depth, None);
        assert_eq!(stats.reached_max_treedepth, None);
        assert_eq!(stats.max_tree_depth_hits(), 0);
    }

    #[test]
    fn chains_of_different_length_are_an_error() {
        let error = SampleStats::from_chains(&[vec![unremarkable(); 2], vec![unremarkable()]]).unwrap_err();
        assert!(error.to_string().starts_with("sample statistics of chain 1"), "{error}");
    }
}
