//! The grammar of a plate's body and options.

use quote::{ToTokens, quote};
use syn::{Block, Expr, Pat};

use crate::errors::Errors;
use crate::parse::expression::{is_name, is_number, ungrouped, without_key};
use crate::parse::site_macro::SiteMacro;

/// What a plate has beside its name and size.
#[derive(Debug)]
pub(crate) struct PlateBody {
    /// The count of random members.
    pub(crate) subsample_size: Option<Expr>,
    /// The members.
    pub(crate) subsample: Option<Expr>,
    pub(crate) dim: Option<Expr>,
    /// The pattern between the bars.
    pub(crate) index: Option<Pat>,
    pub(crate) block: Block,
}

impl PlateBody {
    /// The values of the options that are given.
    pub(super) fn options_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        [&mut self.subsample_size, &mut self.subsample, &mut self.dim].into_iter().flatten()
    }
}

/// Splits off a plate's body and options; the size remains. A plate that cannot be understood gives back its arguments.
pub(super) fn parse(arguments: &mut Vec<Expr>, errors: &mut Errors) -> Result<PlateBody, Vec<Expr>> {
    let grammar = SiteMacro::Plate.grammar();
    let (index, body) = match arguments.pop().map(ungrouped) {
        Some(Expr::Closure(closure)) if closure.inputs.len() == 1 => (closure.inputs.first().cloned(), *closure.body),
        Some(Expr::Closure(closure)) => {
            let place = if closure.inputs.is_empty() { quote!(#closure) } else { closure.inputs.to_token_stream() };
            errors.at(place, "a plate gives its block one index", grammar);
            return Err(arguments.drain(..).map(without_key).collect());
        }
        Some(Expr::Block(body)) => (None, Expr::Block(body)),
        Some(other) => {
            errors.at(&other, "a plate ends with its block", grammar);
            (None, other)
        }
        None => return Err(Vec::new()),
    };
    let block = match ungrouped(body) {
        Expr::Block(body) if body.label.is_none() && body.attrs.is_empty() => body.block,
        other => syn::parse_quote!({ #other }),
    };
    if let Some(Expr::Assign(option)) = arguments.first() {
        errors.at(option, "a plate's size comes before its options", grammar);
        return Err(Vec::new());
    }
    let mut plate = PlateBody { subsample_size: None, subsample: None, dim: None, index, block };
    for option in arguments.split_off(1) {
        let (key, value) = match option {
            Expr::Assign(assign) => (*assign.left, *assign.right),
            other => {
                errors.at(&other, "unexpected argument", grammar);
                continue;
            }
        };
        let slot = if is_name(&key, "subsample_size") {
            &mut plate.subsample_size
        } else if is_name(&key, "subsample") {
            if is_number(&value) {
                let count = value.to_token_stream();
                let cure = format!("write `subsample_size = {count}` for random members");
                errors.at(&value, "`subsample` takes the indices of members", cure);
                &mut plate.subsample_size
            } else {
                &mut plate.subsample
            }
        } else if is_name(&key, "dim") {
            &mut plate.dim
        } else {
            errors.at(
                &key,
                format!("a plate has no option `{}`", key.to_token_stream()),
                "its options are `subsample_size = ..`, `subsample = ..` and `dim = ..`",
            );
            continue;
        };
        if slot.is_some() {
            errors.at(&key, "this option is given twice", "leave one of them out");
        }
        *slot = Some(value);
        if let (Some(_), Some(_)) = (&plate.subsample_size, &plate.subsample) {
            errors.at(&key, "a plate has `subsample_size` or `subsample`, not both", "leave `subsample_size` out");
        }
    }
    Ok(plate)
}
