//! `IndexedSite`: the typed names of sites in loops.

use std::fmt;
use std::marker::PhantomData;

/// The name of a site in a loop, with its kind in the type.
///
/// For sites whose names capture variables, as `sample!("level_{t}", ..)`, the module of a `#[model]` has a function with
/// these variables as its arguments. It is called by the text around them, `level`; where another site or family is called so
/// too, by that and the variables, `level_t`.
///
/// # Example
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn walk(steps: usize) {
///     let mut level = Tensor::from(0.0);
///     for t in 0..steps {
///         level = sample!("level_{t}", Normal::new(level, 1.0));
///     }
/// }
///
/// let trace = walk(3).condition(walk::level(0), 1.0).trace(0)?;
/// assert_eq!(trace.get(walk::level(0))?.item(), 1.0);
/// assert_eq!(walk::level(2).name(), "level_2");
/// # Ok::<(), ppl::Error>(())
/// ```
pub struct IndexedSite<K> {
    name: String,
    kind: PhantomData<fn() -> K>,
}

impl<K> IndexedSite<K> {
    /// The site of this name; the functions that `#[model]` makes call it.
    #[must_use]
    pub const fn new(name: String) -> Self {
        Self { name, kind: PhantomData }
    }

    /// The site's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl<K> Clone for IndexedSite<K> {
    fn clone(&self) -> Self {
        Self::new(self.name.clone())
    }
}

impl<K> fmt::Debug for IndexedSite<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Site({:?})", self.name)
    }
}

impl<K> fmt::Display for IndexedSite<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
