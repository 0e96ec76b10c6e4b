//! Macros that are not ours: the sites in their arguments are the model's all the same.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut;
use syn::{Expr, Macro, Token};

use crate::body::Rewriter;
use crate::site::SiteMacro;

/// Rewrites the sites and the `return`s in the arguments of a macro.
pub(crate) fn rewrite(rewriter: &mut Rewriter<'_>, call: &mut Macro) {
    if !concerns_us(call.tokens.clone()) {
        return;
    }
    let expressions = Punctuated::<Expr, Token![,]>::parse_terminated;
    if let Ok(mut arguments) = expressions.parse2(call.tokens.clone()) {
        for argument in &mut arguments {
            rewriter.visit_expr_mut(argument);
        }
        call.tokens = arguments.into_token_stream();
    } else if let Ok((mut element, mut length)) = repetition.parse2(call.tokens.clone()) {
        rewriter.visit_expr_mut(&mut element);
        rewriter.visit_expr_mut(&mut length);
        call.tokens = quote!(#element; #length);
    } else {
        call.tokens = tokens(rewriter, call.tokens.clone());
    }
}

/// `element; length`, as in `vec![0.0; 3]`.
fn repetition(input: ParseStream<'_>) -> syn::Result<(Expr, Expr)> {
    let element = input.parse()?;
    input.parse::<Token![;]>()?;
    Ok((element, input.parse()?))
}

/// Rewrites `path ! ( .. )` wherever it stands in a stream of tokens.
fn tokens(rewriter: &mut Rewriter<'_>, tokens: TokenStream) -> TokenStream {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut output = TokenStream::new();
    let mut place = 0;
    while place < trees.len() {
        if let Some((which, length)) = site_at(&trees[place..]) {
            let call: TokenStream = trees[place..place + length].iter().cloned().collect();
            match syn::parse2::<Macro>(call) {
                Ok(call) => {
                    let site = rewriter.site(which, &call);
                    // What comes next is not known, so the expression must stand by itself.
                    output.extend([TokenTree::Group(Group::new(Delimiter::Parenthesis, site.into_token_stream()))]);
                }
                Err(error) => rewriter.walk.errors.push(error),
            }
            place += length;
            continue;
        }
        output.extend([match &trees[place] {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), self::tokens(rewriter, group.stream()));
                inner.set_span(group.span());
                TokenTree::Group(inner)
            }
            other => other.clone(),
        }]);
        place += 1;
    }
    output
}

/// The site macro that a stream of tokens begins with, and the length of its call.
fn site_at(trees: &[TokenTree]) -> Option<(SiteMacro, usize)> {
    let is_colon = |place: usize| matches!(trees.get(place), Some(TokenTree::Punct(colon)) if colon.as_char() == ':');
    let mut place = 0;
    loop {
        if is_colon(place) && is_colon(place + 1) {
            place += 2;
        }
        match &trees[place..] {
            [TokenTree::Ident(_), TokenTree::Punct(colon), ..] if colon.as_char() == ':' && is_colon(place + 2) => {
                place += 1;
            }
            [TokenTree::Ident(name), TokenTree::Punct(bang), TokenTree::Group(group), ..]
                if bang.as_char() == '!' && group.delimiter() != Delimiter::None =>
            {
                return SiteMacro::from_name(&name.to_string()).map(|which| (which, place + 3));
            }
            _ => return None,
        }
    }
}

/// Whether there is a site or a `return` in the tokens.
fn concerns_us(tokens: TokenStream) -> bool {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    (0..trees.len()).any(|place| {
        site_at(&trees[place..]).is_some()
            || match &trees[place] {
                TokenTree::Group(group) => concerns_us(group.stream()),
                TokenTree::Ident(word) => word == "return",
                TokenTree::Punct(_) | TokenTree::Literal(_) => false,
            }
    })
}
