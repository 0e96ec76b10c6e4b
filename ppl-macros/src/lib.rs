//! Implementation detail of `ppl`: use the macros through that crate, where they are documented.
//!
//! The stages:
//!
//! | file       | from → to                                                                                    |
//! |------------|----------------------------------------------------------------------------------------------|
//! | `parse`    | the attribute's options                                                                      |
//! | `form`     | the function's signature; what cannot be a model                                             |
//! | `body`     | the walk over the body: rewrites the sites, gathers them with where they stand               |
//! | `site`     | the grammar of one site macro (`site_name`: of its name)                                     |
//! | `leave`    | errors that leave a model by `return Err(..)`                                                 |
//! | `analyze`  | the order of the stages, and the rules between sites                                         |
//! | `expand`   | writes the function, the companion module and a guide's checks (`expand_site`: one site)     |
//!
//! All mistakes of one model are reported together, in the order of the source, and the model is emitted all the same,
//! with its wrong sites replaced by values of their type, so that no other error follows from them.
//!
//! *Invariant:* nothing here knows a tensor; expansions call the methods of `ppl::Ctx`.

#![forbid(unsafe_code)]

use proc_macro2::TokenStream;

mod analyze;
mod body;
mod condition;
mod constructor;
mod errors;
mod expand;
mod expand_site;
mod foreign_macro;
mod form;
mod jump;
mod leave;
mod loop_name;
mod names;
mod parse;
mod site;
mod site_name;

#[cfg(test)]
mod tests;

/// `#[model]`; documented in `ppl`.
#[proc_macro_attribute]
pub fn model(options: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    debug(analyze::model(options.into(), item.into()))
}

/// `#[guide(path::to::model)]`; documented in `ppl`.
#[proc_macro_attribute]
pub fn guide(options: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    debug(analyze::guide(options.into(), item.into()))
}

/// What the site macros expand to where no `#[model]` has rewritten them; the first token is the macro's name.
#[proc_macro]
pub fn site_outside_model(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand::outside_model(input.into()).into()
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
