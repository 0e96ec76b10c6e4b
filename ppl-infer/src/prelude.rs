//! What inference on a model needs: `use ppl_infer::prelude::*;`.

pub use crate::{Empirical, Error, Hmc, Importance, Nuts, Posterior, Result, Summary};
