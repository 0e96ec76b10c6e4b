//! The function under an attribute.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Item, ItemFn};

use crate::errors;

/// The function, or an error under what stands there instead.
pub(crate) fn parse(item: TokenStream, is_guide: bool) -> syn::Result<ItemFn> {
    let (attribute, what) = if is_guide { ("`#[guide(..)]`", "guide") } else { ("`#[model]`", "model") };
    match syn::parse2::<Item>(item)? {
        Item::Fn(function) => Ok(function),
        Item::Verbatim(tokens) => Err(syn::Error::new_spanned(
            tokens,
            errors::message(
                format!("{attribute} needs a function with a body"),
                format!("write `fn name(..) {{ .. }}`: the body is the {what}"),
            ),
        )),
        other => {
            // The keyword of the item, or what comes first.
            let tokens = other.to_token_stream();
            let keyword = tokens.clone().into_iter().find(|tree| {
                let word = tree.to_string();
                matches!(
                    word.as_str(),
                    "struct" | "enum" | "impl" | "mod" | "trait" | "type" | "const" | "static" | "union" | "use"
                )
            });
            let place = keyword.map_or_else(|| tokens.span(), |keyword| keyword.span());
            Err(errors::error(
                place,
                format!("{attribute} is for functions"),
                format!("write `fn name(..) {{ .. }}`, whose body is the {what}"),
            ))
        }
    }
}
