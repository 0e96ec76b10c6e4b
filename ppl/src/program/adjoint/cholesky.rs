//! Gradients by a matrix that need not pass its Cholesky factor.
//!
//! A Gaussian density looks at a covariance A = L Lᵀ by ½ ‖L⁻¹ r‖² and Σ ln Lᵢᵢ = ½ ln det A, of which the gradients by A
//! are −½ A⁻¹ r rᵀ A⁻¹ and ½ A⁻¹ (Rasmussen and Williams 2006, eq. 5.9). Through the factor they would take four products of
//! matrices, here it is one inverse.

use super::{Adjoint, ChainRule, Reverse};
use crate::program::graph::{Graph, Id, Op, Product, Solve, Square};
use crate::tensor::elementwise::{Binary, Unary};

impl Reverse<'_> {
    /// Whether a node is a factor whose matrix is to get the gradient itself; nothing here is differentiated again.
    fn factored(&self, factor: Id) -> Option<(Square, Id)> {
        if !self.is_last || self.rule != ChainRule::Fast {
            return None;
        }
        let node = self.graph.node(factor);
        match node.op {
            Op::Cholesky(square) if square.batch == 1 => Some((square, node.operands[0])),
            _ => None,
        }
    }

    /// Of z = L⁻¹ r with an adjoint c z, which is the gradient of ½ c ‖z‖²; `false` if this is something else.
    pub(super) fn quadratic_form(
        &mut self,
        solve: Solve,
        [factor, right]: [Id; 2],
        this: Id,
        adjoint: Adjoint,
    ) -> bool {
        let Some((square, matrix)) = self.factored(factor) else { return false };
        if adjoint.masked || solve.columns != 1 || !solve.lower || solve.transpose {
            return false;
        }
        let Some(scale) = multiple(self.graph, adjoint.id, &|_, id| id == this) else { return false };
        let size = square.size;
        let transposed = Op::TriangularSolve(Solve { transpose: true, ..solve });
        let solution = self.graph.add(transposed, &[factor, this], size);
        let by_right = self.graph.binary(Binary::Mul, scale, solution);
        self.add(right, Adjoint { id: by_right, ..adjoint }, size);
        if self.depends[matrix.place()] {
            let outer = Product { batch: 1, m: size, k: 1, n: size, transpose_left: false, transpose_right: true };
            let products = self.graph.matmul(outer, by_right, solution);
            let id = self.within_triangle(square, products);
            let id = self.graph.unary(Unary::Neg, id);
            self.add(matrix, Adjoint { id, ..adjoint }, size * size);
        }
        true
    }

    /// Of the diagonal of a factor with an adjoint c / Lᵢᵢ, which is the gradient of c Σ ln Lᵢᵢ; `false` if this is something
    /// else.
    pub(super) fn log_determinant(&mut self, map: &[usize], factor: Id, this: Id, adjoint: Adjoint) -> bool {
        let Some((square, matrix)) = self.factored(factor) else { return false };
        let size = square.size;
        if adjoint.masked || map.len() != size || map.iter().enumerate().any(|(row, &place)| place != row * (size + 1))
        {
            return false;
        }
        let is_reciprocal = |graph: &Graph, id: Id| {
            let node = graph.node(id);
            node.op == Op::Unary(Unary::Recip) && node.operands[0] == this
        };
        let Some(scale) = multiple(self.graph, adjoint.id, &is_reciprocal) else { return false };
        let inverse = self.graph.add(Op::CholeskyInverse(square), &[factor], size * size);
        let inverse = self.within_triangle(square, inverse);
        let id = self.graph.binary(Binary::Mul, scale, inverse);
        self.add(matrix, Adjoint { id, ..adjoint }, size * size);
        true
    }

    /// Half of a symmetric gradient by all elements, for the lower triangle alone, which a factorisation reads.
    fn within_triangle(&mut self, square: Square, symmetric: Id) -> Id {
        let size = square.size;
        let weight = |element: usize| match (element / size).cmp(&(element % size)) {
            std::cmp::Ordering::Less => 0.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Greater => 1.0,
        };
        let weights = self.graph.constant((0..size * size).map(weight).collect());
        self.graph.binary(Binary::Mul, weights, symmetric)
    }
}

/// The number by which a node is a multiple of another one; none if it is no such multiple.
fn multiple(graph: &mut Graph, id: Id, is_base: &dyn Fn(&Graph, Id) -> bool) -> Option<Id> {
    if is_base(graph, id) {
        return Some(graph.number(1.0));
    }
    let node = graph.node(id).clone();
    match (&node.op, node.operands.as_slice()) {
        (Op::Unary(Unary::Neg), &[inner]) => {
            let scale = multiple(graph, inner, is_base)?;
            Some(graph.unary(Unary::Neg, scale))
        }
        (Op::Binary(op @ (Binary::Mul | Binary::Div)), &[a, b]) => {
            let (inner, number) = match (graph.size(a), graph.size(b)) {
                (_, 1) => (a, b),
                (1, _) if *op == Binary::Mul => (b, a),
                _ => return None,
            };
            let scale = multiple(graph, inner, is_base)?;
            Some(graph.binary(*op, scale, number))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::Tensor;
    use crate::distribution::{Distribution, MultivariateNormal, MultivariateStudentT};
    use crate::program::tests::{assert_program_is_tape, program_text};

    /// A covariance of points on a line, by the length scale and the noise.
    fn covariance(size: usize, p: &[Tensor]) -> Tensor {
        let x = Tensor::linspace(-1.0, 1.0, size);
        let distance = x.unsqueeze(1) - x.unsqueeze(0);
        (-(distance / &p[0]).square()).exp() + &p[1] * Tensor::eye(size)
    }

    /// Sizes below and above that of a block. The Hessian, which is compared too, goes through the factor.
    #[test]
    fn a_gaussian_density_takes_one_inverse() {
        let inputs = [0.7, 0.5, 0.3].map(Tensor::from);
        for size in [1, 2, 5, 32, 33, 70] {
            let y = Tensor::linspace(0.0, 3.0, size).sin();
            let density = |p: &[Tensor]| {
                let loc = &p[2] * Tensor::linspace(1.0, 2.0, size);
                MultivariateNormal::new(loc, covariance(size, p))?.log_prob(&y)
            };
            assert_program_is_tape("normal", &inputs, density);
            // The scale of the quadratic form is a number that depends on the position.
            let density =
                |p: &[Tensor]| MultivariateStudentT::new(3.0, Tensor::zeros(size), covariance(size, p))?.log_prob(&y);
            assert_program_is_tape("student", &inputs, density);
            if size > 1 {
                let text = program_text(&inputs, density);
                assert!(text.contains("inverse_by_cholesky") && !text.contains("derivative_cholesky"), "{text}");
            }
        }
    }

    /// A factor of which something else is made gets that part of the gradient as any does.
    #[test]
    fn further_uses_of_the_factor() {
        let inputs = [0.7, 0.5, 0.3].map(Tensor::from);
        let y = Tensor::linspace(0.0, 3.0, 6).sin();
        let mixed = |p: &[Tensor]| {
            let factor = covariance(6, p).cholesky();
            let normal = MultivariateNormal::from_scale_tril(Tensor::zeros(6), &factor)?;
            let tilted = factor.triangular_solve(y.unsqueeze(1), true, false);
            let weights = Tensor::linspace(1.0, 2.0, 6);
            let diagonal = factor.diagonal();
            let others = (&factor * Tensor::linspace(0.3, 0.9, 36).reshape([6, 6])).sum()
                + (tilted.squeeze(-1) * &weights).sum()
                + (diagonal.ln() * &weights).sum()
                + diagonal.square().sum();
            Ok(normal.log_prob(&y)? + others)
        };
        assert_program_is_tape("mixed", &inputs, mixed);
        let beside = |p: &[Tensor]| {
            let factor = covariance(6, p).cholesky();
            let normal = MultivariateNormal::from_scale_tril(Tensor::zeros(6), &factor)?;
            Ok(normal.log_prob(&y)? + (&factor * Tensor::linspace(0.3, 0.9, 36).reshape([6, 6])).sum())
        };
        assert_program_is_tape("beside", &inputs, beside);
        let text = program_text(&inputs, beside);
        assert!(text.contains("inverse_by_cholesky") && text.contains("derivative_cholesky"), "{text}");
    }
}
