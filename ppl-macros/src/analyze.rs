//! The rules: from a function to a checked model, or to all of its mistakes.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{FnArg, ItemFn, LitStr, Path, ReturnType, Safety, Type};

use crate::body::{self, Found};
use crate::errors::Errors;
use crate::parse::{self, Options};
use crate::site::SiteMacro;
use crate::{expand, names};

/// A model that obeys the rules: what `expand` writes.
pub(crate) struct Checked {
    /// The function, its sites rewritten.
    pub(crate) function: ItemFn,
    pub(crate) sites: Vec<ModelSite>,
    pub(crate) open: bool,
    /// The model that this is a guide for.
    pub(crate) guide_of: Option<Path>,
    pub(crate) runtime: TokenStream,
}

/// A site of the companion module.
pub(crate) struct ModelSite {
    pub(crate) which: SiteMacro,
    pub(crate) text: String,
    pub(crate) literal: LitStr,
}

/// `#[model]`.
pub(crate) fn model(options: TokenStream, item: TokenStream) -> TokenStream {
    with_options(parse::model_options(options), item)
}

/// `#[guide(model)]`.
pub(crate) fn guide(options: TokenStream, item: TokenStream) -> TokenStream {
    with_options(parse::guide_options(options), item)
}

fn with_options(options: syn::Result<Options>, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    // With wrong options the function is still checked, so that its mistakes show at the same time.
    let (options, options_are_right) = match options {
        Ok(options) => (options, true),
        Err(error) => {
            errors.push(error);
            (Options::default(), false)
        }
    };
    let mut function = match syn::parse2::<ItemFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(syn::Error::new(error.span(), format!("a model is a function with a body: {error}")));
            let errors = errors.into_compile_errors();
            return quote!(#item #errors);
        }
    };
    let form_is_supported = check_form(&function, &mut errors);
    let is_guide = options.model.is_some();
    let walk = body::walk(&mut function.block, is_guide);
    for error in walk.errors.into_errors() {
        errors.push(error);
    }
    let sites = unique(walk.sites, &mut errors);
    let checked = Checked {
        function,
        sites,
        open: walk.open,
        guide_of: options.model,
        runtime: names::runtime(options.runtime.as_ref()),
    };
    if errors.is_empty() {
        return expand::model(&checked);
    }
    let errors = errors.into_compile_errors();
    if !form_is_supported {
        // A function of another form cannot be a model; it is left as a function that does nothing.
        let ItemFn { attrs, vis, sig, .. } = &checked.function;
        return quote!(#(#attrs)* #[allow(unused, reason = "the function has errors")] #vis #sig { ::core::unreachable!() } #errors);
    }
    let checked = if options_are_right { checked } else { Checked { guide_of: None, ..checked } };
    let fallback = expand::model_with_errors(&checked);
    quote!(#fallback #errors)
}

/// The forms of functions that can be models.
fn check_form(function: &ItemFn, errors: &mut Errors) -> bool {
    let signature = &function.sig;
    let mut supported = true;
    let mut reject = |tokens: &dyn ToTokens, message: &str| {
        errors.at(tokens.to_token_stream(), message);
        supported = false;
    };
    if let Some(token) = &signature.asyncness {
        reject(token, "a model cannot be `async`: inference runs it many times on threads of its own");
    }
    if let Some(token) = &signature.constness {
        reject(token, "a model cannot be `const`: it draws random values when it runs");
    }
    if let Some(abi) = &signature.abi {
        reject(abi, "a model cannot have a foreign ABI: it is called by inference in Rust");
    }
    if let Some(variadic) = &signature.variadic {
        reject(variadic, "a model cannot be variadic");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        reject(token, "a model cannot be `unsafe`: inference calls it from safe code");
    }
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) => reject(
                receiver,
                "a model cannot be a method, because the module of its sites cannot stand in an `impl`; write a free \
                 function that takes `this: &Type`",
            ),
            FnArg::Typed(typed) => {
                if let Type::Reference(reference) = &*typed.ty
                    && reference.mutability.is_some()
                {
                    reject(
                        &typed.ty,
                        "a model cannot take `&mut`: it runs many times, on many threads; take `&` or a value, and \
                         return what changes",
                    );
                }
            }
        }
    }
    if let ReturnType::Type(_, ty) = &signature.output
        && matches!(**ty, Type::ImplTrait(_) | Type::Never(_))
    {
        reject(ty, "name the type that the model returns: it becomes `Model::Output`");
    }
    supported
}

/// Names must be unique in every run: twice only in arms that exclude each other, and then of the same kind.
fn unique(found: Vec<Found>, errors: &mut Errors) -> Vec<ModelSite> {
    let mut kept: Vec<Found> = Vec::new();
    let mut sites: Vec<ModelSite> = Vec::new();
    for site in found {
        let mut known = false;
        if let Some(first) = kept.iter().find(|first| first.text == site.text && !first.excludes(&site)) {
            let line = first.literal.span().start().line;
            errors.at(
                &site.literal,
                format!(
                    "a second site named `{}`; the first is on line {line}, and names must be unique in a run",
                    site.text
                ),
            );
            known = true;
        } else if let Some(first) = kept.iter().find(|first| first.text == site.text) {
            if first.which != site.which {
                errors.at(
                    &site.literal,
                    format!(
                        "`{}` is {} in another branch; a name must be of one kind",
                        site.text,
                        first.which.grammar()
                    ),
                );
            }
            known = true;
        }
        if !known {
            sites.push(ModelSite { which: site.which, text: site.text.clone(), literal: site.literal.clone() });
        }
        kept.push(site);
    }
    sites
}
