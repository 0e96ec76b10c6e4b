//! The grammar of the site macros.

use proc_macro2::Span;
use syn::{Expr, ExprLit, Lit, Macro};

use crate::errors::{Errors, error, message};
use crate::parse::constructor;
use crate::parse::expression::{expressions, is_name, is_string, string, without_key};
use crate::parse::plate::{self, PlateBody};
use crate::parse::site_macro::SiteMacro;
use crate::parse::site_name::SiteName;

/// One site.
#[derive(Debug)]
pub(crate) struct Site {
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

impl Site {
    /// The expressions among its arguments: what follows the name, and the options of a plate.
    pub(crate) fn arguments_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        let options = self.plate.iter_mut().flat_map(PlateBody::options_mut);
        self.arguments.iter_mut().chain(options)
    }
}

/// A site that could not be understood: what there is of its arguments.
#[derive(Debug, Default)]
pub(crate) struct Unreadable {
    pub(crate) arguments: Vec<Expr>,
}

/// Parses a site macro. Mistakes go to `errors`; what can be emitted in spite of them is returned.
pub(crate) fn parse(which: SiteMacro, call: &Macro, errors: &mut Errors) -> Result<Site, Unreadable> {
    let grammar = which.grammar();
    let mut arguments = expressions(call.tokens.clone()).map_err(|wrong| {
        errors.push(error(wrong.span(), &wrong, grammar));
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
        errors.at(&call.path, format!("`{}!` without arguments", which.name()), grammar);
        return Err(Unreadable::default());
    }
    if let Some(written) = name_in_another_place(has_name, &arguments) {
        errors.at(written, "the name of a site comes first", grammar);
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
        errors.at(&call.path, missing(which, &arguments), grammar);
        return Err(Unreadable { arguments });
    }
    if matches!(which, SiteMacro::Sample | SiteMacro::Observe) && !constructor::check(&mut arguments[0], errors) {
        return Err(Unreadable { arguments: arguments.split_off(1) });
    }
    if which == SiteMacro::Plate {
        let plate = plate::parse(&mut arguments, errors).map_err(|arguments| Unreadable { arguments })?;
        return Ok(Site { name, arguments, plate: Some(plate), misplaced, span });
    }
    if let Some(extra) = arguments.get(required.len() + optional) {
        let is_obs =
            which == SiteMacro::Sample && matches!(extra, Expr::Assign(assign) if is_name(&assign.left, "obs"));
        if is_obs {
            errors.at(extra, "`sample!` takes no data", SiteMacro::Observe.grammar());
        } else {
            errors.at(extra, "unexpected argument", grammar);
        }
        misplaced.extend(arguments.split_off(required.len() + optional).into_iter().map(without_key));
    }
    Ok(Site { name, arguments, plate: None, misplaced, span })
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
    format!("`{}!` without {lacks}", which.name())
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
                message("a site's name captures variables by itself", "write \"x_{i}\" in place of `format!(..)`")
            }
            Expr::Path(variable) if variable.path.get_ident().is_some() => {
                let variable = variable.path.get_ident().map(ToString::to_string).unwrap_or_default();
                message(
                    "a site's name is a string literal, so that it can be checked",
                    format!("write \"{variable}\", or \"{{{variable}}}\" for a name that is the value of a variable"),
                )
            }
            Expr::Lit(ExprLit { lit: Lit::Char(character), .. }) => {
                message("a site's name is a string, in double quotes", format!("write \"{}\"", character.value()))
            }
            _ => message("a site begins with its name, a string literal", which.grammar()),
        },
    };
    errors.push(syn::Error::new_spanned(written, message));
    SiteName::Wrong
}
