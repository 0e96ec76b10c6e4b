//! The Lambert W function.

use super::polynomial::polynomial;

/// `1/e` to double precision, and what is left of it.
const INVERSE_E: (f64, f64) = (0.367_879_441_171_442_33, -1.242_875_367_278_836_3e-17);

/// Taylor coefficients of `W₀` in `p = √(2 (e x + 1))` about the branch point.
const AT_BRANCH_POINT: [f64; 16] = [
    -1.0,
    1.0,
    -1.0 / 3.0,
    11.0 / 72.0,
    -43.0 / 540.0,
    769.0 / 17_280.0,
    -221.0 / 8_505.0,
    0.015_635_632_532_333_92,
    -0.009_616_892_024_299_432,
    0.006_014_543_252_956_118,
    -0.003_811_298_034_891_999,
    0.002_440_877_991_143_983,
    -0.001_576_930_344_686_784_3,
    0.001_026_263_320_507_607_2,
    -0.000_672_061_631_156_136_2,
    0.000_442_473_061_814_620_9,
];

/// Lambert W function, principal branch: the `w ≥ -1` with `w exp(w) = x`, for `x ≥ -1/e`.
///
/// Next to the branch point `-1/e`, where the equation is ill-conditioned, a Taylor series; elsewhere the iteration of
/// Fritsch, Shafer and Crowley, which gains a factor four in digits a step.
///
/// # Example
/// ```
/// use ppl::special::lambert_w0;
///
/// assert!((lambert_w0(std::f64::consts::E) - 1.0).abs() < 1e-15);
/// ```
///
/// # Reference
/// Corless et al., "On the Lambert W function", Adv. Comput. Math. 5 (1996), equation 4.22;
/// Fritsch, Shafer and Crowley, "Solution of the transcendental equation w eʷ = x", Comm. ACM 16 (1973).
pub fn lambert_w0(x: f64) -> f64 {
    if x == 0.0 || x == f64::INFINITY {
        return x;
    }
    // x + 1/e, exact to its last digit
    let above_branch = (x + INVERSE_E.0) + INVERSE_E.1;
    if above_branch < 0.0 {
        // The double next to -1/e stands for it.
        return if x == -INVERSE_E.0 { -1.0 } else { f64::NAN };
    }
    let p = (2.0 * std::f64::consts::E * above_branch).sqrt();
    if p < 0.2 {
        return polynomial(p, &AT_BRANCH_POINT);
    }
    let mut w = if x < 1.0 {
        // A rational function with the right behaviour at the branch point and at zero.
        x * (1.0 + x.max(0.0)) / (1.0 + 2.0 * x.max(0.0)) * if x < 0.0 { 1.0 - x } else { 1.0 }
    } else {
        let log = x.ln();
        if log < 1.5 { 0.567 + 0.4 * log } else { log - log.ln() }
    };
    for _ in 0..8 {
        let z = (x / w).ln() - w;
        let q = 2.0 * (1.0 + w) * (1.0 + w + 2.0 / 3.0 * z);
        let relative = z / (1.0 + w) * (q - z) / (q - 2.0 * z);
        w *= 1.0 + relative;
        if relative.abs() < 1e-5 {
            break;
        }
    }
    w
}
