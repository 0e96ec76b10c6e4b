//! What a model needs: `use ppl::prelude::*;`.

pub use crate::distribution::*;
pub use crate::random::Key;
pub use crate::{Constraint, Ctx, Device, Model, ModelExt, Shape, Site, Tensor, grad, guide, model};
pub use crate::{call, deterministic, factor, observe, param, plate, sample};
