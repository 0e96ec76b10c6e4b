//! Adjacency of the nodes of a graph, for distributions of what neighbours share.

use std::sync::{Arc, OnceLock};

use faer::{Mat, Side};

use super::SparsityPattern;
use crate::{Error, IntoTensor, Result, Shape, Tensor};

/// An undirected graph whose nodes are the entries of a vector, and the weights W of its edges.
///
/// Of an adjacency that is made outside of a model, the eigenvalues that densities need are computed once, by n³
/// operations. A clone shares them.
///
/// # Example
/// ```
/// use ppl::distribution::Adjacency;
///
/// let path = Adjacency::from_edges(3, &[(0, 1), (1, 2)])?;
/// assert_eq!(path.degrees().to_vec(), [1.0, 2.0, 1.0]);
/// assert_eq!(path.matrix(), Adjacency::new([[0, 1, 0], [1, 0, 1], [0, 1, 0]])?.matrix());
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Adjacency {
    graph: Arc<Graph>,
}

#[derive(Debug)]
struct Graph {
    size: usize,
    /// The edges, each once.
    from: Vec<usize>,
    to: Vec<usize>,
    weights: Vec<f64>,
    degrees: Vec<f64>,
    scaled_eigenvalues: OnceLock<Tensor>,
    intrinsic: OnceLock<Intrinsic>,
    pattern: OnceLock<SparsityPattern>,
}

/// The Laplacian D − W of a connected graph, by its eigenvalues μ and eigenvectors but for the constant one.
#[derive(Clone, Debug)]
pub(super) struct Intrinsic {
    /// Σ ln μ.
    pub(super) log_pseudo_determinant: f64,
    /// The symmetric root of the pseudoinverse, Σ v vᵀ μ^(−½). It does not depend on which eigenvectors v of equal eigenvalues
    /// were found, which rounding decides.
    pub(super) root: Tensor,
}

fn invalid(expected: &str, got: String) -> Error {
    Error::InvalidArgument { operation: "Adjacency", argument: "adjacency", expected: expected.to_owned(), got }
}

impl Adjacency {
    /// The graph of a symmetric matrix of weights, 0 where nodes are no neighbours.
    ///
    /// # Errors
    /// A matrix that is not square and symmetric, or has a negative or infinite weight, a diagonal other than 0, or a row
    /// without neighbours; a matrix that is being differentiated.
    pub fn new(matrix: impl IntoTensor) -> Result<Self> {
        let matrix = matrix.into_tensor();
        if matrix.is_tracked() {
            return Err(Error::Unsupported {
                what: "the derivative by an adjacency matrix".to_owned(),
                hint: "the neighbours are data: give them as numbers".to_owned(),
            });
        }
        let &[size, columns] = matrix.shape().dims() else {
            return Err(invalid("a square matrix", format!("shape {}", matrix.shape())));
        };
        if size != columns {
            return Err(invalid("a square matrix", format!("shape {}", matrix.shape())));
        }
        let elements = matrix.to_vec();
        let mut edges = Vec::new();
        for row in 0..size {
            for column in 0..=row {
                let (below, above) = (elements[row * size + column], elements[column * size + row]);
                if below != above {
                    let got = format!("{below} at [{row}, {column}], {above} at [{column}, {row}]");
                    return Err(invalid("a symmetric matrix", got));
                }
                if below != 0.0 {
                    edges.push((row, column, below));
                }
            }
        }
        Self::build(size, &edges)
    }

    /// The graph with these edges between nodes 0, …, `size` − 1, all of weight 1.
    ///
    /// # Errors
    /// A node that does not exist, is its own neighbour or has none; an edge that is given twice.
    pub fn from_edges(size: usize, edges: &[(usize, usize)]) -> Result<Self> {
        let weighted: Vec<(usize, usize, f64)> = edges.iter().map(|&(from, to)| (from, to, 1.0)).collect();
        let mut sorted: Vec<(usize, usize)> = edges.iter().map(|&(from, to)| (from.min(to), from.max(to))).collect();
        sorted.sort_unstable();
        if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(invalid("each edge once", format!("{:?} twice", twice[0])));
        }
        Self::build(size, &weighted)
    }

    fn build(size: usize, edges: &[(usize, usize, f64)]) -> Result<Self> {
        let mut degrees = vec![0.0; size];
        for &(from, to, weight) in edges {
            if from >= size || to >= size {
                return Err(invalid(
                    &format!("edges between the nodes 0 to {}", size.saturating_sub(1)),
                    format!("{:?}", (from, to)),
                ));
            }
            if from == to {
                return Err(invalid("no node that is its own neighbour", format!("{weight} at [{from}, {from}]")));
            }
            if !(weight > 0.0 && weight.is_finite()) {
                return Err(invalid("finite weights that are not negative", format!("{weight} at [{from}, {to}]")));
            }
            degrees[from] += weight;
            degrees[to] += weight;
        }
        if let Some(node) = degrees.iter().position(|&degree| degree == 0.0) {
            let cure = "help: give nodes without neighbours a site of their own";
            return Err(invalid("a neighbour of each node", format!("none of node {node}\n{cure}")));
        }
        if size == 0 {
            return Err(invalid("at least two nodes", "none".to_owned()));
        }
        Ok(Self {
            graph: Arc::new(Graph {
                size,
                from: edges.iter().map(|edge| edge.0).collect(),
                to: edges.iter().map(|edge| edge.1).collect(),
                weights: edges.iter().map(|edge| edge.2).collect(),
                degrees,
                scaled_eigenvalues: OnceLock::new(),
                intrinsic: OnceLock::new(),
                pattern: OnceLock::new(),
            }),
        })
    }

    /// Number of nodes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.graph.size
    }

    /// The sum of the weights of each node's edges.
    #[must_use]
    pub fn degrees(&self) -> Tensor {
        Tensor::from(&self.graph.degrees)
    }

    /// The weight of each edge.
    pub(super) fn weights(&self) -> Tensor {
        Tensor::from(&self.graph.weights)
    }

    /// The pattern of D − W: the nodes, then the edges.
    pub(super) fn pattern(&self) -> Result<&SparsityPattern> {
        let graph = &*self.graph;
        compute_once(&graph.pattern, || {
            let nodes = (0..graph.size).map(|node| (node, node));
            let edges = graph.from.iter().copied().zip(graph.to.iter().copied());
            SparsityPattern::new(graph.size, &nodes.chain(edges).collect::<Vec<_>>())
        })
    }

    /// The weights as a symmetric matrix W.
    #[must_use]
    pub fn matrix(&self) -> Tensor {
        let graph = &*self.graph;
        let mut elements = vec![0.0; graph.size * graph.size];
        for (&weight, (&from, &to)) in graph.weights.iter().zip(graph.from.iter().zip(&graph.to)) {
            elements[from * graph.size + to] = weight;
            elements[to * graph.size + from] = weight;
        }
        Tensor::from_parts(elements, Shape::from([graph.size, graph.size]))
    }

    /// Σ w (x_from − x_to)² over the edges, of vectors along the last axis: xᵀ (D − W) x.
    pub(super) fn roughness(&self, x: &Tensor) -> Result<Tensor> {
        let graph = &*self.graph;
        let difference = x.try_take(-1, &graph.from)?.try_sub(x.try_take(-1, &graph.to)?)?;
        difference.square().try_mul(Tensor::from(&graph.weights))?.try_sum_axis(-1)
    }

    /// The eigenvalues of D^(−½) W D^(−½), which lie between −1 and 1.
    pub(super) fn scaled_eigenvalues(&self) -> Result<&Tensor> {
        let graph = &*self.graph;
        let compute = || {
            let roots: Vec<f64> = graph.degrees.iter().map(|degree| degree.sqrt()).collect();
            let elements = self.matrix().to_vec();
            let scaled = Mat::from_fn(graph.size, graph.size, |row, column| {
                elements[row * graph.size + column] / (roots[row] * roots[column])
            });
            let eigenvalues = scaled.self_adjoint_eigenvalues(Side::Lower).map_err(|_| no_eigenvalues())?;
            // In ascending order. As many as there are components are 1, to which ln(1 − α λ) is sensitive.
            let components = self.components().into_iter().max().map_or(0, |last| last + 1);
            let below = graph.size - components;
            let exact = |(place, each): (usize, f64)| if place < below { each.clamp(-1.0, 1.0) } else { 1.0 };
            Ok(Tensor::from(eigenvalues.into_iter().enumerate().map(exact).collect::<Vec<_>>()))
        };
        compute_once(&graph.scaled_eigenvalues, compute)
    }

    /// The Laplacian, of a connected graph.
    ///
    /// # Errors
    /// A graph of several components.
    pub(super) fn intrinsic(&self) -> Result<&Intrinsic> {
        let graph = &*self.graph;
        let compute = || {
            let size = graph.size;
            if let Some(node) = self.components().into_iter().position(|component| component > 0) {
                let cure = "help: give each component a site of its own";
                return Err(invalid("a connected graph", format!("no path from node 0 to node {node}\n{cure}")));
            }
            let elements = self.matrix().to_vec();
            let laplacian = Mat::from_fn(size, size, |row, column| {
                let degree = if row == column { graph.degrees[row] } else { 0.0 };
                degree - elements[row * size + column]
            });
            let eigen = laplacian.self_adjoint_eigen(Side::Lower).map_err(|_| no_eigenvalues())?;
            // In ascending order: the first is that of the constant vector, 0.
            let (vectors, values) = (eigen.U(), eigen.S().column_vector());
            // Round-off must not add a constant.
            let mean = |which: usize| (0..size).map(|node| vectors[(node, which)]).sum::<f64>() / size as f64;
            let means: Vec<f64> = (1..size).map(mean).collect();
            let centred = Mat::from_fn(size, size - 1, |node, which| vectors[(node, which + 1)] - means[which]);
            let scaled = Mat::from_fn(size, size - 1, |node, which| centred[(node, which)] / values[which + 1].sqrt());
            let product = scaled * centred.transpose();
            let root = (0..size * size).map(|at| product[(at / size, at % size)]).collect();
            Ok(Intrinsic {
                log_pseudo_determinant: (1..size).map(|which| values[which].ln()).sum(),
                root: Tensor::from_parts(root, Shape::from([size, size])),
            })
        };
        compute_once(&graph.intrinsic, compute)
    }

    /// The component of each node, counted from 0.
    fn components(&self) -> Vec<usize> {
        let graph = &*self.graph;
        let mut neighbours = vec![Vec::new(); graph.size];
        for (&from, &to) in graph.from.iter().zip(&graph.to) {
            neighbours[from].push(to);
            neighbours[to].push(from);
        }
        let (mut components, mut count) = (vec![None; graph.size], 0);
        for start in 0..graph.size {
            let mut next = vec![start];
            let is_new = components[start].is_none();
            while let Some(node) = next.pop() {
                if components[node].is_none() {
                    components[node] = Some(count);
                    next.extend(&neighbours[node]);
                }
            }
            count += usize::from(is_new);
        }
        components.into_iter().flatten().collect()
    }
}

/// The value of a cell, computed if it is empty.
fn compute_once<T>(cell: &OnceLock<T>, compute: impl FnOnce() -> Result<T>) -> Result<&T> {
    match cell.get() {
        Some(value) => Ok(value),
        None => compute().map(|value| cell.get_or_init(|| value)),
    }
}

fn no_eigenvalues() -> Error {
    invalid("a matrix whose eigenvalues converge", "one whose do not".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_adjacency_is_refused() {
        let message = |adjacency: Result<Adjacency>| adjacency.unwrap_err().to_string();
        assert_eq!(
            message(Adjacency::new([[0.0, 1.0], [2.0, 0.0]])),
            "Adjacency: `adjacency` must be a symmetric matrix, got 2 at [1, 0], 1 at [0, 1]"
        );
        assert!(message(Adjacency::new([[1.0, 1.0], [1.0, 0.0]])).contains("no node that is its own neighbour"));
        assert!(message(Adjacency::new([[0.0, -1.0], [-1.0, 0.0]])).contains("got -1 at [1, 0]"));
        assert!(message(Adjacency::new([1.0, 2.0])).contains("a square matrix, got shape [2]"));
        assert!(message(Adjacency::from_edges(3, &[(0, 1)])).contains("got none of node 2"));
        assert!(message(Adjacency::from_edges(2, &[(0, 1), (1, 0)])).contains("got (0, 1) twice"));
        assert!(message(Adjacency::from_edges(2, &[(0, 2)])).contains("between the nodes 0 to 1, got (0, 2)"));
        let parts = Adjacency::from_edges(4, &[(0, 1), (2, 3)]).unwrap();
        assert!(parts.intrinsic().unwrap_err().to_string().contains("no path from node 0 to node 2"));
    }

    /// Of a path of two nodes, W = [[0, 1], [1, 0]] and D − W = [[1, −1], [−1, 1]].
    #[test]
    fn eigenvalues_of_a_pair() {
        let pair = Adjacency::from_edges(2, &[(0, 1)]).unwrap();
        let scaled = pair.scaled_eigenvalues().unwrap().to_vec();
        assert!((scaled[0] + 1.0).abs() < 1e-15 && (scaled[1] - 1.0).abs() < 1e-15, "{scaled:?}");
        let intrinsic = pair.intrinsic().unwrap();
        assert!((intrinsic.log_pseudo_determinant - 2_f64.ln()).abs() < 1e-15);
        let pseudoinverse = intrinsic.root.matmul(intrinsic.root.transpose());
        assert!((pseudoinverse - Tensor::from([[0.25, -0.25], [-0.25, 0.25]])).abs().max() < 1e-15);
        assert_eq!(pair.roughness(&Tensor::from([[1.0, 3.0], [2.0, 2.0]])).unwrap().to_vec(), [4.0, 0.0]);
    }
}
