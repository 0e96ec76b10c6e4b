//! What is checked once before the first step, and what is looked for when a bound is not finite.

use std::sync::Arc;

use ppl::handler::{Trace, TraceSite};
use ppl::random::Key;
use ppl::{Ctx, SiteKind};

use super::elbo::{GuideRun, run_model};
use super::learn::Learn;
use super::params::ParamStore;
use crate::error::{DensityError, GuideError, SviError};
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
        return Err(SviError::GuideWithoutParams.into());
    }
    Ok(found)
}

/// Densities and masses do not compare.
fn check_measure(model: &TraceSite, guide: &TraceSite) -> Result<()> {
    let (Some(model_distribution), Some(guide_distribution)) = (&model.distribution, &guide.distribution) else {
        return Ok(());
    };
    let (in_model, in_guide) = (model_distribution.support().is_discrete(), guide_distribution.support().is_discrete());
    if in_model == in_guide {
        return Ok(());
    }
    let error = GuideError::OtherMeasure {
        in_guide: guide_distribution.name(),
        in_model: model_distribution.name(),
        is_discrete_in_guide: in_guide,
    };
    Err(ppl::Error::from(error).at_site(&model.name).into())
}

/// The guide's draw must be possible in the model.
fn check_support(site: &TraceSite) -> Result<()> {
    match &site.distribution {
        Some(distribution) => {
            let outcome = refuse_outside(distribution.as_ref(), &site.value, site.term.mask.as_ref());
            Ok(outcome.map_err(|error| error.at_site(&site.name))?)
        }
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
            return DensityError::non_finite(program, &site.name, log_density, &site.value).into();
        }
    }
    SviError::NonFiniteElbo { elbo }.into()
}
