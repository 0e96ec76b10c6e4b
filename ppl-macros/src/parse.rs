//! The options of the attributes.

use proc_macro2::{Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{Path, Token};

const MODEL_GRAMMAR: &str = "`#[model]` or `#[model(crate = ::path::to::ppl)]`";
const GUIDE_GRAMMAR: &str = "`#[guide(path::to::model)]` or `#[guide(path::to::model, crate = ::path::to::ppl)]`";

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
    let parser = |input: ParseStream<'_>| {
        let mut options = Options::default();
        while !input.is_empty() {
            if !runtime_option(input, &mut options)? {
                return Err(input.error(format!("unknown option: write {MODEL_GRAMMAR}")));
            }
            comma(input, MODEL_GRAMMAR)?;
        }
        Ok(options)
    };
    parser.parse2(tokens)
}

/// Reads `path::to::model[, crate = path]`.
pub(crate) fn guide_options(tokens: TokenStream) -> syn::Result<Options> {
    let parser = |input: ParseStream<'_>| {
        let mut options = Options::default();
        while !input.is_empty() {
            if !runtime_option(input, &mut options)? {
                let path = input.call(Path::parse_mod_style).map_err(|error| {
                    syn::Error::new(error.span(), format!("expected a path: write {GUIDE_GRAMMAR}"))
                })?;
                if options.model.is_some() {
                    return Err(syn::Error::new_spanned(path, "a guide is for one model"));
                }
                options.model = Some(path);
            }
            comma(input, GUIDE_GRAMMAR)?;
        }
        if options.model.is_none() {
            let message = format!("missing the model that this is a guide for: write {GUIDE_GRAMMAR}");
            return Err(syn::Error::new(Span::call_site(), message));
        }
        Ok(options)
    };
    parser.parse2(tokens)
}

/// Reads `crate = path`, if that comes next.
fn runtime_option(input: ParseStream<'_>, options: &mut Options) -> syn::Result<bool> {
    if !input.peek(Token![crate]) || !input.peek2(Token![=]) {
        return Ok(false);
    }
    let key: Token![crate] = input.parse()?;
    input.parse::<Token![=]>()?;
    let expected = "expected the absolute path of `ppl`, as in `crate = ::prob` or `crate = crate::prob`";
    let path = input.call(Path::parse_mod_style).map_err(|error| syn::Error::new(error.span(), expected))?;
    let is_absolute = path.leading_colon.is_some() || path.segments.first().is_some_and(|first| first.ident == "crate");
    if !is_absolute {
        // The path is used inside the companion module too, where a relative one would not be found.
        return Err(syn::Error::new_spanned(path, expected));
    }
    if options.runtime.is_some() {
        return Err(syn::Error::new_spanned(key, "`crate` is given twice"));
    }
    options.runtime = Some(path);
    Ok(true)
}

fn comma(input: ParseStream<'_>, grammar: &str) -> syn::Result<()> {
    if input.is_empty() || input.parse::<Option<Token![,]>>()?.is_some() {
        return Ok(());
    }
    Err(input.error(format!("expected `,`: write {grammar}")))
}
