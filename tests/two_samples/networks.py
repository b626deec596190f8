"""Forward and backward passes of random networks, all trials at once, written from the docs alone."""
import itertools

import numpy as np
from scipy import special

TRIALS = 4000

# Each activation, and its slope.
ACTIVATIONS = {
    "tanh": (np.tanh, lambda h: 1 / np.cosh(h) ** 2),
    "relu": (lambda h: np.where(h > 0, h, 0), lambda h: np.where(h > 0, 1.0, 0.0)),
    "gelu": (lambda h: h * special.ndtr(h), lambda h: special.ndtr(h) + h * np.exp(-h * h / 2) / np.sqrt(2 * np.pi)),
    "erf": (special.erf, lambda h: 2 / np.sqrt(np.pi) * np.exp(-h * h)),
}


# The draws: arrays begin with the trial, weights go on with fan-out and fan-in, layers with units and inputs.

def haar(rng, shape):
    """Orthonormal columns, or rows where these are fewer, times what makes the mean square of an entry 1."""
    trials, rows, columns = shape
    long, short = max(rows, columns), min(rows, columns)
    q, r = np.linalg.qr(rng.standard_normal((trials, long, short)))
    # QR leaves the signs of the columns to the library; those of a positive diagonal of R make Q uniform.
    q = q * np.sign(np.diagonal(r, axis1=1, axis2=2))[:, None, :] * np.sqrt(long)
    return q if rows >= columns else q.transpose(0, 2, 1)


LAWS = {
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "uniform": lambda rng, shape: rng.uniform(-np.sqrt(3), np.sqrt(3), shape),
    "orthogonal": haar,
}


def draw_network(rng, grid):
    """Weights and biases of layers 1, 2, ..."""
    weight, bias = LAWS[grid.get("law", "normal")], LAWS[grid.get("bias_law", "normal")]
    layers = []
    for fan_in, fan_out in itertools.pairwise(grid["shape"]):
        w = grid.get("mean", 0) + grid["sigma_w"] / np.sqrt(fan_in) * weight(rng, (TRIALS, fan_out, fan_in))
        b = grid.get("bias_mean", 0) + grid.get("bias_std", 0) * bias(rng, (TRIALS, fan_out, 1))
        layers.append((w, b))
    return layers


def draw_inputs(rng, grid):
    """Standard normal inputs, of which every two share the part that correlates them."""
    common = grid.get("input_correlation", 0)
    shape = (TRIALS, grid["shape"][0], grid["batch"])
    shared = rng.standard_normal((TRIALS, grid["shape"][0], 1))
    return np.sqrt(common) * shared + np.sqrt(1 - common) * rng.standard_normal(shape)


def draw_cotangent(rng, cell):
    """Variance 1/n in every unit, for each input its own draw or one for all."""
    n, batch = cell["grid"]["shape"][-1], cell["grid"]["batch"]
    columns = 1 if cell.get("cotangent") == "shared" else batch
    return np.repeat(rng.standard_normal((TRIALS, n, columns)) / np.sqrt(n), batch // columns, axis=2)


# The passes.

def normalise(grid, h):
    """N(h), and the root that it divides by."""
    if "norm" not in grid:
        return h, np.ones((1, 1, 1))
    axis = {"batch": 2, "layer": 1}[grid["norm"]]
    root = np.sqrt(h.var(axis=axis, keepdims=True) + grid["norm_eps"])
    return (h - h.mean(axis=axis, keepdims=True)) / root, root


def through_norm(grid, d, y, root, frozen):
    """The gradient before a norm of result y; its parts along mean and variance are lost, unless these are frozen."""
    if "norm" not in grid or frozen:
        return d / root
    axis = {"batch": 2, "layer": 1}[grid["norm"]]
    along = y * (d * y).mean(axis=axis, keepdims=True)
    return (d - d.mean(axis=axis, keepdims=True) - along) / root


def ends_branch(grid, layer):
    return "residual" in grid and layer % 2 == 0


def forward(grid, network, inputs):
    """Lists by layer: what the activation gets, what it gives, what is handed on, and the root of the norm."""
    phi = ACTIVATIONS[grid["activation"]][0]
    passed = {"pre": [None], "post": [None], "stream": [inputs], "root": [None]}
    for layer, (w, b) in enumerate(network, 1):
        pre, root = normalise(grid, w @ passed["stream"][-1] + b)
        if ends_branch(grid, layer):
            # The branch W phi(W x) has no activation behind its second product.
            post = pre
            stream = grid["skip"] * passed["stream"][layer - 2] + grid["branch_scale"] * post
        else:
            stream = post = phi(pre)
        for name, value in (("pre", pre), ("post", post), ("stream", stream), ("root", root)):
            passed[name].append(value)
    return passed


def backward(grid, network, passed, cotangent, frozen=False):
    """Lists by layer: the gradients at what the activation gets, at what is handed on, and at W X."""
    slope = ACTIVATIONS[grid["activation"]][1]
    depth = len(network)
    grad_pre, grad_post, grad_product = ([None] * (depth + 1) for _ in range(3))
    grad_post[depth] = cotangent
    for layer in range(depth, 0, -1):
        if ends_branch(grid, layer):
            grad_pre[layer] = grid["branch_scale"] * grad_post[layer]
        else:
            grad_pre[layer] = slope(passed["pre"][layer]) * grad_post[layer]
        root = passed["root"][layer]
        grad_product[layer] = through_norm(grid, grad_pre[layer], passed["pre"][layer], root, frozen)
        grad_post[layer - 1] = network[layer - 1][0].transpose(0, 2, 1) @ grad_product[layer]
        # What begins a branch of two layers also goes past it.
        if "residual" in grid and layer % 2 == 1:
            grad_post[layer - 1] = grad_post[layer - 1] + grid["skip"] * grad_post[layer + 1]
    return {"grad_pre": grad_pre, "grad_post": grad_post, "grad_product": grad_product}


def singular_values(grid, network, passed):
    """Of the Jacobian of the first input: its rows are the gradients of the units of the last layer."""
    first = {name: [None if a is None else a[..., :1] for a in layers] for name, layers in passed.items()}
    inputs, outputs = grid["shape"][0], grid["shape"][-1]
    jacobian = backward(grid, network, first, np.eye(outputs)[None])["grad_post"][0]
    values = np.zeros((TRIALS, inputs))
    values[:, :min(inputs, outputs)] = np.linalg.svd(jacobian, compute_uv=False)
    noise = max(inputs, outputs) * 2.0**-52 * values.max(axis=1, keepdims=True)
    return np.where(values > noise, values, 0)


def draw(rng, cell, fresh=False, frozen=False):
    """All sites of TRIALS networks, each a list by layer, and their weights."""
    grid = cell["grid"]
    network = draw_network(rng, grid)
    passed = forward(grid, network, draw_inputs(rng, grid))
    behind = draw_network(rng, grid) if fresh else network
    sites = {**passed, **backward(grid, behind, passed, draw_cotangent(rng, cell), frozen)}
    products, got = sites["grad_product"], passed["stream"]
    sites["grad_weight"] = [None] + [d @ x.transpose(0, 2, 1) for d, x in zip(products[1:], got)]
    sites["weight"] = [None] + [w for w, _ in network]
    if any(site == "jacobian" for site, _, _ in cell["observables"]):
        sites["jacobian"] = [None] * len(network) + [singular_values(grid, network, passed)]
    return sites
