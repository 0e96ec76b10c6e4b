//! Implementation detail of `ppl`: use the macros through that crate, where they are documented.
//!
//! The stages: `parse` reads the attribute's options, `body` walks the function, rewrites its sites and gathers them,
//! `analyze` checks them, `expand` writes the result. All mistakes of one model are reported together.
//!
//! *Invariant:* nothing here knows a tensor; expansions call the methods of `ppl::Ctx`.

use proc_macro2::TokenStream;

mod analyze;
mod body;
mod errors;
mod expand;
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
