//! A site is typed by its kind, and models are values that can be stored, sent and run again.

#![deny(warnings)]

use ppl::prelude::*;
use ppl::{Deterministic, Factor, Latent, Observed, Param, Plate, SiteKind};

#[model]
fn kinds(data: Option<Tensor>) -> Tensor {
    let a = param!("a", 1.0);
    let b = sample!("b", Normal::new(&a, 1.0));
    plate!("c", 3, {
        observe!("d", Normal::new(&b, 1.0), data);
    });
    factor!("e", -b.square());
    deterministic!("f", b + 1.0)
}

#[model]
fn without_sites() {}

const SITE: Site<Latent> = kinds::b;

#[test]
fn passes() {
    let _: (Site<Param>, Site<Latent>, Site<Plate>) = (kinds::a, kinds::b, kinds::c);
    let _: (Site<Observed>, Site<Factor>, Site<Deterministic>) = (kinds::d, kinds::e, kinds::f);
    let listed: Vec<(&str, SiteKind)> = kinds::SITES.iter().map(|site| (site.name, site.kind)).collect();
    let expected = [
        ("a", SiteKind::Param),
        ("b", SiteKind::Latent),
        ("c", SiteKind::Plate),
        ("d", SiteKind::Observed),
        ("e", SiteKind::Factor),
        ("f", SiteKind::Deterministic),
    ];
    assert_eq!(listed, expected);
    assert!(without_sites::SITES.is_empty());

    let model = kinds(Some(Tensor::from([1.0, 2.0, 3.0]))).condition(SITE, 0.5).substitute(kinds::a, 2.0);
    let on_thread = {
        let model = model.clone();
        std::thread::spawn(move || model.trace(1).unwrap().get(kinds::f).unwrap().item()).join().unwrap()
    };
    assert_eq!(on_thread, 1.5);
    assert_eq!(model.trace(2).unwrap().get(kinds::f).unwrap().item(), 1.5);
    let predictive = kinds(None).trace(0).unwrap();
    assert_eq!(predictive.get(kinds::d).unwrap().size(), 3);
}
