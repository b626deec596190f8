//! A formula as a list of operations on a few buffers, one block of vectors after another.

use super::super::{Activate, Activation};
use super::graph::{Graph, Id, Node, Unary};
use super::step::Operation;
use crate::simd::SimdLevel;

/// Vectors of one block: a buffer has 2 KiB, so that those of most formulas stay in the nearest cache.
const BLOCK: usize = 32;

/// Where a vector stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// The pre-activations themselves.
    X,
    /// A buffer.
    Buffer(usize),
}

/// One operation.
#[derive(Clone, Copy, Debug)]
struct Step {
    operation: Operation,
    sources: [Place; 3],
    target: usize,
}

/// A compiled formula.
#[derive(Clone, Debug)]
pub struct Program {
    steps: Vec<Step>,
    /// Buffers that hold one number each.
    constants: Vec<(usize, f64)>,
    buffers: usize,
    result: Place,
}

impl Program {
    /// The operations that the node `of` takes. A buffer is used again once nothing needs what is in it.
    pub fn new(graph: &Graph, of: Id) -> Self {
        let last = last_uses(graph, of);
        let mut program = Self { steps: Vec::new(), constants: Vec::new(), buffers: 0, result: Place::X };
        let mut places = vec![Place::X; of + 1];
        let mut free = Vec::new();
        for (id, last_use) in last.iter().enumerate() {
            if last_use.is_none() {
                continue;
            }
            let node = graph.node(id);
            if let Node::Constant(value) = node {
                places[id] = Place::Buffer(program.buffers);
                program.constants.push((program.buffers, value));
                program.buffers += 1;
            }
            let Some(operation) = operation(node) else { continue };
            let target = free.pop().unwrap_or_else(|| {
                program.buffers += 1;
                program.buffers - 1
            });
            places[id] = Place::Buffer(target);
            let mut nodes = node.sources();
            let mut sources = [Place::X; 3];
            for (source, node) in sources.iter_mut().zip(&nodes) {
                *source = places[*node];
            }
            program.steps.push(Step { operation, sources, target });
            nodes.sort_unstable();
            nodes.dedup();
            for node in nodes {
                if let (Some(Some(end)), Place::Buffer(buffer)) = (last.get(node), places[node])
                    && *end == id
                    && graph.value(node).is_none()
                {
                    free.push(buffer);
                }
            }
        }
        program.result = places[of];
        program
    }

    /// Replaces every vector by its image.
    pub fn apply<T: Activate>(&self, level: SimdLevel, rows: &mut [T::Row]) {
        let Some(&row) = rows.first() else { return };
        let size = BLOCK.min(rows.len());
        let mut buffers = vec![vec![row; size]; self.buffers];
        for &(buffer, value) in &self.constants {
            let mut row = row;
            row.as_mut().fill(T::from_f64(value));
            buffers[buffer].fill(row);
        }
        for block in rows.chunks_mut(size) {
            for step in &self.steps {
                let mut target = std::mem::take(&mut buffers[step.target]);
                let sources = step.sources.map(|place| match place {
                    Place::X => &*block,
                    Place::Buffer(buffer) => &buffers[buffer],
                });
                run::<T>(level, step.operation, sources, &mut target[..block.len()]);
                buffers[step.target] = target;
            }
            if let Place::Buffer(buffer) = self.result {
                block.copy_from_slice(&buffers[buffer][..block.len()]);
            }
        }
    }
}

/// One operation on vectors; `out` has as many as are wanted.
pub fn run<T: Activate>(level: SimdLevel, operation: Operation, sources: [&[T::Row]; 3], out: &mut [T::Row]) {
    if let Operation::Unary(Unary::Activation(activation)) = operation {
        out.copy_from_slice(&sources[0][..out.len()]);
        Activation::apply::<T>(activation, level, out);
    } else {
        T::step(level, operation, sources, out);
    }
}

/// What a node does to those that it is made of.
pub fn operation(node: Node) -> Option<Operation> {
    match node {
        Node::X | Node::Constant(_) => None,
        Node::Unary(unary, _) => Some(Operation::Unary(unary)),
        Node::Binary(binary, ..) => Some(Operation::Binary(binary)),
        Node::Select(..) => Some(Operation::Select),
    }
}

/// For every node the last one that needs it: itself for the result, `None` for those that it does without.
fn last_uses(graph: &Graph, of: Id) -> Vec<Option<Id>> {
    let mut last = vec![None; of + 1];
    last[of] = Some(of);
    for id in (0..=of).rev() {
        if last[id].is_some() {
            for source in graph.node(id).sources() {
                last[source] = last[source].or(Some(id));
            }
        }
    }
    last
}
