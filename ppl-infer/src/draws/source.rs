//! The verbs that every result with draws has.

use super::Draws;
use crate::Error;
use crate::posterior::SampleStats;

/// A result with draws: [`Posterior`](crate::Posterior), [`ImportanceDraws`](crate::ImportanceDraws),
/// [`Predictions`](crate::Predictions), [`LaplaceFit`](crate::LaplaceFit), or [`Draws`] themselves.
///
/// [`Predictive`](crate::Predictive) predicts from any of them.
///
/// # Example
/// A result of your own, from which [`Predictive`](crate::Predictive) predicts:
/// ```
/// use ndarray::array;
/// use ppl::prelude::*;
/// use ppl_infer::draws::{DrawSource, SiteTable};
/// use ppl_infer::prelude::*;
///
/// struct Grid(Draws);
///
/// impl DrawSource for Grid {
///     fn draws(&self) -> &Draws {
///         &self.0
///     }
/// }
///
/// #[model]
/// fn line() {
///     let slope = sample!("slope", Normal::new(0.0, 1.0));
///     deterministic!("at_10", slope * 10.0);
/// }
///
/// let mut sites = SiteTable::new(&[3]);
/// sites.insert("slope", array![0.5, 1.0, 1.5].into_dyn())?;
/// let predictions = Predictive::new().posterior(&line(), &Grid(Draws::new(sites)?))?;
/// assert_eq!(predictions.get(line::at_10)?.iter().collect::<Vec<_>>(), [5.0, 10.0, 15.0]);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no draws",
    label = "expected a `Posterior`, `ImportanceDraws` or another result with draws",
    note = "for a guide that SVI has fitted, use `Predictive::guide`"
)]
pub trait DrawSource {
    /// The draws.
    fn draws(&self) -> &Draws;

    /// The statistics of the sampler, of draws of Markov chains.
    fn sample_stats(&self) -> Option<&SampleStats> {
        None
    }

    /// Ids of the chains, where they are other than 0, 1, 2, ….
    fn chain_ids(&self) -> Option<&[usize]> {
        None
    }
}

impl DrawSource for Draws {
    fn draws(&self) -> &Draws {
        self
    }
}

impl<T: DrawSource + ?Sized> DrawSource for &T {
    fn draws(&self) -> &Draws {
        (**self).draws()
    }

    fn sample_stats(&self) -> Option<&SampleStats> {
        (**self).sample_stats()
    }

    fn chain_ids(&self) -> Option<&[usize]> {
        (**self).chain_ids()
    }
}

/// An error as it is.
pub(crate) fn unexplained<T>(_: &T, error: Error) -> Error {
    error
}

/// The verbs of a result with a field `draws`, methods `heading` and `own_warnings`, whose sites are looked up by names
/// of this kind. `explain` may say more about a site that is not there; what follows in braces are further methods of
/// `DrawSource`.
macro_rules! draw_verbs {
    ($type:ident by $name:ident $({ $($further:tt)* })?) => {
        $crate::draws::draw_verbs!($type by $name, $crate::draws::unexplained::<$type> $(, { $($further)* })?);
    };
    ($type:ident by $name:ident, $explain:expr $(, { $($further:tt)* })?) => {
        impl $type {
            /// Draws of a scalar site.
            ///
            /// `site` is a constant of the model's module, such as `eight_schools::tau`, or a string.
            ///
            /// # Errors
            /// [`DrawsError::NotScalar`](crate::error::DrawsError::NotScalar) for an array site;
            /// [`Error::UnknownName`](crate::Error::UnknownName), which lists the sites and suggests the nearest.
            pub fn get(&self, site: impl $name) -> $crate::Result<$crate::draws::SiteDraws> {
                self.draws.get(site.site_name()).map_err(|error| $explain(self, error))
            }

            /// Draws of a site of any shape.
            ///
            /// # Errors
            /// [`Error::UnknownName`](crate::Error::UnknownName).
            pub fn get_array(
                &self,
                site: impl $name,
            ) -> $crate::Result<$crate::draws::SiteDraws<ndarray::ArrayD<f64>>> {
                self.draws.get_array(site.site_name()).map_err(|error| $explain(self, error))
            }

            /// Draws of a scalar component, by its label in the summary: `"theta[3]"`, `"L[1, 0]"`.
            ///
            /// # Errors
            /// [`Error::UnknownName`](crate::Error::UnknownName),
            /// [`DrawsError::UnknownComponent`](crate::error::DrawsError::UnknownComponent).
            pub fn component(&self, label: &str) -> $crate::Result<$crate::draws::SiteDraws> {
                self.draws.component(label).map_err(|error| $explain(self, error))
            }

            /// Draws of the sites `level_0`, `level_1`, … of a loop, stacked; see
            /// [`Draws::get_family`](crate::draws::Draws::get_family).
            ///
            /// # Errors
            /// A family that is not there, with missing members or with members of different shapes.
            pub fn get_family(&self, family: &str) -> $crate::Result<$crate::draws::SiteDraws<ndarray::ArrayD<f64>>> {
                self.draws.get_family(family)
            }

            /// The draws of all sites.
            pub fn draws(&self) -> &$crate::draws::Draws {
                &self.draws
            }

            /// The draws of all sites.
            pub fn into_draws(self) -> $crate::draws::Draws {
                self.draws
            }

            /// Number of draws of each chain, or of all where there are no chains.
            pub fn num_draws(&self) -> usize {
                self.draws.num_draws()
            }

            /// Mean, standard deviation, interval, accuracy and reliability of each scalar component, and warnings.
            ///
            /// The same as [`summary_with`](Self::summary_with) of the default options.
            pub fn summary(&self) -> $crate::Summary {
                self.summary_with(&$crate::draws::SummaryOptions::default())
            }

            /// A summary with another interval, or with quantiles.
            pub fn summary_with(&self, options: &$crate::draws::SummaryOptions) -> $crate::Summary {
                $crate::Summary::new(&self.draws, options, self.heading(), self.own_warnings())
            }
        }

        impl $crate::draws::DrawSource for $type {
            fn draws(&self) -> &$crate::draws::Draws {
                &self.draws
            }

            $($($further)*)?
        }
    };
}
pub(crate) use draw_verbs;
