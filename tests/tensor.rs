//! The values of every public method of `Tensor`, against ndarray or plain loops.

#![allow(
    clippy::unwrap_used,
    clippy::nonminimal_bool,
    clippy::cmp_owned,
    clippy::neg_cmp_op_on_partial_ord,
    invalid_nan_comparisons,
    clippy::overly_complex_bool_expr,
    clippy::redundant_comparisons,
    reason = "every comparison is tested for itself"
)]

use approx::assert_relative_eq;
use ndarray::{ArrayD, Axis, IxDyn, Zip, array, concatenate, stack};
use ppl::{Device, Shape, Tensor, special};

/// Numbers between −1 and 1 without a pattern, as an array and as a tensor.
fn sample(dims: &[usize], seed: usize) -> (ArrayD<f64>, Tensor) {
    let size = dims.iter().product();
    let values: Vec<f64> =
        (0..size).map(|place: usize| ((place + 7 * seed + 1) * 7919 % 1009) as f64 / 504.5 - 1.0).collect();
    let array = ArrayD::from_shape_vec(IxDyn(dims), values).unwrap();
    let tensor = Tensor::from(&array);
    (array, tensor)
}

#[track_caller]
fn assert_same(tensor: &Tensor, array: &ArrayD<f64>) {
    assert_eq!(tensor.shape().dims(), array.shape());
    for (&got, &expected) in tensor.to_vec().iter().zip(array.iter()) {
        assert_relative_eq!(got, expected, max_relative = 1e-14, epsilon = 1e-15);
    }
}

const SHAPES: [&[usize]; 7] = [&[], &[1], &[5], &[3, 4], &[2, 1, 3], &[0, 2], &[2, 1, 2, 1, 2, 3]];

#[test]
fn constructors() {
    assert_eq!(
        Tensor::new(vec![1.0, 2.0, 3.0, 4.0], [2, 2]).unwrap().to_array(),
        array![[1.0, 2.0], [3.0, 4.0]].into_dyn()
    );
    assert_eq!(Tensor::new([5.0], ()).unwrap().item(), 5.0);
    assert_eq!(Tensor::scalar(2.5).item(), 2.5);
    assert_eq!(Tensor::full([2, 2], 7.0).to_vec(), [7.0; 4]);
    assert_eq!(Tensor::zeros(3).to_vec(), [0.0; 3]);
    assert_eq!(Tensor::ones(()).shape(), Shape::SCALAR);
    assert_eq!(Tensor::eye(3).to_array(), ArrayD::from_shape_fn(IxDyn(&[3, 3]), |i| f64::from(u8::from(i[0] == i[1]))));
    assert_eq!(Tensor::eye(0).shape(), Shape::from([0, 0]));
    assert_eq!(Tensor::arange(4).to_vec(), [0.0, 1.0, 2.0, 3.0]);
    assert_eq!(Tensor::linspace(1.0, 2.0, 3).to_vec(), [1.0, 1.5, 2.0]);
    assert_eq!(Tensor::linspace(1.0, 2.0, 1).to_vec(), [1.0]);
    assert_eq!(Tensor::linspace(1.0, 2.0, 0).size(), 0);
}

#[test]
fn conversions_keep_values_and_shapes() {
    assert_eq!(Tensor::from(3.0).shape(), Shape::SCALAR);
    assert_eq!(Tensor::from(&3.0), Tensor::from(3.0));
    assert_eq!(Tensor::from([1.0, 2.0]).shape(), Shape::from(2));
    assert_eq!(Tensor::from(&[1.0, 2.0]), Tensor::from(vec![1.0, 2.0]));
    assert_eq!(Tensor::from(&vec![1.0, 2.0]), Tensor::from([1.0, 2.0].as_slice()));
    assert_eq!(
        Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).to_array(),
        array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]].into_dyn()
    );
    assert_eq!(Tensor::from([[[1.0], [2.0]]]).shape(), Shape::from([1, 2, 1]));
    let x = Tensor::from([1.0]);
    assert_eq!(Tensor::from(&x), x);
}

#[test]
fn arrays_in_any_memory_order() {
    let (array, tensor) = sample(&[3, 4, 2], 1);
    assert_eq!(tensor.to_array(), array);
    assert_eq!(ArrayD::from(tensor.clone()), array);
    let turned = array.view().permuted_axes(IxDyn(&[2, 0, 1]));
    assert_eq!(Tensor::from(turned.clone()).to_array(), turned);
    // The macro `s!` holds an `allow` that this workspace forbids.
    let mut backward = array.view();
    backward.invert_axis(Axis(0));
    backward.slice_axis_inplace(Axis(1), ndarray::Slice::new(1, None, 2));
    assert_eq!(Tensor::from(backward.clone()).to_array(), backward);
    let broadcast = array.index_axis(Axis(0), 0);
    let broadcast = broadcast.broadcast(IxDyn(&[5, 4, 2])).unwrap();
    assert_eq!(Tensor::from(broadcast.clone()).to_array(), broadcast);
    let column_major = array![[1.0, 2.0], [3.0, 4.0]].reversed_axes();
    assert_eq!(Tensor::from(&column_major).to_vec(), [1.0, 3.0, 2.0, 4.0]);
    assert_eq!(Tensor::from(column_major.into_shared()).to_vec(), [1.0, 3.0, 2.0, 4.0]);
    for shape in SHAPES {
        let (array, tensor) = sample(shape, 2);
        assert_eq!(tensor.to_array(), array);
        assert_eq!(Tensor::from(tensor.to_array()), tensor);
    }
}

#[test]
fn what_a_tensor_says_of_itself() {
    let x = Tensor::zeros([2, 3]);
    assert_eq!((x.shape(), x.rank(), x.size()), (Shape::from([2, 3]), 2, 6));
    assert_eq!(x.device(), Device::cpu());
    assert!(!x.is_tracked());
    assert_eq!(x.detach(), x);
    assert_eq!(Tensor::from([[4.0]]).item(), 4.0);
    assert_eq!(format!("{:?}", Tensor::from([1.0, 2.0])), "Tensor(shape [2], [1, 2])");
}

#[test]
fn arithmetic_broadcasts_as_numpy_does() {
    for (left, right) in [
        (&[][..], &[][..]),
        (&[3], &[]),
        (&[], &[2, 3]),
        (&[3], &[3]),
        (&[3], &[1]),
        (&[2, 1], &[3]),
        (&[2, 1], &[1, 3]),
        (&[4, 1, 3], &[2, 1]),
        (&[1, 2, 1, 2, 1, 2], &[2, 1, 2, 1, 2, 1]),
        (&[0], &[1]),
        (&[2, 0], &[2, 1]),
        (&[3, 0], &[]),
    ] {
        let ((a, x), (b, y)) = (sample(left, 1), sample(right, 2));
        let (b, y) = (b + 3.0, y + 3.0);
        let shape = x.shape().broadcast(&y.shape()).unwrap();
        let a_wide = a.broadcast(shape.dims()).unwrap();
        let b_wide = b.broadcast(shape.dims()).unwrap();
        let expected =
            |function: fn(f64, f64) -> f64| Zip::from(&a_wide).and(&b_wide).map_collect(|&a, &b| function(a, b));
        assert_same(&(&x + &y), &expected(|a, b| a + b));
        assert_same(&(&x - &y), &expected(|a, b| a - b));
        assert_same(&(&x * &y), &expected(|a, b| a * b));
        assert_same(&(&x / &y), &expected(|a, b| a / b));
        assert_same(&x.exp().pow(&y), &expected(|a, b| a.exp().powf(b)));
        assert_same(&x.maximum(&y), &expected(f64::max));
        assert_same(&x.minimum(&y), &expected(f64::min));
        assert_same(&x.abs().xlogy(&y), &expected(|a, b| a.abs() * b.ln()));
        assert_same(&x.abs().xlog1py(&y), &expected(|a, b| a.abs() * b.ln_1p()));
        assert_same(&x.exp().lbeta(&y), &expected(|a, b| special::lbeta(a.exp(), b)));
        assert_same(&x.greater(&y), &expected(|a, b| f64::from(u8::from(a > b))));
        assert_same(&x.greater_equal(&y), &expected(|a, b| f64::from(u8::from(a >= b))));
        assert_same(&x.less(&y), &expected(|a, b| f64::from(u8::from(a < b))));
        assert_same(&x.less_equal(&y), &expected(|a, b| f64::from(u8::from(a <= b))));
        assert_same(&x.equal(&y), &expected(|a, b| f64::from(u8::from(a == b))));
        assert_same(&x.not_equal(&y), &expected(|a, b| f64::from(u8::from(a != b))));
        assert_same(&Tensor::select(x.greater(0.0), &x, &y), &expected(|a, b| if a > 0.0 { a } else { b }));
        assert_same(&Tensor::zip_with([&x, &y], |[a, b]| a.atan2(b)).unwrap(), &expected(f64::atan2));
        assert_same(&x.broadcast_to(shape), &a_wide.to_owned());
        assert_same(&x.try_add(&y).unwrap(), &expected(|a, b| a + b));
        assert_same(&x.try_sub(&y).unwrap(), &expected(|a, b| a - b));
        assert_same(&x.try_mul(&y).unwrap(), &expected(|a, b| a * b));
        assert_same(&x.try_div(&y).unwrap(), &expected(|a, b| a / b));
    }
}

#[test]
fn operators_take_values_references_and_numbers() {
    let x = Tensor::from([6.0, 3.0]);
    let y = Tensor::from([2.0, 3.0]);
    for quotient in [x.clone() / y.clone(), x.clone() / &y, &x / y.clone(), &x / &y] {
        assert_eq!(quotient.to_vec(), [3.0, 1.0]);
    }
    for difference in [x.clone() - 1.0, &x - 1.0] {
        assert_eq!(difference.to_vec(), [5.0, 2.0]);
    }
    for difference in [1.0 - x.clone(), 1.0 - &x] {
        assert_eq!(difference.to_vec(), [-5.0, -2.0]);
    }
    for quotient in [12.0 / x.clone(), 12.0 / &x] {
        assert_eq!(quotient.to_vec(), [2.0, 4.0]);
    }
    assert_eq!((2.0 * &x + 1.0).to_vec(), [13.0, 7.0]);
    assert_eq!((1.0 + &x * 2.0).to_vec(), [13.0, 7.0]);
    assert_eq!((-&x).to_vec(), (-x.clone()).to_vec());
    assert_eq!([x.clone(), y.clone(), y].into_iter().sum::<Tensor>().to_vec(), [10.0, 9.0]);
    assert_eq!(std::iter::empty::<Tensor>().sum::<Tensor>().item(), 0.0);
}

#[test]
fn elementwise_functions() {
    type Entry = (fn(&Tensor) -> Tensor, fn(f64) -> f64);
    let functions: [Entry; 26] = [
        (Tensor::exp, f64::exp),
        (Tensor::expm1, f64::exp_m1),
        (|x| x.abs().ln(), |x| x.abs().ln()),
        (Tensor::log1p, f64::ln_1p),
        (|x| x.abs().sqrt(), |x| x.abs().sqrt()),
        (Tensor::square, |x| x * x),
        (Tensor::abs, f64::abs),
        (Tensor::recip, f64::recip),
        (Tensor::sin, f64::sin),
        (Tensor::cos, f64::cos),
        (Tensor::tan, f64::tan),
        (Tensor::atan, f64::atan),
        (Tensor::tanh, f64::tanh),
        (Tensor::sigmoid, special::sigmoid),
        (Tensor::softplus, special::softplus),
        (Tensor::log_sigmoid, special::log_sigmoid),
        (Tensor::lgamma, special::lgamma),
        (Tensor::digamma, special::digamma),
        (Tensor::erf, special::erf),
        (Tensor::erfc, special::erfc),
        (Tensor::log_ndtr, special::log_ndtr),
        (Tensor::sign, |x| if x == 0.0 { 0.0 } else { x.signum() }),
        (|x| (x * 10.0).floor(), |x| (x * 10.0).floor()),
        (|x| x.powf(3.0), |x| x.powi(3)),
        (|x| x.clamp(-0.5, 0.25), |x| x.clamp(-0.5, 0.25)),
        // `special::log1mexp(a)` is ln(1 − e⁻ᵃ).
        (|x| (-x.abs()).log1mexp(), |x| special::log1mexp(x.abs())),
    ];
    for shape in SHAPES {
        let (array, tensor) = sample(shape, 3);
        for (function, expected) in functions {
            assert_same(&function(&tensor), &array.mapv(expected));
        }
        assert_same(&tensor.map(|x| x.mul_add(2.0, 1.0)), &array.mapv(|x| 2.0 * x + 1.0));
    }
}

#[test]
fn comparisons_of_scalars_are_booleans() {
    let (one, two) = (Tensor::from(1.0), Tensor::from([2.0]));
    assert!(one < two && one <= two && two > one && two >= one);
    assert!(one < 2.0 && one <= 1.0 && two > 1.0 && two >= 2.0);
    assert!(one == 1.0 && one != 2.0 && one == Tensor::from(1.0));
    assert!(one != Tensor::from([1.0]), "the shapes differ");
    let nan = Tensor::from(f64::NAN);
    assert!(!(nan < 1.0) && !(nan >= 1.0) && nan != f64::NAN);
    assert_eq!(nan.partial_cmp(&one), None);
}

#[test]
fn reductions_over_each_axis() {
    for shape in SHAPES {
        let (array, tensor) = sample(shape, 4);
        let size = array.len() as f64;
        assert_relative_eq!(tensor.sum().item(), array.sum(), epsilon = 1e-14);
        if array.is_empty() {
            continue;
        }
        let fold = |function: fn(f64, f64) -> f64| array.iter().copied().reduce(function).unwrap();
        assert_relative_eq!(tensor.mean().item(), array.sum() / size, epsilon = 1e-15);
        assert_eq!((tensor.max().item(), tensor.min().item()), (fold(f64::max), fold(f64::min)));
        assert_relative_eq!(tensor.logsumexp().item(), array.mapv(f64::exp).sum().ln(), epsilon = 1e-14);
        for axis in 0..shape.len() {
            let over = Axis(axis);
            for signed in [axis as isize, axis as isize - shape.len() as isize] {
                assert_same(&tensor.sum_axis(signed), &array.sum_axis(over));
                assert_same(&tensor.mean_axis(signed), &array.mean_axis(over).unwrap());
                assert_same(&tensor.max_axis(signed), &array.fold_axis(over, f64::NEG_INFINITY, |a, b| a.max(*b)));
                assert_same(&tensor.min_axis(signed), &array.fold_axis(over, f64::INFINITY, |a, b| a.min(*b)));
                let normaliser = array.mapv(f64::exp).sum_axis(over);
                assert_same(&tensor.logsumexp_axis(signed), &normaliser.mapv(f64::ln));
                let softmax = array.mapv(f64::exp) / normaliser.insert_axis(over);
                assert_same(&tensor.softmax(signed), &softmax);
                assert_same(&tensor.log_softmax(signed), &softmax.mapv(f64::ln));
                let mut cumsum = array.clone();
                cumsum.accumulate_axis_inplace(over, |previous, next| *next += previous);
                assert_same(&tensor.cumsum(signed), &cumsum);
                let mut flipped = array.view();
                flipped.invert_axis(over);
                assert_same(&tensor.flip(signed), &flipped.to_owned());
            }
            assert_same(
                &tensor.sum_rightmost(shape.len() - axis),
                &(axis..shape.len()).fold(array.clone(), |sum, _| sum.sum_axis(Axis(axis))),
            );
        }
        assert_same(&tensor.sum_rightmost(0), &array);
        assert_same(&tensor.sum_axes(&[]), &array);
        if shape.len() >= 2 {
            assert_same(&tensor.sum_axes(&[-1, 0]), &array.sum_axis(Axis(shape.len() - 1)).sum_axis(Axis(0)));
        }
    }
}

#[test]
fn shapes() {
    let (array, tensor) = sample(&[2, 3, 4], 5);
    assert_same(&tensor.reshape([4, 6]), &array.to_shape(IxDyn(&[4, 6])).unwrap().to_owned());
    assert_same(&tensor.transpose(), &array.view().permuted_axes(IxDyn(&[0, 2, 1])).to_owned());
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_same(&tensor.permute(&order), &array.view().permuted_axes(IxDyn(&order)).to_owned());
    }
    for (axis, signed) in [(0, 0), (1, 1), (3, 3), (3, -1), (2, -2), (0, -4)] {
        let wide = tensor.unsqueeze(signed);
        assert_same(&wide, &array.clone().insert_axis(Axis(axis)));
        assert_same(&wide.squeeze(signed), &array);
    }
    let six = Tensor::arange(64).reshape([2; 6]);
    assert_eq!(six.permute(&[5, 4, 3, 2, 1, 0]).permute(&[5, 4, 3, 2, 1, 0]), six);
    assert_eq!(six.permute(&[5, 0, 1, 2, 3, 4]).to_vec()[..3], [0.0, 2.0, 4.0]);
    assert_eq!(Tensor::from(2.0).broadcast_to([2, 2]).to_vec(), [2.0; 4]);
    assert_eq!(Tensor::from(2.0).reshape([1, 1]).reshape(()).item(), 2.0);
    assert_eq!(Tensor::zeros([0, 3]).reshape([3, 0]).transpose().shape(), Shape::from([0, 3]));
}

#[test]
fn parts_and_joins() {
    for shape in [&[3][..], &[3, 4], &[2, 3, 2], &[2, 1, 2, 3, 1, 2]] {
        let (array, tensor) = sample(shape, 6);
        for axis in 0..shape.len() {
            let along = Axis(axis);
            let length = shape[axis];
            for signed in [axis as isize, axis as isize - shape.len() as isize] {
                for (start, end) in [(0, length), (0, 1), (length - 1, length), (1, 1)] {
                    let part = array.slice_axis(along, ndarray::Slice::from(start..end));
                    assert_same(&tensor.slice(signed, start..end), &part.to_owned());
                }
                assert_same(&tensor.index(signed, length - 1), &array.index_axis(along, length - 1).to_owned());
                let places = [length - 1, 0, 0, length - 1, length / 2];
                assert_same(&tensor.take(signed, &places), &array.select(along, &places));
                let (other, joined) = sample(shape, 7);
                let tensors = [tensor.clone(), joined];
                assert_same(
                    &Tensor::concat(&tensors, signed),
                    &concatenate(along, &[array.view(), other.view()]).unwrap(),
                );
                if shape.len() < 6 {
                    assert_same(
                        &Tensor::stack(&tensors, axis as isize),
                        &stack(along, &[array.view(), other.view()]).unwrap(),
                    );
                }
            }
        }
        assert_same(&tensor.get(0), &array.index_axis(Axis(0), 0).to_owned());
    }
    let last = Tensor::stack(&[Tensor::from([1.0, 2.0]), Tensor::from([3.0, 4.0])], -1);
    assert_eq!(last, Tensor::from([[1.0, 3.0], [2.0, 4.0]]));
    assert_eq!(Tensor::stack(&[Tensor::from(1.0), Tensor::from(2.0)], 0), Tensor::from([1.0, 2.0]));
    let uneven = [Tensor::ones([2, 1]), Tensor::zeros([2, 0]), Tensor::zeros([2, 2])];
    assert_eq!(Tensor::concat(&uneven, 1), Tensor::from([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]));
}

#[test]
fn diagonals_and_triangles() {
    let (array, tensor) = sample(&[2, 3, 3], 8);
    let diagonal = ArrayD::from_shape_fn(IxDyn(&[2, 3]), |i| array[[i[0], i[1], i[1]]]);
    assert_same(&tensor.diagonal(), &diagonal);
    let (array, tensor) = sample(&[2, 3, 4], 9);
    for offset in -3..=3 {
        let kept = ArrayD::from_shape_fn(IxDyn(&[2, 3, 4]), |i| {
            if i[2] as isize <= i[1] as isize + offset { array[[i[0], i[1], i[2]]] } else { 0.0 }
        });
        assert_same(&tensor.tril(offset), &kept);
    }
}

/// The product by its definition, the batches broadcast beforehand.
fn product(a: &Tensor, b: &Tensor) -> ArrayD<f64> {
    let (a_batch, a_matrix) = a.shape().split_event(2);
    let (b_batch, b_matrix) = b.shape().split_event(2);
    let batch = a_batch.broadcast(&b_batch).unwrap();
    let a = a.broadcast_to(batch.concat(&a_matrix)).reshape([batch.size(), a_matrix[0], a_matrix[1]]).to_array();
    let b = b.broadcast_to(batch.concat(&b_matrix)).reshape([batch.size(), b_matrix[0], b_matrix[1]]).to_array();
    let flat = ArrayD::from_shape_fn(IxDyn(&[batch.size(), a_matrix[0], b_matrix[1]]), |i| {
        (0..a_matrix[1]).map(|k| a[[i[0], i[1], k]] * b[[i[0], k, i[2]]]).sum()
    });
    let shape = batch.concat(&Shape::from([a_matrix[0], b_matrix[1]]));
    flat.into_shape_with_order(IxDyn(&shape)).unwrap()
}

#[test]
fn matrix_products() {
    for (left, right) in [
        (&[2, 3][..], &[3, 4][..]),
        (&[1, 1], &[1, 1]),
        (&[40, 30], &[30, 50]),
        (&[5, 2, 3], &[5, 3, 2]),
        (&[5, 2, 3], &[3, 2]),
        (&[2, 3], &[5, 3, 1]),
        (&[4, 1, 2, 3], &[1, 5, 3, 2]),
        (&[2, 0], &[0, 2]),
        (&[0, 2, 3], &[3, 2]),
    ] {
        let ((_, a), (_, b)) = (sample(left, 1), sample(right, 2));
        let expected = product(&a, &b);
        assert_eq!(a.matmul(&b).shape().dims(), expected.shape());
        for (got, expected) in a.matmul(&b).to_vec().into_iter().zip(expected) {
            assert_relative_eq!(got, expected, epsilon = 1e-13);
        }
    }
    let ((_, matrix), (_, vector)) = (sample(&[2, 3, 4], 1), sample(&[4], 2));
    assert_same(&matrix.matmul(&vector), &product(&matrix, &vector.unsqueeze(-1)).remove_axis(Axis(2)));
    assert_same(
        &vector.matmul(matrix.transpose()),
        &product(&vector.unsqueeze(0), &matrix.transpose()).remove_axis(Axis(1)),
    );
    let sum: f64 = vector.to_vec().iter().map(|x| x * x).sum();
    assert_relative_eq!(vector.matmul(&vector).item(), sum, epsilon = 1e-15);
    assert_eq!(vector.matmul(&vector).shape(), Shape::SCALAR);
    assert_relative_eq!(vector.dot(&vector).item(), sum, epsilon = 1e-15);
}

#[test]
fn factors_solutions_and_determinants() {
    for (batch, size) in [(&[][..], 1), (&[], 4), (&[3], 2), (&[2, 2], 3), (&[], 30)] {
        let shape = Shape::from(batch).concat(&Shape::from([size, size]));
        let root = sample(&shape, 3).1 + Tensor::eye(size) * 2.0;
        let positive_definite = root.matmul(root.transpose());
        let factor = positive_definite.cholesky();
        assert_eq!(factor, factor.tril(0));
        let back = factor.matmul(factor.transpose());
        assert!((&back - &positive_definite).abs().max() < 1e-12);
        let by_factor = factor.diagonal().ln().sum_axis(-1) * 2.0;
        assert!((positive_definite.log_determinant() - by_factor).abs().max() < 1e-11);

        for right_batch in [Shape::SCALAR, Shape::from(batch)] {
            let right = sample(&right_batch.concat(&Shape::from([size, 2])), 4).1;
            let upper = factor.transpose();
            let residuals = [
                factor.matmul(factor.triangular_solve(&right, true, false)) - &right,
                upper.matmul(factor.triangular_solve(&right, true, true)) - &right,
                upper.matmul(upper.triangular_solve(&right, false, false)) - &right,
                factor.matmul(upper.triangular_solve(&right, false, true)) - &right,
            ];
            for residual in residuals {
                assert!(residual.abs().max() < 1e-11);
            }
        }
        let vector = sample(&[size], 5).1;
        let solution = factor.triangular_solve(&vector, true, false);
        assert_eq!(solution.shape(), Shape::from(batch).concat(&Shape::from(size)));
        assert!((factor.matmul(solution.unsqueeze(-1)).squeeze(-1) - vector).abs().max() < 1e-11);
    }
    let negative = Tensor::from([[0.0, 2.0], [3.0, 0.0]]);
    assert_relative_eq!(negative.log_determinant().item(), 6.0_f64.ln(), epsilon = 1e-15);
}
