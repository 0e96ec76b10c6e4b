//! The sites that become constants of the companion module: those with literal names.

use quote::quote;
use syn::{Attribute, LitStr};

use crate::gather::{Body, SiteUse};
use crate::parse::site_macro::SiteMacro;
use crate::parse::site_name::SiteName;

/// A site with a literal name.
pub(crate) struct Constant {
    pub(crate) which: SiteMacro,
    pub(crate) text: String,
    pub(crate) literal: LitStr,
    pub(crate) cfg: Vec<Attribute>,
}

/// All of them, in the order of the source.
pub(super) fn named(body: &Body) -> impl Iterator<Item = (&SiteUse, &str, &LitStr)> {
    body.sites.iter().filter_map(|site| match site.name() {
        // The sites in a scope are the sub-model's; it can hold those of several ones.
        Some(SiteName::Literal { text, literal }) if site.is_of_the_model() && site.which != SiteMacro::Call => {
            Some((site, text.as_str(), literal))
        }
        _ => None,
    })
}

/// Each name once.
pub(super) fn once_each(body: &Body) -> Vec<Constant> {
    let mut kept: Vec<Constant> = Vec::new();
    let mut seen: Vec<(&SiteUse, &str)> = Vec::new();
    for (site, text, literal) in named(body) {
        if !seen.iter().any(|(other, name)| *name == text && same_cfg(other, site)) {
            let (text, literal, cfg) = (text.to_owned(), literal.clone(), site.around.cfg.clone());
            kept.push(Constant { which: site.which, text, literal, cfg });
        }
        seen.push((site, text));
    }
    kept
}

/// Whether both stand under the same `#[cfg(..)]`s.
pub(super) fn same_cfg(left: &SiteUse, right: &SiteUse) -> bool {
    let text = |site: &SiteUse| {
        let cfg = &site.around.cfg;
        quote!(#(#cfg)*).to_string()
    };
    text(left) == text(right)
}
