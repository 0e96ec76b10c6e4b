//! Random models: sites whose parameters are other sites, in plates or not, some of them conditioned on, in loops or not.
//!
//! Each is recorded, and its program must give the value and gradient of the tape, to 1e-10 of the largest element of
//! the gradient (above 1), at random positions.

use std::cell::Cell;

use ppl::SiteKind;
use ppl::prelude::*;
use ppl_infer::LogDensity;
use ppl_infer::density::{Engine, ModelDensity};
use proptest::prelude::*;
use rand::RngExt;

/// Choices that depend on a seed and on how many were made.
struct Choices {
    seed: u64,
    made: Cell<u64>,
}

impl Choices {
    fn new(seed: u64) -> Self {
        Self { seed, made: Cell::new(0) }
    }

    fn below(&self, count: usize) -> usize {
        self.made.set(self.made.get() + 1);
        let number: f64 = Key::new(self.seed).rng("choice", self.made.get()).random();
        (number * count as f64) as usize
    }
}

const MEMBERS: usize = 5;
const TIMES: usize = 18;

/// A tensor of one or `MEMBERS` elements, made of some of those before.
fn expression(choices: &Choices, values: &[Tensor]) -> Tensor {
    let [a, b] = [0, 1].map(|_| values[choices.below(values.len())].clone());
    match choices.below(8) {
        0 => a + b,
        1 => a * b,
        2 => a - 0.5 * b,
        3 => (a * 0.5).tanh(),
        4 => Tensor::select(a.greater(&b), &a, &b * 0.5),
        5 => a.sigmoid() * b,
        6 => (a.sum() * 0.3).sin() + b,
        _ => a / (b.square() + 1.0),
    }
}

fn positive(x: Tensor) -> Tensor {
    (0.3 * x.tanh()).exp()
}

/// One number of what may have several elements.
fn number(x: &Tensor) -> Tensor {
    x.mean()
}

#[model]
fn random(seed: u64, sites: usize) {
    let choices = Choices::new(seed);
    let mut values = vec![Tensor::from(0.7), Tensor::linspace(-1.0, 1.0, MEMBERS)];
    for k in 0..sites {
        let in_plate = choices.below(2) == 0;
        let [mut loc, mut scale] = [0, 1].map(|_| expression(&choices, &values));
        if !in_plate {
            [loc, scale] = [number(&loc), number(&scale)];
        }
        let scale = positive(scale);
        let kind = choices.below(7);
        let size = if in_plate { MEMBERS } else { 1 };
        let x = plate!("member_{k}", size, {
            match kind {
                0 => sample!("normal_{k}", Normal::new(loc, scale)),
                1 => sample!("half_normal_{k}", HalfNormal::new(scale)),
                2 => sample!("gamma_{k}", Gamma::new(&scale + 0.5, scale)).ln(),
                3 => sample!("student_{k}", StudentT::new(&scale + 2.0, loc, scale)),
                4 => sample!("beta_{k}", Beta::new(&scale, &scale + 1.0)),
                5 => sample!("cauchy_{k}", Cauchy::new(loc, scale)),
                _ => sample!("laplace_{k}", Laplace::new(loc, scale)),
            }
        });
        values.push(x);
    }
    // A loop that carries a value, and observes.
    let [slope, step] = [0, 1].map(|_| number(&expression(&choices, &values)).tanh());
    let carries = choices.below(3);
    let mut state = number(&values[values.len() - 1]).tanh();
    for t in 0..TIMES {
        let input = &step * (t as f64 * 0.7).sin();
        state = match carries {
            0 => &slope * &state + input,
            1 => (&slope * &state + input).tanh(),
            _ => input,
        };
        observe!("y_{t}", Normal::new(&state, 0.8), (t as f64).cos());
    }
}

fn assert_engines_agree<M: Model + Clone>(name: &str, model: M, seed: u64) {
    let mut recorded = ModelDensity::new(model).expect("the latent sites are continuous");
    assert_eq!(recorded.engine_in_use(), "recorded", "{name}");
    let mut tape = recorded.clone().engine(Engine::Tape);
    let dim = recorded.dim();
    for draw in 0..3 {
        let mut rng = Key::new(seed).draw(draw).rng("position", 0);
        let position: Vec<f64> = (0..dim).map(|_| 2.0 * rng.random::<f64>() - 1.0).collect();
        let (mut by_program, mut by_tape) = (vec![0.0; dim], vec![0.0; dim]);
        let value = recorded.value_and_gradient(&position, &mut by_program).expect("a value");
        let expected = tape.value_and_gradient(&position, &mut by_tape).expect("a value");
        let is_close = |a: f64, b: f64, largest: f64| (a - b).abs() <= 1e-10 * largest;
        assert!(is_close(value, expected, expected.abs().max(1.0)), "{name}: {value}, by the tape {expected}");
        let largest = by_tape.iter().fold(1.0, |largest: f64, x| largest.max(x.abs()));
        let is_same = by_program.iter().zip(&by_tape).all(|(&a, &b)| is_close(a, b, largest));
        assert!(is_same, "{name}: {by_program:?}, by the tape {by_tape:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        rng_seed: proptest::test_runner::RngSeed::Fixed(0),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn programs_are_the_tape(seed in 0_u64..1_000_000, sites in 1_usize..7) {
        let model = random(seed, sites);
        let name = format!("random({seed}, {sites})");
        assert_engines_agree(&name, model.clone(), seed);
        // The same with one of its sites given.
        let trace = model.trace(seed).expect("a draw");
        let latent = trace.sites().iter().find(|site| site.kind == SiteKind::Latent).expect("there is one");
        if sites > 1 {
            let given = model.clone().condition(latent.name.as_str(), latent.value.clone());
            assert_engines_agree(&format!("{name} given {}", latent.name), given, seed);
        }
    }
}
