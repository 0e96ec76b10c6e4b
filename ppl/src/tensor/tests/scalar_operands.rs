//! Operands of one element, wherever they come from.
//!
//! On the tape a scalar is a plain number, and so is an element that was taken from an array; what is made of several
//! elements is an array. A primitive may meet each of them on either side, and none of them may lose its gradient.

use super::super::*;
use super::finite_difference::Case;
use super::primitives::{draw, primitives};

/// Where an operand of one element comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Source {
    /// A scalar that is differentiated.
    Parameter,
    /// What an operation made of such a scalar.
    Result,
    /// An element of a vector, as a scalar.
    Element,
    /// The same as a vector of one element.
    Slice,
    /// An element of a matrix.
    Entry,
    /// A reduction of a vector.
    Sum,
    Constant,
    /// An element of a constant vector, as a vector of one element.
    ConstantSlice,
}

use Source::{Constant, ConstantSlice, Element, Entry, Parameter, Result as OfResult, Slice, Sum};

const SOURCES: [Source; 8] = [Parameter, OfResult, Element, Slice, Entry, Sum, Constant, ConstantSlice];

impl Source {
    /// What is differentiated in the place of the number; nothing in that of a constant.
    fn input(self, number: f64) -> Option<Tensor> {
        match self {
            Parameter | OfResult => Some(Tensor::from(number)),
            Element | Slice => Some(Tensor::from([0.3, number, -0.8])),
            Entry => Some(Tensor::from([[0.3, -0.8], [number, 1.3]])),
            Sum => Some(Tensor::from([number - 0.75, 0.5, 0.25])),
            Constant | ConstantSlice => None,
        }
    }

    /// The operand of that shape that is made of it.
    fn operand(self, input: &Tensor, shape: Shape) -> Tensor {
        let operand = match self {
            Parameter | Constant => input.clone(),
            OfResult => (input * 2.0 + 0.5 - 0.5) / 2.0,
            Element => input.get(1),
            Slice | ConstantSlice => input.slice(0, 1..2),
            Entry => input.get(1).get(0),
            Sum => input.sum(),
        };
        if operand.shape() == shape { operand } else { operand.reshape(shape) }
    }
}

/// The case with its operands of one element from these sources, in their order.
fn with_sources(case: &Case, sources: &[Source]) -> Case {
    let mut sources = sources.iter().copied();
    let operands: Vec<(Option<Source>, Tensor)> = case
        .inputs()
        .iter()
        .map(|input| ((input.size() == 1).then(|| sources.next()).flatten(), input.clone()))
        .collect();
    let from: Vec<Source> = operands.iter().filter_map(|(source, _)| *source).collect();
    let inputs = operands.iter().filter_map(|(source, input)| match source {
        None => Some(input.clone()),
        Some(source) => source.input(input.item()),
    });
    let inputs = inputs.collect();
    let function = case.function();
    Case::new(format!("{} of {from:?}", case.label()), inputs, move |inputs| {
        let mut inputs = inputs.iter();
        let mut made = Vec::with_capacity(operands.len());
        for (source, original) in &operands {
            made.push(match source {
                None => inputs.next().expect("an input for each operand").clone(),
                Some(source @ (Constant | ConstantSlice)) => {
                    let number = original.item();
                    let data = if *source == Constant { number.into() } else { Tensor::from([0.3, number, -0.8]) };
                    source.operand(&data, original.shape())
                }
                Some(source) => source.operand(inputs.next().expect("an input for each operand"), original.shape()),
            });
        }
        function(&made)
    })
}

/// Lists of sources: all for one operand; of several, the first two have every pair of those that differ most.
fn all_sources(operands: usize) -> Vec<Vec<Source>> {
    const PAIRED: [Source; 5] = [Parameter, Slice, Sum, Constant, ConstantSlice];
    const COUNT: usize = PAIRED.len();

    match operands {
        0 => Vec::new(),
        1 => SOURCES.iter().map(|&source| vec![source]).collect(),
        _ => {
            let pairs = (0..COUNT).flat_map(|a| (0..COUNT).map(move |b| (a, b)));
            let list = |(a, b): (usize, usize)| {
                (0..operands).map(|operand| PAIRED[(a + operand * (b + COUNT - a)) % COUNT]).collect()
            };
            pairs.map(list).collect()
        }
    }
}

/// Every primitive with scalars from everywhere, against finite differences and its program.
#[test]
fn a_scalar_is_differentiated_wherever_it_comes_from() {
    for (name, cases) in primitives() {
        for (seed, shape) in [&[][..], &[1], &[2, 3]].into_iter().enumerate() {
            for case in cases(&draw(name, shape, seed as u64)) {
                let operands = case.inputs().iter().filter(|input| input.size() == 1).count();
                for sources in all_sources(operands) {
                    let case = with_sources(&case, &sources);
                    if !case.inputs().is_empty() {
                        case.check_own_steps();
                    }
                }
            }
        }
    }
}

/// What models do with scalars by methods that are made of several primitives, likewise: of two scalars, a vector and a
/// matrix.
#[test]
fn compositions_of_scalars_and_arrays() {
    type Function = fn(&Tensor, &Tensor, &Tensor, &Tensor) -> Tensor;
    let functions: [(&str, Function); 35] = [
        ("clamp between", |x, y, w, _| (x.clamp(-5.0, 5.0) * y).exp() * w.sum()),
        ("clamp beyond", |x, y, w, _| x.clamp(2.0, 3.0) * y + w.clamp(-0.2, 0.4) * x),
        ("maximum and minimum", |x, y, w, _| x.maximum(y) * w.minimum(x) + y.minimum(w)),
        ("compared as a mask", |x, y, w, _| x.greater(y) * w + y.less(w) * x),
        ("where, of scalars", |x, y, w, _| Tensor::select(x.greater(y), x * y, y - x) * w),
        ("where, of scalars and arrays", |x, y, w, _| Tensor::select(w.greater(0.0), x, w * y)),
        ("where, by a scalar", |x, y, w, _| Tensor::select(x.greater(0.0), w, y)),
        ("where, by an array, of one scalar", |x, y, w, _| Tensor::select(w.greater(y), x, x) * y),
        ("stack", |x, y, w, _| Tensor::stack(&[x.clone(), y.clone(), x * y, w.get(1)], 0).square()),
        ("stack, then taken apart", |x, y, _, _| {
            let both = Tensor::stack(&[x.exp(), y.clone(), 0.3.into()], 0);
            both.get(0) * both.get(1) + both.get(2) * both.get(0).sin()
        }),
        ("concat", |x, y, w, _| Tensor::concat(&[x.reshape(1), w.clone(), y.reshape(1), w * x], 0).sin()),
        ("stack as columns", |x, y, w, _| Tensor::stack(&[w * x, w + y], 1).square()),
        ("broadcast", |x, y, w, _| x.broadcast_to([2, 3]) * w + y.broadcast_to(3) * w),
        ("taken again and again", |x, y, w, _| x.reshape(1).take(0, &[0, 0, 0]) * w * y),
        ("an index that is taken", |x, y, w, _| w.take(0, &[2, 0, 2]) * x + y),
        ("taken along an axis", |x, y, _, m| m.take_along_axis(1, Tensor::from([[0.0, 2.0], [1.0, 1.0]])) * x + y),
        ("cumsum", |x, y, w, _| (w * x).cumsum(0) * y + x.reshape(1).cumsum(0)),
        ("sums", |x, y, w, m| (x * w).sum() * y.sum() + (m * x).sum_axis(0).mean() + x.mean() * m.sum_axes(&[0, 1])),
        ("logsumexp", |x, y, w, _| (w + x).logsumexp() * y + Tensor::stack(&[x.clone(), y.clone()], 0).logsumexp()),
        ("logaddexp", |x, y, w, _| x.logaddexp(y) + w.logaddexp(x)),
        ("softmax", |x, y, w, _| (w * x).softmax(0) * y + (w * y).log_softmax(0)),
        ("products of elements", |x, y, w, _| Tensor::stack(&[x.clone(), y.clone(), w.get(0)], 0).prod() * x),
        ("moments", |x, y, w, _| (w * x).std(1) + (w.square() * y).var(0)),
        ("extrema", |x, y, w, _| Tensor::stack(&[x.clone(), y.clone()], 0).max() + (w * x).min() * y),
        ("diff and flip", |x, y, w, _| Tensor::stack(&[x.clone(), y.clone(), x * y], 0).diff(0).flip(0) + w.get(0)),
        ("matrix times vector", |x, y, w, m| (m * x).matmul(w * y) + x),
        ("matrices of one element", |x, y, _, _| x.reshape([1, 1]).matmul(y.reshape([1, 1])).sin()),
        ("row times matrix", |x, y, w, m| x.reshape([1, 1]).matmul(w.unsqueeze(0)) + m.sum_axis(0) * y),
        ("inner and outer products", |x, y, w, _| {
            (w * x).dot(w + y) + x.reshape(1).outer(w).sum() + w.outer(y.reshape(1)).square().sum()
        }),
        ("a covariance of two", |x, y, _, m| {
            let root = m.slice(1, 0..2) + Tensor::eye(2) * (2.0 + x.square());
            root.matmul(root.transpose()).cholesky().diagonal().ln().sum() * y
        }),
        ("solve", |x, y, w, _| {
            let matrix = Tensor::eye(3) * (x.square() + 1.0) + w.outer(w) * 0.1;
            matrix.solve(w * y) + matrix.log_determinant()
        }),
        ("one by one", |x, y, _, _| {
            let square = (x.square() + 0.5).reshape([1, 1]);
            square.cholesky().sum() + square.inverse().sum() * y + square.log_determinant() + square.det()
        }),
        ("powers", |x, y, w, _| (x.square() + 0.1).pow(y) + (w.square() + 0.1).pow(x) + x.powf(2.0) * 0.5),
        ("log-odds", |x, y, w, _| x.sigmoid().ln() + (1.0 - y.sigmoid()).ln() * w + x.log_sigmoid()),
        ("a recurrence", |x, y, w, _| {
            let mut state = x.clone();
            let mut states = Vec::new();
            for t in 0..3 {
                state = &state * y * 0.5 + w.get(t).tanh();
                states.push(state.clone());
            }
            Tensor::stack(&states, 0).square() + state
        }),
    ];
    let weights = Tensor::from([0.5, -1.2, 0.8]);
    let matrix = Tensor::from([[0.4, -0.3, 0.9], [-0.7, 0.6, 0.2]]);
    for (name, function) in functions {
        let inputs = vec![Tensor::from(0.7), Tensor::from(-0.45), weights.clone(), matrix.clone()];
        let case = Case::new(name, inputs, move |x| function(&x[0], &x[1], &x[2], &x[3]));
        for sources in all_sources(2).into_iter().chain([vec![OfResult, Entry], vec![Element, OfResult]]) {
            with_sources(&case, &sources).check_own_steps();
        }
    }
}

/// What reads its operands has no program.
#[test]
fn scalars_are_sorted_among_arrays() {
    let inputs = vec![Tensor::from(0.7), Tensor::from(-0.45), Tensor::from([0.5, -1.2, 0.8])];
    let case = Case::new("sort", inputs, |x| {
        Tensor::concat(&[x[0].reshape(1), x[2].clone(), x[1].reshape(1)], 0).sort(0).cumsum(0).square()
    });
    for sources in all_sources(2) {
        with_sources(&case, &sources).check_steps();
    }
}

/// One scalar as both operands, and in two places.
#[test]
fn one_scalar_in_several_places() {
    type Function = fn(&Tensor) -> Tensor;
    let functions: [(&str, Function); 5] = [
        ("both operands", |x| x * x + x / (x * x + 1.0) - (x - x) + x.maximum(x) * x.minimum(x)),
        ("a branch and its condition", |x| Tensor::select(x.greater(0.0), x, x * x)),
        ("a stack of one scalar", |x| Tensor::stack(&[x.clone(), x.clone(), x.exp()], 0).cumsum(0)),
        ("a product of one scalar", |x| x.reshape([1, 1]).matmul(x.reshape([1, 1]))),
        ("under two labels", |x| x.reshape(1) * x.reshape([1, 1]) + x),
    ];
    for (name, function) in functions {
        let case = Case::new(name, vec![Tensor::from(0.7)], move |x| function(&x[0]));
        for sources in all_sources(1).into_iter().filter(|sources| sources[0].input(0.0).is_some()) {
            with_sources(&case, &sources).check_own_steps();
        }
    }
}
