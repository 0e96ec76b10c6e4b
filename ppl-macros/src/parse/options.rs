//! The options of the attributes.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Ident, Path, Token, bracketed};

use crate::errors::{error, message};

const MODEL_GRAMMAR: &str = "write `#[model]` or `#[model(crate = ::path::to::ppl)]`";
const GUIDE_GRAMMAR: &str = "write `#[guide(path::to::model)]`, and after the model, where they are needed, \
                             `given = [site, ..]` and `crate = ::path::to::ppl`";

/// The options of `#[model]` and `#[guide]`.
#[derive(Default)]
pub(crate) struct Options {
    /// `#[guide(path::to::model)]`: the model that the guide is for.
    pub(crate) model: Option<Path>,
    /// `given = [site, ..]`: the sites of the model that are conditioned where the guide is used.
    pub(crate) given: Option<Vec<Ident>>,
    /// `crate = path`: where `ppl` is.
    pub(crate) runtime: Option<Path>,
}

/// Reads `[crate = path]`.
pub(crate) fn model_options(tokens: TokenStream) -> syn::Result<Options> {
    let parser = |input: ParseStream<'_>| {
        let mut options = Options::default();
        while !input.is_empty() {
            if !runtime_option(input, &mut options)? {
                return Err(error(input.span(), "`#[model]` has no such option", MODEL_GRAMMAR));
            }
            comma(input, MODEL_GRAMMAR)?;
        }
        Ok(options)
    };
    parser.parse2(tokens)
}

/// Reads `path::to::model[, given = [site, ..]][, crate = path]`.
pub(crate) fn guide_options(tokens: TokenStream) -> syn::Result<Options> {
    let parser = |input: ParseStream<'_>| {
        let mut options = Options::default();
        while !input.is_empty() {
            if !runtime_option(input, &mut options)? && !given_option(input, &mut options)? {
                let path = input
                    .call(Path::parse_mod_style)
                    .map_err(|wrong| error(wrong.span(), "expected the path of a model", GUIDE_GRAMMAR))?;
                if input.peek(Token![=]) {
                    return Err(syn::Error::new_spanned(path, message("`#[guide]` has no such option", GUIDE_GRAMMAR)));
                }
                if options.model.is_some() {
                    let cure = "write one guide for each model";
                    return Err(syn::Error::new_spanned(path, message("a guide is for one model", cure)));
                }
                options.model = Some(path);
            }
            comma(input, GUIDE_GRAMMAR)?;
        }
        if options.model.is_none() {
            return Err(error(Span::call_site(), "missing the model that this is a guide for", GUIDE_GRAMMAR));
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
    let problem = "expected the absolute path of `ppl`";
    let cure = "write `crate = ::prob` for a dependency, or `crate = crate::prob` for a module";
    let path = input.call(Path::parse_mod_style).map_err(|wrong| error(wrong.span(), problem, cure))?;
    let is_absolute = path.leading_colon.is_some() || path.segments.first().is_some_and(|first| first.ident == "crate");
    if !is_absolute {
        // The path is used inside the companion module too, where a relative one would not be found.
        return Err(syn::Error::new_spanned(path, message(problem, cure)));
    }
    if options.runtime.is_some() {
        return Err(syn::Error::new_spanned(key, twice("crate")));
    }
    options.runtime = Some(path);
    Ok(true)
}

/// Reads `given = [site, ..]`, if that comes next.
fn given_option(input: ParseStream<'_>, options: &mut Options) -> syn::Result<bool> {
    let is_next = input.peek(Ident) && input.peek2(Token![=]) && input.fork().parse::<Ident>()? == "given";
    if !is_next {
        return Ok(false);
    }
    let key: Ident = input.parse()?;
    input.parse::<Token![=]>()?;
    let problem = "expected the sites that are conditioned, in brackets";
    let cure = "write `given = [measurement]`, by the names of the sites";
    let list = |input: ParseStream<'_>| {
        let content;
        bracketed!(content in input);
        Punctuated::<Ident, Token![,]>::parse_terminated_with(&content, Ident::parse_any)
    };
    let sites = list(input).map_err(|wrong| error(wrong.span(), problem, cure))?;
    if options.given.is_some() {
        return Err(syn::Error::new_spanned(key, twice("given")));
    }
    options.given = Some(sites.into_iter().collect());
    Ok(true)
}

fn twice(key: &str) -> String {
    message(format!("`{key}` is given twice"), "leave one of them out")
}

fn comma(input: ParseStream<'_>, grammar: &str) -> syn::Result<()> {
    if input.is_empty() || input.parse::<Option<Token![,]>>()?.is_some() {
        return Ok(());
    }
    Err(error(input.span(), "expected `,`", grammar))
}
