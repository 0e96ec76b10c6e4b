//! What a site macro becomes: a call of a method of `Ctx`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Ident};

use crate::names;
use crate::parse::plate::PlateBody;
use crate::parse::site::Site;
use crate::parse::site_macro::SiteMacro;
use crate::parse::site_name::SiteName;

/// The expression of one site.
///
/// If there are sites in its arguments, these are evaluated before the run is borrowed; a `match` rather than a `let`
/// keeps their temporaries alive.
pub(super) fn site(which: SiteMacro, site: &Site, has_sites_in_arguments: bool, runtime: &TokenStream) -> Expr {
    if let Some(plate) = &site.plate {
        return self::plate(site, plate, runtime);
    }
    let arguments = &site.arguments;
    if !has_sites_in_arguments {
        let arguments: Vec<TokenStream> = arguments.iter().map(|argument| quote!(#argument)).collect();
        return call(which, site, &arguments, runtime);
    }
    let values: Vec<Ident> = arguments
        .iter()
        .enumerate()
        .map(|(position, argument)| names::local(&format!("value_{position}"), argument.span()))
        .collect();
    let call = call(which, site, &values.iter().map(|value| quote!(#value)).collect::<Vec<_>>(), runtime);
    syn::parse_quote!(match (#(#arguments,)*) { (#(#values,)*) => #call })
}

/// The call of the method of `Ctx`.
fn call(which: SiteMacro, site: &Site, arguments: &[TokenStream], runtime: &TokenStream) -> Expr {
    let span = names::generated(site.span);
    let context = names::context(site.span);
    let name = site.name.iter().map(|name| self::name(name, &site.misplaced));
    let method = match which {
        SiteMacro::Call if site.name.is_some() => "call_scoped",
        which => which.name(),
    };
    let method = Ident::new(method, span);
    let is_unconstrained = which == SiteMacro::Param && arguments.len() == 1;
    let constraint = is_unconstrained.then(|| quote!(#runtime::Constraint::Real)).into_iter();
    let arguments = name.chain(arguments.iter().cloned()).chain(constraint);
    let call = quote_spanned!(span=> #context.#method(#(#arguments),*)?);
    match which {
        SiteMacro::Call | SiteMacro::Factor | SiteMacro::Plate => syn::parse_quote!(#call),
        SiteMacro::Sample | SiteMacro::Observe | SiteMacro::Param | SiteMacro::Deterministic => {
            // Through a variable, because the compiler's message is about `?` if a value of another type is expected.
            let value = names::local("value", site.span);
            syn::parse_quote_spanned!(span=> { let #value = #call; #value })
        }
    }
}

/// The name of a site as an argument of a method of `Ctx`.
fn name(name: &SiteName, misplaced: &[Expr]) -> TokenStream {
    let name = match name {
        SiteName::Literal { literal, .. } => quote!(#literal),
        SiteName::Indexed(name) => {
            let literal = &name.literal;
            quote!(::std::format!(#literal))
        }
        SiteName::Wrong => quote!(""),
    };
    if misplaced.is_empty() { name } else { quote!({ #(let _ = &#misplaced;)* #name }) }
}

fn plate(site: &Site, plate: &PlateBody, runtime: &TokenStream) -> Expr {
    let span = names::generated(site.span);
    let context = names::context(site.span);
    let name = site.name.iter().map(|name| self::name(name, &site.misplaced));
    let local = |name| names::local(name, site.span);
    let (subsample, dim, output) = (local("subsample"), local("dim"), local("output"));
    let subsample_value = members(plate, runtime);
    let dim_value = match &plate.dim {
        Some(dim) => quote!(::core::option::Option::Some(#dim)),
        None => quote!(::core::option::Option::None),
    };
    let block = &plate.block;
    let index = plate.index.as_ref().map_or_else(|| quote!(_), |index| quote!(#index));
    let sizes: Vec<Ident> = site.arguments.iter().map(|size| names::local("size", size.span())).collect();
    let arguments = &site.arguments;
    let open = quote_spanned!(span=> #context.open_plate(#(#name,)* #(#sizes,)* #subsample, #dim)?);
    syn::parse_quote!({
        // The values first, because there may be sites in them.
        let (#(#sizes,)* #subsample, #dim) = (#(#arguments,)* #subsample_value, #dim_value);
        let #index = #open;
        #[allow(clippy::diverging_sub_expression, clippy::let_unit_value, unreachable_code, reason = "the block is the user's")]
        let #output = #block;
        #[allow(unreachable_code, reason = "the block may return")]
        {
            #context.close_plate();
            #output
        }
    })
}

/// The members of a plate as a `Subsample`.
fn members(plate: &PlateBody, runtime: &TokenStream) -> TokenStream {
    let subsample = quote!(#runtime::__private::Subsample);
    match (&plate.subsample, &plate.subsample_size) {
        (Some(members), _) => names::call_at(members.span(), &quote!(#subsample::members), &quote!(#members)),
        (None, Some(size)) => quote!(#subsample::Size(#size)),
        (None, None) => quote!(#subsample::All),
    }
}

/// What stands in the place of a site that is reported as wrong: it has the type of the site, so that no other error
/// follows, and mentions the arguments, so that they count as used.
pub(super) fn unreadable(which: SiteMacro, arguments: &[Expr], runtime: &TokenStream) -> Expr {
    let output = match which {
        SiteMacro::Factor => quote!(()),
        SiteMacro::Call | SiteMacro::Plate => quote!(_),
        SiteMacro::Sample | SiteMacro::Observe | SiteMacro::Param | SiteMacro::Deterministic => {
            quote!(#runtime::Tensor)
        }
    };
    syn::parse_quote!({
        #(let _ = &#arguments;)*
        (|| -> #output { ::core::unreachable!() })()
    })
}

/// A site in a closure or the like, reported.
pub(super) fn outside(which: SiteMacro, site: Site, runtime: &TokenStream) -> Expr {
    let mut mentioned = site.arguments;
    mentioned.extend(site.misplaced);
    mentioned.extend(site.name.iter().map(|name| {
        let name = self::name(name, &[]);
        syn::parse_quote!(#name)
    }));
    match site.plate {
        Some(PlateBody { index: None, block, .. }) => syn::parse_quote!({ #(let _ = &#mentioned;)* #block }),
        _ => unreadable(which, &mentioned, runtime),
    }
}
