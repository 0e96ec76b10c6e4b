//! A name can be repeated in arms of which a run takes one; what a run visits may depend on data and on draws.
#![deny(warnings)]

use ppl::prelude::*;

enum Shape {
    Flat,
    Peaked(f64),
    Shifted { by: f64 },
}

#[model]
fn arms(shape: &Shape, wide: bool) {
    let x = match shape {
        Shape::Flat => sample!("x", Uniform::new(-10.0, 10.0)),
        Shape::Peaked(scale) if *scale > 0.0 => sample!("x", Normal::new(0.0, *scale)),
        Shape::Peaked(_) => sample!("x", Normal::new(0.0, 1.0)),
        Shape::Shifted { by } => {
            let offset = sample!("offset", Normal::new(*by, 1.0));
            sample!("x", Normal::new(offset, 1.0))
        }
    };
    let y = if wide {
        sample!("y", Normal::new(&x, 10.0))
    } else if x > 0.0 {
        sample!("y", Normal::new(&x, 1.0))
    } else {
        let Some(first) = x.to_vec().first().copied() else { return };
        sample!("y", Normal::new(first, 0.1))
    };
    if let Shape::Shifted { .. } = shape {
        plate!("member", 2, {
            sample!("z", Normal::new(y, 1.0));
        });
    }
}

fn names(shape: Shape) -> Vec<String> {
    let trace = arms(&shape, false).trace(0).unwrap();
    trace.names().map(str::to_owned).collect()
}

fn main() {
    assert_eq!(names(Shape::Flat), ["x", "y"]);
    assert_eq!(names(Shape::Peaked(0.0)), ["x", "y"]);
    assert_eq!(names(Shape::Peaked(1.0)), ["x", "y"]);
    assert_eq!(names(Shape::Shifted { by: 1.0 }), ["offset", "x", "y", "z"]);
    let sites: Vec<_> = arms::SITES.iter().map(|site| site.name).collect();
    assert_eq!(sites, ["x", "offset", "y", "member", "z"]);
    assert!(!arms::OPEN);
}
