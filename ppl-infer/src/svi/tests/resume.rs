//! Fits are reproducible and can be interrupted.

use ppl::prelude::*;

use super::scale;
use crate::svi::{Adam, ClippedAdam, LearningRate, Optimizer, ParamStore, Sgd, Svi, SviState};

#[guide(scale)]
fn guide() {
    let loc = param!("loc", 8.0);
    let scale = param!("scale", 2.0, Constraint::Positive);
    sample!("weight", Normal::new(loc, scale));
}

fn interrupted<O>(optimizer: O)
where
    O: Optimizer<State: serde::Serialize + serde::de::DeserializeOwned + PartialEq>
        + serde::Serialize
        + serde::de::DeserializeOwned
        + PartialEq,
{
    let svi = Svi::new(optimizer).num_particles(2).seed(3);
    let mut whole = svi.start().unwrap();
    let losses = whole.run(&scale(), &guide(), 60).unwrap();
    let mut state = svi.start().unwrap();
    let mut parts = Vec::new();
    for steps in [1, 25, 34] {
        parts.extend(state.run(&scale(), &guide(), steps).unwrap());
        let text = serde_json::to_string(&state).unwrap();
        state = serde_json::from_str(&text).unwrap();
    }
    assert_eq!(parts, losses);
    assert_eq!(state, whole);
    assert_eq!(state.steps_taken(), 60);
    let bits = |state: &SviState<O>| state.params().unconstrained("scale").unwrap().item().to_bits();
    assert_eq!(bits(&state), bits(&whole));
}

#[test]
fn a_resumed_fit_is_the_uninterrupted_one() {
    interrupted(Adam::new(LearningRate::ExponentialDecay { initial: 0.1, factor: 0.5, steps: 30 }));
    interrupted(ClippedAdam::new(0.05));
    interrupted(Sgd::new(0.01).momentum(0.9));
}

#[test]
fn the_seed_decides() {
    let run = |seed| Svi::new(Adam::new(0.1)).steps(5).seed(seed).run(&scale(), &guide()).unwrap();
    assert_eq!(run(1).losses(), run(1).losses());
    assert_eq!(run(1).params(), run(1).params());
    assert_ne!(run(1).losses(), run(2).losses());
}

#[test]
fn a_fit_begins_where_it_is_told() {
    let mut params = ParamStore::new();
    params.insert("loc", 9.14, Constraint::Real).unwrap();
    params.insert("scale", 0.6, Constraint::Positive).unwrap();
    params.insert("unused", 1.0, Constraint::Real).unwrap();
    let mut state = Svi::new(Adam::new(0.1)).start_from(params.clone()).unwrap();
    // At the exact posterior the loss has no noise.
    let loss = state.step(&scale(), &guide()).unwrap();
    assert!((loss + super::ln_normal(9.5, 8.5, 1.25)).abs() < 1e-12);
    // What neither program visits stays what it was.
    assert_eq!(state.params().get("unused").unwrap(), 1.0);
    assert_ne!(state.params().get("loc").unwrap(), 9.14);
    state.params_mut().insert("loc", 9.14, Constraint::Real).unwrap();
    assert_eq!(state.into_params().get("loc").unwrap(), 9.14);
}

#[test]
fn a_parameter_may_turn_up_late() {
    // The second parameter is visited from the third step on.
    #[model]
    fn model(late: bool) {
        let x = sample!("x", Normal::new(1.0, 1.0));
        if late {
            observe!("y", Normal::new(x, 1.0), 3.0);
        }
    }
    fn guide(late: bool) -> impl Model<Output = ()> {
        ppl::__private::bind("guide", &[], true, move |ctx: &mut Ctx| -> Result<(), ppl::__private::Exit> {
            let mut loc = ctx.param("loc", 0.0, Constraint::Real)?;
            if late {
                loc += ctx.param("shift", 0.0, Constraint::Real)?;
            }
            ctx.sample("x", Normal::new(loc, 1.0))?;
            Ok(())
        })
    }
    let mut state = Svi::new(Sgd::new(0.1)).start().unwrap();
    state.run(&model(false), &guide(false), 2).unwrap();
    assert!(state.params().get("shift").unwrap_err().to_string().starts_with("no parameter is named `shift`"));
    let before = state.params().get("loc").unwrap().item();
    state.step(&model(true), &guide(true)).unwrap();
    // It is learned from the first step on: both have the same gradient.
    let moved = state.params().get("loc").unwrap().item() - before;
    assert!(moved != 0.0 && (state.params().get("shift").unwrap().item() - moved).abs() < 1e-15);
}

#[test]
fn a_state_that_was_read_is_checked() {
    let mut state = Svi::new(Adam::new(0.1)).start().unwrap();
    state.run(&scale(), &guide(), 3).unwrap();
    let written = serde_json::to_value(&state).unwrap();
    assert_eq!(serde_json::from_value::<SviState<Adam>>(written.clone()).unwrap(), state);
    let message = |pointer: &str, value: serde_json::Value| {
        let mut changed = written.clone();
        *changed.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} in {written}")) = value;
        serde_json::from_value::<SviState<Adam>>(changed).unwrap_err().to_string()
    };
    for (pointer, value, expected) in [
        ("/optimizer/learning_rate/Constant", (-0.1).into(), "`learning_rate` must be positive and finite, got -0.1"),
        ("/elbo/num_particles", 0.into(), "`num_particles` must be at least 1, got 0"),
        ("/steps", 2.into(), "`updates` must be at most the number of steps, got 3 of `loc`"),
        ("/params/params/0/unconstrained/0", "NaN".into(), "`params` must be finite, got NaN at parameter `loc`"),
        (
            "/memories/loc/state/first_moment",
            vec![0.0, 0.0].into(),
            "`first_moment` must be a number for each element, got 2 numbers for 1 elements",
        ),
        ("/memories/scale/state/second_moment/0", (-1.0).into(), "`second_moment` must be at least 0, got -1"),
        ("/memories/scale/state/first_bias", 2.0.into(), "`first_bias` must be from 0 to 1, got 2"),
        ("/params/params/0/name", "other".into(), "no parameter is named `loc`; known: `other`, `scale`"),
    ] {
        assert_eq!(message(pointer, value), expected, "{pointer}");
    }
}
