//! The serialised form of results: a version, numbers that need not be finite, JSON files.

pub(crate) mod floats;
mod json;
pub(crate) mod shared;
mod version;

pub(crate) use self::{
    json::{json_files, read_json, write_json},
    version::FormatVersion,
};
