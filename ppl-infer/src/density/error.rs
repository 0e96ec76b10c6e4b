//! Errors of the log density of a model.

use ppl::{Shape, Tensor};

use crate::Rejections;

/// An error of a log density, or of a model that has none that a sampler can use.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::{error::DensityError, prelude::*};
///
/// #[model]
/// fn mixture(y: f64) {
///     let group = sample!("group", Bernoulli::new(0.3));
///     observe!("y", Normal::new(group * 4.0, 1.0), y);
/// }
///
/// let error = Nuts::new().progress(false).run(&mixture(3.0)).unwrap_err();
/// assert!(matches!(error.cause(), Error::Density(DensityError::DiscreteLatent { site, .. }) if site == "group"));
/// assert_eq!(
///     error.to_string().lines().next(),
///     Some("site `group`: Bernoulli is discrete, and a sampler with gradients cannot move it")
/// );
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DensityError {
    /// A density of dimension zero.
    #[error("the density has dimension 0: there is no continuous latent variable to sample")]
    NothingToSample,

    /// A vector whose dimension is not that of the density.
    #[error("{what} has dimension {got}, but the density has dimension {expected}")]
    DimensionMismatch {
        /// The vector.
        what: &'static str,
        /// The dimension of the density.
        expected: usize,
        /// The dimension of the vector.
        got: usize,
    },

    /// A discrete latent site where gradients are needed.
    #[error(
        "site `{site}`: {distribution} is discrete, and a sampler with gradients cannot move it\nhelp: sum it out of the \
         model (as with `logsumexp` over its values), condition on it, or use importance sampling"
    )]
    DiscreteLatent {
        /// The site.
        site: String,
        /// Its distribution.
        distribution: &'static str,
    },

    /// A plate of which a run takes some members only.
    #[error(
        "log density: the plate takes {subsample_size} of its {size} members, whose density is an estimate\nhelp: MCMC \
         needs all members (leave the subsample out), SVI takes subsamples"
    )]
    SubsampledPlate {
        /// The number of members that a run takes.
        subsample_size: usize,
        /// The number of all members.
        size: usize,
    },

    /// A site that only some runs of the model visit, where all must visit the same sites.
    #[error(
        "site `{site}`: a later run of the model {what} it, unlike the first; this method needs the same sites in every run"
    )]
    ChangingSites {
        /// The site.
        site: String,
        /// The difference: "did not visit".
        what: &'static str,
    },

    /// A latent site that differs from the one which the first run had in the same position of the order.
    #[error("log density: the model's latent sites change from run to run: {}", other_site(.expected.as_ref(), .site))]
    OtherSite {
        /// Latent site at this position in the first run, and its shape; none if the first run had fewer sites.
        expected: Option<(String, Shape)>,
        /// The site of this run, and its shape.
        site: (String, Shape),
    },

    /// A log density of a site that is NaN or infinite.
    #[error("the log density of site `{site}` of the {program} is {log_density}{}", at(.value.as_deref()))]
    NonFinite {
        /// "model" or "guide".
        program: &'static str,
        /// The site.
        site: String,
        /// Its log density.
        log_density: f64,
        /// Its value, where that is short.
        value: Option<String>,
    },

    /// No start at which the log density and its gradient are finite.
    #[error("{}", no_valid_start(.positions.len(), *.log_density, .gradient, .rejections))]
    NoValidStart {
        /// The positions that were tried, on the unconstrained space.
        positions: Vec<Vec<f64>>,
        /// The log density at the last one.
        log_density: f64,
        /// The gradient of the log density there.
        gradient: Vec<f64>,
        /// The reasons by site, if the density is that of a model and they are known: parameters outside their domains,
        /// log densities and gradients that are not finite.
        rejections: Rejections,
    },
}

impl DensityError {
    /// [`DensityError::NonFinite`] with the value if it is short.
    pub(crate) fn non_finite(program: &'static str, site: &str, log_density: f64, value: &Tensor) -> Self {
        const SHOWN: usize = 12;
        let value = (value.size() <= SHOWN).then(|| value.to_string());
        Self::NonFinite { program, site: site.to_owned(), log_density, value }
    }
}

fn at(value: Option<&str>) -> String {
    value.map(|value| format!(", at the value {value}")).unwrap_or_default()
}

fn other_site(expected: Option<&(String, Shape)>, (name, shape): &(String, Shape)) -> String {
    let difference = match expected {
        Some((expected, expected_shape)) => {
            format!("here stood `{expected}` of shape {expected_shape} in the first run, now `{name}` of shape {shape}")
        }
        None => format!("the first run had no site `{name}`"),
    };
    format!("{difference}; a sampler with gradients needs the same sites in every run")
}

fn no_valid_start(attempts: usize, log_density: f64, gradient: &[f64], rejections: &Rejections) -> String {
    if rejections.explained() > 0 {
        return format!("no valid start: {attempts} of {attempts} starts were rejected: {rejections}");
    }
    let slope = match gradient.iter().position(|slope| !slope.is_finite()) {
        Some(index) => format!(" and entry {index} of its gradient {}", gradient[index]),
        None => String::new(),
    };
    format!("no valid start in {attempts} attempts: at the last one the log density was {log_density}{slope}")
}

#[cfg(test)]
mod tests {
    use super::DensityError;
    use crate::Rejections;

    #[test]
    fn no_valid_start_names_the_first_bad_gradient_entry() {
        let error = DensityError::NoValidStart {
            positions: vec![vec![0.5, 1.0]; 100],
            log_density: -1.0,
            gradient: vec![0.0, f64::NAN],
            rejections: Rejections::default(),
        };
        assert_eq!(
            error.to_string(),
            "no valid start in 100 attempts: at the last one the log density was -1 and entry 1 of its gradient NaN"
        );
    }
}
