//! Random models at random positions, also far out: a program must give the tape's value and gradient, and be finite where
//! the tape is.
//!
//! The models have gathers, slices, selections, loops that carry a state, sub-models, and functions that overflow,
//! underflow and saturate at the positions at which they are compared. `cargo test` prints the counts with
//! `--nocapture`.

use std::cell::RefCell;

use rand::RngExt;

use super::{Program, Recorded, record};
use crate::handler::{ModelExt, Substitute};
use crate::prelude::*;
use crate::random::Rng;
use crate::{Result, Tensor, grad};

const MODELS: u64 = 3_000;
/// Elements of a vector.
const MEMBERS: usize = 5;
/// Iterations of a loop: enough to be found again as a recurrence.
const STEPS: usize = 12;

/// Which random model, and how it computes.
#[derive(Clone, Copy, Debug)]
struct Variant {
    seed: u64,
    is_hostile: bool,
    /// Multiplies intermediate values by 1 ± 2⁻⁵⁰, at random: by how much the result moves is its conditioning (Parker
    /// 1997, "Monte Carlo arithmetic").
    roundings: Option<u64>,
}

/// Choices that depend on a seed and on how many were made.
struct Choices {
    rng: RefCell<Rng>,
    is_hostile: bool,
    roundings: Option<RefCell<Rng>>,
}

impl Choices {
    fn new(Variant { seed, is_hostile, roundings }: Variant) -> Self {
        let roundings = roundings.map(|draw| Key::new(seed).draw(draw).rng("roundings", 0).into());
        Self { rng: Key::new(seed).rng("choices", 0).into(), is_hostile, roundings }
    }

    /// Choices for something else than an expression.
    fn of_seed(seed: u64) -> Self {
        Self::new(Variant { seed, is_hostile: false, roundings: None })
    }

    /// The value, rounded otherwise if that is wanted.
    fn rounded(&self, x: Tensor) -> Tensor {
        const ROUNDING: f64 = 1.0 / (1_u64 << 50) as f64;

        let Some(rng) = &self.roundings else { return x };
        let factors = (0..x.size()).map(|_| 1.0 + ROUNDING * (2.0 * rng.borrow_mut().random::<f64>() - 1.0));
        let factors = Tensor::from(factors.collect::<Vec<_>>()).reshape(x.shape());
        x * factors
    }

    fn below(&self, count: usize) -> usize {
        (self.uniform() * count as f64) as usize
    }

    fn uniform(&self) -> f64 {
        self.rng.borrow_mut().random()
    }

    fn one_of(&self, values: &[Tensor]) -> Tensor {
        self.rounded(values[self.below(values.len())].clone())
    }

    /// An expression of some values, of one element or of `MEMBERS`.
    fn expression(&self, values: &[Tensor]) -> Tensor {
        let x = self.rounded(if self.is_hostile { self.hostile(values) } else { self.mild(values) });
        match self.below(6) {
            0 => self.rearranged(&x),
            _ => x,
        }
    }

    /// Functions that are smooth and of the size of their arguments.
    fn mild(&self, values: &[Tensor]) -> Tensor {
        let [a, b] = [0, 1].map(|_| self.one_of(values));
        match self.below(9) {
            0 => a + b,
            1 => a * b,
            2 => a - 0.5 * b,
            3 => (a * 0.5).tanh(),
            4 => Tensor::select(a.greater(&b), &a, &b * 0.5),
            5 => a.sigmoid() * b,
            6 => (a.sum() * 0.3).sin() + b,
            7 => (0.2 * a).exp() - b,
            _ => a / (b.square() + 1.0),
        }
    }

    /// Functions that have poles, edges, and ranges in which they overflow, underflow or saturate.
    fn hostile(&self, values: &[Tensor]) -> Tensor {
        let [a, b] = [0, 1].map(|_| self.one_of(values));
        match self.below(26) {
            0 => a.exp(),
            1 => a.exp().log1p(),
            2 => (1.0 + (-a).exp()).recip(),
            3 => a.abs().sqrt(),
            4 => a.abs().powf(0.5 + self.below(3) as f64),
            5 => a / b,
            6 => a / (b.exp() + 1.0),
            7 => (a.square() + b.square()).sqrt(),
            8 => Tensor::select(a.greater(0.0), a.abs().ln(), &b),
            9 => Tensor::select(b.less(1.0), &a, b.exp()),
            10 => a.softplus() - b.softplus(),
            11 => a.sigmoid().ln(),
            12 => (-a.square()).exp() * b,
            13 => a.log_ndtr(),
            14 => a.maximum(&b) - a.minimum(0.5),
            15 => a.exp().try_mul((-b).exp()).unwrap_or(a),
            16 => a.exp().tanh() * b,
            17 => a.abs().xlogy(b.abs()),
            18 => a.abs().pow(b.tanh()),
            19 => (a.exp() - b.exp()).abs().log1p(),
            20 => (1e-160 * a) * (1e-160 * b) + 1.0,
            21 => (a.exp() + 1.0).lgamma(),
            22 => a.erf() * b.exp().recip(),
            23 => (a.exp() * 1e-3).atan() + b.recip(),
            24 => a.tan() * 0.1 + b.sign(),
            _ => a.square() * b,
        }
    }

    /// Elements of a vector, put elsewhere, summed up or left out.
    fn rearranged(&self, x: &Tensor) -> Tensor {
        if x.rank() == 0 {
            return Tensor::stack(&vec![x.clone(); MEMBERS], 0) * Tensor::linspace(0.5, 1.5, MEMBERS);
        }
        match self.below(9) {
            0 => x.take(0, &[0_usize, 1, 1, 3, 0]),
            1 => x.take(0, &[2_usize, 2, 2, 2, 2]),
            2 => Tensor::concat(&[x.slice(0, 3..MEMBERS), x.slice(0, 0..3)], 0),
            3 => x.flip(0).cumsum(0),
            4 => x.softmax(0),
            5 => self.rounded(x.clone()) - self.rounded(x.logsumexp()),
            6 => self.rounded(x.logsumexp()) - x,
            7 => x.max_axis(0) + x,
            _ => Tensor::linspace(-1.0, 1.0, MEMBERS * MEMBERS)
                .reshape([MEMBERS, MEMBERS])
                .matmul(x.unsqueeze(1))
                .squeeze(1),
        }
    }

    /// A scale that may underflow and overflow, or cannot.
    fn positive(&self, x: &Tensor) -> Tensor {
        if !self.is_hostile {
            return (0.3 * x.tanh()).exp();
        }
        match self.below(4) {
            0 => (0.1 * x).exp(),
            1 => x.softplus() + 1e-3,
            2 => x.square() + 0.5,
            _ => (0.3 * x.tanh()).exp(),
        }
    }
}

/// One element of a value that may have several.
fn scalar(choices: &Choices, x: &Tensor) -> Tensor {
    match choices.below(3) {
        _ if x.rank() == 0 => x.clone(),
        0 => x.mean(),
        1 => x.get(3),
        _ => x.logsumexp(),
    }
}

#[model]
fn observation(loc: &Tensor, scale: &Tensor, kind: usize) {
    match kind {
        0 => drop(observe!("normal", Normal::new(loc, scale), 0.7)),
        1 => drop(observe!("count", Poisson::from_log_rate(loc), 2.0)),
        2 => drop(observe!("label", Bernoulli::from_logits(loc), 1.0)),
        3 => drop(observe!("student", StudentT::new(3.0, loc, scale), -1.3)),
        4 => drop(observe!("waiting", Exponential::new(scale), 0.4)),
        _ => drop(observe!("cauchy", Cauchy::new(loc, scale), 4.0)),
    }
}

/// A model of some sites, a loop with observations, and a sub-model.
#[model]
fn random(variant: Variant, kinds: &[SiteKind]) {
    let choices = Choices::new(variant);
    let mut values = vec![Tensor::from(0.7), Tensor::linspace(-1.0, 1.0, MEMBERS)];
    for (k, kind) in kinds.iter().enumerate() {
        let [loc, scale] = [0, 1].map(|_| choices.expression(&values));
        let (mut loc, mut scale) = (loc, choices.positive(&scale));
        if !kind.is_vector {
            [loc, scale] = [scalar(&choices, &loc), scalar(&choices, &scale)];
            if choices.is_hostile {
                scale = scale.abs() + 1e-3;
            }
        }
        let size = if kind.is_vector { MEMBERS } else { 1 };
        let x = plate!("member_{k}", size, {
            match kind.family {
                0 => sample!("normal_{k}", Normal::new(loc, scale)),
                1 => sample!("student_{k}", StudentT::new(4.0, loc, scale)),
                2 => sample!("cauchy_{k}", Cauchy::new(loc, scale)),
                3 => sample!("half_normal_{k}", HalfNormal::new(scale)),
                4 => sample!("gamma_{k}", Gamma::new(2.0, scale)),
                _ => sample!("beta_{k}", Beta::new(2.0, 1.5)),
            }
        });
        values.push(if kind.is_vector { x } else { x.sum() });
        let new = choices.expression(&values);
        values.push(new);
    }
    // A loop that carries a value, and observes.
    let [slope, input] = [0, 1].map(|_| scalar(&choices, &choices.expression(&values)));
    let carries = choices.below(7);
    let mut state = scalar(&choices, &choices.one_of(&values));
    let mut trend = slope.clone();
    for t in 0..STEPS {
        let shock = &input * (t as f64 * 0.7).sin();
        state = match carries {
            0 => &slope * &state + shock,
            1 => (&slope * &state + shock).tanh(),
            2 => &state + &slope * &state * (1.0 - &state / 3.0),
            3 => Tensor::select(state.greater(1.0), &state * 0.5, &state + shock),
            4 => (state.square() * 0.3 + shock.exp()).sqrt(),
            5 => {
                trend = &trend * 0.9 + &shock;
                &state + &trend
            }
            _ => shock,
        };
        state = choices.rounded(state);
        observe!("y_{t}", Normal::new(&state, 0.8), (t as f64).cos());
    }
    let [loc, scale] = [0, 1].map(|_| scalar(&choices, &choices.expression(&values)));
    let scale = choices.positive(&scale);
    let kind = choices.below(6);
    call!("part", observation(&loc, &scale, kind));
    factor!("used", -0.01 * choices.expression(&values).sum().square());
}

/// A latent site: whether it has `MEMBERS` elements, and its distribution.
#[derive(Clone, Copy, Debug)]
struct SiteKind {
    is_vector: bool,
    family: usize,
}

impl SiteKind {
    fn name(self, k: usize) -> String {
        let family = ["normal", "student", "cauchy", "half_normal", "gamma", "beta"][self.family];
        format!("{family}_{k}")
    }

    fn size(self) -> usize {
        if self.is_vector { MEMBERS } else { 1 }
    }

    /// The value of the site at a piece of the unconstrained vector, and ln |det J|.
    fn constrained(self, piece: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok(match self.family {
            0..=2 => (piece.clone(), Tensor::from(0.0)),
            3 | 4 => (piece.exp(), piece.sum()),
            _ => (piece.sigmoid(), -(piece.softplus() + (-piece).softplus()).sum()),
        })
    }
}

fn site_kinds(seed: u64) -> Vec<SiteKind> {
    let choices = Choices::of_seed(seed ^ 0x5eed);
    let count = 1 + choices.below(4);
    (0..count).map(|_| SiteKind { is_vector: choices.below(2) == 0, family: choices.below(6) }).collect()
}

/// The log density of a model at an unconstrained position.
fn log_density(variant: Variant, kinds: &[SiteKind], position: &Tensor) -> Result<Tensor> {
    let (mut start, mut jacobian, mut values) = (0, Tensor::from(0.0), Vec::new());
    for (k, kind) in kinds.iter().enumerate() {
        let piece = position.try_slice(0, start..start + kind.size())?;
        let (value, log_det) = kind.constrained(&piece)?;
        jacobian = jacobian.try_add(log_det)?;
        values.push((kind.name(k), value));
        start += kind.size();
    }
    let model = random(variant, kinds).with(Substitute::new(values));
    model.trace(0)?.log_density()?.try_add(jacobian)
}

/// A coordinate: moderate, in the tails, far out, or exactly 0.
fn coordinate(choices: &Choices, kind: usize) -> f64 {
    let signed = 2.0 * choices.uniform() - 1.0;
    match kind {
        0 | 1 => signed,
        2 | 3 => 8.0 * signed,
        4 => [0.0, 1.0, -1.0, signed][choices.below(4)],
        _ => [800.0 * signed, 40.0 * signed, signed][choices.below(3)],
    }
}

const POSITIONS: usize = 7;

#[derive(Debug, Default)]
struct Counts {
    models: usize,
    /// Models with a constant parameter outside of its domain.
    refused: usize,
    positions: usize,
    /// Positions with a finite density.
    finite: usize,
    /// Positions with a finite density and an element of the gradient that is not finite on the tape.
    undefined: usize,
    /// By the program a finite value, by the tape none.
    finite_by_program_only: usize,
    /// Positions at which roundings move the result by more than 1e-9.
    ill_conditioned: usize,
    unequal: Vec<String>,
}

/// A value and a gradient.
type Evaluation = (f64, Vec<f64>);

/// Value and gradient on the tape.
fn by_tape(variant: Variant, kinds: &[SiteKind], position: &[f64]) -> Evaluation {
    let position = Tensor::from(position.to_vec());
    let (value, gradient) = grad(|x| log_density(variant, kinds, &x[0]), &[position]).expect("a run on the tape");
    (value, gradient[0].to_vec())
}

/// How far roundings move value and gradient: the range of some runs with others, and one with none, times a hundred.
fn conditioning(variant: Variant, kinds: &[SiteKind], position: &[f64]) -> Evaluation {
    let others = [None, Some(0), Some(1), Some(2), Some(3), Some(4), Some(5)];
    let runs = others.map(|roundings| by_tape(Variant { roundings, ..variant }, kinds, position));
    let range = |of: &dyn Fn(&Evaluation) -> f64| {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for run in &runs {
            let x = of(run);
            if !x.is_finite() {
                return f64::INFINITY;
            }
            (low, high) = (low.min(x), high.max(x));
        }
        100.0 * (high - low)
    };
    let of_gradient = (0..position.len()).map(|k| range(&|run| run.1[k])).collect();
    (range(&|run| run.0), of_gradient)
}

/// Whether a program's value and gradient are the tape's, to 1e-9 of the largest element (above 1) and some slack. An
/// element that is not finite on the tape, or where other roundings make it so, says nothing.
fn agree(got: (f64, &[f64]), expected: (f64, &[f64]), slack: (f64, &[f64])) -> bool {
    let is_close = |a: f64, b: f64, largest: f64, slack: f64| {
        a == b || slack.is_infinite() || (a - b).abs() <= 1e-9 * largest.max(1.0) + slack
    };
    let largest = expected.1.iter().filter(|x| x.is_finite()).fold(0.0, |largest: f64, x| largest.max(x.abs()));
    let mut elements = got.1.iter().zip(expected.1).zip(slack.1);
    is_close(got.0, expected.0, expected.0.abs(), slack.0)
        && elements.all(|((&a, &b), &slack)| {
            !b.is_finite() || slack.is_infinite() || (a.is_finite() && is_close(a, b, largest, slack))
        })
}

/// Compares the program of a model with the tape at some positions.
fn compare(variant: Variant, kinds: &[SiteKind], counts: &mut Counts) {
    let dim = kinds.iter().map(|kind| kind.size()).sum();
    let choices = Choices::of_seed(variant.seed ^ 0xf00d);
    let start: Vec<f64> = (0..dim).map(|_| coordinate(&choices, 0)).collect();
    let mut program: Box<Program> = match record(&start, |x| log_density(variant, kinds, x)) {
        Ok(Recorded::Static(program)) => program,
        Ok(Recorded::Dynamic(obstacle)) => panic!("{variant:?}: {obstacle}"),
        // A parameter that is constant may overflow, which is told at once.
        Err(_) => {
            counts.refused += 1;
            return;
        }
    };
    counts.models += 1;
    let mut gradient = vec![0.0; dim];
    for kind in 0..POSITIONS {
        let position: Vec<f64> = (0..dim).map(|_| coordinate(&choices, kind)).collect();
        let value = program.value_and_gradient(&position, &mut gradient);
        let (expected, by_tape) = by_tape(variant, kinds, &position);
        counts.positions += 1;
        if !expected.is_finite() {
            // Where there is no density the gradient means nothing.
            counts.finite_by_program_only += usize::from(value.is_finite());
            continue;
        }
        counts.finite += 1;
        counts.undefined += usize::from(by_tape.iter().any(|x| !x.is_finite()));
        let is_same = |slack: (f64, &[f64])| agree((value, &gradient), (expected, &by_tape), slack);
        if is_same((0.0, &vec![0.0; dim])) {
            continue;
        }
        let (of_value, of_gradient) = conditioning(variant, kinds, &position);
        if is_same((of_value, &of_gradient)) {
            counts.ill_conditioned += 1;
        } else {
            let got = format!("{value} {gradient:?}, by the tape {expected} {by_tape:?}");
            counts.unequal.push(format!("{variant:?} at {position:?}: {got}, roundings {of_value} {of_gradient:?}"));
        }
    }
}

#[test]
fn programs_of_random_models_are_the_tape() {
    let mut failures = Vec::new();
    for is_hostile in [false, true] {
        let mut counts = Counts::default();
        for seed in 0..MODELS / 2 {
            compare(Variant { seed, is_hostile, roundings: None }, &site_kinds(seed), &mut counts);
        }
        let Counts { models, refused, positions, finite, undefined, finite_by_program_only, ill_conditioned, unequal } =
            counts;
        println!(
            "{} models: {models} and {refused} refused, positions: {positions}, with a finite density: {finite}, of these without a gradient \
             on the tape: {undefined}, ill-conditioned: {ill_conditioned}, unequal: {}; finite by the program only: \
             {finite_by_program_only}",
            if is_hostile { "hostile" } else { "mild" },
            unequal.len(),
        );
        assert!(refused < models / 10, "{refused} of {models} models were refused");
        failures.extend(unequal);
    }
    assert!(failures.is_empty(), "{} differ:\n{}", failures.len(), failures[..failures.len().min(8)].join("\n"));
}
