//! Sums of squares by fewer rows, against the rows.

use rand::RngExt;

use super::reduction::{two_product, two_sum};
use crate::prelude::*;
use crate::program::tests::{assert_program_is_tape, program};
use crate::program::{Program, Recorded, record_with_draws};
use crate::random::Rng;
use crate::tensor::grad;
use crate::{Result, Shape, Tensor};

fn rng(name: &str) -> Rng {
    Key::new(7).rng(name, 0)
}

fn normal(name: &str, shape: impl Into<Shape>) -> Tensor {
    Normal::new(0.0, 1.0).unwrap().sample(&mut rng(name), &shape.into()).unwrap()
}

/// The size of the largest array that is computed.
fn largest_array(program: &Program) -> usize {
    let computed = program.text.1.iter().flat_map(|stage| stage.nodes());
    computed.map(|&id| program.text.0.size(id)).max().unwrap_or(1)
}

const ROWS: usize = 60;

type Form = fn(&Tensor) -> Result<Tensor>;

/// How a model of three coefficients may be written: the function of a position (β, ln σ) that is its log density.
fn forms() -> Vec<(&'static str, Form)> {
    fn data() -> (Tensor, Tensor, Tensor) {
        (normal("x1", ROWS).greater(0.2), normal("x2", ROWS), 3.0 + normal("y", ROWS))
    }
    fn design() -> Tensor {
        let (x1, x2, _) = data();
        Tensor::stack(&[Tensor::ones(ROWS), x1, x2], 1)
    }
    fn log_density(mean: Tensor, position: &Tensor) -> Result<Tensor> {
        Ok(Normal::new(mean, position.get(3).exp())?.log_prob(&data().2)?.sum())
    }
    vec![
        ("sums of products", |v| {
            let (x1, x2, _) = data();
            log_density(v.get(0) + v.get(1) * x1 + v.get(2) * x2, v)
        }),
        ("a design matrix", |v| log_density(design().matmul(v.slice(0, 0..3)), v)),
        ("a transposed design matrix", |v| log_density(v.slice(0, 0..3).matmul(design().permute(&[1, 0])), v)),
        ("a row sum", |v| log_density((design() * v.slice(0, 0..3)).sum_axis(1), v)),
        ("a loop", |v| {
            let (x1, x2, y) = data();
            let mut sum = Tensor::from(0.0);
            for row in 0..ROWS {
                let mean = v.get(0) + v.get(1) * x1.get(row).item() + v.get(2) * x2.get(row).item();
                sum += Normal::new(mean, v.get(3).exp())?.log_prob(&y.get(row))?;
            }
            Ok(sum)
        }),
        ("a constructor by a design matrix", |v| {
            let (x1, x2, y) = data();
            let x = Tensor::stack(&[x1, x2], 1);
            Ok(Normal::identity_glm(x, v.get(0), v.slice(0, 1..3), v.get(3).exp())?.log_prob(&y)?.sum())
        }),
        ("scales of the rows", |v| {
            let (x1, x2, y) = data();
            let scale = (0.3 * normal("scale", ROWS)).exp();
            Ok(Normal::new(v.get(0) + v.get(1) * x1 - v.get(2) * x2, scale)?.log_prob(&y)?.sum())
        }),
        ("a scale times data", |v| {
            let (x1, x2, y) = data();
            let scale = v.get(3).exp() * (0.3 * normal("scale", ROWS)).exp();
            Ok(Normal::new(v.get(0) + v.get(1) * x1 - v.get(2) * x2, scale)?.log_prob(&y)?.sum())
        }),
        ("the root of a precision times data", |v| {
            let (x1, x2, y) = data();
            let root = (v.get(3).exp() * (0.3 * normal("scale", ROWS)).exp()).recip();
            Ok(-0.5 * ((v.get(0) + v.get(1) * x1 - v.get(2) * x2 - y) * root).square().sum())
        }),
        ("scales of groups times data", |v| {
            let level: Vec<usize> = (0..ROWS).map(|row| row * row % 3).collect();
            let scale = v.slice(0, 1..4).exp().take(0, &level) * (0.3 * normal("scale", ROWS)).exp();
            let z = (v.get(0) + v.get(2) * normal("x2", ROWS) - data().2) / scale;
            Ok(-0.5 * z.square().sum())
        }),
        ("weights", |v| {
            let (x1, x2, y) = data();
            let weights = normal("weights", ROWS).abs();
            Ok(-0.5 * (weights * (y - v.get(0) - v.get(1) * x1 * v.get(3) + v.get(2) * x2).square()).sum())
        }),
        ("scaled coefficients", |v| {
            let coefficients = v.get(3).exp() * v.slice(0, 0..3);
            log_density(v.get(2).sin() * design().matmul(coefficients), v)
        }),
        ("no constants", |v| Ok(-design().matmul(v.slice(0, 0..3)).square().sum())),
        ("logarithms of outcomes", |v| {
            let (x1, x2, y) = data();
            let loc = v.get(0) + v.get(1) * x1 + v.get(2) * x2;
            Ok(LogNormal::new(loc, v.get(3).exp())?.log_prob(&y.exp())?.sum())
        }),
        ("groups of a factor", |v| {
            let level: Vec<usize> = (0..ROWS).map(|row| row * row % 3).collect();
            log_density(v.slice(0, 0..3).take(0, &level) + v.get(1) * normal("x2", ROWS), v)
        }),
        ("scales of groups", |v| {
            let level: Vec<usize> = (0..ROWS).map(|row| row * row % 3).collect();
            let scale = v.slice(0, 1..4).exp().take(0, &level);
            Ok(Normal::new(v.get(0) + v.get(2) * normal("x2", ROWS), scale)?.log_prob(&data().2)?.sum())
        }),
        ("logarithmic scales of groups", |v| {
            let level: Vec<usize> = (0..ROWS).map(|row| row * row % 3).collect();
            let scale = v.slice(0, 1..4).take(0, &level).exp();
            Ok(Normal::new(v.get(0) + v.get(2) * normal("x2", ROWS), scale)?.log_prob(&data().2)?.sum())
        }),
        ("two factors", |v| {
            let [first, second] = [3, 2].map(|levels| (0..ROWS).map(|row| row * row % levels).collect::<Vec<_>>());
            log_density(v.slice(0, 0..3).take(0, &first) + v.slice(0, 1..3).take(0, &second), v)
        }),
        ("columns of outcomes", |v| {
            let x = Tensor::stack(&[Tensor::ones(ROWS), data().1], 1);
            let mean = x.matmul(v.reshape([2, 2]));
            let y = Tensor::stack(&[data().2, data().0], 1);
            Ok(Normal::new(mean, 2.0)?.log_prob(&y)?.sum())
        }),
        ("a mask", |v| {
            let (x1, x2, y) = data();
            let log_prob = Normal::new(v.get(0) + v.get(1) * x1 + v.get(2) * x2, v.get(3).exp())?.log_prob(&y)?;
            Ok(Tensor::select(normal("mask", ROWS).greater(-1.0), log_prob, 0.0).sum())
        }),
        ("a check of a parameter", |v| {
            let (x1, x2, y) = data();
            let log_prob = Normal::new(v.get(0) + v.get(1) * x1, v.get(3).abs())?.log_prob(&(y - v.get(2) * x2))?;
            Ok(Tensor::select(v.get(3).greater(0.0), log_prob, f64::NEG_INFINITY).sum())
        }),
        ("sums of sums", |v| {
            let (x1, x2, y) = data();
            let log_prob = Normal::new(v.get(0) + v.get(1) * x1 + v.get(2) * x2, v.get(3).exp())?.log_prob(&y)?;
            Ok(log_prob.reshape([ROWS / 5, 5]).sum_axis(1).sum())
        }),
        ("rows that are put elsewhere", |v| {
            let (x1, _, y) = data();
            let mean = (v.get(0) + v.get(1) * x1).flip(0).slice(0, 4..ROWS);
            Ok(Normal::new(mean, v.get(3).exp())?.log_prob(&y.slice(0, 4..ROWS))?.sum())
        }),
    ]
}

/// Value and gradient to 1e-10 of the tape's, and the Hessian to what differences tell; no array is as long as the rows.
#[test]
fn rows_that_are_affine_are_reduced_however_they_are_written() {
    for (what, function) in forms() {
        assert_program_is_tape(what, &[Tensor::from([0.3, -0.7, 1.2, 0.4])], |x| function(&x[0]));
        let program = program(&[0.3, -0.7, 1.2, 0.4], function);
        assert!(program.is_reduced, "{what}: {program}");
        assert!(largest_array(&program) <= 20, "{what}: {program}");
    }
}

fn assert_rows_are_kept(what: &str, rows: usize, function: impl Fn(&Tensor) -> Result<Tensor>) {
    let program = program(&[0.3, -0.7, 1.2, 0.4], function);
    assert!(!program.is_reduced && largest_array(&program) == rows, "{what}: {program}");
}

#[test]
fn rows_that_cannot_be_fewer_are_kept() {
    let (x, y) = (normal("x2", ROWS), normal("y", ROWS));
    let residuals = |v: &Tensor, x: &Tensor, y: &Tensor| y - v.get(0) - v.get(1) * x;
    let with = |tensor: &Tensor, number: f64| {
        let mut elements = tensor.to_vec();
        elements[5] = number;
        Tensor::from(elements)
    };
    for number in [f64::NAN, f64::INFINITY, 1e200] {
        assert_rows_are_kept("an outcome that has no square", ROWS, |v| {
            Ok(residuals(v, &x, &with(&y, number)).square().sum())
        });
        assert_rows_are_kept("a covariate that has no square", ROWS, |v| {
            Ok(residuals(v, &with(&x, number), &y).square().sum())
        });
    }
    assert_rows_are_kept("numbers whose squares vanish", ROWS, |v| {
        Ok((1e-200 * (&x * v.get(0) + v.get(1) * &y)).square().sum())
    });
    assert_rows_are_kept("rows that something else needs", ROWS, |v| {
        let residuals = residuals(v, &x, &y);
        Ok(residuals.square().sum() + residuals.tanh().sum())
    });
    assert_rows_are_kept("squares that something else needs", ROWS, |v| {
        let squares = residuals(v, &x, &y).square();
        Ok(squares.sum() + squares.log1p().sum())
    });
    assert_rows_are_kept("rows that are not affine", ROWS, |v| Ok((&y - (v.get(0) * &x).sin()).square().sum()));
    assert_rows_are_kept("negative weights", ROWS, |v| Ok((&x * residuals(v, &x, &y).square()).sum()));
    assert_rows_are_kept("a sum of something else", ROWS, |v| Ok(residuals(v, &x, &y).abs().sum()));
    assert_rows_are_kept("as many columns as rows", 16, |v| {
        let x = normal("square", [16, 14]);
        let coefficients = Tensor::concat(&vec![v.slice(0, 0..2); 7], 0);
        Ok((normal("y", 16) - x.matmul(coefficients.sin())).square().sum())
    });
    assert_rows_are_kept("few rows", 12, |v| Ok(residuals(v, &normal("x2", 12), &normal("y", 12)).square().sum()));
    assert_rows_are_kept("rows that all differ", ROWS, |v| Ok((v.get(0) + v.get(1) * &x).softplus().sum()));
    assert_rows_are_kept("a parameter for each row", ROWS, |v| {
        let z = Tensor::concat(&vec![v.clone(); ROWS / 4], 0).sin() * &x;
        Ok((&y - z.cumsum(0)).square().sum())
    });
}

/// A number as the sum of two, with some 32 digits (Hida, Li and Bailey 2001, "Algorithms for quad-double precision
/// floating point arithmetic").
#[derive(Clone, Copy, Debug)]
struct Exact(f64, f64);

impl Exact {
    fn plus(self, other: Self) -> Self {
        let (sum, error) = two_sum(self.0, other.0);
        let (sum, error) = two_sum(sum, error + self.1 + other.1);
        Self(sum, error)
    }

    fn times(self, other: Self) -> Self {
        let (product, error) = two_product(self.0, other.0);
        let (product, error) = two_sum(product, error + self.0 * other.1 + self.1 * other.0);
        Self(product, error)
    }
}

/// A least squares problem at a position.
struct Problem {
    what: &'static str,
    columns: Vec<Vec<f64>>,
    y: Vec<f64>,
    at: Vec<f64>,
    /// Whether the position is where rounding of the products alone is more than 1e-10 of the residuals.
    is_ill_posed: bool,
}

impl Problem {
    /// ½ Σ (y − x β)², its gradient, and what roundings of the terms make of each of these, relative to a rounding: |r| |x| |β|
    /// summed over the rows, and |x| |x| |β|.
    fn exact(&self) -> (f64, Vec<f64>, f64, Vec<f64>) {
        let (mut value, mut gradient) = (Exact(0.0, 0.0), vec![Exact(0.0, 0.0); self.at.len()]);
        let (mut of_value, mut of_gradient) = (0.0, vec![0.0; self.at.len()]);
        for (row, &y) in self.y.iter().enumerate() {
            let (mut residual, mut size) = (Exact(-y, 0.0), y.abs());
            for (column, &at) in self.columns.iter().zip(&self.at) {
                residual = residual.plus(Exact(column[row], 0.0).times(Exact(at, 0.0)));
                size += (column[row] * at).abs();
            }
            value = value.plus(residual.times(residual));
            of_value += size * residual.0.abs();
            for ((column, by), of) in self.columns.iter().zip(&mut gradient).zip(&mut of_gradient) {
                *by = by.plus(residual.times(Exact(column[row], 0.0)));
                *of += size * column[row].abs();
            }
        }
        (0.5 * value.0, gradient.iter().map(|by| by.0).collect(), of_value, of_gradient)
    }

    /// By a program of a design matrix, and by one of sums.
    fn programs(&self) -> [Program; 2] {
        let columns: Vec<Tensor> = self.columns.iter().map(|column| Tensor::from(column.clone())).collect();
        let (x, y) = (Tensor::stack(&columns, 1), Tensor::from(self.y.clone()));
        [
            program(&vec![0.1; self.at.len()], |b| Ok(0.5 * (&y - x.matmul(b)).square().sum())),
            program(&vec![0.1; self.at.len()], |b| {
                let terms = columns.iter().enumerate().map(|(k, column)| b.get(k) * column);
                Ok(0.5 * (&y - terms.sum::<Tensor>()).square().sum())
            }),
        ]
    }
}

fn problems() -> Vec<Problem> {
    let rows = 300;
    let noise = |name: &str| normal(name, rows).to_vec();
    let ones = vec![1.0; rows];
    let map = |x: &[f64], f: &dyn Fn(f64) -> f64| -> Vec<f64> { x.iter().map(|&x| f(x)).collect() };
    let (x, z, y) = (noise("x"), noise("z"), noise("y"));
    let nearly = |size: f64| -> Vec<f64> { x.iter().zip(&z).map(|(x, z)| x + size * z).collect() };
    let near = |b: &[f64]| b.iter().enumerate().map(|(k, b)| b * (1.0 + 1e-8 * k as f64)).collect::<Vec<_>>();
    let far = 1e6;
    let case = |what, columns, y: &[f64], at: &[f64]| Problem {
        what,
        columns,
        y: y.to_vec(),
        at: near(at),
        is_ill_posed: false,
    };
    let powers = |x: &[f64]| (0..7).map(|power| map(x, &|x| (x / 3.0).powi(power))).collect::<Vec<_>>();
    let dummy = map(&x, &|x| f64::from(u8::from(x > 0.0)));
    let other = map(&dummy, &|x| 1.0 - x);
    vec![
        case("well-posed", vec![ones.clone(), x.clone()], &y, &[0.1, -0.2]),
        case("far from the mode", vec![ones.clone(), x.clone()], &y, &[1e5, -2e7]),
        case(
            "columns of other sizes",
            vec![map(&x, &|x| 1e6 * x), ones.clone(), map(&z, &|z| 1e-6 * z)],
            &y,
            &[1e-6, 1.0, 1e6],
        ),
        case("nearly dependent columns", vec![x.clone(), nearly(1e-8)], &y, &[0.3, -0.2]),
        case("nearly dependent columns and a mean", vec![x.clone(), nearly(1e-8), ones.clone()], &y, &[0.3, 0.2, 0.1]),
        case("dependent columns", vec![x.clone(), map(&x, &|x| -2.0 * x), vec![0.0; rows]], &y, &[0.3, 0.2, 1.0]),
        case("a large mean", vec![ones.clone(), x.clone()], &map(&y, &|y| far + y), &[far + 0.05, 0.1]),
        case(
            "a large mean of two columns",
            vec![x.clone(), dummy.clone(), other.clone()],
            &map(&y, &|y| far + y),
            &[0.1, far, far],
        ),
        case("a mean twice", vec![dummy, other, ones.clone()], &y, &[0.1, -0.3, 0.2]),
        case("a covariate with a large mean", vec![map(&x, &|x| 1e4 + x), ones], &y, &[1.0, -1e4]),
        case("powers", powers(&x), &y, &[0.1, 0.2, -0.3, 0.4, -0.5, 0.6, 0.7]),
        Problem {
            is_ill_posed: true,
            ..case("along nearly dependent columns", vec![x.clone(), nearly(1e-8)], &y, &[1e7, -1e7])
        },
    ]
}

/// To 1e-10 of the exact value; of a gradient, to that of the size of its terms. Where rounding the products of the exact
/// coefficients makes more than that, to a few of these roundings.
#[test]
fn reduced_rows_are_as_good_as_the_rows() {
    for problem in problems() {
        let (value, gradient, of_value, of_gradient) = problem.exact();
        for mut program in problem.programs() {
            let what = problem.what;
            assert!(program.is_reduced && largest_array(&program) <= 7, "{what}: {program}");
            let mut got = vec![0.0; gradient.len()];
            let error = (program.value_and_gradient(&problem.at, &mut got) - value).abs();
            let rounding = 4.0 * f64::EPSILON * of_value;
            println!("{what}: {:e}, rounding {:e}", error / value, rounding / value);
            let tolerance = if problem.is_ill_posed { rounding } else { 1e-10 * value };
            assert!(error <= tolerance, "{what}: error {error} of {value}");
            let norm = value.sqrt();
            for (k, (got, expected)) in got.iter().zip(&gradient).enumerate() {
                let of_column = problem.columns[k].iter().map(|x| x * x).sum::<f64>().sqrt();
                let tolerance = 1e-10 * norm * of_column + 4.0 * f64::EPSILON * of_gradient[k];
                assert!((got - expected).abs() <= tolerance, "{what}: derivative {k} {got}, not {expected}");
            }
        }
    }
}

/// Positions that are not finite, or overflow, give what the tape gives. Where there is no density it is NaN or −∞, as it
/// comes: the logarithm of eˣ that underflows is −∞ on the tape and x in a program.
#[test]
fn far_positions_give_what_the_tape_gives() {
    let extremes = [f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e308, -1e308, 1e200, 0.5];
    for (what, function) in forms() {
        let mut program = program(&[0.3, -0.7, 1.2, 0.4], function);
        for element in 0..4 {
            for extreme in extremes {
                let mut position = vec![0.5, -0.25, 2.0, 0.1];
                position[element] = extreme;
                let mut gradient = vec![0.0; 4];
                let value = program.value_and_gradient(&position, &mut gradient);
                let (expected, by_tape) = grad(|x| function(&x[0]), &[Tensor::from(position.clone())]).unwrap();
                let is_same = |a: f64, b: f64| a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-10 * b.abs();
                let is_nowhere = |value: f64| value.is_nan() || value == f64::NEG_INFINITY;
                let is_same = is_same(value, expected) || (is_nowhere(value) && is_nowhere(expected));
                assert!(is_same, "{what} at {position:?}: {value}, by the tape {expected}");
                let is_defined = by_tape[0].to_vec().iter().all(|by| by.is_finite());
                assert!(
                    !expected.is_finite() || !is_defined || gradient.iter().all(|by| by.is_finite()),
                    "{what} at {position:?}: {gradient:?}"
                );
            }
        }
    }
}

/// Rows of groups of which some have no rows, one, or fewer than there are columns; intercepts and slopes.
#[test]
fn rows_of_groups_are_reduced() {
    const GROUPS: usize = 9;
    let sizes = [20, 0, 1, 2, 30, 3, 4, 0, 50];
    let group: Vec<usize> = sizes.iter().enumerate().flat_map(|(group, &size)| vec![group; size]).collect();
    // In any order.
    let group: Vec<usize> = (0..group.len()).map(|row| group[row * 7 % group.len()]).collect();
    let rows = group.len();
    let (x, y) = (normal("x", rows), 5.0 + normal("y", rows));
    let at = normal("at", 2 * GROUPS + 3);
    type Mean = fn(&Tensor, &[usize], &Tensor) -> Tensor;
    let intercepts: Mean = |v, group, x| {
        let alpha = v.get(0) + v.get(1).exp() * v.slice(0, 3..3 + GROUPS);
        alpha.take(0, group) + v.get(2) * x
    };
    let slopes: Mean = |v, group, x| v.get(0) + v.slice(0, 3..3 + GROUPS).take(0, group) * x + v.get(2) * x.square();
    let both: Mean = |v, group, x| {
        let [alpha, beta] = [3, 3 + GROUPS].map(|first| v.slice(0, first..first + GROUPS).take(0, group));
        alpha + beta * x + v.get(2) * x.square()
    };
    for (what, mean, left) in [("intercepts", intercepts, 7), ("slopes", slopes, 7), ("both", both, 7)] {
        let function = |v: &Tensor| Ok(Normal::new(mean(v, &group, &x), 1.5)?.log_prob(&y)?.sum());
        let by_group = program(&at.to_vec(), function);
        assert!(by_group.is_reduced && largest_array(&by_group) <= left.max(GROUPS), "{what}: {by_group}");
        assert_program_is_tape(what, std::slice::from_ref(&at), |v| function(&v[0]));
    }
}

/// Sums over rows of few kinds are sums over the kinds, of whatever function.
#[test]
fn equal_rows_are_one() {
    let levels = |count: usize, step: usize| (0..ROWS).map(|row| row * row * step % count).collect::<Vec<_>>();
    let (first, second) = (levels(4, 1), levels(3, 2));
    let x = Tensor::from(second.iter().map(|&level| level as f64).collect::<Vec<_>>());
    let y = Tensor::from((0..ROWS).map(|row| (row % 3) as f64).collect::<Vec<_>>());
    let label = y.greater(0.5);
    type Function<'a> = Box<dyn Fn(&Tensor) -> Result<Tensor> + 'a>;
    let functions: Vec<(&str, Function<'_>)> = vec![
        (
            "a logistic regression on factors",
            Box::new(|v| Ok(Bernoulli::from_logits(v.take(0, &first) + v.get(1) * &x)?.log_prob(&label)?.sum())),
        ),
        (
            "a logistic regression by a design matrix",
            Box::new(|v| {
                let design = Tensor::stack(&[Tensor::ones(ROWS), x.clone(), x.square()], 1);
                Ok(Bernoulli::logit_glm(design, v.get(3), v.slice(0, 0..3))?.log_prob(&label)?.sum())
            }),
        ),
        (
            "by a transposed design matrix",
            Box::new(|v| {
                let design = Tensor::stack(&[Tensor::ones(ROWS), x.clone()], 0);
                Ok((v.slice(0, 0..2).matmul(design) * v.get(2)).softplus().sum())
            }),
        ),
        ("counts", Box::new(|v| Ok(Poisson::from_log_rate(v.get(0) + v.get(1) * &x)?.log_prob(&y)?.sum()))),
        (
            "a mask",
            Box::new(|v| {
                let log_prob = StudentT::new(3.0, v.take(0, &first), v.get(0).exp())?.log_prob(&y)?;
                Ok(Tensor::select(x.greater(0.5), log_prob, 0.0).sum())
            }),
        ),
        ("one kind", Box::new(|v| Ok((v.get(0) * Tensor::ones(ROWS) + v.get(1)).exp().sum()))),
        ("a square that is not affine", Box::new(|v| Ok((&y - (v.get(0) * &x).exp()).square().sum()))),
    ];
    let at = Tensor::from([0.3, -0.7, 1.2, 0.4]);
    for (what, function) in functions {
        let program = program(&at.to_vec(), &function);
        assert!(program.is_reduced && largest_array(&program) <= ROWS / 2, "{what}: {program}");
        assert_program_is_tape(what, std::slice::from_ref(&at), |v| function(&v[0]));
    }
}

/// Random rows with intercepts, slopes, covariates, factors, scales and weights: value and gradient to 1e-10 of the tape's,
/// the Hessian to what differences tell.
#[test]
fn random_regressions_are_the_tape() {
    let mut reduced = 0;
    let models = 200;
    for seed in 0..models {
        let mut rng = Key::new(seed).rng("model", 0);
        let mut below = |count: usize| (rng.random::<f64>() * count as f64) as usize;
        let (rows, columns, levels) = (16 + below(60), 1 + below(4), 2 + below(6));
        let [first, second] = [levels, 2].map(|levels| (0..rows).map(|_| below(levels)).collect::<Vec<_>>());
        let kinds: Vec<usize> = (0..1 + below(4)).map(|_| below(8)).collect();
        let (of_scale, of_weights) = (below(4), below(3));
        let named = |name: &str, shape: &[usize]| {
            let normal = Normal::new(0.0, 1.0).unwrap();
            normal.sample(&mut Key::new(seed).rng(name, 1), &Shape::from(shape)).unwrap()
        };
        let (x, z) = (named("x", &[rows, columns]), named("z", &[rows]));
        let y = 2.0 + named("y", &[rows]);
        let function = |v: &Tensor| {
            let (coefficients, effects) = (v.slice(0, 0..columns), v.slice(0, 4..4 + levels));
            let mut mean = Tensor::from(0.0);
            for kind in &kinds {
                mean += match kind {
                    0 => x.matmul(&coefficients),
                    1 => v.get(1) * &z + v.get(0),
                    2 => effects.take(0, &first),
                    3 => effects.take(0, &first) * &z,
                    4 => v.slice(0, 1..3).take(0, &second) * 0.5,
                    5 => (effects.tanh() * v.get(0).exp()).take(0, &first),
                    6 => (&z - v.get(2)) / 3.0,
                    _ => -(v.get(3) * &z).flip(0) * v.get(2),
                };
            }
            let scale = match of_scale {
                0 => v.get(3).exp(),
                1 => (0.2 * &z).exp(),
                2 => (0.3 * &effects).exp().take(0, &first),
                _ => Tensor::from(1.7),
            };
            let standardized = (&y - mean) / scale;
            Ok(match of_weights {
                0 => standardized.square().sum() * -0.5,
                1 => -(standardized.square() * z.abs()).sum(),
                _ => (standardized.square() * -0.5 - 1.3).sum(),
            })
        };
        let at = named("at", &[4 + levels]);
        assert_program_is_tape(&format!("model {seed}"), std::slice::from_ref(&at), |v| function(&v[0]));
        reduced += u64::from(program(&at.to_vec(), function).is_reduced);
    }
    println!("{reduced} of {models} are reduced");
    assert!(2 * reduced > models, "{reduced} of {models} are reduced");
}

/// Reparameterised draws are variables like others.
#[test]
fn rows_of_draws_are_reduced() {
    let (x, y) = (normal("x", ROWS), normal("y", ROWS));
    let key = Key::new(3);
    let function = |v: &Tensor, key: Key| {
        let slope = Normal::new(v.get(0), v.get(1).exp())?.sample(&mut key.rng("slope", 0), &Shape::SCALAR)?;
        Ok((&y - slope * &x).square().sum())
    };
    let Recorded::Static(mut program) = record_with_draws(&[0.3, 0.1], |v| function(v, key)).unwrap() else {
        panic!("a normal draw is noise")
    };
    assert!(program.is_reduced && largest_array(&program) == 1, "{program}");
    for number in [0, 1, 2] {
        program.draw(number);
        let mut gradient = [0.0; 2];
        let value = program.value_and_gradient(&[0.2, -0.4], &mut gradient);
        let at = [Tensor::from([0.2, -0.4])];
        let (expected, by_tape) = grad(|v| function(&v[0], key.draw(number)), &at).unwrap();
        assert!((value - expected).abs() <= 1e-12 * expected);
        for (got, expected) in gradient.iter().zip(by_tape[0].to_vec()) {
            assert!((got - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{got}, by the tape {expected}");
        }
    }
}
