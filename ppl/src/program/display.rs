//! Programs as text: one step a line.

use std::fmt;

use super::Program;
use super::graph::{Call, Op, Product};

/// `b3[8] = exp(b1)`, one step a line: buffers with their sizes, constants by their values if they are short.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_written =
            |buffer: u32| Some(buffer) == self.input || self.steps.iter().any(|step| step.output == buffer);
        let name = |buffer: u32| {
            let values = &self.buffers[buffer as usize];
            match values.as_slice() {
                [number] if !is_written(buffer) => number.to_string(),
                _ if !is_written(buffer) => format!("data{buffer}[{}]", values.len()),
                _ if Some(buffer) == self.input => "position".to_owned(),
                _ => format!("b{buffer}"),
            }
        };
        for step in &self.steps {
            let operands: Vec<String> = step.operands.iter().map(|&operand| name(operand)).collect();
            let size = self.buffers[step.output as usize].len();
            writeln!(f, "b{}[{size}] = {}({})", step.output, step.op, operands.join(", "))?;
        }
        writeln!(f, "value = {}", name(self.value))?;
        for (places, part) in &self.gradient {
            match places.as_deref() {
                None => writeln!(f, "gradient += {}", name(*part))?,
                Some([first, .., last]) => writeln!(f, "gradient[{first}..={last}] += {}", name(*part))?,
                Some(places) => writeln!(f, "gradient{places:?} += {}", name(*part))?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lower = |name: String| name.to_lowercase();
        match self {
            Self::Input => f.write_str("position"),
            Self::Constant(_) => f.write_str("constant"),
            Self::Detach => f.write_str("detach"),
            Self::Unary(op) => f.write_str(&lower(format!("{op:?}"))),
            Self::Binary(op) => f.write_str(&lower(format!("{op:?}"))),
            Self::Compare(op) => f.write_str(op.name()),
            Self::Select => f.write_str("select"),
            Self::UnaryGradient(op) => write!(f, "d_{}", lower(format!("{op:?}"))),
            Self::BinaryGradient(op, which) => write!(f, "d{which}_{}", lower(format!("{op:?}"))),
            Self::Masked => f.write_str("masked_mul"),
            Self::Move(_) => f.write_str("move"),
            Self::Scatter(..) => f.write_str("scatter_add"),
            Self::Sum(outer, length, inner) => write!(f, "sum<{outer}×{length}×{inner}>"),
            Self::MatMul(Product { batch, m, k, n, transpose_left, transpose_right }) => {
                let mark = |is_transposed: &bool| if *is_transposed { "ᵀ" } else { "" };
                write!(f, "matmul<{batch}: {m}×{k}{} · {k}×{n}{}>", mark(transpose_left), mark(transpose_right))
            }
            Self::Kernel(Call { primitive, .. }) => write!(f, "{primitive:?}"),
            Self::KernelGradient(Call { primitive, .. }, which) => write!(f, "d{which}_{primitive:?}"),
        }
    }
}
