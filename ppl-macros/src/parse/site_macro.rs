//! The site macros: their names, grammars and kinds.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, LitInt, Macro, Token};

/// The site macros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SiteMacro {
    Sample,
    Observe,
    Param,
    Plate,
    Deterministic,
    Factor,
    Call,
}

impl SiteMacro {
    /// The site macro of this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "sample" => Self::Sample,
            "observe" => Self::Observe,
            "param" => Self::Param,
            "plate" => Self::Plate,
            "deterministic" => Self::Deterministic,
            "factor" => Self::Factor,
            "call" => Self::Call,
            _ => return None,
        })
    }

    /// The site macro that a macro call names, by the last segment of its path.
    pub(crate) fn of(call: &Macro) -> Option<Self> {
        Self::from_name(&call.path.segments.last()?.ident.to_string())
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sample => "sample",
            Self::Observe => "observe",
            Self::Param => "param",
            Self::Plate => "plate",
            Self::Deterministic => "deterministic",
            Self::Factor => "factor",
            Self::Call => "call",
        }
    }

    /// The cure for a call that is written otherwise.
    pub(crate) fn grammar(self) -> &'static str {
        match self {
            Self::Sample => "write `sample!(\"name\", distribution)`",
            Self::Observe => "write `observe!(\"name\", distribution, data)`",
            Self::Param => "write `param!(\"name\", init)` or `param!(\"name\", init, constraint)`",
            Self::Plate => {
                "write `plate!(\"name\", size, { .. })` or `plate!(\"name\", size, subsample_size = m, |index| { .. })`"
            }
            Self::Deterministic => "write `deterministic!(\"name\", value)`",
            Self::Factor => "write `factor!(\"name\", log_weight)`",
            Self::Call => "write `call!(model(..))` or `call!(\"scope\", model(..))`",
        }
    }

    /// The kind in the companion module, and what a message calls it; `call!` makes no site.
    pub(crate) fn kind(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::Sample => ("Latent", "a latent site"),
            Self::Observe => ("Observed", "an observed site"),
            Self::Param => ("Param", "a parameter"),
            Self::Plate => ("Plate", "a plate"),
            Self::Deterministic => ("Deterministic", "a deterministic site"),
            Self::Factor => ("Factor", "a factor"),
            Self::Call => return None,
        })
    }

    /// The arguments after the name: those that must be there, and the count of the optional ones.
    pub(crate) fn arguments(self) -> (&'static [&'static str], usize) {
        match self {
            Self::Sample => (&["distribution"], 0),
            Self::Observe => (&["distribution", "data"], 0),
            Self::Param => (&["initial value"], 1),
            Self::Plate => (&["size", "block"], 2),
            Self::Deterministic => (&["value"], 0),
            Self::Factor => (&["log weight"], 0),
            Self::Call => (&["model"], 0),
        }
    }
}

/// The slot that the first walk leaves for site `index`: the user's macro with other arguments, as `sample!(@site 3)`,
/// because its path says which import is used.
pub(crate) fn slot(index: usize) -> TokenStream {
    let index = proc_macro2::Literal::usize_unsuffixed(index);
    quote!(@site #index)
}

/// The site that a slot is for.
pub(crate) fn site_of_slot(call: &Macro) -> Option<usize> {
    SiteMacro::of(call)?;
    let parser = |input: ParseStream<'_>| {
        input.parse::<Token![@]>()?;
        input.parse::<Ident>()?;
        input.parse::<LitInt>()?.base10_parse()
    };
    parser.parse2(call.tokens.clone()).ok()
}
