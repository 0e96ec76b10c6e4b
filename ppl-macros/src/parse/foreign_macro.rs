//! Macros that are not ours: the sites in their arguments are the model's all the same.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut;
use syn::{Expr, Macro, Token};

use crate::parse::site_macro::SiteMacro;

/// A walk over a model's body.
pub(crate) trait Walk: VisitMut {
    /// A site macro among tokens that are not expressions: what takes its place.
    fn site_among_tokens(&mut self, call: Macro) -> TokenStream;
}

/// Walks the sites and the `return`s in the arguments of a macro.
pub(crate) fn walk(walk: &mut impl Walk, call: &mut Macro) {
    if !concerns_us(call.tokens.clone()) {
        return;
    }
    let expressions = Punctuated::<Expr, Token![,]>::parse_terminated;
    if let Ok(mut arguments) = expressions.parse2(call.tokens.clone()) {
        for argument in &mut arguments {
            walk.visit_expr_mut(argument);
        }
        call.tokens = arguments.into_token_stream();
    } else if let Ok((mut element, mut length)) = repetition.parse2(call.tokens.clone()) {
        walk.visit_expr_mut(&mut element);
        walk.visit_expr_mut(&mut length);
        call.tokens = quote!(#element; #length);
    } else {
        call.tokens = tokens(walk, call.tokens.clone());
    }
}

/// `element; length`, as in `vec![0.0; 3]`.
fn repetition(input: ParseStream<'_>) -> syn::Result<(Expr, Expr)> {
    let element = input.parse()?;
    input.parse::<Token![;]>()?;
    Ok((element, input.parse()?))
}

/// Walks `path ! ( .. )` wherever it stands in a stream of tokens.
fn tokens(walk: &mut impl Walk, tokens: TokenStream) -> TokenStream {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut output = TokenStream::new();
    let mut next = 0;
    while next < trees.len() {
        if let Some(length) = length_of_site(&trees[next..])
            && let Ok(call) = syn::parse2::<Macro>(trees[next..next + length].iter().cloned().collect())
        {
            output.extend(walk.site_among_tokens(call));
            next += length;
            continue;
        }
        output.extend([match &trees[next] {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), self::tokens(walk, group.stream()));
                inner.set_span(group.span());
                TokenTree::Group(inner)
            }
            other => other.clone(),
        }]);
        next += 1;
    }
    output
}

/// Length of the call of a site macro that a stream of tokens begins with.
fn length_of_site(trees: &[TokenTree]) -> Option<usize> {
    let is_colon = |at: usize| matches!(trees.get(at), Some(TokenTree::Punct(colon)) if colon.as_char() == ':');
    let mut at = 0;
    loop {
        if is_colon(at) && is_colon(at + 1) {
            at += 2;
        }
        match &trees[at..] {
            [TokenTree::Ident(_), TokenTree::Punct(colon), ..] if colon.as_char() == ':' && is_colon(at + 2) => {
                at += 1;
            }
            [TokenTree::Ident(name), TokenTree::Punct(bang), TokenTree::Group(group), ..]
                if bang.as_char() == '!' && group.delimiter() != Delimiter::None =>
            {
                return SiteMacro::from_name(&name.to_string()).map(|_| at + 3);
            }
            _ => return None,
        }
    }
}

/// Whether there is a site or a `return` in the tokens.
fn concerns_us(tokens: TokenStream) -> bool {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    (0..trees.len()).any(|at| {
        length_of_site(&trees[at..]).is_some()
            || match &trees[at] {
                TokenTree::Group(group) => concerns_us(group.stream()),
                TokenTree::Ident(word) => word == "return",
                TokenTree::Punct(_) | TokenTree::Literal(_) => false,
            }
    })
}
