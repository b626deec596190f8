"""numpy: `with_numpy.py legacy|generator JOB f64|f32 numbers...`

legacy: np.random.normal, as the thread wrote it (f64 only). generator: np.random.default_rng().standard_normal.
"""
import sys

import numpy as np

from protocol import serve

rng = np.random.default_rng(1)


def sampler(element):
    if "legacy" in sys.argv:
        assert element == "f64", "the legacy generator draws f64 only"
        return lambda scale, size: np.random.normal(scale=scale, size=size)
    dtype = {"f64": np.float64, "f32": np.float32}[element]

    def draw(scale, size):
        z = rng.standard_normal(size, dtype)
        if scale != 1:
            z *= dtype(scale)
        return z

    return draw


def network(width, depth, batch, element):
    draw, std = sampler(element), 1 / np.sqrt(width)

    def one():
        y = draw(1, (batch, width))
        for _ in range(depth):
            y = y @ draw(std, (width, width))
        return y.std()

    return one


def normals(element):
    draw = sampler(element)
    return lambda: draw(1, 10_000)


serve(network, normals)
