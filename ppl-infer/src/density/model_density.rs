//! `ModelDensity`: the log density of a model, by dfdx's tape.

use std::sync::Arc;

use ppl::random::Key;
use ppl::{Model, grad};

use super::Layout;
use super::run::{Purpose, RunValue, run_at};
use crate::{LogDensity, Result};

/// The log density of a model on its unconstrained space: log p(latent, observed) with the Jacobians of the maps from
/// unconstrained values.
///
/// Every evaluation runs the model, so any control flow works; the gradient is that of dfdx's tape.
///
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::{LogDensity, density::ModelDensity};
///
/// #[model]
/// fn scale() {
///     sample!("scale", Exponential::new(1.0));
/// }
///
/// // With scale = eᵘ: log p(u) = -eᵘ + u.
/// let mut density = ModelDensity::new(scale())?;
/// let mut gradient = [0.0];
/// let value = density.value_and_gradient(&[0.5], &mut gradient)?;
/// assert!((value - (0.5 - 0.5_f64.exp())).abs() < 1e-15);
/// assert!((gradient[0] - (1.0 - 0.5_f64.exp())).abs() < 1e-15);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ModelDensity<M> {
    model: M,
    layout: Arc<Layout>,
}

impl<M: Model> ModelDensity<M> {
    /// The density of a model, whose sites are found by one run.
    ///
    /// # Errors
    /// Those of the run; a discrete latent site; a subsampled plate.
    pub fn new(model: M) -> Result<Self> {
        let layout = Arc::new(Layout::new(&model, Key::new(0))?);
        Ok(Self { model, layout })
    }

    /// The density of a model whose layout is known.
    pub(crate) fn with_layout(model: M, layout: Arc<Layout>) -> Self {
        Self { model, layout }
    }

    /// Where each latent site stands in the unconstrained vector.
    #[must_use]
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &M {
        &self.model
    }

    /// The values of the latent and deterministic sites at an unconstrained position, in the order of the model.
    pub(crate) fn values_at(&self, position: &[f64]) -> Result<Vec<RunValue>> {
        Ok(run_at(&self.model, &self.layout, self.layout.split(position), Purpose::Values)?.values)
    }
}

impl<M: Model> LogDensity for ModelDensity<M> {
    fn dim(&self) -> usize {
        self.layout.dim()
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64> {
        // An error of ours cannot pass through `grad`, which knows those of `ppl` only.
        let mut failure = None;
        let outcome = grad(
            |leaves| match run_at(&self.model, &self.layout, leaves.to_vec(), Purpose::Density) {
                Ok(run) => run.log_density(),
                Err(error) => {
                    failure = Some(error);
                    0.0.into()
                }
            },
            &self.layout.split(position),
        );
        if let Some(error) = failure {
            return Err(error);
        }
        let (value, gradients) = outcome?;
        for (site, by_site) in self.layout.sites().iter().zip(gradients) {
            gradient[site.offset..site.offset + site.unconstrained_shape.size()].copy_from_slice(&by_site.to_vec());
        }
        Ok(value)
    }
}
