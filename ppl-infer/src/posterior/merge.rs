//! Chains that ran apart become one posterior.

use std::path::Path;
use std::sync::Arc;

use ndarray::{Array2, ArrayD, ArrayView, Axis, Dimension, RemoveAxis};
use serde_json::Value;

use super::{FailedChain, MergeError, Posterior, PosteriorParts, SampleStats};
use crate::{
    Rejections,
    draws::{Dim, SiteTable},
    error::{Error, Result},
};

impl Posterior {
    /// One posterior of chains that ran apart, each under its own id, as the jobs of an array.
    ///
    /// Job `k` runs `Nuts::new().chains(1).chain_id(k)` with the seed and the settings of the others: the merged posterior
    /// has the draws that `chains(n)` would have, bit for bit. Chains are in the order of their ids.
    ///
    /// # Errors
    /// [`MergeError`], which names the difference: no posterior; other sites, shapes, numbers of draws or of warm-up
    /// draws, or another sampler; an id that two chains have.
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
    /// let nuts = Nuts::new().warmup(50).draws(20).progress(false);
    /// let job = |id| nuts.clone().chains(1).chain_id(id).run(&normal());
    /// let merged = Posterior::merge([job(1)?, job(0)?])?;
    /// assert_eq!(merged.chain_ids(), [0, 1]);
    /// assert_eq!(merged.draws(), nuts.clone().chains(2).run(&normal())?.draws());
    /// assert!(Posterior::merge([job(1)?, job(1)?]).unwrap_err().to_string().contains("two chains have the id 1"));
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    pub fn merge(posteriors: impl IntoIterator<Item = Self>) -> Result<Self> {
        let posteriors: Vec<Self> = posteriors.into_iter().collect();
        let Some(first) = posteriors.first() else {
            return Err(fail("there is none".to_owned(), "give at least one"));
        };
        posteriors[1..].iter().try_for_each(|other| first.check_alike(other))?;

        // Chain by chain, in the order of their ids.
        let mut chains: Vec<(usize, &Self, usize)> = Vec::new();
        for posterior in &posteriors {
            chains.extend(posterior.chain_ids.iter().enumerate().map(|(row, &id)| (id, posterior, row)));
        }
        chains.sort_by_key(|(id, ..)| *id);
        if let Some(pair) = chains.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(fail(
                format!("two chains have the id {}", pair[0].0),
                "run each with an id of its own: `chain_id(k)`",
            ));
        }
        let rows: Vec<(&Self, usize)> = chains.iter().map(|(_, posterior, row)| (*posterior, *row)).collect();
        let mut failed_chains: Vec<FailedChain> =
            posteriors.iter().flat_map(|posterior| posterior.failed_chains.iter().cloned()).collect();
        failed_chains.sort_by_key(|failed| failed.chain);
        let mut rejections = Rejections::default();
        posteriors.iter().for_each(|posterior| rejections.merge(posterior.rejections.clone()));
        let mut engines: Vec<&str> = Vec::new();
        for posterior in &posteriors {
            if !engines.contains(&posterior.engine.as_str()) {
                engines.push(&posterior.engine);
            }
        }
        let merged = Self::new(PosteriorParts {
            sites: merge_sites(first, &rows)?,
            chain_ids: chains.iter().map(|(id, ..)| *id).collect(),
            sample_stats: merge_stats(first, &rows)?,
            rejections,
            prior_violation: posteriors.iter().find_map(|posterior| posterior.prior_violation.clone()),
            engine: engines.join("; "),
            warmup_draws: first.warmup_draws,
            thinning: first.thinning,
            gradient_evaluations: posteriors.iter().map(|posterior| posterior.gradient_evaluations).sum(),
            value_evaluations: posteriors.iter().map(|posterior| posterior.value_evaluations).sum(),
            sampling_time: posteriors.iter().map(|posterior| posterior.sampling_time).max().unwrap_or_default(),
            failed_chains,
        })?;
        // Those of all chains, or of none.
        let adapted: Option<Vec<Arc<Value>>> =
            rows.iter().map(|(posterior, row)| posterior.adapted.get(*row).cloned()).collect();
        Ok(merged.with_sampler_config(first.sampler_config.clone()).with_adapted(adapted.unwrap_or_default()))
    }

    /// One posterior of the chains in these files, which [`write_json`](Self::write_json) wrote; see
    /// [`merge`](Self::merge).
    ///
    /// # Errors
    /// [`FileError::Read`](crate::error::FileError::Read), and those of [`merge`](Self::merge).
    pub fn merge_json(paths: impl IntoIterator<Item = impl AsRef<Path>>) -> Result<Self> {
        let posteriors: Result<Vec<Self>> = paths.into_iter().map(Self::read_json).collect();
        Self::merge(posteriors?)
    }

    /// An error that names the first difference between two posteriors but for their draws.
    fn check_alike(&self, other: &Self) -> Result<()> {
        let chains = || {
            let ids = |posterior: &Self| {
                let ids: Vec<String> = posterior.chain_ids.iter().map(usize::to_string).collect();
                format!("{} {}", if ids.len() == 1 { "chain" } else { "chains" }, ids.join(", "))
            };
            [ids(self), ids(other)]
        };
        let same = "run all with the same model and settings";
        for (noun, own, others) in [
            ("draws", self.num_draws() as u64, other.num_draws() as u64),
            ("warm-up draws", self.warmup_draws, other.warmup_draws),
            ("iterations for each draw", self.thinning as u64, other.thinning as u64),
        ] {
            if own != others {
                let [a, b] = chains();
                return Err(fail(format!("{a} has {own} {noun}, {b} has {others}"), same));
            }
        }
        if !self.sample_stats.names().eq(other.sample_stats.names()) {
            let [a, b] = chains();
            return Err(fail(format!("{a} and {b} are of different samplers"), same));
        }
        let (own, others) = (self.draws.sites(), other.draws.sites());
        if let Some(site) = own.iter().find(|site| others.get(site.name()).is_err()) {
            let [a, b] = chains();
            return Err(fail(format!("{a} has the site `{}`, {b} has not", site.name()), same));
        }
        if let Some(site) = others.iter().find(|site| own.get(site.name()).is_err()) {
            let [a, b] = chains();
            return Err(fail(format!("{b} has the site `{}`, {a} has not", site.name()), same));
        }
        for site in own {
            let other = others.get(site.name())?;
            let shape = other.shape();
            if site.shape() != shape {
                let [a, b] = chains();
                let (name, own) = (site.name(), site.shape());
                return Err(fail(format!("site `{name}` has shape {own:?} in {a}, {shape:?} in {b}"), same));
            }
            if let Some((own, others)) = different_axes(site.dims(), other.dims()) {
                let [a, b] = chains();
                return Err(fail(format!("site `{}` has {own} in {a}, {others} in {b}", site.name()), same));
            }
        }
        Ok(())
    }
}

/// The first axis that is another one, as text: by its name, or by that of a member.
fn different_axes(own: &[Option<Dim>], others: &[Option<Dim>]) -> Option<(String, String)> {
    let (axis, (own, other)) = own.iter().zip(others).enumerate().find(|(_, (own, other))| own != other)?;
    let levels = |dim: &Option<Dim>| dim.as_ref().and_then(Dim::levels).cloned();
    if own.as_ref().map(Dim::name) == other.as_ref().map(Dim::name)
        && let (Some(dim), Some(names), Some(others)) = (own, levels(own), levels(other))
        && let Some(member) = (0..names.len()).find(|&member| names[member] != others[member])
    {
        let text = |name: &str| format!("member {member} of `{}` named `{name}`", dim.name());
        return Some((text(&names[member]), text(&others[member])));
    }
    let text = |dim: &Option<Dim>| match dim {
        None => format!("no name of axis {axis}"),
        Some(dim) => {
            let names = if dim.levels().is_some() { "" } else { " without names of its members" };
            format!("`{}` as axis {axis}{names}", dim.name())
        }
    };
    Some((text(own), text(other)))
}

fn fail(problem: String, help: &'static str) -> Error {
    MergeError { problem, help }.into()
}

/// The sites in the order of the first posterior, a row for each chain.
fn merge_sites(first: &Posterior, rows: &[(&Posterior, usize)]) -> Result<SiteTable> {
    let mut sites = SiteTable::new(&[rows.len(), first.num_draws()]);
    for site in first.draws.sites() {
        let mut arrays: Vec<ArrayD<f64>> = Vec::with_capacity(rows.len());
        for (posterior, row) in rows {
            arrays.push(posterior.draws.sites().get(site.name())?.values().index_axis_move(Axis(0), *row).to_owned());
        }
        let views: Vec<_> = arrays.iter().map(|array| array.view()).collect();
        sites.insert_with_dims(site.name(), site.dims(), stack(&views))?;
    }
    Ok(sites)
}

/// The statistics, a row for each chain.
fn merge_stats(first: &Posterior, rows: &[(&Posterior, usize)]) -> Result<SampleStats> {
    let mut merged = SampleStats::new();
    for (name, kind, _) in first.sample_stats.iter() {
        let mut values = Array2::zeros((rows.len(), first.num_draws()));
        for ((posterior, row), mut own) in rows.iter().zip(values.rows_mut()) {
            own.assign(&posterior.sample_stats.column(name)?.row(*row));
        }
        merged.insert(name, kind, values);
    }
    Ok(merged)
}

/// Arrays of one shape along a new first axis.
fn stack<T: Clone, D: Dimension>(rows: &[ArrayView<'_, T, D>]) -> ndarray::Array<T, D::Larger>
where
    D::Larger: RemoveAxis,
{
    ndarray::stack(Axis(0), rows).expect("the rows have one shape")
}

#[cfg(test)]
mod tests {
    use ndarray::{ArrayD, Axis};
    use ppl::Levels;

    use super::*;
    use crate::posterior::{
        ColumnKind,
        tests::{named as named_posterior, parts, posterior},
    };

    /// The chains of a posterior, each by itself.
    fn chains(whole: &Posterior) -> Vec<Posterior> {
        let chain = |row: usize| {
            let mut sites = SiteTable::new(&[1, whole.num_draws()]);
            for site in whole.draws.sites() {
                let values = site.values().index_axis_move(Axis(0), row).insert_axis(Axis(0)).to_owned();
                sites.insert_with_dims(site.name(), site.dims(), values).unwrap();
            }
            let sample_stats = merge_stats(whole, &[(whole, row)]).unwrap();
            Posterior::new(PosteriorParts {
                sites,
                chain_ids: vec![row],
                sample_stats,
                gradient_evaluations: 5_000,
                ..parts()
            })
            .unwrap()
        };
        (0..whole.num_chains()).map(chain).collect()
    }

    #[test]
    fn chains_that_ran_apart_become_the_whole() {
        let whole = posterior();
        let mut apart = chains(&whole);
        apart.reverse();
        assert_eq!(Posterior::merge(apart.clone()).unwrap(), whole);
        // In pairs, too.
        let halves = apart.chunks(2).map(|pair| Posterior::merge(pair.to_vec()).unwrap());
        assert_eq!(Posterior::merge(halves).unwrap(), whole);

        let folder = std::env::temp_dir().join(format!("ppl-merge-{}", std::process::id()));
        let paths: Vec<_> = (0..4).map(|job| folder.join(format!("chain-{job}.json"))).collect();
        paths.iter().zip(&apart).for_each(|(path, chain)| chain.write_json(path).unwrap());
        assert_eq!(Posterior::merge_json(&paths).unwrap(), whole);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn differences_are_named() {
        let apart = chains(&posterior());
        let message = |other: Posterior| Posterior::merge([apart[0].clone(), other]).unwrap_err().to_string();
        assert_eq!(
            message(apart[0].clone()),
            "the posteriors cannot be merged: two chains have the id 0\nhelp: run each with an id of its own: `chain_id(k)`"
        );
        let with = |change: &dyn Fn(&mut PosteriorParts)| {
            let mut parts = PosteriorParts {
                sites: apart[1].draws.sites().clone(),
                chain_ids: vec![1],
                sample_stats: apart[1].sample_stats.clone(),
                ..parts()
            };
            change(&mut parts);
            message(Posterior::new(parts).unwrap())
        };
        let warmup = with(&|parts| parts.warmup_draws = 7);
        assert!(warmup.contains("chain 0 has 500 warm-up draws, chain 1 has 7"), "{warmup}");
        let further = with(&|parts| parts.sites.insert("further", ArrayD::zeros(vec![1, 250])).unwrap());
        assert!(further.contains("chain 1 has the site `further`, chain 0 has not"), "{further}");
        let other = with(&|parts| {
            let mut sites = SiteTable::new(&[1, 250]);
            for (name, shape) in [("mu", vec![1, 250]), ("theta", vec![1, 250, 2]), ("L", vec![1, 250, 2, 2])] {
                sites.insert(name, ArrayD::zeros(shape)).unwrap();
            }
            parts.sites = sites;
        });
        assert!(other.contains("site `theta` has shape [3] in chain 0, [2] in chain 1"), "{other}");
        let renamed = |names: [&str; 3]| {
            let school = Dim::with_levels("school", Levels::new(names).unwrap());
            with(&|parts| {
                let mut sites = SiteTable::new(&[1, 250]);
                for site in apart[1].draws.sites() {
                    let dims: Vec<Option<Dim>> =
                        if site.name() == "theta" { vec![Some(school.clone())] } else { site.dims().to_vec() };
                    sites.insert_with_dims(site.name(), &dims, site.values().to_owned()).unwrap();
                }
                parts.sites = sites;
            })
        };
        let named = renamed(["a", "b", "c"]);
        let expected = "site `theta` has `school` as axis 0 without names of its members in chain 0, `school` as axis 0 in chain 1";
        assert!(named.contains(expected), "{named}");
        let sampler = with(&|parts| parts.sample_stats.insert("accepted", ColumnKind::Flag, Array2::ones((1, 250))));
        assert!(sampler.contains("chain 0 and chain 1 are of different samplers"), "{sampler}");
        let whole = named_posterior();
        assert_eq!(Posterior::merge(chains(&whole)).unwrap(), whole);
        assert!(Posterior::merge([]).unwrap_err().to_string().contains("there is none"));
    }
}
