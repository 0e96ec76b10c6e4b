//! `ZarrArray`: an array in a folder, written and read by rows of its first axis.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::chunk::{decode, encode};
use super::{ArrayMetadata, DataType};
use crate::error::FileError;
use crate::{Result, file};

/// An array whose chunks hold a part of one row of the first axis: a block of the second axis, whole in all others.
///
/// Arrays of one axis have one chunk, the row.
#[derive(Clone, Debug)]
pub(crate) struct ZarrArray {
    folder: PathBuf,
    metadata: ArrayMetadata,
}

impl ZarrArray {
    /// Makes the folder and writes the metadata.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub(crate) fn create(folder: PathBuf, metadata: ArrayMetadata) -> Result<Self> {
        metadata.write(&folder)?;
        Ok(Self { folder, metadata })
    }

    /// Opens the array in this folder.
    ///
    /// # Errors
    /// [`FileError::Read`].
    pub(crate) fn open(folder: PathBuf) -> Result<Self> {
        let metadata = ArrayMetadata::read(&folder)?;
        Ok(Self { folder, metadata })
    }

    pub(crate) fn metadata(&self) -> &ArrayMetadata {
        &self.metadata
    }

    /// Changes the lengths of the axes. Chunks beyond the end stay where they are, and no reader looks at them.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub(crate) fn reshape(&mut self, shape: &[usize]) -> Result<()> {
        self.metadata.shape = shape.to_vec();
        self.metadata.write(&self.folder)
    }

    /// The length of a block: of the second axis, or of the first of one axis.
    fn block(&self) -> usize {
        let chunk = self.metadata.chunk_shape();
        if chunk.len() == 1 { chunk[0] } else { chunk[1] }
    }

    /// The number of elements at an index of the first two axes.
    fn width(&self) -> usize {
        self.metadata.shape.iter().skip(2).product()
    }

    /// The folder of the chunks of a row, where there are several axes.
    pub(crate) fn row_folder(&self, row: usize) -> PathBuf {
        self.folder.join("c").join(row.to_string())
    }

    fn path(&self, row: usize, block: usize) -> PathBuf {
        let axes = self.metadata.shape.len();
        let mut path = if axes > 1 { self.row_folder(row) } else { self.folder.join("c") };
        path.push(block.to_string());
        path.extend(std::iter::repeat_n("0", axes.saturating_sub(2)));
        path
    }

    /// Writes values from index `first` of the second axis on, in as many chunks as that takes.
    ///
    /// What stands in the first chunk before them is kept; after the last of them the chunk is filled up.
    ///
    /// # Errors
    /// [`FileError::Write`]; [`FileError::Read`] for the first chunk.
    pub(crate) fn write(&self, row: usize, first: usize, values: &[f64]) -> Result<()> {
        let (length, width) = (self.block(), self.width());
        if width == 0 {
            return Ok(());
        }
        let mut rest = values;
        let mut at = first;
        while !rest.is_empty() {
            let (block, offset) = (at / length, at % length);
            let (own, others) = rest.split_at(((length - offset) * width).min(rest.len()));
            let path = self.path(row, block);
            if own.len() == length * width {
                self.write_chunk(&path, own)?;
            } else {
                let mut chunk = vec![self.metadata.data_type.fill(); length * width];
                if offset > 0
                    && let Some(old) = self.read_chunk(&path)?
                {
                    chunk[..offset * width].copy_from_slice(&old[..offset * width]);
                }
                chunk[offset * width..][..own.len()].copy_from_slice(own);
                self.write_chunk(&path, &chunk)?;
                if offset > 0 {
                    // It takes the place of one that may have been on the disk.
                    file::sync(&path, &self.folder)?;
                }
            }
            at += own.len() / width;
            rest = others;
        }
        Ok(())
    }

    /// Writes all values of so many rows, which stand one after the other, to the disk.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub(crate) fn write_rows(&self, rows: usize, values: &[f64]) -> Result<()> {
        let row = values.len() / rows;
        (0..rows).try_for_each(|index| self.write(index, 0, &values[index * row..][..row]))?;
        (0..rows).try_for_each(|index| self.sync(index, 0..self.metadata.shape[1]))
    }

    /// Waits until these elements of a row, which were written, are on the disk.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub(crate) fn sync(&self, row: usize, elements: Range<usize>) -> Result<()> {
        let length = self.block();
        let blocks = if self.width() == 0 { 0..0 } else { elements.start / length..elements.end.div_ceil(length) };
        blocks.into_iter().try_for_each(|block| file::sync(&self.path(row, block), &self.folder))
    }

    fn write_chunk(&self, path: &Path, values: &[f64]) -> Result<()> {
        let failed = |source| FileError::Write { path: path.to_owned(), source };
        let bytes = encode(values, &self.metadata).map_err(failed)?;
        file::write_unsynced(path, &bytes)
    }

    /// The elements of a chunk; none if it is not there.
    fn read_chunk(&self, path: &Path) -> Result<Option<Vec<f64>>> {
        let values = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            outcome => outcome.and_then(|bytes| decode(bytes, &self.metadata)),
        };
        values.map(Some).map_err(|source| FileError::Read { path: path.to_owned(), source }.into())
    }

    /// Appends the first `count` elements along the second axis of a row, which were written.
    ///
    /// # Errors
    /// [`FileError::Read`], also if a chunk of an array of floating-point numbers is not there: other programs leave out chunks of
    /// zeros, and none leaves out draws.
    pub(crate) fn read_into(&self, row: usize, count: usize, values: &mut Vec<f64>) -> Result<()> {
        let (length, width) = (self.block(), self.width());
        for block in 0..if width == 0 { 0 } else { count.div_ceil(length) } {
            let own = length.min(count - block * length) * width;
            let path = self.path(row, block);
            match self.read_chunk(&path)? {
                Some(chunk) => values.extend_from_slice(&chunk[..own]),
                None if self.metadata.data_type == DataType::Float64 => {
                    return Err(FileError::Read { path, source: io::ErrorKind::NotFound.into() }.into());
                }
                None => values.resize(values.len() + own, self.metadata.data_type.fill()),
            }
        }
        Ok(())
    }
}

/// The type that holds all these values exactly: an integer or a flag if they all are.
pub(crate) fn narrowest(values: impl IntoIterator<Item = f64>, wanted: DataType) -> DataType {
    /// 2⁵³, below which every whole number is a double of its own.
    const LARGEST: f64 = 9_007_199_254_740_992.0;
    let fits = |value: f64| match wanted {
        DataType::Float64 => true,
        DataType::Int64 => value.fract() == 0.0 && value.abs() < LARGEST && !(value == 0.0 && value.is_sign_negative()),
        DataType::String => false,
        DataType::Bool => value.to_bits() == 0.0_f64.to_bits() || value.to_bits() == 1.0_f64.to_bits(),
    };
    if values.into_iter().all(fits) { wanted } else { DataType::Float64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("ppl-zarr-{name}-{}", std::process::id()))
    }

    #[test]
    fn chunks_are_little_endian_files_and_missing_ones_are_zeros_or_an_error() {
        let folder = folder("array");
        for gzip in [None, Some(1)] {
            let metadata = ArrayMetadata::new(&[2, 5, 2], &[1, 2, 2], DataType::Float64, &["chain", "draw", "x"], gzip);
            let array = ZarrArray::create(folder.clone(), metadata).unwrap();
            array.write(1, 0, &[1.0, f64::NEG_INFINITY, -0.0, 4.0, 5.0, 6.0]).unwrap();
            let bytes = fs::read(folder.join("c/1/0/0")).unwrap();
            if gzip.is_none() {
                assert_eq!((bytes.len(), &bytes[..8]), (32, &1.0_f64.to_le_bytes()[..]));
                assert_eq!(bytes[16..24], (-0.0_f64).to_le_bytes());
            } else {
                assert_eq!(bytes[..2], [0x1f, 0x8b]);
            }
            // The next draws complete the last chunk.
            array.write(1, 3, &[7.0, 8.0, 9.0, 10.0]).unwrap();
            let mut row = Vec::new();
            ZarrArray::open(folder.clone()).unwrap().read_into(1, 5, &mut row).unwrap();
            assert_eq!(row, [1.0, f64::NEG_INFINITY, -0.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]);
            array.sync(1, 0..5).unwrap();
            // None of draws may be missing.
            let error = array.read_into(0, 3, &mut Vec::new()).unwrap_err().to_string();
            assert!(error.starts_with(&format!("cannot read `{}`", folder.join("c/0/0/0").display())), "{error}");
            assert!(array.sync(0, 0..3).is_err());
            let metadata = ArrayMetadata::new(&[2, 5], &[1, 2], DataType::Bool, &["chain", "draw"], gzip);
            let array = ZarrArray::create(folder.join("flag"), metadata).unwrap();
            let mut row = Vec::new();
            array.read_into(0, 3, &mut row).unwrap();
            assert_eq!(row, [0.0; 3]);
            fs::remove_dir_all(&folder).unwrap();
        }
    }

    #[test]
    fn damage_is_an_error() {
        let folder = folder("damage");
        let metadata = ArrayMetadata::new(&[1, 4], &[1, 4], DataType::Int64, &["chain", "draw"], None);
        let array = ZarrArray::create(folder.clone(), metadata).unwrap();
        array.write(0, 0, &[1.0, 2.0, 3.0, 4.0]).unwrap();
        fs::write(folder.join("c/0/0"), [0; 31]).unwrap();
        let error = array.read_into(0, 4, &mut Vec::new()).unwrap_err().to_string();
        assert!(error.ends_with("a chunk of 4 elements has 32 bytes, this one has 31"), "{error}");
        let text = fs::read_to_string(folder.join("zarr.json")).unwrap();
        for (from, to, problem) in [
            ("\"bytes\"", "\"zstd\"", "unknown variant `zstd`"),
            ("\"regular\"", "\"odd\"", "its chunks are not regular"),
            ("\"array\"", "\"group\"", "it is no array of Zarr v3"),
        ] {
            fs::write(folder.join("zarr.json"), text.replace(from, to)).unwrap();
            let error = ZarrArray::open(folder.clone()).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_type_is_narrow_only_if_it_holds_every_value() {
        for (values, wanted, expected) in [
            (vec![0.0, 1.0], DataType::Bool, DataType::Bool),
            (vec![0.0, 2.0], DataType::Bool, DataType::Float64),
            (vec![0.0, 3.0], DataType::Int64, DataType::Int64),
            (vec![-0.0], DataType::Int64, DataType::Float64),
            (vec![0.5], DataType::Int64, DataType::Float64),
            (vec![f64::NAN], DataType::Int64, DataType::Float64),
            (vec![1e300], DataType::Int64, DataType::Float64),
        ] {
            assert_eq!(narrowest(values.iter().copied(), wanted), expected, "{values:?}");
        }
    }
}
