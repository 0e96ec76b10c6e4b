//! What can be the name of a site.
#![deny(warnings)]

use ppl::prelude::*;

#[model]
fn literal() {
    sample!("x", Normal::new(0.0, 1.0));
    sample!("_x", Normal::new(0.0, 1.0));
    sample!("X2", Normal::new(0.0, 1.0));
    sample!("type", Normal::new(0.0, 1.0));
    sample!("true", Normal::new(0.0, 1.0));
    sample!("μ", Normal::new(0.0, 1.0));
    sample!(r"raw", Normal::new(0.0, 1.0));
    sample!("literal", Normal::new(0.0, 1.0));
    // A loop of the sub-model's, not of the name's.
    {
        sample!("Tensor", Normal::new(0.0, 1.0));
    }
}

#[model]
fn indexed(prefix: &str) {
    let letters = ["a", "b"];
    for (i, letter) in letters.iter().enumerate() {
        for j in 0..2_usize {
            sample!("x_{i}_{j:02}", Normal::new(0.0, 1.0));
            deterministic!("{letter}{j}", 1.0);
        }
        observe!("{prefix}_{i}", Normal::new(0.0, 1.0), 1.0);
        plate!("plate_{i}", 2, {
            sample!("z_{i}", Normal::new(0.0, 1.0));
        });
    }
    let mut t = 0;
    while sample!("go_{t}", Bernoulli::new(0.5)) == 1.0 {
        t += 1;
    }
}

#[test]
fn passes() -> ppl::Result<()> {
    let trace = literal().trace(0)?;
    assert_eq!(trace.names().collect::<Vec<_>>(), ["x", "_x", "X2", "type", "true", "μ", "raw", "literal", "Tensor"]);
    assert_eq!(literal::r#type.name(), "type");
    assert_eq!(literal::r#true.name(), "true");
    assert_eq!(trace.get(literal::μ)?.rank(), 0);
    let trace = indexed("y").trace(0)?;
    let names: Vec<_> = trace.names().take(12).collect();
    assert_eq!(names, ["x_0_00", "a0", "x_0_01", "a1", "y_0", "z_0", "x_1_00", "b0", "x_1_01", "b1", "y_1", "z_1"]);
    assert!(indexed::OPEN);
    assert!(indexed::SITES.is_empty());
    Ok(())
}
