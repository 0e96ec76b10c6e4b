//! The checks of a guide against its model's module, made by the compiler when it evaluates these constants.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Attribute;
use syn::ext::IdentExt;

use crate::names::call_at;
use crate::parse::site_macro::SiteMacro;
use crate::rules::{Checked, Constant, Guide};

/// The constants, if this is a guide.
pub(super) fn write(checked: &Checked) -> TokenStream {
    let Some(Guide { model: Some(model), given }) = &checked.guide else { return TokenStream::new() };
    let runtime = &checked.runtime;
    let name = model.to_token_stream().to_string().replace(' ', "");
    let guide = &checked.signature.ident;
    let own_cfg: Vec<&Attribute> = checked.cfg().collect();
    let latent = checked.constants.iter().filter(|site| site.which == SiteMacro::Sample);
    let sites = latent.map(|Constant { text, literal, cfg, .. }| {
        // A wrong site is reported under its name.
        let (function, arguments) =
            (quote!(#runtime::__private::assert_guide_site), quote!(#model::SITES, #model::OPEN));
        let check = call_at(literal.span(), &function, &quote!(#name, #arguments, #text));
        quote!(#(#own_cfg)* #(#cfg)* const _: () = #check;)
    });
    let given_texts: Vec<String> = given.iter().map(|site| site.unraw().to_string()).collect();
    let given_sites = given.iter().zip(&given_texts).map(|(site, text)| {
        let (function, arguments) =
            (quote!(#runtime::__private::assert_given_site), quote!(#model::SITES, #model::OPEN));
        let check = call_at(site.span(), &function, &quote!(#name, #arguments, #text));
        quote!(#(#own_cfg)* const _: () = #check;)
    });
    // Sites with mistakes are not in the list, and the guide may mean the missing ones by them.
    let coverage = (!checked.open && !checked.has_errors).then(|| {
        let function = quote!(#runtime::__private::assert_guide_covers);
        let place = model.segments.last().map_or_else(Span::call_site, |last| last.ident.span());
        let check =
            call_at(place, &function, &quote!(#name, #model::SITES, #model::OPEN, #guide::SITES, &[#(#given_texts),*]));
        quote!(#(#own_cfg)* const _: () = #check;)
    });
    quote!(#(#sites)* #(#given_sites)* #coverage)
}
