//! `ExportError`: results that a file cannot have.

/// Results that ArviZ's groups cannot have.
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
