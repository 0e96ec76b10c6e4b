//! Numbers that are fractions of linear functions of those before: xₜ = (aₜ xₜ₋₁ + bₜ) / (cₜ xₜ₋₁ + 1), all of them not negative.

use pulp::Simd;

use super::elementary::multiply_add;
use super::memory::LANES;

/// Coefficients are those of each step, or numbers.
pub(super) struct Coefficients<'a> {
    pub(super) a: &'a [f64],
    pub(super) b: &'a [f64],
    pub(super) c: &'a [f64],
}

#[inline(always)]
pub(super) fn run<S: Simd>(coefficients: Coefficients<'_>, initial: f64, from_the_end: bool, output: &mut [f64]) {
    let Coefficients { a, b, c } = coefficients;
    let steps = output.len();
    let mut x = initial;
    let mut done = 0;
    if a.len().max(b.len()).max(c.len()) == 1
        && steps >= 2 * LANES
        && let Some(powers) = Powers::new(a[0], b[0], c[0])
    {
        // Only the last number of a block waits for the block before.
        while done + LANES <= steps {
            let mut block = [0.0; LANES];
            let Powers { a, b, c } = &powers;
            for lane in 0..LANES {
                block[lane] = multiply_add::<S>(a[lane], x, b[lane]) / multiply_add::<S>(c[lane], x, 1.0);
            }
            x = block[LANES - 1];
            let start = if from_the_end { steps - done - LANES } else { done };
            if from_the_end {
                block.reverse();
            }
            output[start..start + LANES].copy_from_slice(&block);
            done += LANES;
        }
    }
    for number in done..steps {
        let step = if from_the_end { steps - 1 - number } else { number };
        let at = |elements: &[f64]| elements[if elements.len() == 1 { 0 } else { step }];
        x = multiply_add::<S>(at(a), x, at(b)) / multiply_add::<S>(at(c), x, 1.0);
        output[step] = x;
    }
}

/// The coefficients of one step, of two steps and so on.
struct Powers {
    a: [f64; LANES],
    b: [f64; LANES],
    c: [f64; LANES],
}

impl Powers {
    /// None where they are not finite.
    #[inline(always)]
    fn new(a: f64, b: f64, c: f64) -> Option<Self> {
        let mut powers = Self { a: [a; LANES], b: [b; LANES], c: [c; LANES] };
        let mut sum = a + b + c;
        for step in 1..LANES {
            let (before_a, before_b, before_c) = (powers.a[step - 1], powers.b[step - 1], powers.c[step - 1]);
            let scale = 1.0 / (c * before_b + 1.0);
            powers.a[step] = (a * before_a + b * before_c) * scale;
            powers.b[step] = (a * before_b + b) * scale;
            powers.c[step] = (c * before_a + before_c) * scale;
            sum += powers.a[step] + powers.b[step] + powers.c[step];
        }
        sum.is_finite().then_some(powers)
    }
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, WithSimd};

    use super::*;

    struct Run<'a> {
        coefficients: Coefficients<'a>,
        initial: f64,
        from_the_end: bool,
        output: &'a mut [f64],
    }

    impl WithSimd for Run<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) {
            run::<S>(self.coefficients, self.initial, self.from_the_end, self.output);
        }
    }

    /// Step by step, from either end, with coefficients of each step and with numbers. All terms are positive, so that 45 steps
    /// round to at most some 1e-14 of the number.
    #[test]
    fn they_are_those_step_by_step() {
        const STEPS: usize = 45;
        let noise = |k: usize, scale: f64| scale * (1.01 + ((k as f64 + 1.3) * 7.1).sin());
        for scale in [1e-150, 1e-9, 1.0, 1e5, 1e150] {
            for (initial, has_steps, from_the_end) in
                [(0.0, false, false), (2.5, false, true), (1e4, true, false), (0.3, true, true), (1e150, false, false)]
            {
                let count = if has_steps { STEPS } else { 1 };
                let of = |first: usize, scale: f64| (first..first + count).map(|k| noise(k, scale)).collect::<Vec<_>>();
                let (a, b, c) = (of(0, 0.4), of(7, scale), of(20, 1.0 / scale));
                let mut output = vec![0.0; STEPS];
                let coefficients = Coefficients { a: &a, b: &b, c: &c };
                Arch::new().dispatch(Run { coefficients, initial, from_the_end, output: &mut output });
                let mut x = initial;
                for number in 0..STEPS {
                    let step = if from_the_end { STEPS - 1 - number } else { number };
                    let own = if has_steps { step } else { 0 };
                    x = (a[own] * x + b[own]) / (c[own] * x + 1.0);
                    assert!((output[step] - x).abs() <= 1e-14 * x, "{step}: {}, step by step {x}", output[step]);
                }
            }
        }
    }

    #[test]
    fn what_is_not_finite_stays_so() {
        for (a, b, c, initial) in [(f64::NAN, 1.0, 1.0, 1.0), (1.0, f64::INFINITY, 0.0, 1.0), (1.0, 1.0, 1.0, f64::NAN)]
        {
            let mut output = vec![0.0; 20];
            let coefficients = Coefficients { a: &[a], b: &[b], c: &[c] };
            Arch::new().dispatch(Run { coefficients, initial, from_the_end: false, output: &mut output });
            assert!(output.iter().all(|x| !x.is_finite()));
        }
        // Products that overflow are not taken.
        let mut output = vec![0.0; 20];
        let coefficients = Coefficients { a: &[1e100], b: &[0.0], c: &[1e-10] };
        Arch::new().dispatch(Run { coefficients, initial: 1e-300, from_the_end: false, output: &mut output });
        assert!((output[19] - 1e110).abs() < 1e97);
    }
}
