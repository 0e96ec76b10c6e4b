//! The part of the Zarr v3 format that a store of draws needs: groups, and arrays in chunks of a row of the first axis.
//!
//! A store is a folder. Each node, a group or an array, is a folder with a `zarr.json`; the chunk (i, j, k) of an array is
//! its file `c/i/j/k`, and one that is not there has the fill value everywhere. Chunks are whole or not there: a file takes
//! its name when it is complete.
//!
//! # Reference
//! Zarr core specification, version 3.

mod array;
mod chunk;
mod metadata;
mod one_chunk;

pub(crate) use self::{
    array::{ZarrArray, narrowest},
    metadata::{ArrayMetadata, Codec, DataType, GroupMetadata, METADATA_FILE},
    one_chunk::{write_numbers, write_strings},
};
