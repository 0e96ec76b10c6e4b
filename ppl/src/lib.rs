//! A probabilistic programming language.

pub mod special;
