//! Lines of help for messages about shapes and parameters that do not fit.

use super::{PlateFrame, SampleSite};
use crate::{Constraint, Error, Shape, Tensor};

/// A line of help about data of another shape than their site's; empty where the cure is not certain.
pub(super) fn data_shape(site: &SampleSite, name: &str, plates: &[PlateFrame], data: &Shape) -> String {
    let expected = site.shape();
    let event = site.distribution.event_shape();
    let batch = site.distribution.batch_shape();
    let line = if data.rank() == 0 {
        one_value(plates, &expected)
    } else if data.rank() >= event.rank() && data.split_event(event.rank()).1 == event {
        batch_of_data(name, plates, &batch, &data.split_event(event.rank()).0)
    } else {
        None
    };
    let reshaped = || {
        let is_order_plain = data.iter().filter(|&&size| size != 1).eq(expected.iter().filter(|&&size| size != 1));
        is_order_plain.then(|| format!("the data get this shape by `.reshape({expected})`"))
    };
    line.or_else(reshaped).map_or_else(String::new, |line| format!("help: {line}\n"))
}

fn one_value(plates: &[PlateFrame], expected: &Shape) -> Option<String> {
    let innermost = plates.last()?;
    Some(format!(
        "one value is not repeated: give {} of them, or move the site out of the plate `{}`",
        expected.size(),
        innermost.name
    ))
}

/// Help about data whose events have the right shape.
fn batch_of_data(name: &str, plates: &[PlateFrame], batch: &Shape, data: &Shape) -> Option<String> {
    if plates.is_empty() {
        if batch.broadcast(data) != Some(*data) {
            return None;
        }
        // The outermost plate has the last axis.
        let inner = format!("observe!(\"{name}\", ..)");
        let nested = data.iter().enumerate().fold(inner, |inner, (axis, size)| {
            let plate = if data.rank() == 1 { "n".to_owned() } else { format!("axis_{axis}") };
            format!("plate!(\"{plate}\", {size}, {{ {inner} }})")
        });
        return Some(format!("for {} independent values put the site in a plate: `{nested}`", data.size()));
    }
    let reversed = Shape::from(data.iter().rev().copied().collect::<Vec<_>>());
    if plates.len() > 1 && data.rank() == batch.rank() && reversed == *batch {
        return Some(format!(
            "the outermost plate, `{}`, has the last axis: transpose the data, or exchange the plates",
            plates[0].name
        ));
    }
    if data.rank() != batch.rank() {
        return None;
    }
    let wrong = plates.iter().find(|plate| {
        let axis = data.rank() - plate.dim.unsigned_abs();
        data[axis] != batch[axis] && batch[axis] == plate.length()
    })?;
    let size = data[data.rank() - wrong.dim.unsigned_abs()];
    Some(format!("plate `{}` has {} members, and the data {size}", wrong.name, wrong.length()))
}

/// A line of help about a distribution whose batch shape does not fit the plates.
pub(super) fn plate_shape(batch: &Shape, plates: &[PlateFrame]) -> String {
    let wrong = plates.iter().find_map(|plate| {
        let axis = batch.rank().checked_sub(plate.dim.unsigned_abs())?;
        (batch[axis] != 1 && batch[axis] != plate.length()).then_some((plate, batch[axis]))
    });
    let Some((plate, size)) = wrong else { return String::new() };
    format!(
        "help: axis {} is that of the {} members of plate `{}`, and here it has {size}: give the plate this size, or \
         make one event of the {size} values by `.to_event(1)`\n",
        plate.dim,
        plate.length(),
        plate.name
    )
}

/// The value of a latent site or a parameter, which may turn out to be a wrong parameter of a distribution.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    name: String,
    /// The distribution of a latent site; `None` for a `param!`.
    distribution: Option<&'static str>,
    value: Tensor,
}

impl Origin {
    pub(crate) fn latent(name: &str, distribution: &'static str, value: &Tensor) -> Self {
        Self { name: name.to_owned(), distribution: Some(distribution), value: value.clone() }
    }

    pub(crate) fn param(name: &str, value: &Tensor) -> Self {
        Self { name: name.to_owned(), distribution: None, value: value.clone() }
    }

    /// Whether the scalar comes from here. An integer may come from anywhere.
    fn holds(&self, scalar: f64) -> bool {
        let is_telling = self.distribution.is_none() || scalar.fract() != 0.0;
        is_telling && !self.value.is_tracked() && self.value.elements().contains(&scalar)
    }
}

/// The cure for values outside of a domain, which is given by the text of an [`Error::InvalidParameter`].
pub(crate) fn remedy(expected: &str) -> Option<Remedy> {
    let is = |domain: &Constraint| {
        let domain = domain.to_string();
        expected.strip_suffix(domain.as_str()).is_some_and(|before| matches!(before, "" | "finite and "))
    };
    if is(&Constraint::Positive) || is(&Constraint::NonNegative) {
        return Some(Remedy {
            domain: "positive",
            distributions: "`HalfNormal`, `LogNormal`, `Exponential` or `Gamma`",
            constraint: "Constraint::Positive",
            functions: "`.exp()` or `.softplus()`",
        });
    }
    is(&Constraint::UnitInterval).then_some(Remedy {
        domain: "between 0 and 1",
        distributions: "`Beta` or `Uniform`",
        constraint: "Constraint::UnitInterval",
        functions: "`.sigmoid()`",
    })
}

/// Distributions, constraints and functions that keep values in a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Remedy {
    domain: &'static str,
    /// To draw a latent site from.
    distributions: &'static str,
    /// For a `param!`.
    constraint: &'static str,
    /// For what is computed.
    functions: &'static str,
}

impl Remedy {
    fn of_origin(&self, origin: &Origin) -> String {
        let Self { domain, distributions, constraint, .. } = self;
        let name = &origin.name;
        match origin.distribution {
            Some(distribution) => format!(
                "which is `{name}`, drawn from a {distribution}\nhelp: draw what must be {domain} from {distributions}"
            ),
            None => {
                format!(
                    "which is the parameter `{name}`\nhelp: keep it {domain} by `param!(\"{name}\", .., {constraint})`"
                )
            }
        }
    }
}

/// Adds the origin of a wrong parameter and the cure to its error, where they are certain.
pub(crate) fn parameter(error: Error, origins: &[Origin]) -> Error {
    let Error::InvalidParameter { distribution, parameter, expected, got } = error else { return error };
    let scalar = got.split(" at ").next().and_then(|text| text.parse::<f64>().ok());
    let help = scalar.zip(remedy(&expected)).and_then(|(scalar, remedy)| {
        let origin = origins.iter().rev().find(|origin| origin.holds(scalar));
        match origin {
            Some(origin) => Some(remedy.of_origin(origin)),
            None if !origins.is_empty() && scalar.fract() != 0.0 => {
                Some(format!("computed in the model\nhelp: keep it {} by {}", remedy.domain, remedy.functions))
            }
            None => None,
        }
    });
    let got = help.map_or_else(|| got.clone(), |help| format!("{got}, {help}"));
    Error::InvalidParameter { distribution, parameter, expected, got }
}
