//! The grammar of the site macros.

use proc_macro2::TokenStream;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Block, Expr, ExprLit, Lit, LitStr, Macro, Pat, Token};

use crate::errors::Errors;
use crate::site_name::SiteName;

/// The site macros.
#[derive(Clone, Copy, PartialEq, Eq)]
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

    /// How it is written.
    pub(crate) fn grammar(self) -> &'static str {
        match self {
            Self::Sample => "sample!(\"name\", distribution)",
            Self::Observe => "observe!(\"name\", distribution, data)",
            Self::Param => "param!(\"name\", init) or param!(\"name\", init, constraint)",
            Self::Plate => "plate!(\"name\", size, { .. }) or plate!(\"name\", size, subsample = m, |index| { .. })",
            Self::Deterministic => "deterministic!(\"name\", value)",
            Self::Factor => "factor!(\"name\", log_weight)",
            Self::Call => "call!(model(..)) or call!(\"scope\", model(..))",
        }
    }

    /// The kind in the companion module; `call!` makes no site.
    pub(crate) fn kind(self) -> Option<&'static str> {
        Some(match self {
            Self::Sample => "Latent",
            Self::Observe => "Observed",
            Self::Param => "Param",
            Self::Plate => "Plate",
            Self::Deterministic => "Deterministic",
            Self::Factor => "Factor",
            Self::Call => return None,
        })
    }

    /// The method of `Ctx`, for the sites that are one call of it.
    pub(crate) fn method(self) -> &'static str {
        match self {
            Self::Sample => "sample",
            Self::Observe => "observe",
            Self::Param => "param",
            Self::Plate => "open_plate",
            Self::Deterministic => "deterministic",
            Self::Factor => "factor",
            Self::Call => "call",
        }
    }

    /// Number of arguments after the name: at least and at most.
    fn arguments(self) -> (usize, usize) {
        match self {
            Self::Sample | Self::Deterministic | Self::Factor | Self::Call => (1, 1),
            Self::Observe => (2, 2),
            Self::Param => (1, 2),
            Self::Plate => (2, 4),
        }
    }
}

/// One site, parsed.
pub(crate) struct Site {
    pub(crate) which: SiteMacro,
    /// `None` for a `call!` without a scope.
    pub(crate) name: Option<SiteName>,
    /// What follows the name, less a plate's options and body.
    pub(crate) arguments: Vec<Expr>,
    pub(crate) plate: Option<PlateBody>,
}

/// What is special about a plate.
pub(crate) struct PlateBody {
    pub(crate) subsample: Option<Expr>,
    pub(crate) dim: Option<Expr>,
    /// The pattern between the bars.
    pub(crate) index: Option<Pat>,
    pub(crate) block: Block,
}

/// Parses a site macro; mistakes go to `errors`, and what can be understood in spite of them is returned.
pub(crate) fn parse(which: SiteMacro, call: &Macro, errors: &mut Errors) -> Option<Site> {
    let arguments = match expressions(call.tokens.clone()) {
        Ok(arguments) => arguments,
        Err(error) => {
            errors.push(error);
            return None;
        }
    };
    let mut rest = arguments.into_iter().peekable();
    let has_name = which != SiteMacro::Call || matches!(rest.peek(), Some(first) if string(first).is_some());
    let name = if has_name {
        match rest.next() {
            None => {
                errors.at(&call.path, format!("missing arguments; write {}", which.grammar()));
                return None;
            }
            Some(first) => match string(&first) {
                Some(literal) => match SiteName::new(literal) {
                    Ok(name) => Some(name),
                    Err(message) => {
                        errors.at(literal, message);
                        None
                    }
                },
                None => {
                    errors.at(
                        &first,
                        format!(
                            "the name of a site must be a string literal, which may capture variables as in \"x_{{i}}\"; \
                             write {}",
                            which.grammar()
                        ),
                    );
                    None
                }
            },
        }
    } else {
        None
    };
    let name_is_wrong = has_name && name.is_none();
    let mut rest: Vec<Expr> = rest.collect();
    let (least, most) = which.arguments();
    if rest.len() < least {
        errors.at(&call.path, format!("missing arguments; write {}", which.grammar()));
        return None;
    }
    if which == SiteMacro::Plate {
        let plate = plate(&mut rest, errors)?;
        return (!name_is_wrong).then_some(Site { which, name, arguments: rest, plate: Some(plate) });
    }
    if let Some(extra) = rest.get(most) {
        errors.at(extra, format!("unexpected argument; write {}", which.grammar()));
        rest.truncate(most);
    }
    (!name_is_wrong).then_some(Site { which, name, arguments: rest, plate: None })
}

/// Splits off a plate's body and options; the size remains.
fn plate(rest: &mut Vec<Expr>, errors: &mut Errors) -> Option<PlateBody> {
    let grammar = SiteMacro::Plate.grammar();
    let body = rest.pop()?;
    let (index, block) = match body {
        Expr::Block(block) if block.label.is_none() => (None, block.block),
        Expr::Closure(closure) => {
            if closure.inputs.len() != 1 {
                errors.at(&closure, format!("the plate gives one index; write {grammar}"));
                return None;
            }
            let index = closure.inputs.first().cloned();
            let block = match *closure.body {
                Expr::Block(block) if block.label.is_none() => block.block,
                other => syn::parse_quote!({ #other }),
            };
            (index, block)
        }
        other => {
            errors.at(&other, format!("a plate ends with its block; write {grammar}"));
            return None;
        }
    };
    let mut plate = PlateBody { subsample: None, dim: None, index, block };
    for option in rest.split_off(1) {
        let Expr::Assign(assign) = option else {
            errors.at(&option, format!("unexpected argument; write {grammar}"));
            continue;
        };
        let Expr::Path(key) = &*assign.left else {
            errors.at(&assign.left, "unknown option of a plate; the options are `subsample` and `dim`");
            continue;
        };
        let slot = if key.path.is_ident("subsample") {
            &mut plate.subsample
        } else if key.path.is_ident("dim") {
            &mut plate.dim
        } else {
            errors.at(key, "unknown option of a plate; the options are `subsample` and `dim`");
            continue;
        };
        if slot.is_some() {
            errors.at(key, "this option is given twice");
        }
        *slot = Some(*assign.right);
    }
    Some(plate)
}

/// The arguments of a macro, if they are expressions between commas.
pub(crate) fn expressions(tokens: TokenStream) -> syn::Result<Vec<Expr>> {
    let parsed = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens)?;
    Ok(parsed.into_iter().collect())
}

fn string(expression: &Expr) -> Option<&LitStr> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Str(literal), .. }) => Some(literal),
        _ => None,
    }
}
