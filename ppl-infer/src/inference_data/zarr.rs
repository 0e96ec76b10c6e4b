//! The groups as a store in the Zarr v3 format.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::attributes::of_library;
use super::{GroupName, InferenceData, NamedGroup, named};
use crate::posterior::StoreOptions;
use crate::posterior::store::StoreFiles;
use crate::zarr::{ArrayMetadata, DataType, GroupMetadata, ZarrArray, write_numbers, write_strings};
use crate::{Result, file};

impl InferenceData {
    /// Writes a store in the Zarr v3 format, a folder of plain files, which `xarray.open_datatree` reads, and with it
    /// ArviZ.
    ///
    /// A store that is there is replaced when the new one is complete; any other folder or file stays, and is an error.
    /// The posterior comes back by [`Posterior::read_zarr`](crate::Posterior::read_zarr), bit for bit.
    ///
    /// # Errors
    /// [`FileError::Write`](crate::error::FileError::Write).
    pub fn write_zarr(&self, path: impl AsRef<Path>) -> Result<()> {
        self.write_zarr_with(path, &StoreOptions::default())
    }

    /// The same with chunks of another size, or compressed.
    ///
    /// # Errors
    /// As [`write_zarr`](Self::write_zarr), and [`InvalidSetting`](crate::error::InvalidSetting).
    pub fn write_zarr_with(&self, path: impl AsRef<Path>, options: &StoreOptions) -> Result<()> {
        options.validate()?;
        let groups = self.written();
        let named = named(&groups);
        file::write_folder(path.as_ref(), StoreFiles::is_store, |folder| {
            let mut nodes = Nodes { folder, metadata: BTreeMap::new() };
            let is_of_store = |name| [GroupName::Posterior, GroupName::SampleStats].contains(&name);
            for group in named.iter().filter(|group| !is_of_store(group.name)) {
                nodes.write(group, options)?;
            }
            match &self.posterior {
                Some(posterior) => {
                    let axes = named.iter().find(|group| group.name == GroupName::Posterior);
                    let axes = axes.iter().flat_map(|group| group.variables.iter().map(|own| own.axes[2..].to_vec()));
                    posterior.write_store(folder, options, axes.collect())?.write_groups_with(nodes.metadata)
                }
                None => {
                    let mut attributes = of_library();
                    attributes.insert("ppl".to_owned(), Value::Null);
                    GroupMetadata::new(attributes).consolidating(nodes.metadata).write(folder)
                }
            }
        })
    }
}

/// The nodes of a store that were written, by their paths.
struct Nodes<'a> {
    folder: &'a Path,
    metadata: BTreeMap<String, Value>,
}

impl Nodes<'_> {
    fn write(&mut self, group: &NamedGroup<'_>, options: &StoreOptions) -> Result<()> {
        let name = group.name.as_str();
        let metadata: GroupMetadata<Map<String, Value>> = GroupMetadata::new(of_library());
        metadata.write(&self.folder.join(name))?;
        self.note(name.to_owned(), json!(metadata));
        for variable in &group.variables {
            let axes: Vec<&str> = variable.axes.iter().map(String::as_str).collect();
            let values = variable.variable.values.as_standard_layout();
            let (shape, elements) = (values.shape(), values.as_slice().unwrap_or_default());
            let folder = self.folder.join(name).join(&variable.name);
            let metadata = match group.draws {
                None => write_numbers(&folder, (shape, &axes), (variable.variable.data_type, elements), options.gzip)?,
                Some((chains, draws)) => {
                    let block = options.block_of(*draws, shape[2..].iter().product());
                    let chunk: Vec<usize> = [1, block].into_iter().chain(shape[2..].iter().copied()).collect();
                    let metadata = ArrayMetadata::new(shape, &chunk, variable.variable.data_type, &axes, options.gzip);
                    let array = ZarrArray::create(folder, metadata)?;
                    array.write_rows(chains.len(), elements)?;
                    array.metadata().clone()
                }
            };
            self.array(name, &variable.name, &metadata);
        }
        if let Some((chains, draws)) = group.draws {
            let chains: Vec<f64> = chains.iter().map(|&chain| chain as f64).collect();
            let draws: Vec<f64> = (0..*draws).map(|draw| draw as f64).collect();
            for (axis, values) in [("chain", chains), ("draw", draws)] {
                let folder = self.folder.join(name).join(axis);
                let metadata = write_numbers(&folder, (&[values.len()], &[axis]), (DataType::Int64, &values), None)?;
                self.array(name, axis, &metadata);
            }
        }
        for (axis, levels) in group.coordinates() {
            let metadata = write_strings(&self.folder.join(name).join(axis), axis, levels, options.gzip)?;
            self.array(name, axis, &metadata);
        }
        Ok(())
    }

    fn array(&mut self, group: &str, name: &str, metadata: &ArrayMetadata) {
        self.note(format!("{group}/{name}"), json!(metadata));
    }

    fn note(&mut self, path: String, metadata: Value) {
        self.metadata.insert(path, metadata);
    }
}
