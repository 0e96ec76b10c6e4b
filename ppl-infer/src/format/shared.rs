//! Serialisation of JSON values that several results share: `#[serde(with = "shared")]`.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serializer};
use serde_json::Value;

/// Writes the values.
pub(crate) fn serialize<S: Serializer>(values: &[Arc<Value>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(Arc::as_ref))
}

/// Reads what [`serialize`] wrote.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Arc<Value>>, D::Error> {
    Ok(Vec::<Value>::deserialize(deserializer)?.into_iter().map(Arc::new).collect())
}
