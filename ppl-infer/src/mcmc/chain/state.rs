//! The state in which a chain can be stopped and resumed.

use serde::{Deserialize, Serialize};

use crate::mcmc::hmc::InverseMassMatrix;

/// Everything that a chain after its warm-up needs to go on, except the settings and the density.
///
/// A chain that is resumed from here, with the same seed and settings, gives the draws that it would have given without
/// the stop, bit for bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChainState {
    /// The index of the chain, part of the key of its random numbers.
    pub chain: usize,
    /// The number of iterations so far, warm-up included; the stream number of the next one.
    pub iteration: u64,
    /// The current position on the unconstrained space.
    pub position: Vec<f64>,
    /// The adapted step size.
    pub step_size: f64,
    /// The adapted inverse mass matrix.
    pub inverse_mass_matrix: InverseMassMatrix,
}
