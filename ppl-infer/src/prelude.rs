//! What inference on a model needs: `use ppl_infer::prelude::*;`.

pub use crate::svi::{
    Adam, AutoDelta, AutoMultivariateNormal, AutoNormal, ClippedAdam, LearningRate, ParamStore, Sgd, Svi,
};
pub use crate::{
    Empirical, Error, Hmc, Importance, LaplaceApproximation, MaximumAPosteriori, Nuts, Posterior, Predictions,
    Predictive, RandomWalk, Result, Summary,
};
