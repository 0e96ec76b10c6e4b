//! The attributes of ArviZ's groups.

use std::time::Duration;

use serde_json::{Map, Value, json};

/// The attributes of a run: the library, its settings and its time.
pub(crate) fn attributes(
    engine: &str,
    (warmup_draws, thinning): (u64, usize),
    sampling_time: Option<Duration>,
    sampler_config: Option<&Value>,
) -> Map<String, Value> {
    let mut attributes = of_library();
    if let Some(time) = sampling_time {
        attributes.insert("sampling_time".to_owned(), json!(time.as_secs_f64()));
    }
    attributes.insert("tuning_steps".to_owned(), json!(warmup_draws));
    attributes.insert("thinning".to_owned(), json!(thinning));
    attributes.insert("engine".to_owned(), json!(engine));
    if let Some(config) = sampler_config {
        // As text: netCDF has no attributes that are objects.
        attributes.insert("sampler_config".to_owned(), json!(config.to_string()));
    }
    attributes
}

/// The attributes of a group that no sampler has made.
pub(crate) fn of_library() -> Map<String, Value> {
    let mut attributes = Map::new();
    for name in ["inference_library", "creation_library"] {
        attributes.insert(name.to_owned(), json!("ppl"));
        attributes.insert(format!("{name}_version"), json!(env!("CARGO_PKG_VERSION")));
    }
    attributes.insert("creation_library_language".to_owned(), json!("Rust"));
    attributes
}
