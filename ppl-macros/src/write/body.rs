//! The second walk over a model's body: fills the slots of its sites, and rewrites its `return`s and conditions.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Block, Expr, Item, Macro, Path, Stmt, Type};

use crate::gather::{Body, SiteUse};
use crate::parse::foreign_macro::{self, Walk};
use crate::parse::outcome;
use crate::parse::output;
use crate::parse::site_macro::site_of_slot;
use crate::parse::site_name::SiteName;
use crate::write::{condition, exit, site};

/// The block of the model's closure; takes the sites out of `body`.
pub(super) fn write(body: &mut Body, returned: &Type, runtime: &TokenStream) -> Block {
    let mut block = body.block.clone();
    let returned = output::inside(returned);
    let mut writer = Writer {
        sites: std::mem::take(&mut body.sites).into_iter().map(Some).collect(),
        returned: &returned,
        runtime,
        detached: 0,
        paths: Vec::new(),
    };
    if output::is_no_result(&returned) {
        outcome::for_each_tail(&mut block, &mut exit::of_tail);
    }
    writer.visit_block_mut(&mut block);
    writer.mark_imports(&mut block);
    block
}

struct Writer<'a> {
    /// `None` once they are written.
    sites: Vec<Option<SiteUse>>,
    returned: &'a Type,
    runtime: &'a TokenStream,
    /// Count of closures and the like around.
    detached: usize,
    /// The paths of the site macros since the last block with imports of its own.
    paths: Vec<Path>,
}

impl Writer<'_> {
    /// Walks code that does not run as a part of the model: its `return`s are its own.
    fn detached(&mut self, walk: impl FnOnce(&mut Self)) {
        self.detached += 1;
        walk(self);
        self.detached -= 1;
    }

    /// The expression for a macro call, if it is the slot of a site; the arguments of any other are walked.
    fn macro_call(&mut self, call: &mut Macro) -> Option<Expr> {
        let Some(index) = site_of_slot(call) else {
            foreign_macro::walk(self, call);
            return None;
        };
        let used = self.sites.get_mut(index)?.take()?;
        Some(self.site(used))
    }

    fn site(&mut self, used: SiteUse) -> Expr {
        let SiteUse { which, path, parsed, has_sites_in_arguments, around } = used;
        if !self.paths.contains(&path) {
            self.paths.push(path);
        }
        let mut site = match parsed {
            Ok(site) => site,
            Err(mut unreadable) => {
                unreadable.arguments.iter_mut().for_each(|argument| self.visit_expr_mut(argument));
                return site::unreadable(which, &unreadable.arguments, self.runtime);
            }
        };
        site.arguments_mut().for_each(|argument| self.visit_expr_mut(argument));
        if let Some(plate) = &mut site.plate {
            self.visit_block_mut(&mut plate.block);
        }
        if around.detached().is_some() {
            return site::outside(which, site, self.runtime);
        }
        let is_wrong_in_loops = matches!(site.name, Some(SiteName::Literal { .. } | SiteName::Wrong));
        if is_wrong_in_loops {
            // The name was meant to be indexed.
            let counters = around.loops().filter_map(|around| around.counter.as_ref());
            site.misplaced.extend(counters.map(|counter| -> Expr { syn::parse_quote!(#counter) }));
        }
        site::site(which, &site, has_sites_in_arguments, self.runtime)
    }

    /// Names each site macro once where it was in scope: the compiler sees then that its import is used, and that it is
    /// there. Outside of a block with imports of its own, those of the blocks around it do.
    fn mark_imports(&mut self, block: &mut Block) {
        let paths = std::mem::take(&mut self.paths);
        let marks = paths.iter().map(|path| Stmt::Expr(Expr::Verbatim(quote!(#path!(@imported);)), None));
        let first = block.stmts.iter().take_while(|statement| matches!(statement, Stmt::Item(_))).count();
        block.stmts.splice(first..first, marks);
    }

    /// Asks for the truth value of a condition, which was walked.
    fn condition(&self, condition: &mut Expr) {
        // The types of a closure's arguments may follow from what its body asks for.
        if self.detached == 0 {
            condition::ask(condition, self.runtime);
        }
    }
}

impl Walk for Writer<'_> {
    fn site_among_tokens(&mut self, mut call: Macro) -> TokenStream {
        match self.macro_call(&mut call) {
            // What comes next is not known, so the expression must stand by itself.
            Some(site) => TokenTree::Group(Group::new(Delimiter::Parenthesis, site.into_token_stream())).into(),
            None => call.into_token_stream(),
        }
    }
}

impl VisitMut for Writer<'_> {
    fn visit_block_mut(&mut self, block: &mut Block) {
        let has_imports = block.stmts.iter().any(|statement| matches!(statement, Stmt::Item(Item::Use(_))));
        let around = if has_imports { std::mem::take(&mut self.paths) } else { Vec::new() };
        let last = block.stmts.len().saturating_sub(1);
        for (position, statement) in block.stmts.iter_mut().enumerate() {
            // `sample! { .. }` needs no semicolon as a statement; the expression that it becomes does.
            if let Stmt::Macro(call) = statement
                && site_of_slot(&call.mac).is_some()
                && position != last
            {
                call.semi_token.get_or_insert_default();
            }
            self.visit_stmt_mut(statement);
        }
        if has_imports {
            self.mark_imports(block);
            self.paths = around;
        }
    }

    fn visit_stmt_mut(&mut self, statement: &mut Stmt) {
        match statement {
            Stmt::Macro(call) => {
                if let Some(site) = self.macro_call(&mut call.mac) {
                    *statement = Stmt::Expr(with_attributes(&call.attrs, site), call.semi_token);
                }
            }
            // Items inside a model are not part of its run.
            Stmt::Item(_) => {}
            Stmt::Local(_) | Stmt::Expr(..) => visit_mut::visit_stmt_mut(self, statement),
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        match expression {
            Expr::Macro(call) => {
                if let Some(site) = self.macro_call(&mut call.mac) {
                    *expression = with_attributes(&call.attrs, site);
                }
            }
            Expr::Closure(closure) => self.detached(|this| visit_mut::visit_expr_closure_mut(this, closure)),
            Expr::Async(block) => self.detached(|this| visit_mut::visit_expr_async_mut(this, block)),
            Expr::Const(block) => self.detached(|this| visit_mut::visit_expr_const_mut(this, block)),
            Expr::While(repeated) => {
                visit_mut::visit_expr_while_mut(self, repeated);
                self.condition(&mut repeated.cond);
            }
            Expr::If(choice) => {
                visit_mut::visit_expr_if_mut(self, choice);
                self.condition(&mut choice.cond);
            }
            Expr::Return(early) => {
                visit_mut::visit_expr_return_mut(self, early);
                if self.detached == 0 {
                    let value = early.expr.take().map(|value| *value);
                    early.expr = Some(Box::new(exit::of_return(value, self.returned, self.runtime)));
                }
            }
            _ => visit_mut::visit_expr_mut(self, expression),
        }
    }
}

/// A site with the attributes that its macro had.
fn with_attributes(attributes: &[Attribute], site: Expr) -> Expr {
    if attributes.is_empty() {
        return site;
    }
    Expr::Verbatim(quote!(#(#attributes)* #site))
}
