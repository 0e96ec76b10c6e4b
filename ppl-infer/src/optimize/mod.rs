//! Maxima of densities: L-BFGS, and with it the maximum a posteriori of a model.

mod error;
mod lbfgs;
mod line_search;
mod map;

pub use self::error::OptimizeError;
pub use self::lbfgs::{Lbfgs, Maximum};
pub(crate) use self::map::find;
pub use self::map::{Map, MapEstimate};
