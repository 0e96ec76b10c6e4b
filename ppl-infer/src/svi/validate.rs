//! What is checked once before the first step, and what is looked for when a bound is not finite.

use std::sync::Arc;

use ppl::handler::{Trace, TraceSite};
use ppl::random::Key;
use ppl::{Ctx, SiteKind};

use super::elbo::{GuideRun, run_model};
use super::learn::Learn;
use super::params::ParamStore;
use crate::runs::{AnyModel, refuse_outside};
use crate::{Error, Result};

/// Runs guide and model once with all checks, and returns the parameters that the store lacks.
///
/// That the two have the same latent sites in the same shapes is checked in every step.
pub(super) fn validate(
    model: &AnyModel<'_>,
    guide: &AnyModel<'_>,
    params: &Arc<ParamStore>,
    key: Key,
) -> Result<ParamStore> {
    let (guide, learn) = GuideRun::new(guide, Ctx::new(key), Learn::constant(Arc::clone(params)))?;
    let (model, learn) = run_model(model, Ctx::new(key), &guide, learn)?;
    let drawn = |site: &TraceSite| guide.trace.site(&site.name).filter(|_| site.kind == SiteKind::Latent).cloned();
    for site in model.sites() {
        if let Some(drawn) = drawn(site) {
            check_measure(site, &drawn)?;
            check_support(site)?;
        }
    }
    let has = |kind| guide.trace.sites().iter().any(|site| site.kind == kind);
    let (_, found) = learn.finish();
    if has(SiteKind::Latent) && !has(SiteKind::Param) {
        return Err(Error::GuideWithoutParams);
    }
    Ok(found)
}

/// Densities and masses do not compare.
fn check_measure(model: &TraceSite, guide: &TraceSite) -> Result<()> {
    let (Some(model_distribution), Some(guide_distribution)) = (&model.distribution, &guide.distribution) else {
        return Ok(());
    };
    let is_discrete = |discrete| if discrete { "discrete" } else { "continuous" };
    let (in_model, in_guide) = (model_distribution.support().is_discrete(), guide_distribution.support().is_discrete());
    if in_model == in_guide {
        return Ok(());
    }
    let error = ppl::Error::Handler {
        handler: "guide",
        problem: format!(
            "the guide draws it from {}, which is {}, and in the model it has {}, which is {}",
            guide_distribution.name(),
            is_discrete(in_guide),
            model_distribution.name(),
            is_discrete(in_model)
        ),
    };
    Err(error.at_site(&model.name).into())
}

/// The guide's draw must be possible in the model.
fn check_support(site: &TraceSite) -> Result<()> {
    match &site.distribution {
        Some(distribution) => refuse_outside(&site.name, distribution.as_ref(), &site.value, site.term.mask.as_ref()),
        None => Ok(()),
    }
}

/// Why a bound is not finite: the first site whose density is not.
pub(super) fn diagnose(model: &Trace, guide: &Trace, elbo: f64) -> Error {
    for (program, trace) in [("guide", guide), ("model", model)] {
        for site in trace.sites() {
            let log_density = match site.log_prob().and_then(|log_prob| log_prob.try_item()) {
                Ok(log_density) if log_density.is_finite() => continue,
                Ok(log_density) => log_density,
                Err(error) => return error.into(),
            };
            if program == "model"
                && site.kind == SiteKind::Latent
                && let Err(error) = check_support(site)
            {
                return error;
            }
            return Error::non_finite_density(program, &site.name, log_density, &site.value);
        }
    }
    Error::NonFiniteElbo { elbo }
}
