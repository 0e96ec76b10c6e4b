//! Writing the expansion: from a checked model to tokens. Nothing here can fail.

use proc_macro2::TokenStream;
use quote::quote;

mod body;
mod condition;
mod exit;
mod function;
mod guide_checks;
mod module;
mod outside_model;
mod site;

use crate::rules::{Checked, Form};

pub(crate) use self::outside_model::outside_model;

/// The whole expansion of a model or guide: the function, the companion module, a guide's checks.
pub(crate) fn write(mut checked: Checked) -> TokenStream {
    let block = body::write(&mut checked.body, &checked.returned, &checked.runtime);
    let function = function::write(&checked, &block);
    if checked.form == Form::Method {
        return function;
    }
    let module = module::write(&checked);
    let checks = guide_checks::write(&checked);
    quote!(#function #module #checks)
}
