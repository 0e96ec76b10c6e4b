//! The order of two independent beta variables: ln P(X < Y) and ln P(X > Y), each with its digits.
//!
//! With X ~ Beta(a, b) and Y ~ Beta(c, d), ratios of gamma variables, X < Y where D = ln G_a + ln G_d − ln G_b − ln G_c
//! is negative. Its moment generating function is a product of gamma functions, and so
//!
//! ```text
//! P(D < 0) = −1 / (2πi) ∫ M(s) / s ds,    M(s) = Γ(a + s) Γ(d + s) Γ(b − s) Γ(c − s) / (Γ(a) Γ(d) Γ(b) Γ(c))
//! ```
//!
//! along any path from −i∞ to i∞ that crosses the real axis between the poles, at −min(a, d) < s < 0; with the opposite
//! sign and 0 < s < min(b, c) it is P(D > 0). The path here crosses at the saddle point on the side of the smaller
//! tail, where the integrand is largest on the path and nothing cancels, and is bent such that the integrand does not
//! oscillate:
//!
//! ```text
//! s = c + w (τ (cosh x − 1) + i sinh x),    w = K'' ^ (−½),  τ = ⅓ K''' w³,  K = ln(M(s) / |s|) at the saddle point c
//! ```
//!
//! In x the trapezoidal rule converges geometrically, on the scale of the peak and on those of far poles. The path is a
//! constant, on which the integral does not depend: derivatives are those of the integrand.
//!
//! # Reference
//! Lugannani and Rice, "Saddle point approximation for the distribution of the sum of independent random variables"
//! (1980), for the integral; Takahasi and Mori, "Double exponential formulas for numerical integration" (1974), for the
//! variable.

use std::f64::consts::PI;

use crate::tensor::record;
use crate::{Result, Tensor};

/// The signs of the four logarithms in D, in the order a, d, b, c.
const SIGNS: [f64; 4] = [1.0, 1.0, -1.0, -1.0];
/// Gamma functions are those of arguments that are larger by so much, by Stirling's formula, over a product.
const SHIFT: i32 = 8;
/// The coefficients of z⁻¹, z⁻³, … of the Stirling correction: B₂ₙ / (2n (2n − 1)).
const STIRLING: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1_260.0,
    -1.0 / 1_680.0,
    1.0 / 1_188.0,
    -691.0 / 360_360.0,
    1.0 / 156.0,
    -3_617.0 / 122_400.0,
];
/// Saddle points are as near to 0, or to a pole, as e to minus this is to 1.
const LARGEST_LOGIT: f64 = 45.0;
/// Bisections, after which a saddle point has seven digits.
const BISECTIONS: usize = 30;
/// The rule ends where the integrand is below e to minus this of its largest value.
const NEGLIGIBLE: f64 = 40.0;
/// No path is longer: from there on it has less than 1e-19 of the integral, also of an integrand with two poles.
const LONGEST: f64 = 45.0;
/// Points of the rule per unit of x.
const DENSITY: f64 = 16.0;
/// Points in a program, which cannot look how many it needs.
const RECORDED_POINTS: usize = 128;

/// A complex number.
#[derive(Clone)]
struct Complex {
    real: Tensor,
    imaginary: Tensor,
}

impl Complex {
    fn times(&self, other: &Self) -> Self {
        let real = &self.real * &other.real - &self.imaginary * &other.imaginary;
        let imaginary = &self.real * &other.imaginary + &self.imaginary * &other.real;
        Self { real, imaginary }
    }

    fn square_modulus(&self) -> Tensor {
        self.real.square() + self.imaginary.square()
    }

    /// One of the four numbers along the last axis but one.
    fn index(&self, which: usize) -> Result<Self> {
        Ok(Self { real: self.real.try_index(-2, which)?, imaginary: self.imaginary.try_index(-2, which)? })
    }
}

/// A path of integration: constants.
struct Path {
    /// 1 where it is the path of P(D > 0), −1 where it is that of P(D < 0).
    side: Tensor,
    /// Where it crosses the real axis.
    saddle: Tensor,
    /// The arguments of the gamma functions there, along the last axis.
    arguments: Tensor,
    width: Tensor,
    tilt: Tensor,
    /// The last x.
    reach: Tensor,
}

impl Path {
    /// The parameters a, d, b, c are along the last axis.
    fn new(gammas: &Tensor) -> Result<Self> {
        let signs = Tensor::from(SIGNS);
        let mean = (gammas.digamma() * &signs).try_sum_axis(-1)?;
        let side = Tensor::select(mean.less(0.0), 1.0, -1.0);
        // The nearest pole on this side, and the functions that have poles there.
        let is_opposed = (side.unsqueeze(-1) * &signs).less(0.0);
        let pole = Tensor::select(&is_opposed, gammas, f64::INFINITY).try_min_axis(-1)?;
        let beyond_pole = Tensor::select(&is_opposed, gammas - pole.unsqueeze(-1), gammas);
        let at = |logit: &Tensor| {
            let (size, gap) = (&pole * logit.sigmoid(), &pole * (-logit).sigmoid());
            let arguments = &beyond_pole + Tensor::select(&is_opposed, gap.unsqueeze(-1), size.unsqueeze(-1));
            (size, arguments)
        };
        let (mut low, mut high) = (&side * 0.0 - LARGEST_LOGIT, &side * 0.0 + LARGEST_LOGIT);
        for _ in 0..BISECTIONS {
            let middle = (&low + &high) * 0.5;
            let (size, arguments) = at(&middle);
            let slope = (arguments.digamma() * &signs).try_sum_axis(-1)? * &side - size.recip();
            let is_beyond = slope.greater(0.0);
            high = Tensor::select(&is_beyond, &middle, &high);
            low = Tensor::select(is_beyond, low, middle);
        }
        let (size, arguments) = at(&((low + high) * 0.5));
        // K'' and K''' in units of the smallest distance from a pole, whose powers may overflow.
        let unit = arguments.try_min_axis(-1)?.minimum(&size);
        let relative = unit.unsqueeze(-1) / &arguments;
        let above = &arguments + 1.0;
        let curvature = (relative.square() + above.polygamma(1) * unit.unsqueeze(-1).square()).try_sum_axis(-1)?;
        let width = &unit / (curvature + (&unit / &size).square()).sqrt();
        let wide = width.unsqueeze(-1);
        let cube = |ratio: Tensor| ratio.square() * ratio;
        let third = above.polygamma(2) * cube(wide.clone()) - cube(wide / &arguments) * 2.0;
        let third = (third * &signs).try_sum_axis(-1)? - cube(&width / &size) * &side * 2.0;
        let tilt = (third / 3.0).clamp(-1.0, 1.0);
        let reach = reach(&arguments, &size, &width)?;
        Ok(Self { saddle: size * &side, side, arguments, width, tilt, reach })
    }
}

/// Where a path ends.
fn reach(arguments: &Tensor, size: &Tensor, width: &Tensor) -> Result<Tensor> {
    let above = arguments + 1.0;
    let (mut low, mut high) = (width * 0.0, width * 0.0 + LONGEST);
    for _ in 0..12 {
        let middle = (&low + &high) * 0.5;
        let (up, down) = (middle.exp(), (-&middle).exp());
        let height = width * (&up - &down) * 0.5;
        let high_above = height.unsqueeze(-1);
        // |Γ(z)| by Stirling's formula of z + 1.
        let ratio = &high_above / &above;
        let of_gamma = ratio.log1p_square() * (arguments + 0.5) * 0.5 - ratio.atan() * &high_above;
        let of_gamma = of_gamma - (high_above / arguments).log1p_square() * 0.5;
        let log = of_gamma.try_sum_axis(-1)? - (height / size).log1p_square() * 0.5 + ((up + down) * 0.5).ln();
        let is_near = log.greater(-NEGLIGIBLE);
        low = Tensor::select(&is_near, &middle, &low);
        high = Tensor::select(is_near, high, middle);
    }
    Ok(high)
}

/// ln P(X < Y) and ln P(X > Y) of X ~ Beta(a, b) and Y ~ Beta(c, d).
pub(crate) fn log_order_probabilities([a, b]: [&Tensor; 2], [c, d]: [&Tensor; 2]) -> Result<(Tensor, Tensor)> {
    let shape = a.try_add(b)?.try_add(c)?.try_add(d)?.shape();
    let gammas = [a, d, b, c].map(|each| each.try_broadcast_to(shape));
    let [a, d, b, c] = gammas;
    let gammas = Tensor::try_stack(&[a?, d?, b?, c?], -1)?;
    let path = Path::new(&gammas.detach())?;
    let log = log_integral(&gammas, &path)?;
    let rest = log.log1mexp();
    let is_upper = path.side.greater(0.0);
    Ok((Tensor::select(&is_upper, &rest, &log), Tensor::select(&is_upper, log, rest)))
}

fn log_integral(gammas: &Tensor, path: &Path) -> Result<Tensor> {
    let points =
        if record::is_open() { RECORDED_POINTS } else { ((path.reach.max().item() * DENSITY).ceil() as usize).max(1) };
    let step = &path.reach / points as f64;
    let x = (Tensor::arange(points) + 0.5) * step.unsqueeze(-1);
    let (up, down) = (x.exp(), (-x).exp());
    let (cosh, sinh) = ((&up + &down) * 0.5, (up - down) * 0.5);
    let [width, tilt, saddle] = [&path.width, &path.tilt, &path.saddle].map(|each| each.unsqueeze(-1));
    // s − c.
    let bend = (&cosh - 1.0) * &width * &tilt;
    let height = &sinh * &width;

    // The four functions are along the last axis but one, points along the last.
    let signs = Tensor::from(SIGNS).unsqueeze(-1);
    let known = path.arguments.unsqueeze(-1);
    // With the derivatives of the parameters.
    let argument = &known + (gammas - gammas.detach()).unsqueeze(-1);
    let argument = Complex { real: bend.unsqueeze(-2) * &signs + argument, imaginary: height.unsqueeze(-2) * &signs };
    let base = gammas.unsqueeze(-1) + f64::from(SHIFT);
    let shifted = Complex { real: &argument.real + f64::from(SHIFT), imaginary: argument.imaginary.clone() };

    // ln Γ(shifted) − ln Γ(base); of all four, what is linear in s cancels.
    let along = (&bend + &saddle).unsqueeze(-2) * &signs / &base;
    let across = &argument.imaginary / &base;
    let log = ((&along + 2.0) * &along + across.square()).log1p() * 0.5;
    let angle = (across / (log.exp() + along + 1.0)).atan() * 2.0;
    let power = &shifted.real - 0.5;
    let correction = stirling_correction(&shifted);
    let real = &power * &log - &shifted.imaginary * &angle + correction.real - base.stirling_correction();
    let imaginary = power * angle + &shifted.imaginary * log + correction.imaginary;
    let of_base = |which: usize| base.try_index(-2, which);
    let ratio = ((of_base(0)? / of_base(2)?) * (of_base(1)? / of_base(3)?)).ln();
    let exponent = real.try_sum_axis(-2)? + (&bend + &saddle) * &ratio;
    let phase = imaginary.try_sum_axis(-2)? + &height * ratio;

    // Γ(shifted) / Γ(argument), in units of which none overflows.
    let scale = base.recip();
    let side = &shifted.imaginary * &scale;
    let mut product = Complex { real: &argument.real / &known, imaginary: argument.imaginary / &known };
    let mut log_units = gammas.ln() - path.arguments.ln();
    for number in 1..SHIFT {
        let factor = (argument.real.clone() + f64::from(number)) * &scale;
        product = product.times(&Complex { real: factor, imaginary: side.clone() });
        log_units += ((gammas + f64::from(number)) / (gammas + f64::from(SHIFT))).ln();
    }
    let mut divisor = Complex { real: &bend / &saddle + 1.0, imaginary: height / &saddle };
    for which in 0..SIGNS.len() {
        divisor = divisor.times(&product.index(which)?);
    }
    let direction = Complex { real: cosh, imaginary: -(sinh * tilt) };
    let conjugate = Complex { real: divisor.real.clone(), imaginary: -&divisor.imaginary };
    let quotient = direction.times(&conjugate);

    let largest = exponent.detach().try_slice(-1, 0..1)?;
    let terms = (quotient.real * phase.cos() - quotient.imaginary * phase.sin()) * (exponent - &largest).exp()
        / divisor.square_modulus();
    let integral = terms.try_sum_axis(-1)? * (&path.width * step / PI);
    let log_units = log_units.try_sum_axis(-1)? - path.saddle.abs().ln();
    integral.ln().try_add(largest.squeeze(-1))?.try_add(log_units)
}

/// ln Γ(z) − (z − ½) ln z + z − ½ ln 2π where |z| is at least [`SHIFT`] or nearly so.
fn stirling_correction(z: &Complex) -> Complex {
    let square_modulus = z.square_modulus();
    let inverse = Complex { real: &z.real / &square_modulus, imaginary: -(&z.imaginary / square_modulus) };
    let square = inverse.times(&inverse);
    let mut terms = STIRLING.iter().rev();
    let last = terms.next().copied().unwrap_or_default();
    let mut sum = Complex { real: &square.real * 0.0 + last, imaginary: &square.real * 0.0 };
    for &coefficient in terms {
        sum = sum.times(&square);
        sum.real += coefficient;
    }
    sum.times(&inverse)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// α, β, r and k of beta negative binomial distributions, ln P(K ≤ k) and ln P(K > k), by mpmath with 80 and more
    /// digits: sums of masses, and ₃F₂ of large counts.
    const POINTS: [([f64; 4], [f64; 2]); 18] = [
        ([1.0, 1.0, 1.0, 3.0], [-0.22314355131420976, -1.6094379124341003]),
        ([2.5, 4.0, 3.0, 0.0], [-1.239279618158081, -0.34191689616944476]),
        ([2.5, 30.0, 3.5, 10.0], [-4.975185542412453e-07, -14.513633234845193]),
        ([40.0, 25.0, 0.8, 2.0], [-0.20391887636630407, -1.6902604461085824]),
        ([0.001, 5.0, 2.0, 100.0], [-1.1963139771380171e-11, -25.149190879174448]),
        ([0.5, 0.3, 1.0, 1e6], [-0.010464874634497665, -4.564958776913958]),
        ([0.5, 0.3, 1.0, 1e15], [-2.077151881649282e-05, -10.781938182998068]),
        ([4.0, 5.0, 1e-06, 1.0], [-1.9007946132199184e-07, -15.475823729770044]),
        ([300.0, 200.0, 50.0, 20.0], [-14.37560671058906, -5.711543063470365e-07]),
        ([300.0, 200.0, 50.0, 75.0], [-0.6362645868142559, -0.753461595678635]),
        ([300.0, 200.0, 50.0, 200.0], [-7.22304835534531e-09, -18.74598876687709]),
        ([30.0, 0.0001, 3.0, 2.0], [-16.654593243566445, -5.8479286968121504e-08]),
        ([3.0, 60.0, 3.0, 200.0], [-1.64630409644584e-54, -123.8410621877355]),
        ([1e6, 1.0, 1e6, 3.0], [-1386249.3056598806, 0.0]),
        ([1e-9, 1e-9, 1e-9, 0.0], [-0.2876820724517809, -1.3862943611198906]),
        ([1e-12, 0.001, 1e5, 0.0], [-1.0120884919067713e-09, -20.711249827814438]),
        ([1e9, 1e9, 100.0, 90.0], [-1.3588549762531499, -0.2969984392801486]),
        ([2.0, 1e12, 1e12, 2.0], [-0.3746934494416834, -1.163150809805081]),
    ];

    #[test]
    fn both_tails_have_their_digits() {
        for ([alpha, beta, r, k], [lower, upper]) in POINTS {
            let [alpha, beta, r, next] = [alpha, beta, r, k + 1.0].map(Tensor::from);
            let (log_less, log_greater) = log_order_probabilities([&next, &r], [&alpha, &beta]).unwrap();
            for (got, want) in [(log_less.item(), upper), (log_greater.item(), lower)] {
                // Parameters as large as 1e12 have a rounding of 1e-6 of a standard deviation.
                let allowed = 2e-13 * want.abs() + f64::MIN_POSITIVE;
                assert!((got - want).abs() <= allowed, "α {alpha}, β {beta}, r {r}, k {k}: {got:e}, {want:e}");
            }
        }
    }

    /// P(X < Y) of uniform X and Y ~ Beta(c, d) is E Y; and parameters whose powers overflow or underflow.
    #[test]
    fn extreme_parameters() {
        let one = Tensor::from(1.0);
        for (c, d) in [(1e-200, 1e-210), (1e-300, 2.0), (3.0, 1e-250), (1e100, 3e100), (1e-8, 1e8)] {
            let (log_less, _) = log_order_probabilities([&one, &one], [&c.into(), &d.into()]).unwrap();
            let want = -f64::ln_1p(d / c);
            let want = if want.is_finite() { want } else { c.ln() - d.ln() };
            assert!((log_less.item() - want).abs() < 1e-12 * want.abs() + 1e-200, "{c:e}, {d:e}: {log_less}, {want}");
        }
    }
}
