//! Plates: conditional independence, the axis that stands for it, and subsampling.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::{Levels, PlateSize};
use crate::random::{Rng, Subsampler};
use crate::tensor::{fail, record};
use crate::{Error, Indices, Result, Shape, Tensor};

/// A plate that is open.
///
/// # Example
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn radon(counties: &[&str]) {
///     plate!("county", counties, {
///         plate!("house", 100, subsample_size = 5, {
///             sample!("level", Normal::new(0.0, 1.0));
///         });
///     });
/// }
///
/// let trace = radon(&["Aitkin", "Anoka"]).trace(0)?;
/// let [county, house] = &trace.site("level").unwrap().plates[..] else { panic!("two plates are open") };
/// assert_eq!(county.levels.as_ref().unwrap()[1], "Anoka");
/// assert_eq!((house.size, house.length(), house.dim, house.scale()), (100, 5, -2, 20.0));
/// assert_eq!(house.to_string(), "house = 5 of 100 (dim -2)");
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlateFrame {
    /// The plate's name.
    pub name: String,
    /// Count of all its members.
    pub size: usize,
    /// Its members in this run.
    pub index: PlateIndex,
    /// Its axis in batch shapes, counted from the right: −1 is the last.
    pub dim: isize,
    /// Names of its members in this run, where the model gives them; none where the members are drawn.
    pub levels: Option<Levels>,
}

impl PlateFrame {
    /// Length of the plate's axis in this run.
    #[must_use]
    pub fn length(&self) -> usize {
        self.index.len()
    }

    /// Count of all members, with their names if those of all are known.
    #[must_use]
    pub fn plate_size(&self) -> PlateSize {
        let levels = self.levels.clone().filter(|_| !self.is_subsampled());
        PlateSize { count: self.size, levels }
    }

    /// Whether the run is about other than all members in their order.
    #[must_use]
    pub fn is_subsampled(&self) -> bool {
        self.length() != self.size || self.index.members.iter().enumerate().any(|(at, &member)| at != member)
    }

    /// The multiplier with which the log density of a subsample stands for all members.
    #[must_use]
    pub fn scale(&self) -> f64 {
        if self.size == self.length() { 1.0 } else { self.size as f64 / self.length() as f64 }
    }
}

impl fmt::Display for PlateFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.name, self.length())?;
        if self.length() != self.size {
            write!(f, " of {}", self.size)?;
        }
        write!(f, " (dim {})", self.dim)
    }
}

/// The indices of a plate's members in this run: all of them, or a subsample.
///
/// [`Tensor::take`] takes it as it is: a recorded model, as in SVI, then draws other members each time. It also derefs
/// to a slice, for loops and for everything else that needs the indices; a model that does so is not recorded.
#[derive(Clone)]
pub struct PlateIndex {
    plate: Arc<str>,
    members: Arc<[usize]>,
    /// Exclusive upper bound of the members, in every run.
    bound: usize,
    /// The members as a tensor that a recorded function draws anew at each evaluation.
    drawn: Option<Tensor>,
}

impl PlateIndex {
    pub(crate) fn new(plate: &str, size: usize, members: Vec<usize>, drawn: Option<Tensor>) -> Self {
        Self { plate: plate.into(), members: members.into(), bound: size, drawn }
    }

    /// `table[i]` for each member `i`: for houses, their counties.
    ///
    /// # Panics
    /// If the table is shorter than the plate, even if it has an entry for each member of this run.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    ///
    /// #[model]
    /// fn radon(county: &[usize], y: &Tensor) {
    ///     let effects = sample!("effects", Normal::new(Tensor::zeros(3), 1.0).to_event(1));
    ///     plate!("house", y.size(), subsample_size = 2, |house| {
    ///         let location = effects.take(0, &house.lookup(county));
    ///         observe!("y", Normal::new(location, 1.0), y.take(0, &house));
    ///     });
    /// }
    ///
    /// let (county, y) = ([0, 0, 1, 2, 1], Tensor::arange(5));
    /// assert_eq!(radon(&county, &y).trace(0)?.get("y")?.size(), 2);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn lookup(&self, table: &[usize]) -> Self {
        if table.len() < self.bound {
            fail(Error::InvalidArgument {
                operation: "lookup",
                argument: "table",
                expected: format!("an entry for each of the {} members of plate `{}`", self.bound, self.plate),
                got: table.len().to_string(),
            });
        }
        let members = self.members.iter().map(|&member| table[member]).collect();
        let drawn = self.drawn.as_ref().map(|_| {
            let table: Vec<f64> = table.iter().map(|&place| place as f64).collect();
            Tensor::from(table).take(0, self)
        });
        let bound = table.iter().max().map_or(0, |&last| last + 1);
        Self { plate: self.plate.clone(), members, bound, drawn }
    }

    /// The count of the members.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether the plate has no members.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

impl Deref for PlateIndex {
    type Target = [usize];

    #[track_caller]
    fn deref(&self) -> &[usize] {
        if let Some(drawn) = &self.drawn {
            drawn.note_members(&self.plate);
        }
        &self.members
    }
}

impl Indices for PlateIndex {
    fn indices(&self) -> &[usize] {
        &self.members
    }

    fn bound(&self) -> usize {
        self.bound
    }

    fn drawn(&self) -> Option<&Tensor> {
        self.drawn.as_ref()
    }
}

/// As the list of the members.
impl fmt::Debug for PlateIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(drawn) = &self.drawn {
            drawn.note_format();
        }
        self.members.fmt(f)
    }
}

/// By the members of this run.
impl PartialEq for PlateIndex {
    #[track_caller]
    fn eq(&self, other: &Self) -> bool {
        // Members of one draw are equal in every run; otherwise the comparison is a read.
        match (&self.drawn, &other.drawn) {
            (Some(own), Some(others)) if record::is_one_draw(own, others) => true,
            _ => **self == **other,
        }
    }
}

impl Eq for PlateIndex {}

/// The shape that the open plates give to a batch: 1 where no plate has the axis.
pub(crate) fn plates_shape(plates: &[PlateFrame]) -> Shape {
    let rank = plates.iter().map(|plate| plate.dim.unsigned_abs()).max().unwrap_or(0);
    let mut dims = vec![1; rank];
    for plate in plates {
        dims[rank - plate.dim.unsigned_abs()] = plate.length();
    }
    Shape::from(dims)
}

/// The batch shape of a site in these plates, or `None` if the distribution's own does not fit.
pub(crate) fn site_batch_shape(own: &Shape, plates: &[PlateFrame]) -> Option<Shape> {
    let shape = own.broadcast(&plates_shape(plates))?;
    plates.iter().all(|plate| shape[shape.rank() - plate.dim.unsigned_abs()] == plate.length()).then_some(shape)
}

/// The axis for a new plate: the one asked for, or the rightmost that is free.
pub(crate) fn allocate_dim(name: &str, asked: Option<isize>, open: &[PlateFrame]) -> Result<isize> {
    let taken = |dim: isize| open.iter().find(|plate| plate.dim == dim);
    let invalid = |got: String| Error::InvalidArgument {
        operation: "plate!",
        argument: "dim",
        expected: format!("a free axis from -1 to -{}", crate::tensor::MAX_RANK),
        got,
    };
    match asked {
        None => (1..=crate::tensor::MAX_RANK as isize)
            .map(|dim| -dim)
            .find(|&dim| taken(dim).is_none())
            .ok_or_else(|| invalid(format!("no free one for plate `{name}`"))),
        Some(dim) if dim >= 0 || dim < -(crate::tensor::MAX_RANK as isize) => Err(invalid(dim.to_string())),
        Some(dim) => match taken(dim) {
            None => Ok(dim),
            Some(plate) => Err(invalid(format!("{dim}, the axis of plate `{}`", plate.name))),
        },
    }
}

/// The members of a plate, as a function that is being recorded has drawn them.
pub(super) struct DrawnMembers {
    pub(super) members: Vec<usize>,
    /// The same, drawn anew at each evaluation of the recorded function.
    pub(super) tensor: Tensor,
}

/// Draws `count` of `size` members without replacement, or takes all in order.
///
/// If a function is being recorded, the members are also a tensor that it draws anew at each evaluation.
pub(crate) fn subsample(size: usize, count: usize, rng: &mut Rng) -> (Vec<usize>, Option<Tensor>) {
    if count == size {
        return ((0..size).collect(), None);
    }
    let before = record::is_open().then(|| rng.clone());
    let mut members = Vec::with_capacity(count);
    Subsampler::new(size).draw(count, rng, |_, member| members.push(member));
    let drawn = before.and_then(|before| record::subsample(&members, size, &before, rng));
    (members, drawn)
}
