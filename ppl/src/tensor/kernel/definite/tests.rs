//! The kernels against their definitions, by the instructions of each kind of processor, at sizes about those of panels.

use pulp::{Arch, Simd, WithSimd};

use super::super::linear_algebra::Pivot;
use super::*;

/// A covariance of points on a line, whose condition is some 1 / `noise`.
fn covariance(size: usize, noise: f64) -> Vec<f64> {
    let element = |row: usize, column: usize| {
        let distance = (row as f64 - column as f64) * 6.0 / size as f64;
        (-0.5 * distance * distance).exp() + if row == column { noise } else { 0.0 }
    };
    (0..size * size).map(|place| element(place / size, place % size)).collect()
}

fn lower_triangle(matrix: &[f64], size: usize) -> Vec<f64> {
    (0..size).flat_map(|row| matrix[row * size..][..=row].to_vec()).collect()
}

/// Everything that is made of a matrix: its factor in rows, solutions of L x = b and Lᵀ x = b, the inverse of both storages.
struct All<'a> {
    matrix: &'a [f64],
    storage: Storage,
    size: usize,
    right: &'a [f64],
}

struct Results {
    panels: Vec<f64>,
    factor: Vec<f64>,
    solutions: [Vec<f64>; 2],
    full: Vec<f64>,
    packed: Vec<f64>,
}

impl WithSimd for All<'_> {
    type Output = Result<Results, Pivot>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let Self { matrix, storage, size, right } = self;
        // What is there before counts for nothing.
        let mut panels = vec![f64::NAN; panels_len(size)];
        factorize(simd, (matrix, storage), size, &mut panels)?;
        let mut factor = vec![f64::NAN; size * size];
        rows_of_panels(&panels, size, &mut factor);
        let solutions = [false, true].map(|is_transposed| {
            let mut solution = right.to_vec();
            let mut scratch = vec![f64::NAN; substitution_scratch(size)];
            substitute(simd, &panels, size, is_transposed, &mut solution, &mut scratch);
            solution
        });
        let mut scratch = vec![f64::NAN; inverse_scratch(size)];
        let (mut full, mut packed) = (vec![f64::NAN; size * size], vec![f64::NAN; packed_len(size)]);
        inverse(simd, &panels, size, (&mut full, Storage::Full), &mut scratch);
        inverse(simd, &panels, size, (&mut packed, Storage::Packed), &mut scratch);
        Ok(Results { panels, factor, solutions, full, packed })
    }
}

/// The processor's own instructions, and those that it has besides.
fn processors() -> Vec<Arch> {
    let mut processors = vec![Arch::new(), Arch::Scalar];
    #[cfg(target_arch = "x86_64")]
    processors.extend(pulp::x86::V3::try_new().map(Arch::V3));
    processors
}

/// (L Lᵀ)ᵢⱼ, and the bound of its rounding error, n ε times the sum of magnitudes (Higham 2002, theorem 10.3).
fn product(factor: &[f64], size: usize, row: usize, column: usize) -> f64 {
    (0..size).map(|k| factor[row * size + k] * factor[column * size + k]).sum()
}

fn check(arch: Arch, size: usize, noise: f64) {
    let matrix = covariance(size, noise);
    let right: Vec<f64> = (0..size).map(|row| (row as f64).sin() + 0.1).collect();
    let triangle = lower_triangle(&matrix, size);
    let run = |matrix: &[f64], storage| arch.dispatch(All { matrix, storage, size, right: &right });
    let results = run(&matrix, Storage::Full).unwrap();
    let Results { panels, factor, solutions, full, packed } = &results;
    let own = run(&triangle, Storage::Packed).unwrap();
    assert_eq!(own.panels, *panels, "{size}: the storage changes nothing");
    assert_eq!(own.factor, *factor);
    assert_eq!(lower_triangle(full, size), *packed);
    let mut again = vec![f64::NAN; panels_len(size)];
    panels_of_rows(factor, size, &mut again);
    assert_eq!(
        again[..factor_lines(size.div_ceil(LANES)) * LANES],
        panels[..factor_lines(size.div_ceil(LANES)) * LANES]
    );

    // A x - b, L x - b: backward errors, which do not grow with the condition.
    let rounding = 4.0 * (size + 4) as f64 * f64::EPSILON;
    for row in 0..size {
        for column in 0..size {
            let element = factor[row * size + column];
            match place_in_panels(row, column) {
                Some(place) => assert_eq!(panels[place], element),
                None => assert_eq!(element, 0.0),
            }
            let error = (product(factor, size, row, column) - matrix[row * size + column]).abs();
            assert!(error <= rounding * (1.0 + noise), "{size}, {noise}: A[{row}, {column}] differs by {error}");
        }
        for (solution, is_transposed) in solutions.iter().zip([false, true]) {
            let place = |k: usize| if is_transposed { k * size + row } else { row * size + k };
            let (mut residual, mut magnitude) = (-right[row], right[row].abs());
            for k in 0..size {
                residual += factor[place(k)] * solution[k];
                magnitude += (factor[place(k)] * solution[k]).abs();
            }
            assert!(residual.abs() <= rounding * magnitude, "{size}, {noise}: row {row} is left with {residual}");
        }
    }
    // A A⁻¹ - I, relative to ‖A‖ ‖A⁻¹‖, the condition.
    let inverse = |row: usize, column: usize| packed[packed_len(row.max(column)) + row.min(column)];
    let largest = packed.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    for row in 0..size {
        for column in 0..size {
            let sum: f64 = (0..size).map(|k| matrix[row * size + k] * inverse(k, column)).sum();
            let error = (sum - f64::from(u8::from(row == column))).abs();
            let bound = rounding * size as f64 * (1.0 + noise) * largest.max(1.0);
            assert!(error <= bound, "{size}, {noise}: (A A⁻¹)[{row}, {column}] differs by {error}, more than {bound}");
        }
    }
}

#[test]
fn factor_solutions_and_inverse_are_those_of_the_matrix() {
    for arch in processors() {
        for size in (1..=70).chain([127, 128, 129, 130, 200]) {
            check(arch, size, 0.3);
        }
        for size in [8, 11, 33, 64, 70] {
            check(arch, size, 1e-8);
        }
    }
}

#[test]
fn the_first_wrong_pivot_is_told() {
    for arch in processors() {
        for size in [1, 3, 8, 9, 20, 41] {
            for wrong in (0..size).step_by(3) {
                for (value, is_wrong) in
                    [(-1.0, true), (0.0, true), (f64::NAN, true), (f64::INFINITY, true), (2.0, false)]
                {
                    let mut matrix = vec![0.0; size * size];
                    (0..size).for_each(|row| matrix[row * (size + 1)] = 4.0);
                    matrix[wrong * (size + 1)] = value;
                    // A later pivot is wrong too.
                    if is_wrong && wrong + 2 < size {
                        matrix[(wrong + 2) * (size + 1)] = -7.0;
                    }
                    let right = vec![1.0; size];
                    let outcome = arch.dispatch(All { matrix: &matrix, storage: Storage::Full, size, right: &right });
                    match outcome {
                        Ok(_) => assert!(!is_wrong, "{size}: {value} at {wrong} is taken"),
                        Err(pivot) => {
                            assert!(is_wrong, "{size}: {value} at {wrong} is refused");
                            assert_eq!(pivot.order, wrong + 1);
                            assert_eq!(pivot.value.to_bits(), value.to_bits());
                        }
                    }
                }
            }
        }
    }
}

/// Covariances of points far apart, whose products are subnormal, and matrices of any size of elements.
#[test]
fn elements_that_are_next_to_nothing() {
    for arch in processors() {
        for scale in [1.0, 1e-180, 1e-290, 1e180, 1e290] {
            let size = 41;
            let element = |row: usize, column: usize| {
                let distance = (row as f64 - column as f64) * 2.0;
                scale * ((-0.5 * distance * distance).exp() + if row == column { 0.2 } else { 0.0 })
            };
            let matrix: Vec<f64> = (0..size * size).map(|place| element(place / size, place % size)).collect();
            let right = vec![1.0; size];
            let results = arch.dispatch(All { matrix: &matrix, storage: Storage::Full, size, right: &right }).unwrap();
            for row in 0..size {
                for column in 0..size {
                    let of_factor = product(&results.factor, size, row, column);
                    let error = (of_factor - matrix[row * size + column]).abs();
                    assert!(error <= 1e-14 * scale, "{scale}: A[{row}, {column}] differs by {error}");
                    let inverse = |k: usize| results.packed[packed_len(column.max(k)) + column.min(k)];
                    let sum: f64 = (0..size).map(|k| matrix[row * size + k] * inverse(k)).sum();
                    let error = (sum - f64::from(u8::from(row == column))).abs();
                    assert!(error <= 1e-13, "{scale}: (A A⁻¹)[{row}, {column}] differs by {error}");
                }
            }
        }
    }
}
