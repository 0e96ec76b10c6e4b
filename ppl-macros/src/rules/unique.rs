//! Rule: names are unique in every run. They occur twice only in arms that exclude each other, and then with one kind.

use crate::errors::Errors;
use crate::gather::{Body, SiteUse};
use crate::parse::site_macro::SiteMacro;
use crate::rules::constants::{named, same_cfg};

/// Reports a second site of a name.
pub(super) fn check(body: &Body, errors: &mut Errors) {
    let sites: Vec<_> = named(body).collect();
    for (position, (second, text, literal)) in sites.iter().enumerate() {
        // Under different `cfg`s there may be only one of them; if not, the compiler says so of the constants.
        let mut before = sites[..position].iter().filter(|(first, other, _)| other == text && same_cfg(first, second));
        let Some((first, _, other)) =
            before.find(|(first, ..)| first.which != second.which || !may_follow(first, second))
        else {
            continue;
        };
        let line = other.span().start().line;
        if first.which == second.which {
            errors.at(
                literal,
                format!("a second site named `{text}`, after that of line {line}; names are unique in a run"),
                "write another name (only different arms of one `if` or `match` may repeat a name)",
            );
        } else {
            let (_, kind) = first.which.kind().unwrap_or(("", "another site"));
            errors.at(
                literal,
                format!("`{text}` is {kind} on line {line}, and a name has one kind"),
                cure(first, second, text),
            );
        }
    }
}

/// A plate may be entered again, for a second block of sites over the same members.
fn may_follow(first: &SiteUse, second: &SiteUse) -> bool {
    first.around.excludes(&second.around) || second.which == SiteMacro::Plate
}

fn cure(first: &SiteUse, second: &SiteUse, name: &str) -> String {
    use SiteMacro::{Observe, Sample};

    match (first.which, second.which) {
        (Sample, Observe) | (Observe, Sample) if first.around.excludes(&second.around) => format!(
            "write one `observe!(\"{name}\", distribution, data)` whose data are an `Option`: the site is latent where they \
             are `None`"
        ),
        _ => "write another name".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check_rule;

    const SECOND: &str = "a second site named `x`, after that of line 1; names are unique in a run\nhelp: write another \
                          name (only different arms of one `if` or `match` may repeat a name)";

    #[test]
    fn repeated_names() {
        for body in [
            r#"{ sample!("x", d); sample!("x", d); }"#,
            r#"{ sample!("x", Normal::new(sample!("x", d), 1.0)); }"#,
            r#"{ if early { sample!("x", d); } sample!("x", d); }"#,
            r#"{ if early { sample!("x", d); sample!("x", d); } }"#,
            r#"{ #[cfg(unix)] sample!("x", d); #[cfg(unix)] sample!("x", d); }"#,
        ] {
            check_rule(super::check, body, &[SECOND]);
        }
    }

    #[test]
    fn names_that_may_be_repeated() {
        for body in [
            r#"{ if early { sample!("x", d); } else if late { sample!("x", d); } else { sample!("x", d); } }"#,
            r#"{ match n { 0 => sample!("x", d), _ => sample!("x", d) } }"#,
            r#"{ plate!("x", 3, {}); plate!("x", 3, {}); }"#,
            r#"{ #[cfg(unix)] sample!("x", d); #[cfg(windows)] sample!("x", d); }"#,
            r#"{ call!("x", part()); sample!("x", d); sample!("y_{i}", d); sample!("y_{i}", d); }"#,
        ] {
            check_rule::<&str>(super::check, body, &[]);
        }
    }

    #[test]
    fn a_name_has_one_kind() {
        check_rule(
            super::check,
            r#"{ sample!("x", d); param!("x", 1.0); }"#,
            &["`x` is a latent site on line 1, and a name has one kind\nhelp: write another name"],
        );
        check_rule(
            super::check,
            r#"{ match y { Some(y) => observe!("x", d, y), None => sample!("x", d) } }"#,
            &[
                "`x` is an observed site on line 1, and a name has one kind\nhelp: write one `observe!(\"x\", distribution, \
               data)` whose data are an `Option`: the site is latent where they are `None`",
            ],
        );
    }
}
