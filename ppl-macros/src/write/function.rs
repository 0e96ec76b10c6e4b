//! The function: same name, arguments bound, a model as its result.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Block, FnArg, Ident, Meta, Pat, PatType};

use crate::names;
use crate::parse::output;
use crate::rules::{Checked, Form};

/// The function around the body's block.
pub(super) fn write(checked: &Checked, block: &Block) -> TokenStream {
    let Checked { attributes, visibility, signature, returned, runtime, .. } = checked;
    let (ident, generics) = (&signature.ident, &signature.generics);
    let (parameters, where_clause) = (&generics.params, &generics.where_clause);
    let arguments = signature.inputs.iter().enumerate().map(|(position, input)| match input {
        FnArg::Typed(typed) => parameter(position, typed),
        FnArg::Receiver(receiver) => receiver.to_token_stream(),
    });
    let must_use = must_use(attributes);
    let attributes = attributes.iter().filter(|attribute| !is_must_use(attribute));
    let name = ident.unraw().to_string();
    let (sites, open) = match checked.form {
        Form::Method => (quote!(&[]), quote!(true)),
        Form::Supported | Form::Unsupported => (quote!(#ident::SITES), quote!(#ident::OPEN)),
    };
    let body = match checked.form {
        Form::Supported => body(checked, block),
        Form::Unsupported | Form::Method => quote!(|_| ::core::unreachable!()),
    };
    let silence = (checked.form != Form::Supported)
        .then(|| quote!(#[allow(unused_variables, clippy::unused_self, reason = "the body is not emitted")]));
    let returned_inside = output::inside(returned);
    quote! {
        #(#attributes)*
        #must_use
        #silence
        #visibility fn #ident<#parameters>(#(#arguments),*)
            -> #runtime::__private::Bound<impl #runtime::__private::Body<Output = #returned> + ::core::clone::Clone>
        #where_clause
        {
            #runtime::__private::bind::<_, #returned_inside>(#name, #sites, #open, #body)
        }
    }
}

/// The closure that runs the user's body.
fn body(checked: &Checked, block: &Block) -> TokenStream {
    let Checked { signature, returned, runtime, .. } = checked;
    let returned = output::inside(returned);
    let context = names::context(Span::mixed_site());
    let value = names::local("output", Span::mixed_site());
    let bindings = signature.inputs.iter().enumerate().filter_map(|(position, input)| match input {
        FnArg::Typed(typed) => binding(position, typed),
        FnArg::Receiver(_) => None,
    });
    quote! {
        move |#context: &mut #runtime::Ctx| -> ::core::result::Result<#returned, #runtime::__private::Exit> {
            #(#bindings)*
            #[allow(
                unreachable_code,
                clippy::diverging_sub_expression,
                clippy::let_unit_value,
                reason = "the body is the user's and may return"
            )]
            #[deny(unused_must_use, reason = "a sub-model that is not called, or an error that is dropped, has no effect")]
            let #value: #returned = #block;
            #[allow(unreachable_code, reason = "the body may return")]
            ::core::result::Result::Ok(#value)
        }
    }
}

/// An argument as a parameter of the function.
fn parameter(position: usize, typed: &PatType) -> TokenStream {
    let ty = &typed.ty;
    let cfg = typed.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    let name = match &*typed.pat {
        wild @ Pat::Wild(_) => wild.to_token_stream(),
        pattern => argument_name(position, pattern).into_token_stream(),
    };
    quote!(#(#cfg)* #name: #ty)
}

/// The pattern of an argument, bound to a copy: the body can run again.
fn binding(position: usize, typed: &PatType) -> Option<TokenStream> {
    let (attributes, pattern) = (&typed.attrs, &typed.pat);
    if matches!(**pattern, Pat::Wild(_)) {
        return None;
    }
    let argument = argument_name(position, pattern);
    // A type that is not `Clone` is reported under the argument.
    let copy = quote_spanned!(names::generated(pattern.span())=> ::core::clone::Clone::clone(&#argument));
    Some(quote!(#(#attributes)* let #pattern = #copy;))
}

/// The parameter for an argument: the user's own name where the pattern is one.
fn argument_name(position: usize, pattern: &Pat) -> Ident {
    match pattern {
        Pat::Ident(name) if name.subpat.is_none() && name.by_ref.is_none() => name.ident.clone(),
        _ => names::argument(position, pattern.span()),
    }
}

/// `#[must_use]`, with the user's reason if there is one.
fn must_use(attributes: &[Attribute]) -> TokenStream {
    let given = attributes.iter().find(|attribute| is_must_use(attribute));
    match given {
        Some(given) if !matches!(given.meta, Meta::Path(_)) => quote!(#given),
        _ => {
            quote!(#[must_use = "a model does nothing until it is run: by inference, or inside another model by `call!(..)`"])
        }
    }
}

fn is_must_use(attribute: &Attribute) -> bool {
    attribute.path().is_ident("must_use")
}
