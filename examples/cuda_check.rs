//! Runs every operation on tensors on a CUDA device and on the CPU, forward and backward, and prints how far apart
//! the results are.
//!
//! Build with `cargo build --release --features cuda --example cuda_check` where there is a CUDA toolkit; run where
//! there is a device. Exits with 1 if a difference exceeds the tolerance.

#![allow(clippy::print_stdout, reason = "an example reports to the terminal")]

use std::process::ExitCode;

use ppl::program::{Obstacle, Recorded, record};
use ppl::{Device, Result, Tensor, grad};

/// Name, inputs, and the function to compare.
type Case = (&'static str, Vec<Tensor>, fn(&[Tensor]) -> Tensor);

/// Largest difference accepted, relative to the largest element. CUDA's functions are accurate to a few roundings.
const TOLERANCE: f64 = 1e-11;

fn main() -> Result<ExitCode> {
    let cuda = match Device::cuda(0) {
        Ok(device) => device,
        Err(error) => {
            println!("no CUDA device to check: {error}");
            return Ok(ExitCode::FAILURE);
        }
    };
    let mut failures = 0;
    println!("{:24} {:>12} {:>12}", "operation", "value", "gradient");
    for (name, inputs, function) in cases() {
        match compare(&cuda, &inputs, function) {
            Ok([value, gradient]) => {
                let failed = [value, gradient].iter().any(|x| x.is_nan() || *x > TOLERANCE);
                failures += u32::from(failed);
                let end = if failed { "  FAILED" } else { "" };
                println!("{name:24} {value:12.2e} {gradient:12.2e}{end}");
            }
            Err(error) => {
                failures += 1;
                println!("{name:24} FAILED: {error}");
            }
        }
    }
    // Recorded programs run on the CPU, so a function that runs on the device must not be recorded.
    match record(&[0.5, 1.5], |x| Ok(x.to_device(&cuda)?.exp().sum()))? {
        Recorded::Dynamic(obstacle @ Obstacle::Device { .. }) => println!("not recorded: {obstacle}"),
        recorded => {
            failures += 1;
            println!("FAILED: a function that runs on the device was recorded as {recorded:?}");
        }
    }
    println!("{failures} failures");
    Ok(if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The largest relative differences between the devices: of the value, and of the gradients.
fn compare(cuda: &Device, inputs: &[Tensor], function: fn(&[Tensor]) -> Tensor) -> Result<[f64; 2]> {
    // Weights tell the elements of the output apart.
    let weighted = |x: &[Tensor]| -> Result<Tensor> {
        let output = function(x);
        let weights = Tensor::linspace(0.5, 1.5, output.size()).reshape(output.shape()).to_device(&output.device())?;
        Ok((output * weights).sum())
    };
    let there = inputs.iter().map(|input| input.to_device(cuda)).collect::<Result<Vec<_>>>()?;
    let value = difference(&function(inputs), &function(&there));

    let (expected, by_cpu) = grad(weighted, inputs)?;
    let (got, by_cuda) = grad(weighted, &there)?;
    let gradients = by_cpu.iter().zip(&by_cuda).map(|(expected, got)| difference(expected, got));
    let sums = difference(&Tensor::from(expected), &Tensor::from(got));
    Ok([value.max(sums), gradients.fold(0.0, f64::max)])
}

fn difference(expected: &Tensor, got: &Tensor) -> f64 {
    if expected.shape() != got.shape() {
        return f64::INFINITY;
    }
    let (expected, got) = (expected.to_vec(), got.to_vec());
    let scale = expected.iter().fold(1e-300, |largest: f64, x| largest.max(x.abs()));
    // `max` would drop a NaN.
    expected
        .iter()
        .zip(&got)
        .map(|(a, b)| (a - b).abs() / scale)
        .fold(0.0, |largest, x| if x > largest || x.is_nan() { x } else { largest })
}

fn cases() -> Vec<Case> {
    let x = || Tensor::linspace(-1.4, 1.3, 24).reshape([2, 3, 4]);
    let positive = || Tensor::linspace(0.3, 4.0, 24).reshape([2, 3, 4]);
    let row = || Tensor::linspace(0.4, 1.1, 4);
    let column = || Tensor::linspace(-0.8, 0.9, 3).reshape([3, 1]);
    let number = || Tensor::from(0.7);
    let matrix = || Tensor::linspace(-0.3, 0.5, 9).reshape([3, 3]) + Tensor::eye(3) * 2.0;
    let one = |input: Tensor| vec![input];
    vec![
        ("neg", one(x()), |x| -&x[0]),
        ("exp", one(x()), |x| x[0].exp()),
        ("expm1", one(x()), |x| x[0].expm1()),
        ("ln", one(positive()), |x| x[0].ln()),
        ("log1p", one(positive()), |x| x[0].log1p()),
        ("sqrt", one(positive()), |x| x[0].sqrt()),
        ("square", one(x()), |x| x[0].square()),
        ("abs", one(x()), |x| x[0].abs()),
        ("recip", one(positive()), |x| x[0].recip()),
        ("sin", one(x()), |x| x[0].sin()),
        ("cos", one(x()), |x| x[0].cos()),
        ("tan", one(x()), |x| x[0].tan()),
        ("atan", one(x()), |x| x[0].atan()),
        ("tanh", one(x()), |x| x[0].tanh()),
        ("sigmoid", one(x()), |x| x[0].sigmoid()),
        ("softplus", one(x()), |x| x[0].softplus()),
        ("log_sigmoid", one(x()), |x| x[0].log_sigmoid()),
        ("lgamma", one(positive()), |x| x[0].lgamma()),
        ("digamma", one(positive()), |x| x[0].digamma()),
        ("erf", one(x()), |x| x[0].erf()),
        ("erfc", one(x()), |x| x[0].erfc()),
        ("log_ndtr", one(x()), |x| x[0].log_ndtr()),
        ("sign", one(x()), |x| x[0].sign() * &x[0]),
        ("floor", one(x()), |x| x[0].floor() * &x[0]),
        ("powf", one(positive()), |x| x[0].powf(1.7)),
        ("powf 0", one(positive()), |x| x[0].powf(0.0) * &x[0]),
        ("add", vec![x(), positive()], |x| &x[0] + &x[1]),
        ("sub", vec![x(), positive()], |x| &x[0] - &x[1]),
        ("mul", vec![x(), positive()], |x| &x[0] * &x[1]),
        ("div", vec![x(), positive()], |x| &x[0] / &x[1]),
        ("add a row", vec![x(), row()], |x| &x[0] + &x[1]),
        ("sub a column", vec![x(), column()], |x| &x[1] - &x[0]),
        ("mul row and column", vec![row(), column()], |x| &x[0] * &x[1]),
        ("div by a scalar", vec![x(), number()], |x| &x[0] / &x[1]),
        ("scalar div", vec![positive(), number()], |x| &x[1] / &x[0]),
        ("scalars", vec![number(), number()], |x| &x[0] / &x[1] + &x[0] * &x[1]),
        ("numbers", one(positive()), |x| 2.0 - &x[0] * 3.0 + 4.0 / &x[0] - 1.0 / (&x[0] + 5.0) - 1.0),
        ("x * x", one(x()), |x| &x[0] * &x[0] + (&x[0] + &x[0]) / 2.0),
        ("constant", one(x()), |x| &x[0] * Tensor::linspace(0.0, 1.0, 4)),
        ("pow", vec![positive(), x()], |x| x[0].pow(&x[1])),
        ("maximum", vec![x(), row()], |x| x[0].maximum(&x[1])),
        ("minimum", vec![x(), row()], |x| x[0].minimum(&x[1])),
        ("xlogy", vec![x(), positive()], |x| x[0].xlogy(&x[1])),
        ("xlog1py", vec![x(), positive()], |x| x[0].xlog1py(&x[1])),
        ("lbeta", vec![positive(), positive()], |x| x[0].lbeta(&x[1])),
        ("clamp", one(x()), |x| x[0].clamp(-0.5, 0.6)),
        ("greater", one(x()), |x| x[0].greater(0.1) * &x[0]),
        ("select", vec![x(), row()], |x| Tensor::select(x[0].less(0.2), &x[0], &x[1])),
        ("sum", one(x()), |x| x[0].sum()),
        ("sum_axis 0", one(x()), |x| x[0].sum_axis(0)),
        ("sum_axis 1", one(x()), |x| x[0].sum_axis(1)),
        ("sum_axis 2", one(x()), |x| x[0].sum_axis(2)),
        ("mean", one(x()), |x| x[0].mean()),
        ("max_axis", one(x()), |x| x[0].max_axis(1)),
        ("min_axis", one(x()), |x| x[0].min_axis(-1)),
        ("logsumexp", one(x()), |x| x[0].logsumexp_axis(-1)),
        ("softmax", one(x()), |x| x[0].softmax(1)),
        ("cumsum", one(x()), |x| x[0].cumsum(1)),
        ("reshape", one(x()), |x| x[0].reshape([4, 6]).exp() + x[0].reshape([4, 6])),
        ("broadcast_to", one(column()), |x| x[0].broadcast_to([2, 3, 4])),
        ("broadcast_to scalar", one(number()), |x| x[0].broadcast_to([2, 3])),
        ("permute", one(x()), |x| x[0].permute(&[2, 0, 1])),
        ("transpose", one(x()), |x| x[0].transpose()),
        ("slice", one(x()), |x| x[0].slice(1, 1..3)),
        ("index", one(x()), |x| x[0].index(2, 1)),
        ("take", one(x()), |x| x[0].take(1, &[2, 0, 0, 1])),
        ("flip", one(x()), |x| x[0].flip(0)),
        ("concat", vec![x(), positive()], |x| Tensor::concat(x, 1)),
        ("stack", vec![x(), positive()], |x| Tensor::stack(x, -1)),
        ("diagonal", one(matrix()), |x| x[0].diagonal()),
        ("tril", one(matrix()), |x| x[0].tril(-1)),
        ("matmul", vec![x(), Tensor::linspace(0.1, 0.9, 8).reshape([4, 2])], |x| x[0].matmul(&x[1])),
        ("matmul batch", vec![x(), positive()], |x| x[0].matmul(x[1].transpose())),
        ("matmul vector", vec![x(), row()], |x| x[0].matmul(&x[1])),
        ("matmul itself", one(matrix()), |x| x[0].matmul(&x[0])),
        ("dot", vec![row(), Tensor::linspace(1.0, 2.0, 4)], |x| x[0].dot(&x[1])),
        ("cholesky", one(matrix()), |x| x[0].matmul(x[0].transpose()).cholesky()),
        ("triangular_solve", vec![matrix(), column()], |x| x[0].triangular_solve(&x[1], true, false)),
        ("triangular_solve t", vec![matrix(), column()], |x| x[0].triangular_solve(&x[1], false, true)),
        ("log_determinant", one(matrix()), |x| x[0].log_determinant()),
        ("nothing", vec![Tensor::zeros([0, 3]), row()], |x| x[0].sum_axis(0).sum() + x[1].sum()),
        ("to_device and back", one(x()), |x| {
            let there = x[0].to_device(&Device::cpu()).expect("there is memory");
            there.exp() + &x[0]
        }),
    ]
}
