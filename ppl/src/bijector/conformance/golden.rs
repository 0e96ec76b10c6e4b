//! Every bijector of `tests/golden/bijectors.json` that this module has, against its values.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;

use crate::bijector::*;
use crate::{Shape, Tensor};

/// Bijectors of the table that this module does not have: no constraint maps to them and no distribution needs them.
const NOT_COVERED: &[&str] = &[
    "AbsoluteValue",
    "CholeskyToInvCholesky",
    "Cumsum",
    "DiscreteCosineTransform",
    "Expm1",
    "FillScaleTriL",
    "FrechetCDF",
    "GeneralizedExtremeValueCDF",
    "GeneralizedPareto",
    "GompertzCDF",
    "GumbelCDF",
    "Householder",
    "KumaraswamyCDF",
    "LambertWTail",
    "Log1p",
    "MatrixInverseTriL",
    "MoyalCDF",
    "NormalCDF",
    "Permute",
    "PowerTransform",
    "RationalQuadraticSpline",
    "RayleighCDF",
    "SimplexToOrdered",
    "Sinh",
    "SinhArcsinh",
    "SoftClip",
    "Softfloor",
    "SoftmaxCentered",
    "Softsign",
    "TransformDiagonal",
    "Transpose",
    "WeibullCDF",
];

/// The bijector that the table calls by this name, or `None` if it is one of [`NOT_COVERED`].
fn bijector(case: &Value) -> Option<Arc<dyn Bijector>> {
    let parameter = |name: &str| tensor(&case["params"][name]);
    let parameter_or = |name: &str, default: f64| match case["params"].get(name) {
        Some(value) => tensor(value),
        None => Tensor::from(default),
    };
    let name = case["bijector"].as_str().unwrap();
    Some(match name {
        "Identity" => Arc::new(Identity),
        "Exp" => Arc::new(Exp),
        "Log" => Arc::new(Inverse::new(Arc::new(Exp))),
        "Sigmoid" if case["params"].as_object().unwrap().is_empty() => Arc::new(Sigmoid),
        "Sigmoid" => Arc::new(Interval::new(parameter("low"), parameter("high")).unwrap()),
        "Softplus" if case["params"].as_object().unwrap().is_empty() => Arc::new(Softplus),
        "Softplus" => {
            let (softness, low) = (parameter_or("hinge_softness", 1.0), parameter_or("low", 0.0));
            Arc::new(Chain::new(vec![
                Arc::new(Affine::new(low, &softness).unwrap()),
                Arc::new(Softplus),
                Arc::new(Inverse::new(Arc::new(Affine::new(0.0, softness).unwrap()))),
            ]))
        }
        "Tanh" => Arc::new(Tanh),
        "Square" => Arc::new(Power::new(2.0).unwrap()),
        "Reciprocal" => Arc::new(Power::new(-1.0).unwrap()),
        "Power" => Arc::new(Power::new(parameter("power")).unwrap()),
        "Shift" => Arc::new(Affine::new(parameter("shift"), 1.0).unwrap()),
        "Scale" => Arc::new(Affine::new(0.0, parameter("scale")).unwrap()),
        "Ascending" => Arc::new(Ordered),
        "IteratedSigmoidCentered" => Arc::new(StickBreaking),
        "ScaleMatvecDiag" => {
            Arc::new(Independent::new(Arc::new(Affine::new(0.0, parameter("scale_diag")).unwrap()), 1))
        }
        "ScaleMatvecTriL" => Arc::new(LowerCholeskyAffine::new(0.0, parameter("scale_tril")).unwrap()),
        "Affine" => Arc::new(LowerCholeskyAffine::new(parameter("shift"), parameter("scale_tril")).unwrap()),
        "LowerCholesky" => Arc::new(LowerCholesky),
        "SoftplusLowerCholesky" => Arc::new(SoftplusLowerCholesky),
        "FillTriangular" if case["params"]["upper"] == true => Arc::new(FillTriangular::upper()),
        "FillTriangular" => Arc::new(FillTriangular::lower()),
        "UnitVector" => Arc::new(UnitVector),
        "ZeroSum" => Arc::new(ZeroSum::new(1)),
        "CholeskyOuterProduct" => Arc::new(CholeskyOuterProduct),
        "CorrCholesky" => Arc::new(CorrelationCholesky),
        "CorrelationCholesky" => Arc::new(RowNormalizedCholesky),
        "Chain" => {
            let parts = case["params"]["bijectors"].as_array().unwrap().iter().map(bijector);
            Arc::new(Chain::new(parts.collect::<Option<Vec<_>>>()?))
        }
        _ => {
            assert!(NOT_COVERED.contains(&name), "{name}: neither mapped nor listed as not covered");
            return None;
        }
    })
}

/// A number or nested lists of numbers; NaN where the table has `null`.
fn tensor(value: &Value) -> Tensor {
    let Some(list) = value.as_array() else { return Tensor::from(value.as_f64().unwrap_or(f64::NAN)) };
    let parts: Vec<Tensor> = list.iter().map(tensor).collect();
    let inner = parts.first().map_or(Shape::SCALAR, Tensor::shape);
    let elements: Vec<f64> = parts.iter().flat_map(|part| part.to_vec()).collect();
    Tensor::new(elements, Shape::from(parts.len()).concat(&inner)).unwrap()
}

/// Lists the elements that are off; those that the table leaves out are not compared.
fn compare(failures: &mut String, what: &str, got: &Tensor, want: &Tensor, slack: &[f64]) {
    assert_eq!(got.shape(), want.shape(), "{what}");
    for (place, (got, want)) in got.to_vec().into_iter().zip(want.to_vec()).enumerate() {
        let tolerance = 1e-10 * want.abs() + 1e-12 + slack.get(place).copied().unwrap_or(0.0);
        if !(want.is_nan() || got == want || (got - want).abs() <= tolerance) {
            writeln!(failures, "{what}[{place}]: got {got:e}, want {want:e}").unwrap();
        }
    }
}

#[test]
fn every_bijector_meets_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/bijectors.json");
    let table: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut failures = String::new();
    let mut compared = 0;
    for case in table["cases"].as_array().unwrap() {
        let Some(bijector) = bijector(case) else { continue };
        compared += 1;
        let (x, y) = (tensor(&case["x"]), tensor(&case["y"]));
        let want = tensor(&case["forward_log_det_jacobian"]);
        let name = format!("{} {}", case["bijector"], case["params"]);
        assert_eq!(bijector.domain_event_rank() as u64, case["event_ndims"].as_u64().unwrap(), "{name}");

        let (forward, log_det) = bijector.forward_and_log_det(&x).unwrap();
        compare(&mut failures, &format!("{name} forward"), &forward, &y, &[]);
        compare(&mut failures, &format!("{name} log_det"), &log_det, &want, &[]);

        let (inverse, inverse_log_det) = bijector.inverse_and_log_det(&y).unwrap();
        // Where the rounding of y alone moves the inverse by this much, it can be no closer; where y is saturated,
        // nothing is left to invert.
        let slack: Vec<f64> = if case["event_ndims"] == 0 {
            let points = y.to_vec().into_iter().zip(want.to_vec());
            points.map(|(y, log_det)| 8.0 * f64::EPSILON * y.abs() * (-log_det).exp()).collect()
        } else {
            vec![0.0; y.size()]
        };
        let unless_saturated = |tensor: &Tensor| {
            let entries = tensor.to_vec().into_iter().zip(&slack);
            let kept: Vec<f64> = entries.map(|(entry, &slack)| if slack < 1e-3 { entry } else { f64::NAN }).collect();
            Tensor::new(kept, tensor.shape()).unwrap()
        };
        compare(&mut failures, &format!("{name} inverse"), &inverse, &unless_saturated(&x), &slack);
        compare(&mut failures, &format!("{name} inverse log_det"), &inverse_log_det, &unless_saturated(&-want), &slack);
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(compared > 80, "only {compared} cases were compared");
}
