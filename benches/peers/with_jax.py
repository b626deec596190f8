"""JAX, jitted, on one thread: `with_jax.py threefry2x32|rbg JOB f64|f32 numbers...`

threefry2x32 is JAX's default generator, rbg its faster one (on TPUs, that is).
"""
import itertools
import sys

import jax
import jax.numpy as jnp

from protocol import serve

jax.config.update("jax_enable_x64", True)
key = jax.random.key(1, impl=sys.argv[1])
types = {"f64": jnp.float64, "f32": jnp.float32}


def network(width, depth, batch, element):
    dtype, trials = types[element], itertools.count()

    @jax.jit
    def trial(index):
        keys = jax.random.split(jax.random.fold_in(key, index), depth + 1)
        y = jax.random.normal(keys[0], (batch, width), dtype)
        for layer in range(depth):
            y = y @ (jax.random.normal(keys[layer + 1], (width, width), dtype) * width**-0.5)
        return y.std()

    return lambda: trial(next(trials)).block_until_ready()


def normals(element):
    trials = itertools.count()
    draw = jax.jit(lambda index: jax.random.normal(jax.random.fold_in(key, index), (10_000,), types[element]))
    return lambda: draw(next(trials)).block_until_ready()


serve(network, normals)
