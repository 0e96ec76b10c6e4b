//! Sites in the arguments of sites.
#![deny(warnings)]

use ppl::prelude::*;

#[model]
fn nested() -> f64 {
    let a = sample!("a", Normal::new(sample!("b", Normal::new(0.0, 1.0)), param!("c", 1.0, Constraint::Positive)));
    let d = deterministic!("d", &a + sample!("e", Normal::new(0.0, 1.0)));
    let inside = plate!("n", sample!("f", Normal::new(0.0, 1.0)).rank() + 2, {
        let g = sample!("g", Normal::new(&d, sample!("h", Gamma::new(2.0, 2.0))));
        g.sum() + if d > 0.0 { sample!("i", Normal::new(0.0, 1.0)).sum() } else { Tensor::from(0.0) }
    });
    factor!("j", -inside.square());
    (|| a.item())()
}

#[test]
fn passes() {
    let (trace, output) = nested().trace_output(Key::new(0)).unwrap();
    let names: Vec<&str> = trace.names().filter(|name| *name != "i").collect();
    assert_eq!(names, ["b", "c", "a", "e", "d", "f", "h", "g", "j"]);
    assert_eq!(trace.get(nested::a).unwrap().item(), output);
    let names: Vec<&str> = nested::SITES.iter().map(|site| site.name).collect();
    assert_eq!(names, ["a", "b", "c", "d", "e", "n", "f", "g", "h", "i", "j"]);
}
