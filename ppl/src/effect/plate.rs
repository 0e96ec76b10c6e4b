//! Plates: conditional independence, the axis that stands for it, and subsampling.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use rand::RngExt;

use crate::random::Rng;
use crate::{Error, Result, Shape};

/// A plate that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlateFrame {
    /// The plate's name.
    pub name: String,
    /// Number of all its members.
    pub size: usize,
    /// The members in this run.
    pub index: PlateIndex,
    /// Its axis in batch shapes, counted from the right: −1 is the last.
    pub dim: isize,
}

impl PlateFrame {
    /// Length of the plate's axis in this run.
    #[must_use]
    pub fn length(&self) -> usize {
        self.index.len()
    }

    /// What the log density of a subsample is multiplied by to stand for all members.
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

/// The members of a plate that a run is about: all of them, or a subsample.
///
/// It derefs to a slice, for `Tensor::gather` and for loops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlateIndex(Arc<[usize]>);

impl PlateIndex {
    pub(crate) fn new(indices: Vec<usize>) -> Self {
        Self(indices.into())
    }
}

impl Deref for PlateIndex {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        &self.0
    }
}

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

/// `count` of `size` members, without replacement (a partial Fisher–Yates shuffle), or all in order.
pub(crate) fn subsample(size: usize, count: usize, rng: &mut Rng) -> Vec<usize> {
    let mut members: Vec<usize> = (0..size).collect();
    if count < size {
        for place in 0..count {
            // Ranges of u64, so that 32-bit platforms draw the same members.
            let other = rng.random_range(place as u64..size as u64) as usize;
            members.swap(place, other);
        }
        members.truncate(count);
    }
    members
}
