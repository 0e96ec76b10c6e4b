//! What inference on a model needs: `use ppl_infer::prelude::*;`.

pub use crate::optimize::MapEstimate;
pub use crate::plot::{self, Plot};
pub use crate::svi::{
    Adam, AutoDelta, AutoMultivariateNormal, AutoNormal, ClippedAdam, LearningRate, Minibatches, ParamStore, Sgd, Svi,
    SviResult,
};
pub use crate::{
    Draws, Error, Hmc, Importance, ImportanceDraws, InferenceData, LaplaceApproximation, LaplaceFit, Map, Metric, Nuts,
    Pathfinder, PathfinderFit, Posterior, PosteriorStore, Predictions, Predictive, RandomWalk, Result, RunHandle,
    SiteDraws, Summary,
};
