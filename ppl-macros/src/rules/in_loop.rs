//! Rule: the name of a site in a loop has the loop's index in it.

use crate::errors::Errors;
use crate::gather::{Body, Loop};
use crate::parse::site_macro::SiteMacro;
use crate::parse::site_name::SiteName;

/// Reports names that are the same in every iteration.
pub(super) fn check(body: &Body, errors: &mut Errors) {
    for site in body.sites.iter().filter(|site| site.is_of_the_model()) {
        if let Some(SiteName::Literal { text, literal }) = site.name()
            && site.around.loops().next().is_some()
        {
            let problem =
                format!("each iteration of this loop has a site named `{text}`, and names are unique in a run");
            errors.at(literal, problem, cure(site.around.loops(), site.which, text));
        }
    }
}

/// The name with an index for each of these loops, outermost first.
fn cure<'a>(loops: impl Iterator<Item = &'a Loop>, which: SiteMacro, name: &str) -> String {
    let mut indexed = name.to_owned();
    let mut unknown = 0;
    for around in loops {
        let counter = match &around.counter {
            Some(counter) => counter.to_string(),
            None => {
                unknown += 1;
                ["i", "j", "k"].get(unknown - 1).map_or_else(|| format!("i{unknown}"), ToString::to_string)
            }
        };
        indexed.push_str(&format!("_{{{counter}}}"));
    }
    let count = match unknown {
        0 => "",
        1 => " with a variable `i` that counts the iterations",
        _ => " with variables that count the iterations",
    };
    let other_way = match which {
        SiteMacro::Plate => ", or put the loop inside the plate",
        SiteMacro::Call => "",
        _ => ", or use a `plate!`",
    };
    format!("write \"{indexed}\"{count}{other_way}")
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check_rule;

    #[track_caller]
    fn check(body: &str, cures: &[&str]) {
        let problem = "each iteration of this loop has a site named `x`, and names are unique in a run";
        let errors: Vec<String> = cures.iter().map(|cure| format!("{problem}\nhelp: {cure}")).collect();
        check_rule(super::check, body, &errors);
    }

    #[test]
    fn names_in_loops() {
        check(r#"{ for t in 0..3 { sample!("x", d); } }"#, &["write \"x_{t}\", or use a `plate!`"]);
        check(
            r#"{ for (i, _) in y.iter().enumerate() { for j in (0..3).rev() { param!("x", 1.0); } } }"#,
            &["write \"x_{i}_{j}\", or use a `plate!`"],
        );
        check(
            r#"{ for y in data { plate!("x", 3, {}); } }"#,
            &["write \"x_{i}\" with a variable `i` that counts the iterations, or put the loop inside the plate"],
        );
        check(
            r#"{ loop { while go { call!("x", part()); } } }"#,
            &["write \"x_{i}_{j}\" with variables that count the iterations"],
        );
        check(
            r#"{ while sample!("x", d) == 0.0 {} }"#,
            &["write \"x_{i}\" with a variable `i` that counts the iterations, or use a `plate!`"],
        );
        check(r#"{ for t in sample!("x", d).to_vec() { sample!("x_{t}", d); } }"#, &[]);
    }
}
