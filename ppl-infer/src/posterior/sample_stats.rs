//! Statistics of the draws, as the sampler names them.

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::error::DrawsError;
use crate::{
    error::{Error, Result},
    format::floats,
    statistics::{Column, ColumnKind},
};

/// Statistics of all draws: columns of chain × draw, under the names that ArviZ gives them where it has one.
///
/// | column                  | type  | sampler            | meaning                                                     |
/// |-------------------------|-------|--------------------|-------------------------------------------------------------|
/// | `lp`                    | real  | all                | log density of the draw in unconstrained space, up to a constant |
/// | `acceptance_rate`       | real  | all                | acceptance probability, for NUTS its mean over the trajectory |
/// | `step_size`             | real  | `Hmc`, `Nuts`      | step size of the integrator                                 |
/// | `n_steps`               | count | `Hmc`, `Nuts`      | leapfrog steps of the trajectory                            |
/// | `diverging`             | flag  | `Hmc`, `Nuts`      | whether the trajectory ended in a divergence                |
/// | `energy`                | real  | `Hmc`, `Nuts`      | energy of the draw                                          |
/// | `energy_error`          | real  | `Hmc`, `Nuts`      | energy of the draw less that of the start of its trajectory |
/// | `max_energy_error`      | real  | `Hmc`, `Nuts`      | largest deviation of the energy along the trajectory        |
/// | `tree_depth`            | count | `Nuts`             | depth of the trajectory's binary tree                       |
/// | `reached_max_treedepth` | flag  | `Nuts`             | whether the tree was cut at the largest depth allowed       |
/// | `accepted`              | flag  | `RandomWalk`       | whether the proposal was accepted                           |
/// | `proposal_scale`        | real  | `RandomWalk`       | scale of the proposals                                      |
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::prelude::*;
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// let posterior = Nuts::new().chains(2).warmup(100).draws(50).progress(false).run(&normal())?;
/// let stats = posterior.sample_stats();
/// assert_eq!(stats.column("energy")?.dim(), (2, 50));
/// assert!(stats.column("n_steps")?.iter().all(|&steps| steps >= 1.0));
/// assert_eq!(stats.divergences(), 0);
/// assert!(stats.column("accepted").unwrap_err().to_string().starts_with("no sample statistic is named `accepted`"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SampleStats {
    columns: Vec<SampleStat>,
}

/// One statistic of all draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SampleStat {
    name: String,
    kind: ColumnKind,
    #[serde(with = "floats")]
    values: Array2<f64>,
}

impl SampleStats {
    /// No statistics.
    pub fn new() -> Self {
        Self::default()
    }

    /// Collects the statistics of chains, each with one record a draw.
    ///
    /// # Errors
    /// [`DrawsError::Shape`] if the chains differ in length.
    pub fn from_chains<T>(columns: &[Column<T>], chains: &[&[T]]) -> Result<Self> {
        let draws = chains.first().map_or(0, |records| records.len());
        if let Some((chain, records)) = chains.iter().enumerate().find(|(_, records)| records.len() != draws) {
            return Err(DrawsError::Shape {
                quantity: format!("sample statistics of chain {chain}"),
                expected: vec![draws],
                got: vec![records.len()],
            }
            .into());
        }
        let mut stats = Self::new();
        for column in columns {
            let value = |(chain, draw): (usize, usize)| column.value(&chains[chain][draw]);
            stats.insert(column.name(), column.kind(), Array2::from_shape_fn((chains.len(), draws), value));
        }
        Ok(stats)
    }

    /// Adds a column, or replaces the one of this name. A count is a whole number, a flag 1 or 0.
    ///
    /// # Shapes
    /// `values` is chain × draw.
    pub fn insert(&mut self, name: impl Into<String>, kind: ColumnKind, values: Array2<f64>) {
        let column = SampleStat { name: name.into(), kind, values };
        match self.columns.iter_mut().find(|own| own.name == column.name) {
            Some(own) => *own = column,
            None => self.columns.push(column),
        }
    }

    /// The values of a statistic: a count as a number, a flag as 1 or 0.
    ///
    /// # Shapes
    /// Chain × draw.
    ///
    /// # Errors
    /// [`Error::UnknownName`], with the statistics that the sampler has.
    pub fn column(&self, name: &str) -> Result<ArrayView2<'_, f64>> {
        self.get(name).ok_or_else(|| Error::unknown_name("sample statistic", name, self.names()))
    }

    /// The same; `None` if the sampler has no such statistic.
    pub fn get(&self, name: &str) -> Option<ArrayView2<'_, f64>> {
        self.columns.iter().find(|column| column.name == name).map(|column| column.values.view())
    }

    /// The names, in the order of the sampler.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// Name, type and values of every statistic, in the order of the sampler.
    pub fn iter(&self) -> impl Iterator<Item = (&str, ColumnKind, ArrayView2<'_, f64>)> {
        self.columns.iter().map(|column| (column.name.as_str(), column.kind, column.values.view()))
    }

    /// An error unless every column is chain × draw of these lengths.
    pub(super) fn check(&self, chains: usize, draws: usize) -> Result<()> {
        for SampleStat { name, values, .. } in &self.columns {
            if values.dim() != (chains, draws) {
                return Err(DrawsError::Shape {
                    quantity: format!("sample statistic `{name}`"),
                    expected: vec![chains, draws],
                    got: values.shape().to_vec(),
                }
                .into());
            }
        }
        Ok(())
    }

    /// Number of draws whose trajectory diverged; 0 for a sampler without trajectories.
    pub fn divergences(&self) -> usize {
        self.count("diverging")
    }

    /// Number of draws whose tree was cut at the largest depth allowed; 0 for a sampler that builds none.
    pub fn max_tree_depth_hits(&self) -> usize {
        self.count("reached_max_treedepth")
    }

    /// Number of draws with this flag.
    fn count(&self, flag: &str) -> usize {
        self.get(flag).map_or(0, |values| values.iter().filter(|&&value| value != 0.0).count())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use ndarray::Array2;

    use super::{ColumnKind, SampleStats};
    use crate::mcmc::hmc::HamiltonianStatistics;

    /// A record without anything remarkable.
    pub(crate) fn unremarkable() -> HamiltonianStatistics {
        HamiltonianStatistics {
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

    /// The statistics of chains of NUTS.
    pub(crate) fn of_nuts(chains: &[Vec<HamiltonianStatistics>]) -> SampleStats {
        let chains: Vec<&[HamiltonianStatistics]> = chains.iter().map(Vec::as_slice).collect();
        SampleStats::from_chains(HamiltonianStatistics::COLUMNS, &chains).unwrap()
    }

    impl SampleStats {
        /// Replaces one value.
        pub(crate) fn set(&mut self, name: &str, at: [usize; 2], value: f64) {
            self.columns.iter_mut().find(|column| column.name == name).unwrap().values[at] = value;
        }
    }

    #[test]
    fn columns_of_records() {
        let diverging = HamiltonianStatistics { diverging: true, lp: -5.0, ..unremarkable() };
        let cut = HamiltonianStatistics { reached_max_treedepth: true, tree_depth: Some(10), ..unremarkable() };
        let stats = of_nuts(&[vec![unremarkable(), diverging], vec![cut, unremarkable()]]);
        assert_eq!(stats.column("lp").unwrap(), ndarray::array![[-1.0, -5.0], [-1.0, -1.0]]);
        assert_eq!(stats.column("diverging").unwrap(), ndarray::array![[0.0, 1.0], [0.0, 0.0]]);
        assert_eq!(stats.column("tree_depth").unwrap(), ndarray::array![[3.0, 3.0], [10.0, 3.0]]);
        assert_eq!((stats.divergences(), stats.max_tree_depth_hits()), (1, 1));
        assert_eq!(stats.names().count(), 10);
        let kinds: Vec<_> = stats.iter().filter(|(_, kind, _)| *kind == ColumnKind::Count).map(|stat| stat.0).collect();
        assert_eq!(kinds, ["n_steps", "tree_depth"]);
    }

    #[test]
    fn a_sampler_without_trees_has_no_columns_of_them() {
        let records = [HamiltonianStatistics { tree_depth: None, ..unremarkable() }];
        let stats = SampleStats::from_chains(HamiltonianStatistics::COLUMNS_WITHOUT_TREE, &[&records]).unwrap();
        assert_eq!(stats.max_tree_depth_hits(), 0);
        let error = stats.column("tree_depth").unwrap_err().to_string();
        assert_eq!(
            error,
            "no sample statistic is named `tree_depth`; known: `lp`, `acceptance_rate`, `step_size`, `n_steps`, \
             `diverging`, `energy`, `energy_error`, `max_energy_error`"
        );
    }

    #[test]
    fn a_column_replaces_that_of_its_name() {
        let mut stats = SampleStats::new();
        stats.insert("beta", ColumnKind::Real, Array2::zeros((1, 2)));
        stats.insert("beta", ColumnKind::Real, Array2::ones((1, 2)));
        assert_eq!((stats.names().count(), stats.column("beta").unwrap()[[0, 1]]), (1, 1.0));
    }

    #[test]
    fn chains_of_different_length_are_an_error() {
        let records = [unremarkable(); 2];
        let chains = [&records[..], &records[..1]];
        let error = SampleStats::from_chains(HamiltonianStatistics::COLUMNS, &chains).unwrap_err();
        assert!(error.to_string().starts_with("sample statistics of chain 1"), "{error}");
    }
}
