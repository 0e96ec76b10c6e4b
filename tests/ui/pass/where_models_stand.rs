//! Models in functions, in modules of their own name, made by macros, with models and functions inside.
#![deny(warnings)]

use ppl::prelude::*;

mod scale {
    use ppl::prelude::*;

    #[model]
    pub fn scale() -> Tensor {
        #[model]
        fn inner(loc: f64) -> Tensor {
            sample!("inner", Normal::new(loc, 1.0))
        }
        fn loc() -> f64 {
            1.0
        }
        const LOC: f64 = 1.0;
        assert_eq!(inner::SITES.len(), 1);
        call!(inner(loc() + LOC))
    }
}

macro_rules! normal_model {
    ($(#[$attribute:meta])* $name:ident, $site:literal, $loc:expr, $($rest:tt)*) => {
        $(#[$attribute])*
        #[model]
        fn $name(scale: f64) -> Tensor {
            let x = sample!($site, Normal::new($loc, scale));
            $($rest)*
            x
        }
    };
}

normal_model!(
    /// Made by a macro.
    made,
    "x",
    1.0 + 2.0,
    observe!("y", Normal::new(0.0, 1.0), 1.0);
);

#[test]
fn passes() -> ppl::Result<()> {
    #[model]
    fn local() -> Tensor {
        sample!("x", Normal::new(0.0, 1.0))
    }
    #[guide(local)]
    fn local_guide() {
        sample!("x", Normal::new(0.0, 1.0));
    }
    assert_eq!(local().trace(0)?.get(local::x)?.rank(), 0);
    assert!(local_guide().trace(0).is_ok());
    assert_eq!(scale::scale().trace(0)?.names().collect::<Vec<_>>(), ["inner"]);
    assert!(scale::scale::OPEN);
    assert_eq!(made(1.0).trace(0)?.sites().len(), 2);
    assert_eq!(made::x.name(), "x");
    Ok(())
}
