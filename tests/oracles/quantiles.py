"""Writes quantiles.csv: numpy.quantile(values, p) with the default method (linear, type 7), to the bit.

    pip install numpy && python3 quantiles.py > quantiles.csv
"""
import numpy as np

rng = np.random.default_rng(7)
print("values,p,quantile")
for count in (1, 2, 3, 10, 37, 100):
    values = rng.standard_normal(count) * 10.0 ** rng.integers(-3, 4)
    text = " ".join(repr(float(x)) for x in values)
    for p in (0.025, 0.25, 0.5, 0.75, 0.975):
        print(text, p, repr(float(np.quantile(values, p))), sep=",")
