//! What the attributes expand to, one snapshot a feature; `UPDATE_EXPECT=1 cargo test -p ppl-macros` writes them anew.

use expect_test::{Expect, expect};
use proc_macro2::TokenStream;
use quote::quote;

use crate::model as driver;

#[track_caller]
fn check(expansion: TokenStream, expected: Expect) {
    let file: syn::File = syn::parse2(expansion).unwrap();
    expected.assert_eq(&prettyplease::unparse(&file));
}

/// The statements of the user's body, after the rewriting.
#[track_caller]
fn check_body(item: TokenStream, expected: Expect) {
    let file: syn::File = syn::parse2(driver::model(TokenStream::new(), item)).unwrap();
    let text = prettyplease::unparse(&file);
    let body = text.split_once("let __ppl_output: () = {\n").unwrap().1.split_once("\n            };\n").unwrap().0;
    let body: Vec<&str> = body.lines().map(|line| line.strip_prefix("                ").unwrap_or(line)).collect();
    expected.assert_eq(&(body.join("\n") + "\n"));
}

#[test]
fn model() {
    let item = quote! {
        /// Documented.
        #[must_use]
        pub fn scale<'a>(guess: f64, (low, _): (f64, f64), _: &'a str) -> Tensor
        where
            f64: Copy,
        {
            let weight = sample!("weight", Normal::new(guess, low));
            observe!("measurement", Normal::new(&weight, 0.75), 9.5);
            weight
        }
    };
    check(
        driver::model(TokenStream::new(), item),
        expect![[r#"
            /// Documented.
            #[must_use = "a model does nothing until it is run: by inference, or inside another model by `call!(..)`"]
            pub fn scale<'a>(
                guess: f64,
                __ppl_argument_1: (f64, f64),
                _: &'a str,
            ) -> ::ppl::__private::Bound<
                impl ::ppl::__private::Body<Output = Tensor> + ::core::clone::Clone,
            >
            where
                f64: Copy,
            {
                ::ppl::__private::bind::<
                    _,
                    Tensor,
                >(
                    "scale",
                    scale::SITES,
                    scale::OPEN,
                    move |
                        __ppl_ctx: &mut ::ppl::Ctx,
                    | -> ::core::result::Result<Tensor, ::ppl::__private::Exit> {
                        let guess = ::core::clone::Clone::clone(&guess);
                        let (low, _) = ::core::clone::Clone::clone(&__ppl_argument_1);
                        #[allow(
                            unreachable_code,
                            clippy::diverging_sub_expression,
                            clippy::let_unit_value,
                            reason = "the body is the user's and may return"
                        )]
                        #[deny(
                            unused_must_use,
                            reason = "a sub-model that is not called, or an error that is dropped, has no effect"
                        )]
                        let __ppl_output: Tensor = {
                            sample!(@ imported);
                            observe!(@ imported);
                            let weight = {
                                let __ppl_value = __ppl_ctx
                                    .sample("weight", Normal::new(guess, low))?;
                                __ppl_value
                            };
                            {
                                let __ppl_value = __ppl_ctx
                                    .observe("measurement", Normal::new(&weight, 0.75), 9.5)?;
                                __ppl_value
                            };
                            weight
                        };
                        #[allow(unreachable_code, reason = "the body may return")]
                        ::core::result::Result::Ok(__ppl_output)
                    },
                )
            }
            ///The sites of the model [`scale`](fn@scale).
            #[allow(
                non_upper_case_globals,
                non_snake_case,
                dead_code,
                unreachable_pub,
                clippy::module_inception,
                clippy::module_name_repetitions,
                reason = "the module is named as the function is, its constants as the sites are"
            )]
            pub mod scale {
                ///`sample!("weight", ..)`
                pub const r#weight: ::ppl::Site<::ppl::Latent> = ::ppl::Site::new("weight");
                ///`observe!("measurement", ..)`
                pub const r#measurement: ::ppl::Site<::ppl::Observed> = ::ppl::Site::new(
                    "measurement",
                );
                /// All sites with literal names, in the order of the source.
                pub const SITES: &[::ppl::SiteInfo] = &[
                    ::ppl::SiteInfo::new("weight", ::ppl::SiteKind::Latent),
                    ::ppl::SiteInfo::new("measurement", ::ppl::SiteKind::Observed),
                ];
                /// Whether a run may visit other sites too.
                pub const OPEN: bool = false;
            }
        "#]],
    );
}

#[test]
fn guide() {
    let item = quote! {
        fn scale_guide() {
            sample!("weight", Normal::new(param!("loc", 0.0), 1.0));
        }
    };
    check(
        driver::guide(quote!(models::scale, crate = ::prob), item),
        expect![[r##"
            #[must_use = "a model does nothing until it is run: by inference, or inside another model by `call!(..)`"]
            fn scale_guide() -> ::prob::__private::Bound<
                impl ::prob::__private::Body<Output = ()> + ::core::clone::Clone,
            > {
                ::prob::__private::bind::<
                    _,
                    (),
                >(
                    "scale_guide",
                    scale_guide::SITES,
                    scale_guide::OPEN,
                    move |
                        __ppl_ctx: &mut ::prob::Ctx,
                    | -> ::core::result::Result<(), ::prob::__private::Exit> {
                        #[allow(
                            unreachable_code,
                            clippy::diverging_sub_expression,
                            clippy::let_unit_value,
                            reason = "the body is the user's and may return"
                        )]
                        #[deny(
                            unused_must_use,
                            reason = "a sub-model that is not called, or an error that is dropped, has no effect"
                        )]
                        let __ppl_output: () = {
                            sample!(@ imported);
                            param!(@ imported);
                            match (
                                Normal::new(
                                    {
                                        let __ppl_value = __ppl_ctx
                                            .param("loc", 0.0, ::prob::Constraint::Real)?;
                                        __ppl_value
                                    },
                                    1.0,
                                ),
                            ) {
                                (__ppl_value_0,) => {
                                    let __ppl_value = __ppl_ctx.sample("weight", __ppl_value_0)?;
                                    __ppl_value
                                }
                            };
                        };
                        #[allow(unreachable_code, reason = "the body may return")]
                        ::core::result::Result::Ok(__ppl_output)
                    },
                )
            }
            ///The sites of the guide [`scale_guide`](fn@scale_guide).
            #[allow(
                non_upper_case_globals,
                non_snake_case,
                dead_code,
                unreachable_pub,
                clippy::module_inception,
                clippy::module_name_repetitions,
                reason = "the module is named as the function is, its constants as the sites are"
            )]
            mod scale_guide {
                ///`sample!("weight", ..)`
                pub const r#weight: ::prob::Site<::prob::Latent> = ::prob::Site::new("weight");
                ///`param!("loc", ..)`
                pub const r#loc: ::prob::Site<::prob::Param> = ::prob::Site::new("loc");
                /// All sites with literal names, in the order of the source.
                pub const SITES: &[::prob::SiteInfo] = &[
                    ::prob::SiteInfo::new("weight", ::prob::SiteKind::Latent),
                    ::prob::SiteInfo::new("loc", ::prob::SiteKind::Param),
                ];
                /// Whether a run may visit other sites too.
                pub const OPEN: bool = false;
            }
            const _: () = ::prob::__private::assert_guide_site(
                "models::scale",
                models::scale::SITES,
                models::scale::OPEN,
                "weight",
            );
            const _: () = ::prob::__private::assert_guide_covers(
                "models::scale",
                models::scale::SITES,
                models::scale::OPEN,
                scale_guide::SITES,
                &[],
            );
        "##]],
    );
}

#[test]
fn sites() {
    let item = quote! {
        fn model() {
            param!("a", 1.0);
            param!("b", 1.0, Constraint::Positive);
            deterministic!("c", 1.0);
            factor!("d", 1.0);
            call!(child(1.0));
            call!("scope_{i}", child(1.0));
        }
    };
    check_body(
        item,
        expect![[r#"
        param!(@ imported);
        deterministic!(@ imported);
        factor!(@ imported);
        call!(@ imported);
        {
            let __ppl_value = __ppl_ctx
                .param("a", 1.0, ::ppl::Constraint::Real)?;
            __ppl_value
        };
        {
            let __ppl_value = __ppl_ctx.param("b", 1.0, Constraint::Positive)?;
            __ppl_value
        };
        {
            let __ppl_value = __ppl_ctx.deterministic("c", 1.0)?;
            __ppl_value
        };
        __ppl_ctx.factor("d", 1.0)?;
        __ppl_ctx.call(child(1.0))?;
        __ppl_ctx.call_scoped(::std::format!("scope_{i}"), child(1.0))?;
    "#]],
    );
}

#[test]
fn plates() {
    let item = quote! {
        fn model() {
            plate!("row", 10, subsample_size = 3, dim = -2, |index| { sample!("x", d); });
            plate!("batch", 10, subsample = rows, { });
        }
    };
    check_body(
        item,
        expect![[r#"
            plate!(@ imported);
            sample!(@ imported);
            {
                let (__ppl_size, __ppl_subsample, __ppl_dim) = (
                    10,
                    ::ppl::__private::Subsample::Size(3),
                    ::core::option::Option::Some(-2),
                );
                let index = __ppl_ctx
                    .open_plate("row", __ppl_size, __ppl_subsample, __ppl_dim)?;
                #[allow(
                    clippy::diverging_sub_expression,
                    clippy::let_unit_value,
                    unreachable_code,
                    reason = "the block is the user's"
                )]
                let __ppl_output = {
                    {
                        let __ppl_value = __ppl_ctx.sample("x", d)?;
                        __ppl_value
                    };
                };
                #[allow(unreachable_code, reason = "the block may return")]
                {
                    __ppl_ctx.close_plate();
                    __ppl_output
                }
            };
            {
                let (__ppl_size, __ppl_subsample, __ppl_dim) = (
                    10,
                    ::ppl::__private::Subsample::members(rows),
                    ::core::option::Option::None,
                );
                let _ = __ppl_ctx
                    .open_plate("batch", __ppl_size, __ppl_subsample, __ppl_dim)?;
                #[allow(
                    clippy::diverging_sub_expression,
                    clippy::let_unit_value,
                    unreachable_code,
                    reason = "the block is the user's"
                )]
                let __ppl_output = {};
                #[allow(unreachable_code, reason = "the block may return")]
                {
                    __ppl_ctx.close_plate();
                    __ppl_output
                }
            };
        "#]],
    );
}

#[test]
fn sites_in_arguments() {
    let item = quote! {
        fn model() {
            sample!("x", Normal::new(sample!("loc", d), 1.0));
            assert!(sample!("y", d) > 0.0, "message");
            matches!(ppl::sample!("z", d).item(), 0.0 if true);
        }
    };
    check_body(
        item,
        expect![[r#"
        sample!(@ imported);
        ppl::sample!(@ imported);
        match (
            Normal::new(
                {
                    let __ppl_value = __ppl_ctx.sample("loc", d)?;
                    __ppl_value
                },
                1.0,
            ),
        ) {
            (__ppl_value_0,) => {
                let __ppl_value = __ppl_ctx.sample("x", __ppl_value_0)?;
                __ppl_value
            }
        };
        assert!(
            { let __ppl_value = __ppl_ctx.sample("y", d) ?; __ppl_value } > 0.0,
            "message"
        );
        matches!(
            ({ let __ppl_value = __ppl_ctx.sample("z", d) ?; __ppl_value })
            .item(), 0.0 if true
        );
    "#]],
    );
}

#[test]
fn returns() {
    let item = quote! {
        fn model() {
            if early { return; }
            let inner = || return 1.0;
            fn helper() -> f64 { return 2.0 }
            return function(inner);
        }
    };
    check_body(
        item,
        expect![[r#"
            if ::ppl::__private::Condition::holds(early) {
                return ::core::result::Result::Ok(());
            }
            let inner = || return 1.0;
            fn helper() -> f64 {
                return 2.0;
            }
            return {
                #[allow(
                    clippy::diverging_sub_expression,
                    clippy::let_unit_value,
                    unreachable_code,
                    reason = "the value is the user's"
                )]
                let __ppl_output: () = function(inner);
                ::core::result::Result::Ok(__ppl_output)
            };
        "#]],
    );
}

#[test]
fn a_model_with_mistakes_keeps_its_body() {
    let item = quote! {
        fn model(data: Tensor) {
            for t in 0..3 {
                observe!("y", Normal::new(t, 1.0), data);
            }
            let unread = sample!("x");
            sample!("z", Normal::new(unread, 1.0), extra);
        }
    };
    check(
        driver::model(TokenStream::new(), item),
        expect![[r##"
            #[must_use = "a model does nothing until it is run: by inference, or inside another model by `call!(..)`"]
            fn model(
                data: Tensor,
            ) -> ::ppl::__private::Bound<
                impl ::ppl::__private::Body<Output = ()> + ::core::clone::Clone,
            > {
                ::ppl::__private::bind::<
                    _,
                    (),
                >(
                    "model",
                    model::SITES,
                    model::OPEN,
                    move |
                        __ppl_ctx: &mut ::ppl::Ctx,
                    | -> ::core::result::Result<(), ::ppl::__private::Exit> {
                        let data = ::core::clone::Clone::clone(&data);
                        #[allow(
                            unreachable_code,
                            clippy::diverging_sub_expression,
                            clippy::let_unit_value,
                            reason = "the body is the user's and may return"
                        )]
                        #[deny(
                            unused_must_use,
                            reason = "a sub-model that is not called, or an error that is dropped, has no effect"
                        )]
                        let __ppl_output: () = {
                            observe!(@ imported);
                            sample!(@ imported);
                            for t in 0..3 {
                                {
                                    let __ppl_value = __ppl_ctx
                                        .observe(
                                            {
                                                let _ = &t;
                                                "y"
                                            },
                                            Normal::new(t, 1.0),
                                            data,
                                        )?;
                                    __ppl_value
                                };
                            }
                            let unread = { (|| -> ::ppl::Tensor { ::core::unreachable!() })() };
                            {
                                let __ppl_value = __ppl_ctx
                                    .sample(
                                        {
                                            let _ = &extra;
                                            "z"
                                        },
                                        Normal::new(unread, 1.0),
                                    )?;
                                __ppl_value
                            };
                        };
                        #[allow(unreachable_code, reason = "the body may return")]
                        ::core::result::Result::Ok(__ppl_output)
                    },
                )
            }
            ///The sites of the model [`model`](fn@model).
            #[allow(
                non_upper_case_globals,
                non_snake_case,
                dead_code,
                unreachable_pub,
                clippy::module_inception,
                clippy::module_name_repetitions,
                reason = "the module is named as the function is, its constants as the sites are"
            )]
            mod model {
                ///`observe!("y", ..)`
                pub const r#y: ::ppl::Site<::ppl::Observed> = ::ppl::Site::new("y");
                ///`sample!("z", ..)`
                pub const r#z: ::ppl::Site<::ppl::Latent> = ::ppl::Site::new("z");
                /// All sites with literal names, in the order of the source.
                pub const SITES: &[::ppl::SiteInfo] = &[
                    ::ppl::SiteInfo::new("y", ::ppl::SiteKind::Observed),
                    ::ppl::SiteInfo::new("z", ::ppl::SiteKind::Latent),
                ];
                /// Whether a run may visit other sites too.
                pub const OPEN: bool = true;
            }
            ::core::compile_error! {
                "`sample!` without distribution\nhelp: write `sample!(\"name\", distribution)`"
            }
            ::core::compile_error! {
                "unexpected argument\nhelp: write `sample!(\"name\", distribution)`"
            }
            ::core::compile_error! {
                "each iteration of this loop has a site named `y`, and names are unique in a run\nhelp: write \"y_{t}\", or use a `plate!`"
            }
        "##]],
    );
}

#[test]
fn attributes_reach_the_constants() {
    let item = quote! {
        #[cfg(unix)]
        fn model() {
            #[cfg(test)]
            sample!("x", d);
            if true {
                sample!("y", d);
            } else {
                sample!("y", d);
            }
        }
    };
    check(
        driver::model(TokenStream::new(), item),
        expect![[r##"
            #[cfg(unix)]
            #[must_use = "a model does nothing until it is run: by inference, or inside another model by `call!(..)`"]
            fn model() -> ::ppl::__private::Bound<
                impl ::ppl::__private::Body<Output = ()> + ::core::clone::Clone,
            > {
                ::ppl::__private::bind::<
                    _,
                    (),
                >(
                    "model",
                    model::SITES,
                    model::OPEN,
                    move |
                        __ppl_ctx: &mut ::ppl::Ctx,
                    | -> ::core::result::Result<(), ::ppl::__private::Exit> {
                        #[allow(
                            unreachable_code,
                            clippy::diverging_sub_expression,
                            clippy::let_unit_value,
                            reason = "the body is the user's and may return"
                        )]
                        #[deny(
                            unused_must_use,
                            reason = "a sub-model that is not called, or an error that is dropped, has no effect"
                        )]
                        let __ppl_output: () = {
                            sample!(@ imported);
                            #[cfg(test)]
                            {
                                let __ppl_value = __ppl_ctx.sample("x", d)?;
                                __ppl_value
                            };
                            if true {
                                {
                                    let __ppl_value = __ppl_ctx.sample("y", d)?;
                                    __ppl_value
                                };
                            } else {
                                {
                                    let __ppl_value = __ppl_ctx.sample("y", d)?;
                                    __ppl_value
                                };
                            }
                        };
                        #[allow(unreachable_code, reason = "the body may return")]
                        ::core::result::Result::Ok(__ppl_output)
                    },
                )
            }
            #[cfg(unix)]
            ///The sites of the model [`model`](fn@model).
            #[allow(
                non_upper_case_globals,
                non_snake_case,
                dead_code,
                unreachable_pub,
                clippy::module_inception,
                clippy::module_name_repetitions,
                reason = "the module is named as the function is, its constants as the sites are"
            )]
            mod model {
                #[cfg(test)]
                ///`sample!("x", ..)`
                pub const r#x: ::ppl::Site<::ppl::Latent> = ::ppl::Site::new("x");
                ///`sample!("y", ..)`
                pub const r#y: ::ppl::Site<::ppl::Latent> = ::ppl::Site::new("y");
                /// All sites with literal names, in the order of the source.
                pub const SITES: &[::ppl::SiteInfo] = &[
                    #[cfg(test)]
                    ::ppl::SiteInfo::new("x", ::ppl::SiteKind::Latent),
                    ::ppl::SiteInfo::new("y", ::ppl::SiteKind::Latent),
                ];
                /// Whether a run may visit other sites too.
                pub const OPEN: bool = false;
            }
        "##]],
    );
}

#[test]
fn sites_in_loops_become_functions() {
    let item = quote! {
        fn model(n: usize) {
            for t in 0..n {
                sample!("level_{t}", d);
                observe!("y_{t:02}_{k:?}", d, y);
            }
        }
    };
    let text = prettyplease::unparse(&syn::parse2(driver::model(TokenStream::new(), item)).unwrap());
    let (_, module) = text.split_once("mod model {\n").unwrap();
    expect![[r#"
            ///`sample!("level_{t}", ..)`
            #[must_use]
            #[allow(
                clippy::needless_pass_by_value,
                reason = "an index is passed as the loop has it"
            )]
            pub fn r#level(t: impl ::core::fmt::Display) -> ::ppl::IndexedSite<::ppl::Latent> {
                ::ppl::IndexedSite::new(::std::format!("level_{t}"))
            }
            ///`observe!("y_{t:02}_{k:?}", ..)`
            #[must_use]
            #[allow(
                clippy::needless_pass_by_value,
                reason = "an index is passed as the loop has it"
            )]
            pub fn r#y(
                t: impl ::core::fmt::Display,
                k: impl ::core::fmt::Debug,
            ) -> ::ppl::IndexedSite<::ppl::Observed> {
                ::ppl::IndexedSite::new(::std::format!("y_{t:02}_{k:?}"))
            }
            /// All sites with literal names, in the order of the source.
            pub const SITES: &[::ppl::SiteInfo] = &[];
            /// Whether a run may visit other sites too.
            pub const OPEN: bool = true;
        }
    "#]]
    .assert_eq(module);
}

/// The macros know the distributions by name, for a message.
#[test]
fn distributions_are_those_of_the_source() {
    let mut files = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../ppl/src/distribution"))];
    let mut source = String::new();
    while let Some(file) = files.pop() {
        if file.is_dir() {
            files.extend(std::fs::read_dir(file).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        // Those of tests come last in a file.
        let text = std::fs::read_to_string(file).unwrap();
        source += text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    }
    let name_at_start =
        |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    // Macros that implement the trait for a type that they are given.
    let by_macro: Vec<String> = source
        .split("\nmacro_rules! ")
        .filter(|rest| rest.split("\n}").next().unwrap().contains("Distribution for $"))
        .map(|rest| format!("{}!", name_at_start(rest)))
        .collect();
    let mut found = Vec::new();
    for line in source.lines() {
        let implemented = line.starts_with("impl").then(|| line.split_once(" Distribution for ")).flatten();
        let given = by_macro.iter().find_map(|own| line.strip_prefix(own.as_str()));
        let Some(rest) = implemented.map(|(_, rest)| rest).or(given) else { continue };
        let name = name_at_start(rest.trim_start_matches([' ', '(', '{']));
        let is_public = [" ", "<", ";", "("].iter().any(|end| source.contains(&format!("pub struct {name}{end}")));
        if is_public {
            found.push(name);
        }
    }
    found.sort();
    found.dedup();
    assert_eq!(found, crate::parse::constructor::DISTRIBUTIONS);
}

#[test]
fn errors_leave_by_return() {
    check_body(
        quote! {
            fn checked(x: f64, n: usize) {
                if x < 0.0 {
                    return Err(Negative);
                }
                if n == 0 { Err(Empty) } else { sample!("x", Normal::new(x, 1.0)); }
            }
        },
        expect![[r#"
            sample!(@ imported);
            if x < 0.0 {
                return ::core::result::Result::Err(
                    ::ppl::__private::Exit::from(Negative),
                );
            }
            if n == 0 {
                return ::core::result::Result::Err(
                    ::ppl::__private::Exit::from(Empty),
                )
            } else {
                {
                    let __ppl_value = __ppl_ctx.sample("x", Normal::new(x, 1.0))?;
                    __ppl_value
                };
            }
        "#]],
    );
}

#[test]
fn conditions() {
    check_body(
        quote! {
            fn branches(stop: bool) {
                let z = sample!("z", Bernoulli::new(0.5));
                if z && !(stop) || z == 1.0 {}
                while z.greater(0.0) {}
                if let Some(z) = Some(z) {}
                let closure = |flag| if flag { 1.0 } else { 0.0 };
            }
        },
        expect![[r#"
            sample!(@ imported);
            let z = {
                let __ppl_value = __ppl_ctx.sample("z", Bernoulli::new(0.5))?;
                __ppl_value
            };
            if ::ppl::__private::Condition::holds(z)
                && !(::ppl::__private::Condition::holds(stop)) || z == 1.0
            {}
            while ::ppl::__private::Condition::holds(z.greater(0.0)) {}
            if let Some(z) = Some(z) {}
            let closure = |flag| if flag { 1.0 } else { 0.0 };
        "#]],
    );
}
