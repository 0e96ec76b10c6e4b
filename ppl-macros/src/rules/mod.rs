//! The rules, one a file, each a function of what was gathered; and `Checked`, what is left to write.

use proc_macro2::TokenStream;
use syn::{Attribute, Ident, ItemFn, Path, Signature, Type, Visibility};

mod constants;
mod families;
mod form;
mod guide;
mod in_closure;
mod in_loop;
mod plate_exit;
mod returned_ok;
#[cfg(test)]
mod testing;
mod unique;

use crate::errors::Errors;
use crate::gather::{Body, SiteUse};
use crate::parse::options::Options;
use crate::parse::site_macro::SiteMacro;
use crate::parse::site_name::SiteName;

pub(crate) use self::constants::Constant;
pub(crate) use self::families::Family;
pub(crate) use self::form::Form;

/// A model whose mistakes are known; only [`check`] makes one.
pub(crate) struct Checked {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) form: Form,
    /// The type that the model returns.
    pub(crate) returned: Type,
    pub(crate) body: Body,
    /// The sites with literal names, each once.
    pub(crate) constants: Vec<Constant>,
    pub(crate) families: Vec<Family>,
    /// Whether a run may visit other sites too.
    pub(crate) open: bool,
    pub(crate) guide: Option<Guide>,
    /// With mistakes, less is emitted: only what keeps other errors from following.
    pub(crate) has_errors: bool,
    pub(crate) runtime: TokenStream,
}

impl Checked {
    /// The attributes that switch the whole function on or off.
    pub(crate) fn cfg(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"))
    }
}

/// A guide's part of its attribute.
pub(crate) struct Guide {
    /// The model that it is for; `None` if the attribute does not say, which is reported.
    pub(crate) model: Option<Path>,
    /// The sites of the model that are given by a condition.
    pub(crate) given: Vec<Ident>,
}

/// A function as it was read and gathered.
pub(crate) struct Gathered {
    pub(crate) function: ItemFn,
    pub(crate) returned: Type,
    pub(crate) body: Body,
    pub(crate) options: Options,
    pub(crate) is_guide: bool,
    pub(crate) runtime: TokenStream,
}

/// Applies all rules; the result can be written whatever mistakes there are.
pub(crate) fn check(gathered: Gathered, errors: &mut Errors) -> Checked {
    let Gathered { function, returned, body, options, is_guide, runtime } = gathered;
    let given = options.given.unwrap_or_default();
    let form = form::check(&function.sig, errors);
    for rule in [in_closure::check, in_loop::check, unique::check, plate_exit::check, returned_ok::check] {
        rule(&body, errors);
    }
    if is_guide {
        guide::check(&body, &given, errors);
    }
    let has_errors = !errors.is_empty();
    let constants = constants::once_each(&body);
    Checked {
        attributes: function.attrs,
        visibility: function.vis,
        signature: function.sig,
        form,
        returned,
        families: families::of(&body, &constants),
        constants,
        // A site with a mistake is not in the list, so with mistakes there may be others.
        open: has_errors || body.sites.iter().any(may_visit_others),
        body,
        guide: is_guide.then_some(Guide { model: options.model, given }),
        has_errors,
        runtime,
    }
}

/// Whether a run may visit sites through this one that have no literal name.
fn may_visit_others(site: &SiteUse) -> bool {
    let is_literal = matches!(site.name(), Some(SiteName::Literal { .. } | SiteName::Wrong));
    site.is_of_the_model() && site.parsed.is_ok() && (site.which == SiteMacro::Call || !is_literal)
}
