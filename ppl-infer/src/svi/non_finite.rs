//! The site at which a bound is not finite, and draws of the guide that the model does not support.

use ppl::SiteKind;
use ppl::handler::{Trace, TraceSite};

use crate::error::{DensityError, SviError};
use crate::runs::refuse_outside;
use crate::{Error, Result};

/// The guide's draw must be possible in the model.
pub(super) fn check_support(site: &TraceSite) -> Result<()> {
    match &site.distribution {
        Some(distribution) => {
            let outcome = refuse_outside(distribution.as_ref(), &site.value, site.term.mask.as_ref());
            Ok(outcome.map_err(|error| error.at_site(&site.name))?)
        }
        None => Ok(()),
    }
}

/// The error of a bound that is not finite: it names the first site whose density is not.
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
