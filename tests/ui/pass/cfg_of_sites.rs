//! Sites that a `cfg` switches on or off.
#![deny(warnings)]

use ppl::prelude::*;

#[model]
fn model(choice: u8) {
    #[cfg(any())]
    sample!("off", Missing::new(0.0, 1.0));
    #[cfg(any())]
    let x = sample!("x", Missing::new(0.0, 1.0));
    #[cfg(not(any()))]
    let x = sample!("x", Normal::new(0.0, 1.0));
    #[cfg(any())]
    {
        sample!("in_a_block", Missing::new(0.0, 1.0));
    }
    match choice {
        #[cfg(any())]
        0 => sample!("in_an_arm", Missing::new(0.0, 1.0)),
        _ => x,
    };
    #[allow(unused_variables, reason = "forwarded")]
    let unused = deterministic!("unused", 1.0);
}

#[test]
fn passes() -> ppl::Result<()> {
    assert_eq!(model(0).trace(0)?.sites().len(), 2);
    assert_eq!(model::SITES.iter().map(|site| site.name).collect::<Vec<_>>(), ["x", "unused"]);
    assert_eq!(model::x.name(), "x");
    Ok(())
}
