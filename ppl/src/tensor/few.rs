//! `Few`: a list that needs no allocation while it is short.

use std::ops::Deref;

/// Operands of a primitive: three at most, save for those of `concat`.
const INLINE: usize = 3;

/// A list held inline up to three elements.
pub(crate) struct Few<T> {
    inline: [T; INLINE],
    length: usize,
    /// All the elements, if they are more.
    spilled: Vec<T>,
}

impl<T: Copy> Few<T> {
    /// `length` elements; `filler` stands where none is.
    pub(crate) fn new(length: usize, filler: T, element: impl Fn(usize) -> T) -> Self {
        let spilled = if length > INLINE { (0..length).map(&element).collect() } else { Vec::new() };
        let inline = std::array::from_fn(|place| if place < length { element(place) } else { filler });
        Self { inline, length, spilled }
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        if self.length > INLINE { &self.spilled } else { &self.inline[..self.length] }
    }
}
