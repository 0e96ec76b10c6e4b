//! Programs against the tape, and what makes a function dynamic.

use std::sync::Arc;

use super::{Obstacle, Place, Program, Recorded, record, record_hessian, record_with_draws};
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{
    Bernoulli, Beta, Dirichlet, Distribution, Gamma, InverseGamma, Normal, StudentT, TruncatedNormal, Uniform,
};
use crate::effect::subsample;
use crate::random::{Key, Rng};
use crate::special::trigamma;
pub(crate) use crate::testing::engines::{assert_draws_at_are_tape, assert_program_is_tape};
use crate::{Error, PlateIndex, Result, Shape, Tensor, grad};

/// The operations of the program of a function of these scalars.
pub(crate) fn program_text(scalars: &[Tensor], function: impl Fn(&[Tensor]) -> Result<Tensor>) -> String {
    let point: Vec<f64> = scalars.iter().flat_map(Tensor::to_vec).collect();
    let split = |flat: &Tensor| (0..scalars.len()).map(|index| flat.get(index)).collect::<Vec<_>>();
    match record(&point, |flat| function(&split(flat))) {
        Ok(Recorded::Static(program)) => program.to_string(),
        other => panic!("{other:?}"),
    }
}

/// Checks that a program's gradient is finite and the tape's, to 1e-12 relative to each element, at positions where
/// products of derivatives are 0 · ∞.
#[track_caller]
fn assert_gradient_is_finite(what: &str, positions: &[f64], function: impl Fn(&Tensor) -> Tensor) {
    let mut program = program(&[0.3], |x| Ok(function(x)));
    for &position in positions {
        let mut gradient = [0.0];
        let value = program.value_and_gradient(&[position], &mut gradient);
        let (expected, by_tape) = grad(|x| function(&x[0]), &[Tensor::from([position])]).unwrap();
        let by_tape = by_tape[0].to_vec()[0];
        assert!(expected.is_finite() && by_tape.is_finite(), "{what} at {position}: by the tape {expected}, {by_tape}");
        for (got, expected) in [(value, expected), (gradient[0], by_tape)] {
            assert!(
                (got - expected).abs() <= 1e-12 * expected.abs(),
                "{what} at {position}: {got}, by the tape {expected}"
            );
        }
    }
}

#[test]
fn an_adjoint_of_zero_stays_zero() {
    let scales = Tensor::from([0.01, 0.02, 100.0]);
    assert_gradient_is_finite("an element that is not used", &[7.0, 7.5, 300.0], |x| {
        (x * &scales).exp().log1p().take(0, &[0_usize, 1]).sum()
    });
    assert_gradient_is_finite("a function that saturates", &[-740.0, -745.0, -800.0, 800.0], |x| {
        (1.0 + (-x).exp()).recip().sum()
    });
    // λ = 0 from where the state is cut off, and a step whose derivative overflows there.
    assert_gradient_is_finite("a recurrence", &[-6.995, -5.0, 0.5], |r| {
        let r = r.get(0);
        let mut n = Tensor::from(0.5);
        for _ in 0..20 {
            n = &n + &r * &n * (1.0 - &n / 3.0);
        }
        n.clamp(-1e3, 1e3).sigmoid()
    });
    // The states beyond the first overflow, and are not used.
    assert_gradient_is_finite("a linear recurrence", &[400.0, 2.0], |x| {
        let factor = x.get(0).exp();
        let (mut state, mut states) = (Tensor::from(0.5), Vec::new());
        for t in 0..20 {
            state = &factor * &state + f64::from(t);
            states.push(state.clone());
        }
        Tensor::stack(&states, 0).slice(0, 0..1).sum()
    });
    assert_gradient_is_finite("a quotient", &[800.0, 750.0, -2.0], |x| {
        let large = x.exp();
        Tensor::select(x.greater(700.0), 0.0 * x, x / &large).sum() + (1.0 / large).sum()
    });
}

/// Σ ln(1 + exp(s x)) has the second derivative Σ s² σ(s x) σ(−s x); an overflowing term that is not used adds nothing.
#[test]
fn a_hessian_is_finite_where_a_term_that_is_not_used_overflows() {
    let scales = Tensor::from([0.01, 0.02, 100.0]);
    let function = |x: &Tensor| Ok((x * &scales).exp().log1p().take(0, &[0_usize, 1]).sum());
    let Recorded::Static(mut hessian) = record_hessian(&[0.3], function).unwrap() else { panic!("nothing is read") };
    for position in [7.5, 300.0] {
        let mut product = [0.0];
        let value = hessian.product(&[position], &[2.0], &mut product);
        let curvature = |s: f64| s * s * (s * position).exp() / ((s * position).exp() + 1.0).powi(2);
        let expected = 2.0 * (curvature(0.01) + curvature(0.02));
        assert!(value.is_finite());
        assert!((product[0] - expected).abs() <= 1e-12 * expected, "{product:?} at {position}, not {expected}");
    }
}

#[test]
fn derivatives_at_an_edge_are_zero() {
    let data = Tensor::from([0.0, 4.0, 9.0]);
    assert_gradient_is_finite("a root", &[1.0, 2.0], |x| (x * &data).sqrt().sum());
    assert_gradient_is_finite("a power", &[1.0, 2.0], |x| (x * &data).powf(0.3).sum());
    assert_gradient_is_finite("a power of a tensor", &[0.4, 0.5], |x| data.pow(x).sum() + (x * &data).pow(0.5).sum());
    assert_gradient_is_finite("a norm", &[0.0, 1.0], |x| (x.square() + (2.0 * x).square()).sqrt().sum());
}

/// The program of a function that is static.
#[track_caller]
pub(crate) fn program(point: &[f64], function: impl FnOnce(&Tensor) -> Result<Tensor>) -> Program {
    match record(point, function).unwrap() {
        Recorded::Static(program) => *program,
        Recorded::Dynamic(obstacle) => panic!("{obstacle}"),
    }
}

#[test]
fn common_subexpressions_are_computed_once() {
    let twice = program(&[0.5, 1.0], |x| Ok((x.exp() * x.exp()).sum()));
    let once = program(&[0.5, 1.0], |x| {
        let y = x.exp();
        Ok((&y * &y).sum())
    });
    assert_eq!(twice.len(), once.len());
}

#[test]
fn checks_that_change_nothing_are_left_out() {
    let check = |density: fn(&Tensor) -> Tensor| {
        move |x: &Tensor| {
            let scale = x.exp();
            let is_inside = scale.less(f64::INFINITY);
            // As distributions do it: a harmless number where the density is not used.
            let density = density(&Tensor::select(&is_inside, &scale, 1.0));
            Ok(Tensor::select(&is_inside, &density, f64::NEG_INFINITY).sum())
        }
    };
    let is_checked = |density: fn(&Tensor) -> Tensor| {
        let function = check(density);
        assert_program_is_tape("in and beyond", &[Tensor::from([0.3, -0.7, 800.5])], |x| function(&x[0]));
        assert_program_is_tape("in", &[Tensor::from([0.3, -0.7])], |x| function(&x[0]));
        program(&[0.5, 0.2], function).to_string().contains("less")
    };
    assert!(!is_checked(|scale| -scale.square().log1p()));
    // Beyond, the gradient is not 0; or ∞ − ∞ is no number, which only the check hides; or 1 − 1 / s is 1.
    assert!(is_checked(|scale| -scale.square() * 0.5));
    assert!(is_checked(|scale| scale.ln() - scale));
    assert!(is_checked(|scale| 1.0 - scale.recip()));
}

#[test]
fn elements_on_lines_of_their_own_are_where_they_are() {
    let matrix = Tensor::linspace(-1.0, 1.5, 15).reshape([5, 3]);
    let function = |x: &Tensor| {
        let y = x.exp();
        // The gradient by the product's five elements is filled up by zeros: those behind them are not to be.
        let joined = Tensor::concat(&[matrix.matmul(y.slice(0, 16..19)), y.slice(0, 2..9).tanh()], 0);
        let shifted = (y.slice(0, 3..11) * y.slice(0, 8..16)).sum();
        Ok(joined.tanh().square().sum() + shifted + (&y * x).sum() * (y.slice(0, 8..13) * y.slice(0, 16..21)).sum())
    };
    assert_program_is_tape("parts of an array", &[Tensor::linspace(-1.0, 1.0, 22)], |x| function(&x[0]));
}

/// Of so few elements that all of them may be in registers.
#[test]
fn the_first_elements_of_a_line_are_where_they_are() {
    let function = |x: &Tensor| {
        let y = x.exp();
        let first = y.slice(0, 0..5);
        let joined = Tensor::concat(&[&first * x.slice(0, 2..7), y.slice(0, 0..3).tanh()], 0);
        let product = (&first * first.square() * joined.slice(0, 0..5).tanh()).sum();
        Ok(product + joined.square().exp().sum().ln() + y.sum() * y.slice(0, 0..2).sum())
    };
    assert_program_is_tape("parts of a line", &[Tensor::linspace(-1.0, 1.0, 7)], |x| function(&x[0]));
}

#[test]
fn what_does_not_depend_on_the_input_is_a_constant() {
    let data = Tensor::linspace(0.0, 1.0, 100);
    let one = program(&[0.5], |x| Ok(x.sum() * data.exp().sum().ln()));
    let other = program(&[0.5], |x| Ok(x.sum() * 3.0));
    assert_eq!(one.len(), other.len());

    let mut constant = program(&[0.5], |_| Ok(Tensor::from(2.0)));
    let mut gradient = [7.0];
    assert!(constant.is_empty());
    assert_eq!((constant.value_and_gradient(&[1.0], &mut gradient), gradient), (2.0, [0.0]));
}

/// Along each axis of arrays that are done in one piece and in several, with lines of infinities and NaN among them.
#[test]
fn logsumexp_is_that_of_tensors_for_any_numbers() {
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    let special = [[-inf, -inf, -inf], [0.0, inf, -inf], [nan, 0.0, inf], [1e300, -1e300, 0.0], [-inf, 2.0, -800.0]];
    for (rows, columns) in [(2, 3), (5, 3), (3, 20), (40, 3), (3000, 3), (3, 3000), (100, 100)] {
        let size: usize = rows * columns;
        let mut point: Vec<f64> = (0..size).map(|k| 30.0 * (k as f64 * 1.7).sin()).collect();
        for axis in [0, 1] {
            for line in [None, Some(0), Some(1), Some(2), Some(3), Some(4)] {
                if let Some(line) = line {
                    point[..3].copy_from_slice(&special[line]);
                }
                let function = |x: &Tensor| x.reshape([rows, columns]).logsumexp_axis(axis);
                let expected = function(&Tensor::from(point.clone())).to_vec();
                let weights = Tensor::linspace(1.0, 2.0, expected.len());
                for (which, &expected) in expected.iter().enumerate().take(4) {
                    let mut program = program(&vec![0.0; size], |x| Ok((function(x) * &weights).get(which)));
                    let value = program.value_and_gradient(&point, &mut vec![0.0; size]);
                    let expected = expected * weights.get(which).item();
                    let is_same = value == expected || (value.is_nan() && expected.is_nan());
                    let is_close = (value - expected).abs() <= 1e-14 * expected.abs();
                    assert!(is_same || is_close, "{rows}×{columns}, axis {axis}, {line:?}: {value}, {expected}");
                }
            }
        }
    }
}

/// `count` members of a plate, as the macro draws them.
fn members(size: usize, count: usize, key: Key) -> PlateIndex {
    let (members, drawn) = subsample(size, count, &mut key.rng("plate", size as u64));
    PlateIndex::new("plate", size, members, drawn)
}

/// Checks that a function that draws is recorded, with these lines in the program, and that draws of the program are those
/// of runs: to 1e-10, relative to values above 1.
#[track_caller]
fn assert_draws_are_tape(dim: usize, lines: &[&str], function: impl Fn(&Tensor, Key) -> Result<Tensor>) {
    let point: Vec<f64> = (0..dim).map(|k| (k as f64 * 0.7).sin()).collect();
    assert_draws_at_are_tape("members", &point, lines, function);
}

/// Samplers and noise of one generator draw in the order of the run, wherever the program has them: the first sampler's
/// parameter is known late, the second's at once.
#[test]
fn a_generator_is_shared_in_order() {
    let lines = ["= noise<0>", "= sample_gamma<0>(", "= sample<1>(", "= sample_beta<2>(", "= derivatives_sample_beta("];
    assert_draws_at_are_tape("one generator", &[0.3, 1.2, 2.5], &lines, |x, key| {
        let rng = &mut key.rng("x", 0);
        let [a, b, c] = [0, 1, 2].map(|place| x.get(place));
        let normal = Normal::new(&a, 1.0)?.sample(rng, &Shape::from(3))?;
        let gamma = Gamma::new((&normal * &b).exp().sum(), &b)?.sample(rng, &Shape::from(2))?;
        let uniform = Uniform::new(0.0, &c)?.sample(rng, &Shape::SCALAR)?;
        let beta = Beta::new(&c, 2.0)?.sample(rng, &Shape::from([2, 5]))?;
        let last = Normal::new(&a, &b)?.sample(rng, &Shape::SCALAR)?;
        let other = Gamma::new(&a, 1.0)?.sample(&mut key.rng("y", 0), &Shape::SCALAR)?;
        Ok(normal.sum() * gamma.ln().sum() + beta.square().sum() * uniform + other * last)
    });
}

/// Of a draw that nothing needs, the generator must know all the same.
#[test]
fn draws_that_are_not_needed_are_made() {
    assert_draws_at_are_tape("an unused draw", &[1.3, 0.4], &["sample_gamma<0>", "sample_gamma<1>"], |x, key| {
        let rng = &mut key.rng("x", 0);
        Gamma::new(x.get(0), 1.0)?.sample(rng, &Shape::from(4))?;
        Ok(Gamma::new(x.get(1), 1.0)?.sample(rng, &Shape::SCALAR)?.square())
    });
}

/// Constant parameters have no gradient, and draw anew too.
#[test]
fn draws_by_constants_are_made_anew() {
    assert_draws_at_are_tape("constants", &[1.3], &["sample_dirichlet"; 0], |x, key| {
        let weights = Dirichlet::new([0.4, 2.0, 1.5])?.sample(&mut key.rng("weights", 0), &Shape::from(2))?;
        let scale = StudentT::new(3.0, 0.0, 1.0)?.sample(&mut key.rng("scale", 0), &Shape::SCALAR)?;
        Ok((weights.ln() * x).sum() + (scale * x.get(0)).exp())
    });
}

/// m + m · r is one instruction, which needs m in two places for the last time: two others would be given its block.
#[test]
fn an_operand_in_two_places_ends_once() {
    assert_draws_at_are_tape("m + m r", &[0.4], &["multiply_add(v7, v13, v7)"], |x, key| {
        let noise = standard_normal(&mut key.rng("noise", 0), Shape::from(3));
        let sign = Tensor::select(noise.less(0.0), -1.0, 1.0);
        let magnitude = &noise * &sign;
        let root = (noise.log1p_square() * 0.5).exp();
        let w = (&magnitude + &magnitude * (&magnitude / (root + 1.0))).log1p() * sign + x.get(0);
        Ok(((w.expm1() - (-w).expm1()) * Tensor::from([1.0, 1.5, 2.0])).sum())
    });
}

/// In a loop of the user's, where each step's parameter depends on the draw before.
#[test]
fn draws_in_a_loop_are_those_of_its_steps() {
    assert_draws_at_are_tape("a loop", &[1.3, 0.7], &["sample_gamma<24>"], |x, key| {
        let mut state = x.get(0);
        let mut sum = Tensor::from(0.0);
        for step in 0..25 {
            let name = format!("state{step}");
            state = Gamma::new(&state * 0.5 + x.get(1), 1.5)?.sample(&mut key.rng(&name, 0), &Shape::SCALAR)?;
            sum += Gamma::new(2.0, x.get(1))?.log_prob(&state)?;
        }
        Ok(sum + state)
    });
}

/// The mean gradient of ln z over draws of a program against d E[ln z], in trigamma functions: at four standard errors, a
/// false-alarm rate of 6e-5 for each of the nine numbers, were the seed not fixed.
#[test]
fn mean_gradients_are_those_of_expectations() {
    const DRAWS: u64 = 4000;

    #[track_caller]
    fn check(point: &[f64], expected: &[f64], function: impl Fn(&Tensor, &mut Rng) -> Result<Tensor>) {
        let recorded = record_with_draws(point, |x| Ok(function(x, &mut Key::new(7).rng("z", 0))?.ln().sum()));
        let Ok(Recorded::Static(mut program)) = recorded else { panic!("nothing is read") };
        let mut gradients = vec![Vec::new(); point.len()];
        let mut gradient = vec![0.0; point.len()];
        for draw in 0..DRAWS {
            program.draw(draw);
            program.value_and_gradient(point, &mut gradient);
            gradients.iter_mut().zip(&gradient).for_each(|(all, own)| all.push(*own));
        }
        for (all, expected) in gradients.iter().zip(expected) {
            let mean = all.iter().sum::<f64>() / DRAWS as f64;
            let variance = all.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (DRAWS - 1) as f64;
            let error = (variance / DRAWS as f64).sqrt();
            assert!((mean - expected).abs() <= 4.0 * error + 1e-12, "{mean} ± {error}, expected {expected}");
            assert!(error < 0.1 * expected.abs(), "the test has no power: {mean} ± {error}");
        }
    }

    check(&[0.7, 2.0], &[trigamma(0.7), -0.5], |x, rng| Gamma::new(x.get(0), x.get(1))?.sample(rng, &Shape::SCALAR));
    let by_beta = [trigamma(0.6) - trigamma(2.6), -trigamma(2.6)];
    check(&[0.6, 2.0], &by_beta, |x, rng| Beta::new(x.get(0), x.get(1))?.sample(rng, &Shape::SCALAR));
    let total = 3.0 * trigamma(6.0);
    let by_dirichlet = [0.5, 2.0, 3.5].map(|own| trigamma(own) - total);
    check(&[0.5, 2.0, 3.5], &by_dirichlet, |x, rng| Dirichlet::new(x)?.sample(rng, &Shape::SCALAR));
    // E[ln x] = ln(scale) − ψ(concentration).
    let by_inverse_gamma = [-trigamma(3.0), 0.5];
    check(&[3.0, 2.0], &by_inverse_gamma, |x, rng| InverseGamma::new(x.get(0), x.get(1))?.sample(rng, &Shape::SCALAR));
}

/// Discrete draws have no gradient: they are an obstacle as before.
#[test]
fn discrete_draws_are_no_program() {
    let recorded = record_with_draws(&[0.4], |x| {
        let draw = Bernoulli::new(x.get(0))?.sample(&mut Key::new(0).rng("x", 0), &Shape::SCALAR)?;
        Ok(draw * x.get(0))
    });
    assert!(matches!(recorded, Ok(Recorded::Dynamic(Obstacle::Read { .. }))), "{recorded:?}");
}

/// A draw whose parameters allow none is NaN, in programs as well.
#[test]
fn draws_outside_of_the_domain_are_no_numbers() {
    let draw = |x: &Tensor| -> Result<Tensor> {
        let [a, b] = [0, 1].map(|place| x.get(place));
        let rng = |name| Key::new(0).rng(name, 0);
        let gamma = Gamma::new(&a, 1.0)?.sample(&mut rng("gamma"), &Shape::SCALAR)?;
        let beta = Beta::new(&a, &b)?.sample(&mut rng("beta"), &Shape::SCALAR)?;
        let truncated = TruncatedNormal::new(0.0, 1.0, -&a, &b)?.sample(&mut rng("truncated"), &Shape::SCALAR)?;
        Ok(Tensor::stack(&[gamma, beta, truncated], 0))
    };
    for which in 0..3 {
        let recorded = record_with_draws(&[1.0, 2.0], |x| Ok(draw(x)?.get(which))).unwrap();
        let Recorded::Static(mut program) = recorded else { panic!("nothing is read") };
        let mut gradient = [0.0; 2];
        assert!(program.value_and_gradient(&[1.0, 2.0], &mut gradient).is_finite());
        assert!(program.value_and_gradient(&[-3.0, 2.0], &mut gradient).is_nan(), "draw {which}");
        assert!(program.value_and_gradient(&[f64::NAN, 2.0], &mut gradient).is_nan(), "draw {which}");
    }
}

/// Parts of a tensor along each of its axes, alone and in a loop: there those of all steps but the first at once.
#[test]
fn members_are_drawn_anew() {
    const SHAPE: [usize; 3] = [4, 5, 3];
    let data = Tensor::linspace(-1.0, 2.0, 60).reshape(SHAPE);
    let lines = ["[24] = take<2 of 5>", "[38] = take<2 of 5>", "[95] = put_add<2 of 5>"];
    assert_draws_are_tape(60, &lines, |flat, key| {
        let x = flat.reshape(SHAPE);
        let mut sum = Tensor::from(0.0);
        for (axis, size) in SHAPE.into_iter().enumerate() {
            let members = members(size, axis + 1, key);
            let parts = [&x, &data].map(|source| source.take(axis as isize, &members));
            sum += (parts[0].square() * &parts[1]).sum();
            let mut state = parts[0].mean();
            for step in 0..20 {
                state = (&state * flat.get(step) + 0.1).tanh();
                sum += (&state * Tensor::linspace(0.0, 1.0, size)).take(0, &members).square().sum();
            }
        }
        Ok(sum)
    });
}

/// Members of the state, which the next one depends on: its gradient is a linear system.
#[test]
fn members_of_a_state_are_drawn_anew() {
    let lines = ["= recurrence<18 steps>", "    v4[2] = take<2 of 3>", "linear_system_from_end<3"];
    assert_draws_are_tape(23, &lines, |x, key| {
        let members = members(3, 2, key);
        let mut state = x.slice(0, 20..23);
        for step in 0..20 {
            let part = state.take(0, &members).sum();
            state = (&state * 0.5 + part * x.get(step)).tanh();
        }
        Ok(state.square().sum())
    });
}

#[test]
fn members_that_leak_into_another_recording_are_an_error() {
    let mut kept = None;
    let draw = |x: &Tensor| {
        let members = members(3, 2, Key::new(1));
        kept = Some(members.clone());
        Ok(x.take(0, &members).sum())
    };
    assert!(matches!(record_with_draws(&[0.5, 1.0, 2.0], draw), Ok(Recorded::Static(_))));
    let members = kept.unwrap();
    // Where nothing is recorded they are numbers.
    assert_eq!(Tensor::arange(3).take(0, &members).to_vec(), members.iter().map(|&k| k as f64).collect::<Vec<_>>());
    let again = record_with_draws(&[0.5, 1.0, 2.0], |x| Ok(x.try_take(0, &members)?.sum()));
    assert!(matches!(again, Err(Error::Recording { .. })), "{again:?}");
}

#[test]
fn a_detached_value_moves_but_has_no_gradient() {
    let mut program = program(&[0.5], |x| Ok((x.detach() * x).sum()));
    let mut gradient = [0.0];
    assert_eq!(program.value_and_gradient(&[3.0], &mut gradient), 9.0);
    assert_eq!(gradient, [3.0]);
}

/// Each way of reading a value, and the line that is reported.
#[test]
fn reading_a_value_makes_a_function_dynamic() {
    type Reader = fn(&Tensor) -> (Tensor, u32);
    let readers: [Reader; 8] = [
        |x| (if x.get(0).item() > 0.0 { x.sum() } else { -x.sum() }, line!()),
        |x| (if x.get(0) > 0.0 { x.sum() } else { -x.sum() }, line!()),
        |x| (if x.get(0) < x.get(1) { x.sum() } else { -x.sum() }, line!()),
        |x| (if x.get(0) == 0.25 { x.sum() } else { -x.sum() }, line!()),
        |x| (x.sum() * x.to_vec()[0], line!()),
        |x| (x.get(x.get(0).item() as isize as usize), line!()),
        |x| (x.sum() * x.to_array()[[1]], line!()),
        |x| (x.sum() * Tensor::from(x.get(0).try_item().unwrap()), line!()),
    ];
    for (number, reader) in readers.into_iter().enumerate() {
        let mut expected = 0;
        let recorded = record(&[0.25, 0.5], |x| {
            let (value, line) = reader(x);
            expected = line;
            Ok(value)
        });
        let Recorded::Dynamic(Obstacle::Read { place: Place::Line(location), .. }) = recorded.unwrap() else {
            panic!("reader {number} is dynamic, and its line known")
        };
        assert_eq!((location.file(), location.line()), (file!(), expected), "reader {number}");
    }
    let shown = record(&[0.25], |x| Ok(x.sum() * x.to_string().len() as f64)).unwrap();
    assert!(
        matches!(shown, Recorded::Dynamic(Obstacle::Format { place: Place::BeforeSites })),
        "formatting reads the elements"
    );
}

#[test]
fn a_value_that_leaks_into_another_recording_is_an_error() {
    let mut kept = None;
    record(&[0.5], |x| {
        kept = Some(x.exp());
        Ok(x.sum())
    })
    .unwrap();
    let kept = kept.unwrap();
    // Outside of recordings it is the number that it was.
    assert!((kept.get(0).item() - 0.5_f64.exp()).abs() < 1e-15);
    let error = record(&[0.5], |x| x.try_mul(&kept)?.try_sum()).err();
    let message = error.map(|error| error.to_string()).unwrap_or_default();
    assert!(message.contains("was kept and used in another recording"), "{message}");
    let error = record(&[0.5], |_| kept.try_sum()).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("was kept and used in another recording"), "{error}");
}

#[test]
fn a_value_on_another_thread_is_refused() {
    let message = record(&[0.5], |x| {
        let there = |use_it: fn(&Tensor)| {
            let outcome = std::thread::scope(|scope| scope.spawn(|| use_it(x)).join());
            *outcome.unwrap_err().downcast::<&str>().unwrap()
        };
        let messages = [there(|x| drop(x.exp())), there(|x| drop(x.to_vec()))];
        for message in messages {
            assert_eq!(message, "a tensor that another thread is recording was used on this one");
        }
        Ok(x.sum())
    });
    assert!(message.is_ok());
}

#[test]
fn recordings_do_not_nest() {
    let nested = record(&[0.5], |x| record(&[0.5], |y| Ok(y.sum())).map(|_| x.sum()));
    assert!(nested.is_err());
    let inside_grad = grad(|x| record(&[0.5], |y| Ok(y.sum())).map(|_| x[0].clone()), &[Tensor::from(1.0)]);
    assert!(inside_grad.is_err());
    // An error leaves no recording behind.
    assert!(matches!(record(&[0.5], |x| Ok(x.sum())), Ok(Recorded::Static(_))));
    let failed = record(&[0.5], |x| x.try_reshape([2, 2]));
    assert!(failed.is_err());
    assert!(matches!(record(&[0.5], |x| Ok(x.sum())), Ok(Recorded::Static(_))));
    assert!(record(&[0.5, 1.0], |x| Ok(x.clone())).is_err(), "the result is one number");
}

#[test]
fn a_program_prints_itself() {
    let data = Tensor::from([1.0, 2.0, 4.0]);
    let program = program(&[0.5, 0.0], |x| Ok((&data - x.get(0)).square().sum() + x.get(1).exp()));
    let lines = [
        "v1 = element<0>(position)",
        "v5 = element<1>(position)",
        "v6 = exp(v5)",
        "for 3 elements:",
        "    v3[3] = sub(data2[3], v1)",
        "    v4 = dot(v3, v3)",
        "    v9 = sum(v3)",
        "v7 = add(v4, v6)",
        "v10 = mul(-2, v9)",
        "value = v7",
        "gradient[0] += v10",
        "gradient[1] += v6",
    ];
    assert_eq!(program.to_string().lines().collect::<Vec<_>>(), lines);
}

/// The sum of ln(1 + exp(xᵢ v)) over the rows of a matrix, its gradient, and the vector: by the program, on one thread and on
/// two, and by the tape against plain loops. The elements of the matrix and of the vector are of the size of 1, so that sums of
/// n products differ by some n roundings.
#[track_caller]
fn assert_products_are_right(matrix: &Tensor) -> f64 {
    let [rows, columns] = [0, 1].map(|axis| matrix.shape()[axis]);
    let elements = matrix.to_vec();
    let vector: Vec<f64> = (0..columns).map(|column| (column as f64).cos() / 4.0).collect();
    let products: Vec<f64> =
        elements.chunks(columns).map(|row| row.iter().zip(&vector).map(|(a, b)| a * b).sum()).collect();
    let expected: f64 = products.iter().map(|x: &f64| x.exp().ln_1p()).sum();
    let mut by_vector = vec![0.0; columns];
    for (row, x) in elements.chunks(columns).zip(&products) {
        let sigmoid = 1.0 / (1.0 + (-x).exp());
        by_vector.iter_mut().zip(row).for_each(|(slot, element)| *slot += sigmoid * element);
    }

    let recorded = record(&vector, |v| Ok(matrix.matmul(v).softplus().sum())).unwrap();
    let Recorded::Static(mut program) = recorded else { panic!("nothing is read") };
    let owners = matrix.as_single().map_or_else(|| Arc::strong_count(&matrix.to_shared()) - 1, Arc::strong_count);
    assert!(owners > 1, "the program shares the elements");
    let on_tape = grad(|v| matrix.matmul(&v[0]).softplus().sum(), &[Tensor::from(vector.as_slice())]).unwrap();
    let tolerance = rows as f64 * 1e-14;
    for threads in [1, 2] {
        program.set_threads(threads);
        let mut gradient = vec![0.0; columns];
        let value = program.value_and_gradient(&vector, &mut gradient);
        for (value, gradient) in [(value, &gradient), (on_tape.0, &on_tape.1[0].to_vec())] {
            assert!((value - expected).abs() <= tolerance, "{rows} × {columns}: {value}, {expected}");
            for (column, (own, expected)) in gradient.iter().zip(&by_vector).enumerate() {
                assert!((own - expected).abs() <= tolerance, "{rows} × {columns}, {column}: {own}, {expected}");
            }
        }
    }
    expected
}

/// A large matrix is read where its tensor has it, with rows of any length, and with any number of rows beyond the last
/// eight: in double precision and in single. That moves each element by at most 2⁻²⁴ of its size, which is at most 1, and a
/// linear predictor by 2⁻²⁴ of Σ |vⱼ| at most, with |vⱼ| ≤ 1/4.
#[test]
fn large_matrices_stay_where_they_are() {
    for (rows, columns) in [(4096, 32), (4099, 33), (2048, 71), (1313, 100)] {
        let elements: Vec<f64> = (0..rows * columns).map(|place| (place as f64 * 0.37).sin()).collect();
        let matrix = Tensor::new(elements, [rows, columns]).unwrap();
        let value = assert_products_are_right(&matrix);
        let rounded = assert_products_are_right(&matrix.to_single_precision().unwrap());
        let tolerance = rows as f64 * columns as f64 / 4.0 * 0.5_f64.powi(24);
        assert!(value != rounded && (value - rounded).abs() <= tolerance, "{rows} × {columns}: {value}, {rounded}");
    }
}

/// Where an operation needs the elements in double precision, they are converted, and rows are reduced.
#[test]
fn a_matrix_in_single_precision_is_a_constant_like_others() {
    let (rows, columns) = (4200, 33);
    let elements: Vec<f64> = (0..rows * columns).map(|place| (place as f64 * 0.37).sin()).collect();
    let x = Tensor::new(elements, [rows, columns]).unwrap().to_single_precision().unwrap();
    let y = Tensor::linspace(-1.0, 3.0, rows);
    let positions = [Tensor::linspace(-0.5, 0.5, columns), Tensor::from([0.3])];
    let regression = |p: &[Tensor]| Ok(Normal::new(x.matmul(&p[0]), p[1].get(0).exp())?.log_prob(&y)?.sum());
    assert_program_is_tape("a regression", &positions, regression);
    let text = program_text(&[], |_| Ok(Tensor::from(0.0)));
    assert!(!text.contains("matvec"));
    let flat: Vec<f64> = positions.iter().flat_map(Tensor::to_vec).collect();
    let split = |v: &Tensor| [v.slice(0, 0..columns), v.slice(0, columns..columns + 1)];
    assert!(program(&flat, |v| regression(&split(v))).is_reduced);
    assert_program_is_tape("elements and sums", &positions, |p| {
        Ok((&x * &p[0]).exp().sum_axis(1).ln().sum() + x.get(7).dot(&p[0]) + x.transpose().matmul(&y).dot(&p[0]))
    });
}
