//! Sites in the arguments of other macros, whatever these parse.
#![deny(warnings)]

use ppl::prelude::*;

macro_rules! add {
    ($left:expr => $right:expr) => {
        $left + $right
    };
}

macro_rules! tokens {
    ({ $($left:tt)* } and { $($right:tt)* }) => {
        ($($left)*, $($right)*)
    };
}

#[model]
fn model() -> String {
    let list = vec![sample!("a", Normal::new(0.0, 1.0)), ppl::sample!("b", Normal::new(0.0, 1.0))];
    let repeated = vec![sample!("c", Normal::new(0.0, 1.0)); 2];
    assert!(sample!("d", Normal::new(0.0, 1.0)).item().is_finite(), "{}", list.len());
    let is_finite = matches!(ppl::sample!("e", Normal::new(0.0, 1.0)).item(), x if x.is_finite());
    let sum = add!(::ppl::sample!("f", Normal::new(0.0, 1.0)).item() => sample!("g", Normal::new(0.0, 1.0)).item());
    let pair = tokens!({ sample!("h", Normal::new(0.0, 1.0)) } and { plate!("n", 2, { sample!("i", Normal::new(0.0, 1.0)) }) });
    assert_eq!(pair.1.size(), 2);
    let nested = sample!(
        "j",
        Normal::new(sample!("k", Normal::new(0.0, 1.0)), vec![sample!("l", HalfNormal::new(1.0))].remove(0))
    );
    plate!("m", (2.0 + 0.0 * sample!("size", Normal::new(0.0, 1.0)).item()) as usize, {
        observe!("o", Normal::new(&nested, 1.0), Tensor::zeros([2]));
    });
    format!("{} {is_finite} {} {x}", repeated.len(), sum.is_finite(), x = deterministic!("p", 1.5).item())
}

#[test]
fn passes() -> ppl::Result<()> {
    let (trace, text) = model().trace_output(Key::new(0))?;
    assert_eq!(text, "2 true true 1.5");
    let names: Vec<_> = trace.names().collect();
    assert_eq!(names, ["a", "b", "c", "d", "e", "f", "g", "h", "i", "k", "l", "j", "size", "o", "p"]);
    assert_eq!(model::SITES.len(), names.len() + 2);
    Ok(())
}
