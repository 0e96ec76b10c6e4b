//! A probabilistic programming language.
