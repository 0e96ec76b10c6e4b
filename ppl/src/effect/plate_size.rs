//! `IntoPlateSize`: what a plate takes as its size.

use super::Levels;
use crate::Result;

/// Count of a plate's members, with their names where the model gives them.
///
/// # Example
/// A second model over the members of the first one's plate, names included:
///
/// ```
/// use ppl::effect::PlateSize;
/// use ppl::prelude::*;
///
/// #[model]
/// fn effects(schools: PlateSize) {
///     plate!("school", schools, {
///         sample!("theta", Normal::new(0.0, 1.0));
///     });
/// }
///
/// #[model]
/// fn schools() {
///     plate!("school", ["Choate", "Deerfield"], {
///         sample!("mean", Normal::new(0.0, 1.0));
///     });
/// }
///
/// let first = schools().trace(0)?;
/// let size = first.site("mean").unwrap().plates[0].plate_size();
/// let second = effects(size).trace(0)?;
/// let levels = second.site("theta").unwrap().plates[0].levels.as_ref().unwrap();
/// assert_eq!(levels.position("Deerfield"), Some(1));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlateSize {
    pub(super) count: usize,
    pub(super) levels: Option<Levels>,
}

/// The size of a plate: a count of members, or their names.
///
/// # Example
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn effects(schools: &[&str]) {
///     plate!("school", schools, { sample!("theta", Normal::new(0.0, 1.0)); });
/// }
///
/// let trace = effects(&["Choate", "Deerfield"]).trace(0)?;
/// let plate = &trace.site("theta").unwrap().plates[0];
/// assert_eq!(plate.size, 2);
/// assert_eq!(plate.levels.as_ref().unwrap().to_vec(), ["Choate", "Deerfield"]);
/// let twice = effects(&["Choate", "Choate"]).trace(0).unwrap_err().to_string();
/// assert_eq!(twice, "site `school`: Levels: `names` must be different from each other, got `Choate` twice");
/// # Ok::<(), ppl::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no size of a plate",
    label = "expected a `usize`, or the names of its members",
    note = "names are `Levels`, or different strings as a slice, an array or a `Vec`"
)]
pub trait IntoPlateSize {
    /// The size.
    ///
    /// # Errors
    /// Those of [`Levels::new`].
    fn into_plate_size(self) -> Result<PlateSize>;
}

impl IntoPlateSize for PlateSize {
    fn into_plate_size(self) -> Result<PlateSize> {
        Ok(self)
    }
}

impl IntoPlateSize for usize {
    fn into_plate_size(self) -> Result<PlateSize> {
        Ok(PlateSize { count: self, levels: None })
    }
}

impl IntoPlateSize for Levels {
    fn into_plate_size(self) -> Result<PlateSize> {
        Ok(PlateSize { count: self.len(), levels: Some(self) })
    }
}

impl IntoPlateSize for &Levels {
    fn into_plate_size(self) -> Result<PlateSize> {
        self.clone().into_plate_size()
    }
}

/// The name of a plate's member: a string.
///
/// # Example
/// Members that know their names name the plate:
///
/// ```
/// use ppl::effect::MemberName;
/// use ppl::prelude::*;
///
/// struct School {
///     name: String,
///     effect: f64,
/// }
///
/// impl MemberName for School {
///     fn as_name(&self) -> &str {
///         &self.name
///     }
/// }
///
/// #[model]
/// fn effects(schools: &[School]) {
///     let y: Vec<f64> = schools.iter().map(|school| school.effect).collect();
///     plate!("school", schools, {
///         observe!("y", Normal::new(0.0, 10.0), y);
///     });
/// }
///
/// let schools = [("Choate", 28.0), ("Exeter", -3.0)].map(|(name, effect)| School { name: name.to_owned(), effect });
/// let trace = effects(&schools).trace(0)?;
/// assert_eq!(trace.site("y").unwrap().plates[0].levels.as_ref().unwrap().to_vec(), ["Choate", "Exeter"]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no name of a plate's member",
    label = "expected a count of members, or a list of strings",
    note = "the count of a list is `list.len()`"
)]
pub trait MemberName {
    /// The name.
    fn as_name(&self) -> &str;
}

impl MemberName for &str {
    fn as_name(&self) -> &str {
        self
    }
}

impl MemberName for String {
    fn as_name(&self) -> &str {
        self
    }
}

impl MemberName for &String {
    fn as_name(&self) -> &str {
        self
    }
}

macro_rules! names {
    ($([$($generics:tt)*] $list:ty;)*) => {
        $(
            impl<$($generics)*> IntoPlateSize for $list {
                fn into_plate_size(self) -> Result<PlateSize> {
                    Levels::new(self.iter().map(MemberName::as_name))?.into_plate_size()
                }
            }
        )*
    };
}

names! {
    [S: MemberName] &[S];
    [S: MemberName] Vec<S>;
    [S: MemberName] &Vec<S>;
    [S: MemberName, const N: usize] [S; N];
    [S: MemberName, const N: usize] &[S; N];
}
