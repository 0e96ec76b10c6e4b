//! Rules of guides that their own source decides; those that need the model are checked by constants, see
//! `write::guide_checks`.

use syn::Ident;
use syn::ext::IdentExt;

use crate::errors::Errors;
use crate::gather::Body;
use crate::parse::site_macro::SiteMacro;
use crate::parse::site_name::SiteName;

/// Reports observed sites, and sites that are `given`.
pub(super) fn check(body: &Body, given: &[Ident], errors: &mut Errors) {
    for site in &body.sites {
        if site.which == SiteMacro::Observe {
            errors.at(
                &site.path,
                "a guide has no `observe!`: it proposes values for the latent sites, and the data belong to the model",
                "leave it out",
            );
        }
        if let Some(SiteName::Literal { text, literal }) = site.name()
            && site.which == SiteMacro::Sample
            && given.iter().any(|given| given.unraw() == text)
        {
            errors.at(
                literal,
                format!("this guide samples `{text}`, which is given by a condition"),
                format!("leave the site out, or `{text}` out of `given`"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check_rule;

    #[test]
    fn guides() {
        check_rule(
            |body, errors| super::check(body, &[syn::parse_quote!(y)], errors),
            r#"{ sample!("x", d); param!("y_scale", 1.0); sample!("y", d); observe!("z", d, data); }"#,
            &[
                "this guide samples `y`, which is given by a condition\nhelp: leave the site out, or `y` out of `given`",
                "a guide has no `observe!`: it proposes values for the latent sites, and the data belong to the model\nhelp: \
                 leave it out",
            ],
        );
    }
}
