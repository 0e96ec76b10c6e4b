//! `Map`: the mode of a model's posterior.

use std::sync::Arc;

use ndarray::ArrayD;
use ppl::Model;
use ppl::random::Key;

use super::{Lbfgs, Maximum};
use crate::density::{Engine, Layout, ModelDensity, name_sites};
use crate::draws::{DrawName, SiteColumns, SiteTable};
use crate::error::{DensityError, DrawsError, OptimizeError};
use crate::init::{ModelStarts, find_start};
use crate::runs::{AnyModel, WithoutOutput};
use crate::settings::settings;
use crate::{Error, Init, Result};

settings! {
    /// The maximum a posteriori of a model, by L-BFGS.
    ///
    /// | setting     | default      | meaning                                                              |
    /// |-------------|--------------|----------------------------------------------------------------------|
    /// | `seed`      | 0            | of the start                                                         |
    /// | `init`      | uniform in (−2, 2) | where it starts, see [`Init`]                                  |
    /// | `jacobian`  | false        | whether the mode is that of the density on the unconstrained space   |
    /// | `optimizer` | [`Lbfgs`]    |                                                                      |
    /// | `engine`    | recorded     | program or the tape, see [`Engine`]                               |
    ///
    /// A mode depends on what the density is one of. By default it is that of the sites' own values, as the model
    /// states them: with flat priors the maximum of the likelihood. With `jacobian(true)` it is the mode of the
    /// unconstrained values, about which [`LaplaceApproximation`](crate::LaplaceApproximation) expands. A posterior may
    /// have several modes: this is the one that the start leads to.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl_infer::prelude::*;
    ///
    /// #[model]
    /// fn coin() {
    ///     let fairness = sample!("fairness", Beta::new(10.0, 10.0));
    ///     observe!("heads", Binomial::new(10.0, fairness), 6.0);
    /// }
    ///
    /// // The posterior is Beta(16, 14), with mode 15/28; that of its logit is at 16/30.
    /// let mode = Map::new().run(&coin())?;
    /// assert!((mode.get(coin::fairness)? - 15.0 / 28.0).abs() < 1e-6);
    /// let mode = Map::new().jacobian(true).run(&coin())?;
    /// assert!((mode.get(coin::fairness)? - 16.0 / 30.0).abs() < 1e-6);
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    #[derive(Clone, Debug, PartialEq)]
    pub struct Map {
        /// Random seed of the start; 0.
        seed: u64 = 0;
        /// Start; see [`Init`].
        init(impl Into<Init>): Init = Init::default(), valid_by(|init| init.validate(1, "search"));
        /// Whether the mode is that of the density on the unconstrained space; false.
        jacobian: bool = false;
        /// Optimizer that finds the mode.
        optimizer: Lbfgs = Lbfgs::default(), valid_by(Lbfgs::validate);
        /// What evaluates the density and its gradient.
        engine: Engine = Engine::default();
    }
}

impl Map {
    /// Finds the mode.
    ///
    /// # Errors
    /// A setting outside its domain; a model without continuous latent sites, with a discrete one, or with a subsampled
    /// plate; an error at a site; no valid start (it names the site); [`OptimizeError::NoMaximum`], with the site at
    /// which the log density is steepest, if it has no maximum that can be found.
    pub fn run<M: Model>(&self, model: &M) -> Result<MapEstimate> {
        self.run_erased(&WithoutOutput(model))
    }

    fn run_erased(&self, model: &AnyModel<'_>) -> Result<MapEstimate> {
        self.validate()?;
        let layout = Arc::new(Layout::new(&model, Key::new(self.seed))?);
        let mut density = if self.jacobian {
            ModelDensity::with_layout(model, layout, self.engine)
        } else {
            ModelDensity::without_jacobians(model, layout, self.engine)
        };
        let maximum = find(&mut density, &self.init, self.optimizer, self.seed)?;
        MapEstimate::new(&density, maximum)
    }
}

/// A maximum of a model's density.
pub(crate) fn find(
    density: &mut ModelDensity<&AnyModel<'_>>,
    init: &Init,
    optimizer: Lbfgs,
    seed: u64,
) -> Result<Maximum> {
    if density.layout().dim() == 0 {
        return Err(DensityError::NothingToSample.into());
    }
    let starts = ModelStarts::new(init, 1, *density.model(), density.layout())?;
    let found = find_start(&starts, 1, density, 0, Key::new(seed))
        .and_then(|start| optimizer.maximize(density, start.start.point.position));
    found.map_err(|error| match error {
        Error::Optimize(OptimizeError::NoMaximum { iterations, rise, position, log_density, gradient, .. }) => {
            let steepest = (0..gradient.len()).max_by(|&a, &b| gradient[a].abs().total_cmp(&gradient[b].abs()));
            let site = steepest.and_then(|coordinate| density.layout().site_of(coordinate));
            OptimizeError::NoMaximum {
                site: site.map(|site| site.name.clone()),
                iterations,
                rise,
                position,
                log_density,
                gradient,
            }
            .into()
        }
        error => name_sites(error, density),
    })
}

/// The mode of a posterior.
#[derive(Clone, Debug, PartialEq)]
pub struct MapEstimate {
    sites: SiteTable,
    maximum: Maximum,
    engine: String,
}

impl MapEstimate {
    pub(crate) fn new(density: &ModelDensity<&AnyModel<'_>>, maximum: Maximum) -> Result<Self> {
        let mut columns = SiteColumns::default();
        columns.push(density.values_at(&maximum.position)?);
        Ok(Self { sites: columns.table(&[])?, maximum, engine: density.engine_in_use() })
    }

    /// The value of a scalar latent or deterministic site.
    ///
    /// # Errors
    /// [`DrawsError::NotScalar`] for an array site; [`Error::UnknownName`], which lists the sites and suggests the
    /// nearest.
    pub fn get(&self, site: impl DrawName) -> Result<f64> {
        let site = self.sites.get(site.site_name())?;
        match (site.values().first(), site.shape()) {
            (Some(value), []) => Ok(*value),
            (_, shape) => {
                let example = site.label(&vec![0; shape.len()]);
                Err(DrawsError::NotScalar { site: site.name().to_owned(), shape: shape.to_vec(), example }.into())
            }
        }
    }

    /// The value of a latent or deterministic site of any shape.
    ///
    /// # Errors
    /// [`Error::UnknownName`].
    pub fn get_array(&self, site: impl DrawName) -> Result<ArrayD<f64>> {
        Ok(self.sites.get(site.site_name())?.values().to_owned())
    }

    /// The value of a scalar component: `"theta[3]"`, `"L[1, 0]"`.
    ///
    /// # Errors
    /// [`Error::UnknownName`], [`DrawsError::UnknownComponent`].
    pub fn component(&self, label: &str) -> Result<f64> {
        let (site, index) = self.sites.component(label)?;
        Ok(site.values()[index.as_slice()])
    }

    /// The values of the latent and deterministic sites, in the order of the model.
    #[must_use]
    pub fn sites(&self) -> &SiteTable {
        &self.sites
    }

    /// The mode on the unconstrained space, the log density there, and how it was found.
    #[must_use]
    pub fn maximum(&self) -> &Maximum {
        &self.maximum
    }

    /// The start of chains, or of another search, at this mode.
    ///
    /// The mode of a hierarchical model may be far from its mass, where a scale is nearly 0.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl_infer::prelude::*;
    ///
    /// #[model]
    /// fn coin() {
    ///     let fairness = sample!("fairness", Beta::new(10.0, 10.0));
    ///     observe!("heads", Binomial::new(10.0, fairness), 6.0);
    /// }
    ///
    /// let mode = Map::new().run(&coin())?;
    /// let posterior = Nuts::new().init(mode.init()).warmup(300).progress(false).run(&coin())?;
    /// assert!((posterior.get(coin::fairness)?.mean() - 16.0 / 30.0).abs() < 0.02);
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    #[must_use]
    pub fn init(&self) -> Init {
        Init::Value(self.maximum.position.clone())
    }

    /// What evaluated the density and its gradient, and if the model could not be recorded, why and where.
    #[must_use]
    pub fn engine(&self) -> &str {
        &self.engine
    }
}
