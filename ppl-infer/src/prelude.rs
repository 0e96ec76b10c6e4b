//! What inference on a model needs: `use ppl_infer::prelude::*;`.

pub use crate::{Error, Hmc, Nuts, Posterior, Result, Summary};
