//! Every bijector of `tests/golden/bijectors.json` that this module has, against its values.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;

use crate::bijector::*;
use crate::testing::engines::elements_by_program;
use crate::{Result, Shape, Tensor, grad};

/// The bijector that the table calls by this name.
fn bijector(case: &Value) -> Arc<dyn Bijector> {
    let parameter = |name: &str| tensor(&case["params"][name]);
    let parameter_or = |name: &str, default: f64| match case["params"].get(name) {
        Some(value) => tensor(value),
        None => Tensor::from(default),
    };
    let name = case["bijector"].as_str().unwrap();
    match name {
        "Identity" => Arc::new(Identity),
        "Exp" => Arc::new(Exp),
        "Log" => Arc::new(Log),
        "Sigmoid" if case["params"].as_object().unwrap().is_empty() => Arc::new(Sigmoid),
        "Sigmoid" => Arc::new(Interval::new(parameter("low"), parameter("high")).unwrap()),
        "Softplus" if case["params"].as_object().unwrap().is_empty() => Arc::new(Softplus),
        "Softplus" => {
            Arc::new(HingeSoftplus::new(parameter_or("low", 0.0), parameter_or("hinge_softness", 1.0)).unwrap())
        }
        "Tanh" => Arc::new(Tanh),
        "AbsoluteValue" => Arc::new(AbsoluteValue),
        "Expm1" => Arc::new(Expm1),
        "Log1p" => Arc::new(Log1p),
        "Sinh" => Arc::new(Sinh),
        "Softsign" => Arc::new(Softsign),
        "Square" => Arc::new(Square),
        "Reciprocal" => Arc::new(Reciprocal),
        "Power" => Arc::new(Power::new(parameter("power")).unwrap()),
        "PowerTransform" => Arc::new(PowerTransform::new(parameter("power")).unwrap()),
        "Shift" => Arc::new(Shift::new(parameter("shift")).unwrap()),
        "Scale" => Arc::new(Scale::new(parameter("scale")).unwrap()),
        "SoftClip" => {
            let (low, high) = (case["params"].get("low"), case["params"].get("high"));
            let clip = match (low, high) {
                (Some(low), Some(high)) => SoftClip::new(tensor(low), tensor(high)),
                (Some(low), None) => SoftClip::above(tensor(low)),
                _ => SoftClip::below(parameter("high")),
            };
            Arc::new(clip.unwrap().with_hinge_softness(parameter_or("hinge_softness", 1.0)).unwrap())
        }
        "Softfloor" => Arc::new(Softfloor::new(parameter("temperature")).unwrap()),
        "SinhArcsinh" => Arc::new(SinhArcsinh::new(parameter("skewness"), parameter("tailweight")).unwrap()),
        "LambertWTail" => {
            Arc::new(LambertWTail::new(parameter("shift"), parameter("scale"), parameter("tailweight")).unwrap())
        }
        "RationalQuadraticSpline" => {
            let bins = (parameter("bin_widths"), parameter("bin_heights"));
            let spline = RationalQuadraticSpline::new(bins.0, bins.1, parameter("knot_slopes"), parameter("range_min"));
            Arc::new(spline.unwrap())
        }
        "NormalCDF" => Arc::new(NormalCdf),
        "GumbelCDF" => Arc::new(GumbelCdf::new(parameter("loc"), parameter("scale")).unwrap()),
        "MoyalCDF" => Arc::new(MoyalCdf::new(parameter("loc"), parameter("scale")).unwrap()),
        "WeibullCDF" => Arc::new(WeibullCdf::new(parameter("scale"), parameter("concentration")).unwrap()),
        "GompertzCDF" => Arc::new(GompertzCdf::new(parameter("concentration"), parameter("rate")).unwrap()),
        "RayleighCDF" => Arc::new(RayleighCdf::new(parameter("scale")).unwrap()),
        "KumaraswamyCDF" => {
            Arc::new(KumaraswamyCdf::new(parameter("concentration1"), parameter("concentration0")).unwrap())
        }
        "FrechetCDF" => {
            Arc::new(FrechetCdf::new(parameter("loc"), parameter("scale"), parameter("concentration")).unwrap())
        }
        "GeneralizedPareto" => {
            Arc::new(GeneralizedPareto::new(parameter("loc"), parameter("scale"), parameter("concentration")).unwrap())
        }
        "GeneralizedExtremeValueCDF" => Arc::new(
            GeneralizedExtremeValueCdf::new(parameter("loc"), parameter("scale"), parameter("concentration")).unwrap(),
        ),
        "Ascending" => Arc::new(Ordered),
        "IteratedSigmoidCentered" => Arc::new(StickBreaking),
        "Cumsum" => Arc::new(Cumsum),
        "DiscreteCosineTransform" => Arc::new(DiscreteCosineTransform::new(tensor(&case["x"]).size())),
        "SoftmaxCentered" => Arc::new(SoftmaxCentered),
        "Permute" => {
            let permutation: Vec<usize> = parameter("permutation").to_vec().into_iter().map(|k| k as usize).collect();
            Arc::new(Permute::new(permutation).unwrap())
        }
        "Householder" => Arc::new(Householder::new(parameter("reflection_axis")).unwrap()),
        "SimplexToOrdered" => Arc::new(SimplexToOrdered::new(parameter("anchor")).unwrap()),
        "Transpose" => Arc::new(Transpose::matrix()),
        "CholeskyToInvCholesky" => Arc::new(CholeskyToInvCholesky),
        "MatrixInverseTriL" => Arc::new(MatrixInverseTriL),
        "TransformDiagonal" => Arc::new(TransformDiagonal::new(diagonal(case)).unwrap()),
        "FillScaleTriL" => {
            let shift = case["params"]["diag_shift"].as_f64().unwrap_or(0.0);
            Arc::new(FillScaleTriL::new(diagonal(case), shift).unwrap())
        }
        "ScaleMatvecDiag" => Arc::new(Independent::new(Arc::new(Scale::new(parameter("scale_diag")).unwrap()), 1)),
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
            Arc::new(Chain::new(parts.collect::<Vec<_>>()))
        }
        _ => panic!("{name} of the table is no bijector here"),
    }
}

/// The bijector of a diagonal.
fn diagonal(case: &Value) -> Arc<dyn Bijector> {
    match case["params"]["diag_bijector"].as_str() {
        Some("Exp") => Arc::new(Exp),
        Some("Softplus") => Arc::new(Softplus),
        other => panic!("{other:?} is not the bijector of a diagonal in the table"),
    }
}

/// A number or nested lists of numbers; NaN where the table has `null`.
fn tensor(value: &Value) -> Tensor {
    let Some(list) = value.as_array() else { return Tensor::from(value.as_f64().unwrap_or(f64::NAN)) };
    let parts: Vec<Tensor> = list.iter().map(tensor).collect();
    let inner = parts.first().map_or(Shape::SCALAR, Tensor::shape);
    let elements: Vec<f64> = parts.iter().flat_map(|part| part.to_vec()).collect();
    Tensor::new(elements, Shape::from(parts.len()).concat(&inner)).unwrap()
}

/// Lists the elements that are off, at once and by a recorded program; those that the table leaves out are not compared.
fn compare(
    failures: &mut String,
    what: &str,
    function: &dyn Fn(&Tensor) -> Result<Tensor>,
    input: &Tensor,
    want: &Tensor,
    slack: &[f64],
) {
    let by_program = elements_by_program(what, input, function);
    for (engine, got) in [("at once", function(input).unwrap()), ("by a program", by_program)] {
        assert_eq!(got.shape(), want.shape(), "{what}");
        for (place, (got, want)) in got.to_vec().into_iter().zip(want.to_vec()).enumerate() {
            let tolerance = 1e-10 * want.abs() + 1e-12 + slack.get(place).copied().unwrap_or(0.0);
            if !(want.is_nan() || got == want || (got - want).abs() <= tolerance) {
                writeln!(failures, "{what}[{place}], {engine}: got {got:e}, want {want:e}").unwrap();
            }
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
        let bijector = bijector(case);
        compared += 1;
        let (x, y) = (tensor(&case["x"]), tensor(&case["y"]));
        // Where TFP has no Jacobian, nothing is compared with it.
        let want = case.get("forward_log_det_jacobian").map_or(Tensor::full(y.shape(), f64::NAN), tensor);
        // TFP measures this one by area, not by the first entries.
        let want = if case["bijector"] == "SoftmaxCentered" { want - 0.5 * (y.size() as f64).ln() } else { want };
        let name = format!("{} {}", case["bijector"], case["params"]);
        assert_eq!(bijector.domain_event_rank() as u64, case["event_ndims"].as_u64().unwrap(), "{name}");

        compare(&mut failures, &format!("{name} forward"), &|x| bijector.forward(x), &x, &y, &[]);
        let log_det = |x: &Tensor| Ok(bijector.forward_and_log_det(x)?.1);
        compare(&mut failures, &format!("{name} log_det"), &log_det, &x, &want, &[]);

        // Where the rounding of y alone moves the inverse by this much, it can be no closer; where y is saturated,
        // nothing is left to invert.
        let slack: Vec<f64> = if case["event_ndims"] == 0 {
            let points = y.to_vec().into_iter().zip(want.to_vec());
            points.map(|(y, log_det)| 8.0 * f64::EPSILON * y.abs() * (-log_det).exp()).collect()
        } else {
            vec![0.0; x.size().max(y.size())]
        };
        let unless_saturated = |tensor: &Tensor| {
            let entries = tensor.to_vec().into_iter().zip(&slack);
            let kept: Vec<f64> = entries.map(|(entry, &slack)| if slack < 1e-3 { entry } else { f64::NAN }).collect();
            Tensor::new(kept, tensor.shape()).unwrap()
        };
        let inverse_want = unless_saturated(&-want);
        let inverse = |y: &Tensor| bijector.inverse(y);
        compare(&mut failures, &format!("{name} inverse"), &inverse, &y, &unless_saturated(&x), &slack);
        // And the Jacobian term moves with the inverse.
        let of_log_det = |inputs: &[Tensor]| Ok(bijector.forward_and_log_det(&inputs[0])?.1.sum());
        let slopes = grad(of_log_det, &[x]).unwrap().1[0].to_vec();
        let slack: Vec<f64> = slack.iter().zip(slopes).map(|(slack, slope)| slack * slope.abs().max(1.0)).collect();
        let inverse_log_det = |y: &Tensor| Ok(bijector.inverse_and_log_det(y)?.1);
        compare(&mut failures, &format!("{name} inverse log_det"), &inverse_log_det, &y, &inverse_want, &slack);
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(compared > 280, "only {compared} cases were compared");
}
