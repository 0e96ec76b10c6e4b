//! Maxima of densities: L-BFGS, and with it the maximum a posteriori of a model.

mod lbfgs;
mod line_search;
mod maximum_a_posteriori;

pub use self::lbfgs::{Lbfgs, Maximum};
pub(crate) use self::maximum_a_posteriori::find;
pub use self::maximum_a_posteriori::{MaximumAPosteriori, Mode};
