//! The walk over a model's body: rewrites the sites and gathers them, with where they stand.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Item, LitStr, Macro, Pat, Stmt};

use crate::errors::Errors;
use crate::expand;
use crate::site::{self, Site, SiteMacro};
use crate::site_name::SiteName;

/// A site of the body, with what the checks need to know.
pub(crate) struct Found {
    pub(crate) which: SiteMacro,
    pub(crate) text: String,
    pub(crate) literal: LitStr,
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

/// Rewrites the sites of `block`, and each `return` of its own.
pub(crate) fn walk(block: &mut Block, is_guide: bool) -> Walk {
    let mut rewriter = Rewriter {
        walk: Walk::default(),
        is_guide,
        loops: Vec::new(),
        branches: Vec::new(),
        next_branch: 0,
        closure: None,
    };
    rewriter.visit_block_mut(block);
    rewriter.walk
}

struct Rewriter {
    walk: Walk,
    is_guide: bool,
    /// The variable of each loop around, if it is a plain name.
    loops: Vec<Option<String>>,
    branches: Vec<(usize, usize)>,
    next_branch: usize,
    /// What kind of closure is around, if one is.
    closure: Option<&'static str>,
}

impl Rewriter {
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

    fn in_loop(&mut self, variable: Option<String>, walk: impl FnOnce(&mut Self)) {
        self.loops.push(variable);
        walk(self);
        self.loops.pop();
    }

    fn in_closure(&mut self, kind: &'static str, walk: impl FnOnce(&mut Self)) {
        let outer = self.closure.replace(kind);
        walk(self);
        self.closure = outer;
    }

    /// The expression that a site macro stands for.
    fn site(&mut self, which: SiteMacro, call: &Macro) -> Expr {
        if let Some(kind) = self.closure {
            self.walk.errors.at(
                &call.path,
                format!(
                    "a site inside {kind} is outside the run of the model; use a `for` loop, or pass what the closure \
                     needs as a value"
                ),
            );
        }
        if self.is_guide && which == SiteMacro::Observe {
            self.walk.errors.at(
                &call.path,
                "a guide has no `observe!`: it proposes values for the latent sites, and the data belong to the model",
            );
        }
        let Some(mut site) = site::parse(which, call, &mut self.walk.errors) else {
            return expand::placeholder();
        };
        self.note(&site);
        for argument in &mut site.arguments {
            self.visit_expr_mut(argument);
        }
        if let Some(plate) = &mut site.plate {
            for option in [&mut plate.subsample, &mut plate.dim].into_iter().flatten() {
                self.visit_expr_mut(option);
            }
            self.visit_block_mut(&mut plate.block);
        }
        expand::site(&site)
    }

    /// Remembers a site, and checks that its name can be unique where it stands.
    fn note(&mut self, site: &Site) {
        match &site.name {
            None | Some(SiteName::Indexed { .. }) => self.walk.open = true,
            Some(SiteName::Literal { text, literal }) => {
                if site.which == SiteMacro::Call {
                    self.walk.open = true;
                }
                if let Some(variable) = self.loops.last() {
                    let variable = variable.as_deref().unwrap_or("i");
                    self.walk.errors.at(
                        literal,
                        format!(
                            "this name is the same in every turn of the loop, and names must be unique in a run; put the \
                             loop's index in it: \"{text}_{{{variable}}}\""
                        ),
                    );
                } else if site.which != SiteMacro::Call {
                    self.walk.sites.push(Found {
                        which: site.which,
                        text: text.clone(),
                        literal: literal.clone(),
                        branches: self.branches.clone(),
                    });
                }
            }
        }
    }

    /// A macro that is not a site: the sites in its arguments are rewritten.
    fn foreign(&mut self, call: &mut Macro) {
        if !mentions_site(call.tokens.clone()) {
            return;
        }
        if let Ok(mut arguments) = site::expressions(call.tokens.clone()) {
            for argument in &mut arguments {
                self.visit_expr_mut(argument);
            }
            call.tokens = quote!(#(#arguments),*);
            return;
        }
        // `vec![value; length]`, patterns, and whatever else: by its tokens.
        call.tokens = self.tokens(call.tokens.clone());
    }

    /// Rewrites `name ! ( .. )` wherever it stands in a stream of tokens.
    fn tokens(&mut self, tokens: TokenStream) -> TokenStream {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let mut output = TokenStream::new();
        let mut place = 0;
        while place < trees.len() {
            if let Some(which) = site_at(&trees[place..]) {
                let call: TokenStream = trees[place..place + 3].iter().cloned().collect();
                match syn::parse2::<Macro>(call) {
                    Ok(call) => self.site(which, &call).to_tokens(&mut output),
                    Err(error) => self.walk.errors.push(error),
                }
                place += 3;
                continue;
            }
            match &trees[place] {
                TokenTree::Group(group) => {
                    let mut inner = Group::new(group.delimiter(), self.tokens(group.stream()));
                    inner.set_span(group.span());
                    output.extend([TokenTree::Group(inner)]);
                }
                other => output.extend([other.clone()]),
            }
            place += 1;
        }
        output
    }
}

/// The site macro that a stream of tokens begins with.
fn site_at(trees: &[TokenTree]) -> Option<SiteMacro> {
    match trees {
        [TokenTree::Ident(name), TokenTree::Punct(bang), TokenTree::Group(group), ..]
            if bang.as_char() == '!' && group.delimiter() != Delimiter::None =>
        {
            SiteMacro::from_name(&name.to_string())
        }
        _ => None,
    }
}

fn mentions_site(tokens: TokenStream) -> bool {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    (0..trees.len()).any(|place| {
        site_at(&trees[place..]).is_some()
            || matches!(&trees[place], TokenTree::Group(group) if mentions_site(group.stream()))
    })
}

impl VisitMut for Rewriter {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        match expression {
            Expr::Macro(call) => match SiteMacro::of(&call.mac) {
                Some(which) => *expression = self.site(which, &call.mac),
                None => self.foreign(&mut call.mac),
            },
            Expr::Closure(closure) => {
                self.in_closure("a closure", |this| visit_mut::visit_expr_closure_mut(this, closure));
            }
            Expr::Async(block) => {
                self.in_closure("an async block", |this| visit_mut::visit_expr_async_mut(this, block));
            }
            Expr::ForLoop(for_loop) => {
                self.visit_expr_mut(&mut for_loop.expr);
                let variable = match &*for_loop.pat {
                    Pat::Ident(name) => Some(name.ident.to_string()),
                    _ => None,
                };
                self.in_loop(variable, |this| this.visit_block_mut(&mut for_loop.body));
            }
            Expr::While(while_loop) => self.in_loop(None, |this| visit_mut::visit_expr_while_mut(this, while_loop)),
            Expr::Loop(endless) => self.in_loop(None, |this| visit_mut::visit_expr_loop_mut(this, endless)),
            Expr::If(branch) => {
                self.visit_expr_mut(&mut branch.cond);
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
                    self.arm(number, position, |this| this.visit_arm_mut(arm));
                }
            }
            Expr::Return(early) if self.closure.is_none() => {
                if let Some(value) = &mut early.expr {
                    self.visit_expr_mut(value);
                }
                early.expr = Some(Box::new(expand::early_return(early.expr.take().map(|value| *value))));
            }
            _ => visit_mut::visit_expr_mut(self, expression),
        }
    }

    fn visit_stmt_mut(&mut self, statement: &mut Stmt) {
        match statement {
            Stmt::Macro(call) => match SiteMacro::of(&call.mac) {
                Some(which) => *statement = Stmt::Expr(self.site(which, &call.mac), call.semi_token),
                None => self.foreign(&mut call.mac),
            },
            _ => visit_mut::visit_stmt_mut(self, statement),
        }
    }

    /// Items inside a model are not part of its run.
    fn visit_item_mut(&mut self, _: &mut Item) {}
}
