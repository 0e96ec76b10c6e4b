//! Bijectors of numbers.

use ppl::bijector::{BatchNormalization, RationalQuadraticSpline, SoftClip};

use crate::figure::Picture;
use crate::figure::function::{Functions, functions};

pub(crate) fn pictures() -> Vec<Picture> {
    let all = [of_real_numbers(), of_positive_numbers(), distribution_functions()];
    all.into_iter().flatten().map(Functions::draw).collect()
}

fn of_real_numbers() -> Vec<Functions> {
    let spline = |widths: [f64; 3], heights: [f64; 3], slopes: [f64; 2]| {
        RationalQuadraticSpline::new(widths, heights, slopes, -2.0)
    };
    vec![
        functions!(Affine::new(loc, scale), -3.0..3.0, -4.0..4.0, -1.5..1.5; (0.0, 1.0), (1.0, 0.5), (0.0, -2.0), (-2.0, 2.0)),
        functions!(Exp, -3.0..3.0, 0.0..8.0, -3.0..3.0),
        functions!(Expm1, -3.0..3.0, -1.0..7.0, -3.0..3.0),
        functions!(GreaterThan::new(lower), -3.0..3.0, -2.0..8.0, -3.0..3.0; (-1.0), (0.0), (2.0), (4.0)),
        functions!(HingeSoftplus::new(low, hinge_softness), -4.0..4.0, -1.0..5.0, -4.0..0.5;
            (0.0, 1.0), (0.0, 0.3), (0.0, 2.0), (1.0, 0.3)),
        functions!(Identity, -3.0..3.0, -3.0..3.0, -1.0..1.0),
        functions!(Interval::new(lower, upper), -6.0..6.0, -1.2..3.2, -6.0..1.0; (0.0, 1.0), (-1.0, 1.0), (0.0, 3.0),
            (2.0, 3.0)),
        functions!(LambertWTail::new(shift, scale, tailweight), -3.0..3.0, -8.0..8.0, -1.0..4.0;
            (0.0, 1.0, 0.0), (0.0, 1.0, 0.1), (0.0, 1.0, 0.3), (1.0, 0.5, 0.3)),
        functions!(LessThan::new(upper), -3.0..3.0, -8.0..3.0, -3.0..3.0; (-1.0), (0.0), (2.0), (-4.0)),
        functions!(Scale::new(scale), -3.0..3.0, -4.0..4.0, -1.5..1.5; (1.0), (0.5), (2.0), (-1.5)),
        functions!(Shift::new(shift), -3.0..3.0, -4.0..4.0, -1.0..1.0; (0.0), (1.0), (-2.0), (3.0)),
        functions!(Sigmoid, -6.0..6.0, 0.0..1.05, -6.0..0.0),
        functions!(Sinh, -3.0..3.0, -10.0..10.0, 0.0..2.5),
        functions!(SinhArcsinh::new(skewness, tailweight), -4.0..4.0, -8.0..8.0, -2.0..3.0;
            (0.0, 1.0), (0.5, 1.0), (0.0, 0.5), (0.0, 2.0)),
        Functions::new(
            "SoftClip",
            "SoftClip::new(low, high), the last with a hinge softness",
            -4.0..4.0,
            -2.5..2.5,
            -6.0..0.5,
        )
        .of("(−2, 2)", SoftClip::new(-2.0, 2.0))
        .of("(−1, 1)", SoftClip::new(-1.0, 1.0))
        .of("(0, 2)", SoftClip::new(0.0, 2.0))
        .of("(−2, 2), 0.2", SoftClip::new(-2.0, 2.0).and_then(|clip| clip.with_hinge_softness(0.2))),
        functions!(Softfloor::new(temperature), -0.5..3.5, -1.0..3.5, -4.0..2.0; (0.05), (0.2), (0.5), (1.0)),
        functions!(Softplus, -6.0..6.0, 0.0..6.0, -6.0..0.5),
        functions!(Softsign, -6.0..6.0, -1.0..1.0, -4.0..0.0),
        functions!(Tanh, -4.0..4.0, -1.05..1.05, -7.0..0.5),
        Functions::new(
            "RationalQuadraticSpline",
            "RationalQuadraticSpline::new(bin_widths, bin_heights, knot_slopes, −2)",
            -3.0..3.0,
            -3.0..3.0,
            -3.0..2.0,
        )
        .of("[2, 1, 1], [1, 2, 1], [1, 1]", spline([2.0, 1.0, 1.0], [1.0, 2.0, 1.0], [1.0, 1.0]))
        .of("[1, 2, 1], [1, 2, 1], [0.2, 4]", spline([1.0, 2.0, 1.0], [1.0, 2.0, 1.0], [0.2, 4.0]))
        .of("[1, 1, 2], [2, 1, 1], [1, 1]", spline([1.0, 1.0, 2.0], [2.0, 1.0, 1.0], [1.0, 1.0]))
        .of("[1, 2, 1], [1, 2, 1], [3, 3]", spline([1.0, 2.0, 1.0], [1.0, 2.0, 1.0], [3.0, 3.0])),
        Functions::new(
            "BatchNormalization",
            "BatchNormalization::new(mean, variance)",
            -3.0..3.0,
            -4.0..4.0,
            -1.5..1.5,
        )
        .of("(0, 1)", BatchNormalization::new([0.0], [1.0]))
        .of("(1, 1)", BatchNormalization::new([1.0], [1.0]))
        .of("(0, 4)", BatchNormalization::new([0.0], [4.0]))
        .of("(−1, 0.5)", BatchNormalization::new([-1.0], [0.5])),
    ]
}

fn of_positive_numbers() -> Vec<Functions> {
    vec![
        functions!(AbsoluteValue, -3.0..3.0, 0.0..3.0, -1.0..1.0),
        functions!(GeneralizedPareto::new(loc, scale, concentration), -4.0..4.0, -0.5..8.0, -4.0..4.0;
            (0.0, 1.0, 0.5), (0.0, 2.0, 0.5), (0.0, 1.0, -0.5), (2.0, 1.0, 0.5)),
        functions!(Log, 0.0..6.0, -3.0..2.0, -2.0..3.0),
        functions!(Log1p, -1.0..5.0, -3.0..2.0, -2.0..3.0),
        functions!(Power::new(exponent), 0.0..3.0, 0.0..4.0, -3.0..3.0; (0.5), (1.5), (3.0), (-1.0)),
        functions!(PowerTransform::new(power), -3.0..3.0, 0.0..8.0, -3.0..3.0; (0.0), (0.3), (1.0), (3.0)),
        functions!(Reciprocal, -3.0..3.0, -5.0..5.0, -3.0..4.0),
        functions!(Square, 0.0..3.0, 0.0..9.0, -2.0..2.0),
    ]
}

fn distribution_functions() -> Vec<Functions> {
    let unit = || 0.0..1.05;
    vec![
        functions!(FrechetCdf::new(loc, scale, concentration), 0.0..5.0, unit(), -6.0..2.0;
            (0.0, 1.0, 1.0), (0.0, 1.0, 3.0), (0.0, 2.0, 3.0), (1.0, 1.0, 3.0)),
        functions!(GeneralizedExtremeValueCdf::new(loc, scale, concentration), -3.0..5.0, unit(), -6.0..1.0;
            (0.0, 1.0, 0.0), (0.0, 1.0, 0.5), (0.0, 1.0, -0.5), (1.0, 2.0, 0.0)),
        functions!(GompertzCdf::new(concentration, rate), 0.0..4.0, unit(), -6.0..1.5; (0.1, 1.0), (1.0, 1.0), (0.1, 2.0),
            (3.0, 0.5)),
        functions!(GumbelCdf::new(loc, scale), -3.0..6.0, unit(), -6.0..1.0; (0.0, 1.0), (0.0, 0.5), (0.0, 2.0), (2.0, 1.0)),
        functions!(KumaraswamyCdf::new(concentration1, concentration0), 0.0..1.0, unit(), -4.0..2.0;
            (0.5, 0.5), (2.0, 2.0), (2.0, 5.0), (5.0, 1.0)),
        functions!(MoyalCdf::new(loc, scale), -3.0..8.0, unit(), -6.0..1.0; (0.0, 1.0), (0.0, 0.5), (0.0, 2.0), (3.0, 1.0)),
        functions!(NormalCdf, -4.0..4.0, unit(), -8.0..0.0),
        functions!(RayleighCdf::new(scale), 0.0..6.0, unit(), -6.0..1.0; (0.5), (1.0), (2.0), (3.0)),
        functions!(ShiftedGompertzCdf::new(concentration, rate), 0.0..6.0, unit(), -6.0..1.0; 
            (0.1, 1.0), (1.0, 1.0), (5.0, 1.0), (1.0, 2.0)),
        functions!(WeibullCdf::new(scale, concentration), 0.0..3.0, unit(), -6.0..2.0; (1.0, 0.5), (1.0, 1.0), (1.0, 5.0), (2.0, 2.0)),
    ]
}
