//! The walk over a model's body: rewrites the sites and gathers them, with where they stand.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Block, Expr, Item, LitStr, Macro, Path, Stmt, Type};

use crate::condition;
use crate::errors::Errors;
use crate::expand_site;
use crate::foreign_macro;
use crate::jump::{Jumps, Scope};
use crate::leave::{self, Outcome};
use crate::loop_name::{self, LoopName};
use crate::site::{self, Site, SiteMacro};
use crate::site_name::SiteName;

/// A site of the body, with what the checks need to know.
pub(crate) struct Found {
    pub(crate) which: SiteMacro,
    pub(crate) text: String,
    pub(crate) literal: LitStr,
    /// The `#[cfg(..)]`s around the site.
    pub(crate) cfg: Vec<Attribute>,
    /// Whether there is an earlier one of this name.
    pub(crate) is_repeated: bool,
    /// Which arm was taken at each branch around the site.
    branches: Vec<(usize, usize)>,
}

impl Found {
    /// Whether no run can visit both: they stand in different arms of one branch.
    pub(crate) fn excludes(&self, other: &Self) -> bool {
        self.branches
            .iter()
            .any(|(branch, arm)| other.branches.iter().any(|(other, other_arm)| branch == other && arm != other_arm))
    }
}

/// What the walk has found.
#[derive(Default)]
pub(crate) struct Walk {
    /// The sites with literal names, in the order of the source.
    pub(crate) sites: Vec<Found>,
    /// Whether a run may visit sites that are not in that list.
    pub(crate) open: bool,
    pub(crate) errors: Errors,
}

/// Rewrites the sites of `block`, and each `return` of its own; `output` is the type that the model returns.
pub(crate) fn walk(block: &mut Block, output: &Type, is_guide: bool, runtime: &TokenStream) -> Walk {
    let mut rewriter = Rewriter {
        walk: Walk::default(),
        output,
        is_guide,
        runtime,
        loops: Vec::new(),
        jumps: Jumps::default(),
        branches: Vec::new(),
        next_branch: 0,
        cfg: Vec::new(),
        outside: None,
        paths: Vec::new(),
        visited: 0,
    };
    if leave::is_no_result(output) {
        leave::tail(block, &mut rewriter.walk.errors);
    }
    rewriter.visit_block_mut(block);
    rewriter.mark_imports(block);
    rewriter.walk
}

/// What most code outside of the model's run stands in.
const CLOSURE: &str = "a closure";

/// Why the code here is not part of the model's run.
#[derive(Clone, Copy)]
struct Outside {
    /// What is around it, for messages.
    what: &'static str,
    /// Whether a site in it was reported: the sites in that one's arguments are wrong for the same reason.
    is_reported: bool,
}

pub(crate) struct Rewriter<'a> {
    pub(crate) walk: Walk,
    output: &'a Type,
    is_guide: bool,
    runtime: &'a TokenStream,
    /// The loops around.
    loops: Vec<LoopName>,
    jumps: Jumps,
    branches: Vec<(usize, usize)>,
    next_branch: usize,
    cfg: Vec<Attribute>,
    outside: Option<Outside>,
    /// The paths of the site macros since the last block with imports of its own.
    paths: Vec<Path>,
    /// Number of sites so far.
    visited: usize,
}

impl Rewriter<'_> {
    /// Walks one arm of a branch.
    fn arm(&mut self, branch: usize, arm: usize, walk: impl FnOnce(&mut Self)) {
        self.branches.push((branch, arm));
        walk(self);
        self.branches.pop();
    }

    fn new_branch(&mut self) -> usize {
        self.next_branch += 1;
        self.next_branch
    }

    fn in_loop(&mut self, name: LoopName, label: Option<&syn::Label>, walk: impl FnOnce(&mut Self)) {
        self.loops.push(name);
        self.in_scope(Scope::Loop(label.map(|label| label.name.ident.clone())), walk);
        self.loops.pop();
    }

    fn in_scope(&mut self, scope: Scope, walk: impl FnOnce(&mut Self)) {
        self.jumps.enter(scope);
        walk(self);
        self.jumps.leave();
    }

    /// Walks code that does not run as a part of the model.
    fn outside(&mut self, what: &'static str, walk: impl FnOnce(&mut Self)) {
        let is_reported = self.outside.is_some_and(|around| around.is_reported);
        let around = self.outside.replace(Outside { what, is_reported });
        self.in_scope(Scope::Closure, walk);
        self.outside = around;
    }

    /// Walks what these attributes may switch off.
    fn under(&mut self, attributes: &[Attribute], walk: impl FnOnce(&mut Self)) {
        let depth = self.cfg.len();
        self.cfg.extend(attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned());
        walk(self);
        self.cfg.truncate(depth);
    }

    /// The expression that a site macro stands for.
    pub(crate) fn site(&mut self, which: SiteMacro, call: &Macro) -> Expr {
        self.visited += 1;
        if self.paths.iter().all(|path| *path != call.path) {
            self.paths.push(call.path.clone());
        }
        if self.is_guide && which == SiteMacro::Observe {
            self.walk.errors.at(
                &call.path,
                "a guide has no `observe!`: it proposes values for the latent sites, and the data belong to the model",
            );
        }
        let parsed = site::parse(which, call, &mut self.walk.errors);
        let Some(outside) = self.outside else {
            return self.site_of_the_model(which, parsed);
        };
        if !outside.is_reported {
            let advice = match (outside.what, which) {
                (CLOSURE, SiteMacro::Call) => "use a `for` loop",
                (CLOSURE, _) => "use a `for` loop and an indexed name, as in \"x_{i}\", or a `plate!`",
                _ => "move it out",
            };
            let (name, what) = (which.name(), outside.what);
            self.walk
                .errors
                .at(&call.path, format!("`{name}!` cannot stand in {what}, which may run outside the model: {advice}"));
        }
        self.outside = Some(Outside { is_reported: true, ..outside });
        let expression = self.site_outside(which, parsed);
        self.outside = Some(outside);
        expression
    }

    /// A site where it may stand.
    fn site_of_the_model(&mut self, which: SiteMacro, parsed: Result<Site, site::Unreadable>) -> Expr {
        let mut site = match parsed {
            Ok(site) => site,
            Err(mut unreadable) => {
                self.visit_all(&mut unreadable.arguments);
                return expand_site::unreadable(which, &unreadable.arguments, self.runtime);
            }
        };
        self.note(&mut site);
        let before = self.visited;
        self.visit_all(&mut site.arguments);
        if let Some(plate) = &mut site.plate {
            for option in [&mut plate.subsample, &mut plate.dim].into_iter().flatten() {
                self.visit_expr_mut(option);
            }
        }
        let has_sites_in_arguments = self.visited > before;
        if let Some(plate) = &mut site.plate {
            self.in_scope(Scope::Plate, |this| this.visit_block_mut(&mut plate.block));
        }
        expand_site::site(&site, has_sites_in_arguments, self.runtime)
    }

    /// A site where none may stand, reported: a value of the right type, so that no other error follows.
    fn site_outside(&mut self, which: SiteMacro, parsed: Result<Site, site::Unreadable>) -> Expr {
        match parsed {
            Ok(mut site) => {
                self.visit_all(&mut site.arguments);
                if let Some(plate) = &mut site.plate {
                    self.visit_block_mut(&mut plate.block);
                }
                expand_site::outside(site, self.runtime)
            }
            Err(mut unreadable) => {
                self.visit_all(&mut unreadable.arguments);
                expand_site::unreadable(which, &unreadable.arguments, self.runtime)
            }
        }
    }

    fn visit_all(&mut self, expressions: &mut [Expr]) {
        for expression in expressions {
            self.visit_expr_mut(expression);
        }
    }

    /// Remembers a site, and checks that its name can be unique where it stands.
    fn note(&mut self, site: &mut Site) {
        self.walk.open |= site.which == SiteMacro::Call;
        let (text, literal) = match &site.name {
            Some(SiteName::Literal { text, literal }) => (text, literal),
            Some(SiteName::Indexed { .. }) | None => {
                self.walk.open = true;
                return;
            }
            Some(SiteName::Wrong) => {
                // It was meant to be indexed.
                site.misplaced.extend(self.loops.iter().filter_map(LoopName::mention));
                return;
            }
        };
        if !self.loops.is_empty() {
            self.walk.errors.at(literal, loop_name::message(&self.loops, site.which, text));
            site.misplaced.extend(self.loops.iter().filter_map(LoopName::mention));
        }
        if site.which == SiteMacro::Call {
            // The sites in a scope are the sub-model's; it can hold those of several ones.
            return;
        }
        self.walk.sites.push(Found {
            which: site.which,
            text: text.clone(),
            literal: literal.clone(),
            cfg: self.cfg.clone(),
            is_repeated: false,
            branches: self.branches.clone(),
        });
    }

    /// Names each site macro once where it was in scope: the compiler sees then that its import is used, and that it is
    /// there. Outside of a block with imports of its own, those of the blocks around it do.
    fn mark_imports(&mut self, block: &mut Block) {
        let paths = std::mem::take(&mut self.paths);
        let marks = paths.iter().map(|path| Stmt::Expr(Expr::Verbatim(quote!(#path!(@imported);)), None));
        let place = block.stmts.iter().take_while(|statement| matches!(statement, Stmt::Item(_))).count();
        block.stmts.splice(place..place, marks);
    }

    /// Walks the condition of an `if` or a `while`.
    fn condition(&mut self, condition: &mut Expr) {
        self.visit_expr_mut(condition);
        // The types of a closure's arguments may follow from what its body asks for.
        if self.outside.is_none() {
            condition::ask(condition, self.runtime);
        }
    }

    /// The value of a `return` of the model's own.
    fn early_return(&mut self, value: &mut Option<Box<Expr>>) {
        if let Some(value) = value {
            self.visit_expr_mut(value);
        }
        let spelled_out = match value.as_deref() {
            Some(value) if leave::is_no_result(self.output) => leave::outcome(value),
            _ => None,
        };
        match spelled_out {
            Some(Outcome::Error(error)) => {
                *value = Some(Box::new(leave::exit(error, self.runtime)));
                return;
            }
            Some(Outcome::Value(call)) => {
                leave::report_ok(call, &mut self.walk.errors);
                let inner = call.args.first().cloned();
                *value = inner.map(Box::new);
            }
            None => {}
        }
        *value = Some(Box::new(expand_site::early_return(value.take().map(|value| *value), self.output)));
    }
}

impl VisitMut for Rewriter<'_> {
    fn visit_block_mut(&mut self, block: &mut Block) {
        let has_imports = block.stmts.iter().any(|statement| matches!(statement, Stmt::Item(Item::Use(_))));
        let around = if has_imports { std::mem::take(&mut self.paths) } else { Vec::new() };
        let last = block.stmts.len().saturating_sub(1);
        for (position, statement) in block.stmts.iter_mut().enumerate() {
            // `sample! { .. }` needs no semicolon as a statement; the expression that it becomes does.
            if let Stmt::Macro(call) = statement
                && SiteMacro::of(&call.mac).is_some()
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
                let mut replaced = None;
                self.under(&call.attrs, |this| match SiteMacro::of(&call.mac) {
                    Some(which) => replaced = Some(with_attributes(&call.attrs, this.site(which, &call.mac))),
                    None => foreign_macro::rewrite(this, &mut call.mac),
                });
                if let Some(site) = replaced {
                    *statement = Stmt::Expr(site, call.semi_token);
                }
            }
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
            Expr::Macro(call) => match SiteMacro::of(&call.mac) {
                Some(which) => *expression = with_attributes(&call.attrs, self.site(which, &call.mac)),
                None => foreign_macro::rewrite(self, &mut call.mac),
            },
            Expr::Closure(closure) => self.outside(CLOSURE, |this| visit_mut::visit_expr_closure_mut(this, closure)),
            Expr::Async(block) => {
                self.outside("an `async` block", |this| visit_mut::visit_expr_async_mut(this, block));
            }
            Expr::Const(block) => self.outside("a `const` block", |this| visit_mut::visit_expr_const_mut(this, block)),
            Expr::ForLoop(each) => {
                self.visit_expr_mut(&mut each.expr);
                let name = LoopName::of_for(each);
                self.in_loop(name, each.label.as_ref(), |this| this.visit_block_mut(&mut each.body));
            }
            Expr::While(repeated) => self.in_loop(LoopName::Unknown, repeated.label.as_ref(), |this| {
                this.condition(&mut repeated.cond);
                this.visit_block_mut(&mut repeated.body);
            }),
            Expr::Loop(endless) => self.in_loop(LoopName::Unknown, endless.label.as_ref(), |this| {
                this.visit_block_mut(&mut endless.body);
            }),
            Expr::Block(block) => {
                let label = block.label.as_ref().map(|label| label.name.ident.clone());
                self.in_scope(Scope::Block(label), |this| this.visit_block_mut(&mut block.block));
            }
            Expr::If(branch) => {
                self.condition(&mut branch.cond);
                let number = self.new_branch();
                self.arm(number, 0, |this| this.visit_block_mut(&mut branch.then_branch));
                if let Some((_, otherwise)) = &mut branch.else_branch {
                    self.arm(number, 1, |this| this.visit_expr_mut(otherwise));
                }
            }
            Expr::Match(branch) => {
                self.visit_expr_mut(&mut branch.expr);
                let number = self.new_branch();
                for (position, arm) in branch.arms.iter_mut().enumerate() {
                    self.under(&arm.attrs, |this| {
                        // A guard that fails leads to the next arm, so a site in it is not the arm's.
                        this.visit_pat_mut(&mut arm.pat);
                        this.arm(number, position, |this| this.visit_expr_mut(&mut arm.body));
                    });
                }
            }
            Expr::Break(jump) => {
                if self.jumps.leaves_a_plate(jump.label.as_ref()) {
                    self.walk.errors.at(jump.break_token, crate::jump::message("break"));
                }
                visit_mut::visit_expr_break_mut(self, jump);
            }
            Expr::Continue(jump) => {
                if self.jumps.leaves_a_plate(jump.label.as_ref()) {
                    self.walk.errors.at(jump.continue_token, crate::jump::message("continue"));
                }
            }
            Expr::Return(early) if self.outside.is_none() => self.early_return(&mut early.expr),
            _ => visit_mut::visit_expr_mut(self, expression),
        }
    }
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

/// A site with the attributes that its macro had.
fn with_attributes(attributes: &[Attribute], site: Expr) -> Expr {
    if attributes.is_empty() {
        return site;
    }
    Expr::Verbatim(quote!(#(#attributes)* #site))
}
