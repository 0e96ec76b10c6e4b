//! Stochastic variational inference: a guide fitted to the posterior.
//!
//! [`Svi`] holds the settings, [`SviState`] what a fit has reached; a step takes model and guide as values, so that
//! minibatches, as those of the loader [`Minibatches`], need nothing special:
//!
//! ```
//! use ppl::prelude::*;
//! use ppl_infer::svi::{Adam, Svi};
//!
//! #[model]
//! fn coin(heads: f64) {
//!     let fairness = sample!("fairness", Beta::new(10.0, 10.0));
//!     observe!("heads", Binomial::new(10.0, fairness), heads);
//! }
//!
//! #[guide(coin)]
//! fn beta() {
//!     let alpha = param!("alpha", 15.0, Constraint::Positive);
//!     let beta = param!("beta", 15.0, Constraint::Positive);
//!     sample!("fairness", Beta::new(alpha, beta));
//! }
//!
//! let svi = Svi::new(Adam::new(0.05)).num_particles(4).seed(0);
//! let fit = svi.clone().steps(500).run(&coin(6.0), &beta())?;
//! // The posterior is Beta(16, 14).
//! let (a, b) = (fit.params().get(beta::alpha)?, fit.params().get(beta::beta)?);
//! assert!((a.item() / (a.item() + b.item()) - 16.0 / 30.0).abs() < 0.02);
//!
//! // The same by single steps, each on a model of its own.
//! let mut state = svi.start()?;
//! for heads in [6.0, 5.0, 7.0] {
//!     let loss = state.step(&coin(heads), &beta())?;
//!     assert!(loss.is_finite());
//! }
//! # Ok::<(), ppl_infer::Error>(())
//! ```

pub mod autoguide;
mod batch;
mod blame;
mod elbo;
mod error;
mod learn;
mod minibatches;
mod non_finite;
pub mod optimizer;
mod params;
mod running;
mod state;
mod step_program;
mod validate;

#[cfg(test)]
mod tests;

use ppl::Model;

pub use self::autoguide::{AutoDelta, AutoMultivariateNormal, AutoNormal};
pub use self::batch::Batch;
pub use self::elbo::{ElboGradient, TraceElbo};
pub use self::error::SviError;
pub use self::minibatches::Minibatches;
pub use self::optimizer::{Adam, ClippedAdam, LearningRate, Optimizer, Sgd};
pub use self::params::{ParamStore, Params};
pub use self::state::SviState;
use crate::density::Engine;
use crate::settings::settings;
use crate::{Predictions, Predictive, Result};

settings! {
    /// Stochastic variational inference: settings.
    ///
    /// | setting         | default | meaning                                              |
    /// |-----------------|---------|------------------------------------------------------|
    /// | `steps`         | 1000    | steps of [`run`](Self::run)                          |
    /// | `num_particles` | 1       | draws that are averaged in a step, see [`TraceElbo`] |
    /// | `seed`          | 0       |                                                      |
    /// | `engine`        | recorded | program or the tape, see [`Engine`]              |
    ///
    /// Every `param!` that model or guide visits is learned; those of a program `with(params.handler())` are not.
    /// The [module](self) has a guide with parameters of its own, and single steps.
    ///
    /// # Reference
    /// Hoffman, Blei, Wang and Paisley (2013), "Stochastic variational inference"; Wingate and Weber (2013), "Automated
    /// variational inference in probabilistic programming".
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl_infer::prelude::*;
    ///
    /// #[model]
    /// fn coin(heads: f64) {
    ///     let fairness = sample!("fairness", Beta::new(10.0, 10.0));
    ///     observe!("heads", Binomial::new(10.0, fairness), heads);
    /// }
    ///
    /// let guide = AutoNormal::new(coin(6.0))?;
    /// let svi = Svi::new(Adam::new(0.05)).steps(300).num_particles(4).seed(1);
    /// let fit = svi.run(&coin(6.0), &guide)?;
    /// assert_eq!((fit.losses().len(), fit.engine()), (300, "recorded"));
    /// // The same settings and the same seed, the same fit.
    /// assert_eq!(svi.run(&coin(6.0), &guide)?.params(), fit.params());
    ///
    /// let error = Svi::new(Adam::new(0.05)).num_particles(0).run(&coin(6.0), &guide).unwrap_err();
    /// assert_eq!(error.to_string(), "`num_particles` must be at least 1, got 0");
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    #[derive(Clone, Debug, PartialEq)]
    pub struct Svi<O: Optimizer>(optimizer: O) {
        /// Number of steps of [`run`](Self::run); 1000.
        steps: u64 = 1000;
        /// Number of draws that are averaged in a step; 1.
        num_particles: usize = 1, held_at_least(1);
        /// Random seed; 0.
        seed: u64 = 0;
        /// What evaluates the bound and its gradient in [`run`](Self::run).
        engine: Engine = Engine::default();
    }
}

impl<O: Optimizer> Svi<O> {
    /// A fit that has not begun.
    ///
    /// # Errors
    /// A setting outside its domain.
    pub fn start(&self) -> Result<SviState<O>> {
        self.start_from(ParamStore::new())
    }

    /// A fit that begins from these parameters; those that the store lacks begin from the value at their `param!`.
    ///
    /// # Errors
    /// A setting outside its domain.
    pub fn start_from(&self, params: ParamStore) -> Result<SviState<O>> {
        self.validate()?;
        let elbo = TraceElbo::new().num_particles(self.num_particles);
        Ok(SviState::new(self.optimizer.clone(), elbo, self.seed, params, self.engine))
    }

    /// Fits the guide to the posterior of the model.
    ///
    /// # Errors
    /// A setting outside its domain, and those of [`SviState::step`].
    pub fn run<M: Model, G: Model>(&self, model: &M, guide: &G) -> Result<SviResult<O>> {
        let mut state = self.start()?;
        let losses = state.run(model, guide, self.steps)?;
        Ok(SviResult { losses, state })
    }
}

/// A fit that has run.
#[derive(Clone, Debug)]
pub struct SviResult<O: Optimizer> {
    losses: Vec<f64>,
    state: SviState<O>,
}

impl<O: Optimizer> SviResult<O> {
    /// The learned parameters.
    #[must_use]
    pub fn params(&self) -> &ParamStore {
        self.state.params()
    }

    /// The loss of each step, −ELBO, as estimated there.
    #[must_use]
    pub fn losses(&self) -> &[f64] {
        &self.losses
    }

    /// The engine that evaluated the bound, and if the model or its guide could not be recorded, why and where.
    #[must_use]
    pub fn engine(&self) -> &str {
        self.state.engine()
    }

    /// Draws from the fitted guide: the latent sites that it draws, those that it leaves to the model, and the
    /// deterministic ones, which follow from them.
    ///
    /// The same as [`Predictive::guide`] with the seed of the fit.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl_infer::prelude::*;
    ///
    /// #[model]
    /// fn coin() {
    ///     let fairness = sample!("fairness", Beta::new(10.0, 10.0));
    ///     deterministic!("odds", &fairness / (1.0 - &fairness));
    ///     observe!("heads", Binomial::new(10.0, fairness), 6.0);
    /// }
    ///
    /// let guide = AutoNormal::new(coin())?;
    /// let fit = Svi::new(Adam::new(0.05)).steps(500).num_particles(4).run(&coin(), &guide)?;
    /// let draws = fit.sample_posterior(&coin(), &guide, 2000)?;
    /// // The posterior is Beta(16, 14).
    /// assert!((draws.get(coin::fairness)?.mean() - 16.0 / 30.0).abs() < 0.02);
    /// assert!((draws.get(coin::odds)?.probability(|odds| odds > 1.0) - 0.64).abs() < 0.1);
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Predictive::guide`].
    pub fn sample_posterior<M: Model + Sync, G: Model + Sync>(
        &self,
        model: &M,
        guide: &G,
        draws: usize,
    ) -> Result<Predictions> {
        Predictive::new().seed(self.state.seed()).guide(model, guide, self.params(), draws)
    }

    /// The state, to go on from.
    #[must_use]
    pub fn state(&self) -> &SviState<O> {
        &self.state
    }

    /// The state, to go on from.
    #[must_use]
    pub fn into_state(self) -> SviState<O> {
        self.state
    }
}
