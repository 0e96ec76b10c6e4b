//! Kernels against their formulas, and what holds for all of them.

use super::*;
use crate::distribution::conformance::integral;
use crate::grad;
use crate::program::tests::assert_program_is_tape;

/// A kernel of some parameters.
type Build = fn(&[Tensor]) -> Result<Arc<dyn Kernel>>;

/// A kernel as its tests describe it: how to build it, parameters, and its formula for two points.
struct Case {
    name: &'static str,
    build: Build,
    parameters: Vec<f64>,
    formula: fn(&[f64], &[f64], &[f64]) -> f64,
}

fn distance(length_scale: f64, a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| ((a - b) / length_scale).powi(2)).sum::<f64>().sqrt()
}

fn dot(a: &[f64], b: &[f64], shift: f64) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - shift) * (b - shift)).sum()
}

/// Every kernel that has a formula of two points.
fn cases() -> Vec<Case> {
    let case = |name, build: Build, parameters: &[f64], formula| Case {
        name,
        build,
        parameters: parameters.to_vec(),
        formula,
    };
    vec![
        case(
            "ExponentiatedQuadratic",
            |p| Ok(Arc::new(ExponentiatedQuadratic::new(&p[0], &p[1])?)),
            &[1.4, 0.7],
            |p, a, b| p[0] * p[0] * (-0.5 * distance(p[1], a, b).powi(2)).exp(),
        ),
        case(
            "MaternOneHalf",
            |p| Ok(Arc::new(MaternOneHalf::new(&p[0], &p[1])?)),
            &[1.4, 0.7],
            |p, a, b| p[0] * p[0] * (-distance(p[1], a, b)).exp(),
        ),
        case(
            "MaternThreeHalves",
            |p| Ok(Arc::new(MaternThreeHalves::new(&p[0], &p[1])?)),
            &[1.4, 0.7],
            |p, a, b| {
                let u = 3_f64.sqrt() * distance(p[1], a, b);
                p[0] * p[0] * (1.0 + u) * (-u).exp()
            },
        ),
        case(
            "MaternFiveHalves",
            |p| Ok(Arc::new(MaternFiveHalves::new(&p[0], &p[1])?)),
            &[1.4, 0.7],
            |p, a, b| {
                let u = 5_f64.sqrt() * distance(p[1], a, b);
                p[0] * p[0] * (1.0 + u + u * u / 3.0) * (-u).exp()
            },
        ),
        case(
            "RationalQuadratic",
            |p| Ok(Arc::new(RationalQuadratic::new(&p[0], &p[1], &p[2])?)),
            &[1.4, 0.7, 1.6],
            |p, a, b| p[0] * p[0] * (1.0 + distance(p[1], a, b).powi(2) / (2.0 * p[2])).powf(-p[2]),
        ),
        case(
            "Periodic",
            |p| Ok(Arc::new(Periodic::new(&p[0], &p[1], &p[2])?)),
            &[1.4, 0.7, 2.3],
            |p, a, b| {
                let squares = a.iter().zip(b).map(|(a, b)| (std::f64::consts::PI * (a - b) / p[2]).sin().powi(2));
                p[0] * p[0] * (-2.0 * squares.sum::<f64>() / (p[1] * p[1])).exp()
            },
        ),
        case(
            "Linear",
            |p| Ok(Arc::new(Linear::new(&p[0], &p[1], &p[2])?)),
            &[1.4, 0.7, 0.3],
            |p, a, b| p[0] * p[0] + p[1] * p[1] * dot(a, b, p[2]),
        ),
        case(
            "Polynomial",
            |p| Ok(Arc::new(Polynomial::new(&p[0], &p[1], 3)?)),
            &[0.7, 0.4],
            |p, a, b| p[0] * p[0] * (p[1] + dot(a, b, 0.0)).powi(3),
        ),
        case("Constant", |p| Ok(Arc::new(Constant::new(&p[0])?)), &[1.4], |p, _, _| p[0]),
        case(
            "Sum",
            |p| Ok(Arc::new(MaternOneHalf::new(&p[0], &p[1])? + Constant::new(&p[2])? + Constant::new(1.0)?)),
            &[1.4, 0.7, 0.2],
            |p, a, b| p[0] * p[0] * (-distance(p[1], a, b)).exp() + p[2] + 1.0,
        ),
        case(
            "Product",
            |p| Ok(Arc::new(Linear::new(&p[0], &p[1], 0.0)? * ExponentiatedQuadratic::new(1.0, &p[2])?)),
            &[1.4, 0.7, 0.9],
            |p, a, b| (p[0] * p[0] + p[1] * p[1] * dot(a, b, 0.0)) * (-0.5 * distance(p[2], a, b).powi(2)).exp(),
        ),
        case(
            "scaled",
            |p| Ok(Arc::new(MaternOneHalf::new(1.0, &p[0])?.scaled(&p[1])?)),
            &[1.4, 0.7],
            |p, a, b| p[1] * (-distance(p[0], a, b)).exp(),
        ),
    ]
}

fn tensors(parameters: &[f64]) -> Vec<Tensor> {
    parameters.iter().map(|&parameter| Tensor::from(parameter)).collect()
}

/// The second and the fourth coincide.
fn line() -> Vec<Vec<f64>> {
    [0.3, 1.1, -0.6, 1.1].map(|x| vec![x]).to_vec()
}

fn plane() -> Vec<Vec<f64>> {
    vec![vec![0.3, 0.4], vec![1.1, -0.2], vec![-0.6, 0.9], vec![1.1, -0.2]]
}

#[test]
fn matrices_are_those_of_the_formulas() {
    for Case { name, build, parameters, formula } in cases() {
        let kernel = build(&tensors(&parameters)).unwrap();
        for points in [line(), plane()] {
            let (x, few) = (Tensor::from(&points), Tensor::from(&points[..3]));
            let matrix = kernel.matrix(&x, &few).unwrap();
            assert_eq!(matrix.shape().dims(), [4, 3], "{name}");
            for (row, a) in points.iter().enumerate() {
                for (column, b) in points[..3].iter().enumerate() {
                    let (got, want) = (matrix.get(row).get(column).item(), formula(&parameters, a, b));
                    // Some ten roundings.
                    assert!((got - want).abs() <= 4e-15 * want.abs().max(1.0), "{name}: {got}, {want}");
                }
            }
            let covariance = kernel.covariance(&x).unwrap();
            assert_eq!(covariance, kernel.matrix(&x, &x).unwrap(), "{name}");
            assert_eq!(covariance, covariance.transpose(), "{name}");
            let difference = kernel.diagonal(&x).unwrap() - covariance.diagonal();
            assert!(difference.abs().max() < 4e-15, "{name}: {difference}");
        }
        let column: Vec<f64> = line().concat();
        let (line, rows) = (Tensor::from(column), Tensor::from(line()));
        assert_eq!(kernel.covariance(&line).unwrap(), kernel.covariance(&rows).unwrap(), "{name}");
    }
}

#[test]
fn matrices_are_positive_semidefinite() {
    // Points of a regular grid in the plane and of a few clusters.
    let points: Vec<[f64; 2]> =
        (0..30).map(|k| [f64::from(k % 6) * 0.4, f64::from(k / 6) * 0.3 + 1e-3 * f64::from(k % 2)]).collect();
    let x = Tensor::from(points);
    for Case { name, build, parameters, .. } in cases() {
        let covariance = build(&tensors(&parameters)).unwrap().covariance(&x).unwrap();
        // No eigenvalue is below −1e-10, the rounding of a few numbers of the size of 10.
        let jittered = covariance + Tensor::eye(30) * 1e-10;
        assert!(jittered.try_cholesky().is_ok(), "{name}");
    }
    let noise = WhiteNoise::new(0.3).unwrap().covariance(&x).unwrap();
    assert_eq!(noise, Tensor::eye(30) * 0.3);
}

/// A weighted sum of the covariances, which has a gradient by each of them.
fn weighted(matrix: &Tensor) -> Tensor {
    let weights = Tensor::linspace(0.5, 1.5, matrix.size()).reshape(matrix.shape());
    (matrix * weights.sin()).sum()
}

#[test]
fn gradients_by_parameters_and_points_are_finite_differences_also_where_points_coincide() {
    for Case { name, build, parameters, .. } in cases() {
        for points in [line(), plane()] {
            let mut inputs = tensors(&parameters);
            inputs.push(Tensor::from(&points));
            let function = |inputs: &[Tensor]| {
                let (x, parameters) = inputs.split_last().unwrap();
                let kernel = build(parameters)?;
                Ok(weighted(&kernel.covariance(x)?) + weighted(&kernel.diagonal(x)?))
            };
            let (value, gradients) = grad(function, &inputs).unwrap();
            assert_eq!(value, function(&inputs).unwrap().item(), "{name}");
            for (which, gradient) in gradients.iter().enumerate() {
                for (place, got) in gradient.to_vec().into_iter().enumerate() {
                    let at = |by: f64| {
                        let mut inputs = inputs.clone();
                        let mut elements = inputs[which].to_vec();
                        elements[place] += by;
                        inputs[which] = Tensor::new(elements, inputs[which].shape()).unwrap();
                        function(&inputs).unwrap().item()
                    };
                    // Of fourth order. At a corner, and beside one of a derivative, central differences are even.
                    let want = (8.0 * (at(1e-3) - at(-1e-3)) - (at(2e-3) - at(-2e-3))) / 12e-3;
                    assert!((got - want).abs() < 1e-7, "{name}: input {which}[{place}]: {got}, {want}");
                }
            }
        }
    }
}

#[test]
fn programs_are_the_tape_also_where_points_coincide() {
    for Case { name, build, parameters, .. } in cases() {
        // With points that are given, and with points that move: these are apart, because a corner has no Hessian.
        let given = Tensor::from(plane());
        assert_program_is_tape(name, &tensors(&parameters), |p| Ok(weighted(&build(p)?.covariance(&given)?)));
        let mut inputs = tensors(&parameters);
        inputs.push(Tensor::from(&plane()[..3]));
        assert_program_is_tape(name, &inputs, |inputs| {
            let (x, parameters) = inputs.split_last().unwrap();
            Ok(weighted(&build(parameters)?.covariance(x)?))
        });
    }
}

/// Where two points coincide, smooth kernels have their second derivatives too.
#[test]
fn second_derivatives_where_points_coincide() {
    let second = |build: fn() -> Result<Arc<dyn Kernel>>| {
        let along = |x: &Tensor| {
            let pair = Tensor::stack(&[x.get(0), Tensor::from(0.4)], 0);
            Ok(build()?.matrix(&pair.slice(0, 0..1), &pair.slice(0, 1..2))?.sum())
        };
        let mut hessian = match crate::program::record_hessian(&[0.4], along) {
            Ok(crate::program::Recorded::Static(hessian)) => hessian,
            other => panic!("{other:?}"),
        };
        let mut product = [0.0];
        hessian.product(&[0.4], &[1.0], &mut product);
        product[0]
    };
    // −A² ν / ((ν − 1) ℓ²) of Matérn kernels.
    let close = |got: f64, want: f64| assert!((got - want).abs() < 1e-13, "{got}, {want}");
    close(second(|| Ok(Arc::new(MaternThreeHalves::new(1.0, 0.5)?))), -12.0);
    close(second(|| Ok(Arc::new(MaternFiveHalves::new(1.0, 0.5)?))), -20.0 / 3.0);
    close(second(|| Ok(Arc::new(ExponentiatedQuadratic::new(1.0, 0.5)?))), -4.0);
}

#[test]
fn a_batch_is_its_members() {
    let x = Tensor::from(plane());
    for Case { name, build, parameters, .. } in cases() {
        let stacked: Vec<Tensor> = parameters.iter().map(|&p| Tensor::from([p, 1.3 * p])).collect();
        let kernel = build(&stacked).unwrap();
        assert_eq!(kernel.batch_shape().dims(), [2], "{name}");
        let (matrices, diagonals) = (kernel.matrix(&x, &x.slice(0, 1..3)).unwrap(), kernel.diagonal(&x).unwrap());
        for member in 0..2 {
            let alone = build(&stacked.iter().map(|p| p.get(member)).collect::<Vec<_>>()).unwrap();
            assert_eq!(matrices.get(member), alone.matrix(&x, &x.slice(0, 1..3)).unwrap(), "{name}");
            assert_eq!(diagonals.get(member), alone.diagonal(&x).unwrap(), "{name}");
        }
        // A batch of points, one for each kernel.
        let both = Tensor::stack(&[x.clone(), &x * 0.5], 0);
        let matrices = kernel.covariance(&both).unwrap();
        let alone = build(&stacked.iter().map(|p| p.get(1)).collect::<Vec<_>>()).unwrap();
        assert_eq!(matrices.get(1), alone.covariance(&(&x * 0.5)).unwrap(), "{name}");
    }
    let noise = WhiteNoise::new([0.1, 0.2]).unwrap();
    assert_eq!(noise.covariance(&x).unwrap().get(1), Tensor::eye(4) * 0.2);
    assert_eq!(noise.matrix(&x, &x).unwrap(), Tensor::zeros([2, 4, 4]));
}

#[test]
fn length_scales_of_dimensions_are_scaled_points() {
    let (x, scales) = (Tensor::from(plane()), Tensor::from([0.5, 2.0]));
    let scaled = &x / &scales;
    let same = |ard: &dyn Kernel, unit: &dyn Kernel| {
        assert_eq!(ard.covariance(&x).unwrap(), unit.covariance(&scaled).unwrap(), "{}", ard.name());
    };
    same(&ExponentiatedQuadratic::ard(1.2, &scales).unwrap(), &ExponentiatedQuadratic::new(1.2, 1.0).unwrap());
    same(&MaternOneHalf::ard(1.2, &scales).unwrap(), &MaternOneHalf::new(1.2, 1.0).unwrap());
    same(&MaternFiveHalves::ard(1.2, &scales).unwrap(), &MaternFiveHalves::new(1.2, 1.0).unwrap());
    same(&RationalQuadratic::ard(1.2, &scales, 0.7).unwrap(), &RationalQuadratic::new(1.2, 1.0, 0.7).unwrap());
    // A batch of three kernels.
    let batch = ExponentiatedQuadratic::ard([1.0, 2.0, 3.0], Tensor::ones([3, 2])).unwrap();
    assert_eq!((batch.batch_shape().dims(), batch.covariance(&x).unwrap().shape().dims()), (&[3][..], &[3, 4, 4][..]));
}

#[test]
fn extreme_parameters_have_their_limits() {
    let x = Tensor::from([0.0, 1.0, 1.0]);
    let (rough, flat) = ([1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0], [1.0; 9]);
    for (length_scale, want) in [(1e-200, rough), (1e200, flat)] {
        let kernels: [Arc<dyn Kernel>; 5] = [
            Arc::new(ExponentiatedQuadratic::new(1.0, length_scale).unwrap()),
            Arc::new(MaternOneHalf::new(1.0, length_scale).unwrap()),
            Arc::new(MaternThreeHalves::new(1.0, length_scale).unwrap()),
            Arc::new(MaternFiveHalves::new(1.0, length_scale).unwrap()),
            Arc::new(RationalQuadratic::new(1.0, length_scale, 2.0).unwrap()),
        ];
        for kernel in kernels {
            let got = kernel.covariance(&x).unwrap().to_vec();
            assert!(got.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-15), "{}: {got:?}", kernel.name());
        }
    }
    // A mixture of one length scale.
    let single = RationalQuadratic::new(1.3, 0.8, 1e14).unwrap().covariance(&x).unwrap();
    let want = ExponentiatedQuadratic::new(1.3, 0.8).unwrap().covariance(&x).unwrap();
    assert!((single - want).abs().max() < 1e-14);
}

#[test]
fn spectral_densities_are_fourier_transforms() {
    // The basis of sines compares those of Matérn kernels at other distances: quadrature does not follow the oscillations of
    // their tails.
    let check = |kernel: &dyn SpectralDensity, lags: &[f64], tolerance: f64| {
        for &lag in lags {
            let density = |omega: f64| {
                let frequency = Tensor::from([[omega]]);
                kernel.spectral_density(&frequency).unwrap().item() * (omega * lag).cos() / std::f64::consts::TAU
            };
            let got = integral(density, (f64::NEG_INFINITY, f64::INFINITY), 0.0, 1.0);
            let want = kernel.matrix(&Tensor::from([0.0]), &Tensor::from([lag])).unwrap().item();
            assert!((got - want).abs() < tolerance, "{} at {lag}: {got}, {want}", kernel.name());
        }
    };
    check(&ExponentiatedQuadratic::new(1.4, 0.7).unwrap(), &[0.0, 0.3, 1.1], 1e-12);
    check(&MaternThreeHalves::new(1.4, 0.7).unwrap(), &[0.0], 1e-12);
    check(&MaternFiveHalves::new(1.4, 0.7).unwrap(), &[0.0], 1e-12);
    // 2 A² ℓ / (1 + ℓ² ω²).
    let exponential = MaternOneHalf::new(1.4, 0.7).unwrap().spectral_density(&Tensor::from([[2.0]])).unwrap();
    assert!((exponential.item() - 2.0 * 1.96 * 0.7 / (1.0 + 0.49 * 4.0)).abs() < 1e-14);
    // In the plane, 2π A² ℓ₁ ℓ₂ (1 + Σ ℓ² ω²)^(−3/2).
    let plane = MaternOneHalf::ard(1.4, [0.7, 0.5]).unwrap().spectral_density(&Tensor::from([[2.0, 1.0]])).unwrap();
    let want = std::f64::consts::TAU * 1.96 * 0.35 * (1.0 + 0.49 * 4.0 + 0.25_f64).powf(-1.5);
    assert!((plane.item() - want).abs() < 1e-14);
    let plane = ExponentiatedQuadratic::ard(1.4, [0.7, 0.5]).unwrap();
    let want = std::f64::consts::TAU * 1.96 * 0.35 * (-0.5 * (0.49 * 4.0 + 0.25_f64)).exp();
    assert!((plane.spectral_density(&Tensor::from([[2.0, 1.0]])).unwrap().item() - want).abs() < 1e-14);
}

#[test]
fn wrong_parameters_and_shapes_are_named() {
    let text = |error: Option<crate::Error>| error.unwrap().to_string();
    let of = |kernel: Result<Periodic>| text(kernel.err());
    assert_eq!(of(Periodic::new(1.0, 1.0, -2.0)), "Periodic: `period` must be positive, got -2");
    assert_eq!(of(Periodic::new(1.0, f64::NAN, 2.0)), "Periodic: `length_scale` must be positive, got NaN");
    assert_eq!(of(Periodic::new([1.0, 2.0], [1.0; 3], 2.0)), "Periodic: shapes [2] and [3] do not broadcast");
    assert_eq!(text(Linear::new(-1.0, 1.0, 0.0).err()), "Linear: `bias_amplitude` must be non-negative, got -1");
    assert_eq!(
        text(Polynomial::new(1.0, 1.0, 1.5).err()),
        "Polynomial: `degree` must be a non-negative integer, got 1.5"
    );
    assert_eq!(text(WhiteNoise::new(-1.0).err()), "WhiteNoise: `variance` must be non-negative, got -1");
    assert_eq!(
        text(MaternOneHalf::new(1.0, 1.0).unwrap().scaled(-1.0).err()),
        "Constant: `constant` must be non-negative, got -1"
    );

    let kernel = ExponentiatedQuadratic::ard(1.0, [1.0, 2.0]).unwrap();
    assert_eq!(
        text(kernel.covariance(&Tensor::zeros([4, 3])).err()),
        "ExponentiatedQuadratic: shapes [2] and [4, 3] do not fit as length scales and points of one dimension"
    );
    assert!(kernel.diagonal(&Tensor::zeros([4, 3])).is_err());
    assert_eq!(
        text(kernel.matrix(&Tensor::zeros([4, 2]), &Tensor::zeros(4)).err()),
        "ExponentiatedQuadratic: shapes [4, 2] and [4] do not fit as points of one dimension"
    );
    assert!(kernel.covariance(&Tensor::from(1.0)).is_err());
    assert!(ExponentiatedQuadratic::ard(1.0, 2.0).is_err());
}

#[test]
#[should_panic(expected = "Sum: shapes [2] and [3] do not broadcast")]
fn the_operator_panics_at_batches_that_do_not_fit() {
    let _ = Constant::new([1.0, 2.0]).unwrap() + Constant::new([1.0; 3]).unwrap();
}

#[test]
fn tracked_parameters_outside_of_their_domains_are_nan_and_found_by_the_check() {
    for Case { name, build, parameters, .. } in cases() {
        if parameters.len() < 2 {
            continue;
        }
        let covariance = |p: &[Tensor]| {
            let mut all = tensors(&parameters);
            all[0] = p[0].clone();
            let kernel = build(&all)?;
            assert!(kernel.check_parameters().is_err(), "{name}");
            Ok(kernel.covariance(&Tensor::from(plane()))?.sum())
        };
        assert!(grad(covariance, &[Tensor::from(-0.5)]).unwrap().0.is_nan(), "{name}");
    }
}
