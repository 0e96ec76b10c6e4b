//! Programs as text: one operation a line, under the loop that it belongs to.

use std::fmt;

use super::Program;
use super::graph::{Definite, Graph, Id, Logistic, Op, Product, Signs, Solve, Sparse, SparseSolve, Square, Take};
use super::plan::{Part, Places};
use super::recurrence::Recurrence;
use super::schedule::{Kind, Stage, kind};

/// Places of which as many are listed.
const LISTED: usize = 8;

/// `v3[8] = exp(v1)`, one operation a line: values with their number of elements, constants by what they are if they are
/// short.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (graph, stages) = &*self.text;
        for place in 0..graph.nodes().len() {
            let id = graph.id_at(place);
            if kind(graph, id) == Kind::Given && matches!(graph.node(id).op, Op::Move(_) | Op::Noise(_) | Op::Data(_)) {
                writeln!(f, "{}", Line { graph, id })?;
            }
        }
        for stage in stages {
            if let Stage::Loop { elements, .. } = stage {
                writeln!(f, "for {elements} elements:")?;
            }
            let indent = if matches!(stage, Stage::Loop { .. }) { "    " } else { "" };
            for &id in stage.nodes() {
                writeln!(f, "{indent}{}", Line { graph, id })?;
                if let Op::Recurrence(recurrence) = &graph.node(id).op {
                    write_step(f, recurrence)?;
                }
            }
        }
        writeln!(f, "value = {}", name(graph, self.outputs.0))?;
        for (Part { places, sign, .. }, &id) in self.gradient.iter().zip(&self.outputs.1) {
            let elements = match places {
                Places::All => String::new(),
                Places::From(start) if graph.size(id) == 1 => format!("[{start}]"),
                Places::From(start) => format!("[{start}..={}]", start + graph.size(id) - 1),
                Places::At(places) if places.len() <= LISTED => format!("[{places:?}]"),
                Places::At(places) => format!("[{} places]", places.len()),
            };
            writeln!(f, "gradient{elements} {} {}", if *sign < 0.0 { "-=" } else { "+=" }, name(graph, id))?;
        }
        Ok(())
    }
}

/// All operations but constants, in the order of the graph: of a recording, that of the function.
impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, node) in self.nodes().iter().enumerate() {
            if !matches!(node.op, Op::Input | Op::Constant(_)) {
                writeln!(f, "{}", Line { graph: self, id: self.id_at(place) })?;
            }
        }
        Ok(())
    }
}

/// What each step of a recurrence does.
fn write_step(f: &mut fmt::Formatter<'_>, recurrence: &Recurrence) -> fmt::Result {
    let body = &recurrence.body;
    for (place, node) in body.nodes().iter().enumerate() {
        if !matches!(node.op, Op::Constant(_)) {
            writeln!(f, "    {}", Line { graph: body, id: body.id_at(place) })?;
        }
    }
    let next: Vec<String> = recurrence.next.iter().map(|&next| name(body, next)).collect();
    writeln!(f, "    next = {}", next.join(", "))
}

/// A node and what it is made of.
struct Line<'a> {
    graph: &'a Graph,
    id: Id,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let node = self.graph.node(self.id);
        let operands: Vec<String> = node.operands.iter().map(|&operand| name(self.graph, operand)).collect();
        write!(f, "v{}", self.id.place())?;
        if node.size > 1 {
            write!(f, "[{}]", node.size)?;
        }
        write!(f, " = {}({})", node.op, operands.join(", "))
    }
}

fn name(graph: &Graph, id: Id) -> String {
    let size = graph.size(id);
    match (&graph.node(id).op, graph.as_constant(id)) {
        (Op::Input, _) => "position".to_owned(),
        (_, Some([number])) => number.to_string(),
        (_, Some(_)) => format!("data{}[{size}]", id.place()),
        _ => format!("v{}", id.place()),
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lower = |name: String| name.to_lowercase();
        match self {
            Self::Input => f.write_str("position"),
            Self::Noise(first) => write!(f, "noise<{first}>"),
            Self::Data(number) => write!(f, "data<{number}>"),
            Self::Sample(number, None) => write!(f, "sample<{number}>"),
            Self::Sample(number, Some(implicit)) => write!(f, "sample_{}<{number}>", lower(format!("{implicit:?}"))),
            Self::Implicit(implicit) => write!(f, "derivatives_sample_{}", lower(format!("{implicit:?}"))),
            Self::Constant(_) => f.write_str("constant"),
            Self::Detach => f.write_str("detach"),
            Self::Unary(op) => f.write_str(&lower(format!("{op:?}"))),
            Self::Binary(op) => f.write_str(&lower(format!("{op:?}"))),
            Self::Compare(op) => f.write_str(op.name()),
            Self::Select => f.write_str("select"),
            Self::Derivative(op) => write!(f, "derivative_{}", lower(format!("{op:?}"))),
            Self::Partial(op, which) => write!(f, "derivative{which}_{}", lower(format!("{op:?}"))),
            Self::Cumulative(function) => function.fmt(f),
            Self::Masked => f.write_str("masked_mul"),
            Self::MultiplyAdd(Signs::Plus) => f.write_str("multiply_add"),
            Self::MultiplyAdd(Signs::Minus) => f.write_str("multiply_sub"),
            Self::MultiplyAdd(Signs::From) => f.write_str("negative_multiply_add"),
            Self::Logistic(Logistic::Exponential) => f.write_str("exp_of_minus_abs"),
            Self::Logistic(function) => f.write_str(&lower(format!("{function:?}"))),
            Self::Move(map) => match &**map {
                [place] => write!(f, "element<{place}>"),
                [first, .., last] if map.is_sorted() && last - first + 1 == map.len() => {
                    write!(f, "elements<{first}..={last}>")
                }
                _ => f.write_str("gather"),
            },
            Self::Scatter(..) => f.write_str("scatter_add"),
            Self::Take(Take { count, length, .. }) => write!(f, "take<{count} of {length}>"),
            Self::TransposedTake(Take { count, length, .. }) => write!(f, "put_add<{count} of {length}>"),
            Self::Join(_) => f.write_str("concat"),
            Self::JoinParts(parts) => {
                let parts: Vec<String> =
                    parts.iter().map(|(start, count)| format!("{start}..{}", start + count)).collect();
                write!(f, "concat<{}>", parts.join(", "))
            }
            Self::Sum((1, _, 1)) => f.write_str("sum"),
            Self::Sum((outer, length, inner)) => write!(f, "sum<{outer}×{length}×{inner}>"),
            Self::Largest((outer, length, inner)) => write!(f, "max<{outer}×{length}×{inner}>"),
            Self::Smallest((outer, length, inner)) => write!(f, "min<{outer}×{length}×{inner}>"),
            Self::LogSumExp((outer, length, inner)) => write!(f, "logsumexp<{outer}×{length}×{inner}>"),
            Self::CumSum((outer, length, inner), false) => write!(f, "cumsum<{outer}×{length}×{inner}>"),
            Self::CumSum((outer, length, inner), true) => write!(f, "cumsum_from_end<{outer}×{length}×{inner}>"),
            Self::LinearRecurrence(false) => f.write_str("linear_recurrence"),
            Self::LinearRecurrence(true) => f.write_str("linear_recurrence_from_end"),
            Self::LinearFraction(false) => f.write_str("linear_fraction"),
            Self::LinearFraction(true) => f.write_str("linear_fraction_from_end"),
            Self::LinearSystem(system) => {
                let (size, steps) = (system.sizes.iter().sum::<usize>(), system.steps);
                let mark = if system.from_the_end { "_from_end" } else { "" };
                write!(f, "linear_system{mark}<{size}×{size}, {steps} steps>")
            }
            Self::LogSystem(system) => {
                let mark = if system.from_the_end { "_from_end" } else { "" };
                write!(f, "log_system{mark}<{0}×{0}, {1} steps>", system.size, system.steps)
            }
            Self::LogSystemGradient(gradient) => {
                let system = gradient.system;
                let mark = if system.from_the_end { "_from_end" } else { "" };
                write!(f, "derivative_log_system{mark}<{0}×{0}, {1} steps>", system.size, system.steps)
            }
            Self::Recurrence(recurrence) => {
                let mark = if recurrence.from_the_end { "_from_end" } else { "" };
                write!(f, "recurrence{mark}<{} steps>", recurrence.steps)
            }
            Self::Dot => f.write_str("dot"),
            Self::MatVec(panels) => write!(f, "matvec<{}×{}>", panels.rows(), panels.columns()),
            Self::TransposedMatVec(panels) => write!(f, "matvec<{}×{}ᵀ>", panels.rows(), panels.columns()),
            Self::MatMul(Product { batch, m, k, n, transpose_left, transpose_right }) => {
                let mark = |is_transposed: &bool| if *is_transposed { "ᵀ" } else { "" };
                write!(f, "matmul<{batch}: {m}×{k}{} · {k}×{n}{}>", mark(transpose_left), mark(transpose_right))
            }
            Self::Cholesky(Square { batch, size }) => write!(f, "cholesky<{batch}: {size}×{size}>"),
            Self::CholeskyInverse(Square { batch, size }) => write!(f, "inverse_by_cholesky<{batch}: {size}×{size}>"),
            Self::CholeskyGradient(Square { batch, size }) => write!(f, "derivative_cholesky<{batch}: {size}×{size}>"),
            Self::Definite(Definite::Factor(size)) => write!(f, "cholesky<{size}×{size}, packed>"),
            Self::Definite(Definite::Inverse(size)) => write!(f, "inverse_by_cholesky<{size}×{size}, packed>"),
            Self::Definite(Definite::Outer(size)) => write!(f, "outer<{size}×{size}, packed>"),
            Self::Definite(Definite::Solve { size, transpose }) => {
                write!(f, "solve_lower<{size}×{size}{} · {size}>", if *transpose { "ᵀ" } else { "" })
            }
            Self::TriangularSolve(Solve { batch, size, columns, lower, transpose }) => {
                let triangle = if *lower { "lower" } else { "upper" };
                let mark = if *transpose { "ᵀ" } else { "" };
                write!(f, "solve_{triangle}<{batch}: {size}×{size}{mark} · {size}×{columns}>")
            }
            Self::LogAbsDeterminant(Square { batch, size }) => write!(f, "log_abs_determinant<{batch}: {size}×{size}>"),
            Self::InverseTranspose(Square { batch, size }) => write!(f, "inverse_transpose<{batch}: {size}×{size}>"),
            Self::Transform(transform) => write!(f, "{transform:?}"),
            Self::Sparse(function, Sparse { pattern, batch }) => {
                write!(f, "{}<{batch}: {1}×{1}, {2} entries>", function.name(), pattern.size(), pattern.len())
            }
            Self::SparseSolve(SparseSolve { pattern, batch, columns, transpose }) => {
                let mark = if *transpose { "ᵀ" } else { "" };
                write!(f, "sparse_solve<{batch}: {0}×{0}{mark} · {0}×{columns}>", pattern.size())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::bijector::biject_to;
    use crate::effect::{Effect, Handler, Message};
    use crate::prelude::*;
    use crate::tensor::record::Recording;
    use crate::{Result, Shape, Tensor};

    #[model]
    fn eight_schools(y: &Tensor, sigma: &Tensor) {
        let mu = sample!("mu", Normal::new(0.0, 5.0));
        let tau = sample!("tau", HalfCauchy::new(5.0));
        plate!("school", 8, {
            let z = sample!("z", Normal::new(0.0, 1.0));
            let theta = deterministic!("theta", &mu + &tau * &z);
            observe!("y", Normal::new(theta, sigma), y);
        });
    }

    /// Gives latent sites their values by unconstrained ones, and collects the terms of the log density, as inference does.
    struct Unconstrain {
        unconstrained: std::vec::IntoIter<Tensor>,
        terms: Vec<Tensor>,
    }

    impl Handler for Unconstrain {
        fn before(&mut self, message: Message<'_>) -> Result<()> {
            if let Effect::Sample(site) = message.effect
                && !site.is_observed
                && let Some(unconstrained) = self.unconstrained.next()
            {
                let bijector = biject_to(&site.distribution.support())?;
                let (value, log_abs_det_jacobian) = bijector.forward_and_log_det(&unconstrained)?;
                self.terms.push(log_abs_det_jacobian.sum());
                site.value = Some(value);
            }
            Ok(())
        }

        fn after(&mut self, message: Message<'_>) -> Result<()> {
            if let Effect::Sample(site) = message.effect {
                self.terms.push(site.log_prob()?);
            }
            Ok(())
        }
    }

    #[test]
    fn the_readme_lists_the_recording_of_the_eight_schools() {
        let y = Tensor::from([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0]);
        let sigma = Tensor::from([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0]);

        let (recording, position, _) = Recording::open(&[0.1; 10], None, &[]).unwrap();
        let cut = |(range, shape)| position.slice(0, range).reshape(shape);
        let parts = [(0..1, Shape::SCALAR), (1..2, Shape::SCALAR), (2..10, Shape::from(y.size()))].map(cut).to_vec();
        let handler = Unconstrain { unconstrained: parts.into_iter(), terms: Vec::new() };
        let model = eight_schools(&y, &sigma);
        let run = Ctx::new(Key::new(0)).without_validation().enter(handler, |ctx| model.run(ctx));
        let log_density: Tensor = run.unwrap().1.terms.into_iter().sum();
        let (graph, ..) = recording.finish(&[log_density]).unwrap().unwrap();

        let recorded = graph.to_string();
        let (_, rest) = include_str!("README.md").split_once("<!-- listing: recorded -->\n```text\n").unwrap();
        let (listing, _) = rest.split_once("```").unwrap();
        assert!(listing == recorded, "the listing of the recording should be\n{recorded}");
    }
}
