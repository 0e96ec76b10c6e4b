//! Symmetric matrices of which only the lower triangle is computed.
//!
//! A Cholesky factorisation reads the lower triangle of its matrix, and the gradient by the matrix has nothing above the diagonal
//! (`adjoint/cholesky.rs`). What is computed element by element for the one, as the covariances of a Gaussian process, and of the
//! other is needed in the lower triangle alone: it becomes an array of n (n + 1) / 2 elements. The factor stands in panels then,
//! as the kernels want it.
//!
//! It is found from both ends, by leaving out of all arrays of n² elements those that something needs as a whole, until there are
//! none: `Packing::leave_out`.

use rustc_hash::FxHashSet;

use super::graph::{Definite, Graph, Id, Node, Op, Operands, Solve, Square};
use super::lower::uses;
use super::schedule::is_elementwise;
use crate::tensor::elementwise::{Binary, Unary};
use crate::tensor::kernel::definite;

/// The graph with packed triangles, and the roots in it; none if there are no such.
pub(super) fn packed(graph: &Graph, roots: &[Id]) -> Option<(Graph, Vec<Id>)> {
    let packing = Packing::of(graph, roots)?;
    let uses = uses(graph, roots);
    let mut target = Graph::default();
    let mut known: Vec<Option<Id>> = vec![None; graph.nodes().len()];
    for place in 0..known.len() {
        if uses[place] > 0 {
            known[place] = Some(packing.node(graph.id_at(place), &known, &mut target));
        }
    }
    let roots = roots.iter().filter_map(|root| known[root.place()]).collect();
    Some((target, roots))
}

struct Packing<'a> {
    graph: &'a Graph,
    /// Number of rows of the matrices that may be packed.
    sizes: FxHashSet<usize>,
    /// Whether a node is packed, or a factor in panels.
    is_packed: Vec<bool>,
    /// Whether elements above the diagonal are 0, whatever finite numbers the operands are.
    is_lower: Vec<bool>,
}

/// Rows of a square matrix with so many elements.
fn rows_of(elements: usize) -> Option<usize> {
    let rows = elements.isqrt();
    (rows * rows == elements).then_some(rows)
}

/// The size of the one matrix that an operation factorises.
fn factorized(node: &Node) -> Option<usize> {
    match node.op {
        Op::Cholesky(Square { batch: 1, size }) => Some(size),
        _ => None,
    }
}

/// Elements of the lower triangle among those of the matrix.
fn lower_triangle(size: usize) -> impl Iterator<Item = usize> {
    (0..size).flat_map(move |row| row * size..=row * (size + 1))
}

impl<'a> Packing<'a> {
    fn of(graph: &'a Graph, roots: &[Id]) -> Option<Self> {
        let nodes = graph.nodes();
        let sizes: FxHashSet<usize> = nodes.iter().filter_map(factorized).filter(|&size| size > 1).collect();
        if sizes.is_empty() {
            return None;
        }
        let mut packing = Self { graph, sizes, is_packed: Vec::new(), is_lower: Vec::with_capacity(nodes.len()) };
        for node in nodes {
            let is_lower = packing.is_zero_above(node);
            packing.is_lower.push(is_lower);
        }
        packing.is_packed = nodes.iter().map(|node| packing.may_be_packed(node)).collect();
        let uses = uses(graph, roots);
        let mut users: Vec<Operands> = vec![Operands::new(); nodes.len()];
        for (place, node) in nodes.iter().enumerate().filter(|&(place, _)| uses[place] > 0) {
            node.operands.iter().for_each(|operand| users[operand.place()].push(graph.id_at(place)));
        }
        roots.iter().for_each(|root| packing.is_packed[root.place()] = false);
        packing.leave_out(&users);
        let is_factor =
            |place: usize| uses[place] > 0 && packing.is_packed[place] && factorized(&nodes[place]).is_some();
        (0..nodes.len()).any(is_factor).then_some(packing)
    }

    fn is_of_size(&self, elements: usize) -> bool {
        rows_of(elements).is_some_and(|rows| self.sizes.contains(&rows))
    }

    fn may_be_packed(&self, node: &Node) -> bool {
        self.is_of_size(node.size)
            && match &node.op {
                op if is_elementwise(op) => true,
                Op::Constant(_) | Op::Move(_) | Op::CholeskyInverse(_) | Op::Cholesky(_) => true,
                Op::MatMul(product) => product.batch == 1 && product.k == 1 && product.m == product.n,
                _ => false,
            }
    }

    /// Whether the elements above the diagonal are 0.
    fn is_zero_above(&self, node: &Node) -> bool {
        let is_lower = |operand: usize| self.is_lower[node.operands[operand].place()];
        match (&node.op, rows_of(node.size)) {
            (Op::Constant(numbers), Some(rows)) if self.sizes.contains(&rows) => {
                let elements = numbers.elements();
                (0..rows).all(|row| elements[row * rows + row + 1..(row + 1) * rows].iter().all(|&x| x == 0.0))
            }
            (Op::CholeskyInverse(square), _) => square.batch == 1,
            (Op::Unary(Unary::Neg | Unary::Square | Unary::Abs), _) | (Op::Binary(Binary::Div), _) => is_lower(0),
            (Op::Binary(Binary::Mul) | Op::Masked, _) => is_lower(0) || is_lower(1),
            (Op::Binary(Binary::Add | Binary::Sub), _) => is_lower(0) && is_lower(1),
            (Op::Select, _) => is_lower(1) && is_lower(2),
            _ => false,
        }
    }

    /// Leaves out nodes that are needed as a whole, and those that need such, until there are none.
    fn leave_out(&mut self, users: &[Operands]) {
        let mut is_changed = true;
        while std::mem::take(&mut is_changed) {
            for place in (0..users.len()).rev() {
                if self.is_packed[place] && !self.stays(place, &users[place]) {
                    self.is_packed[place] = false;
                    is_changed = true;
                }
            }
        }
    }

    fn stays(&self, place: usize, users: &Operands) -> bool {
        let (node, this) = (&self.graph.nodes()[place], self.graph.id_at(place));
        match node.op {
            Op::Cholesky(_) => {
                self.is_packed[node.operands[0].place()] && users.iter().all(|&user| self.takes_panels(this, user))
            }
            Op::CholeskyInverse(_) if !self.is_packed[node.operands[0].place()] => false,
            _ => users.iter().all(|&user| self.takes_triangle(place, user)),
        }
    }

    /// Whether a user of a factor has a form for panels.
    fn takes_panels(&self, factor: Id, user: Id) -> bool {
        let node = self.graph.node(user);
        match &node.op {
            &Op::TriangularSolve(Solve { batch, columns, lower, .. }) => {
                (batch, columns, lower) == (1, 1, true) && node.operands[1] != factor
            }
            Op::CholeskyInverse(_) => self.is_packed[user.place()],
            Op::Move(map) => {
                let size = self.graph.size(factor).isqrt();
                map.iter().all(|element| element % size <= element / size) && !self.is_packed[user.place()]
            }
            _ => false,
        }
    }

    /// Whether a user of an array needs its lower triangle only.
    fn takes_triangle(&self, place: usize, user: Id) -> bool {
        let node = self.graph.node(user);
        match &node.op {
            Op::Sum((1, _, 1)) => self.is_lower[place],
            op => (is_elementwise(op) || matches!(op, Op::Cholesky(_))) && self.is_packed[user.place()],
        }
    }

    /// A node in the new graph.
    fn node(&self, id: Id, known: &[Option<Id>], target: &mut Graph) -> Id {
        let node = self.graph.node(id);
        let operand = |number: usize| {
            let Some(id) = known[node.operands[number].place()] else { unreachable!("operands come first") };
            id
        };
        let is_packed = |id: Id| self.is_packed[id.place()];
        let Some(size) = rows_of(node.size).filter(|_| is_packed(id)) else {
            let operands: Operands = (0..node.operands.len()).map(operand).collect();
            let of_factor = node
                .operands
                .first()
                .filter(|&&first| is_packed(first) && factorized(self.graph.node(first)).is_some());
            let Some(&factor) = of_factor else {
                let op = match node.op {
                    Op::Sum((1, _, 1)) => Op::Sum((1, target.size(operands[0]), 1)),
                    ref op => op.clone(),
                };
                return target.add(op, &operands, node.size);
            };
            let size = self.graph.size(factor).isqrt();
            return match &node.op {
                Op::Move(map) => {
                    let place = |&element: &usize| definite::place_in_panels(element / size, element % size);
                    target.moved(operands[0], map.iter().filter_map(place).collect())
                }
                &Op::TriangularSolve(Solve { transpose, .. }) => {
                    target.add(Op::Definite(Definite::Solve { size, transpose }), &operands, node.size)
                }
                op => unreachable!("{op} takes no panels"),
            };
        };
        let elements = definite::packed_len(size);
        match &node.op {
            Op::Constant(numbers) => {
                let all = numbers.elements();
                target.constant(lower_triangle(size).map(|element| all[element]).collect())
            }
            Op::Move(map) => {
                let source = operand(0);
                target.moved(source, lower_triangle(size).map(|element| map[element]).collect())
            }
            Op::Cholesky(_) => {
                target.add(Op::Definite(Definite::Factor(size)), &[operand(0)], definite::panels_len(size))
            }
            Op::CholeskyInverse(_) => target.add(Op::Definite(Definite::Inverse(size)), &[operand(0)], elements),
            Op::MatMul(_) => target.add(Op::Definite(Definite::Outer(size)), &[operand(0), operand(1)], elements),
            op => {
                let mut operands = Operands::new();
                for (number, &own) in node.operands.iter().enumerate() {
                    let id = operand(number);
                    operands.push(match self.graph.size(own) {
                        1 => id,
                        _ if is_packed(own) => id,
                        _ => target.moved(id, lower_triangle(size).collect()),
                    });
                }
                target.add(op.clone(), &operands, elements)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::distribution::{Distribution, MultivariateNormal};
    use crate::program::tests::{assert_program_is_tape, program_text};
    use crate::{Result, Tensor};

    /// A covariance of points on a line, by the length scale and the noise.
    fn covariance(size: usize, p: &[Tensor]) -> Tensor {
        let x = Tensor::linspace(-1.0, 1.0, size);
        let distance = x.unsqueeze(1) - x.unsqueeze(0);
        (-(distance / &p[0]).square()).exp() + &p[1] * Tensor::eye(size)
    }

    fn log_density(covariance: &Tensor) -> Result<Tensor> {
        let size = covariance.shape()[0];
        let y = Tensor::linspace(0.0, 3.0, size).sin();
        MultivariateNormal::new(Tensor::zeros(size), covariance)?.log_prob(&y)
    }

    fn inputs() -> [Tensor; 3] {
        [0.7, 0.5, 0.3].map(Tensor::from)
    }

    /// Sizes about those of the panels of a factor.
    #[test]
    fn of_a_covariance_the_lower_triangle_is_computed() {
        for size in [2, 7, 8, 9, 15, 16, 17, 24, 40] {
            let function = |p: &[Tensor]| log_density(&covariance(size, p));
            assert_program_is_tape(&format!("{size} points"), &inputs(), function);
            let text = program_text(&inputs(), function);
            assert!(text.contains(&format!("for {} elements:", size * (size + 1) / 2)), "{text}");
            assert!(!text.contains(&format!("for {} elements:", size * size)), "{text}");
        }
    }

    #[test]
    fn several_processes() {
        let function = |p: &[Tensor]| {
            let (first, second) = (covariance(6, p), covariance(6, &[&p[0] * &p[2] + 0.5, p[1].exp()]));
            Ok(log_density(&first)?
                + log_density(&second)? * 2.0
                + log_density(&(first * second))?
                + log_density(&covariance(9, p))?)
        };
        assert_program_is_tape("several", &inputs(), function);
        let text = program_text(&inputs(), function);
        assert_eq!(text.matches("= cholesky<6×6, packed>").count(), 3, "{text}");
        assert_eq!(text.matches("= cholesky<9×9, packed>").count(), 1, "{text}");
    }

    /// A matrix that is no function of each element by itself is taken apart.
    #[test]
    fn a_covariance_made_of_a_product() {
        let design = Tensor::linspace(-2.0, 3.0, 18).cos().reshape([6, 3]);
        let function = |p: &[Tensor]| {
            let scaled = &design * Tensor::stack(&[p[0].clone(), p[1].exp(), p[2].clone()], 0);
            log_density(&(scaled.matmul(scaled.transpose()) + covariance(6, p)))
        };
        assert_program_is_tape("product", &inputs(), function);
        let text = program_text(&inputs(), function);
        assert!(text.contains("matmul<1: 6×3"), "{text}");
    }

    #[test]
    fn what_is_needed_as_a_whole_stays() {
        type Density<'a> = &'a dyn Fn(&[Tensor]) -> Result<Tensor>;
        let cases: [(&str, Density<'_>); 3] = [
            ("a product with a covariance", &|p| {
                let covariance = covariance(5, p);
                Ok(log_density(&covariance)? + covariance.matmul(Tensor::linspace(0.1, 0.9, 5)).sin().sum())
            }),
            ("a row of it", &|p| {
                let covariance = covariance(5, p);
                Ok(log_density(&covariance)? + covariance.get(1).sin().sum())
            }),
            ("a product with its factor", &|p| {
                let covariance = covariance(5, p);
                let factor = covariance.cholesky();
                Ok(log_density(&covariance)? + factor.matmul(Tensor::linspace(0.1, 0.9, 5)).sin().sum())
            }),
        ];
        for (name, function) in cases {
            assert_program_is_tape(name, &inputs(), function);
            let text = program_text(&inputs(), function);
            assert!(!text.contains("packed"), "{name}: {text}");
        }
    }
}
