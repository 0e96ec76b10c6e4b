//! `ExportError`: results that a file cannot have.

/// Results that ArviZ's groups cannot have.
///
/// # Example
/// ```
/// use ndarray::array;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::{Error, InferenceData, error::ExportError};
///
/// let mut sites = SiteTable::new(&[3]);
/// sites.insert("y", array![1.0, 2.0, 3.0].into_dyn())?;
/// let weighted = Draws::weighted(sites, vec![0.0, 0.0, 1.0])?;
///
/// let error = InferenceData::new().prior(&weighted).unwrap_err();
/// assert!(matches!(error, Error::Export(ExportError::Weighted { group: "prior" })));
/// // Its help: draws that are equal.
/// assert!(InferenceData::new().prior(&weighted.resample(100, 0)?).is_ok());
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Draws with weights, which the groups have no place for.
    #[error(
        "group `{group}`: the draws have weights, and readers would take them for equal\nhelp: `resample` gives draws that \
         are"
    )]
    Weighted {
        /// The group.
        group: &'static str,
    },

    /// A variable that a group has already.
    #[error("group `{group}` has the variable `{variable}` already")]
    TwoVariables {
        /// The group.
        group: &'static str,
        /// The variable.
        variable: String,
    },

    /// Observations of a plate whose members are drawn.
    #[error(
        "site `{site}` observes {length} of the {size} members of plate `{plate}`\nhelp: give a model of all of them, without \
         `subsample_size`"
    )]
    Subsampled {
        /// The site.
        site: String,
        /// The plate.
        plate: String,
        /// Count of the members of the run.
        length: usize,
        /// Count of all members.
        size: usize,
    },

    /// A variable whose axes are others in another group.
    #[error(
        "`{variable}` has the axes {first:?} in one group and {other:?} in `{group}`, and the JSON of ArviZ has one list for \
         all groups\nhelp: `write_zarr` has no such limit"
    )]
    DifferentAxes {
        /// The variable.
        variable: String,
        /// The group in which its axes are others.
        group: &'static str,
        /// The axes in the groups before.
        first: Vec<String>,
        /// Those in this group.
        other: Vec<String>,
    },
}
