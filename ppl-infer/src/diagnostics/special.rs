//! The two quantile functions that the diagnostics need: of the standard normal and of the beta distribution.

use std::f64::consts::PI;

/// Φ⁻¹(p), to about 1e-16 relative.
///
/// **Reference** Wichura (1988), "Algorithm AS 241: The percentage points of the normal distribution", PPND16.
pub(super) fn normal_quantile(probability: f64) -> f64 {
    const CENTRE: ([f64; 8], [f64; 8]) = (
        [
            3.387_132_872_796_366_5,
            1.331_416_678_917_843_8e2,
            1.971_590_950_306_551_3e3,
            1.373_169_376_550_946e4,
            4.592_195_393_154_987e4,
            6.726_577_092_700_87e4,
            3.343_057_558_358_813e4,
            2.509_080_928_730_122_7e3,
        ],
        [
            1.0,
            4.231_333_070_160_091e1,
            6.871_870_074_920_579e2,
            5.394_196_021_424_751e3,
            2.121_379_430_158_659_7e4,
            3.930_789_580_009_271e4,
            2.872_908_573_572_194_3e4,
            5.226_495_278_852_854e3,
        ],
    );
    const NEAR_TAIL: ([f64; 8], [f64; 8]) = (
        [
            1.423_437_110_749_683_5,
            4.630_337_846_156_546,
            5.769_497_221_460_691,
            3.647_848_324_763_204_5,
            1.270_458_252_452_368_4,
            2.417_807_251_774_506e-1,
            2.272_384_498_926_918_4e-2,
            7.745_450_142_783_414e-4,
        ],
        [
            1.0,
            2.053_191_626_637_759,
            1.676_384_830_183_803_8,
            6.897_673_349_851e-1,
            1.481_039_764_274_800_8e-1,
            1.519_866_656_361_645_7e-2,
            5.475_938_084_995_345e-4,
            1.050_750_071_644_416_9e-9,
        ],
    );
    const FAR_TAIL: ([f64; 8], [f64; 8]) = (
        [
            6.657_904_643_501_103,
            5.463_784_911_164_114,
            1.784_826_539_917_291_3,
            2.965_605_718_285_048_7e-1,
            2.653_218_952_657_612_4e-2,
            1.242_660_947_388_078_4e-3,
            2.711_555_568_743_487_6e-5,
            2.010_334_399_292_288_1e-7,
        ],
        [
            1.0,
            5.998_322_065_558_88e-1,
            1.369_298_809_227_358e-1,
            1.487_536_129_085_061_5e-2,
            7.868_691_311_456_133e-4,
            1.846_318_317_510_054_8e-5,
            1.421_511_758_316_446e-7,
            2.044_263_103_389_939_8e-15,
        ],
    );
    let ratio = |(numerator, denominator): &([f64; 8], [f64; 8]), at: f64| {
        let horner = |coefficients: &[f64; 8]| coefficients.iter().rev().fold(0.0, |sum, term| sum * at + term);
        horner(numerator) / horner(denominator)
    };

    let from_centre = probability - 0.5;
    if from_centre.abs() <= 0.425 {
        return from_centre * ratio(&CENTRE, 0.180_625 - from_centre * from_centre);
    }
    let tail = if from_centre < 0.0 { probability } else { 1.0 - probability };
    let root = (-tail.ln()).sqrt();
    let magnitude = if root <= 5.0 { ratio(&NEAR_TAIL, root - 1.6) } else { ratio(&FAR_TAIL, root - 5.0) };
    magnitude.copysign(from_centre)
}

/// The x with I_x(a, b) = p, for a, b ≥ 1 and 0 < p < 1: Newton steps inside a bracket that halves where they leave it.
pub(super) fn beta_quantile(probability: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    let mut x = a / (a + b);
    // Newton's method settles in fewer than ten steps; 200 halvings would exhaust any bracket.
    for _ in 0..200 {
        let error = regularized_beta(x, a, b) - probability;
        if error > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let density = ((a - 1.0) * x.ln() + (b - 1.0) * (-x).ln_1p() - ln_beta(a, b)).exp();
        let newton = x - error / density;
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if (next - x).abs() <= 1e-15 * x {
            return next;
        }
        x = next;
    }
    x
}

/// Regularised incomplete beta function I_x(a, b), by its continued fraction on the side where it converges fast.
///
/// **Reference** DLMF 8.17.22, evaluated by the method of Lentz.
fn regularized_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - regularized_beta(1.0 - x, b, a);
    }
    let not_zero = |value: f64| if value.abs() < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { value };
    let front = (a * x.ln() + b * (-x).ln_1p() - ln_beta(a, b)).exp() / a;
    let mut numerator = 1.0;
    let mut denominator = 1.0 / not_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = denominator;
    // The number of terms grows like the root of the larger parameter.
    let most = 200.0 + 20.0 * a.max(b).sqrt();
    let mut m = 1.0;
    while m < most {
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        denominator = 1.0 / not_zero(1.0 + even * denominator);
        numerator = not_zero(1.0 + even / numerator);
        fraction *= denominator * numerator;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        denominator = 1.0 / not_zero(1.0 + odd * denominator);
        numerator = not_zero(1.0 + odd / numerator);
        let change = denominator * numerator;
        fraction *= change;
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
        m += 1.0;
    }
    front * fraction
}

/// ln B(a, b) for a, b ≥ 1.
fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// ln Γ(x) for x ≥ 1, by Stirling's series after a shift to x ≥ 10.
fn ln_gamma(x: f64) -> f64 {
    let mut shifted = x;
    let mut product = 1.0;
    while shifted < 10.0 {
        product *= shifted;
        shifted += 1.0;
    }
    let square = 1.0 / (shifted * shifted);
    // Bernoulli numbers B_2k / (2k (2k − 1)).
    let terms = [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0, 1.0 / 156.0];
    let series = terms.iter().rev().fold(0.0, |sum, term| sum * square + term) / shifted;
    (shifted - 0.5) * shifted.ln() - shifted + 0.5 * (2.0 * PI).ln() + series - product.ln()
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::{beta_quantile, ln_gamma, normal_quantile, regularized_beta};

    /// Values from SciPy 1.15, `scipy.stats.norm.ppf`.
    #[test]
    fn normal_quantiles() {
        for (probability, expected) in [
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_054),
            (0.841_344_746_068_542_9, 1.0),
            (0.1, -1.281_551_565_544_600_4),
            (1e-6, -4.753_424_308_822_899),
            (1e-20, -9.262_340_089_798_408),
        ] {
            assert_relative_eq!(normal_quantile(probability), expected, max_relative = 2e-15, epsilon = 1e-16);
        }
    }

    #[test]
    fn log_gamma_of_integers_and_halves() {
        for n in 1..=20_u32 {
            let factorial: f64 = (1..n).map(f64::from).product();
            assert_relative_eq!(ln_gamma(f64::from(n)), factorial.ln(), max_relative = 1e-14, epsilon = 1e-14);
        }
        assert_relative_eq!(ln_gamma(1.5), (0.5 * std::f64::consts::PI.sqrt()).ln(), epsilon = 1e-14);
    }

    #[test]
    fn incomplete_beta_of_integer_parameters_is_a_binomial_tail() {
        // I_x(3, 5) = P(Binomial(7, x) ≥ 3).
        let x: f64 = 0.3;
        let choose = [1.0, 7.0, 21.0, 35.0, 35.0, 21.0, 7.0, 1.0];
        let tail: f64 = (3..=7).map(|k| choose[k as usize] * x.powi(k) * (1.0 - x).powi(7 - k)).sum();
        assert_relative_eq!(regularized_beta(x, 3.0, 5.0), tail, max_relative = 1e-14);
    }

    #[test]
    fn beta_quantile_inverts_the_distribution_function() {
        for (a, b) in [(1.0, 1.0), (1.0, 51.0), (8.2, 3.1), (501.0, 501.0), (51.0, 951.0), (5e5, 5e5)] {
            for probability in [0.158_655_3, 0.5, 0.841_344_7] {
                let x = beta_quantile(probability, a, b);
                assert_relative_eq!(regularized_beta(x, a, b), probability, max_relative = 1e-8);
            }
        }
        assert_relative_eq!(beta_quantile(0.25, 1.0, 1.0), 0.25, max_relative = 1e-14);
        assert_relative_eq!(beta_quantile(0.75, 1.0, 2.0), 0.5, max_relative = 1e-14);
    }
}
