//! Version of the serialised form of results.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Version that this crate writes, and the only one that it reads.
const VERSION: u32 = 2;

/// The version number that precedes a serialised result. Reading any other version is an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FormatVersion;

impl Serialize for FormatVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        VERSION.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for FormatVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let version = u32::deserialize(deserializer)?;
        if version == VERSION {
            Ok(Self)
        } else {
            Err(de::Error::custom(format_args!("format version {version} is not supported, only {VERSION}")))
        }
    }
}
