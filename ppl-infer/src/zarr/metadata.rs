//! `zarr.json`: the metadata of groups and arrays.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use crate::error::FileError;
use crate::format::{read_json, write_json};
use crate::{Result, file};

/// The name of the file.
pub(crate) const METADATA_FILE: &str = "zarr.json";

/// The type of the elements of an array. In memory each is a number, but for a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DataType {
    Float64,
    Int64,
    Bool,
    String,
}

impl DataType {
    /// The number of bytes of an element; 0 where it varies.
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Float64 | Self::Int64 => 8,
            Self::Bool => 1,
            Self::String => 0,
        }
    }

    fn fill_value(self) -> Value {
        match self {
            Self::Float64 => json!("NaN"),
            Self::Int64 => json!(0),
            Self::Bool => json!(false),
            Self::String => json!(""),
        }
    }

    /// The value of the elements of a chunk that is not there.
    pub(crate) fn fill(self) -> f64 {
        match self {
            Self::Float64 => f64::NAN,
            Self::Int64 | Self::Bool | Self::String => 0.0,
        }
    }
}

/// A step of the encoding of a chunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", content = "configuration", rename_all = "lowercase")]
pub(crate) enum Codec {
    /// The elements in row-major order, little-endian.
    Bytes {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        endian: Option<Endian>,
    },
    /// The strings one after the other, each after its length in bytes as UTF-8; their number comes first.
    #[serde(rename = "vlen-utf8")]
    VlenUtf8 {},
    Gzip {
        level: u32,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Endian {
    Little,
}

/// The metadata of an array.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ArrayMetadata {
    zarr_format: u8,
    node_type: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) data_type: DataType,
    chunk_grid: Named<ChunkGrid>,
    chunk_key_encoding: Named<ChunkKeys>,
    fill_value: Value,
    pub(crate) codecs: Vec<Codec>,
    #[serde(default)]
    pub(crate) attributes: Map<String, Value>,
    pub(crate) dimension_names: Vec<Option<String>>,
    #[serde(default)]
    storage_transformers: Vec<Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Named<T> {
    name: String,
    configuration: T,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ChunkGrid {
    chunk_shape: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ChunkKeys {
    separator: String,
}

impl ArrayMetadata {
    /// An array without attributes; `gzip` is the level of compression, if any.
    ///
    /// An axis of length zero has chunks of length one, of which there are none.
    pub(crate) fn new(
        shape: &[usize],
        chunk_shape: &[usize],
        data_type: DataType,
        dimension_names: &[&str],
        gzip: Option<u32>,
    ) -> Self {
        let endian = (data_type.bytes() > 1).then_some(Endian::Little);
        let of_elements = if data_type == DataType::String { Codec::VlenUtf8 {} } else { Codec::Bytes { endian } };
        let mut codecs = vec![of_elements];
        codecs.extend(gzip.map(|level| Codec::Gzip { level }));
        Self {
            zarr_format: 3,
            node_type: "array".to_owned(),
            shape: shape.to_vec(),
            data_type,
            chunk_grid: Named {
                name: "regular".to_owned(),
                configuration: ChunkGrid { chunk_shape: chunk_shape.iter().map(|&length| length.max(1)).collect() },
            },
            chunk_key_encoding: Named {
                name: "default".to_owned(),
                configuration: ChunkKeys { separator: "/".to_owned() },
            },
            fill_value: data_type.fill_value(),
            codecs,
            attributes: Map::new(),
            dimension_names: dimension_names.iter().map(|&name| Some(name.to_owned())).collect(),
            storage_transformers: Vec::new(),
        }
    }

    pub(crate) fn chunk_shape(&self) -> &[usize] {
        &self.chunk_grid.configuration.chunk_shape
    }

    /// Reads the metadata of the array in this folder.
    ///
    /// # Errors
    /// [`FileError::Read`], also for what another program may write and this one does not.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(METADATA_FILE);
        let metadata: Self = read_json(&path)?;
        let problem = if metadata.zarr_format != 3 || metadata.node_type != "array" {
            "it is no array of Zarr v3"
        } else if metadata.chunk_grid.name != "regular" || metadata.chunk_shape().len() != metadata.shape.len() {
            "its chunks are not regular"
        } else if metadata.chunk_shape().contains(&0) {
            "a chunk has no elements"
        } else if metadata.chunk_key_encoding.name != "default"
            || metadata.chunk_key_encoding.configuration.separator != "/"
        {
            "its chunks are not in the files `c/…/…`"
        } else if !matches!(
            metadata.codecs.as_slice(),
            [Codec::Bytes { .. } | Codec::VlenUtf8 {}] | [Codec::Bytes { .. } | Codec::VlenUtf8 {}, Codec::Gzip { .. }]
        ) {
            "its codecs are others than `bytes` or `vlen-utf8`, and perhaps `gzip`"
        } else {
            return Ok(metadata);
        };
        Err(FileError::Read { path, source: io::Error::new(io::ErrorKind::InvalidData, problem) }.into())
    }

    /// Writes the metadata into this folder.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        write_json(&folder.join(METADATA_FILE), self)
    }
}

/// The metadata of a group, with attributes of some type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct GroupMetadata<A> {
    zarr_format: u8,
    node_type: String,
    pub(crate) attributes: A,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    consolidated_metadata: Option<Consolidated>,
}

/// The metadata of the nodes of a store in that of its root: a reader then opens one file only, and lists no folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Consolidated {
    kind: String,
    must_understand: bool,
    metadata: BTreeMap<String, Value>,
}

impl<A> GroupMetadata<A> {
    pub(crate) fn new(attributes: A) -> Self {
        Self { zarr_format: 3, node_type: "group".to_owned(), attributes, consolidated_metadata: None }
    }

    /// The same with the metadata of the nodes below, by their paths.
    pub(crate) fn consolidating(self, metadata: BTreeMap<String, Value>) -> Self {
        let kind = "inline".to_owned();
        Self { consolidated_metadata: Some(Consolidated { kind, must_understand: false, metadata }), ..self }
    }

    /// Reads the metadata of the group in this folder.
    ///
    /// # Errors
    /// [`FileError::Read`].
    pub(crate) fn read(folder: &Path) -> Result<Self>
    where
        A: DeserializeOwned,
    {
        let path = folder.join(METADATA_FILE);
        let metadata: Self = read_json(&path)?;
        if metadata.zarr_format == 3 && metadata.node_type == "group" {
            return Ok(metadata);
        }
        let source = io::Error::new(io::ErrorKind::InvalidData, "it is no group of Zarr v3");
        Err(FileError::Read { path, source }.into())
    }

    /// The same without waiting for the disk.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub(crate) fn write_unsynced(&self, folder: &Path) -> Result<()>
    where
        A: Serialize,
    {
        let path = folder.join(METADATA_FILE);
        match serde_json::to_vec(self) {
            Ok(text) => file::write_unsynced(&path, &text),
            Err(error) => Err(FileError::Write { path, source: error.into() }.into()),
        }
    }

    /// Writes the metadata into this folder.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub(crate) fn write(&self, folder: &Path) -> Result<()>
    where
        A: Serialize,
    {
        write_json(&folder.join(METADATA_FILE), self)
    }
}
