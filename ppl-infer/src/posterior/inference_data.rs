//! Posterior in the shape of ArviZ's `InferenceData`.

use std::{collections::BTreeMap, io, path::Path};

use ndarray::{ArrayView2, ArrayViewD, Axis};
use serde::{Serialize, Serializer, ser::SerializeSeq};

use super::Posterior;
use crate::{Result, draws::SiteValues, file, statistics::ColumnKind};

/// A posterior in the shape that ArviZ reads.
///
/// Written as JSON it is what `arviz.from_json` takes: the groups `posterior` and `sample_stats` (variables of chain ×
/// draw × shape as nested lists), the dimensions' names and the attributes. A number that is not finite is written as
/// serde_json does, `null`.
///
/// # Reference
/// ArviZ, "InferenceData schema specification".
#[derive(Clone, Debug, Serialize)]
pub struct InferenceData<'a> {
    posterior: BTreeMap<&'a str, Nested<'a>>,
    sample_stats: BTreeMap<&'a str, Statistic<'a>>,
    dims: BTreeMap<&'a str, Vec<String>>,
    posterior_attrs: Attributes,
    sample_stats_attrs: Attributes,
}

impl Posterior {
    /// The draws and their statistics in the shape of ArviZ's `InferenceData`.
    ///
    /// An axis without a name is called `{site}_dim_{axis}`, as in ArviZ. A plate with the name of a variable, or of
    /// the axes `chain` and `draw`, gets the suffix `_dim`: the schema forbids equal names.
    pub fn to_inference_data(&self) -> InferenceData<'_> {
        let attributes = Attributes {
            inference_library: "ppl",
            inference_library_version: env!("CARGO_PKG_VERSION"),
            sampling_time: self.sampling_time().as_secs_f64(),
            tuning_steps: self.warmup_draws(),
            engine: self.engine().to_owned(),
        };
        InferenceData {
            posterior: self.draws().sites().iter().map(|site| (site.name(), Nested(site.values()))).collect(),
            sample_stats: self
                .sample_stats()
                .iter()
                .map(|(name, kind, values)| (name, Statistic { kind, values }))
                .collect(),
            dims: self
                .draws()
                .sites()
                .iter()
                .filter(|site| !site.shape().is_empty())
                .map(|site| (site.name(), self.dim_names(site)))
                .collect(),
            posterior_attrs: attributes.clone(),
            sample_stats_attrs: attributes,
        }
    }

    /// Writes [`to_inference_data`](Self::to_inference_data) as a JSON file, which `arviz.from_json` reads. It is
    /// complete or, if it cannot be written, the old one.
    ///
    /// # Errors
    /// [`FileError::Write`](crate::error::FileError::Write).
    pub fn write_inference_data(&self, path: impl AsRef<Path>) -> Result<()> {
        file::write(path.as_ref(), |file| {
            serde_json::to_writer(file, &self.to_inference_data()).map_err(io::Error::from)
        })
    }

    /// A name for each of the site's axes.
    fn dim_names(&self, site: &SiteValues) -> Vec<String> {
        let taken =
            |name: &str| ["chain", "draw"].contains(&name) || self.draws().sites().names().any(|site| site == name);
        let name = |(axis, dim): (usize, &Option<String>)| match dim {
            Some(name) if taken(name) => format!("{name}_dim"),
            Some(name) => name.clone(),
            None => format!("{}_dim_{axis}", site.name()),
        };
        site.dims().iter().enumerate().map(name).collect()
    }
}

/// Attributes of a group.
#[derive(Clone, Debug, Serialize)]
struct Attributes {
    inference_library: &'static str,
    inference_library_version: &'static str,
    sampling_time: f64,
    tuning_steps: u64,
    engine: String,
}

/// A sample statistic, written in its type.
#[derive(Clone, Debug)]
struct Statistic<'a> {
    kind: ColumnKind,
    values: ArrayView2<'a, f64>,
}

impl Serialize for Statistic<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.kind {
            ColumnKind::Real => Nested(self.values.into_dyn()).serialize(serializer),
            ColumnKind::Count => Nested(self.values.mapv(|value| value as u64).view().into_dyn()).serialize(serializer),
            ColumnKind::Flag => Nested(self.values.mapv(|value| value != 0.0).view().into_dyn()).serialize(serializer),
        }
    }
}

/// An array as nested sequences.
#[derive(Clone, Debug)]
struct Nested<'a, T = f64>(ArrayViewD<'a, T>);

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

#[cfg(test)]
mod tests {
    use ndarray::ArrayD;

    use crate::posterior::{
        Posterior, PosteriorParts,
        tests::{parts, posterior},
    };

    #[test]
    fn groups_variables_and_dimensions() {
        let posterior = posterior();
        let json = serde_json::to_value(posterior.to_inference_data()).unwrap();
        assert_eq!(
            json["posterior"]["L"][3][249][1][0].as_f64(),
            Some(posterior.get_array("L").unwrap().values()[[3, 249, 1, 0]])
        );
        assert_eq!(json["posterior"]["mu"][0].as_array().unwrap().len(), 250);
        assert_eq!(json["dims"], serde_json::json!({"theta": ["school"], "L": ["L_dim_0", "L_dim_1"]}));
        assert_eq!(json["sample_stats"]["diverging"][0][0], serde_json::json!(false));
        assert_eq!(json["sample_stats"]["tree_depth"][0][0], serde_json::json!(3));
        assert_eq!(json["posterior_attrs"]["inference_library"], "ppl");
        let statistics: Vec<&String> = json["sample_stats"].as_object().unwrap().keys().collect();
        let expected = [
            "acceptance_rate",
            "diverging",
            "energy",
            "energy_error",
            "lp",
            "max_energy_error",
            "n_steps",
            "reached_max_treedepth",
            "step_size",
            "tree_depth",
        ];
        assert_eq!(statistics, expected);
    }

    #[test]
    fn the_file_is_the_value() {
        let path = std::env::temp_dir().join(format!("ppl-inference-data-{}.json", std::process::id()));
        posterior().write_inference_data(&path).unwrap();
        let read: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(read, serde_json::to_value(posterior().to_inference_data()).unwrap());
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_plate_named_like_a_variable_is_renamed() {
        let mut parts: PosteriorParts = parts();
        parts.sites.insert_with_dims("x", &[Some("mu"), Some("draw")], ArrayD::zeros(vec![4, 250, 1, 2])).unwrap();
        let json = serde_json::to_value(Posterior::new(parts).unwrap().to_inference_data()).unwrap();
        assert_eq!(json["dims"]["x"], serde_json::json!(["mu_dim", "draw_dim"]));
    }
}
