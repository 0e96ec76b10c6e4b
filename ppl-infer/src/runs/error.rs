//! Errors of guides, whichever method runs them.

use ppl::Shape;
use ppl::site::Names;

use crate::Error;

/// An error of a guide, or of a guide and a model that do not fit each other.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::{error::GuideError, prelude::*};
///
/// #[model]
/// fn groups() {
///     plate!("group", 3, { sample!("theta", Normal::new(0.0, 1.0)); });
/// }
///
/// /// One value for all groups: the plate is missing.
/// #[model]
/// fn guide() {
///     sample!("theta", Normal::new(0.0, 1.0));
/// }
///
/// let error = Importance::new().run_with_guide(&groups(), &guide()).unwrap_err();
/// assert!(matches!(error.cause(), Error::Guide(GuideError::ValueShape { expected, .. }) if expected.dims() == [3]));
/// assert!(error.to_string().ends_with(
///     "site `theta`: the guide's value has shape [], but the site has shape [3] in the model"
/// ));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GuideError {
    /// A guide that could not draw.
    #[error("the guide: {0}")]
    CannotDraw(#[source] Box<Error>),

    /// A guide with data: they would be counted besides the model's.
    #[error("the guide observes site `{site}`; only the model may observe")]
    Observes {
        /// The site.
        site: String,
    },

    /// A latent site of the model that the guide does not draw.
    #[error("the guide does not draw this latent site of the model; it draws {}", Names(.drawn))]
    NotDrawn {
        /// The sites that the guide draws.
        drawn: Vec<String>,
    },

    /// A site that the guide draws and the model observes.
    #[error("the guide draws this site, but the model observes it")]
    Observed,

    /// A value of the guide whose shape is not that of the site in the model.
    #[error("the guide's value has shape {got}, but the site has shape {expected} in the model")]
    ValueShape {
        /// The site's shape in the model.
        expected: Shape,
        /// The value's shape.
        got: Shape,
    },

    /// A draw of the guide to which the model gives no probability.
    #[error("the guide draws a value that the model's support ({support}) does not hold: {value}")]
    OutsideSupport {
        /// The support of the site in the model.
        support: String,
        /// The value.
        value: String,
    },

    /// A density in the guide for a mass in the model, or the other way round.
    #[error(
        "the guide draws it from {in_guide}, which is {}, and in the model it has {in_model}, which is {}",
        measure(*.is_discrete_in_guide), measure(!*.is_discrete_in_guide)
    )]
    OtherMeasure {
        /// The site's distribution in the guide.
        in_guide: &'static str,
        /// The site's distribution in the model.
        in_model: &'static str,
        /// Whether the site is discrete in the guide; in the model it is the contrary.
        is_discrete_in_guide: bool,
    },

    /// A subsampled plate that model and guide do not share.
    #[error(
        "plate `{plate}` takes {length} of its {size} members, and model and guide do not both have the site in that \
         plate, with the same subsample: their densities would count differently often"
    )]
    OtherSubsample {
        /// The plate.
        plate: String,
        /// The number of members that a run takes.
        length: usize,
        /// The number of all members.
        size: usize,
    },

    /// A model without latent sites.
    #[error("{guide}: the model has no latent site that is free, so that there is nothing to guide")]
    NothingToGuide {
        /// The guide.
        guide: &'static str,
    },

    /// A discrete latent site, for a guide whose family is continuous.
    #[error(
        "{guide}: {distribution} is discrete, and the guide's family is continuous\nhelp: sum the site out of the model, or \
         write a guide for it by hand"
    )]
    DiscreteLatent {
        /// The guide.
        guide: &'static str,
        /// The site's distribution.
        distribution: &'static str,
    },

    /// A support that is not the same in every run, for a guide that needs one that is.
    #[error(
        "{guide}: the site's support depends on other sites or parameters, and this guide needs one that is the same in \
         every run\nhelp: use AutoNormal, or write the guide by hand"
    )]
    DependentSupport {
        /// The guide.
        guide: &'static str,
    },

    /// A site in a subsampled plate, for a guide with a correlation between any two coordinates.
    #[error("{guide}: the site stands in a subsampled plate; its coordinates would come and go\nhelp: use AutoNormal")]
    SubsampledPlate {
        /// The guide.
        guide: &'static str,
    },

    /// A site that the model did not visit when the guide was made.
    #[error("{guide}: the model did not visit the site when the guide was made")]
    NewSite {
        /// The guide.
        guide: &'static str,
    },
}

fn measure(is_discrete: bool) -> &'static str {
    if is_discrete { "discrete" } else { "continuous" }
}
