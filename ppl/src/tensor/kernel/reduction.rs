//! Reductions and scans along one axis, and joining along one.
//!
//! An axis is seen as (outer, length, inner): element `(o, k, i)` stands at `(o · length + k) · inner + i`.

use super::host::Operands;

type Around = (usize, usize, usize);

/// The indices of each line of elements along the axis, with the line's place in the reduced output.
fn lines(
    (outer, length, inner): Around,
) -> impl Iterator<Item = (usize, impl DoubleEndedIterator<Item = usize> + Clone)> {
    (0..outer * inner).map(move |line| {
        let (block, column) = (line / inner, line % inner);
        (line, (0..length).map(move |index| (block * length + index) * inner + column))
    })
}

/// Largest or smallest element; NaN if there is one.
pub(crate) fn extremum(x: &[f64], around: Around, choose: fn(f64, f64) -> f64) -> Vec<f64> {
    lines(around)
        .map(|(_, line)| {
            line.map(|index| x[index])
                .reduce(|a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { choose(a, b) })
                .unwrap_or(f64::NAN)
        })
        .collect()
}

/// Elements that tie for the extremum share its gradient evenly.
pub(crate) fn extremum_gradient(
    x: &[f64],
    around: Around,
    output: &[f64],
    output_gradient: &[f64],
    gradient: &mut [f64],
) {
    for (place, line) in lines(around) {
        let ties = line.clone().filter(|&index| x[index] == output[place]).count() as f64;
        for index in line.filter(|&index| x[index] == output[place]) {
            gradient[index] += output_gradient[place] / ties;
        }
    }
}

/// `m + ln Σ exp(x − m)` with `m = max x`; −∞ for a line of −∞, +∞ if there is one.
pub(crate) fn logsumexp(x: &[f64], around: Around) -> Vec<f64> {
    extremum(x, around, f64::max)
        .into_iter()
        .zip(lines(around))
        .map(|(largest, (_, line))| {
            if largest.is_infinite() {
                return largest;
            }
            largest + line.map(|index| (x[index] - largest).exp()).sum::<f64>().ln()
        })
        .collect()
}

/// The softmax, times the output's gradient; zero where the line is −∞ throughout.
pub(crate) fn logsumexp_gradient(
    x: &[f64],
    around: Around,
    output: &[f64],
    output_gradient: &[f64],
    gradient: &mut [f64],
) {
    for (place, line) in lines(around) {
        if output[place] == f64::NEG_INFINITY || output_gradient[place] == 0.0 {
            continue;
        }
        for index in line {
            gradient[index] += output_gradient[place] * (x[index] - output[place]).exp();
        }
    }
}

/// Running sums.
pub(crate) fn cumsum(x: &[f64], around: Around) -> Vec<f64> {
    let mut output = vec![0.0; x.len()];
    for (_, line) in lines(around) {
        let mut sum = 0.0;
        for index in line {
            sum += x[index];
            output[index] = sum;
        }
    }
    output
}

/// The running sums of the output's gradient from the other end.
pub(crate) fn cumsum_gradient(around: Around, output_gradient: &[f64], gradient: &mut [f64]) {
    for (_, line) in lines(around) {
        let mut sum = 0.0;
        for index in line.rev() {
            sum += output_gradient[index];
            gradient[index] += sum;
        }
    }
}

/// Sums, in pairs: the error grows with the logarithm of the number of elements, not with the number.
pub(crate) fn sum(x: &[f64], (_, length, inner): Around) -> Vec<f64> {
    if inner == 1 {
        return x.chunks_exact(length).map(pairwise).collect();
    }
    x.chunks_exact(length * inner)
        .flat_map(|block| {
            let mut sums = vec![0.0; inner];
            for row in block.chunks_exact(inner) {
                sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
            }
            sums
        })
        .collect()
}

fn pairwise(x: &[f64]) -> f64 {
    const BLOCK: usize = 256;
    const LANES: usize = 8;

    if x.len() > BLOCK {
        let (left, right) = x.split_at(x.len() / 2);
        return pairwise(left) + pairwise(right);
    }
    let mut lanes = [0.0; LANES];
    let chunks = x.chunks_exact(LANES);
    let rest: f64 = chunks.remainder().iter().sum();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, x)| *lane += x);
    }
    lanes.iter().sum::<f64>() + rest
}

/// Each element of a line counts once.
pub(crate) fn sum_gradient((_, length, inner): Around, output_gradient: &[f64], gradient: &mut [f64]) {
    if inner == 1 {
        for (line, by_output) in gradient.chunks_exact_mut(length.max(1)).zip(output_gradient) {
            line.iter_mut().for_each(|slot| *slot += by_output);
        }
        return;
    }
    for (block, by_output) in
        gradient.chunks_exact_mut((length * inner).max(1)).zip(output_gradient.chunks_exact(inner.max(1)))
    {
        for row in block.chunks_exact_mut(inner) {
            row.iter_mut().zip(by_output).for_each(|(slot, by_output)| *slot += by_output);
        }
    }
}

/// Joins along an axis.
pub(crate) fn concat(axis: usize, given: &Operands<'_>) -> Vec<f64> {
    let (outer, _, inner) = given.output_shape.around(axis);
    let mut output = Vec::with_capacity(given.output_shape.size());
    for block in 0..outer {
        for (values, shape) in given.values.iter().zip(given.shapes) {
            let chunk = shape[axis] * inner;
            output.extend_from_slice(&values[block * chunk..(block + 1) * chunk]);
        }
    }
    output
}

/// Adds the part of the output's gradient that belongs to one of the joined inputs, which has so many places of the axis
/// after those before it.
pub(crate) fn concat_gradient(
    (outer, length, inner): Around,
    (before, own): (usize, usize),
    output_gradient: &[f64],
    gradient: &mut [f64],
) {
    let chunk = own * inner;
    for block in 0..outer {
        let start = (block * length + before) * inner;
        let by_output = &output_gradient[start..start + chunk];
        let part = &mut gradient[block * chunk..(block + 1) * chunk];
        part.iter_mut().zip(by_output).for_each(|(slot, by_output)| *slot += by_output);
    }
}
