//! The companion module: a typed constant for each site, and a function for each family of sites in loops.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use crate::parse::indexed_name::{Bound, Variable};
use crate::parse::site_macro::SiteMacro;
use crate::parse::site_name::SiteName;
use crate::rules::{Checked, Constant, Family};

/// The module beside the function.
pub(super) fn write(checked: &Checked) -> TokenStream {
    let Checked { visibility, signature, runtime, open, .. } = checked;
    let ident = &signature.ident;
    let cfg = checked.cfg();
    let what = if checked.guide.is_some() { "guide" } else { "model" };
    let module_doc = format!("The sites of the {what} [`{ident}`](fn@{ident}).");
    let constants = checked.constants.iter().map(|Constant { which, text, literal, cfg }| {
        let constant = SiteName::ident(text, literal);
        let kind = kind(*which);
        let doc = format!("`{}!({text:?}, ..)`", which.name());
        quote!(#(#cfg)* #[doc = #doc] pub const #constant: #runtime::Site<#runtime::#kind> = #runtime::Site::new(#text);)
    });
    let rows = checked.constants.iter().map(|Constant { which, text, cfg, .. }| {
        let kind = kind(*which);
        quote!(#(#cfg)* #runtime::SiteInfo::new(#text, #runtime::SiteKind::#kind))
    });
    let families = checked.families.iter().map(|family| function(family, runtime));
    quote! {
        #(#cfg)*
        #[doc = #module_doc]
        #[allow(
            non_upper_case_globals,
            non_snake_case,
            dead_code,
            unreachable_pub,
            clippy::module_inception,
            clippy::module_name_repetitions,
            reason = "the module is named as the function is, its constants as the sites are"
        )]
        #visibility mod #ident {
            #(#constants)*
            #(#families)*
            /// All sites with literal names, in the order of the source.
            pub const SITES: &[#runtime::SiteInfo] = &[#(#rows),*];
            /// Whether a run may visit other sites too.
            pub const OPEN: bool = #open;
        }
    }
}

/// The function that names the sites of a family.
fn function(family: &Family, runtime: &TokenStream) -> TokenStream {
    let Family { which, function, name, cfg } = family;
    let literal = &name.literal;
    let function = SiteName::ident(function, literal);
    let kind = kind(*which);
    let doc = format!("`{}!({:?}, ..)`", which.name(), literal.value());
    let parameters = name.variables().into_iter().map(|Variable { name, bound }| {
        // As the literal captures it.
        let variable = Ident::new(&name, literal.span());
        match bound {
            Bound::Formats(formats) => {
                let formats = formats.iter().map(|format| format_ident!("{format}"));
                quote!(#variable: impl #(::core::fmt::#formats)+*)
            }
            Bound::Count => quote!(#variable: usize),
        }
    });
    quote! {
        #(#cfg)*
        #[doc = #doc]
        #[must_use]
        #[allow(clippy::needless_pass_by_value, reason = "an index is passed as the loop has it")]
        pub fn #function(#(#parameters),*) -> #runtime::IndexedSite<#runtime::#kind> {
            #runtime::IndexedSite::new(::std::format!(#literal))
        }
    }
}

fn kind(which: SiteMacro) -> Ident {
    format_ident!("{}", which.kind().map_or("Latent", |(kind, _)| kind))
}
