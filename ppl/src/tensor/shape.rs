//! `Shape`: the sizes of a tensor's axes, held inline.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

/// The largest number of axes a tensor can have.
///
/// # Example
/// ```
/// use ppl::Shape;
/// use ppl::tensor::MAX_RANK;
///
/// assert_eq!(Shape::try_new(&[2; MAX_RANK]).map(|shape| shape.size()), Some(64));
/// assert_eq!(Shape::try_new(&[2; MAX_RANK + 1]), None);
/// ```
pub const MAX_RANK: usize = 6;

/// The sizes of a tensor's axes, outermost first; at most six, held inline so that a shape costs no allocation.
///
/// # Example
/// ```
/// use ppl::Shape;
///
/// let shape = Shape::from([2, 3]);
/// assert_eq!(shape.rank(), 2);
/// assert_eq!(shape.size(), 6);
/// assert_eq!(shape.broadcast(&Shape::from([4, 1, 3])), Some(Shape::from([4, 2, 3])));
/// assert_eq!(shape.to_string(), "[2, 3]");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Dims", into = "Vec<usize>")]
pub struct Shape {
    // Axes past the rank are zero, so that the derived equality is equality of shapes.
    dims: [usize; MAX_RANK],
    rank: u8,
}

impl Shape {
    /// The shape of a scalar.
    pub const SCALAR: Self = Self { dims: [0; MAX_RANK], rank: 0 };

    /// The shape with these axes, or `None` above six of them.
    #[must_use]
    pub fn try_new(dims: &[usize]) -> Option<Self> {
        let mut shape = Self::SCALAR;
        shape.dims.get_mut(..dims.len())?.copy_from_slice(dims);
        shape.rank = dims.len() as u8;
        Some(shape)
    }

    /// Number of axes.
    #[must_use]
    pub fn rank(&self) -> usize {
        usize::from(self.rank)
    }

    /// Number of elements: the product of the axes, 1 for a scalar.
    #[must_use]
    pub fn size(&self) -> usize {
        self.dims().iter().product()
    }

    /// The index of an element, by its offset in row-major order.
    ///
    /// # Example
    /// ```
    /// use ppl::Shape;
    ///
    /// assert_eq!(Shape::from([2, 3]).unravel_index(5), [1, 2]);
    /// ```
    ///
    /// # Panics
    /// If the shape has an axis of no elements.
    #[must_use]
    pub fn unravel_index(&self, offset: usize) -> Vec<usize> {
        let mut rest = offset;
        let mut index = self.dims().to_vec();
        for along in index.iter_mut().rev() {
            (*along, rest) = (rest % *along, rest / *along);
        }
        index
    }

    /// The axes.
    #[must_use]
    pub fn dims(&self) -> &[usize] {
        &self.dims[..self.rank()]
    }

    /// These axes followed by those of `inner`.
    ///
    /// # Panics
    /// If the result would have more than six axes.
    #[must_use]
    #[track_caller]
    pub fn concat(&self, inner: &Self) -> Self {
        let rank = self.rank() + inner.rank();
        assert!(rank <= MAX_RANK, "a tensor has at most {MAX_RANK} axes, got those of shapes {self} and {inner}");
        let mut shape = *self;
        shape.dims[self.rank()..rank].copy_from_slice(inner.dims());
        shape.rank = rank as u8;
        shape
    }

    /// Splits off the last `event_rank` axes: batch shape and event shape.
    ///
    /// # Panics
    /// If the shape has fewer axes than that.
    #[must_use]
    #[track_caller]
    pub fn split_event(&self, event_rank: usize) -> (Self, Self) {
        assert!(event_rank <= self.rank(), "shape {self} has fewer than {event_rank} axes");
        let batch_rank = self.rank() - event_rank;
        (Self::from(&self[..batch_rank]), Self::from(&self[batch_rank..]))
    }

    /// The shape that both broadcast to by NumPy's rule, or `None`.
    #[must_use]
    pub fn broadcast(&self, other: &Self) -> Option<Self> {
        let (longer, shorter) = if self.rank >= other.rank { (self, other) } else { (other, self) };
        let mut result = *longer;
        let offset = longer.rank() - shorter.rank();
        for (slot, &size) in result.dims[offset..longer.rank()].iter_mut().zip(shorter.dims()) {
            match (*slot, size) {
                (a, b) if a == b => {}
                (1, b) => *slot = b,
                (_, 1) => {}
                _ => return None,
            }
        }
        Some(result)
    }

    /// Whether a tensor of this shape can be broadcast to `target`.
    #[must_use]
    pub fn broadcasts_to(&self, target: &Self) -> bool {
        self.broadcast(target) == Some(*target)
    }

    /// The axis that `axis` names: negative ones count from the right.
    pub(crate) fn axis(&self, operation: &'static str, axis: isize) -> crate::Result<usize> {
        let rank = self.rank() as isize;
        let resolved = if axis < 0 { axis + rank } else { axis };
        if (0..rank).contains(&resolved) {
            Ok(resolved as usize)
        } else {
            Err(crate::Error::InvalidShape { operation, expected: format!("an axis {axis}"), got: *self })
        }
    }

    /// The shape without one axis.
    pub(crate) fn without(&self, axis: usize) -> Self {
        let mut shape = *self;
        shape.dims.copy_within(axis + 1.., axis);
        shape.dims[MAX_RANK - 1] = 0;
        shape.rank -= 1;
        shape
    }

    /// The shape with one axis replaced.
    pub(crate) fn with(&self, axis: usize, size: usize) -> Self {
        let mut shape = *self;
        shape.dims[axis] = size;
        shape
    }

    /// The shape with an axis of size 1 put in, so that it becomes axis `axis`: −1 puts it last.
    pub(crate) fn with_new_axis(&self, operation: &'static str, axis: isize) -> crate::Result<Self> {
        let rank = self.rank() as isize;
        let place = if axis < 0 { axis + rank + 1 } else { axis };
        if !(0..=rank).contains(&place) || self.rank() == MAX_RANK {
            return Err(crate::Error::InvalidShape {
                operation,
                expected: format!("room for an axis {axis}"),
                got: *self,
            });
        }
        let (before, after) = self.dims().split_at(place as usize);
        Ok(Self::from(before).concat(&Self::from(1)).concat(&Self::from(after)))
    }

    /// Sizes of the axes before, at and after `axis`: what a kernel along one axis needs to know.
    pub(crate) fn around(&self, axis: usize) -> (usize, usize, usize) {
        (self[..axis].iter().product(), self[axis], self[axis + 1..].iter().product())
    }
}

impl Deref for Shape {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        self.dims()
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.dims())
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<&[usize]> for Shape {
    /// # Panics
    /// Above six axes.
    #[track_caller]
    fn from(dims: &[usize]) -> Self {
        match Self::try_new(dims) {
            Some(shape) => shape,
            None => panic!("a tensor has at most {MAX_RANK} axes, got shape {dims:?}"),
        }
    }
}

impl<const RANK: usize> From<[usize; RANK]> for Shape {
    #[track_caller]
    fn from(dims: [usize; RANK]) -> Self {
        Self::from(dims.as_slice())
    }
}

impl<const RANK: usize> From<&[usize; RANK]> for Shape {
    #[track_caller]
    fn from(dims: &[usize; RANK]) -> Self {
        Self::from(dims.as_slice())
    }
}

/// Tuples, as NumPy writes shapes.
macro_rules! tuples {
    ($(($($dim:ident)*))*) => {
        $(
            impl From<($(tuples!(@size $dim),)*)> for Shape {
                fn from(($($dim,)*): ($(tuples!(@size $dim),)*)) -> Self {
                    Self::from([$($dim),*])
                }
            }
        )*
    };
    (@size $dim:ident) => { usize };
}

tuples! { (a) (a b) (a b c) (a b c d) (a b c d e) (a b c d e f) }

impl From<Vec<usize>> for Shape {
    #[track_caller]
    fn from(dims: Vec<usize>) -> Self {
        Self::from(dims.as_slice())
    }
}

impl From<&Vec<usize>> for Shape {
    #[track_caller]
    fn from(dims: &Vec<usize>) -> Self {
        Self::from(dims.as_slice())
    }
}

impl From<usize> for Shape {
    fn from(size: usize) -> Self {
        Self::from([size])
    }
}

impl From<()> for Shape {
    fn from((): ()) -> Self {
        Self::SCALAR
    }
}

impl From<&Self> for Shape {
    fn from(shape: &Self) -> Self {
        *shape
    }
}

/// What a shape is read from; checked, because a stored shape may come from anywhere.
#[derive(Deserialize)]
struct Dims(Vec<usize>);

impl TryFrom<Dims> for Shape {
    type Error = String;

    fn try_from(Dims(dims): Dims) -> Result<Self, String> {
        Self::try_new(&dims).ok_or_else(|| format!("a tensor has at most {MAX_RANK} axes, got shape {dims:?}"))
    }
}

impl From<Shape> for Vec<usize> {
    fn from(shape: Shape) -> Self {
        shape.dims().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting_follows_numpy() {
        let broadcast = |a: &[usize], b: &[usize]| Shape::from(a).broadcast(&Shape::from(b)).map(Vec::from);
        assert_eq!(broadcast(&[], &[3]), Some(vec![3]));
        assert_eq!(broadcast(&[8, 1, 6, 1], &[7, 1, 5]), Some(vec![8, 7, 6, 5]));
        assert_eq!(broadcast(&[1], &[0]), Some(vec![0]));
        assert_eq!(broadcast(&[2], &[3]), None);
        assert_eq!(broadcast(&[2, 3], &[2]), None);
    }

    #[test]
    fn shapes_are_written_as_tuples_arrays_and_vectors() {
        let expected = Shape::from([2, 3]);
        for shape in [Shape::from((2, 3)), Shape::from(&[2, 3]), Shape::from(vec![2, 3]), Shape::from(&vec![2, 3])] {
            assert_eq!(shape, expected);
        }
        assert_eq!(Shape::from((4,)), Shape::from(4));
    }

    #[test]
    fn negative_axes_count_from_the_right() {
        let shape = Shape::from([2, 3, 4]);
        assert_eq!(shape.axis("sum_axis", -1).unwrap(), 2);
        assert_eq!(shape.axis("sum_axis", 0).unwrap(), 0);
        let error = shape.axis("sum_axis", 3).unwrap_err();
        assert_eq!(error.to_string(), "sum_axis: expected an axis 3, got shape [2, 3, 4]");
    }
}
