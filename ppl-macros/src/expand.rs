//! Writing the expansion: from a checked model to tokens. Nothing here can fail.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, Expr, FnArg, Ident, ItemFn, Pat, ReturnType, Type};

use crate::analyze::{Checked, ModelSite};
use crate::names;
use crate::site::{PlateBody, Site, SiteMacro};
use crate::site_name::SiteName;

/// The name of a site as an argument of a method of `Ctx`.
fn name_argument(name: &SiteName) -> TokenStream {
    let literal = name.literal();
    match name {
        SiteName::Literal { .. } => quote!(#literal),
        SiteName::Indexed { .. } => quote!(::std::format!(#literal)),
    }
}

/// The expression of one site.
///
/// The arguments are evaluated before the run is borrowed, because they may contain sites; a `match` rather than a
/// `let` keeps their temporaries alive.
pub(crate) fn site(site: &Site) -> Expr {
    let context = names::context();
    let method = format_ident!("{}", site.which.method());
    let name = site.name.as_ref().map(name_argument);
    let values: Vec<Ident> =
        (0..site.arguments.len()).map(|position| names::local(&format!("value_{position}"))).collect();
    let arguments = &site.arguments;
    let call = match (&site.plate, site.which) {
        (Some(plate), _) => return self::plate(site, plate),
        (None, SiteMacro::Call) if site.name.is_some() => quote!(#context.call_scoped(#name, #(#values),*)?),
        (None, SiteMacro::Call) => quote!(#context.call(#(#values),*)?),
        (None, SiteMacro::Param) if site.arguments.len() == 1 => {
            quote!(#context.#method(#name, #(#values),*, __ppl_runtime!(Constraint::Real))?)
        }
        (None, _) => quote!(#context.#method(#name, #(#values),*)?),
    };
    syn::parse_quote!(match (#(#arguments,)*) { (#(#values,)*) => #call })
}

fn plate(site: &Site, plate: &PlateBody) -> Expr {
    let context = names::context();
    let name = site.name.as_ref().map(name_argument);
    let (size, subsample, dim, output) =
        (names::local("size"), names::local("subsample"), names::local("dim"), names::local("output"));
    let option = |option: &Option<Expr>| match option {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    };
    let (subsample_value, dim_value) = (option(&plate.subsample), option(&plate.dim));
    let arguments = &site.arguments;
    let block = &plate.block;
    let index = plate.index.as_ref().map_or_else(|| quote!(_), |index| quote!(#index));
    syn::parse_quote!({
        let (#size, #subsample, #dim) = (#(#arguments),*, #subsample_value, #dim_value);
        let #index = #context.open_plate(#name, #size, #subsample, #dim)?;
        #[allow(clippy::let_unit_value, unreachable_code, reason = "the block is the user's")]
        let #output = #block;
        #[allow(unreachable_code, reason = "the block may return")]
        {
            #context.close_plate();
            #output
        }
    })
}

/// What stands in the place of a site that could not be understood; the model's body is not emitted then.
pub(crate) fn placeholder() -> Expr {
    syn::parse_quote!(::core::unreachable!())
}

/// The value of a `return` in a model's body.
pub(crate) fn early_return(value: Option<Expr>) -> Expr {
    match value {
        Some(value) => syn::parse_quote!(::core::result::Result::Ok(#value)),
        None => syn::parse_quote!(::core::result::Result::Ok(())),
    }
}

/// The whole expansion of a model or guide without mistakes.
pub(crate) fn model(checked: &Checked) -> TokenStream {
    let body = &checked.function.block;
    let output = output_type(&checked.function.sig.output);
    let context = names::context();
    let value = names::local("output");
    let bindings = checked.function.sig.inputs.iter().enumerate().filter_map(|(position, input)| match input {
        FnArg::Typed(typed) => {
            let pattern = &typed.pat;
            let argument = argument_name(position, pattern);
            // The body can run again: it works on copies.
            Some(quote!(let #pattern = ::core::clone::Clone::clone(&#argument);))
        }
        FnArg::Receiver(_) => None,
    });
    let function = function(
        checked,
        &quote! {
            move |#context| {
                #(#bindings)*
                #[allow(unreachable_code, clippy::let_unit_value, reason = "the body is the user's and may return")]
                let #value: #output = #body;
                #[allow(unreachable_code, reason = "the body may return")]
                ::core::result::Result::Ok(#value)
            }
        },
    );
    let module = module(checked);
    let guide = guide(checked);
    with_runtime(quote!(#function #module #guide), &checked.runtime)
}

/// The expansion of a model with mistakes: its signature and the sites that are right, so that no error follows from
/// its absence.
pub(crate) fn model_with_errors(checked: &Checked) -> TokenStream {
    let context = names::context();
    let body = quote!(move |#context| { let _ = #context; ::core::unreachable!() });
    let function = function(checked, &body);
    let module = module(checked);
    with_runtime(quote!(#[allow(unused_variables, reason = "the body has errors")] #function #module), &checked.runtime)
}

/// The function: same name, arguments bound, a model as its result.
fn function(checked: &Checked, body: &TokenStream) -> TokenStream {
    let ItemFn { attrs, vis, sig, .. } = &checked.function;
    let runtime = &checked.runtime;
    let (ident, generics) = (&sig.ident, &sig.generics);
    let (parameters, where_clause) = (&generics.params, &generics.where_clause);
    let output = output_type(&sig.output);
    let arguments = sig.inputs.iter().enumerate().filter_map(|(position, input)| match input {
        FnArg::Typed(typed) => {
            let (attributes, ty) = (&typed.attrs, &typed.ty);
            let argument = argument_name(position, &typed.pat);
            Some(quote!(#(#attributes)* #argument: #ty))
        }
        FnArg::Receiver(_) => None,
    });
    let name = ident.to_string();
    quote! {
        #(#attrs)*
        #vis fn #ident<#parameters>(#(#arguments),*)
            -> impl #runtime::Model<Output = #output> + ::core::clone::Clone
        #where_clause
        {
            #runtime::__private::bind::<_, #output>(#name, #ident::SITES, #ident::OPEN, #body)
        }
    }
}

/// The companion module: one typed constant a site.
fn module(checked: &Checked) -> TokenStream {
    let ItemFn { attrs, vis, sig, .. } = &checked.function;
    let runtime = &checked.runtime;
    let ident = &sig.ident;
    let cfg: Vec<&Attribute> = attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect();
    let what = if checked.guide_of.is_some() { "guide" } else { "model" };
    let module_doc = format!("The sites of the {what} [`{ident}`](fn@{ident}).");
    let open = checked.open;
    let constants = checked.sites.iter().map(|ModelSite { which, text, literal }| {
        let constant = SiteName::ident(text, literal);
        let kind = format_ident!("{}", which.kind().unwrap_or("Latent"));
        let doc = format!("`{}!({text:?}, ..)`", which.method().replace("open_plate", "plate"));
        quote!(#[doc = #doc] pub const #constant: #runtime::Site<#runtime::#kind> = #runtime::Site::new(#text);)
    });
    let rows = checked.sites.iter().map(|ModelSite { which, text, .. }| {
        let kind = format_ident!("{}", which.kind().unwrap_or("Latent"));
        let missing = format!("this guide has no `sample!({text:?}, ..)`, a latent site of model `{ident}`");
        quote!(#runtime::SiteInfo::new(#text, #runtime::SiteKind::#kind, #missing))
    });
    quote! {
        #(#cfg)*
        #[doc = #module_doc]
        #[allow(non_upper_case_globals, dead_code, unreachable_pub, reason = "constants are named as the sites are")]
        #vis mod #ident {
            #(#constants)*
            /// All sites with literal names, in the order of the source.
            pub const SITES: &[#runtime::SiteInfo] = &[#(#rows),*];
            /// Whether a run may visit other sites too.
            pub const OPEN: bool = #open;
        }
    }
}

/// The checks of a guide against its model's module.
fn guide(checked: &Checked) -> TokenStream {
    let Some(model) = &checked.guide_of else { return TokenStream::new() };
    let runtime = &checked.runtime;
    let cfg: Vec<&Attribute> =
        checked.function.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect();
    let latent: Vec<&ModelSite> = checked.sites.iter().filter(|site| site.which == SiteMacro::Sample).collect();
    let lookups = latent.iter().map(|ModelSite { text, literal, .. }| {
        // At the place of the literal: there the compiler says that the model has no such site.
        let constant = SiteName::ident(text, literal);
        quote!(#(#cfg)* const _: #runtime::Site<#runtime::Latent> = #model::#constant;)
    });
    let coverage = (!checked.open).then(|| {
        let names = latent.iter().map(|site| &site.text);
        quote!(#(#cfg)* const _: () = #runtime::__private::assert_guide_covers(#model::SITES, &[#(#names),*]);)
    });
    quote!(#(#lookups)* #coverage)
}

/// Sites are rewritten before the runtime's path is at hand: `__ppl_runtime!(path)` stands for it until here.
fn with_runtime(tokens: TokenStream, runtime: &TokenStream) -> TokenStream {
    use proc_macro2::{Group, TokenTree};

    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut output = TokenStream::new();
    let mut place = 0;
    while place < trees.len() {
        match &trees[place..] {
            [TokenTree::Ident(name), TokenTree::Punct(_), TokenTree::Group(path), ..] if name == "__ppl_runtime" => {
                let path = path.stream();
                output.extend(quote!(#runtime::#path));
                place += 3;
                continue;
            }
            [TokenTree::Group(group), ..] => {
                let mut inner = Group::new(group.delimiter(), with_runtime(group.stream(), runtime));
                inner.set_span(group.span());
                output.extend([TokenTree::Group(inner)]);
            }
            [tree, ..] => output.extend([tree.clone()]),
            [] => {}
        }
        place += 1;
    }
    output
}

/// The parameter for an argument: the user's own name where the pattern is one.
fn argument_name(position: usize, pattern: &Pat) -> Ident {
    match pattern {
        Pat::Ident(name) if name.subpat.is_none() && name.by_ref.is_none() => name.ident.clone(),
        _ => names::argument(position),
    }
}

fn output_type(output: &ReturnType) -> Type {
    match output {
        ReturnType::Default => syn::parse_quote!(()),
        ReturnType::Type(_, ty) => (**ty).clone(),
    }
}

/// `sample!` and its kin where no `#[model]` has rewritten them.
pub(crate) fn outside_model(input: TokenStream) -> TokenStream {
    let name = input.into_iter().next().map_or_else(|| "this macro".to_owned(), |name| format!("`{name}!`"));
    let message = format!(
        "{name} is a site of a model: it can only stand in the body of a function under `#[model]` or `#[guide(..)]`"
    );
    quote!(::core::compile_error!(#message))
}
