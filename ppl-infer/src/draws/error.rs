//! Errors of results with draws.

use ppl::site::Names;

/// An error of arrays of draws, or of a lookup among them.
///
/// # Example
/// ```
/// use ndarray::ArrayD;
/// use ppl_infer::Error;
/// use ppl_infer::draws::{Draws, DrawsError, SiteTable};
///
/// let mut sites = SiteTable::new(&[100]);
/// sites.insert("theta", ArrayD::zeros(vec![100, 3]))?;
/// let draws = Draws::new(sites)?;
///
/// let error = draws.get("theta").unwrap_err();
/// assert!(matches!(&error, Error::Draws(DrawsError::NotScalar { shape, .. }) if *shape == [3]));
/// let error = draws.component("theta[3]").unwrap_err();
/// assert!(matches!(&error, Error::Draws(DrawsError::UnknownComponent { label, .. }) if label == "theta[3]"));
/// assert_eq!(
///     error.to_string(),
///     "site `theta` has shape [3] and no component `theta[3]`\nhelp: its first component is `theta[0]`"
/// );
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DrawsError {
    /// Two arrays for one site.
    #[error("site `{site}` was given twice")]
    TwoArrays {
        /// The site.
        site: String,
    },

    /// An array that does not fit the table that it goes into.
    #[error("{quantity}: the array has shape {got:?}, but its leading axes must be {expected:?}")]
    Shape {
        /// The site or sample statistic.
        quantity: String,
        /// Leading axes of every array of the table.
        expected: Vec<usize>,
        /// Shape of the array.
        got: Vec<usize>,
    },

    /// A number of names of dimensions that is not the number of axes of the site.
    #[error("site `{site}` has {expected} axes, but {got} names of dimensions were given")]
    DimensionNames {
        /// The site.
        site: String,
        /// Rank of the site.
        expected: usize,
        /// Number of names.
        got: usize,
    },

    /// Names of the members of an axis that are not as many as it has.
    #[error("site `{site}` has {expected} members along `{dim}`, but {got} names of them were given")]
    MemberNames {
        /// The site.
        site: String,
        /// The axis.
        dim: String,
        /// Length of the axis.
        expected: usize,
        /// Number of names.
        got: usize,
    },

    /// A plate whose members have other names in another run of the model.
    #[error(
        "site `{site}`: the members of plate `{plate}` have other names in one run of the model than in another: \
         {first}, and {other}\nhelp: give the plate the same names in every run, or its size alone"
    )]
    ChangingNames {
        /// The site.
        site: String,
        /// The plate.
        plate: String,
        /// The first name that differs, with its index.
        first: String,
        /// The name of that member in the other run.
        other: String,
    },

    /// A result without a single draw.
    #[error("there are no draws ({chains} chains of {draws} draws)")]
    NoDraws {
        /// Number of chains.
        chains: usize,
        /// Number of draws of each.
        draws: usize,
    },

    /// A site with several components, where one is expected.
    #[error(
        "site `{site}` has shape {shape:?}; it is no scalar\nhelp: use `get_array(\"{site}\")`, or \
         `component(\"{example}\")` for one of its scalars"
    )]
    NotScalar {
        /// The site.
        site: String,
        /// Its shape.
        shape: Vec<usize>,
        /// Label of its first component.
        example: String,
    },

    /// A component that a site does not have.
    #[error("site `{site}` has shape {shape:?} and no component `{label}`{}", first_component(.shape, .example))]
    UnknownComponent {
        /// The label that was asked for.
        label: String,
        /// The site.
        site: String,
        /// Its shape.
        shape: Vec<usize>,
        /// Label of its first component.
        example: String,
    },

    /// The label of a component, where a site is expected.
    #[error("`{label}` is a component of a site\nhelp: use `component(\"{label}\")`")]
    IsComponent {
        /// The label.
        label: String,
    },

    /// A family of sites in which members are missing.
    #[error("the family `{family}` has {found} sites, but {} are missing", Names(.missing))]
    FamilyGap {
        /// The family.
        family: String,
        /// Number of its sites.
        found: usize,
        /// Names of the first sites that are missing between them.
        missing: Vec<String>,
    },

    /// A family of sites that differ in shape or in the number of indices.
    #[error(
        "the family `{family}` has sites that do not stack: `{}` of shape {:?}, `{}` of shape {:?}",
        first.0, first.1, other.0, other.1
    )]
    FamilyShape {
        /// The family.
        family: String,
        /// Its first site and the shape.
        first: (String, Vec<usize>),
        /// The first site that differs, and its shape.
        other: (String, Vec<usize>),
    },

    /// A site that only some draws visited.
    #[error("site `{site}` was visited by {visited} of {draws} draws\nhelp: `visiting(\"{site}\")` keeps these draws")]
    PartlyVisited {
        /// The site.
        site: String,
        /// Number of the draws that visited it.
        visited: usize,
        /// Number of all draws.
        draws: usize,
    },

    /// A site whose shape differs between draws, so that it does not fit into one array.
    #[error(
        "site `{site}` has shape {:?} in draw {} and {:?} in draw {}: its values do not fit into one array\nhelp: \
         `draws().irregular_sites()` has them one by one",
        first.1, first.0, other.1, other.0
    )]
    VaryingShape {
        /// The site, or the model's output.
        site: String,
        /// The first draw and its shape.
        first: (usize, Vec<usize>),
        /// The first draw of another shape, and that shape.
        other: (usize, Vec<usize>),
    },

    /// Return values of the model that were not kept.
    #[error("the return values of the model were not kept\nhelp: run with `run_output` or `run_with_guide_output`")]
    NoOutput,
}

/// The help for components.
fn first_component(shape: &[usize], example: &str) -> String {
    if shape.contains(&0) { String::new() } else { format!("\nhelp: its first component is `{example}`") }
}
