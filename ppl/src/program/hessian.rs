//! `HessianProgram`: the Hessian of a recorded function times a vector.

use super::adjoint::{ChainRule, Contribution};
use super::function::{Derivative, Function};
use super::graph::Graph;
use super::{Program, Recorded, tangent};
use crate::{Result, Tensor};

/// The number of the data that the direction is.
const DIRECTION: usize = 0;

/// The Hessian of a recorded function of a vector, times another vector, without the Hessian itself.
///
/// See [`record_hessian`].
///
/// # Example
/// A whole Hessian, one column a direction:
///
/// ```
/// use ppl::Tensor;
/// use ppl::program::{Recorded, record_hessian};
///
/// let recorded = record_hessian(&[1.0, 1.0], |x| Ok(x.get(0).square() * x.get(1)))?; // x² y
/// let Recorded::Static(mut hessian) = recorded else { panic!("no value is read") };
/// let columns = [[1.0, 0.0], [0.0, 1.0]].map(|direction| {
///     let mut column = [0.0; 2];
///     hessian.product(&[3.0, 5.0], &direction, &mut column);
///     column
/// });
/// assert_eq!(columns, [[10.0, 6.0], [6.0, 0.0]]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HessianProgram {
    program: Program,
}

impl HessianProgram {
    /// Writes the Hessian at a position, times a direction, over `product`, and returns the function's value.
    ///
    /// # Panics
    /// If `position`, `direction` or `product` have not as many elements as the program has inputs.
    pub fn product(&mut self, position: &[f64], direction: &[f64], product: &mut [f64]) -> f64 {
        assert_eq!(position.len(), direction.len(), "the direction has as many elements as the position");
        self.program.set_data(DIRECTION, direction);
        self.program.value_and_gradient(position, product)
    }
}

/// Records a function of a vector, as [`record`](super::record), for products of its Hessian with vectors.
///
/// The gradient is differentiated along the direction (forward over reverse): a product takes as long as some two
/// gradients, whatever the number of elements. What is [detached](Tensor::detach) does not move.
///
/// # Errors
/// As [`record`](super::record).
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::program::{Recorded, record_hessian};
///
/// // f(x, y) = x² y has the Hessian [[2y, 2x], [2x, 0]].
/// let recorded = record_hessian(&[1.0, 1.0], |x| Ok(x.get(0).square() * x.get(1)))?;
/// let Recorded::Static(mut hessian) = recorded else { panic!("no value is read") };
/// let mut product = [0.0; 2];
/// assert_eq!(hessian.product(&[3.0, 5.0], &[1.0, 2.0], &mut product), 45.0);
/// assert_eq!(product, [22.0, 6.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
pub fn record_hessian(
    point: &[f64],
    function: impl FnOnce(&Tensor) -> Result<Tensor>,
) -> Result<Recorded<HessianProgram>> {
    Ok(match Function::record(point, &[], |point, _| function(point), None)? {
        Recorded::Static(function) => {
            let program = function.program(Derivative::HessianProduct { elements: point.len() });
            Recorded::Static(Box::new(HessianProgram { program }))
        }
        Recorded::Dynamic(obstacle) => Recorded::Dynamic(obstacle),
    })
}

/// The parts of a gradient along the direction, in their stead.
pub(super) fn along_direction(
    graph: &mut Graph,
    elements: usize,
    gradient: Vec<Contribution>,
    rule: ChainRule,
) -> Vec<Contribution> {
    let direction = graph.data(DIRECTION, elements);
    let parts: Vec<_> = gradient.iter().map(|part| part.value).collect();
    let tangents = tangent::tangents(graph, direction, &parts, rule);
    let moving = gradient.into_iter().zip(tangents);
    moving
        .filter_map(|(part, tangent)| {
            let size = graph.size(part.value);
            Some(Contribution { value: graph.repeated(tangent?, size), ..part })
        })
        .collect()
}
