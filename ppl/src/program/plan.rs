//! From a graph to a flat program: what is needed, in order, in buffers that are used again.

use std::collections::HashMap;

use super::Program;
use super::adjoint::Contribution;
use super::graph::{Graph, Id, Op};

/// One operation of a program, on buffers.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) op: Op,
    pub(crate) operands: Vec<u32>,
    pub(crate) output: u32,
}

/// Lays out the nodes that the value and its gradient need.
pub(crate) fn program(graph: &Graph, value: Id, contributions: &[Contribution]) -> Program {
    let resolve = |mut id: Id| {
        while graph.node(id).op == Op::Detach {
            id = graph.node(id).operands[0];
        }
        id
    };
    let value = resolve(value);
    let roots: Vec<Id> = contributions.iter().map(|part| resolve(part.value)).chain([value]).collect();
    let last_use = last_uses(graph, &roots, resolve);

    let mut buffers: Vec<Vec<f64>> = Vec::new();
    let mut free: HashMap<usize, Vec<u32>> = HashMap::new();
    let mut place_of: HashMap<Id, u32> = HashMap::new();
    let mut steps = Vec::new();
    let mut input = None;
    for (place, node) in graph.nodes().iter().enumerate() {
        let id = graph.id_at(place);
        let Some(&last) = last_use.get(&id) else { continue };
        let own = match &node.op {
            Op::Input | Op::Constant(_) => None,
            _ => free.get_mut(&node.size).and_then(Vec::pop),
        };
        let output = own.unwrap_or_else(|| {
            buffers.push(match &node.op {
                Op::Constant(numbers) => numbers.0.to_vec(),
                _ => vec![0.0; node.size],
            });
            buffers.len() as u32 - 1
        });
        place_of.insert(id, output);
        match node.op {
            Op::Input => input = Some(output),
            Op::Constant(_) => {}
            _ => {
                let operands = node.operands.iter().map(|&operand| place_of[&resolve(operand)]).collect();
                steps.push(Step { op: node.op.clone(), operands, output });
            }
        }
        debug_assert!(last >= place);
        // Operands that are not needed again give their buffers back.
        let mut ended: Vec<Id> = node.operands.iter().map(|&operand| resolve(operand)).collect();
        ended.sort_unstable();
        ended.dedup();
        for operand in ended {
            let is_computed = !matches!(graph.node(operand).op, Op::Input | Op::Constant(_));
            if is_computed && last_use[&operand] == place {
                free.entry(graph.size(operand)).or_default().push(place_of[&operand]);
            }
        }
    }
    let gradient = contributions.iter().map(|part| (part.places.clone(), place_of[&resolve(part.value)])).collect();
    Program { steps, buffers, input, value: place_of[&value], gradient }
}

/// The last node that uses each node that is needed; roots are used after the end.
fn last_uses(graph: &Graph, roots: &[Id], resolve: impl Fn(Id) -> Id) -> HashMap<Id, usize> {
    let end = graph.nodes().len();
    let mut last: HashMap<Id, usize> = roots.iter().map(|&root| (root, end)).collect();
    for place in (0..end).rev() {
        if !last.contains_key(&graph.id_at(place)) {
            continue;
        }
        for &operand in &graph.nodes()[place].operands {
            last.entry(resolve(operand)).or_insert(place);
        }
    }
    last
}
