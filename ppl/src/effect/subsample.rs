//! `Subsample`: the members of a plate that a run is about.

use std::ops::Range;

use super::PlateIndex;
use crate::{Error, Result};

/// The members of a plate that a run is about: all, random ones, or given ones.
///
/// # Example
/// `plate!` makes one of its arguments; by hand it is an argument of [`Ctx::open_plate`](crate::Ctx::open_plate):
///
/// ```
/// use ppl::effect::Subsample;
/// use ppl::prelude::*;
///
/// let members = |subsample: Subsample| -> ppl::Result<Vec<usize>> {
///     let index = Ctx::new(Key::new(0)).open_plate("row", 4, subsample, None)?;
///     Ok(index.to_vec())
/// };
/// assert_eq!(members(Subsample::All)?, [0, 1, 2, 3]);
/// assert_eq!(members(Subsample::Size(2))?.len(), 2);
/// assert_eq!(members(Subsample::members([3, 1]))?, [3, 1]);
/// let error = members(Subsample::Size(5)).unwrap_err().to_string();
/// assert_eq!(error, "site `row`: plate!: `subsample_size` must be from 1 to the plate's size 4, got 5");
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Subsample {
    /// All members, in order.
    #[default]
    All,
    /// This count of members, drawn without replacement in each run: `subsample_size = 200`.
    Size(usize),
    /// These members: `subsample = indices`.
    Members(Vec<usize>),
}

impl Subsample {
    /// These members.
    #[must_use]
    pub fn members(members: impl IntoMembers) -> Self {
        Self::Members(members.into_members())
    }

    /// Count of the members of a plate of this size.
    pub(super) fn count(&self, size: usize) -> usize {
        match self {
            Self::All => size,
            Self::Size(count) => *count,
            Self::Members(members) => members.len(),
        }
    }

    /// Checks the subsample of a plate of this size: it is not empty, and has no member twice or from outside.
    pub(super) fn check(&self, size: usize) -> Result<()> {
        let count = self.count(size);
        let argument = if matches!(self, Self::Members(_)) { "subsample" } else { "subsample_size" };
        let invalid = |expected: String, got: String| {
            Err(Error::InvalidArgument { operation: "plate!", argument, expected, got })
        };
        if let Self::Members(members) = self {
            if let Some(member) = members.iter().find(|&&member| member >= size) {
                return invalid(format!("indices below the plate's size {size}"), member.to_string());
            }
            let mut sorted = members.clone();
            sorted.sort_unstable();
            if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
                return invalid("different indices".to_owned(), format!("{} twice", pair[0]));
            }
            if count == 0 && size > 0 {
                return invalid("at least one index".to_owned(), "none".to_owned());
            }
        }
        if count > size || (count == 0 && size > 0) {
            return invalid(format!("from 1 to the plate's size {size}"), count.to_string());
        }
        Ok(())
    }
}

/// `None` for all members.
impl From<Option<usize>> for Subsample {
    fn from(size: Option<usize>) -> Self {
        size.map_or(Self::All, Self::Size)
    }
}

/// Indices of a plate's members, for `subsample = indices`.
///
/// # Example
/// ```
/// use ppl::effect::IntoMembers;
/// use ppl::prelude::*;
///
/// #[model]
/// fn rows(y: &Tensor, members: impl IntoMembers + Clone) {
///     plate!("row", y.size(), subsample = members, |row| {
///         observe!("y", Normal::new(0.0, 1.0), y.take(0, &row));
///     });
/// }
///
/// let y = Tensor::arange(10);
/// assert_eq!(rows(&y, 7..9).trace(0)?.get(rows::y)?.to_vec(), [7.0, 8.0]);
/// assert_eq!(rows(&y, [5, 0]).trace(0)?.get(rows::y)?.to_vec(), [5.0, 0.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of a plate's members",
    label = "expected `usize`s, as a slice, an array, a `Vec` or a range",
    note = "for random members write `subsample_size = ..`"
)]
pub trait IntoMembers {
    /// The indices.
    fn into_members(self) -> Vec<usize>;
}

impl IntoMembers for Vec<usize> {
    fn into_members(self) -> Vec<usize> {
        self
    }
}

impl IntoMembers for Range<usize> {
    fn into_members(self) -> Vec<usize> {
        self.collect()
    }
}

macro_rules! slices {
    ($([$($generics:tt)*] $list:ty;)*) => {
        $(
            impl<$($generics)*> IntoMembers for $list {
                fn into_members(self) -> Vec<usize> {
                    self.to_vec()
                }
            }
        )*
    };
}

slices! {
    [] &[usize];
    [] &Vec<usize>;
    [const N: usize] [usize; N];
    [const N: usize] &[usize; N];
    [] PlateIndex;
    [] &PlateIndex;
}

#[cfg(test)]
mod tests {
    use super::{IntoMembers, Subsample};
    use crate::effect::{Ctx, Effect, Handler, Message};
    use crate::random::Key;
    use crate::{Error, Result};

    #[test]
    fn lists_of_members() {
        let (list, array) = (vec![2, 0], [2, 0]);
        for members in [
            (&list).into_members(),
            list.as_slice().into_members(),
            (&array).into_members(),
            array.into_members(),
            list.into_members(),
        ] {
            assert_eq!(members, [2, 0]);
        }
        assert_eq!((1..4).into_members(), [1, 2, 3]);
    }

    #[test]
    fn wrong_subsamples() {
        let error = |subsample: Subsample, size| subsample.check(size).unwrap_err().to_string();
        assert!(Subsample::All.check(0).is_ok() && Subsample::members(0..0).check(0).is_ok());
        assert!(Subsample::Size(3).check(3).is_ok() && Subsample::members([2, 0, 1]).check(3).is_ok());
        assert_eq!(
            error(Subsample::Size(4), 3),
            "plate!: `subsample_size` must be from 1 to the plate's size 3, got 4"
        );
        assert_eq!(
            error(Subsample::Size(0), 3),
            "plate!: `subsample_size` must be from 1 to the plate's size 3, got 0"
        );
        assert_eq!(
            error(Subsample::members([0, 3]), 3),
            "plate!: `subsample` must be indices below the plate's size 3, got 3"
        );
        assert_eq!(
            error(Subsample::members([1, 2, 1]), 3),
            "plate!: `subsample` must be different indices, got 1 twice"
        );
        assert_eq!(error(Subsample::members(0..0), 3), "plate!: `subsample` must be at least one index, got none");
    }

    /// A handler that chooses a plate's members.
    struct Choose(Vec<usize>);

    impl Handler for Choose {
        fn before(&mut self, message: Message<'_>) -> Result<()> {
            if let Effect::Plate(plate) = message.effect {
                plate.indices = Some(self.0.clone());
            }
            Ok(())
        }
    }

    #[test]
    fn handlers_do_not_replace_given_members() {
        let run = |chosen: &[usize], subsample: Subsample| {
            let mut ctx = Ctx::new(Key::new(0));
            let opened = ctx.enter(Choose(chosen.to_vec()), |ctx| ctx.open_plate("n", 3, subsample, None))?;
            Ok::<_, Error>(opened.0.to_vec())
        };
        assert_eq!(run(&[2, 0], Subsample::Size(2)).unwrap(), [2, 0]);
        assert_eq!(run(&[2, 0], Subsample::members([2, 0])).unwrap(), [2, 0]);
        assert_eq!(
            run(&[0, 2], Subsample::members([2, 0])).unwrap_err().to_string(),
            "site `n`: plate!: `indices` must be those of the model's `subsample`, [2, 0], got [0, 2]"
        );
    }
}
