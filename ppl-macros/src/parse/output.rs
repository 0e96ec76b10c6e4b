//! The type that a model returns.

use syn::visit_mut::{self, VisitMut};
use syn::{GenericArgument, PathArguments, ReturnType, Type};

/// The type of the model's value. `!`, which is reported, counts as `()`.
pub(crate) fn declared(output: &ReturnType) -> Type {
    match output {
        ReturnType::Type(_, ty) if !matches!(**ty, Type::Never(_)) => (**ty).clone(),
        ReturnType::Default | ReturnType::Type(..) => syn::parse_quote!(()),
    }
}

/// The type with `_` for each `impl Trait`, which cannot be written inside a function.
pub(crate) fn inside(output: &Type) -> Type {
    struct Infer;
    impl VisitMut for Infer {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            match ty {
                Type::ImplTrait(_) => *ty = syn::parse_quote!(_),
                _ => visit_mut::visit_type_mut(self, ty),
            }
        }
    }
    let mut ty = output.clone();
    Infer.visit_type_mut(&mut ty);
    ty
}

/// Whether a type is certainly no `Result`, also not under another name.
pub(crate) fn is_no_result(ty: &Type) -> bool {
    const KNOWN: [&str; 22] = [
        "Tensor", "Vec", "String", "Option", "Box", "bool", "char", "str", "f32", "f64", "i8", "i16", "i32", "i64",
        "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize",
    ];
    match ty {
        Type::Array(_) | Type::Reference(_) | Type::Slice(_) | Type::Tuple(_) => true,
        Type::Path(path) => path.path.segments.last().is_some_and(|last| KNOWN.iter().any(|known| last.ident == known)),
        Type::Paren(inner) => is_no_result(&inner.elem),
        Type::Group(inner) => is_no_result(&inner.elem),
        _ => false,
    }
}

/// The `T` of a declared `Result<T>`: an error type that is not written is that of `?`, and it leaves the model anyway.
pub(crate) fn result_of_one(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Result")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.iter().collect::<Vec<_>>()[..] {
        [GenericArgument::Type(value)] => Some(value),
        _ => None,
    }
}
