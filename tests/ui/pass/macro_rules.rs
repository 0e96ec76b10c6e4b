//! Models made by macros of the user's own.

#![deny(warnings)]

use ppl::prelude::*;

macro_rules! regression {
    ($(#[$meta:meta])* $vis:vis $name:ident, $site:literal, $prior:expr, $size:expr, $body:block, |$index:ident|) => {
        $(#[$meta])*
        #[model]
        $vis fn $name(mean: f64) -> Tensor {
            let x = sample!($site, $prior);
            plate!("n", $size, $body);
            plate!("m", $size, |$index| {
                let _ = $index.len();
            });
            // Hygiene: these are the macro's own.
            let y = sample!("y", Normal::new(mean, 1.0));
            x + y
        }
    };
}

regression! {
    /// Documented.
    pub first, "slope", Normal::new(0.0, 1.0), 1 + 1, { sample!("z", Normal::new(0.0, 1.0)); }, |index|
}
regression!(second, "height", Gamma::new(2.0, 1.0)?, 3, {}, |place|);

macro_rules! guide_of {
    ($model:path, $name:ident, $($site:literal),*) => {
        #[guide($model)]
        fn $name() {
            $(sample!($site, Normal::new(0.0, 1.0));)*
        }
    };
}
guide_of!(first, first_guide, "slope", "y", "z");

#[test]
fn passes() {
    let names: Vec<String> = first(1.0).trace(0).unwrap().names().map(str::to_owned).collect();
    assert_eq!(names, ["slope", "z", "y"]);
    assert_eq!(second(1.0).condition(second::height, 2.0).trace(0).unwrap().get(second::height).unwrap().item(), 2.0);
    assert!(first_guide().trace(0).is_ok());
}
