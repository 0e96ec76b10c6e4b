//! A probabilistic programming language.

// But for the call of machine code, in `program::native`, nothing is unsafe.
#![cfg_attr(not(feature = "jit"), forbid(unsafe_code))]

// Paths that the macros generate begin with `::ppl`; this makes them work inside the crate too.
#[allow(unused_extern_crates, reason = "used by the expansions of the macros")]
extern crate self as ppl;

pub mod bijector;
mod check;
mod constraint;
pub mod distribution;
pub mod effect;
mod error;
mod guide_check;
pub mod handler;
mod macros;
pub mod nn;
pub mod prelude;
pub mod program;
pub mod random;
pub mod site;
pub mod special;
pub mod tensor;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod violation;

pub use crate::constraint::Constraint;
pub use crate::effect::{BoxModel, Ctx, Levels, Model, PlateIndex};
pub use crate::error::{Error, Result};
pub use crate::handler::ModelExt;
pub use crate::macros::{guide, model};
pub use crate::site::{Deterministic, Factor, IndexedSite, Latent, Observed, Param, Plate, Site, SiteInfo, SiteKind};
pub use crate::tensor::{Device, Indices, IntoTensor, Shape, Tensor, grad, scan};

/// What the expansions of the macros name; not for users.
#[doc(hidden)]
pub mod __private {
    pub use crate::effect::{Body, Bound, Condition, Exit, Subsample, bind};
    pub use crate::guide_check::{assert_given_site, assert_guide_covers, assert_guide_site};
    pub use ppl_macros::site_outside_model;
}
