//! Which element of a site has a density that is not finite, and under which parameters.

use ppl::Tensor;
use ppl::distribution::Distribution;
use ppl::effect::SampleSite;

/// The largest vector that is shown.
const SHOWN: usize = 8;

/// The first element of a site whose log density is not finite, with its value and the parameters there: "element [17]:
/// log density -inf at value 3.2 under Uniform(low = 0, high = 2.9)".
pub(super) fn first_element(site: &SampleSite) -> Option<String> {
    let value = site.value.as_ref()?;
    let each = site.distribution.log_prob(value).ok()?;
    let each = match &site.term.mask {
        Some(mask) => Tensor::try_select(mask, &each, 0.0).ok()?,
        None => each,
    };
    let (batch, log_probs) = (each.shape(), each.to_vec());
    let offset = log_probs.iter().position(|log_prob| !log_prob.is_finite())?;
    let event_size = value.size() / batch.size();
    let event = &value.to_vec()[offset * event_size..(offset + 1) * event_size];
    let element =
        if batch.rank() == 0 { String::new() } else { format!("element {:?}: ", batch.unravel_index(offset)) };
    let under = describe(site.distribution.as_ref(), &each, offset);
    Some(format!("{element}log density {}{} under {under}", log_probs[offset], at(event)))
}

/// The distribution of one element, by its parameters or, where these are not known, its support.
fn describe(distribution: &dyn Distribution, batch: &Tensor, offset: usize) -> String {
    let parameters = distribution.parameter_values();
    if parameters.is_empty() {
        return format!("{} with values that are {}", distribution.name(), distribution.support());
    }
    let texts = parameters.into_iter().map(|(name, parameter)| {
        let own =
            if distribution.event_shape().rank() == 0 { parameter.try_broadcast_to(batch.shape()).ok() } else { None };
        match own {
            Some(own) => format!("{name} = {}", short(own.to_vec()[offset])),
            None if parameter.size() <= SHOWN => format!("{name} = {}", list(&parameter.to_vec())),
            None => format!("{name} of shape {}", parameter.shape()),
        }
    });
    format!("{}({})", distribution.name(), texts.collect::<Vec<_>>().join(", "))
}

fn at(event: &[f64]) -> String {
    match event {
        [number] => format!(" at value {}", short(*number)),
        event if event.len() <= SHOWN => format!(" at value {}", list(event)),
        _ => String::new(),
    }
}

fn list(numbers: &[f64]) -> String {
    match numbers {
        [number] => short(*number),
        numbers => format!("[{}]", numbers.iter().map(|&number| short(number)).collect::<Vec<_>>().join(", ")),
    }
}

/// A number to six digits.
fn short(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 || !number.is_finite() {
        return number.to_string();
    }
    if !(1e-4..1e9).contains(&size) {
        return format!("{number:.5e}");
    }
    let decimals = (5.0 - size.log10().floor()).max(0.0) as usize;
    let text = format!("{number:.decimals$}");
    if decimals == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_six_digits() {
        let shorts = [0.0, 2.9, -0.149, 1.0 / 3.0, 123_456.7, 1e-7, 1e12, f64::INFINITY, 3.0].map(short);
        assert_eq!(shorts, ["0", "2.9", "-0.149", "0.333333", "123457", "1.00000e-7", "1.00000e12", "inf", "3"]);
    }
}
