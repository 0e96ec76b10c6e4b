//! Whole posteriors to stores and back.

use std::path::Path;

use ndarray::{Array2, ArrayD, IxDyn};

use super::files::{damaged, data_type};
use super::{Manifest, Outcome, StoreFiles, StoreOptions};
use crate::draws::SiteTable;
use crate::error::DrawsError;
use crate::posterior::{Posterior, PosteriorParts, SampleStats};
use crate::zarr::{ZarrArray, narrowest};
use crate::{Result, file};

impl Posterior {
    /// Writes the draws and their statistics as a store in the Zarr v3 format, a folder of plain files.
    ///
    /// `xarray.open_datatree` reads it as it is, and ArviZ what that gives: the groups are `posterior` and `sample_stats`, with
    /// the names of the axes; [`InferenceData`](crate::InferenceData) has more of them. A store that is there is replaced when the new one is complete; any other folder or file stays, and is an
    /// error.
    ///
    /// # Errors
    /// [`FileError::Write`](crate::error::FileError::Write).
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
    /// let path = std::env::temp_dir().join(format!("ppl-write-zarr-{}", std::process::id()));
    /// posterior.write_zarr(&path)?;
    /// assert_eq!(Posterior::read_zarr(&path)?, posterior);
    /// # std::fs::remove_dir_all(path).unwrap();
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    ///
    /// # Reference
    /// Zarr core specification, version 3; ArviZ, "InferenceData schema specification".
    pub fn write_zarr(&self, path: impl AsRef<Path>) -> Result<()> {
        self.write_zarr_with(path, &StoreOptions::default())
    }

    /// The same with chunks of another size, or compressed.
    ///
    /// # Errors
    /// As [`write_zarr`](Self::write_zarr), and [`InvalidSetting`](crate::error::InvalidSetting).
    pub fn write_zarr_with(&self, path: impl AsRef<Path>, options: &StoreOptions) -> Result<()> {
        options.validate()?;
        file::write_folder(path.as_ref(), StoreFiles::is_store, |folder| {
            self.write_store(folder, options, Vec::new()).map(drop)
        })
    }

    /// Fills a folder with a store. `axes` are the names of the axes of each site, where these have been chosen.
    ///
    /// # Errors
    /// [`FileError::Write`](crate::error::FileError::Write).
    pub(crate) fn write_store(
        &self,
        folder: &Path,
        options: &StoreOptions,
        axes: Vec<Vec<String>>,
    ) -> Result<StoreFiles> {
        let mut manifest = Manifest::of(self, options);
        manifest.sites.iter_mut().zip(axes).for_each(|(site, axes)| site.axes = axes);
        let types: Vec<_> = self
            .sample_stats()
            .iter()
            .map(|(_, kind, values)| narrowest(values.iter().copied(), data_type(kind)))
            .collect();
        let files = StoreFiles::create(folder, manifest, &types)?;
        for (site, array) in self.draws().sites().iter().zip(&files.arrays.sites) {
            array.write_rows(self.num_chains(), site.standard_values().as_slice().unwrap_or_default())?;
        }
        for ((_, _, values), array) in self.sample_stats().iter().zip(&files.arrays.statistics) {
            array.write_rows(self.num_chains(), values.as_standard_layout().as_slice().unwrap_or_default())?;
        }
        Ok(files)
    }

    /// Reads a store that [`write_zarr`](Self::write_zarr) or a run has written; every `f64` comes back bit for bit.
    ///
    /// A run that goes on, or was killed, gives the complete blocks of draws of its chains: as many of each as the shortest
    /// has. A chain with fewer than half the draws of the longest is among the [failed chains](Self::failed_chains).
    ///
    /// # Errors
    /// [`FileError::Read`](crate::error::FileError::Read): no such store, no such format, or a damaged one; and
    /// [`DrawsError::NoDraws`] of a run without a complete block.
    pub fn read_zarr(path: impl AsRef<Path>) -> Result<Self> {
        let files = StoreFiles::open(path.as_ref())?;
        files.posterior(&files.outcome()?)
    }
}

impl StoreFiles {
    /// The posterior of the draws that count.
    pub(crate) fn posterior(&self, outcome: &Outcome) -> Result<Posterior> {
        if outcome.rows.iter().any(|&row| row >= self.manifest.chain_ids.len()) {
            return Err(damaged(self.folder(), "a chain counts that there is not".to_owned()));
        }
        let read = |array: &ZarrArray| read_rows(array, &outcome.rows, outcome.draws);
        let statistics = &self.arrays.statistics;
        let posterior = posterior_of(
            &self.manifest,
            outcome,
            |site| read(&self.arrays.sites[site]),
            |column| read(&statistics[column]),
        );
        // Last: rows that were read meanwhile may have been those of other chains.
        self.check_chains()?;
        posterior
    }

    /// The first draws of some chains of a site.
    pub(crate) fn read_site(&self, site: usize, rows: &[usize], draws: usize) -> Result<Vec<f64>> {
        read_rows(&self.arrays.sites[site], rows, draws)
    }
}

/// The posterior of the draws that count, by the values of its sites and statistics, by their place in the manifest.
pub(crate) fn posterior_of(
    manifest: &Manifest,
    outcome: &Outcome,
    mut site_values: impl FnMut(usize) -> Result<Vec<f64>>,
    mut statistic_values: impl FnMut(usize) -> Result<Vec<f64>>,
) -> Result<Posterior> {
    let (rows, draws) = (outcome.rows.len(), outcome.draws);
    let mismatch = |name: &str, shape: &[usize], got: usize| DrawsError::Shape {
        quantity: format!("`{name}`"),
        expected: shape.to_vec(),
        got: vec![got],
    };
    let mut sites = SiteTable::new(&[rows, draws]);
    for (index, site) in manifest.sites.iter().enumerate() {
        let shape: Vec<usize> = [rows, draws].into_iter().chain(site.shape.iter().copied()).collect();
        let values = site_values(index)?;
        let got = values.len();
        let values = ArrayD::from_shape_vec(IxDyn(&shape), values).map_err(|_| mismatch(&site.name, &shape, got))?;
        sites.insert_with_dims(&site.name, &site.dims, values)?;
    }
    let mut sample_stats = SampleStats::new();
    for (index, statistic) in manifest.statistics.iter().enumerate() {
        let values = statistic_values(index)?;
        let got = values.len();
        let values = Array2::from_shape_vec((rows, draws), values)
            .map_err(|_| mismatch(&statistic.name, &[rows, draws], got))?;
        sample_stats.insert(&statistic.name, statistic.kind, values);
    }
    let posterior = Posterior::new(PosteriorParts {
        sites,
        chain_ids: outcome.rows.iter().map(|&row| manifest.chain_ids[row]).collect(),
        sample_stats,
        rejections: outcome.rejections.clone(),
        prior_violation: outcome.prior_violation.clone(),
        engine: manifest.engine.clone(),
        warmup_draws: manifest.warmup_draws,
        thinning: manifest.thinning,
        gradient_evaluations: outcome.gradient_evaluations,
        value_evaluations: outcome.value_evaluations,
        sampling_time: outcome.sampling_time,
        failed_chains: outcome.failed_chains.clone(),
    })?;
    Ok(posterior.with_sampler_config(manifest.sampler_config().cloned()).with_adapted(outcome.adapted.clone()))
}

/// The first draws of some rows of an array.
fn read_rows(array: &ZarrArray, rows: &[usize], draws: usize) -> Result<Vec<f64>> {
    let width: usize = array.metadata().shape.iter().skip(2).product();
    let mut values = Vec::with_capacity(rows.len() * draws * width);
    rows.iter().try_for_each(|&row| array.read_into(row, draws, &mut values))?;
    Ok(values)
}
