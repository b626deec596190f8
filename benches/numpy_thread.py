"""The forum thread's six-layer chain in numpy, for comparison with `cargo bench`.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 taskset -c 0 python3 benches/numpy_thread.py

Prints the shortest time per network over 20 rounds, after checking the std against its exact law.
"""
import time

import numpy as np

n, layers, rounds, networks = 100, 6, 20, 30
std = 1 / np.sqrt(n)
size = (n, n)


def network():
    y = np.random.normal(size=size)
    for _ in range(layers):
        y = y @ np.random.normal(scale=std, size=size)
    return y.std()


stds = [network() for _ in range(200)]
error = (np.mean(stds) - 0.9992355) / (0.0378012 / np.sqrt(len(stds)))
assert abs(error) < 5, f"the std is {error} standard errors off"
best = float("inf")
for _ in range(rounds):
    start = time.perf_counter()
    for _ in range(networks):
        network()
    best = min(best, (time.perf_counter() - start) / networks)
print(f"numpy {np.__version__}: {best * 1e6:.0f} us per network of {layers} {n}x{n} layers, batch {n}, f64")
