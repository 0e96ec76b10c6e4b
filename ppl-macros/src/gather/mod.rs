//! The first walk: gathers the sites of a model's body, with where they stand, and leaves a slot in place of each.
//!
//! Nothing is judged here: that is for `rules`. Nothing is expanded: `write` fills the slots.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Block, Expr, ExprCall, Item, Lifetime, Macro, Path, Stmt, Type};

mod counter;
mod surroundings;

use crate::errors::Errors;
use crate::parse::foreign_macro::{self, Walk};
use crate::parse::outcome::{self, Outcome};
use crate::parse::output;
use crate::parse::site::{self, Site, Unreadable};
use crate::parse::site_macro::{self, SiteMacro};
use crate::parse::site_name::SiteName;

pub(crate) use self::surroundings::{Detached, Loop, Scope, Surroundings};

/// A model's body, its sites as data.
pub(crate) struct Body {
    /// The user's block; in place of each site there is a slot with the site's index.
    pub(crate) block: Block,
    /// In the order of the source.
    pub(crate) sites: Vec<SiteUse>,
    pub(crate) jumps: Vec<Jump>,
    /// Each `Ok(..)` that is returned, if the model returns no `Result`.
    pub(crate) returned_oks: Vec<ExprCall>,
}

/// A site, and where it stands.
pub(crate) struct SiteUse {
    pub(crate) which: SiteMacro,
    /// The macro's path, as written.
    pub(crate) path: Path,
    pub(crate) parsed: Result<Site, Unreadable>,
    /// Whether there are other sites in its arguments.
    pub(crate) has_sites_in_arguments: bool,
    pub(crate) around: Surroundings,
}

impl SiteUse {
    /// Its name, if it can be understood and has one.
    pub(crate) fn name(&self) -> Option<&SiteName> {
        self.parsed.as_ref().ok()?.name.as_ref()
    }

    /// Whether it runs as a part of the model.
    pub(crate) fn is_of_the_model(&self) -> bool {
        self.around.detached().is_none()
    }
}

/// A `break` or `continue`.
pub(crate) struct Jump {
    pub(crate) keyword: Ident,
    pub(crate) label: Option<Lifetime>,
    pub(crate) around: Surroundings,
}

/// Gathers the sites of `block`; `returned` is the type that the model returns. Mistakes of grammar go to `errors`.
pub(crate) fn gather(mut block: Block, returned: &Type, errors: &mut Errors) -> Body {
    let mut gatherer = Gatherer {
        errors,
        may_return_result: !output::is_no_result(returned),
        sites: Vec::new(),
        jumps: Vec::new(),
        returned_oks: Vec::new(),
        around: Surroundings::default(),
        branches: 0,
    };
    outcome::for_each_tail(&mut block, &mut |last| gatherer.returned(last));
    gatherer.visit_block_mut(&mut block);
    let Gatherer { sites, jumps, returned_oks, .. } = gatherer;
    Body { block, sites: sites.into_iter().flatten().collect(), jumps, returned_oks }
}

struct Gatherer<'a> {
    errors: &'a mut Errors,
    may_return_result: bool,
    /// `None` while the walk is in the site's arguments.
    sites: Vec<Option<SiteUse>>,
    jumps: Vec<Jump>,
    returned_oks: Vec<ExprCall>,
    around: Surroundings,
    /// Count of branches so far.
    branches: usize,
}

impl Gatherer<'_> {
    fn within(&mut self, scope: Scope, walk: impl FnOnce(&mut Self)) {
        self.around.scopes.push(scope);
        walk(self);
        self.around.scopes.pop();
    }

    /// Walks what these attributes may switch off.
    fn under(&mut self, attributes: &[Attribute], walk: impl FnOnce(&mut Self)) {
        let depth = self.around.cfg.len();
        let cfg = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
        self.around.cfg.extend(cfg.cloned());
        walk(self);
        self.around.cfg.truncate(depth);
    }

    fn next_branch(&mut self) -> usize {
        self.branches += 1;
        self.branches
    }

    fn jump(&mut self, keyword: Ident, label: Option<&Lifetime>) {
        self.jumps.push(Jump { keyword, label: label.cloned(), around: self.around.clone() });
    }

    fn returned(&mut self, value: &Expr) {
        if !self.may_return_result
            && let Some(Outcome::Value(call)) = outcome::outcome(value)
        {
            self.returned_oks.push(call.clone());
        }
    }

    fn macro_call(&mut self, call: &mut Macro) {
        match SiteMacro::of(call) {
            Some(which) => self.site(which, call),
            None => foreign_macro::walk(self, call),
        }
    }

    /// Takes a site out, and leaves its slot.
    fn site(&mut self, which: SiteMacro, call: &mut Macro) {
        let mut parsed = site::parse(which, call, self.errors);
        let index = self.sites.len();
        self.sites.push(None);
        self.within(Scope::Arguments, |this| match &mut parsed {
            Ok(site) => site.arguments_mut().for_each(|argument| this.visit_expr_mut(argument)),
            Err(unreadable) => unreadable.arguments.iter_mut().for_each(|argument| this.visit_expr_mut(argument)),
        });
        let has_sites_in_arguments = self.sites.len() > index + 1;
        if let Ok(Site { plate: Some(plate), .. }) = &mut parsed {
            self.within(Scope::Plate, |this| this.visit_block_mut(&mut plate.block));
        }
        let (path, around) = (call.path.clone(), self.around.clone());
        self.sites[index] = Some(SiteUse { which, path, parsed, has_sites_in_arguments, around });
        call.tokens = site_macro::slot(index);
    }
}

impl Walk for Gatherer<'_> {
    fn site_among_tokens(&mut self, mut call: Macro) -> TokenStream {
        self.macro_call(&mut call);
        call.into_token_stream()
    }
}

impl VisitMut for Gatherer<'_> {
    fn visit_stmt_mut(&mut self, statement: &mut Stmt) {
        match statement {
            Stmt::Macro(call) => self.under(&call.attrs, |this| this.macro_call(&mut call.mac)),
            Stmt::Local(local) => {
                let attributes = local.attrs.clone();
                self.under(&attributes, |this| visit_mut::visit_local_mut(this, local));
            }
            Stmt::Expr(expression, _) => {
                let attributes = leading_attributes(expression);
                self.under(&attributes, |this| this.visit_expr_mut(expression));
            }
            // Items inside a model are not part of its run.
            Stmt::Item(_) => {}
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        match expression {
            Expr::Macro(call) => self.macro_call(&mut call.mac),
            Expr::Closure(closure) => self.within(Scope::Detached(Detached::Closure), |this| {
                visit_mut::visit_expr_closure_mut(this, closure);
            }),
            Expr::Async(block) => self.within(Scope::Detached(Detached::Async), |this| {
                visit_mut::visit_expr_async_mut(this, block);
            }),
            Expr::Const(block) => self.within(Scope::Detached(Detached::Const), |this| {
                visit_mut::visit_expr_const_mut(this, block);
            }),
            Expr::ForLoop(each) => {
                self.visit_expr_mut(&mut each.expr);
                let around = Loop { label: label(each.label.as_ref()), counter: counter::of(each) };
                self.within(Scope::Loop(around), |this| this.visit_block_mut(&mut each.body));
            }
            Expr::While(repeated) => {
                let around = Loop { label: label(repeated.label.as_ref()), counter: None };
                self.within(Scope::Loop(around), |this| {
                    this.visit_expr_mut(&mut repeated.cond);
                    this.visit_block_mut(&mut repeated.body);
                });
            }
            Expr::Loop(endless) => {
                let around = Loop { label: label(endless.label.as_ref()), counter: None };
                self.within(Scope::Loop(around), |this| this.visit_block_mut(&mut endless.body));
            }
            Expr::Block(block) => {
                let label = label(block.label.as_ref());
                self.within(Scope::Block(label), |this| this.visit_block_mut(&mut block.block));
            }
            Expr::If(choice) => {
                self.visit_expr_mut(&mut choice.cond);
                let branch = self.next_branch();
                self.within(Scope::Arm { branch, arm: 0 }, |this| this.visit_block_mut(&mut choice.then_branch));
                if let Some((_, otherwise)) = &mut choice.else_branch {
                    self.within(Scope::Arm { branch, arm: 1 }, |this| this.visit_expr_mut(otherwise));
                }
            }
            Expr::Match(choice) => {
                self.visit_expr_mut(&mut choice.expr);
                let branch = self.next_branch();
                for (position, arm) in choice.arms.iter_mut().enumerate() {
                    self.under(&arm.attrs, |this| {
                        // A guard that fails leads to the next arm, so a site in it is not the arm's.
                        this.visit_pat_mut(&mut arm.pat);
                        this.within(Scope::Arm { branch, arm: position }, |this| this.visit_expr_mut(&mut arm.body));
                    });
                }
            }
            Expr::Break(jump) => {
                self.jump(Ident::new("break", jump.break_token.span), jump.label.as_ref());
                visit_mut::visit_expr_break_mut(self, jump);
            }
            Expr::Continue(jump) => {
                self.jump(Ident::new("continue", jump.continue_token.span), jump.label.as_ref());
            }
            Expr::Return(early) => {
                if let Some(value) = &early.expr
                    && self.around.detached().is_none()
                {
                    self.returned(value);
                }
                visit_mut::visit_expr_return_mut(self, early);
            }
            _ => visit_mut::visit_expr_mut(self, expression),
        }
    }
}

fn label(label: Option<&syn::Label>) -> Option<Ident> {
    label.map(|label| label.name.ident.clone())
}

/// The attributes at the beginning of an expression statement.
fn leading_attributes(expression: &Expr) -> Vec<Attribute> {
    use syn::parse::Parser;

    let tokens = expression.to_token_stream();
    let begins_with_one =
        matches!(tokens.clone().into_iter().next(), Some(proc_macro2::TokenTree::Punct(hash)) if hash.as_char() == '#');
    if !begins_with_one {
        return Vec::new();
    }
    let parser = |input: syn::parse::ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_outer)?;
        input.parse::<TokenStream>()?;
        Ok(attributes)
    };
    parser.parse2(tokens).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    use super::{Body, gather};
    use crate::errors::Errors;

    fn body(text: &str) -> Body {
        let mut errors = Errors::default();
        let body = gather(syn::parse_str(text).unwrap(), &syn::parse_quote!(()), &mut errors);
        assert!(errors.into_texts().is_empty());
        body
    }

    #[test]
    fn sites_are_in_the_order_of_the_source_and_leave_slots() {
        let body = body(
            r#"{
                let x = sample!("x", Normal::new(sample!("loc", d), 1.0));
                assert!(ppl::sample!("y", d) > 0.0);
                matches!(sample!("z", d).item(), 0.0 if true);
                plate!("n", 3, { observe!("w", d, data); });
            }"#,
        );
        let names: Vec<String> = body.sites.iter().map(|site| format!("{:?}", site.which)).collect();
        assert_eq!(names, ["Sample", "Sample", "Sample", "Sample", "Plate", "Observe"]);
        let nested: Vec<bool> = body.sites.iter().map(|site| site.has_sites_in_arguments).collect();
        assert_eq!(nested, [true, false, false, false, false, false]);
        let block = body.block.to_token_stream().to_string().replace(' ', "");
        assert_eq!(
            block,
            "{letx=sample!(@site0);assert!(ppl::sample!(@site2)>0.0);matches!(sample!(@site3).item(),0.0iftrue);\
             plate!(@site4);}"
        );
    }

    #[test]
    fn surroundings() {
        let body = body(
            r#"{
                for t in 0..3 {
                    if early { sample!("a", d); } else { sample!("b", d); }
                    drop(|| sample!("c", deterministic!("d", 1.0)));
                }
            }"#,
        );
        let [a, b, c, d] = [0, 1, 2, 3].map(|index| &body.sites[index].around);
        assert_eq!(a.loops().filter_map(|around| around.counter.as_ref()).next().unwrap(), "t");
        assert!(a.excludes(b) && !a.excludes(c));
        assert!(a.detached().is_none() && c.detached().is_some() && d.detached().is_some());
        assert!(!c.is_within_detached_site() && d.is_within_detached_site());
    }
}
