//! The files of a store.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{Manifest, Outcome, SiteEntry};
use crate::error::FileError;
use crate::inference_data::attributes;
use crate::zarr::{ArrayMetadata, DataType, GroupMetadata, METADATA_FILE, ZarrArray, write_strings};
use crate::{Error, Result, file, statistics::ColumnKind};

/// A store that is open.
#[derive(Clone, Debug)]
pub(crate) struct StoreFiles {
    folder: PathBuf,
    pub(crate) manifest: Manifest,
    pub(crate) arrays: StoreArrays,
    /// The coordinates of plates whose members have names, in the group of the sites.
    coordinates: Vec<(String, ArrayMetadata)>,
    /// `chain` and `draw` of both groups.
    chains: Vec<ZarrArray>,
    draws: Vec<ZarrArray>,
}

/// The arrays of a store, in the order of the manifest.
#[derive(Clone, Debug)]
pub(crate) struct StoreArrays {
    pub(crate) sites: Vec<ZarrArray>,
    pub(crate) statistics: Vec<ZarrArray>,
}

/// The groups of ArviZ.
const GROUPS: [&str; 2] = ["posterior", "sample_stats"];
/// The group of the states from which chains go on. Readers of draws need not see it.
const STATES: &str = "sampler_state";

/// The attribute of this library.
#[derive(Serialize, Deserialize)]
struct Attributes<T> {
    ppl: T,
}

/// The type of a statistic on the disk.
pub(crate) fn data_type(kind: ColumnKind) -> DataType {
    match kind {
        ColumnKind::Real => DataType::Float64,
        ColumnKind::Count => DataType::Int64,
        ColumnKind::Flag => DataType::Bool,
    }
}

impl StoreFiles {
    /// Whether this is a folder with a store that this library has written, finished or not.
    pub(crate) fn is_store(folder: &Path) -> bool {
        GroupMetadata::<Attributes<Value>>::read(folder).is_ok()
    }

    /// Writes everything but the draws. `types` are those of the statistics.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub(crate) fn create(folder: &Path, manifest: Manifest, types: &[DataType]) -> Result<Self> {
        let (chains, draws) = (manifest.chain_ids.len(), manifest.draws);
        let create = |group: &str, name: &str, metadata| ZarrArray::create(folder.join(group).join(name), metadata);
        let gzip = manifest.gzip;
        let mut sites = Vec::new();
        for site in &manifest.sites {
            let shape: Vec<usize> = [chains, draws].into_iter().chain(site.shape.iter().copied()).collect();
            let chunk: Vec<usize> = [1, manifest.block].into_iter().chain(site.shape.iter().copied()).collect();
            let axes: Vec<&str> = ["chain", "draw"].into_iter().chain(site.axes.iter().map(String::as_str)).collect();
            let metadata = ArrayMetadata::new(&shape, &chunk, DataType::Float64, &axes, gzip);
            sites.push(create(GROUPS[0], &site.array, metadata)?);
        }
        let mut statistics = Vec::new();
        for (statistic, &data_type) in manifest.statistics.iter().zip(types) {
            let (shape, chunk) = ([chains, draws], [1, manifest.block]);
            let metadata = ArrayMetadata::new(&shape, &chunk, data_type, &["chain", "draw"], gzip);
            statistics.push(create(GROUPS[1], &statistic.name, metadata)?);
        }
        let mut coordinates = Vec::new();
        for (axis, levels) in SiteEntry::coordinates(&manifest.sites) {
            let metadata = write_strings(&folder.join(GROUPS[0]).join(axis), axis, levels, gzip)?;
            coordinates.push((axis.to_owned(), metadata));
        }
        let (mut chain_arrays, mut draw_arrays) = (Vec::new(), Vec::new());
        let coordinate = |length, name| ArrayMetadata::new(&[length], &[length], DataType::Int64, &[name], None);
        for group in GROUPS {
            let array = create(group, "chain", coordinate(chains, "chain"))?;
            let ids: Vec<f64> = manifest.chain_ids.iter().map(|&id| id as f64).collect();
            array.write(0, 0, &ids)?;
            chain_arrays.push(array);
            draw_arrays.push(create(group, "draw", coordinate(draws, "draw"))?);
        }
        let arrays = StoreArrays { sites, statistics };
        let folder = folder.to_owned();
        let files = Self { folder, manifest, arrays, coordinates, chains: chain_arrays, draws: draw_arrays };
        files.write_draw_coordinates(draws)?;
        GroupMetadata::new(Map::new()).write(&files.folder.join(STATES))?;
        files.write_groups()?;
        Ok(files)
    }

    fn write_draw_coordinates(&self, draws: usize) -> Result<()> {
        let indices: Vec<f64> = (0..draws).map(|draw| draw as f64).collect();
        self.draws.iter().try_for_each(|array| array.write(0, 0, &indices))
    }

    /// Opens a store.
    ///
    /// # Errors
    /// [`FileError::Read`].
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let metadata: GroupMetadata<Attributes<Manifest>> = GroupMetadata::read(folder)?;
        let manifest = metadata.attributes.ppl;
        let open = |group: &str, name: &str| ZarrArray::open(folder.join(group).join(name));
        let leading = [1, manifest.block];
        let checked = |array: ZarrArray, own: &[usize]| {
            let expected: Vec<usize> = leading.iter().chain(own).map(|&length| length.max(1)).collect();
            let shape = &array.metadata().shape;
            let is_expected = array.metadata().chunk_shape() == expected
                && shape.len() == expected.len()
                && shape[0] == manifest.chain_ids.len()
                && shape[2..] == *own;
            let problem =
                || format!("chunks of shape {expected:?} were expected in an array with the shape of the manifest");
            if is_expected { Ok(array) } else { Err(damaged(folder, problem())) }
        };
        let sites = manifest.sites.iter().map(|site| checked(open(GROUPS[0], &site.array)?, &site.shape));
        let statistics = manifest.statistics.iter().map(|statistic| checked(open(GROUPS[1], &statistic.name)?, &[]));
        let arrays =
            StoreArrays { sites: sites.collect::<Result<_>>()?, statistics: statistics.collect::<Result<_>>()? };
        let chains = GROUPS.iter().map(|group| open(group, "chain")).collect::<Result<_>>()?;
        let draws = GROUPS.iter().map(|group| open(group, "draw")).collect::<Result<_>>()?;
        let coordinates = SiteEntry::coordinates(&manifest.sites).into_keys();
        let coordinates = coordinates
            .map(|axis| Ok((axis.to_owned(), ArrayMetadata::read(&folder.join(GROUPS[0]).join(axis))?)))
            .collect::<Result<_>>()?;
        Ok(Self { folder: folder.to_owned(), manifest, arrays, coordinates, chains, draws })
    }

    /// Writes the metadata of the groups; that of the root comes last and makes it a store.
    fn write_groups(&self) -> Result<()> {
        self.write_groups_with(BTreeMap::new())
    }

    /// The same with the metadata of further nodes, by their paths.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub(crate) fn write_groups_with(&self, mut nodes: BTreeMap<String, Value>) -> Result<()> {
        let manifest = &self.manifest;
        let time = manifest.outcome.as_ref().map(|outcome| outcome.sampling_time);
        let run = (manifest.warmup_draws, manifest.thinning);
        let attributes = attributes(&manifest.engine, run, time, manifest.sampler_config());
        let group = GroupMetadata::new(attributes.clone());
        let failed = |source: serde_json::Error| FileError::Write { path: self.folder.clone(), source: source.into() };
        for (index, name) in GROUPS.into_iter().enumerate() {
            group.write(&self.folder.join(name))?;
            nodes.insert(name.to_owned(), serde_json::to_value(&group).map_err(failed)?);
            let sites = self.manifest.sites.iter().map(|site| site.array.as_str()).zip(&self.arrays.sites);
            let statistics = self.manifest.statistics.iter().map(|statistic| statistic.name.as_str());
            let statistics = statistics.zip(&self.arrays.statistics);
            let own: Vec<(&str, &ZarrArray)> = if index == 0 { sites.collect() } else { statistics.collect() };
            for (array_name, array) in
                own.into_iter().chain([("chain", &self.chains[index]), ("draw", &self.draws[index])])
            {
                nodes.insert(format!("{name}/{array_name}"), serde_json::to_value(array.metadata()).map_err(failed)?);
            }
            for (axis, metadata) in self.coordinates.iter().filter(|_| index == 0) {
                nodes.insert(format!("{name}/{axis}"), serde_json::to_value(metadata).map_err(failed)?);
            }
        }
        let mut of_root = attributes;
        of_root.insert("ppl".to_owned(), serde_json::to_value(manifest).map_err(failed)?);
        GroupMetadata::new(of_root).consolidating(nodes).write(&self.folder)
    }

    /// Changes the number of draws, and with it the shape of every array, and the outcome.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub(crate) fn set_outcome(&mut self, draws: usize, outcome: Option<Outcome>) -> Result<()> {
        self.manifest.outcome = outcome;
        let arrays = self.arrays.sites.iter_mut().chain(&mut self.arrays.statistics);
        for array in arrays {
            let mut shape = array.metadata().shape.clone();
            if shape[1] != draws {
                shape[1] = draws;
                array.reshape(&shape)?;
            }
        }
        if self.draws.iter().any(|array| array.metadata().shape != [draws]) {
            for (index, group) in GROUPS.into_iter().enumerate() {
                let metadata = ArrayMetadata::new(&[draws], &[draws], DataType::Int64, &["draw"], None);
                self.draws[index] = ZarrArray::create(self.folder.join(group).join("draw"), metadata)?;
            }
            self.write_draw_coordinates(draws)?;
        }
        self.write_groups()
    }

    /// Replaces the store by one whose arrays have the chains of `manifest`, and whose outcome is its.
    ///
    /// The draws of a chain that is left out go to the folder of its state, and come back from there when the run goes on. None
    /// is copied where the file system has hard links.
    ///
    /// # Errors
    /// [`FileError`]; the store that was there stays then.
    pub(crate) fn with_chains(&self, manifest: Manifest) -> Result<Self> {
        // The store takes the place of the folder, and not of a link to it.
        let folder =
            fs::canonicalize(&self.folder).map_err(|source| FileError::Read { path: self.folder.clone(), source })?;
        let types: Vec<DataType> = self.arrays.statistics.iter().map(|array| array.metadata().data_type).collect();
        let chains: BTreeSet<usize> = self.manifest.chain_ids.iter().chain(&manifest.chain_ids).copied().collect();
        file::write_folder(
            &folder,
            |_| true,
            |new| {
                let outcome = manifest.outcome.clone();
                let draws = outcome.as_ref().map_or(manifest.draws, |outcome| outcome.draws);
                let mut files = Self::create(new, Manifest { outcome: None, ..manifest }, &types)?;
                for chain in chains {
                    let state = |files: &Self| files.state_folder(chain).join(METADATA_FILE);
                    file::link_tree(&state(self), &state(&files))?;
                    for (from, to) in self.chunk_folders(chain).into_iter().zip(files.chunk_folders(chain)) {
                        file::link_tree(&from, &to)?;
                    }
                }
                files.set_outcome(draws, outcome)
            },
        )?;
        Self::open(&self.folder)
    }

    /// The folders with the draws of a chain, of each array.
    fn chunk_folders(&self, chain: usize) -> Vec<PathBuf> {
        let row = self.manifest.chain_ids.iter().position(|&id| id == chain);
        let sites = self.manifest.sites.iter().map(|site| site.array.as_str()).zip(&self.arrays.sites);
        let statistics = self.manifest.statistics.iter().map(|statistic| statistic.name.as_str());
        let groups = sites.map(|array| (GROUPS[0], array));
        let all = groups.chain(statistics.zip(&self.arrays.statistics).map(|array| (GROUPS[1], array)));
        let aside = self.state_folder(chain);
        all.map(|(group, (name, array))| row.map_or_else(|| aside.join(group).join(name), |row| array.row_folder(row)))
            .collect()
    }

    /// An error if the chains of the arrays have changed since the store was opened.
    ///
    /// # Errors
    /// [`FileError::Read`].
    pub(super) fn check_chains(&self) -> Result<()> {
        let now = GroupMetadata::<Attributes<Manifest>>::read(&self.folder)?.attributes.ppl;
        if now.chain_ids == self.manifest.chain_ids {
            return Ok(());
        }
        Err(damaged(&self.folder, "its run has ended without some of its chains: open it again".to_owned()))
    }

    /// Waits until draws of a chain are on the disk.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub(crate) fn sync(&self, row: usize, draws: Range<usize>) -> Result<()> {
        self.arrays.sites.iter().chain(&self.arrays.statistics).try_for_each(|array| array.sync(row, draws.clone()))
    }

    /// Writes the state of a chain, as often as a chunk, and like it waits for the disk or not.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub(crate) fn write_state(&self, chain: usize, state: &impl Serialize, is_synced: bool) -> Result<()> {
        let group = GroupMetadata::new(Attributes { ppl: state });
        let folder = self.state_folder(chain);
        if !is_synced {
            return group.write_unsynced(&folder);
        }
        group.write(&folder)?;
        file::sync(&folder.join(METADATA_FILE), &self.folder)
    }

    /// Reads the state of a chain; none if it has none yet.
    ///
    /// # Errors
    /// [`FileError::Read`].
    pub(crate) fn read_state<T: DeserializeOwned>(&self, chain: usize) -> Result<Option<T>> {
        match GroupMetadata::<Attributes<T>>::read(&self.state_folder(chain)) {
            Ok(metadata) => Ok(Some(metadata.attributes.ppl)),
            Err(Error::File(FileError::Read { source, .. })) if source.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn state_folder(&self, chain: usize) -> PathBuf {
        self.folder.join(STATES).join(format!("chain_{chain}"))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// An error of files that do not fit together.
pub(crate) fn damaged(folder: &Path, problem: String) -> Error {
    FileError::Read { path: folder.to_owned(), source: io::Error::new(io::ErrorKind::InvalidData, problem) }.into()
}
