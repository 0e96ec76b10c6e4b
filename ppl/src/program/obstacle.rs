//! `Obstacle`: what keeps a function from being recorded, told so that its author finds the line and the cure.

use std::fmt;
use std::panic::Location;

use crate::Device;

/// What keeps a function from being recorded as a program.
///
/// # Example
/// ```
/// use ppl::program::{Obstacle, Recorded, record};
///
/// let recorded = record(&[0.5], |x| Ok(if x.get(0) > 0.0 { x.sum() } else { -x.sum() }))?;
/// let Recorded::Dynamic(obstacle) = recorded else { panic!("the branch reads the input") };
/// println!("{}", obstacle.describe("the position"));
/// assert!(matches!(obstacle, Obstacle::Read { by: ">", .. }));
/// assert!(obstacle.to_string().ends_with("by `>`: `Tensor::select(x.greater(y), a, b)` would be recorded"));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
    /// A value that depends on the input was read, as to branch on it.
    Read {
        /// What read it: an operator or a method of [`Tensor`](crate::Tensor).
        by: &'static str,
        /// Where.
        place: Place,
    },
    /// The members of a subsampled plate were read, which a program draws anew.
    Members {
        /// The plate.
        plate: String,
        /// Where.
        place: Place,
    },
    /// A value that depends on the input was formatted, as by `println!`.
    Format {
        /// Where: never a line, for the standard library does not tell who formats.
        place: Place,
    },
    /// An operation ran on a CUDA device, and programs run on the CPU.
    Device {
        /// The device.
        device: Device,
        /// Where.
        place: Place,
    },
    /// Random numbers were drawn that are not noise, or where none is drawn anew.
    Draw {
        /// The site that drew them.
        site: String,
    },
}

/// Position in a function, for messages.
///
/// # Example
/// ```
/// use ppl::program::{Obstacle, Place, Recorded, record};
///
/// let (recorded, line) = (record(&[0.5], |x| Ok(x * x.item()))?, line!());
/// let Recorded::Dynamic(Obstacle::Read { by: "item", place }) = recorded else { panic!("`item` reads the input") };
/// assert!(matches!(place, Place::Line(location) if location.line() == line));
/// assert_eq!(place.to_string(), format!("at {}", place.location().unwrap()));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// At this line of the user's code.
    Line(&'static Location<'static>),
    /// Within a site, by its distribution or a handler.
    Within {
        /// The site.
        site: String,
        /// Its model, or the call of [`Ctx`](crate::Ctx) where that was not written by a macro.
        location: &'static Location<'static>,
    },
    /// In code that does not tell its caller, such as that of the standard library, after a site and before the next.
    After {
        /// The site.
        site: String,
        /// Its model, or the call of [`Ctx`](crate::Ctx) where that was not written by a macro.
        location: &'static Location<'static>,
    },
    /// The same, before the first site.
    BeforeSites,
}

impl Place {
    /// The line, or that of the model.
    #[must_use]
    pub fn location(&self) -> Option<&'static Location<'static>> {
        match self {
            Self::Line(location) | Self::Within { location, .. } | Self::After { location, .. } => Some(location),
            Self::BeforeSites => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(location) => write!(f, "at {location}"),
            Self::Within { site, location } => write!(f, "within site `{site}` of the model at {location}"),
            Self::After { site, location } => write!(f, "after site `{site}` of the model at {location}"),
            Self::BeforeSites => f.write_str("before the first site"),
        }
    }
}

/// The recordable replacement of a reader.
fn cure(by: &str) -> &'static str {
    match by {
        ">" => "`Tensor::select(x.greater(y), a, b)` would be recorded",
        ">=" => "`Tensor::select(x.greater_equal(y), a, b)` would be recorded",
        "<" => "`Tensor::select(x.less(y), a, b)` would be recorded",
        "<=" => "`Tensor::select(x.less_equal(y), a, b)` would be recorded",
        "==" => "`Tensor::select(x.equal(y), a, b)` would be recorded",
        "!=" => "`Tensor::select(x.not_equal(y), a, b)` would be recorded",
        "partial_cmp" => "`Tensor::select` with `greater`, `less` and their kin would be recorded",
        "map" | "zip_with" => "operations of `Tensor` would be recorded",
        _ => "operations of `Tensor`, and `Tensor::select(x.greater(y), a, b)` in place of a branch, would be recorded",
    }
}

impl Obstacle {
    /// The obstacle in words, by which a value depends on these inputs.
    #[must_use]
    pub fn describe(&self, inputs: &str) -> String {
        match self {
            Self::Read { place: place @ Place::Within { .. }, .. } => {
                format!("a value that depends on {inputs} was read {place}")
            }
            Self::Read { by, place } => {
                format!("a value that depends on {inputs} was read {place} by `{by}`: {}", cure(by))
            }
            Self::Members { plate, place } => {
                format!("the members of plate `{plate}` were read {place} (`Tensor::take` takes them unread)")
            }
            Self::Format { place } => format!("a value that depends on {inputs} was formatted {place}"),
            Self::Device { device, place } => {
                format!(
                    "a value that depends on {inputs} was computed on {device} {place}, and programs run on the CPU"
                )
            }
            Self::Draw { site } => format!("what \"{site}\" draws depends on more than noise"),
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe("the input"))
    }
}
