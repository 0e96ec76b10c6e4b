//! Modified Bessel functions of the first kind as normalising constants on spheres: logarithms, and ratios of neighbours.

use super::bessel::log_bessel_ive;
use super::gamma::lgamma;

/// Below, the power series is summed.
const LARGEST_OF_SERIES: f64 = 20.0;

/// Logarithm of a modified Bessel function of the first kind that is normalised to 1 at 0, less its growth:
/// `ln(Γ(v + 1) (2/x)ᵛ I_v(x)) - x`, for order `v ≥ 0` and `x ≥ 0`.
///
/// ```text
/// Γ(v + 1) (2/x)ᵛ I_v(x) = Σₖ (x²/4)ᵏ / (k! (v + 1) … (v + k))
/// ```
///
/// # Example
/// ```
/// use ppl::special::log_bessel_ie;
///
/// assert_eq!(log_bessel_ie(0.0, 0.0), 0.0);
/// // exp(-x) I₀(x) ≈ 1 / √(2πx)
/// assert!((log_bessel_ie(0.0, 1e20) + 0.5 * (2e20 * std::f64::consts::PI).ln()).abs() < 1e-13);
/// ```
///
/// # Reference
/// DLMF 10.25.2.
pub fn log_bessel_ie(v: f64, x: f64) -> f64 {
    if !(v >= 0.0 && x >= 0.0) {
        return f64::NAN;
    }
    if x == 0.0 || x.is_infinite() {
        return if x == 0.0 { 0.0 } else { f64::NEG_INFINITY };
    }
    let square = 0.25 * x * x;
    // The sum is below exp(x) and exp(x² / (4 (v + 1))).
    if x <= LARGEST_OF_SERIES || (square < 600.0 * (v + 1.0) && x <= 0.5 * v * v) {
        let (mut term, mut sum, mut k) = (1.0, 0.0, 0.0);
        loop {
            k += 1.0;
            term *= square / (k * (v + k));
            sum += term;
            if term <= 1e-18 * sum {
                return sum.ln_1p() - x;
            }
        }
    }
    lgamma(v + 1.0) - v * (0.5 * x).ln() + log_bessel_ive(v, x)
}

/// Complement of the ratio of modified Bessel functions of neighbouring orders, `1 - I_{v+1}(x) / I_v(x)`, for order `v ≥ 0`
/// and `x ≥ 0`.
///
/// The mean of the cosine of the angle from the pole is the ratio, of von Mises–Fisher vectors in dimension `2v + 2`.
/// Where `x` is large the complement is about `(v + ½) / x`, and Hankel's expansions of both functions are subtracted
/// term by term.
///
/// # Example
/// ```
/// use ppl::special::bessel_ratio_complement;
///
/// assert_eq!(bessel_ratio_complement(0.0, 0.0), 1.0);
/// assert!((bessel_ratio_complement(0.0, 1e20) / 0.5e-20 - 1.0).abs() < 1e-15);
/// ```
///
/// # Reference
/// DLMF 10.33.1, the continued fraction, and 10.40.1.
pub fn bessel_ratio_complement(v: f64, x: f64) -> f64 {
    if !(v >= 0.0 && x >= 0.0) {
        return f64::NAN;
    }
    if is_asymptotic(v, x) {
        let Expansion { difference, own, .. } = Expansion::new(v, x);
        return difference / own;
    }
    1.0 - ratio_over_argument(v, x) * x
}

/// The derivative of [`bessel_ratio_complement`] by `x`.
pub(crate) fn bessel_ratio_complement_slope(v: f64, x: f64) -> f64 {
    if !(v >= 0.0 && x >= 0.0) {
        return f64::NAN;
    }
    if is_asymptotic(v, x) {
        let Expansion { difference, own, difference_slope, own_slope } = Expansion::new(v, x);
        return (difference_slope - difference / own * own_slope) / own;
    }
    let over_argument = ratio_over_argument(v, x);
    let ratio = over_argument * x;
    (2.0 * v + 1.0) * over_argument - (1.0 - ratio) * (1.0 + ratio)
}

fn is_asymptotic(v: f64, x: f64) -> bool {
    x > LARGEST_OF_SERIES.max((v + 1.0) * (v + 1.0))
}

/// `I_{v+1}(x) / (x I_v(x))`, by the continued fraction from its tail: `1 / (2(v + 1) + x² / (2(v + 2) + …))`.
fn ratio_over_argument(v: f64, x: f64) -> f64 {
    // The ratio of order n is about exp(-n / x) there, and an error shrinks by its square at each step.
    let steps = 20.0 + (40.0 * x).sqrt().ceil();
    let last = v + steps;
    let mut ratio = (last + 1.0 + (last + 1.0).hypot(x)).recip();
    for step in (0..steps as u64).rev() {
        ratio = (2.0 * (v + step as f64 + 1.0) + x * x * ratio).recip();
    }
    ratio
}

/// Hankel's expansions `Σ (-1)ᵏ aₖ(v) x⁻ᵏ`: of order `v`, and its difference from that of order `v + 1`; with their derivatives.
struct Expansion {
    own: f64,
    own_slope: f64,
    difference: f64,
    difference_slope: f64,
}

impl Expansion {
    fn new(v: f64, x: f64) -> Self {
        let orders = [4.0 * v * v, 4.0 * (v + 1.0) * (v + 1.0)];
        let mut terms = [1.0_f64; 2];
        let mut sums = Self { own: 1.0, own_slope: 0.0, difference: 0.0, difference_slope: 0.0 };
        for k in 1..60 {
            let k = f64::from(k);
            let odd = 2.0 * k - 1.0;
            let next: [f64; 2] = std::array::from_fn(|n| -terms[n] * ((orders[n] - odd * odd) / (8.0 * k)) / x);
            // Past the order the series is asymptotic: its terms grow in the end.
            if next[1].abs() > terms[1].abs() && odd > 2.0 * v + 2.0 {
                break;
            }
            terms = next;
            let difference = terms[0] - terms[1];
            sums.own += terms[0];
            sums.own_slope -= k * terms[0] / x;
            sums.difference += difference;
            sums.difference_slope -= k * difference / x;
            if k * difference.abs() < 1e-18 * sums.difference.abs() {
                break;
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_integer_orders_in_closed_form() {
        // I_½(x) = √(2 / (πx)) sinh x and I_{3/2}(x) / I_½(x) = coth x − 1/x.
        for x in [1e-3_f64, 0.1, 1.0, 7.0, 19.9, 20.1, 60.0, 700.0] {
            let log = (-(-2.0 * x).exp_m1() / (2.0 * x)).ln();
            assert!((log_bessel_ie(0.5, x) - log).abs() < 1e-14 * log.abs(), "{x}: {} {log}", log_bessel_ie(0.5, x));
            if x > 0.5 {
                let complement = x.recip() - 2.0 / (2.0 * x).exp_m1();
                let got = bessel_ratio_complement(0.5, x);
                assert!((got / complement - 1.0).abs() < 1e-13, "{x}: {got}, {complement}");
                let slope = -x.powi(-2) + (2.0 / (x.exp() - (-x).exp())).powi(2);
                let got = bessel_ratio_complement_slope(0.5, x);
                assert!((got / slope - 1.0).abs() < 1e-12, "{x}: {got}, {slope}");
            }
        }
    }

    #[test]
    fn values_of_high_precision() {
        // By mpmath with 80 digits: the order, the argument, and the three functions.
        let table: [(f64, f64, f64, f64, f64); 18] = [
            (0.0, 1e-08, -9.999999975e-09, 0.999999995, -0.5),
            (0.0, 1.0, -0.7640856414928213, 0.5536100341034655, -0.35434603245035623),
            (0.0, 19.5, -2.397561575434808, 0.02598813239089388, -0.0013515552125644113),
            (0.0, 20.5, -2.422896495851525, 0.024703430067417913, -0.001221158242004311),
            (0.0, 10000.0, -5.524096218567699, 5.000125012501954e-05, -5.0002500375078146e-09),
            (1.0, 3.0, -2.030896673384465, 0.4320763506927336, -0.10953907925025064),
            (1.5, 21.0, -5.732369931508114, 0.09285714285714286, -0.004302721088435377),
            (4.0, 18.0, -8.42327519637327, 0.22458271091944437, -0.011019383254684196),
            (9.5, 60.0, -22.09158610031722, 0.15403549840642786, -0.0023558948456816773),
            (9.5, 130.0, -29.416098187486305, 0.07424327964004468, -0.0005503838837709751),
            (40.0, 10.0, -9.394588555327315, 0.879770739603331, -0.011687915731451119),
            (40.0, 300.0, -96.54234257198803, 0.12612239598044328, -0.00039098010775850695),
            (40.0, 790.0, -134.10267058833455, 0.04998337621387501, -6.164677472602927e-05),
            (40.0, 2000.0, -171.10898539432404, 0.020049951220356573, -9.92492119890678e-06),
            (499.0, 30.0, -29.55020185466414, 0.9700268979058514, -0.0009973134157068586),
            (499.0, 50000.0, -2456.8919098678207, 0.009940200094032039, -1.9780803344213694e-07),
            (499.0, 1000000.0, -3950.89466920988, 0.0004993754995082497, -4.992509989074989e-10),
            (4999.0, 10000.0, -6225.6403860535565, 0.3819507322319615, -2.763977012974528e-05),
        ];
        for (v, x, log, complement, slope) in table {
            let close = |got: f64, want: f64, tolerance: f64| (got - want).abs() <= tolerance * want.abs();
            let got = [log_bessel_ie(v, x), bessel_ratio_complement(v, x), bessel_ratio_complement_slope(v, x)];
            let what = format!("order {v} at {x}: {got:?}, {:?}", [log, complement, slope]);
            assert!(close(got[0], log, 1e-14 * (1.0 + (lgamma(v + 1.0) / log).abs())), "{what}");
            // Differences from 1 cancel up to 1 in 40, or the order.
            assert!(close(got[1], complement, 3e-14 + 2e-16 * v), "{what}");
            assert!(close(got[2], slope, 1e-12 + 1e-14 * v * v), "{what}");
        }
    }
}
