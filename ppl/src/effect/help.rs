//! Help lines of messages about shapes and parameters that do not fit.

use super::{PlateFrame, SampleMessage};
use crate::{Constraint, Error, Shape, Tensor};

/// A line of help about data of another shape than their site's; empty where nothing is plain.
pub(crate) fn data_shape(site: &SampleMessage, data: &Shape) -> String {
    let expected = site.shape();
    let event = site.distribution.event_shape();
    let batch = site.distribution.batch_shape();
    let line = if data.rank() == 0 {
        one_value(&site.plates, &expected)
    } else if data.rank() >= event.rank() && data.split_event(event.rank()).1 == event {
        batch_of_data(site, &batch, &data.split_event(event.rank()).0)
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

/// About data whose events are right.
fn batch_of_data(site: &SampleMessage, batch: &Shape, data: &Shape) -> Option<String> {
    let plates = &site.plates;
    if plates.is_empty() {
        if batch.broadcast(data) != Some(*data) {
            return None;
        }
        // The outermost plate has the last axis.
        let inner = format!("observe!(\"{}\", ..)", site.name);
        let nested = data.iter().enumerate().fold(inner, |inner, (axis, size)| {
            let name = if data.rank() == 1 { "n".to_owned() } else { format!("axis_{axis}") };
            format!("plate!(\"{name}\", {size}, {{ {inner} }})")
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
pub(crate) fn plate_shape(batch: &Shape, plates: &[PlateFrame]) -> String {
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

/// A value that a run has drawn or begun with, in case that it turns out to be a wrong parameter.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    name: String,
    /// The distribution that it was drawn from; `None` for the value of a `param!`.
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

    /// Whether this is where the number comes from. Integers come from anywhere.
    fn holds(&self, number: f64) -> bool {
        let is_telling = self.distribution.is_none() || number.fract() != 0.0;
        is_telling && !self.value.is_tracked() && self.value.elements().contains(&number)
    }
}

/// What to write in place of values that leave this domain, whose text is that of an [`Error::InvalidParameter`].
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
                "which is `{name}`, drawn from a {distribution}: draw what must be {domain} from {distributions}"
            ),
            None => {
                format!("which is the parameter `{name}`: keep it {domain} by `param!(\"{name}\", .., {constraint})`")
            }
        }
    }
}

/// Adds to a wrong parameter of a distribution where it comes from and what to do, where that is plain.
pub(crate) fn parameter(error: Error, origins: &[Origin]) -> Error {
    let Error::InvalidParameter { distribution, parameter, expected, got } = error else { return error };
    let number = got.split(" at ").next().and_then(|number| number.parse::<f64>().ok());
    let help = number.zip(remedy(&expected)).and_then(|(number, remedy)| {
        let origin = origins.iter().rev().find(|origin| origin.holds(number));
        match origin {
            Some(origin) => Some(remedy.of_origin(origin)),
            None if !origins.is_empty() && number.fract() != 0.0 => {
                Some(format!("computed in the model: keep it {} by {}", remedy.domain, remedy.functions))
            }
            None => None,
        }
    });
    let got = help.map_or_else(|| got.clone(), |help| format!("{got}, {help}"));
    Error::InvalidParameter { distribution, parameter, expected, got }
}
