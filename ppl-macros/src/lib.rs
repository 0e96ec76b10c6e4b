//! Implementation detail of `ppl`: use the macros through that crate.
