//! Rule: a model is a free function that can run any number of times, from safe code.

use quote::ToTokens;
use syn::{FnArg, Pat, ReturnType, Safety, Signature, Type, TypeReference};

use crate::errors::Errors;
use crate::parse::output;

/// What can be made of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A model.
    Supported,
    /// A model without its body.
    Unsupported,
    /// A method, which cannot have a module beside it.
    Method,
}

/// Reports what cannot be in the signature of a model.
pub(super) fn check(signature: &Signature, errors: &mut Errors) -> Form {
    let mut form = Form::Supported;
    let mut reject = |tokens: &dyn ToTokens, problem: &str, cure: &str| {
        errors.at(tokens.to_token_stream(), problem, cure);
        form = Form::Unsupported;
    };
    if let Some(token) = &signature.constness {
        reject(
            token,
            "a model cannot be `const`: it runs when inference runs it, not when it is compiled",
            "leave `const` out",
        );
    }
    if let Some(token) = &signature.asyncness {
        reject(
            token,
            "a model cannot be `async`: inference runs it many times and never waits",
            "await the data before, and pass them as arguments",
        );
    }
    if let Safety::Unsafe(token) = &signature.safety {
        reject(
            token,
            "a model cannot be `unsafe`: inference runs it from safe code",
            "use an `unsafe` block in its body",
        );
    }
    if let Some(abi) = &signature.abi {
        reject(abi, "a model cannot have a foreign ABI: it returns a Rust value, `impl Model`", "leave `extern` out");
    }
    if let Some(variadic) = &signature.variadic {
        reject(&variadic.dots, "a model cannot be variadic", "take a slice");
    }
    for input in &signature.inputs {
        if let FnArg::Typed(typed) = input
            && let Some(exclusive) = exclusive_reference(&typed.ty)
        {
            let pattern = match &*typed.pat {
                Pat::Ident(name) => format!("`{}`", name.ident),
                _ => "an argument".to_owned(),
            };
            reject(
                exclusive,
                &format!("a model cannot take {pattern} by `&mut`: each of its runs begins with the same arguments"),
                "take `&` or a value, and return what changes",
            );
        }
    }
    if let ReturnType::Type(_, ty) = &signature.output {
        if matches!(**ty, Type::Never(_)) {
            reject(ty, "a model must return: inference runs it many times", "leave `-> !` out");
        }
        if let Some(value) = output::result_of_one(ty) {
            let value = value.to_token_stream().to_string();
            let written = if value == "()" { "no return type".to_owned() } else { format!("`-> {value}`") };
            reject(
                ty,
                "a model declares the type of its value; errors leave it by `?` and `return Err(..)` whatever that is",
                &format!("write {written}"),
            );
        }
    }
    if let Some(FnArg::Receiver(receiver)) = signature.inputs.first() {
        reject(
            receiver,
            "a model cannot be a method: the module of its sites cannot stand in an `impl`",
            "write a free function that takes `this: &Type`",
        );
        form = Form::Method;
    }
    form
}

/// The `&mut ..` in the type of an argument, if there is one that the model would have to copy.
fn exclusive_reference(ty: &Type) -> Option<&TypeReference> {
    match ty {
        Type::Reference(reference) if reference.mutability.is_some() => Some(reference),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(exclusive_reference),
        Type::Array(array) => exclusive_reference(&array.elem),
        Type::Paren(inner) => exclusive_reference(&inner.elem),
        Type::Group(inner) => exclusive_reference(&inner.elem),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, check};
    use crate::errors::Errors;

    #[track_caller]
    fn form(signature: &str, form: Form, count: usize) {
        let mut errors = Errors::default();
        assert_eq!(check(&syn::parse_str(signature).unwrap(), &mut errors), form, "{signature}");
        assert_eq!(errors.into_texts().len(), count, "{signature}");
    }

    #[test]
    fn forms() {
        form("fn model(x: &Tensor, n: usize) -> Tensor", Form::Supported, 0);
        form("fn model() -> Result<f64, Error>", Form::Supported, 0);
        form("fn model() -> ppl::Result<f64>", Form::Unsupported, 1);
        form("fn model() -> !", Form::Unsupported, 1);
        form("const unsafe extern \"C\" fn model()", Form::Unsupported, 3);
        form("async fn model(x: &mut f64, (y, _): (&mut f64, f64))", Form::Unsupported, 3);
        form("fn model(&self)", Form::Method, 1);
    }
}
