//! Arrays of one chunk: coordinates and data.

use std::path::{Path, PathBuf};

use super::chunk::{encode, encode_strings};
use super::{ArrayMetadata, DataType};
use crate::error::FileError;
use crate::{Result, file};

/// The file of the only chunk of an array of this rank.
fn chunk_path(folder: &Path, rank: usize) -> PathBuf {
    let mut path = folder.join("c");
    path.extend(std::iter::repeat_n("0", rank));
    path
}

/// Writes numbers in row-major order, with a name for each axis.
///
/// # Errors
/// [`FileError::Write`].
pub(crate) fn write_numbers(
    folder: &Path,
    (shape, axes): (&[usize], &[&str]),
    (data_type, values): (DataType, &[f64]),
    gzip: Option<u32>,
) -> Result<ArrayMetadata> {
    let metadata = ArrayMetadata::new(shape, shape, data_type, axes, gzip);
    metadata.write(folder)?;
    write_chunk(folder, shape, encode(values, &metadata))?;
    Ok(metadata)
}

/// Writes strings along one axis.
///
/// # Errors
/// [`FileError::Write`].
pub(crate) fn write_strings(folder: &Path, axis: &str, values: &[String], gzip: Option<u32>) -> Result<ArrayMetadata> {
    let shape = [values.len()];
    let metadata = ArrayMetadata::new(&shape, &shape, DataType::String, &[axis], gzip);
    metadata.write(folder)?;
    write_chunk(folder, &shape, encode_strings(values, &metadata))?;
    Ok(metadata)
}

fn write_chunk(folder: &Path, shape: &[usize], bytes: std::io::Result<Vec<u8>>) -> Result<()> {
    // An array without elements has no chunk.
    if shape.contains(&0) {
        return Ok(());
    }
    let path = chunk_path(folder, shape.len());
    let bytes = bytes.map_err(|source| FileError::Write { path: path.clone(), source })?;
    file::write_unsynced(&path, &bytes)?;
    file::sync(&path, folder)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read as _;

    use super::*;

    fn folder(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("ppl-zarr-one-chunk-{name}-{}", std::process::id()))
    }

    #[test]
    fn strings_are_counted_and_each_has_its_length() {
        let folder = folder("strings");
        let names = ["Choate".to_owned(), String::new(), "Ä".to_owned()];
        let expected = [&[3, 0, 0, 0, 6, 0, 0, 0][..], b"Choate", &[0, 0, 0, 0, 2, 0, 0, 0, 0xc3, 0x84]].concat();
        let metadata = write_strings(&folder, "school", &names, None).unwrap();
        assert_eq!(fs::read(folder.join("c/0")).unwrap(), expected);
        assert_eq!(
            serde_json::to_value(&metadata).unwrap(),
            serde_json::json!({
                "zarr_format": 3, "node_type": "array", "shape": [3], "data_type": "string",
                "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [3]}},
                "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
                "fill_value": "", "codecs": [{"name": "vlen-utf8", "configuration": {}}],
                "attributes": {}, "dimension_names": ["school"], "storage_transformers": [],
            })
        );
        write_strings(&folder, "school", &names, Some(3)).unwrap();
        let mut unpacked = Vec::new();
        let packed = fs::read(folder.join("c/0")).unwrap();
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, expected);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn numbers_of_any_rank() {
        let folder = folder("numbers");
        let scalar = folder.join("scalar");
        write_numbers(&scalar, (&[], &[]), (DataType::Float64, &[2.5]), None).unwrap();
        assert_eq!(fs::read(scalar.join("c")).unwrap(), 2.5_f64.to_le_bytes());
        let matrix = folder.join("matrix");
        write_numbers(&matrix, (&[2, 2], &["a", "b"]), (DataType::Int64, &[1.0, 2.0, 3.0, 4.0]), None).unwrap();
        assert_eq!(fs::read(matrix.join("c/0/0")).unwrap()[8..16], 2_i64.to_le_bytes());
        let none = folder.join("none");
        write_numbers(&none, (&[0], &["a"]), (DataType::Float64, &[]), None).unwrap();
        assert!(none.join("zarr.json").is_file() && !none.join("c").exists());
        fs::remove_dir_all(folder).unwrap();
    }
}
