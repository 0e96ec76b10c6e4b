//! Imports of the site macros count as used, wherever they are.
#![deny(warnings)]

mod at_the_top {
    use ppl::distribution::Normal;
    use ppl::{model, param, sample};

    #[model]
    pub fn model() {
        sample!("x", Normal::new(param!("loc", 0.0), 1.0));
    }
}

mod in_the_body {
    #[ppl::model]
    pub fn model(wide: bool) {
        use ppl::distribution::Normal;
        use ppl::sample;
        if wide {
            use ppl::observe;
            observe!("y", Normal::new(0.0, 10.0), 1.0);
            fn helper() {}
            helper();
        }
        sample!("x", Normal::new(0.0, 1.0));
    }
}

mod under_another_name {
    use ppl::distribution::Normal;
    use ppl::prelude as p;

    #[p::model]
    pub fn model() {
        p::sample!("x", Normal::new(0.0, 1.0));
    }
}

#[test]
fn passes() -> ppl::Result<()> {
    use ppl::ModelExt;

    assert_eq!(at_the_top::model().trace(0)?.sites().len(), 2);
    assert_eq!(in_the_body::model(true).trace(0)?.sites().len(), 2);
    assert_eq!(under_another_name::model().trace(0)?.sites().len(), 1);
    Ok(())
}
