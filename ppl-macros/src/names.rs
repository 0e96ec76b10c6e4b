//! Generated identifiers and calls, and the path of the runtime crate.

use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

/// The path of `ppl` in the crate that is being compiled: as its manifest names it, or as the user says.
pub(crate) fn runtime(given: Option<&syn::Path>) -> TokenStream {
    if let Some(path) = given {
        return quote!(#path);
    }
    match crate_name("ppl") {
        Ok(FoundCrate::Name(name)) => {
            let name = Ident::new(&name, Span::call_site());
            quote!(::#name)
        }
        // `ppl` names itself by `extern crate self as ppl`.
        Ok(FoundCrate::Itself) | Err(_) => quote!(::ppl),
    }
}

/// The run of the model: invisible to the user's code by hygiene.
pub(crate) fn context(place: Span) -> Ident {
    local("ctx", place)
}

/// A local variable of an expansion, invisible to the user's code; the compiler's messages about it point at `place`.
pub(crate) fn local(name: &str, place: Span) -> Ident {
    Ident::new(&format!("__ppl_{name}"), generated(place))
}

/// The span of generated code that stands for the user's at `place`.
pub(crate) fn generated(place: Span) -> Span {
    Span::mixed_site().located_at(place)
}

/// The parameter that stands for an argument that is not a plain name.
pub(crate) fn argument(position: usize, place: Span) -> Ident {
    local(&format!("argument_{position}"), place)
}

/// A call that the compiler takes to stand in the user's code at `place`, so that its message points there.
pub(crate) fn call_at(place: Span, function: &TokenStream, arguments: &TokenStream) -> TokenStream {
    let function: TokenStream = function
        .clone()
        .into_iter()
        .map(|mut tree| {
            tree.set_span(place);
            tree
        })
        .collect();
    quote_spanned!(place=> #function(#arguments))
}
