//! Rule: a site does not stand in a closure or the like, which may run outside of the model.

use crate::errors::Errors;
use crate::gather::{Body, Detached};
use crate::parse::site_macro::SiteMacro;

/// Reports sites in closures; those in the arguments of a reported one are wrong for the same reason.
pub(super) fn check(body: &Body, errors: &mut Errors) {
    for site in &body.sites {
        let Some(detached) = site.around.detached() else { continue };
        if site.around.is_within_detached_site() {
            continue;
        }
        let what = match detached {
            Detached::Closure => "a closure",
            Detached::Async => "an `async` block",
            Detached::Const => "a `const` block",
        };
        let cure = match (detached, site.which) {
            (Detached::Closure, SiteMacro::Call) => "use a `for` loop",
            (Detached::Closure, _) => "use a `for` loop and an indexed name, as in \"x_{i}\", or a `plate!`",
            _ => "move it out",
        };
        let name = site.which.name();
        errors.at(&site.path, format!("`{name}!` cannot stand in {what}, which may run outside of the model"), cure);
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check_rule;

    #[test]
    fn sites_in_closures() {
        check_rule(
            super::check,
            r#"{
                list.iter().map(|_| sample!("x", Normal::new(sample!("y", d), 1.0)));
                let future = async { call!(part()) };
                sample!("z", d);
            }"#,
            &[
                "`sample!` cannot stand in a closure, which may run outside of the model\nhelp: use a `for` loop and an \
                 indexed name, as in \"x_{i}\", or a `plate!`",
                "`call!` cannot stand in an `async` block, which may run outside of the model\nhelp: move it out",
            ],
        );
    }
}
