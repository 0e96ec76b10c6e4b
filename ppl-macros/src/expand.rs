//! Writing the expansion: from a checked model to tokens. Nothing here can fail.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, FnArg, Ident, ItemFn, Meta, Pat, PatType, ReturnType, Type};

use crate::analyze::{Checked, ModelSite};
use crate::form::Form;
use crate::names;
use crate::site::SiteMacro;
use crate::site_name::SiteName;

/// The whole expansion of a model or guide: the function, the companion module, a guide's checks.
pub(crate) fn model(checked: &Checked) -> TokenStream {
    let function = function(checked);
    if checked.form == Form::Method {
        return function;
    }
    let module = module(checked);
    let checks = checks_of_guide(checked);
    quote!(#function #module #checks)
}

/// The function: same name, arguments bound, a model as its result.
fn function(checked: &Checked) -> TokenStream {
    let ItemFn { attrs, vis, sig, .. } = &checked.function;
    let runtime = &checked.runtime;
    let (ident, generics) = (&sig.ident, &sig.generics);
    let (parameters, where_clause) = (&generics.params, &generics.where_clause);
    let output = output_type(&sig.output);
    let arguments = sig.inputs.iter().enumerate().map(|(position, input)| match input {
        FnArg::Typed(typed) => parameter(position, typed),
        FnArg::Receiver(receiver) => receiver.to_token_stream(),
    });
    let attributes = attrs.iter().filter(|attribute| !is_must_use(attribute));
    let must_use = must_use(attrs);
    let name = ident.unraw().to_string();
    let (sites, open) = match checked.form {
        Form::Method => (quote!(&[]), quote!(true)),
        Form::Supported | Form::Unsupported => (quote!(#ident::SITES), quote!(#ident::OPEN)),
    };
    let body = match checked.form {
        Form::Supported => body(checked),
        Form::Unsupported | Form::Method => quote!(|_| ::core::unreachable!()),
    };
    let silence = (checked.form != Form::Supported)
        .then(|| quote!(#[allow(unused_variables, clippy::unused_self, reason = "the body is not emitted")]));
    let output_inside = output_inside(&sig.output);
    quote! {
        #(#attributes)*
        #must_use
        #silence
        #vis fn #ident<#parameters>(#(#arguments),*)
            -> impl #runtime::Model<Output = #output> + ::core::clone::Clone
        #where_clause
        {
            #runtime::__private::bind::<_, #output_inside>(#name, #sites, #open, #body)
        }
    }
}

/// The closure that runs the user's body.
fn body(checked: &Checked) -> TokenStream {
    let ItemFn { sig, block, .. } = &checked.function;
    let runtime = &checked.runtime;
    let output = output_inside(&sig.output);
    let context = names::context(Span::mixed_site());
    let value = names::local("output", Span::mixed_site());
    let bindings = sig.inputs.iter().enumerate().filter_map(|(position, input)| match input {
        FnArg::Typed(typed) => binding(position, typed),
        FnArg::Receiver(_) => None,
    });
    quote! {
        move |#context: &mut #runtime::Ctx| -> ::core::result::Result<#output, #runtime::__private::Exit> {
            #(#bindings)*
            #[allow(
                unreachable_code,
                clippy::diverging_sub_expression,
                clippy::let_unit_value,
                reason = "the body is the user's and may return"
            )]
            let #value: #output = #block;
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

fn output_type(output: &ReturnType) -> Type {
    match output {
        ReturnType::Default => syn::parse_quote!(()),
        ReturnType::Type(_, ty) => (**ty).clone(),
    }
}

/// What the function returns, with `_` for each `impl Trait`, which cannot be written inside a function.
pub(crate) fn output_inside(output: &ReturnType) -> Type {
    struct Infer;
    impl VisitMut for Infer {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            match ty {
                Type::ImplTrait(_) => *ty = syn::parse_quote!(_),
                _ => visit_mut::visit_type_mut(self, ty),
            }
        }
    }
    let mut ty = output_type(output);
    Infer.visit_type_mut(&mut ty);
    ty
}

/// The attributes that switch the whole function on or off.
fn cfg(checked: &Checked) -> impl Iterator<Item = &Attribute> {
    checked.function.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"))
}

/// The companion module: one typed constant a site.
fn module(checked: &Checked) -> TokenStream {
    let ItemFn { vis, sig, .. } = &checked.function;
    let runtime = &checked.runtime;
    let ident = &sig.ident;
    let cfg = cfg(checked);
    let what = if checked.is_guide { "guide" } else { "model" };
    let module_doc = format!("The sites of the {what} [`{ident}`](fn@{ident}).");
    let open = checked.open;
    let constants = checked.sites.iter().map(|ModelSite { which, text, literal, cfg }| {
        let constant = SiteName::ident(text, literal);
        let kind = kind(*which);
        let doc = format!("`{}!({text:?}, ..)`", which.name());
        quote!(#(#cfg)* #[doc = #doc] pub const #constant: #runtime::Site<#runtime::#kind> = #runtime::Site::new(#text);)
    });
    let rows = checked.sites.iter().map(|ModelSite { which, text, cfg, .. }| {
        let kind = kind(*which);
        quote!(#(#cfg)* #runtime::SiteInfo::new(#text, #runtime::SiteKind::#kind))
    });
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
        #vis mod #ident {
            #(#constants)*
            /// All sites with literal names, in the order of the source.
            pub const SITES: &[#runtime::SiteInfo] = &[#(#rows),*];
            /// Whether a run may visit other sites too.
            pub const OPEN: bool = #open;
        }
    }
}

fn kind(which: SiteMacro) -> Ident {
    format_ident!("{}", which.kind().map_or("Latent", |(kind, _)| kind))
}

/// The checks of a guide against its model's module, made by the compiler when it evaluates these constants.
fn checks_of_guide(checked: &Checked) -> TokenStream {
    let Some(model) = &checked.guide_of else { return TokenStream::new() };
    let runtime = &checked.runtime;
    let name = model.to_token_stream().to_string().replace(' ', "");
    let guide = &checked.function.sig.ident;
    let own_cfg: Vec<&Attribute> = cfg(checked).collect();
    let latent = checked.sites.iter().filter(|site| site.which == SiteMacro::Sample);
    let sites = latent.map(|ModelSite { text, literal, cfg, .. }| {
        // A wrong site is reported under its name.
        let (function, arguments) =
            (quote!(#runtime::__private::assert_guide_site), quote!(#model::SITES, #model::OPEN));
        let check = call_at(literal.span(), &function, &quote!(#name, #arguments, #text));
        quote!(#(#own_cfg)* #(#cfg)* const _: () = #check;)
    });
    // Sites with mistakes are not in the list, and the guide may mean the missing ones by them.
    let coverage = (!checked.open && !checked.has_errors).then(|| {
        let function = quote!(#runtime::__private::assert_guide_covers);
        let place = model.segments.last().map_or_else(Span::call_site, |last| last.ident.span());
        let check = call_at(place, &function, &quote!(#name, #model::SITES, #model::OPEN, #guide::SITES));
        quote!(#(#own_cfg)* const _: () = #check;)
    });
    quote!(#(#sites)* #coverage)
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

/// `sample!` and its kin where no `#[model]` has rewritten them.
///
/// `sample!(@imported)`, which the expansion of a model contains, is nothing: it only mentions the macro.
pub(crate) fn outside_model(input: TokenStream) -> TokenStream {
    let mut input = input.into_iter();
    let name = input.next().map_or_else(|| "this macro".to_owned(), |name| format!("`{name}!`"));
    if input.map(|tree| tree.to_string()).eq(["@", "imported"]) {
        return TokenStream::new();
    }
    let attributes = if name == "`observe!`" { "`#[model]`" } else { "`#[model]` or `#[guide(..)]`" };
    let message = format!("{name} is a site: it can only be written in the body of a function under {attributes}");
    quote!(::core::compile_error! { #message })
}
