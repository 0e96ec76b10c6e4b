//! Whether a recorded program agrees with runs of its model on the tape: one rule for all methods.
//!
//! A disagreement has one of three causes, which further evaluations tell apart:
//!
//! * the model is *impure*: it depends on more than its arguments and sites, and gives something else when it runs again;
//! * the problem is *ill-conditioned*: the tape moves as far when its position moves by roundings, as the density of a
//!   Gaussian process does whose covariance is nearly singular. The program is as good as the tape then, and is kept;
//! * neither: an error of the recorder, which a run on the tape avoids.
//!
//! Non-finite results are compared too:
//!
//! | tape                          | program                   |                                                          |
//! |-------------------------------|---------------------------|----------------------------------------------------------|
//! | density NaN or −∞             | NaN or −∞                 | agree: no sampler goes there, and no gradient is looked at |
//! | density +∞                    | +∞                        | agree, likewise                                          |
//! | density not finite            | finite, or another one    | disagree: the program would lead beyond the model's edge |
//! | density finite                | not finite                | disagree                                                 |
//! | derivative finite             | not finite                | disagree                                                 |
//! | derivative not finite         | any                       | agree: the chain rule met ∞ · 0 on the tape only, as where a term overflows of which a rewritten program is free |

use crate::{LogDensity, Result};

/// Relative tolerance (above 1) of the comparison of both engines.
const AGREEMENT: f64 = 1e-8;

/// Probes of the conditioning. The two engines differ by independent roundings: if these are of the size that the largest
/// of `n` probes has, it is below a hundredth of that with a probability of about 0.01ⁿ.
const PROBES: u64 = 4;
/// Probes of the program, which cost little, where one engine has a number and the other has none.
const PROGRAM_PROBES: u64 = 32;
/// How much larger a disagreement may be than what the probes move the tape by: a program adds in another order, and its
/// elementary functions have errors of up to two units in the last place.
const SLACK: f64 = 100.0;

/// Rounding that is worth telling: below it a sampler's acceptance does not notice.
const NOTICEABLE: f64 = 1e-3;

/// Whether both engines have given the same number, or neither has given one.
pub(crate) fn agree(run: f64, program: f64) -> bool {
    is_near(run, program, 0.0)
}

fn is_near(run: f64, program: f64, rounding: f64) -> bool {
    let tolerance = (AGREEMENT * run.abs().max(1.0)).max(SLACK * rounding);
    run == program
        || rounding == f64::INFINITY
        || (run.is_nan() && program.is_nan())
        || (run.is_finite() && program.is_finite() && (run - program).abs() <= tolerance)
}

/// A value and its gradient.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evaluation {
    pub(crate) value: f64,
    pub(crate) gradient: Vec<f64>,
}

impl Evaluation {
    /// Whether all numbers are the same, NaN that is NaN among them.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let is_same = |a: f64, b: f64| a == b || (a.is_nan() && b.is_nan());
        is_same(self.value, other.value) && self.gradient.iter().zip(&other.gradient).all(|(&a, &b)| is_same(a, b))
    }

    /// Whether all numbers are finite.
    pub(crate) fn is_finite(&self) -> bool {
        self.value.is_finite() && self.gradient.iter().all(|by| by.is_finite())
    }

    /// How far another evaluation is away, element by element; ∞ where only one of two numbers is finite.
    fn distances(&self, other: &Self) -> Self {
        let distance = |a: f64, b: f64| match (a.is_finite(), b.is_finite()) {
            (true, true) => (a - b).abs(),
            (false, false) => 0.0,
            _ => f64::INFINITY,
        };
        let gradient = self.gradient.iter().zip(&other.gradient).map(|(&a, &b)| distance(a, b)).collect();
        Self { value: distance(self.value, other.value), gradient }
    }

    fn raise_to(&mut self, other: &Self) {
        self.value = self.value.max(other.value);
        self.gradient.iter_mut().zip(&other.gradient).for_each(|(own, &other)| *own = own.max(other));
    }
}

/// Outcome of the comparison at one position.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// The engines agree, if need be within what rounding makes of this problem.
    Agree(Rounding),
    /// The model gave something else when it ran again.
    Impure,
    Differ(Difference),
}

/// How far rounding alone moves a density that is ill-conditioned: its value, and its gradient relative to derivatives above
/// 1. Zero where the engines agreed at once.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Rounding {
    pub(crate) value: f64,
    pub(crate) gradient: f64,
}

impl Rounding {
    /// The larger of two.
    pub(crate) fn max(self, other: Self) -> Self {
        Self { value: self.value.max(other.value), gradient: self.gradient.max(other.gradient) }
    }

    /// Whether a probe's rounding is so small that no probe's is likely to be noticeable.
    fn is_far_from_noticeable(self) -> bool {
        self.value * SLACK < NOTICEABLE && self.gradient * SLACK < NOTICEABLE
    }

    pub(crate) fn is_noticeable(self) -> bool {
        self.value > NOTICEABLE || self.gradient > NOTICEABLE
    }
}

/// A difference between the engines that rounding does not explain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Difference {
    /// The coordinate of the derivative; none for the value.
    pub(crate) coordinate: Option<usize>,
    pub(crate) program: f64,
    pub(crate) run: f64,
}

/// The first difference that is beyond the rounding.
fn difference(run: &Evaluation, program: &Evaluation, rounding: &Evaluation) -> Option<Difference> {
    let is_nowhere = |value: f64| value.is_nan() || value == f64::NEG_INFINITY;
    let found = |coordinate, program, run| Some(Difference { coordinate, program, run });
    let (by_run, by_program) = (run.value, program.value);
    if is_nowhere(by_run) && is_nowhere(by_program) {
        return None;
    }
    if !is_near(by_run, by_program, rounding.value) {
        return found(None, by_program, by_run);
    }
    if !by_run.is_finite() {
        return None;
    }
    let derivatives = run.gradient.iter().zip(&program.gradient).zip(&rounding.gradient);
    let (coordinate, ((&by_run, &by_program), _)) = derivatives
        .enumerate()
        .find(|(_, ((run, program), rounding))| run.is_finite() && !is_near(**run, **program, **rounding))?;
    found(Some(coordinate), by_program, by_run)
}

/// Compares a program with a run at one position.
///
/// `program` and `run` evaluate it once more, at a position that [`moved`] has moved: by nothing for the number 0.
///
/// # Errors
/// Those of `run`.
pub(crate) fn compare(
    by_program: &Evaluation,
    by_run: &Evaluation,
    mut program: impl FnMut(u64) -> Evaluation,
    mut run: impl FnMut(u64) -> Result<Evaluation>,
) -> Result<Verdict> {
    let none = Evaluation { value: 0.0, gradient: vec![0.0; by_run.gradient.len()] };
    if difference(by_run, by_program, &none).is_none() {
        return Ok(Verdict::Agree(Rounding::default()));
    }
    if difference(by_run, &run(0)?, &none).is_some() {
        return Ok(Verdict::Impure);
    }
    let relative = |rounding: &Evaluation| {
        let relative = |(own, derivative): (&f64, &f64)| own / derivative.abs().max(1.0);
        let gradient = rounding.gradient.iter().zip(&by_run.gradient).map(relative).fold(0.0, f64::max);
        Rounding { value: rounding.value, gradient }
    };
    let mut rounding = none;
    for number in 1..=PROBES {
        rounding.raise_to(&by_run.distances(&run(number)?));
        // A further probe would not change the verdict, and hardly make of this what is worth telling.
        if relative(&rounding).is_far_from_noticeable() && difference(by_run, by_program, &rounding).is_none() {
            break;
        }
    }
    let Some(found) = difference(by_run, by_program, &rounding) else {
        return Ok(Verdict::Agree(relative(&rounding)));
    };
    // The position may be at an edge that a rounding crosses, as that of matrices with a Cholesky factor.
    if found.run.is_finite() != found.program.is_finite() {
        let is_crossed = |number| {
            let moved = program(number);
            let own = found.coordinate.map_or(moved.value, |coordinate| moved.gradient[coordinate]);
            own.is_finite() == found.run.is_finite()
        };
        if (1..=PROGRAM_PROBES).any(is_crossed) {
            return Ok(Verdict::Agree(Rounding { value: f64::INFINITY, gradient: f64::INFINITY }));
        }
    }
    Ok(Verdict::Differ(found))
}

/// Whether a log density that was stored with a position is that of `density`, which gives `now` there, up to rounding: as
/// near as two engines are, or as the probes move it where the problem is ill-conditioned.
///
/// # Errors
/// If the density fails.
pub(crate) fn is_as_stored(stored: f64, now: f64, position: &[f64], density: &mut dyn LogDensity) -> Result<bool> {
    if agree(stored, now) {
        return Ok(true);
    }
    let mut rounding: f64 = 0.0;
    for number in 1..=PROBES {
        let moved_by = (density.value(&moved(position, number))? - now).abs();
        // Beyond an edge there is no number to compare with.
        rounding = if moved_by.is_finite() { rounding.max(moved_by) } else { rounding };
    }
    Ok(is_near(stored, now, rounding))
}

/// A position that has moved by a few roundings, each coordinate up or down; the position itself for the number 0.
pub(crate) fn moved(position: &[f64], number: u64) -> Vec<f64> {
    let step = if number == 0 { 0.0 } else { f64::EPSILON * (4 << (2 * (number % 4))) as f64 };
    let is_up = |coordinate: usize| noise(number, coordinate) < 0.5;
    let by = |(coordinate, x): (usize, &f64)| {
        let step = step * x.abs().max(1.0);
        if is_up(coordinate) { x + step } else { x - step }
    };
    position.iter().enumerate().map(by).collect()
}

/// Size of a run ([`run_size`](ppl::program::Program::run_size)) from which on two positions must do: a tenth of a second.
///
/// A program that is wrong is so nearly everywhere, or where something overflows or saturates: one position about the middle and
/// one in the tails tell. The others are for what is wrong in a part of the space, as by a comparison that was taken for a
/// constant, and cost as much again.
const LARGE_RUN: usize = 10_000_000;

/// The positions at which a program is compared, by the size of a run.
pub(crate) fn positions(run_size: usize) -> &'static [Position] {
    let all = &POSITIONS;
    if run_size < LARGE_RUN { all } else { &all[..2] }
}

/// Where programs are compared: in turn about the middle of the unconstrained space and in its tails, where terms overflow
/// and functions saturate. Whether rounding is worth telling is decided about the middle.
const POSITIONS: [Position; 4] = [
    Position { seed: 101, smallest: 0.0, largest: 0.5 },
    Position { seed: 102, smallest: 0.0, largest: 8.0 },
    Position { seed: 103, smallest: 0.0, largest: 2.0 },
    Position { seed: 104, smallest: 5.0, largest: 8.0 },
];

/// A position whose coordinates have any sign, and sizes of this range.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    seed: u64,
    smallest: f64,
    largest: f64,
}

impl Position {
    pub(crate) fn is_in_tail(&self) -> bool {
        self.largest > 2.0
    }

    pub(crate) fn coordinates(&self, dim: usize) -> Vec<f64> {
        let coordinate = |coordinate| {
            let uniform = 2.0 * noise(self.seed, coordinate) - 1.0;
            uniform.signum() * (self.smallest + (self.largest - self.smallest) * uniform.abs())
        };
        (0..dim).map(coordinate).collect()
    }
}

/// A number from 0 to 1 that depends on nothing else (SplitMix64, Steele, Lea and Flood 2014).
fn noise(seed: u64, coordinate: usize) -> f64 {
    let mut bits = (seed << 32).wrapping_add(coordinate as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)) as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_targets::Univariate;

    fn evaluation(value: f64, gradient: &[f64]) -> Evaluation {
        Evaluation { value, gradient: gradient.to_vec() }
    }

    /// The verdict on a program and a run of these results, of which further ones are the same.
    fn verdict(program: &Evaluation, run: &Evaluation) -> Verdict {
        compare(program, run, |_| program.clone(), |_| Ok(run.clone())).unwrap()
    }

    fn agrees(program: &Evaluation, run: &Evaluation) -> bool {
        matches!(verdict(program, run), Verdict::Agree(_))
    }

    /// A density that is recomputed elsewhere may differ by what rounding makes of the problem, and by no more.
    #[test]
    fn a_stored_density_may_differ_by_rounding() {
        let is_same = |steepness: f64, off: f64| {
            let mut density = Univariate(|x: f64| (steepness * (x - 1.0), steepness));
            let now = density.value(&[1.5]).unwrap();
            is_as_stored(now + off, now, &[1.5], &mut density).unwrap()
        };
        assert!(is_same(1.0, 0.0) && is_same(1.0, 1e-9) && !is_same(1.0, 1e-7));
        // Where a rounding of the position moves the density by 10⁻⁶ and more.
        assert!(is_same(1e10, 1e-5) && !is_same(1e10, 1e3));
        assert!(!is_same(1.0, f64::NAN) && !is_same(1.0, f64::INFINITY));
    }

    #[test]
    fn what_is_not_finite_is_compared() {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        let one = |value, by| evaluation(value, &[by]);
        // Nowhere: gradients are not looked at.
        for nowhere in [NAN, -INF] {
            for other in [NAN, -INF] {
                assert!(agrees(&one(nowhere, 0.0), &one(other, NAN)));
                assert!(agrees(&one(nowhere, NAN), &one(other, 2.0)));
            }
            assert!(!agrees(&one(nowhere, 0.0), &one(1.0, 0.0)));
            assert!(!agrees(&one(1.0, 0.0), &one(nowhere, 0.0)));
            assert!(!agrees(&one(INF, 0.0), &one(nowhere, 0.0)));
        }
        assert!(agrees(&one(INF, 0.0), &one(INF, NAN)));
        assert!(!agrees(&one(INF, 0.0), &one(1e300, 0.0)));
        assert!(!agrees(&one(1e300, 0.0), &one(INF, 0.0)));
        // A derivative that the tape has must be one of the program's too, but not the other way round.
        for not_finite in [NAN, INF, -INF] {
            let expected = Difference { coordinate: Some(0), program: not_finite, run: 2.0 };
            match verdict(&one(1.0, not_finite), &one(1.0, 2.0)) {
                Verdict::Differ(found) => {
                    assert_eq!((found.coordinate, found.run), (expected.coordinate, expected.run));
                    assert!(!found.program.is_finite());
                }
                other => panic!("{other:?}"),
            }
            assert!(agrees(&one(1.0, 2.0), &one(1.0, not_finite)));
            assert!(agrees(&one(1.0, NAN), &one(1.0, not_finite)));
        }
    }

    #[test]
    fn numbers_agree_up_to_eight_digits() {
        let one = |value, by| evaluation(value, &[0.5, by]);
        assert_eq!(verdict(&one(1e3, 1.0), &one(1e3, 1.0)), Verdict::Agree(Rounding::default()));
        assert!(agrees(&one(1e3 + 9e-6, 1.0), &one(1e3, 1.0)));
        let value = Difference { coordinate: None, program: 1e3 + 2e-5, run: 1e3 };
        assert_eq!(verdict(&one(1e3 + 2e-5, 1.0), &one(1e3, 1.0)), Verdict::Differ(value));
        let derivative = Difference { coordinate: Some(1), program: 1.0 + 2e-8, run: 1.0 };
        assert_eq!(verdict(&one(1e3, 1.0 + 2e-8), &one(1e3, 1.0)), Verdict::Differ(derivative));
    }

    /// A function that moves by 1e-6 when its position moves by roundings is not known better than that.
    #[test]
    fn what_rounding_explains_is_no_difference() {
        let by_run = evaluation(1.0, &[2.0]);
        let verdict = |by_probe: f64, derivative: f64| {
            let run = |number: u64| Ok(evaluation(1.0, &[2.0 + by_probe * number as f64]));
            let program = evaluation(1.0, &[derivative]);
            compare(&program, &by_run, |_| program.clone(), run).unwrap()
        };
        let rounding = |by_probe: f64| match verdict(by_probe, 2.0 + 10.0 * by_probe) {
            Verdict::Agree(rounding) => rounding,
            other => panic!("explained by rounding: {other:?}"),
        };
        assert_eq!(rounding(1e-6).value, 0.0);
        // Relative to 2. What is far from noticeable is not measured more than once.
        assert!((rounding(1e-6).gradient - 5e-7).abs() < 1e-12, "the first probe: {:?}", rounding(1e-6));
        assert!((rounding(1e-4).gradient - 2e-4).abs() < 1e-12, "the last of four: {:?}", rounding(1e-4));
        let verdict = |derivative: f64| verdict(1e-6, derivative);
        assert!(matches!(verdict(2.1), Verdict::Differ(_)));
        assert!(matches!(verdict(f64::NAN), Verdict::Differ(_)));
    }

    /// Where a rounding crosses the edge of the domain, either engine may be beyond it.
    #[test]
    fn an_edge_that_rounding_crosses_is_no_difference() {
        let (inside, outside) = (evaluation(1.0, &[2.0]), evaluation(f64::NAN, &[f64::NAN]));
        let crossing = |number: u64| if number == 3 { outside.clone() } else { inside.clone() };
        let verdict = compare(&outside, &inside, |_| outside.clone(), |number| Ok(crossing(number)));
        assert!(matches!(verdict, Ok(Verdict::Agree(_))), "by the run: {verdict:?}");
        let verdict = compare(&outside, &inside, crossing_to(&inside, 20), |_| Ok(inside.clone()));
        assert!(matches!(verdict, Ok(Verdict::Agree(_))), "by the program: {verdict:?}");
        let verdict = compare(&outside, &inside, |_| outside.clone(), |_| Ok(inside.clone()));
        assert!(matches!(verdict, Ok(Verdict::Differ(_))), "by neither: {verdict:?}");
    }

    fn crossing_to(inside: &Evaluation, at: u64) -> impl FnMut(u64) -> Evaluation {
        let inside = inside.clone();
        move |number| if number == at { inside.clone() } else { evaluation(f64::NAN, &[f64::NAN]) }
    }

    #[test]
    fn a_run_that_is_not_itself_is_impure() {
        let mut runs = 0.0;
        let verdict = compare(
            &evaluation(0.0, &[0.0]),
            &evaluation(1.0, &[0.0]),
            |_| panic!("the run decides"),
            |_| {
                runs += 1.0;
                Ok(evaluation(1.0 + runs, &[0.0]))
            },
        );
        assert_eq!(verdict.unwrap(), Verdict::Impure);
    }

    #[test]
    fn positions_differ_and_reach_the_tails() {
        for position in &POSITIONS {
            let coordinates = position.coordinates(1000);
            let sizes: Vec<f64> = coordinates.iter().map(|x| x.abs()).collect();
            assert!(sizes.iter().all(|size| (position.smallest..=position.largest).contains(size)));
            let furthest = sizes.iter().fold(0.0, |largest: f64, &size| largest.max(size));
            assert!(furthest > 0.99 * position.largest, "{furthest}");
            let negative = coordinates.iter().filter(|&&x| x < 0.0).count();
            assert!((400..600).contains(&negative), "{negative}");
            assert_eq!(position.coordinates(3), coordinates[..3]);
        }
        for run_size in [0, LARGE_RUN - 1, LARGE_RUN, usize::MAX] {
            let positions = positions(run_size);
            let in_tails = positions.iter().filter(|position| position.is_in_tail()).count();
            let each = if run_size < LARGE_RUN { 2 } else { 1 };
            assert_eq!((in_tails, positions.len()), (each, 2 * each), "{run_size}");
        }
        assert_eq!(moved(&[0.5, -3.0], 0), [0.5, -3.0]);
        for number in 1..=PROGRAM_PROBES {
            let moved = moved(&[0.5, -3.0], number);
            let by = [(moved[0] - 0.5).abs(), (moved[1] + 3.0).abs() / 3.0];
            assert!(by.iter().all(|&by| by > 0.0 && by <= 257.0 * f64::EPSILON), "{by:?}");
        }
    }
}
