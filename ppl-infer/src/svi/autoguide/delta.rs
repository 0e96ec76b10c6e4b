//! `AutoDelta`: maximum a posteriori.

use std::collections::BTreeMap;

use ppl::distribution::Delta;
use ppl::site::Signature;
use ppl::{Ctx, Model, Tensor};

use super::survey::Survey;
use crate::Result;
use crate::svi::ParamStore;

/// A point for each latent site; fitted, the maximum a posteriori.
///
/// The parameter `{site}_auto_loc` lives in the support of the site, and the bound is the log joint density at the
/// point: its maximum is the mode of the density of the *constrained* values, without any Jacobian.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::svi::{Adam, AutoDelta, Svi};
///
/// #[model]
/// fn coin() {
///     let fairness = sample!("fairness", Beta::new(10.0, 10.0));
///     observe!("heads", Binomial::new(10.0, fairness), 6.0);
/// }
///
/// let model = coin();
/// let guide = AutoDelta::new(&model)?;
/// let fit = Svi::new(Adam::new(0.02)).run(&model, &guide)?;
/// // The posterior is Beta(16, 14), with mode 15/28.
/// assert!((guide.median(fit.params())?["fairness"].item() - 15.0 / 28.0).abs() < 1e-4);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AutoDelta<M> {
    model: M,
    survey: Survey,
}

const NAME: &str = "AutoDelta";

impl<M: Model> AutoDelta<M> {
    /// The guide of a model (or of a reference to one), which runs once, with seed 0.
    ///
    /// # Errors
    /// Those of the run; a discrete latent site, or one whose support depends on other sites; a model without latent
    /// sites.
    pub fn new(model: M) -> Result<Self> {
        let survey = Survey::new(NAME, &model, 0)?;
        survey.require_fixed_supports(NAME)?;
        Ok(Self { model, survey })
    }

    /// The same guide begun at the draws of another seed; it runs the model again.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn seed(self, seed: u64) -> Result<Self> {
        Ok(Self { survey: Survey::new(NAME, &self.model, seed)?, ..self })
    }

    /// The point of each site.
    ///
    /// # Errors
    /// A parameter that the store lacks.
    pub fn median(&self, params: &ParamStore) -> Result<BTreeMap<String, Tensor>> {
        self.survey.sites.iter().map(|site| Ok((site.name.clone(), params.get(site.loc_name())?))).collect()
    }
}

impl<M: Model> Model for AutoDelta<M> {
    type Output = ();

    fn run(&self, ctx: &mut Ctx) -> ppl::Result<()> {
        for site in &self.survey.sites {
            let point = ctx.param(site.loc_name(), site.constrain(&site.init)?, site.support.clone())?;
            site.in_plates(ctx, |ctx| {
                let point = site.gather_constrained(&point, ctx.plates())?;
                ctx.sample(site.name.clone(), Delta::of_events(point, site.support.event_rank()))
            })?;
        }
        Ok(())
    }

    fn signature(&self) -> Signature {
        Signature { name: NAME, sites: &[], open: true }
    }
}
