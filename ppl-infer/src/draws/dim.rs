//! `Dim`: an axis of a site by name.

use ppl::Levels;
use serde::{Deserialize, Serialize};

/// The name of an axis of a site, that of its plate usually, and the names of the plate's members where the model gives
/// them: a dimension of xarray with its coordinate.
///
/// # Example
/// ```
/// use ndarray::ArrayD;
/// use ppl::Levels;
/// use ppl_infer::draws::{Dim, Draws, SiteTable};
///
/// let schools = Levels::new(["Choate", "Deerfield"])?;
/// let mut sites = SiteTable::new(&[1, 100]);
/// sites.insert_with_dims("theta", &[Some(Dim::with_levels("school", schools))], ArrayD::zeros(vec![1, 100, 2]))?;
/// let draws = Draws::new(sites)?;
/// assert_eq!(draws.summary().rows()[1].label, "theta[Deerfield]");
/// assert_eq!(draws.component("theta[Choate]")?.mean(), 0.0);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Record", into = "Record")]
pub struct Dim {
    name: String,
    levels: Option<Levels>,
}

impl Dim {
    /// An axis whose members have no names.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), levels: None }
    }

    /// An axis whose members have these names.
    pub fn with_levels(name: impl Into<String>, levels: Levels) -> Self {
        Self { name: name.into(), levels: Some(levels) }
    }

    /// Name of the axis.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names of its members, if they have some.
    pub fn levels(&self) -> Option<&Levels> {
        self.levels.as_ref()
    }
}

impl From<&str> for Dim {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<String> for Dim {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}

/// On disk an axis without names of members is its name, as in files that were written before there were any.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Record {
    Name(String),
    Levels { name: String, levels: Levels },
}

impl From<Record> for Dim {
    fn from(record: Record) -> Self {
        match record {
            Record::Name(name) => Self::new(name),
            Record::Levels { name, levels } => Self::with_levels(name, levels),
        }
    }
}

impl From<Dim> for Record {
    fn from(Dim { name, levels }: Dim) -> Self {
        match levels {
            None => Self::Name(name),
            Some(levels) => Self::Levels { name, levels },
        }
    }
}

#[cfg(test)]
mod tests {
    use ppl::Levels;

    use super::Dim;

    #[test]
    fn an_axis_without_names_is_a_string() {
        let named = Dim::with_levels("school", Levels::new(["a", "b"]).unwrap());
        let text = serde_json::to_string(&[Some(Dim::new("row")), None, Some(named.clone())]).unwrap();
        assert_eq!(text, r#"["row",null,{"name":"school","levels":["a","b"]}]"#);
        assert_eq!(
            serde_json::from_str::<Vec<Option<Dim>>>(&text).unwrap(),
            [Some(Dim::new("row")), None, Some(named)]
        );
        assert!(serde_json::from_str::<Dim>(r#"{"name":"school","levels":["a","a"]}"#).is_err());
    }
}
