//! Implementation detail of `ppl`: use the macros through that crate, as `ppl::model` and `ppl::guide`, whose pages have
//! the documentation and the examples. They have no pages here; the comments of the functions here come last on those of
//! `ppl`. Editors do not complete what is hidden: these are so in this crate's documentation alone.
//!
//! The stages, each a function of the value before; `model` calls them in this order:
//!
//! | folder   | from → to                                                                                        |
//! |----------|--------------------------------------------------------------------------------------------------|
//! | `parse`  | tokens → syntax: the attribute's options, the function, the grammar of the site macros           |
//! | `gather` | block → the sites as data, with the loops, branches, closures and plates around each             |
//! | `rules`  | the sites → `Checked`, a rule a file                                                             |
//! | `write`  | `Checked` → tokens: the function, the companion module, a guide's checks                         |
//!
//! All mistakes of one model are reported together, in the order of the source, and the model is emitted all the same,
//! with its wrong sites replaced by values of their type, so that no other error follows from them.
//!
//! *Invariant:* nothing here knows a tensor; expansions call the methods of `ppl::Ctx`.

#![forbid(unsafe_code)]

use proc_macro2::TokenStream;

mod errors;
mod gather;
mod model;
mod names;
mod parse;
mod rules;
mod write;

#[cfg(test)]
mod tests;

/// # Seeing the expansion
/// The compiler prints it where the environment variable `PPL_MACROS_DEBUG` is set.
#[cfg_attr(doc, doc(hidden))]
#[proc_macro_attribute]
pub fn model(options: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    debug(model::model(options.into(), item.into()))
}

/// # Seeing the expansion
/// The compiler prints it where the environment variable `PPL_MACROS_DEBUG` is set.
#[cfg_attr(doc, doc(hidden))]
#[proc_macro_attribute]
pub fn guide(options: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    debug(model::guide(options.into(), item.into()))
}

/// What the site macros expand to where no `#[model]` has rewritten them; the first token is the macro's name.
#[doc(hidden)]
#[proc_macro]
pub fn site_outside_model(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    write::outside_model(input.into()).into()
}

/// Prints the expansion if `PPL_MACROS_DEBUG` is set.
fn debug(expansion: TokenStream) -> proc_macro::TokenStream {
    if std::env::var_os("PPL_MACROS_DEBUG").is_some() {
        #[allow(clippy::print_stderr, reason = "asked for by the environment variable")]
        {
            eprintln!("{expansion}");
        }
    }
    expansion.into()
}
