//! The options of the attributes.

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Path, Token};

/// The options of `#[model]` and `#[guide]`.
#[derive(Default)]
pub(crate) struct Options {
    /// `#[guide(path::to::model)]`: the model that the guide is for.
    pub(crate) model: Option<Path>,
    /// `crate = path`: where `ppl` is.
    pub(crate) runtime: Option<Path>,
}

/// Reads `[crate = path]`.
pub(crate) fn model_options(tokens: TokenStream) -> syn::Result<Options> {
    let options = read(tokens)?;
    match &options.model {
        None => Ok(options),
        Some(path) => {
            Err(syn::Error::new_spanned(path, "unknown option of `#[model]`; the only one is `crate = path::to::ppl`"))
        }
    }
}

/// Reads `path::to::model[, crate = path]`.
pub(crate) fn guide_options(tokens: TokenStream) -> syn::Result<Options> {
    let options = read(tokens)?;
    if options.model.is_none() {
        return Err(syn::Error::new(
            proc_macro2::Span::call_site(),
            "`#[guide]` needs the model that it is a guide for, as in `#[guide(scale)]` or `#[guide(models::scale)]`",
        ));
    }
    Ok(options)
}

fn read(tokens: TokenStream) -> syn::Result<Options> {
    let parser = |input: ParseStream<'_>| {
        let mut options = Options::default();
        for option in input.parse_terminated(OneOption::parse, Token![,])? {
            match option {
                OneOption::Runtime(path) if options.runtime.is_some() => {
                    return Err(syn::Error::new_spanned(path, "`crate` is given twice"));
                }
                OneOption::Runtime(path) => options.runtime = Some(path),
                OneOption::Model(path) if options.model.is_some() => {
                    return Err(syn::Error::new_spanned(path, "a guide is for one model"));
                }
                OneOption::Model(path) => options.model = Some(path),
            }
        }
        Ok(options)
    };
    parser.parse2(tokens)
}

enum OneOption {
    Model(Path),
    Runtime(Path),
}

impl Parse for OneOption {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Token![crate]) && input.peek2(Token![=]) {
            input.parse::<Token![crate]>()?;
            input.parse::<Token![=]>()?;
            let path: Path = input.parse()?;
            let is_absolute =
                path.leading_colon.is_some() || path.segments.first().is_some_and(|first| first.ident == "crate");
            if !is_absolute {
                // The path is used inside the companion module too, where a relative one would not be found.
                return Err(syn::Error::new_spanned(path, "the path must begin with `::` or `crate::`"));
            }
            return Ok(Self::Runtime(path));
        }
        input.call(Path::parse_mod_style).map(Self::Model)
    }
}
