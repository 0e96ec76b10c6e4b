//! The gradient of every primitive, in the patterns in which it can be used.
//!
//! The tables list each primitive once, in patterns that the compiler checks to be exhaustive: one that is added
//! without cases here does not compile.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::cumulative::{Cumulative, Family, Function};
use super::super::elementwise::{Binary, Comparison, Unary};
use super::super::fourier::{Transform, Waves};
use super::super::primitive::Primitive;
use super::super::*;
use super::finite_difference::{Case, Draw, deterministic};

/// A list with an entry a variant, which has all of them.
macro_rules! table {
    ($name:ident: $kind:ty => $entry:ty; $($variant:pat => $value:expr,)*) => {
        pub(super) fn $name() -> Vec<(&'static str, $entry)> {
            const _: fn(&$kind) = |variant| match variant { $($variant => {})* };
            vec![$((stringify!($variant), $value)),*]
        }
    };
}

type Intervals = &'static [(f64, f64)];
/// The public method, the primitive itself, and where it is differentiable.
type UnaryEntry = (fn(&Tensor) -> Tensor, Unary, Intervals);

table! { unary_functions: Unary => UnaryEntry;
    Unary::Neg => (|x| -x, Unary::Neg, &[(-3.0, 3.0)]),
    Unary::Exp => (Tensor::exp, Unary::Exp, &[(-3.0, 3.0)]),
    Unary::Expm1 => (Tensor::expm1, Unary::Expm1, &[(-3.0, 3.0), (-0.01, 0.01)]),
    Unary::Expm1x => (Tensor::expm1x, Unary::Expm1x, &[(-3.0, 3.0), (0.01, 0.02), (-0.02, -0.01)]),
    Unary::Ln => (Tensor::ln, Unary::Ln, &[(0.3, 50.0)]),
    Unary::Ln1p => (Tensor::log1p, Unary::Ln1p, &[(-0.7, 5.0), (-0.01, 0.01)]),
    Unary::Log1pSquare => (Tensor::log1p_square, Unary::Log1pSquare, &[(-5.0, 5.0), (-0.01, 0.01)]),
    Unary::Sqrt => (Tensor::sqrt, Unary::Sqrt, &[(0.3, 50.0)]),
    Unary::Square => (Tensor::square, Unary::Square, &[(-3.0, 3.0)]),
    Unary::Abs => (Tensor::abs, Unary::Abs, &[(-3.0, -0.1), (0.1, 3.0)]),
    Unary::Recip => (Tensor::recip, Unary::Recip, &[(-3.0, -0.4), (0.4, 3.0)]),
    Unary::Sin => (Tensor::sin, Unary::Sin, &[(-7.0, 7.0)]),
    Unary::Cos => (Tensor::cos, Unary::Cos, &[(-7.0, 7.0)]),
    Unary::Tan => (Tensor::tan, Unary::Tan, &[(-1.1, 1.1), (2.1, 4.1)]),
    Unary::Atan => (Tensor::atan, Unary::Atan, &[(-5.0, 5.0)]),
    Unary::Tanh => (Tensor::tanh, Unary::Tanh, &[(-5.0, 5.0)]),
    Unary::Sigmoid => (Tensor::sigmoid, Unary::Sigmoid, &[(-9.0, 9.0)]),
    Unary::Softplus => (Tensor::softplus, Unary::Softplus, &[(-40.0, 40.0), (-2.0, 2.0)]),
    Unary::Lgamma => (Tensor::lgamma, Unary::Lgamma, &[(0.3, 30.0), (-2.7, -2.3)]),
    Unary::Digamma => (Tensor::digamma, Unary::Digamma, &[(0.4, 30.0), (-2.6, -2.4)]),
    Unary::Erf => (Tensor::erf, Unary::Erf, &[(-3.0, 3.0)]),
    Unary::Erfc => (Tensor::erfc, Unary::Erfc, &[(-3.0, 3.0)]),
    Unary::LogNdtr => (Tensor::log_ndtr, Unary::LogNdtr, &[(-30.0, 5.0), (-2.0, 2.0)]),
    Unary::Ndtr => (Tensor::ndtr, Unary::Ndtr, &[(-5.0, 5.0)]),
    Unary::Ndtri => (Tensor::ndtri, Unary::Ndtri, &[(0.2, 0.8)]),
    Unary::Erfinv => (Tensor::erfinv, Unary::Erfinv, &[(-0.6, 0.6)]),
    Unary::LambertW0 => (Tensor::lambert_w0, Unary::LambertW0, &[(-0.2, 0.6), (2.0, 50.0)]),
    Unary::Sign => (Tensor::sign, Unary::Sign, &[(-3.0, -0.1), (0.1, 3.0)]),
    Unary::Floor => (Tensor::floor, Unary::Floor, &[(-1.9, -1.1), (0.1, 0.9), (7.1, 7.9)]),
    Unary::Polygamma(_) => (|x| x.polygamma(1), Unary::Polygamma(1), &[(0.4, 30.0)]),
    Unary::StirlingCorrection(_) => {
        (Tensor::stirling_correction, Unary::StirlingCorrection(0), &[(0.4, 30.0), (9.0, 11.0)])
    },
    Unary::Pow(_) => (|x| x.powf(1.7), Unary::Pow(1.7), &[(0.3, 3.0)]),
    Unary::LogScaledExponentialIntegral => {
        (Tensor::log_scaled_exponential_integral, Unary::LogScaledExponentialIntegral, &[(-5.0, -0.1), (0.1, 3.0)])
    },
    Unary::LogMillsRatio => (Tensor::log_mills_ratio, Unary::LogMillsRatio, &[(-5.0, -0.1), (0.1, 9.0)]),
    Unary::LogScaledBesselK(_) => (|x| x.log_scaled_bessel_k(1), Unary::LogScaledBesselK(1), &[(0.1, 9.0)]),
    Unary::LogBesselIe(_) => (|x| x.log_bessel_ie(1.5), Unary::LogBesselIe(1.5), &[(0.1, 9.0), (25.0, 50.0)]),
    Unary::BesselRatioComplement(_) => {
        (|x| x.bessel_ratio_complement(0.0), Unary::BesselRatioComplement(0.0), &[(0.1, 9.0), (25.0, 50.0)])
    },
}

/// The public method, the primitive itself, and the domains of its operands.
type BinaryEntry = (fn(&Tensor, &Tensor) -> Tensor, Binary, Domain);

#[derive(Clone, Copy)]
pub(super) enum Domain {
    Uniform(Intervals, Intervals),
    /// No two elements closer than 0.1, within an operand or between the two.
    Distinct,
}

const REAL: Intervals = &[(-2.0, 2.0)];
const POSITIVE: Intervals = &[(0.4, 3.0)];
const NONZERO: Intervals = &[(-3.0, -0.5), (0.5, 3.0)];

table! { binary_functions: Binary => BinaryEntry;
    Binary::Add => (|a, b| a + b, Binary::Add, Domain::Uniform(REAL, REAL)),
    Binary::Sub => (|a, b| a - b, Binary::Sub, Domain::Uniform(REAL, REAL)),
    Binary::Mul => (|a, b| a * b, Binary::Mul, Domain::Uniform(REAL, REAL)),
    Binary::Div => (|a, b| a / b, Binary::Div, Domain::Uniform(NONZERO, NONZERO)),
    Binary::Pow => (|a, b| a.pow(b), Binary::Pow, Domain::Uniform(POSITIVE, POSITIVE)),
    Binary::Maximum => (|a, b| a.maximum(b), Binary::Maximum, Domain::Distinct),
    Binary::Minimum => (|a, b| a.minimum(b), Binary::Minimum, Domain::Distinct),
    Binary::Xlogy => (|a, b| a.xlogy(b), Binary::Xlogy, Domain::Uniform(POSITIVE, POSITIVE)),
    Binary::Xlog1py => (|a, b| a.xlog1py(b), Binary::Xlog1py, Domain::Uniform(POSITIVE, POSITIVE)),
    Binary::Lbeta => (|a, b| a.lbeta(b), Binary::Lbeta, Domain::Uniform(POSITIVE, POSITIVE)),
    Binary::LogOwensTComplement => {
        (|a, b| a.log_owens_t_complement(b), Binary::LogOwensTComplement, Domain::Uniform(POSITIVE, POSITIVE))
    },
}

table! { comparisons: Comparison => fn(&Tensor, &Tensor) -> Tensor;
    Comparison::Greater => |a, b| a.greater(b),
    Comparison::GreaterEqual => |a, b| a.greater_equal(b),
    Comparison::Less => |a, b| a.less(b),
    Comparison::LessEqual => |a, b| a.less_equal(b),
    Comparison::Equal => |a, b| a.equal(b),
    Comparison::NotEqual => |a, b| a.not_equal(b),
}

table! { primitives: Primitive => fn(&Draw) -> Vec<Case>;
    Primitive::Unary(_) => unary,
    Primitive::Binary(_) => binary,
    Primitive::Compare(_) => compare,
    Primitive::Select => select,
    Primitive::Cumulative(_) => cumulative,
    Primitive::Reshape(_) => reshape,
    Primitive::BroadcastTo(_) => broadcast_to,
    Primitive::Permute(_) => permute,
    Primitive::Slice { .. } => slice,
    Primitive::Gather { .. } => gather,
    Primitive::Flip { .. } => |draw| along_each_axis(draw, "flip", Tensor::flip),
    Primitive::Diagonal => diagonal,
    Primitive::Concat { .. } => concat,
    Primitive::Sum { .. } => sum,
    Primitive::Max { .. } => |draw| extremum(draw, "max", Tensor::max, Tensor::max_axis),
    Primitive::Min { .. } => |draw| extremum(draw, "min", Tensor::min, Tensor::min_axis),
    Primitive::LogSumExp { .. } => |draw| extremum(draw, "logsumexp", Tensor::logsumexp, Tensor::logsumexp_axis),
    Primitive::CumSum { .. } => |draw| along_each_axis(draw, "cumsum", Tensor::cumsum),
    Primitive::MatMul => matmul,
    Primitive::Cholesky => cholesky,
    Primitive::TriangularSolve { .. } => triangular_solve,
    Primitive::LogAbsDeterminant => log_determinant,
    Primitive::InverseTranspose => inverse,
    Primitive::Transform(_) => transform,
    Primitive::SparseFactor(_) => sparse_factor,
    Primitive::SparseInverse(_) => sparse_inverse,
    Primitive::SparseSolve { .. } => sparse_solve,
}

proptest! {
    #![proptest_config(deterministic(64))]

    #[test]
    fn gradients_are_those_of_finite_differences(shape in vec(0_usize..4, 0..4), seed in any::<u64>()) {
        for (name, cases) in primitives() {
            for case in cases(&draw(name, &shape, seed)) {
                case.check();
            }
        }
    }
}

proptest! {
    #![proptest_config(deterministic(8))]

    #[test]
    fn gradients_at_the_largest_rank(shape in vec(1_usize..3, 6), seed in any::<u64>()) {
        for (name, cases) in primitives() {
            for case in cases(&draw(name, &shape, seed)) {
                case.check();
            }
        }
    }
}

/// A scalar is a number on the tape, without an array: its value and its gradient are those of an array of one element, but
/// for a few roundings where dfdx computes the array's value.
#[test]
fn scalars_are_differentiated_as_arrays_of_one_element() {
    let assert_near = |name: &str, number: f64, array: f64| {
        assert!(
            (number - array).abs() <= 4.0 * f64::EPSILON * array.abs(),
            "{name}: {number:e}, {array:e} of an array"
        );
    };
    let check = |name: &str, inputs: &[f64], function: &dyn Fn(&[Tensor]) -> Tensor| {
        let numbers: Vec<Tensor> = inputs.iter().map(|&x| Tensor::scalar(x)).collect();
        let arrays: Vec<Tensor> = inputs.iter().map(|&x| Tensor::from([x])).collect();
        let (number, by_numbers) = grad(function, &numbers).unwrap();
        let (array, by_arrays) = grad(function, &arrays).unwrap();
        assert_near(name, number, array);
        for (by_number, by_array) in by_numbers.iter().zip(&by_arrays) {
            assert_eq!(by_number.shape(), Shape::SCALAR);
            assert_near(name, by_number.item(), by_array.item());
        }
    };
    for share in [0.1, 0.45, 0.9] {
        let within = |(low, high): (f64, f64)| low + share * (high - low);
        for (name, (function, _, intervals)) in unary_functions() {
            for &interval in intervals {
                check(name, &[within(interval)], &|x| function(&x[0]).sum());
            }
        }
        for (name, (function, _, domain)) in binary_functions() {
            let (left, right) = match domain {
                Domain::Uniform(left, right) => (within(left[0]), within(right[0])),
                Domain::Distinct => (share, 0.5),
            };
            check(name, &[left, right], &|x| function(&x[0], &x[1]).sum());
            check(name, &[left], &|x| function(&x[0], &Tensor::scalar(right)).sum());
            check(name, &[right], &|x| function(&Tensor::scalar(left), &x[0]).sum());
            check(name, &[left], &|x| function(&x[0], &x[0]).sum());
        }
    }
    // With arrays, of which elements are taken, and in more than one place.
    let mixed = |x: &[Tensor]| {
        let array = x[0].reshape([]) * Tensor::from([1.0, 2.0, 3.0]) + x[1].reshape([]);
        let (first, last) = (array.get(0), array.get(2));
        let chosen = Tensor::select(first.greater(&last), &first, &last * &first);
        chosen.exp() * array.sum() + Tensor::stack(&[first, last], 0).logsumexp()
    };
    check("mixed", &[0.3, -0.7], &mixed);
    // What does not count has no effect: 0 · ∞ is 0.
    check("ln", &[0.0], &|x| Tensor::select(Tensor::scalar(0.0), x[0].reshape([]).ln(), x[0].reshape([]) * 2.0));
}

/// One element that was taken from an array is a number too: in every function of arrays its value and the gradients, its
/// own and that of what is beside it, are those of an array of one element.
#[test]
fn an_element_is_an_array_of_one_element() {
    type Function = fn(&Tensor, &Tensor) -> Tensor;
    let functions: [(&str, Function); 14] = [
        ("matrix to the right", |x, w| x.matmul(w.reshape([1, 3])).sin().sum()),
        ("matrix to the left", |x, w| w.reshape([3, 1]).matmul(x).sin().sum()),
        ("row times column", |x, w| x.reshape([1, 1]).matmul(w.reshape([1, 3])).sin().sum()),
        ("inner product", |x, w| x.matmul(w.slice(0, 1..2)).sin()),
        ("concat", |x, w| Tensor::concat(&[x.clone(), w.clone()], 0).sin().sum()),
        ("stack", |x, w| Tensor::stack(&[x.clone(), w.slice(0, 2..3)], 0).sin().sum()),
        ("take", |x, w| (x.take(0, &[0, 0, 0]) * w).sin().sum()),
        ("broadcast", |x, w| (x.broadcast_to([3]) * w).sin().sum()),
        ("sum of an axis", |x, w| (x.reshape([1, 1]).sum_axis(0) * w).sin().sum()),
        ("logsumexp", |x, w| x.logsumexp() * w.sum()),
        ("select", |x, w| Tensor::select(w.greater(0.0), x, w).sin().sum()),
        ("product of elements", |x, w| (x * w).sin().sum()),
        ("inverse", |x, w| x.reshape([1, 1]).inverse().reshape([]) * w.sum()),
        ("factor", |x, w| x.reshape([1, 1]).cholesky().reshape([]) * w.sum()),
    ];
    let weights = Tensor::from([0.5, -1.2, 0.8]);
    for (name, function) in functions {
        let (data, array) = (Tensor::from([0.7, -2.0]), Tensor::from([0.7]));
        let of_array = grad(|l: &[Tensor]| function(&l[0], &l[1]), &[array, weights.clone()]).unwrap();
        let of_element = grad(|l: &[Tensor]| function(&l[0].slice(0, 0..1), &l[1]), &[data.clone(), weights.clone()]);
        let (value, gradients) = of_element.unwrap();
        let of_constant = grad(|l: &[Tensor]| function(&data.slice(0, 0..1), &l[0]), std::slice::from_ref(&weights));
        let (constant, by_weights) = of_constant.unwrap();
        let near = |got: f64, want: f64| (got - want).abs() <= 4.0 * f64::EPSILON * want.abs();
        assert!(near(value, of_array.0) && near(constant, of_array.0), "{name}: {value}, {constant}, {}", of_array.0);
        assert!(near(gradients[0].to_vec()[0], of_array.1[0].to_vec()[0]), "{name}: by the element");
        assert_eq!(gradients[0].to_vec()[1], 0.0, "{name}");
        for (place, want) in of_array.1[1].to_vec().into_iter().enumerate() {
            assert!(near(gradients[1].to_vec()[place], want), "{name}: by number {place}");
            assert!(near(by_weights[0].to_vec()[place], want), "{name}: by number {place} beside a constant");
        }
    }
}

/// Inputs for one primitive, which do not depend on what other primitives there are.
pub(super) fn draw(name: &str, shape: &[usize], seed: u64) -> Draw {
    Draw::new(shape, name.bytes().fold(seed, |seed, byte| seed.rotate_left(7) ^ u64::from(byte)))
}

fn unary(draw: &Draw) -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, (function, op, intervals)) in unary_functions() {
        let x = draw.uniform(draw.shape, intervals);
        // The method is the primitive of that name, on the device and on plain numbers.
        let expected: Vec<f64> = x.to_vec().into_iter().map(|x| op.value(x)).collect();
        for (&y, &expected) in function(&x).to_vec().iter().zip(&expected) {
            assert!((y - expected).abs() <= 1e-14 * expected.abs(), "{name}: {y} {expected}");
        }
        cases.push(Case::new(name, vec![x], move |x| function(&x[0])));
    }
    for exponent in [-2.0, -0.5, 0.0, 1.0, 2.0, 3.0] {
        let x = draw.uniform(draw.shape, POSITIVE);
        cases.push(Case::new(format!("powf({exponent})"), vec![x], move |x| x[0].powf(exponent)));
    }
    for exponent in [-2.0, 0.0, 1.0, 2.0, 3.0] {
        let x = draw.uniform(draw.shape, &[(-3.0, -0.5)]);
        cases.push(Case::new(format!("powf({exponent}) below 0"), vec![x], move |x| x[0].powf(exponent)));
    }
    cases
}

fn binary(draw: &Draw) -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, (function, op, domain)) in binary_functions() {
        let (left_shape, right_shape) = (draw.narrowed(draw.shape), draw.narrowed(draw.shape));
        for (left_shape, right_shape) in [
            (left_shape, right_shape),
            (draw.shape, right_shape),
            (left_shape, draw.shape),
            (draw.shape, draw.shape),
            (Shape::SCALAR, draw.shape),
            (draw.shape, Shape::SCALAR),
            (Shape::SCALAR, Shape::SCALAR),
        ] {
            let (a, b) = match domain {
                Domain::Uniform(left, right) => (draw.uniform(left_shape, left), draw.uniform(right_shape, right)),
                Domain::Distinct => (draw.distinct(left_shape, 0.0), draw.distinct(right_shape, 0.1)),
            };
            let together =
                Tensor::zip_with([&a, &b], |[a, b]| op.value(a, b)).expect("the shapes broadcast by construction");
            assert_eq!(function(&a, &b), together, "{name}");
            cases.push(Case::new(format!("{name}, both"), vec![a.clone(), b.clone()], move |x| function(&x[0], &x[1])));
            // A constant operand: an array, or (where its shape is that of a scalar) a plain number.
            let constant = b.clone();
            cases.push(Case::new(format!("{name}, left"), vec![a.clone()], move |x| function(&x[0], &constant)));
            cases.push(Case::new(format!("{name}, right"), vec![b], move |x| function(&a, &x[0])));
        }
        let x = match domain {
            Domain::Uniform(_, intervals) => draw.uniform(draw.shape, intervals),
            Domain::Distinct => draw.distinct(draw.shape, 0.0),
        };
        cases.push(Case::new(format!("{name}, one tensor twice"), vec![x.clone()], move |x| function(&x[0], &x[0])));
        // The same memory under two labels; at size 1 also the same number of elements.
        cases.push(Case::new(format!("{name}, one tensor in two shapes"), vec![x], move |x| {
            let flat = x[0].reshape(x[0].size());
            function(&flat, &flat.unsqueeze(-1))
        }));
    }
    cases
}

fn compare(draw: &Draw) -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, function) in comparisons() {
        let (a, b) = (draw.distinct(draw.shape, 0.0), draw.distinct(draw.narrowed(draw.shape), 0.1));
        cases.push(Case::new(name, vec![a, b], move |x| function(&x[0], &x[1]) * &x[0]));
    }
    cases
}

fn select(draw: &Draw) -> Vec<Case> {
    let condition = draw.mask(draw.narrowed(draw.shape));
    let (a, b) = (draw.any(draw.narrowed(draw.shape)), draw.any(draw.narrowed(draw.shape)));
    let full = draw.any(draw.shape);
    let mask = draw.mask(draw.shape);
    let [c0, c1, c2, c3] = [condition.clone(), condition.clone(), condition.clone(), condition];
    let (a1, b1) = (a.clone(), b.clone());
    vec![
        Case::new("select, both", vec![a.clone(), b.clone()], move |x| Tensor::select(&c0, &x[0], &x[1])),
        Case::new("select, constant right", vec![a], move |x| Tensor::select(&c1, &x[0], &b1)),
        Case::new("select, constant left", vec![b], move |x| Tensor::select(&c2, &a1, &x[0])),
        Case::new("select, one tensor twice", vec![full.clone()], move |x| Tensor::select(&c3, &x[0], &x[0])),
        Case::new("select against a number", vec![full], move |x| Tensor::select(&mask, &x[0], 0.5)),
        // Its condition changes at 0.
        Case::new("select of numbers", vec![draw.uniform(draw.shape, NONZERO)], |x| {
            Tensor::select(x[0].greater(0.0), 2.0, 3.0) * &x[0]
        }),
    ]
}

fn cumulative(draw: &Draw) -> Vec<Case> {
    use Function::{Excess, LogDensity, LogLower, LogUpper, Lower, LowerQuantile, Upper, UpperQuantile};

    let mut cases = Vec::new();
    let families: [(Family, &[Intervals]); 7] = [
        (Family::Gamma, &[&[(0.4, 3.0), (20.0, 60.0)], &[(0.3, 6.0), (20.0, 60.0)]]),
        (Family::StudentT, &[&[(0.5, 9.0), (150.0, 170.0)], &[(-3.0, -0.2), (0.2, 3.0)]]),
        (Family::Beta, &[&[(0.4, 3.0), (15.0, 25.0)], &[(0.4, 3.0), (15.0, 25.0)], &[(0.2, 0.8)]]),
        (Family::TruncatedNormal, &[&[(-2.0, -1.2)], &[(1.2, 2.0)], &[(-1.0, 1.0)]]),
        (Family::Stable, &[&[(0.8, 0.95), (1.1, 1.9)], &[(-0.9, 0.9)], &[(-3.0, 3.0)]]),
        (Family::NoncentralGamma, &[&[(0.3, 8.0)], &[(0.2, 30.0)], &[(2.0, 40.0)]]),
        // At shorter times the third derivative, which differences neglect, is a hundred times as large.
        (Family::FirstPassage, &[&[(-2.0, 2.0)], &[(-3.0, -0.2), (0.2, 3.0)], &[(0.15, 0.35), (0.5, 1.5)]]),
    ];
    let shape = if draw.shape.size() > 12 { Shape::from([2, 3]) } else { draw.shape };
    for (family, domains) in families {
        // One of the functions, as each takes as long as a hundred additions.
        let functions = [Lower, Upper, LogLower, LogUpper, LogDensity, LowerQuantile, UpperQuantile, Excess];
        let last = if family == Family::TruncatedNormal { functions.len() } else { functions.len() - 1 };
        let function = functions[draw.integer(0..last)];
        let is_quantile = matches!(function, LowerQuantile | UpperQuantile | Excess);
        let inputs = domains.iter().enumerate().map(|(position, domain)| {
            let is_last = position + 1 == domains.len();
            // In tails as heavy as those of stable distributions differences of quantiles have fewer digits.
            let probabilities: Intervals = if family == Family::Stable { &[(0.25, 0.75)] } else { &[(0.1, 0.9)] };
            let domain = if is_quantile && is_last { probabilities } else { *domain };
            draw.uniform(draw.narrowed(shape), domain)
        });
        cases.push(Case::new(format!("{function:?} of {family:?}"), inputs.collect(), move |x| {
            or_panic(Cumulative::new(family, function).try_of(&x.iter().collect::<Vec<_>>()))
        }));
    }
    cases
}

fn reshape(draw: &Draw) -> Vec<Case> {
    let x = draw.any(draw.shape);
    let mut cases = vec![
        // The reshaped tensor and the original are used together.
        Case::new("reshape", vec![x.clone()], |x| {
            let flat = x[0].reshape(x[0].size());
            flat.exp() * flat + x[0].sum()
        }),
        Case::new("reshape of a result", vec![x.clone()], |x| x[0].exp().reshape([x[0].size(), 1]).sin()),
    ];
    if x.rank() < MAX_RANK {
        let axis = draw.integer(0..x.rank() + 1) as isize;
        cases.push(Case::new("unsqueeze and squeeze", vec![x], move |x| {
            let wide = x[0].unsqueeze(axis);
            &wide * wide.squeeze(axis).unsqueeze(axis - 1 - x[0].rank() as isize)
        }));
    }
    cases
}

fn broadcast_to(draw: &Draw) -> Vec<Case> {
    let (shape, narrow) = (draw.shape, draw.narrowed(draw.shape));
    vec![
        Case::new("broadcast_to", vec![draw.any(narrow)], move |x| x[0].broadcast_to(shape)),
        Case::new("broadcast_to from a scalar", vec![draw.any(())], move |x| x[0].broadcast_to(shape) * &x[0]),
    ]
}

fn permute(draw: &Draw) -> Vec<Case> {
    let rank = draw.shape.rank();
    let mut order: Vec<usize> = (0..rank).collect();
    for place in 1..rank {
        let other = draw.integer(0..place + 1);
        order.swap(place, other);
    }
    let mut cases = vec![Case::new(format!("permute {order:?}"), vec![draw.any(draw.shape)], {
        let order = order.clone();
        move |x| x[0].permute(&order)
    })];
    if rank >= 2 {
        cases.push(Case::new("transpose", vec![draw.any(draw.shape)], |x| x[0].transpose()));
    }
    cases
}

fn slice(draw: &Draw) -> Vec<Case> {
    let mut cases = Vec::new();
    for axis in 0..draw.shape.rank() {
        let length = draw.shape[axis];
        let end = draw.integer(0..length + 1);
        let start = draw.integer(0..end + 1);
        cases.push(Case::new(format!("slice {axis} {start}..{end}"), vec![draw.any(draw.shape)], move |x| {
            x[0].slice(axis as isize, start..end)
        }));
        if length > 0 {
            let place = draw.integer(0..length);
            cases.push(Case::new(format!("index {axis} {place}"), vec![draw.any(draw.shape)], move |x| {
                x[0].index(axis as isize, place).exp()
            }));
        }
    }
    cases
}

fn gather(draw: &Draw) -> Vec<Case> {
    let mut cases = Vec::new();
    for axis in 0..draw.shape.rank() {
        let length = draw.shape[axis];
        // More places than the axis has, so that some come twice.
        let indices: Vec<usize> = if length == 0 { vec![] } else { (0..5).map(|_| draw.integer(0..length)).collect() };
        cases.push(Case::new(format!("gather {axis} {indices:?}"), vec![draw.any(draw.shape)], move |x| {
            x[0].take(axis as isize, &indices)
        }));
    }
    cases
}

fn along_each_axis(draw: &Draw, name: &'static str, function: fn(&Tensor, isize) -> Tensor) -> Vec<Case> {
    (0..draw.shape.rank() as isize)
        .map(|axis| Case::new(format!("{name} {axis}"), vec![draw.any(draw.shape)], move |x| function(&x[0], axis)))
        .collect()
}

fn diagonal(draw: &Draw) -> Vec<Case> {
    let size = draw.integer(0..4);
    let batch: Vec<usize> = draw.shape.iter().copied().take(4).collect();
    let (square, triangle) = (draw.matrices(&batch, size), draw.matrices(&batch, size));
    vec![
        Case::new("diagonal", vec![square], |x| x[0].diagonal().exp()),
        Case::new("tril", vec![triangle], |x| x[0].tril(-1) + x[0].tril(0).tril(1).square()),
    ]
}

fn concat(draw: &Draw) -> Vec<Case> {
    let mut cases = Vec::new();
    for axis in 0..draw.shape.rank() {
        let size = draw.integer(0..3);
        let (a, b) = (draw.any(draw.shape), draw.any(draw.shape.with(axis, size)));
        let constant = draw.any(draw.shape);
        cases.push(Case::new(format!("concat {axis}"), vec![a, b], move |x| {
            Tensor::concat(&[x[0].clone(), constant.clone(), x[1].clone(), x[0].clone()], axis as isize)
        }));
    }
    if draw.shape.rank() < MAX_RANK {
        let axis = draw.integer(0..draw.shape.rank() + 1) as isize;
        let (a, b) = (draw.any(draw.shape), draw.any(draw.shape));
        cases.push(Case::new(format!("stack {axis}"), vec![a, b], move |x| {
            Tensor::stack(&[x[0].clone(), x[1].clone(), x[0].exp(), x[0].clone()], axis)
        }));
    }
    cases
}

fn sum(draw: &Draw) -> Vec<Case> {
    let x = draw.any(draw.shape);
    let mut cases = along_each_axis(draw, "sum", Tensor::sum_axis);
    cases.push(Case::new("sum of all", vec![x.clone()], |x| x[0].square().sum() * x[0].sum()));
    if x.size() > 0 {
        cases.push(Case::new("mean of all", vec![x.clone()], |x| x[0].square().mean()));
        cases.extend(along_each_axis(draw, "mean", Tensor::mean_axis));
        cases.extend(along_each_axis(draw, "softmax", Tensor::softmax));
        cases.extend(along_each_axis(draw, "log_softmax", Tensor::log_softmax));
    }
    let count = draw.integer(0..x.rank() + 1);
    cases.push(Case::new(format!("sum_rightmost {count}"), vec![x.clone()], move |x| x[0].sum_rightmost(count)));
    let axes: Vec<isize> =
        (0..x.rank() as isize).filter(|_| draw.coin()).map(|axis| axis - x.rank() as isize).collect();
    cases.push(Case::new(format!("sum_axes {axes:?}"), vec![x], move |x| x[0].sum_axes(&axes)));
    cases
}

fn extremum(
    draw: &Draw,
    name: &'static str,
    all: fn(&Tensor) -> Tensor,
    along: fn(&Tensor, isize) -> Tensor,
) -> Vec<Case> {
    let mut cases = Vec::new();
    if draw.shape.size() > 0 {
        cases.push(Case::new(format!("{name} of all"), vec![draw.distinct(draw.shape, 0.0)], move |x| all(&x[0])));
    }
    for axis in (0..draw.shape.rank()).filter(|&axis| draw.shape[axis] > 0) {
        let x = draw.distinct(draw.shape, 0.0);
        cases.push(Case::new(format!("{name} {axis}"), vec![x], move |x| along(&x[0], axis as isize)));
    }
    cases
}

fn matmul(draw: &Draw) -> Vec<Case> {
    let batch = Shape::from(draw.shape.iter().copied().take(4).collect::<Vec<_>>());
    let (left_batch, right_batch) = (draw.narrowed(batch), draw.narrowed(batch));
    let [rows, inner, columns] = [(); 3].map(|()| draw.integer(0..4));
    let shapes = [
        (vec![rows, inner], vec![inner, columns]),
        (vec![inner], vec![inner, columns]),
        (vec![rows, inner], vec![inner]),
    ];
    let mut cases = Vec::new();
    for (left, right) in shapes {
        let with_batch = |batch: Shape, matrix: &[usize]| {
            if matrix.len() == 1 { Shape::from(matrix) } else { batch.concat(&Shape::from(matrix)) }
        };
        let (a, b) = (draw.any(with_batch(left_batch, &left)), draw.any(with_batch(right_batch, &right)));
        let (left, right) = (a.clone(), b.clone());
        cases.push(Case::new("matmul, both", vec![a.clone(), b.clone()], |x| x[0].matmul(&x[1])));
        cases.push(Case::new("matmul, constant right", vec![a], move |x| x[0].matmul(&right)));
        cases.push(Case::new("matmul, constant left", vec![b], move |x| left.matmul(&x[0])));
    }
    let square = draw.matrices(&batch, rows);
    let vector = draw.any(inner);
    cases.push(Case::new("matmul, one tensor twice", vec![square.clone()], |x| x[0].matmul(&x[0])));
    cases.push(Case::new("matmul with the transpose", vec![square], |x| x[0].matmul(x[0].transpose())));
    cases.push(Case::new("matmul of one vector twice", vec![vector.clone()], |x| x[0].matmul(&x[0])));
    cases.push(Case::new("dot", vec![vector], |x| x[0].dot(&x[0]) + x[0].dot(x[0].exp())));
    cases
}

fn cholesky(draw: &Draw) -> Vec<Case> {
    let batch: Vec<usize> = draw.shape.iter().copied().take(4).collect();
    let size = draw.integer(0..5);
    let root = draw.matrices(&batch, size);
    let positive_definite = root.matmul(root.transpose());
    vec![
        Case::new("cholesky of the lower triangle", vec![positive_definite.clone()], |x| x[0].cholesky()),
        Case::new("cholesky of a symmetrised matrix", vec![positive_definite], |x| {
            ((&x[0] + x[0].transpose()) / 2.0).cholesky()
        }),
        Case::new("cholesky of a product", vec![root], |x| x[0].matmul(x[0].transpose()).cholesky()),
    ]
}

fn triangular_solve(draw: &Draw) -> Vec<Case> {
    let batch = Shape::from(draw.shape.iter().copied().take(4).collect::<Vec<_>>());
    let (size, columns) = (draw.integer(0..4), draw.integer(0..3));
    let mut cases = Vec::new();
    for (lower, transpose) in [(true, false), (true, true), (false, false), (false, true)] {
        let (left_batch, right_batch) = (draw.narrowed(batch), draw.narrowed(batch));
        let triangle = draw.matrices(&left_batch, size);
        let right = draw.any(right_batch.concat(&Shape::from([size, columns])));
        let label = format!("triangular_solve, lower {lower}, transpose {transpose}");
        let (constant_triangle, constant_right) = (triangle.clone(), right.clone());
        cases.push(Case::new(format!("{label}, both"), vec![triangle.clone(), right.clone()], move |x| {
            x[0].triangular_solve(&x[1], lower, transpose)
        }));
        cases.push(Case::new(format!("{label}, constant right side"), vec![triangle.clone()], move |x| {
            x[0].triangular_solve(&constant_right, lower, transpose)
        }));
        cases.push(Case::new(format!("{label}, constant triangle"), vec![right], move |x| {
            constant_triangle.triangular_solve(&x[0], lower, transpose)
        }));
        cases.push(Case::new(format!("{label}, vector"), vec![triangle.clone(), draw.any(size)], move |x| {
            x[0].triangular_solve(&x[1], lower, transpose)
        }));
        cases.push(Case::new(format!("{label}, one tensor twice"), vec![triangle], move |x| {
            x[0].triangular_solve(&x[0], lower, transpose)
        }));
    }
    cases
}

fn inverse(draw: &Draw) -> Vec<Case> {
    let batch: Vec<usize> = draw.shape.iter().copied().take(4).collect();
    let size = draw.integer(1..4);
    let matrices = draw.matrices(&batch, size);
    let right = draw.any([&batch[..], &[size, 2]].concat());
    vec![
        Case::new("inverse", vec![matrices.clone()], |x| x[0].inverse()),
        Case::new("det", vec![matrices.clone()], |x| x[0].det()),
        Case::new("solve", vec![matrices, right], |x| x[0].solve(&x[1])),
    ]
}

fn transform(draw: &Draw) -> Vec<Case> {
    // Vectors that are long enough for the fast transform.
    let size = 64 + draw.integer(0..2);
    let batch: Vec<usize> = draw.shape.iter().map(|&length| length.min(2)).take(2).collect();
    let mut cases = Vec::new();
    for waves in [Waves::Fourier, Waves::Cosine] {
        let transform = Transform::new(waves, size);
        let inverse = transform.inverse();
        let vectors = draw.any([&batch[..], &[size]].concat());
        cases.push(Case::new(format!("{transform:?}"), vec![vectors], move |x| {
            inverse.of(&transform.of(&x[0]).unwrap().sin()).unwrap()
        }));
    }
    cases
}

/// A pattern, and values of positive definite matrices of it: the diagonals dominate.
fn sparse_matrices(draw: &Draw) -> (SparsityPattern, Tensor) {
    let size = draw.integer(1..6);
    let mut entries: Vec<(usize, usize)> = (0..size).map(|row| (row, row)).collect();
    let beside = (0..size).flat_map(|row| (0..row).map(move |column| (row, column)));
    entries.extend(beside.filter(|_| draw.coin()));
    let pattern = SparsityPattern::new(size, &entries).unwrap();
    let batch = Shape::from(draw.shape.iter().copied().take(4).collect::<Vec<_>>());
    let diagonal = draw.uniform(batch.concat(&Shape::from(size)), &[(5.0, 7.0)]);
    let others = draw.uniform(batch.concat(&Shape::from(entries.len() - size)), &[(-1.0, 1.0)]);
    (pattern, Tensor::concat(&[diagonal, others], -1))
}

fn sparse_factor(draw: &Draw) -> Vec<Case> {
    let (pattern, values) = sparse_matrices(draw);
    let other = pattern.clone();
    vec![
        Case::new("sparse_cholesky", vec![values.clone()], move |x| pattern.cholesky(&x[0]).unwrap()),
        Case::new("sparse log determinant", vec![values], move |x| {
            other.log_determinant(&other.cholesky(&x[0]).unwrap()).unwrap()
        }),
    ]
}

fn sparse_inverse(draw: &Draw) -> Vec<Case> {
    let (pattern, values) = sparse_matrices(draw);
    vec![Case::new("sparse_inverse", vec![values], move |x| pattern.inverse(&x[0]).unwrap())]
}

fn sparse_solve(draw: &Draw) -> Vec<Case> {
    let (pattern, values) = sparse_matrices(draw);
    let (batch, _) = values.shape().split_event(1);
    let vectors = Shape::from(pattern.size());
    let factor = pattern.cholesky(&values).unwrap();
    let right = draw.any(draw.narrowed(batch).concat(&vectors));
    let one = factor.reshape([batch.size(), pattern.factor_len()]);
    let [p1, p2, p3] = [(); 3].map(|()| pattern.clone());
    let mut cases = vec![
        Case::new("sparse_solve, both", vec![factor.clone(), right.clone()], move |x| {
            p1.inverse_times(&x[0], &x[1]).unwrap()
        }),
        Case::new("sparse_solve, one factor for a row", vec![factor.unsqueeze(-2), draw.any(vectors)], move |x| {
            p2.root_of_inverse_times(&x[0], &Tensor::stack(&[x[1].clone(), x[1].sin()], 0)).unwrap()
        }),
    ];
    if batch.size() > 0 {
        cases.push(Case::new("sparse_solve, one factor", vec![one.index(0, 0), right], move |x| {
            p3.root_of_inverse_times(&x[0], &x[1]).unwrap()
        }));
    }
    cases
}

fn log_determinant(draw: &Draw) -> Vec<Case> {
    let batch: Vec<usize> = draw.shape.iter().copied().take(4).collect();
    let size = draw.integer(1..4);
    let positive = draw.matrices(&batch, size);
    // One row negated: a negative determinant.
    let flip = Tensor::from_parts((0..size).map(|row| if row == 0 { -1.0 } else { 1.0 }).collect(), Shape::from(size));
    let negative = draw.matrices(&batch, size) * flip.unsqueeze(-1);
    vec![
        Case::new("log_determinant", vec![positive], |x| x[0].log_determinant()),
        Case::new("log_determinant, negative", vec![negative], |x| x[0].log_determinant()),
    ]
}
