//! Panels that are halved until each of them is resolved.
//!
//! What is asked of a panel: that the sums of `(1 + z^4) |y|^p` signs and all, p = 1, 2, 4, leave no doubt
//! ([`super::gauss::doubt`]) beyond 1e-13 of those over all panels. A kink or a jump that no break is at takes some
//! twenty or forty halvings; what never ends, as at a pole of `y^2`, is not resolved. Nor is a function that is
//! infinite or no number somewhere, or that grows so fast that what lies beyond the last panel counts.

use super::gauss::{Nodes, ORDER, RESOLVED, doubt};

/// Largest doubt about one panel, in parts of the whole.
const PANEL: f64 = 1e-13;

/// Halvings: below 2^-50 of a panel there are no more nodes between its ends.
const HALVINGS: usize = 50;

/// Most panels: what would take more is not resolved.
const MOST: usize = 4000;

/// From here up to the cut-off at 12, what is integrated must not count: beyond it is then about as much.
const TAIL: f64 = 11.9;

/// Sums over one panel: their sizes, and the doubts.
type Sums = ([f64; 3], [f64; 3]);

/// Nodes that resolve a function.
pub(super) struct Refined {
    pub nodes: Nodes,
    /// The sums of `(1 + z^4) |y|^p`, p = 1, 2, 4.
    pub sizes: [f64; 3],
    /// How much of `E y` is in doubt.
    pub doubt: f64,
    /// Whether no sum has more in doubt than [`RESOLVED`] of its size.
    pub is_resolved: bool,
}

/// The nodes of panels that resolve a function; `None` if they come to no end. Where its own sizes are below `floor`, those
/// are what it is resolved to: far out, rounding is all that some functions have.
pub(super) fn refined(
    panels: Vec<[f64; 2]>,
    floor: [f64; 3],
    lay_out: impl Fn(&[[f64; 2]]) -> Nodes,
) -> Option<Refined> {
    let mut done = Nodes { z: Vec::new(), weight: Vec::new(), y: Vec::new() };
    let (mut open, mut whole, mut left) = (panels, [0.0; 3], [0.0; 3]);
    for round in 0..=HALVINGS {
        let nodes = lay_out(&open);
        let sums: Vec<Sums> = (0..open.len()).map(|panel| sums(&nodes, panel)).collect();
        let total = |k: usize| whole[k] + sums.iter().map(|(sizes, _)| sizes[k]).sum::<f64>();
        let scale = [total(0), total(1), total(2)];
        if !scale.iter().all(|size| size.is_finite()) {
            return None;
        }
        let mut next = Vec::new();
        for (panel, (sizes, doubts)) in sums.iter().enumerate() {
            let is_resolved = (0..3).all(|k| doubts[k] <= PANEL * scale[k].max(floor[k]));
            let [low, high] = open[panel];
            let middle = f64::midpoint(low, high);
            if is_resolved || round == HALVINGS || middle <= low || middle >= high {
                done.take(&nodes, panel);
                for k in 0..3 {
                    whole[k] += sizes[k];
                    left[k] += doubts[k];
                }
            } else {
                next.extend([[low, middle], [middle, high]]);
            }
        }
        if next.is_empty() {
            let tail = tail(&done);
            let is_resolved =
                (0..3).all(|k| left[k] <= RESOLVED * whole[k] && tail[k] <= RESOLVED * whole[k]);
            return Some(Refined { nodes: done, sizes: whole, doubt: left[0] + tail[0], is_resolved });
        }
        if next.len() > MOST {
            return None;
        }
        open = next;
    }
    None
}

/// `(1 + z^4) y^p` of node i, p = 1, 2, 4, with its weight.
fn terms(nodes: &Nodes, i: usize) -> [f64; 3] {
    let (z, y) = (nodes.z[i], nodes.y[i]);
    let weight = nodes.weight[i] * (1.0 + z * z * z * z);
    [weight * y, weight * y * y, weight * y * y * y * y]
}

fn sums(nodes: &Nodes, panel: usize) -> Sums {
    let terms: [[f64; 3]; ORDER] = std::array::from_fn(|i| terms(nodes, panel * ORDER + i));
    let size = |k: usize| terms.iter().map(|term| term[k].abs()).sum();
    let doubts = |k: usize| doubt(terms.iter().map(|term| term[k]));
    ([size(0), size(1), size(2)], [doubts(0), doubts(1), doubts(2)])
}

/// What lies in the tails.
fn tail(nodes: &Nodes) -> [f64; 3] {
    let mut sizes = [0.0; 3];
    for i in (0..nodes.z.len()).filter(|&i| nodes.z[i].abs() > TAIL) {
        for (size, term) in sizes.iter_mut().zip(terms(nodes, i)) {
            *size += term.abs();
        }
    }
    sizes
}
