//! The driver: parse → gather → check → write.

use proc_macro2::TokenStream;
use quote::quote;

use crate::errors::Errors;
use crate::gather::gather;
use crate::parse::options::{self, Options};
use crate::parse::{function, output};
use crate::rules::{self, Gathered};
use crate::{names, write};

/// `#[model]`.
pub(crate) fn model(options: TokenStream, item: TokenStream) -> TokenStream {
    expand(options::model_options(options), false, item)
}

/// `#[guide(model)]`.
pub(crate) fn guide(options: TokenStream, item: TokenStream) -> TokenStream {
    expand(options::guide_options(options), true, item)
}

fn expand(options: syn::Result<Options>, is_guide: bool, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    // With wrong options the function is still checked, so that its mistakes show at the same time.
    let options = options.unwrap_or_else(|error| {
        errors.push(error);
        Options::default()
    });
    let mut function = match function::parse(item.clone(), is_guide) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            let errors = errors.into_compile_errors();
            return quote!(#item #errors);
        }
    };
    let block = std::mem::replace(&mut *function.block, syn::parse_quote!({}));
    let returned = output::declared(&function.sig.output);
    let body = gather(block, &returned, &mut errors);
    let runtime = names::runtime(options.runtime.as_ref());
    let checked = rules::check(Gathered { function, returned, body, options, is_guide, runtime }, &mut errors);
    let expansion = write::write(checked);
    let errors = errors.into_compile_errors();
    quote!(#expansion #errors)
}
