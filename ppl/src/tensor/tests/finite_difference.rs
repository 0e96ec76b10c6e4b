//! Gradients against central finite differences, at random points.

use std::cell::RefCell;
use std::rc::Rc;

use proptest::test_runner::{Config, RngSeed};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::super::*;
use crate::program::tests::assert_program_is_tape;

type Function = Rc<dyn Fn(&[Tensor]) -> Tensor>;

/// A function of tensors, and the point at which its gradient is checked.
pub(super) struct Case {
    label: String,
    inputs: Vec<Tensor>,
    function: Function,
}

impl Case {
    pub(super) fn new(
        label: impl Into<String>,
        inputs: Vec<Tensor>,
        function: impl Fn(&[Tensor]) -> Tensor + 'static,
    ) -> Self {
        Self { label: label.into(), inputs, function: Rc::new(function) }
    }

    pub(super) fn label(&self) -> &str {
        &self.label
    }

    pub(super) fn inputs(&self) -> &[Tensor] {
        &self.inputs
    }

    pub(super) fn function(&self) -> Function {
        Rc::clone(&self.function)
    }

    /// Compares value and gradient of Σ wₖ fₖ(x), with weights that tell every element of the output apart.
    ///
    /// Twice: by our own backward steps, and by dfdx's, which CUDA devices use.
    pub(super) fn check(&self) {
        self.check_steps();
        tape::PREFER_DFDX.set(true);
        self.check_steps();
        tape::PREFER_DFDX.set(false);
        self.check_program();
    }

    /// As [`check`](Self::check), by our own backward steps alone.
    pub(super) fn check_own_steps(&self) {
        self.check_steps();
        self.check_program();
    }

    /// The recorded program must give the numbers of the tape.
    fn check_program(&self) {
        assert_program_is_tape(&self.describe(), &self.inputs, |inputs| {
            let output = (self.function)(inputs);
            let weights = (0..output.size()).map(|place| (1.0 + place as f64).sin() + 0.1).collect();
            (&output * Tensor::from_parts(weights, output.shape())).try_sum()
        });
    }

    /// Compares value and gradient by the backward steps that are set.
    pub(super) fn check_steps(&self) {
        const TOLERANCE: f64 = 2e-8;

        let before: Vec<Vec<f64>> = self.inputs.iter().map(Tensor::to_vec).collect();
        let plain = (self.function)(&self.inputs);
        let weights = Tensor::from_parts(
            (0..plain.size()).map(|place| (1.0 + place as f64).sin() + 0.1).collect(),
            plain.shape(),
        );
        let mut recorded = None;
        let (value, gradients) = grad(
            |inputs| {
                let output = (self.function)(inputs);
                recorded = Some(output.clone());
                (output * &weights).sum()
            },
            &self.inputs,
        )
        .unwrap_or_else(|error| panic!("{}: {error}", self.describe()));
        let recorded = recorded.expect("the function was called");
        assert_eq!(recorded.shape(), plain.shape(), "{}: shape under the tape", self.describe());
        // Plain numbers are computed without dfdx, whose sigmoid differs from ours by a rounding.
        for (recorded, plain) in recorded.to_vec().into_iter().zip(plain.to_vec()) {
            assert!((recorded - plain).abs() <= 4e-16 * plain.abs(), "{}: {recorded} {plain}", self.describe());
        }
        let weighted = |output: &Tensor| {
            let products = output.to_vec().into_iter().zip(weights.to_vec());
            products.map(|(output, weight)| output * weight).sum::<f64>()
        };
        let expected = weighted(&plain);
        assert!((value - expected).abs() <= 1e-12 * (1.0 + expected.abs()), "{}: {value} {expected}", self.describe());

        for (position, (input, gradient)) in self.inputs.iter().zip(&gradients).enumerate() {
            assert_eq!(gradient.shape(), input.shape(), "{}: gradient {position}", self.describe());
            let gradient = gradient.to_vec();
            let largest = gradient.iter().fold(1.0, |largest: f64, element| largest.max(element.abs()));
            for (place, &element) in gradient.iter().enumerate() {
                let at = |offset: f64| {
                    let mut values = input.to_vec();
                    values[place] += offset;
                    let mut moved = self.inputs.clone();
                    moved[position] = Tensor::from_parts(values, input.shape());
                    weighted(&(self.function)(&moved))
                };
                // Fourth order: the error is h⁴ f⁽⁵⁾/30, and rounding costs 1e-16/h.
                let h = 1e-3;
                let difference = (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h);
                assert!(
                    (element - difference).abs() <= TOLERANCE * largest,
                    "{}: element {place} of gradient {position} is {element}, by differences {difference}",
                    self.describe(),
                );
            }
        }
        let after: Vec<Vec<f64>> = self.inputs.iter().map(Tensor::to_vec).collect();
        assert_eq!(before, after, "{}: the inputs changed", self.describe());
    }

    fn describe(&self) -> String {
        let shapes: Vec<String> = self.inputs.iter().map(|input| input.shape().to_string()).collect();
        format!("{} of {}", self.label, shapes.join(", "))
    }
}

/// Draws inputs: deterministic, about the shape that proptest chose.
pub(super) struct Draw {
    pub(super) shape: Shape,
    rng: RefCell<ChaCha8Rng>,
}

impl Draw {
    pub(super) fn new(shape: &[usize], seed: u64) -> Self {
        Self { shape: Shape::from(shape), rng: RefCell::new(ChaCha8Rng::seed_from_u64(seed)) }
    }

    /// An integer in `range`.
    pub(super) fn integer(&self, range: std::ops::Range<usize>) -> usize {
        self.rng.borrow_mut().random_range(range)
    }

    /// A fair coin.
    pub(super) fn coin(&self) -> bool {
        self.rng.borrow_mut().random()
    }

    /// Numbers uniform in one of the intervals.
    pub(super) fn uniform(&self, shape: Shape, intervals: &[(f64, f64)]) -> Tensor {
        let values = (0..shape.size())
            .map(|_| {
                let (low, high) = intervals[self.rng.borrow_mut().random_range(0..intervals.len())];
                self.rng.borrow_mut().random_range(low..high)
            })
            .collect();
        Tensor::from_parts(values, shape)
    }

    /// Numbers between −2 and 2.
    pub(super) fn any(&self, shape: impl Into<Shape>) -> Tensor {
        self.uniform(shape.into(), &[(-2.0, 2.0)])
    }

    /// Numbers that keep a distance of 0.1 from each other; with another offset, also from those.
    pub(super) fn distinct(&self, shape: Shape, offset: f64) -> Tensor {
        let mut values: Vec<f64> = (0..shape.size()).map(|place| 0.2 * place as f64 + offset).collect();
        values.shuffle(&mut *self.rng.borrow_mut());
        Tensor::from_parts(values, shape)
    }

    /// A shape that broadcasts to `shape`: leading axes dropped, others set to 1.
    pub(super) fn narrowed(&self, shape: Shape) -> Shape {
        let dropped = self.integer(0..shape.rank() + 1);
        let dims: Vec<usize> = shape[dropped..].iter().map(|&size| if self.coin() { 1 } else { size }).collect();
        Shape::from(dims)
    }

    /// Zeros and ones.
    pub(super) fn mask(&self, shape: Shape) -> Tensor {
        Tensor::from_parts((0..shape.size()).map(|_| f64::from(u8::from(self.coin()))).collect(), shape)
    }

    /// Well-conditioned square matrices: random ones plus a multiple of the identity.
    pub(super) fn matrices(&self, batch: &[usize], size: usize) -> Tensor {
        let shape = Shape::from(batch).concat(&Shape::from([size, size]));
        self.uniform(shape, &[(-1.0, 1.0)]) + Tensor::eye(size) * 3.0
    }
}

/// The same cases on every run and machine.
pub(super) fn deterministic(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(20), failure_persistence: None, max_shrink_iters: 64, ..Config::default() }
}
