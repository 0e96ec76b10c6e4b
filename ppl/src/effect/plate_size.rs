//! `IntoPlateSize`: what a plate takes as its size.

use super::Levels;
use crate::Result;

/// Count of a plate's members, with their names where the model gives them.
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
/// assert_eq!((plate.size, plate.levels.as_ref().map(|levels| levels.to_vec())), (2, Some(vec!["Choate".into(), "Deerfield".into()])));
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
