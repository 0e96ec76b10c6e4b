//! The forms of functions that can be models.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{FnArg, Item, ItemFn, Pat, ReturnType, Safety, Type};

use crate::errors::Errors;
use crate::leave;

/// What can be made of a function.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A model.
    Supported,
    /// A model without its body.
    Unsupported,
    /// A method, which cannot have a module beside it.
    Method,
}

/// The function under the attribute.
pub(crate) fn function(item: TokenStream, is_guide: bool) -> syn::Result<ItemFn> {
    let attribute = if is_guide { "`#[guide(..)]`" } else { "`#[model]`" };
    match syn::parse2::<Item>(item)? {
        Item::Fn(function) => Ok(function),
        Item::Verbatim(tokens) => {
            Err(syn::Error::new_spanned(tokens, format!("{attribute} needs a function with a body")))
        }
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
            let message = format!("{attribute} stands on a function: its body is the model");
            Err(match keyword {
                Some(keyword) => syn::Error::new_spanned(keyword, message),
                None => syn::Error::new_spanned(tokens, message),
            })
        }
    }
}

/// Reports what cannot be in a model, and takes it out of the signature.
pub(crate) fn check(function: &mut ItemFn, errors: &mut Errors) -> Form {
    let signature = &mut function.sig;
    let mut form = Form::Supported;
    let mut reject = |tokens: &dyn ToTokens, message: &str| {
        errors.at(tokens.to_token_stream(), message);
        form = Form::Unsupported;
    };
    if let Some(token) = signature.constness.take() {
        reject(&token, "a model cannot be `const`: it runs when inference runs it, not when it is compiled");
    }
    if let Some(token) = signature.asyncness.take() {
        reject(
            &token,
            "a model cannot be `async`: inference runs it many times and never waits; await the data before, and pass \
             them as arguments",
        );
    }
    if let Safety::Unsafe(token) = std::mem::replace(&mut signature.safety, Safety::Default) {
        reject(
            &token,
            "a model cannot be `unsafe`: inference runs it from safe code; use an `unsafe` block in its body",
        );
    }
    if let Some(abi) = signature.abi.take() {
        reject(&abi, "a model cannot have a foreign ABI: what it returns is a Rust value, `impl Model`");
    }
    if let Some(variadic) = signature.variadic.take() {
        reject(&variadic.dots, "a model cannot be variadic: take a slice");
    }
    for input in &signature.inputs {
        if let FnArg::Typed(typed) = input
            && let Some(exclusive) = exclusive_reference(&typed.ty)
        {
            let pattern = match &*typed.pat {
                Pat::Ident(name) => format!("`{}`", name.ident),
                _ => "an argument".to_owned(),
            };
            reject(
                &exclusive,
                &format!(
                    "a model cannot take {pattern} by `&mut`: it runs many times, each time from the same arguments; take \
                     `&` or a value, and return what changes"
                ),
            );
        }
    }
    if let ReturnType::Type(_, ty) = &signature.output
        && matches!(**ty, Type::Never(_))
    {
        reject(ty, "a model must return: inference runs it many times");
        signature.output = ReturnType::Default;
    }
    if let ReturnType::Type(_, ty) = &signature.output
        && let Some(value) = leave::result_of_one(ty)
    {
        let value = value.to_token_stream().to_string();
        let written = if value == "()" { "no return type".to_owned() } else { format!("`-> {value}`") };
        reject(
            ty,
            &format!(
                "a model declares the type of its value, and errors leave it by `?` and `return Err(..)` all the same: \
                 write {written} (a `Result` with both of its types is a value, which inference does not look at)"
            ),
        );
    }
    if let Some(FnArg::Receiver(receiver)) = signature.inputs.first() {
        reject(
            receiver,
            "a model cannot be a method: the module of its sites cannot stand in an `impl`; write a free function that \
             takes `this: &Type`",
        );
        form = Form::Method;
    }
    form
}

/// The `&mut ..` in the type of an argument, if there is one that the model would have to copy.
fn exclusive_reference(ty: &Type) -> Option<&syn::TypeReference> {
    match ty {
        Type::Reference(reference) if reference.mutability.is_some() => Some(reference),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(exclusive_reference),
        Type::Array(array) => exclusive_reference(&array.elem),
        Type::Paren(inner) => exclusive_reference(&inner.elem),
        Type::Group(inner) => exclusive_reference(&inner.elem),
        _ => None,
    }
}
