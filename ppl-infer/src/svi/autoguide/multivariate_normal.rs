//! `AutoMultivariateNormal`: normal guide with any covariance.

use std::collections::BTreeMap;

use ppl::bijector::biject_to;
use ppl::distribution::{Delta, Distribution, DistributionExt, Normal};
use ppl::handler::Block;
use ppl::site::Signature;
use ppl::special::ndtri;
use ppl::{Constraint, Ctx, Model, Tensor};

use super::survey::Survey;
use super::{INIT_SCALE, check_init_scale, check_probability};
use crate::Result;
use crate::error::GuideError;
use crate::svi::ParamStore;

/// One normal distribution over all unconstrained coordinates, brought to the support of each site.
///
/// ```text
/// u ~ MultivariateNormal(`auto_loc`, scale_tril = `auto_scale_tril`),   x = forward(u)
/// ```
///
/// The coordinates stand in the order of the model's sites. The number of parameters is quadratic in theirs, so that
/// this guide is for some hundreds of them at most.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::svi::{Adam, AutoMultivariateNormal, Svi};
///
/// /// Only the sum is observed: in the posterior the two are correlated, at −0.98.
/// #[model]
/// fn sum() {
///     let a = sample!("a", Normal::new(0.0, 1.0));
///     let b = sample!("b", Normal::new(0.0, 1.0));
///     observe!("sum", Normal::new(a + b, 0.2), 1.0);
/// }
///
/// let model = sum();
/// let guide = AutoMultivariateNormal::new(&model)?;
/// let fit = Svi::new(Adam::new(0.02)).steps(2000).num_particles(4).run(&model, &guide)?;
/// let factor = fit.params().get("auto_scale_tril")?;
/// let covariance = factor.matmul(factor.transpose()).to_vec();
/// assert!(covariance[1] / (covariance[0] * covariance[3]).sqrt() < -0.9);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AutoMultivariateNormal<M> {
    model: M,
    survey: Survey,
    init_scale: f64,
}

const NAME: &str = "AutoMultivariateNormal";
const LOC: &str = "auto_loc";
const SCALE_TRIL: &str = "auto_scale_tril";
/// The standard normal noise, a site that is hidden from everything outside the guide.
const NOISE: &str = "_auto_noise";
/// The guide's density on the unconstrained space, which belongs to no single site.
const DENSITY: &str = "_auto_density";

impl<M: Model> AutoMultivariateNormal<M> {
    /// The guide of a model (or of a reference to one), which runs once, with seed 0.
    ///
    /// # Errors
    /// Those of the run; a discrete latent site, one whose support depends on other sites, or one in a subsampled
    /// plate; a model without latent sites.
    pub fn new(model: M) -> Result<Self> {
        let survey = Survey::new(NAME, &model, 0)?;
        survey.require_fixed_supports(NAME)?;
        if let Some(site) = survey.sites.iter().find(|site| site.is_subsampled()) {
            let error = ppl::Error::from(GuideError::SubsampledPlate { guide: NAME });
            return Err(error.at_site(&site.name).into());
        }
        Ok(Self { model, survey, init_scale: INIT_SCALE })
    }

    /// The same guide begun at the draws of another seed; it runs the model again.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn seed(self, seed: u64) -> Result<Self> {
        Ok(Self { survey: Survey::new(NAME, &self.model, seed)?, ..self })
    }

    /// Sets the scale that the guide begins with, 0.1 by default.
    ///
    /// # Errors
    /// A scale that is not positive and finite.
    pub fn init_scale(self, init_scale: f64) -> Result<Self> {
        check_init_scale(init_scale)?;
        Ok(Self { init_scale, ..self })
    }

    /// The median of each site: of scalars and what is made of independent ones that of the guide's distribution, of
    /// others (a simplex, say) the image of the unconstrained median.
    ///
    /// # Errors
    /// A parameter that the store lacks.
    pub fn median(&self, params: &ParamStore) -> Result<BTreeMap<String, Tensor>> {
        let parts = self.split(&params.get(LOC)?)?;
        let sites = self.survey.sites.iter().zip(parts);
        sites.map(|(site, loc)| Ok((site.name.clone(), site.constrain(&loc)?))).collect()
    }

    /// A quantile of each component of each site whose components are functions of one coordinate; the others, such as
    /// a simplex, are left out: draw from the guide for those.
    ///
    /// # Errors
    /// A probability that is not between 0 and 1; a parameter that the store lacks.
    pub fn quantile(&self, params: &ParamStore, probability: f64) -> Result<BTreeMap<String, Tensor>> {
        check_probability(probability)?;
        let z = ndtri(probability);
        let locs = self.split(&params.get(LOC)?)?;
        let scales = self.split(&params.get(SCALE_TRIL)?.square().sum_axis(-1).sqrt())?;
        let sites = self.survey.sites.iter().zip(locs.iter().zip(&scales)).filter(|(site, _)| site.is_elementwise());
        sites.map(|(site, (loc, scale))| Ok((site.name.clone(), site.quantile(loc, scale, z)?))).collect()
    }

    fn dim(&self) -> usize {
        self.survey.sites.iter().map(|site| site.init.size()).sum()
    }

    /// Cuts a vector of all coordinates into the unconstrained values of the sites.
    fn split(&self, coordinates: &Tensor) -> ppl::Result<Vec<Tensor>> {
        let mut offset = 0;
        let part = |site: &super::site::AutoSite| {
            let range = offset..offset + site.init.size();
            offset = range.end;
            coordinates.try_slice(0, range)?.try_reshape(site.init.shape())
        };
        self.survey.sites.iter().map(part).collect()
    }
}

impl<M: Model> Model for AutoMultivariateNormal<M> {
    type Output = ();

    fn run(&self, ctx: &mut Ctx) -> ppl::Result<()> {
        let dim = self.dim();
        let inits: Vec<Tensor> = self.survey.sites.iter().map(|site| site.init.reshape([site.init.size()])).collect();
        let loc = ctx.param(LOC, Tensor::concat(&inits, 0), Constraint::Real)?;
        let init_factor = Tensor::eye(dim) * self.init_scale;
        let factor = ctx.param(SCALE_TRIL, init_factor, Constraint::LowerCholesky)?;

        let standard = Normal::new(Tensor::zeros(dim), 1.0).to_event(1);
        let (noise, _) = ctx.enter(Block::hide([NOISE.to_owned()]), |ctx| ctx.sample(NOISE, standard))?;
        let coordinates = factor.try_matmul(&noise)?.try_add(&loc)?;
        let log_density = Normal::new(0.0, 1.0)?.log_prob(&noise)?.sum() - factor.diagonal().ln().sum();
        ctx.factor(DENSITY, log_density)?;

        for (site, unconstrained) in self.survey.sites.iter().zip(self.split(&coordinates)?) {
            let (value, log_det) = biject_to(&site.support)?.forward_and_log_det(&unconstrained)?;
            // A point with the density that the change of variables leaves to the site.
            let point = Delta::of_events(value, site.support.event_rank())?.with_log_density(-log_det)?;
            ctx.sample(site.name.clone(), point)?;
        }
        Ok(())
    }

    fn signature(&self) -> Signature {
        Signature { name: NAME, sites: &[], open: true }
    }
}
