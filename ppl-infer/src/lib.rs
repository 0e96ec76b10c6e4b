//! Inference for `ppl` models.
