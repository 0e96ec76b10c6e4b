//! `Levels`: the names of a plate's members.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The names of a plate's members in their order, each different: the levels of a factor in R, the categories of
/// pandas, a coordinate of xarray.
///
/// A plate takes them in place of its size. They go with its draws: into summaries, labels of components, plots and
/// files. A clone shares the names.
///
/// # Example
/// ```
/// use ppl::Levels;
///
/// let schools = Levels::new(["Choate", "Deerfield", "Exeter"])?;
/// assert_eq!((schools.len(), &schools[1], schools.position("Exeter")), (3, &"Deerfield".to_owned(), Some(2)));
/// let twice = Levels::new(["Choate", "Choate"]).unwrap_err().to_string();
/// assert_eq!(twice, "Levels: `names` must be different from each other, got `Choate` twice");
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Levels(Arc<[String]>);

impl Levels {
    /// The levels of these names.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a name that is empty, or that two members have.
    pub fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Result<Self> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let invalid = |expected: &str, got: String| {
            let (operation, argument) = ("Levels", "names");
            Err(Error::InvalidArgument { operation, argument, expected: expected.to_owned(), got })
        };
        let mut known = HashSet::with_capacity(names.len());
        for (member, name) in names.iter().enumerate() {
            if name.is_empty() {
                return invalid("not empty", format!("an empty one for member {member}"));
            }
            if !known.insert(name) {
                return invalid("different from each other", format!("`{name}` twice"));
            }
        }
        Ok(Self(names.into()))
    }

    /// The names of some members, by indices that are different from each other.
    ///
    /// # Panics
    /// If an index is not below the number of the names.
    pub(crate) fn select(&self, members: &[usize]) -> Self {
        let is_all = members.len() == self.len() && members.iter().enumerate().all(|(at, &member)| at == member);
        if is_all { self.clone() } else { Self(members.iter().map(|&member| self[member].clone()).collect()) }
    }

    /// The index of the member of this name.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.iter().position(|own| own == name)
    }
}

impl std::ops::Deref for Levels {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl TryFrom<Vec<String>> for Levels {
    type Error = Error;

    fn try_from(names: Vec<String>) -> Result<Self> {
        Self::new(names)
    }
}

impl From<Levels> for Vec<String> {
    fn from(levels: Levels) -> Self {
        levels.0.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::Levels;

    #[test]
    fn names_of_some_members() {
        let levels = Levels::new(["a", "b", "c"]).unwrap();
        assert_eq!(levels.select(&[0, 1, 2]), levels);
        assert_eq!(levels.select(&[2, 0]), Levels::new(["c", "a"]).unwrap());
        assert!(levels.select(&[]).is_empty());
    }

    #[test]
    fn names_survive_json_and_are_checked() {
        let levels = Levels::new(["a", "ä, [b]"]).unwrap();
        let text = serde_json::to_string(&levels).unwrap();
        assert_eq!(text, r#"["a","ä, [b]"]"#);
        assert_eq!(serde_json::from_str::<Levels>(&text).unwrap(), levels);
        let error = serde_json::from_str::<Levels>(r#"["a","a"]"#).unwrap_err().to_string();
        assert!(error.starts_with("Levels: `names` must be different from each other, got `a` twice"), "{error}");
        let empty = Levels::new(["a", ""]).unwrap_err().to_string();
        assert_eq!(empty, "Levels: `names` must be not empty, got an empty one for member 1");
    }
}
