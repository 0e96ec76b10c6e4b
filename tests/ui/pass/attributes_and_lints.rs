//! Attributes go where the user means them, and what the macro writes is documented and warns of nothing.
#![deny(warnings, missing_docs, unreachable_pub, rust_2018_idioms, unused_qualifications, let_underscore_drop)]

use ppl::{Model, ModelExt};

/// Models.
pub mod models {
    use ppl::distribution::{Bernoulli, Beta, Normal};
    use ppl::{Tensor, deterministic, factor, guide, model, observe, param, plate, sample};

    /// A documented model.
    ///
    /// With a second paragraph.
    #[model]
    pub fn documented(data: &Tensor) {
        let x = sample!("x", Normal::new(0.0, 1.0));
        let p = param!("p", 1.0);
        plate!("n", 2, {
            observe!("y", Normal::new(&x, p), data);
        });
        let d = deterministic!("d", &x + 1.0);
        factor!("f", d);
    }

    /// A documented guide.
    #[guide(documented)]
    pub fn documented_guide() {
        sample!("x", Normal::new(param!("loc", 0.0), 1.0));
    }

    /// With a reason of the user's.
    #[model]
    #[must_use = "coins are for tossing"]
    pub fn coin() {
        sample!("heads", Bernoulli::new(0.5));
    }

    #[model]
    #[must_use]
    #[inline]
    pub(crate) fn must_be_used() -> Tensor {
        sample!("heads", Bernoulli::new(0.5))
    }

    /// An old one.
    #[model]
    #[deprecated = "use `coin`"]
    pub fn old_coin() {
        sample!("heads", Bernoulli::new(0.5));
    }

    #[cfg(any())]
    #[model]
    pub fn switched_off() {
        sample!("x", Missing::new(0.5));
    }

    #[model]
    #[cfg(any())]
    pub fn switched_off_below() {
        sample!("x", Missing::new(0.5));
    }

    #[guide(switched_off_below)]
    #[cfg(any())]
    pub fn switched_off_guide() {
        sample!("x", Missing::new(0.5));
    }

    // Another function can have the name, and another module.
    fn switched_off() -> Tensor {
        Tensor::from(1.0)
    }
    mod switched_off {}

    #[model]
    #[allow(unused_variables, non_snake_case, reason = "forwarded")]
    #[expect(unused_mut, reason = "forwarded")]
    pub(super) fn Lints(data: Option<f64>) {
        let mut x = switched_off();
        let unused = sample!("heads", Beta::new(x, 1.0));
    }
}

#[allow(deprecated, reason = "what is tested")]
#[test]
fn passes() -> ppl::Result<()> {
    let data = ppl::Tensor::from([0.5, 1.5]);
    assert_eq!(models::documented(&data).trace(0)?.sites().len(), 5);
    assert_eq!(models::documented::SITES.len(), 6);
    assert_eq!(models::documented_guide().trace(0)?.sites().len(), 2);
    assert_eq!(models::coin().signature().name, "coin");
    assert_eq!(models::must_be_used().signature().sites.len(), 1);
    assert_eq!(models::old_coin().signature().sites.len(), 1);
    assert_eq!(models::Lints(None).signature().name, "Lints");
    Ok(())
}
