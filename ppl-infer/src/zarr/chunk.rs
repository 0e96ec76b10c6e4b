//! The elements of a chunk as the bytes of its file.

use std::io::{self, Read as _, Write as _};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};

use super::{ArrayMetadata, Codec, DataType};

/// Encodes elements in row-major order by the codecs of the array.
pub(super) fn encode(values: &[f64], array: &ArrayMetadata) -> io::Result<Vec<u8>> {
    let bytes: Vec<u8> = match array.data_type {
        DataType::Float64 => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        DataType::Int64 => values.iter().flat_map(|&value| (value as i64).to_le_bytes()).collect(),
        DataType::Bool => values.iter().map(|&value| u8::from(value != 0.0)).collect(),
        DataType::String => return Err(no_numbers()),
    };
    compress(bytes, array)
}

/// Encodes strings by the codecs of the array.
///
/// # Reference
/// numcodecs, "VLenUTF8", which the Zarr v3 extension codec `vlen-utf8` is.
pub(super) fn encode_strings(values: &[String], array: &ArrayMetadata) -> io::Result<Vec<u8>> {
    let length = |count: usize| {
        let too_long = |_| io::Error::new(io::ErrorKind::InvalidData, "a string of more than 4 GiB");
        u32::try_from(count).map(u32::to_le_bytes).map_err(too_long)
    };
    let mut bytes = length(values.len())?.to_vec();
    for value in values {
        bytes.extend(length(value.len())?);
        bytes.extend(value.as_bytes());
    }
    compress(bytes, array)
}

fn no_numbers() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "its elements are strings, where numbers were expected")
}

fn compress(bytes: Vec<u8>, array: &ArrayMetadata) -> io::Result<Vec<u8>> {
    match gzip_level(array) {
        None => Ok(bytes),
        Some(level) => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
            encoder.write_all(&bytes)?;
            encoder.finish()
        }
    }
}

/// Decodes as many elements as a chunk of the array has.
pub(super) fn decode(file: Vec<u8>, array: &ArrayMetadata) -> io::Result<Vec<f64>> {
    let elements: usize = array.chunk_shape().iter().product();
    let expected = elements * array.data_type.bytes();
    let bytes = match gzip_level(array) {
        None => file,
        Some(_) => {
            let mut bytes = Vec::with_capacity(expected);
            // One byte more shows that there are too many.
            GzDecoder::new(file.as_slice()).take(expected as u64 + 1).read_to_end(&mut bytes)?;
            bytes
        }
    };
    if bytes.len() != expected {
        let problem = format!("a chunk of {elements} elements has {expected} bytes, this one has {}", bytes.len());
        return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
    }
    let words = || bytes.chunks_exact(8).map(|word| <[u8; 8]>::try_from(word).unwrap_or_default());
    Ok(match array.data_type {
        DataType::Float64 => words().map(f64::from_le_bytes).collect(),
        DataType::Int64 => words().map(|word| i64::from_le_bytes(word) as f64).collect(),
        DataType::Bool => bytes.iter().map(|&byte| f64::from(byte)).collect(),
        DataType::String => return Err(no_numbers()),
    })
}

fn gzip_level(array: &ArrayMetadata) -> Option<u32> {
    array.codecs.iter().find_map(|codec| match codec {
        Codec::Gzip { level } => Some(*level),
        Codec::Bytes { .. } | Codec::VlenUtf8 {} => None,
    })
}
