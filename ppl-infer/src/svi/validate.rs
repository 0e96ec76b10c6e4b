//! Checks of model and guide before the first step.

use std::sync::Arc;

use ppl::handler::TraceSite;
use ppl::random::Key;
use ppl::{Ctx, SiteKind};

use super::elbo::{GuideRun, run_model};
use super::learn::Learn;
use super::non_finite::check_support;
use super::params::ParamStore;
use crate::Result;
use crate::error::{GuideError, SviError};
use crate::runs::AnyModel;

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
