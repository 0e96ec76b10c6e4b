//! Branches, loops and matches, with names that arms share.
#![deny(warnings)]

use ppl::prelude::*;

/// One name in arms that exclude each other, of one kind, is one site.
#[model]
fn arms(choice: u8, data: Option<f64>) -> Tensor {
    let x = match choice {
        0 => sample!("x", Normal::new(0.0, 1.0)),
        1 if data.is_some() => sample!("x", Normal::new(1.0, 1.0)),
        _ => {
            let sd = if choice == 2 {
                sample!("sd", Gamma::new(2.0, 2.0))
            } else if choice == 3 {
                sample!("sd", Gamma::new(3.0, 3.0))
            } else {
                Tensor::from(1.0)
            };
            sample!("x", Normal::new(0.0, sd))
        }
    };
    if let Some(y) = data { observe!("y", Normal::new(&x, 1.0), y) } else { x }
}

/// Which sites there are depends on what was drawn.
#[model]
fn depends() -> usize {
    let mut count = 0;
    let switch = sample!("switch", Normal::new(0.0, 1.0));
    if switch > 0.0 {
        sample!("positive", Normal::new(0.0, 1.0));
        count += 1;
    }
    let found = 'search: {
        for t in 0..10 {
            if sample!("try_{t}", Normal::new(0.0, 1.0)) > 0.5 {
                break 'search Some(t);
            }
        }
        None
    };
    let Some(last) = found else {
        return count;
    };
    let mut waiting = Some(2);
    while let Some(left) = waiting {
        sample!("wait_{left}", Normal::new(0.0, 1.0));
        waiting = if left == 0 { None } else { Some(left - 1) };
    }
    loop {
        count += last;
        if count > 3 {
            break count;
        }
        count += 1;
    }
}

#[test]
fn passes() {
    for choice in 0..5 {
        for data in [None, Some(0.5)] {
            let trace = arms(choice, data).trace(u64::from(choice)).unwrap();
            assert_eq!(trace.get(arms::y).is_ok(), data.is_some());
            assert_eq!(trace.get(arms::sd).is_ok(), choice == 2 || choice == 3);
            assert!(trace.get(arms::x).is_ok());
        }
    }
    assert_eq!(arms::SITES.iter().map(|site| site.name).collect::<Vec<_>>(), ["x", "sd", "y"]);
    const { assert!(!arms::OPEN) };
    for seed in 0..20 {
        let trace = depends().trace(seed).unwrap();
        let switched = *trace.get(depends::switch).unwrap() > 0.0;
        assert_eq!(trace.get(depends::positive).is_ok(), switched);
    }
    const { assert!(depends::OPEN) };
}
