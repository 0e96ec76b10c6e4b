//! Inference for `ppl` models.

pub mod diagnostics;
