//! The groups as JSON.

use std::io;
use std::path::Path;

use ndarray::{ArrayViewD, Axis};
use serde::ser::{Error as _, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::{ExportError, GroupName, InferenceData, NamedGroup, Variable, named};
use crate::posterior::Posterior;
use crate::zarr::DataType;
use crate::{Error, Result, file};

impl InferenceData {
    /// Writes one file of JSON, which `arviz.from_json` of ArviZ 0.x reads. It is complete or, if it cannot be written,
    /// the old one.
    ///
    /// A number that is not finite is written as `null`.
    ///
    /// # Errors
    /// [`FileError::Write`](crate::error::FileError::Write); [`ExportError::DifferentAxes`].
    pub fn write_json(&self, path: impl AsRef<Path>) -> Result<()> {
        let groups = self.written();
        let named = named(&groups);
        one_list_of_axes(&named)?;
        file::write(path.as_ref(), |file| {
            serde_json::to_writer(file, &Json { data: self, groups: &named }).map_err(io::Error::from)
        })
    }
}

/// What `arviz.from_json` reads: the groups, variables as nested lists; the axes' names and their members, and
/// attributes.
///
/// # Errors
/// [`ExportError::DifferentAxes`].
impl Serialize for InferenceData {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let groups = self.written();
        let named = named(&groups);
        one_list_of_axes(&named).map_err(S::Error::custom)?;
        Json { data: self, groups: &named }.serialize(serializer)
    }
}

impl Posterior {
    /// The draws and their statistics in ArviZ's groups; [`InferenceData`] has more of them.
    pub fn to_inference_data(&self) -> InferenceData {
        InferenceData::new().posterior(self)
    }
}

/// That a variable has the same axes in all groups: JSON has them once.
fn one_list_of_axes(groups: &[NamedGroup<'_>]) -> Result<()> {
    let mut known: Vec<(&str, &[String])> = Vec::new();
    for group in groups {
        for variable in &group.variables {
            let own = own_axes(group, &variable.axes);
            match known.iter().find(|(name, _)| *name == variable.name) {
                None => known.push((&variable.name, own)),
                Some((_, first)) if *first == own => {}
                Some((_, first)) => {
                    let (variable, group) = (variable.name.clone(), group.name.as_str());
                    let (first, other) = (first.to_vec(), own.to_vec());
                    return Err(Error::from(ExportError::DifferentAxes { variable, group, first, other }));
                }
            }
        }
    }
    Ok(())
}

/// The axes without chain and draw.
fn own_axes<'a>(group: &NamedGroup<'_>, axes: &'a [String]) -> &'a [String] {
    &axes[if group.draws.is_some() { 2 } else { 0 }..]
}

struct Json<'a> {
    data: &'a InferenceData,
    groups: &'a [NamedGroup<'a>],
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        let (mut dims, mut coordinates) = (Map::new(), Map::new());
        for group in self.groups {
            map.serialize_entry(group.name.as_str(), &Variables(group))?;
            for variable in group.variables.iter() {
                let own = own_axes(group, &variable.axes);
                if !own.is_empty() {
                    dims.insert(variable.name.clone(), Value::from(own.to_vec()));
                }
            }
            for (axis, levels) in group.coordinates() {
                coordinates.insert(axis.to_owned(), Value::from(levels.to_vec()));
            }
        }
        map.serialize_entry("dims", &dims)?;
        map.serialize_entry("coords", &coordinates)?;
        if let Some(posterior) = &self.data.posterior {
            for group in [GroupName::Posterior, GroupName::SampleStats] {
                map.serialize_entry(&format!("{}_attrs", group.as_str()), &posterior.attributes())?;
            }
        }
        map.end()
    }
}

struct Variables<'a>(&'a NamedGroup<'a>);

impl Serialize for Variables<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.variables.iter().map(|named| (&named.name, Values(named.variable))))
    }
}

/// The values of a variable, in their type.
struct Values<'a>(&'a Variable);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let values = self.0.values.view();
        match self.0.data_type {
            DataType::Int64 => Nested(values.mapv(|value| value as i64).view()).serialize(serializer),
            DataType::Bool => Nested(values.mapv(|value| value != 0.0).view()).serialize(serializer),
            DataType::Float64 | DataType::String => Nested(values).serialize(serializer),
        }
    }
}

/// An array as nested sequences.
struct Nested<'a, T>(ArrayViewD<'a, T>);

impl<T: Serialize + Copy> Serialize for Nested<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.ndim() == 0 {
            return self.0[[]].serialize(serializer);
        }
        let mut sequence = serializer.serialize_seq(Some(self.0.len_of(Axis(0))))?;
        for element in self.0.axis_iter(Axis(0)) {
            sequence.serialize_element(&Nested(element))?;
        }
        sequence.end()
    }
}
