//! The rules: from a function to a checked model, with all of its mistakes.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, ItemFn, LitStr, Path};

use crate::body::{self, Found};
use crate::errors::Errors;
use crate::form::{self, Form};
use crate::parse::{self, Options};
use crate::site::SiteMacro;
use crate::{expand, names};

/// A model: what `expand` writes.
pub(crate) struct Checked {
    /// The function, its sites rewritten.
    pub(crate) function: ItemFn,
    pub(crate) form: Form,
    pub(crate) sites: Vec<ModelSite>,
    pub(crate) open: bool,
    /// The model that this is a guide for.
    pub(crate) guide_of: Option<Path>,
    /// Whether it is a guide, also if it does not say of what.
    pub(crate) is_guide: bool,
    /// With mistakes, less is emitted: only what keeps other errors from following.
    pub(crate) has_errors: bool,
    pub(crate) runtime: TokenStream,
}

/// A site of the companion module.
pub(crate) struct ModelSite {
    pub(crate) which: SiteMacro,
    pub(crate) text: String,
    pub(crate) literal: LitStr,
    pub(crate) cfg: Vec<Attribute>,
}

/// `#[model]`.
pub(crate) fn model(options: TokenStream, item: TokenStream) -> TokenStream {
    with_options(parse::model_options(options), false, item)
}

/// `#[guide(model)]`.
pub(crate) fn guide(options: TokenStream, item: TokenStream) -> TokenStream {
    with_options(parse::guide_options(options), true, item)
}

fn with_options(options: syn::Result<Options>, is_guide: bool, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    // With wrong options the function is still checked, so that its mistakes show at the same time.
    let options = options.unwrap_or_else(|error| {
        errors.push(error);
        Options::default()
    });
    let mut function = match form::function(item.clone(), is_guide) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            let errors = errors.into_compile_errors();
            return quote!(#item #errors);
        }
    };
    let runtime = names::runtime(options.runtime.as_ref());
    let form = form::check(&mut function, &mut errors);
    let output = expand::output_inside(&function.sig.output);
    let walk = body::walk(&mut function.block, &output, is_guide, &runtime);
    errors.append(walk.errors);
    let sites = unique(walk.sites, &mut errors);
    let has_errors = !errors.is_empty();
    // A site with a mistake is not in the list, so with mistakes there may be others.
    let open = walk.open || has_errors;
    let expansion =
        expand::model(&Checked { function, form, sites, open, guide_of: options.model, is_guide, has_errors, runtime });
    let errors = errors.into_compile_errors();
    quote!(#expansion #errors)
}

/// Names must be unique in every run: twice only in arms that exclude each other, and then of the same kind. The result
/// has each name once.
fn unique(found: Vec<Found>, errors: &mut Errors) -> Vec<ModelSite> {
    let mut kept: Vec<Found> = Vec::new();
    // A plate may be entered again, for a second block of sites over the same members.
    let may_follow = |first: &Found, second: &Found| first.excludes(second) || second.which == SiteMacro::Plate;
    for mut site in found {
        // Under different `cfg`s there may be only one of them; if not, the compiler says so of the constants.
        let mut same_name =
            kept.iter().filter(|other| other.text == site.text && is_same(&other.cfg, &site.cfg)).peekable();
        let is_repeated = same_name.peek().is_some();
        let conflict = same_name.find(|other| other.which != site.which || !may_follow(other, &site));
        if let Some(other) = conflict {
            let (name, line) = (&site.text, other.literal.span().start().line);
            let message = if other.which == site.which {
                format!(
                    "a second site named `{name}`; the first is on line {line}, and names must be unique in a run (they may \
                     be repeated in different arms of one `if` or `match`)"
                )
            } else {
                let kind = other.which.kind().map_or("a site", |(_, kind)| kind);
                format!("`{name}` is {kind} on line {line}; a name must be of one kind")
            };
            errors.at(&site.literal, message);
        }
        site.is_repeated = is_repeated;
        kept.push(site);
    }
    kept.into_iter()
        .filter(|site| !site.is_repeated)
        .map(|Found { which, text, literal, cfg, .. }| ModelSite { which, text, literal, cfg })
        .collect()
}

fn is_same(left: &[Attribute], right: &[Attribute]) -> bool {
    let text = |attributes: &[Attribute]| quote!(#(#attributes)*).to_token_stream().to_string();
    text(left) == text(right)
}
