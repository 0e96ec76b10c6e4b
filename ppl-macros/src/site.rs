//! The grammar of the site macros.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Block, Expr, ExprLit, Lit, LitStr, Macro, Pat, Token};

use crate::constructor;
use crate::errors::Errors;
use crate::site_name::SiteName;

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

    /// How it is written.
    fn grammar(self) -> &'static str {
        match self {
            Self::Sample => "`sample!(\"name\", distribution)`",
            Self::Observe => "`observe!(\"name\", distribution, data)`",
            Self::Param => "`param!(\"name\", init)` or `param!(\"name\", init, constraint)`",
            Self::Plate => {
                "`plate!(\"name\", size, { .. })` or `plate!(\"name\", size, subsample = m, |index| { .. })`"
            }
            Self::Deterministic => "`deterministic!(\"name\", value)`",
            Self::Factor => "`factor!(\"name\", log_weight)`",
            Self::Call => "`call!(model(..))` or `call!(\"scope\", model(..))`",
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

    /// What follows the name: the arguments that must be there, then the others.
    fn arguments(self) -> (&'static [&'static str], usize) {
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

/// One site.
pub(crate) struct Site {
    pub(crate) which: SiteMacro,
    /// `None` for a `call!` without a scope.
    pub(crate) name: Option<SiteName>,
    /// What follows the name, less a plate's options and body.
    pub(crate) arguments: Vec<Expr>,
    pub(crate) plate: Option<PlateBody>,
    /// What the user wrote in a wrong place: it is mentioned in the expansion, so that it counts as used.
    pub(crate) misplaced: Vec<Expr>,
    /// The macro's name.
    pub(crate) span: Span,
}

/// What is special about a plate.
pub(crate) struct PlateBody {
    pub(crate) subsample: Option<Expr>,
    pub(crate) dim: Option<Expr>,
    /// The pattern between the bars.
    pub(crate) index: Option<Pat>,
    pub(crate) block: Block,
}

/// A site that could not be understood: what there is of its arguments.
#[derive(Default)]
pub(crate) struct Unreadable {
    pub(crate) arguments: Vec<Expr>,
}

/// Parses a site macro. Mistakes go to `errors`; what can be emitted in spite of them is returned.
pub(crate) fn parse(which: SiteMacro, call: &Macro, errors: &mut Errors) -> Result<Site, Unreadable> {
    let grammar = which.grammar();
    let mut arguments = expressions(call.tokens.clone()).map_err(|error| {
        let is_ours = error.to_string() == "expected `,`";
        let hint = if is_ours { format!(": write {grammar}") } else { String::new() };
        errors.push(syn::Error::new(error.span(), format!("{error}{hint}")));
        Unreadable::default()
    })?;
    let span = call.path.segments.last().map_or_else(Span::call_site, |last| last.ident.span());
    let (required, optional) = which.arguments();
    let has_name = match (which, arguments.as_slice()) {
        // Two arguments, but the first one is the model.
        (SiteMacro::Call, [Expr::Call(_) | Expr::MethodCall(_) | Expr::Reference(_), ..]) => false,
        (SiteMacro::Call, [only]) => is_string(only),
        _ => true,
    };
    if arguments.is_empty() {
        errors.at(&call.path, format!("missing arguments: write {grammar}"));
        return Err(Unreadable::default());
    }
    if let Some(written) = name_in_another_place(has_name, &arguments) {
        let message = format!("the name of a site comes first: write {grammar}");
        errors.at(written, message);
        return Err(Unreadable { arguments: arguments.into_iter().map(without_key).collect() });
    }
    let mut misplaced = Vec::new();
    let name = has_name.then(|| match name(&arguments[0], which, errors) {
        // All is there but the name.
        SiteName::Wrong if arguments.len() == required.len() && !is_string(&arguments[0]) => SiteName::Wrong,
        SiteName::Wrong => {
            misplaced.push(arguments.remove(0));
            SiteName::Wrong
        }
        name => {
            arguments.remove(0);
            name
        }
    });
    if arguments.len() < required.len() {
        errors.at(&call.path, missing(which, &arguments));
        return Err(Unreadable { arguments });
    }
    if matches!(which, SiteMacro::Sample | SiteMacro::Observe) && !constructor::check(&mut arguments[0], errors) {
        return Err(Unreadable { arguments: arguments.split_off(1) });
    }
    if which == SiteMacro::Plate {
        let plate = plate(&mut arguments, errors)?;
        return Ok(Site { which, name, arguments, plate: Some(plate), misplaced, span });
    }
    if let Some(extra) = arguments.get(required.len() + optional) {
        let is_obs =
            which == SiteMacro::Sample && matches!(extra, Expr::Assign(assign) if is_name(&assign.left, "obs"));
        let grammar = if is_obs { SiteMacro::Observe.grammar() } else { grammar };
        errors.at(extra, format!("unexpected argument: write {grammar}"));
        misplaced.extend(arguments.split_off(required.len() + optional).into_iter().map(without_key));
    }
    Ok(Site { which, name, arguments, plate: None, misplaced, span })
}

/// A string literal behind the first argument, if that is none.
fn name_in_another_place(has_name: bool, arguments: &[Expr]) -> Option<&Expr> {
    let (first, others) = arguments.split_first()?;
    let is_missing = has_name && !is_string(first) && !matches!(first, Expr::Macro(_));
    others.iter().find(|other| is_missing && is_string(other))
}

/// Says which argument a site lacks.
fn missing(which: SiteMacro, arguments: &[Expr]) -> String {
    let (required, _) = which.arguments();
    let lacks = match (which, arguments) {
        (SiteMacro::Plate, [Expr::Block(_) | Expr::Closure(_)]) => "size".to_owned(),
        _ => required[arguments.len()..].join(" and "),
    };
    format!("missing {lacks}: write {}", which.grammar())
}

/// The name of a site; a wrong one is reported.
fn name(written: &Expr, which: SiteMacro, errors: &mut Errors) -> SiteName {
    let message = match string(written) {
        Some(literal) => match SiteName::new(literal) {
            Ok(name) => return name,
            Err(message) => message,
        },
        None => match written {
            Expr::Macro(call) if call.mac.path.is_ident("format") => {
                "a site's name captures variables by itself: write \"x_{i}\" in place of `format!(..)`".to_owned()
            }
            Expr::Path(variable) if variable.path.get_ident().is_some() => {
                let variable = variable.path.get_ident().map(ToString::to_string).unwrap_or_default();
                format!(
                    "a site's name is a string literal, so that it can be checked: write \"{variable}\", or \
                     \"{{{variable}}}\" for a name that is the value of a variable"
                )
            }
            Expr::Lit(ExprLit { lit: Lit::Char(character), .. }) => {
                format!("a site's name is a string, in double quotes: write \"{}\"", character.value())
            }
            _ => format!(
                "a site begins with its name, a string literal that may capture variables, as in \"x_{{i}}\": write {}",
                which.grammar()
            ),
        },
    };
    errors.at(written, message);
    SiteName::Wrong
}

/// Splits off a plate's body and options; the size remains.
fn plate(arguments: &mut Vec<Expr>, errors: &mut Errors) -> Result<PlateBody, Unreadable> {
    let grammar = SiteMacro::Plate.grammar();
    let (index, body) = match arguments.pop().map(ungrouped) {
        Some(Expr::Closure(closure)) if closure.inputs.len() == 1 => (closure.inputs.first().cloned(), *closure.body),
        Some(Expr::Closure(closure)) => {
            let place = if closure.inputs.is_empty() { quote!(#closure) } else { closure.inputs.to_token_stream() };
            errors.at(place, format!("a plate gives its block one index: write {grammar}"));
            return Err(Unreadable { arguments: arguments.drain(..).map(without_key).collect() });
        }
        Some(Expr::Block(body)) => (None, Expr::Block(body)),
        Some(other) => {
            errors.at(&other, format!("a plate ends with its block: write {grammar}"));
            (None, other)
        }
        None => return Err(Unreadable::default()),
    };
    let block = match ungrouped(body) {
        Expr::Block(body) if body.label.is_none() && body.attrs.is_empty() => body.block,
        other => syn::parse_quote!({ #other }),
    };
    if let Some(Expr::Assign(option)) = arguments.first() {
        errors.at(option, format!("a plate's size comes before its options: write {grammar}"));
        return Err(Unreadable::default());
    }
    let mut plate = PlateBody { subsample: None, dim: None, index, block };
    for option in arguments.split_off(1) {
        let (key, value) = match option {
            Expr::Assign(assign) => (*assign.left, *assign.right),
            other => {
                errors.at(&other, format!("unexpected argument: write {grammar}"));
                continue;
            }
        };
        let slot = if is_name(&key, "subsample") {
            &mut plate.subsample
        } else if is_name(&key, "dim") {
            &mut plate.dim
        } else {
            errors.at(&key, "unknown option of a plate: the options are `subsample = ..` and `dim = ..`");
            continue;
        };
        if slot.is_some() {
            errors.at(&key, "this option is given twice");
        }
        *slot = Some(value);
    }
    Ok(plate)
}

/// The arguments of a macro, if they are expressions between commas.
pub(crate) fn expressions(tokens: TokenStream) -> syn::Result<Vec<Expr>> {
    let parsed = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens)?;
    Ok(parsed.into_iter().collect())
}

/// An expression without the invisible brackets that a `macro_rules!` of the user's puts around it.
fn ungrouped(expression: Expr) -> Expr {
    match expression {
        Expr::Group(group) => ungrouped(*group.expr),
        other => other,
    }
}

/// The value of `key = value`, or the expression itself.
fn without_key(expression: Expr) -> Expr {
    match expression {
        Expr::Assign(assign) => *assign.right,
        other => other,
    }
}

fn is_name(expression: &Expr, name: &str) -> bool {
    matches!(expression, Expr::Path(path) if path.path.is_ident(name))
}

fn is_string(expression: &Expr) -> bool {
    string(expression).is_some()
}

/// A string literal, which may have come through a `macro_rules!` of the user's.
fn string(expression: &Expr) -> Option<&LitStr> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Str(literal), .. }) => Some(literal),
        Expr::Group(group) => string(&group.expr),
        _ => None,
    }
}
