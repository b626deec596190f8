"""Two-sample tests of the program against forward and backward passes that are written in numpy, from the docs alone.

    python3 tests/two_samples/run.py PROGRAM [SEED]

Each cell below is drawn twice, by PROGRAM and here, with random numbers that have nothing in common. Every observable
is compared by a Kolmogorov-Smirnov test, and what begins with log2 also by the difference of its means over its
standard error, which is as good as normal for means of thousands.

The script fails if any of its N tests has p < 1e-4 / N, which each does by chance with probability at most 1e-4 / N
(ties only make it less). So a right program fails with probability at most 1e-4, however observables depend on each
other.

Controls show that these tests see what they are for: passes of this script that are wrong on purpose must be found.
It needs numpy and scipy. It exits with 0 if all tests hold and all controls are found, else with 1.
"""
import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from networks import TRIALS, draw
from scipy import stats

CHANCE = 1e-4
FAR_BELOW = 1e-6    # a control is found if its smallest p is below this part of the threshold

# Keys of `grid` are those of a config. Layers below 0 count from the last one, -1, as indices of Python do.
CELLS = {
    "tanh": {
        "grid": {"shape": [20] * 6, "batch": 1, "activation": "tanh", "sigma_w": 1.5},
        "observables": [
            ("pre", -1, "second_moment"), ("pre", -1, "log2_rms"), ("pre", -1, "kurtosis"),
            ("grad_pre", 1, "second_moment"), ("grad_pre", 1, "log2_rms"), ("grad_pre", 1, "chi_local"),
            ("grad_post", 0, "second_moment"), ("grad_post", 0, "log2_rms"),
            ("grad_weight", 1, "second_moment"), ("grad_weight", -1, "second_moment"),
            ("grad_weight", 1, "relative"), ("jacobian", -1, "max"), ("jacobian", -1, "log2_condition"),
        ],
    },
    "relu, He, biases": {
        "grid": {"shape": [16] * 7, "batch": 4, "activation": "relu", "sigma_w": 2**0.5, "bias_std": 0.3,
                 "bias_mean": -0.1},
        "cotangent": "shared",
        "observables": [
            ("pre", -1, "second_moment"), ("pre", -1, "log2_rms"), ("post", -1, "fraction_zero"),
            ("post", -1, "fraction_dead"), ("post", -1, "correlation"),
            ("grad_pre", 1, "second_moment"), ("grad_pre", 1, "fraction_zero"), ("grad_pre", 1, "correlation"),
            ("grad_post", 0, "log2_rms"), ("grad_post", 0, "correlation"), ("grad_post", 1, "chi_local"),
            ("grad_weight", 1, "second_moment"), ("grad_weight", -1, "second_moment"), ("grad_weight", 1, "relative"),
            ("jacobian", -1, "max"), ("jacobian", -1, "rank"),
        ],
    },
    "gelu, weights with a mean": {
        "grid": {"shape": [24] * 5, "batch": 2, "activation": "gelu", "sigma_w": 1.5, "mean": 0.08},
        "observables": [
            ("pre", -1, "second_moment"), ("pre", -1, "kurtosis"), ("post", -1, "correlation"),
            ("grad_pre", 1, "second_moment"), ("grad_pre", 1, "log2_rms"), ("grad_post", 0, "second_moment"),
            ("grad_post", 0, "correlation"), ("grad_weight", 1, "second_moment"),
            ("grad_weight", -1, "second_moment"), ("grad_weight", 1, "relative"), ("jacobian", -1, "max"),
        ],
    },
    "residual": {
        "grid": {"shape": [16] * 7, "batch": 3, "activation": "tanh", "sigma_w": 1.3, "bias_std": 0.2,
                 "residual": "W phi(W x)", "skip": 0.8, "branch_scale": 0.7},
        "observables": [
            ("pre", -2, "second_moment"), ("pre", -1, "second_moment"), ("stream", -1, "second_moment"),
            ("stream", -1, "log2_rms"), ("stream", -1, "correlation"),
            ("grad_pre", 1, "second_moment"), ("grad_pre", 1, "log2_rms"), ("grad_pre", -1, "second_moment"),
            ("grad_post", 0, "second_moment"), ("grad_post", 0, "log2_rms"), ("grad_post", 1, "second_moment"),
            ("grad_post", 0, "correlation"), ("grad_weight", 1, "second_moment"), ("grad_weight", 1, "relative"),
            ("grad_weight", -1, "second_moment"), ("jacobian", -1, "max"), ("jacobian", -1, "log2_condition"),
        ],
    },
    "batch norm": {
        "grid": {"shape": [14] * 5, "batch": 6, "activation": "relu", "sigma_w": 1.2, "norm": "batch", "norm_eps": 0.1},
        "observables": [
            ("pre", -1, "second_moment"), ("pre", -1, "kurtosis"), ("post", -1, "fraction_zero"),
            ("post", -1, "correlation"), ("grad_pre", 1, "second_moment"), ("grad_pre", 1, "log2_rms"),
            ("grad_pre", 1, "chi_local"), ("grad_post", 0, "second_moment"), ("grad_post", 0, "log2_rms"),
            ("grad_post", 0, "correlation"), ("grad_weight", 1, "second_moment"),
            ("grad_weight", -1, "second_moment"), ("grad_weight", 1, "relative"),
        ],
    },
    "layer norm": {
        "grid": {"shape": [18] * 6, "batch": 3, "activation": "gelu", "sigma_w": 1.2, "bias_std": 0.3,
                 "norm": "layer", "norm_at": "pre_activation", "norm_eps": 0.1, "input_correlation": 0.5},
        "observables": [
            ("pre", -1, "second_moment"), ("pre", -1, "kurtosis"), ("post", -1, "correlation"),
            ("grad_pre", 1, "second_moment"), ("grad_pre", 1, "log2_rms"), ("grad_pre", 1, "chi_local"),
            ("grad_post", 0, "second_moment"), ("grad_post", 0, "log2_rms"),
            ("grad_weight", 1, "second_moment"), ("grad_weight", -1, "second_moment"),
            ("grad_weight", 1, "relative"), ("jacobian", -1, "max"),
        ],
    },
    "uniform, unequal widths": {
        "grid": {"shape": [12, 24, 18, 30, 10], "batch": 2, "activation": "erf", "law": "uniform", "sigma_w": 1.4,
                 "bias_law": "uniform", "bias_std": 0.3},
        "observables": [
            ("pre", -1, "second_moment"), ("pre", -1, "log2_rms"), ("pre", 1, "kurtosis"),
            ("grad_pre", 1, "second_moment"), ("grad_pre", 1, "log2_rms"), ("grad_pre", 1, "chi_local"),
            ("grad_post", 0, "second_moment"), ("grad_post", 0, "log2_rms"), ("grad_post", 0, "chi_local"),
            ("grad_weight", 1, "second_moment"), ("grad_weight", -1, "second_moment"),
            ("grad_weight", 1, "relative"), ("grad_weight", 2, "chi_local"),
        ],
    },
    "orthogonal, unequal widths": {
        "grid": {"shape": [12, 20, 16, 24, 10], "batch": 1, "activation": "tanh", "law": "orthogonal", "sigma_w": 1.4},
        "observables": [
            ("pre", -1, "second_moment"), ("pre", -1, "log2_rms"), ("pre", -1, "kurtosis"),
            ("grad_pre", 1, "second_moment"), ("grad_pre", 1, "log2_rms"), ("grad_pre", 1, "chi_local"),
            ("grad_post", 0, "second_moment"), ("grad_post", 0, "log2_rms"),
            ("grad_weight", 1, "second_moment"), ("grad_weight", -1, "second_moment"),
            ("grad_weight", 1, "relative"), ("jacobian", -1, "max"), ("jacobian", -1, "log2_condition"),
        ],
    },
}

# What is wrong with the backward pass of a cell. These are found by more than ten standard deviations of the statistic,
# so that a miss adds nothing to the chance of failing. 4000 trials do not tell fresh weights with tanh and no mean.
CONTROLS = [
    ("fresh weights on the way back", "gelu, weights with a mean", {"fresh": True}),
    ("fresh weights on the way back", "batch norm", {"fresh": True}),
    ("statistics frozen on the way back", "batch norm", {"frozen": True}),
]


# The metrics: each makes one number per trial of an array.

def mean(a):
    return a.reshape(len(a), -1).mean(axis=1)


def squares(a):
    return (a * a).reshape(len(a), -1).sum(axis=1)


def kurtosis(a):
    centred = a - a.mean(axis=(1, 2), keepdims=True)
    return mean(centred**4) / mean(centred**2) ** 2


def correlation(a):
    """Mean of the cosines of all pairs of columns."""
    columns = a / np.sqrt((a * a).sum(axis=1, keepdims=True))
    cosines = columns.transpose(0, 2, 1) @ columns
    above = np.triu_indices(a.shape[2], 1)
    return cosines[:, above[0], above[1]].mean(axis=1)


def log2_condition(values):
    return np.log2(values.max(axis=1) / np.where(values > 0, values, np.inf).min(axis=1))


METRICS = {
    "second_moment": lambda a: mean(a * a),
    "log2_rms": lambda a: np.log2(mean(a * a)) / 2,
    "kurtosis": kurtosis,
    "correlation": correlation,
    "fraction_zero": lambda a: mean(a == 0),
    "fraction_dead": lambda a: mean((a == 0).all(axis=2)),
    "max": lambda a: a.reshape(len(a), -1).max(axis=1),
    "rank": lambda values: (values > 0).sum(axis=1),
    "log2_condition": log2_condition,
}


def measure(sites, site, layer, metric):
    layers = sites[site]
    # 0/0 is NaN here, and so is what the program calls undefined.
    with np.errstate(all="ignore"):
        if metric == "chi_local":
            # Over that of the layer that the pass met before.
            return squares(layers[layer]) / squares(layers[layer + 1 if site.startswith("grad") else layer - 1])
        if metric == "relative":
            return np.sqrt(squares(layers[layer]) / squares(sites["weight"][layer]))
        return METRICS[metric](layers[layer])


# The other side.

def absolute_layer(cell, layer):
    return layer if layer >= 0 else layer + len(cell["grid"]["shape"])


def write_config(path, cell, seed):
    layers = sorted({absolute_layer(cell, layer) for _, layer, _ in cell["observables"]})
    # JSON of a number, a text or a list is TOML as well.
    lines = ['name = "two-samples"', f"seed = {seed}", f"trials = {TRIALS}", "[[grid]]"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in cell["grid"].items()]
    lines += ["[measure]", f"layers = {layers}", f"cotangent = {json.dumps(cell.get('cotangent', 'normal'))}"]
    for key, part in (("sites", 0), ("metrics", 2)):
        lines.append(f"{key} = {json.dumps(sorted({seen[part] for seen in cell['observables']}))}")
    path.write_text("\n".join(lines) + "\n")


def run_program(program, cell, seed):
    """The values of all trials by site, layer and metric."""
    wanted = {(site, str(absolute_layer(cell, layer)), metric): np.full(TRIALS, np.nan)
              for site, layer, metric in cell["observables"]}
    with tempfile.TemporaryDirectory() as folder:
        config, out = Path(folder, "config.toml"), Path(folder, "out")
        write_config(config, cell, seed)
        subprocess.run([program, "run", config, "--out", out, "--quiet", "--no-figures"], check=True)
        export = subprocess.run([program, "export", out], check=True, capture_output=True, text=True).stdout
    rows = csv.reader(export.splitlines())
    header = next(rows)
    site, layer, metric, trial, value = map(header.index, ("site", "layer", "metric", "trial", "value"))
    filled = 0
    for row in rows:
        values = wanted.get((row[site], row[layer], row[metric]))
        if values is not None:
            values[int(row[trial])] = float(row[value])
            filled += 1
    assert filled == TRIALS * len(wanted), f"{filled} values for {len(wanted)} observables of {TRIALS} trials"
    return wanted


# The tests.

def by_distribution(theirs, ours):
    """D and p of Kolmogorov and Smirnov. Undefined values come below all others, so how many there are counts."""
    return stats.ks_2samp(*(np.where(np.isfinite(a), a, -np.finfo(float).max) for a in (theirs, ours)))


def by_mean(theirs, ours):
    """The difference of the means over its standard error, with its p."""
    theirs, ours = theirs[np.isfinite(theirs)], ours[np.isfinite(ours)]
    z = (theirs.mean() - ours.mean()) / np.sqrt(theirs.var() / len(theirs) + ours.var() / len(ours))
    return z, 2 * stats.norm.sf(abs(z))


def has_mean_test(metric):
    return metric.startswith("log2")


def compare(cell, theirs, sites):
    """Tuples of an observable, D and p of its distribution, and z and p of its mean, if any."""
    for site, layer, metric in cell["observables"]:
        layer = absolute_layer(cell, layer)
        pair = theirs[site, str(layer), metric], measure(sites, site, layer, metric)
        yield (site, layer, metric), by_distribution(*pair), by_mean(*pair) if has_mean_test(metric) else None


def smallest(tests):
    return min(p for _, *results in tests for _, p in filter(None, results))


def print_tests(name, tests, threshold):
    for test in tests:
        (site, layer, metric), (d, p), of_mean = test
        line = f"{name:<26} {site:<11} {layer} {metric:<14}  D {d:.4f}  p {p:<8.2g}"
        if of_mean:
            line += "  z {:+.2f}  p {:<8.2g}".format(*of_mean)
        print(line.rstrip() + ("  FAILS" if smallest([test]) < threshold else ""), flush=True)


def found(control, theirs, rng, threshold):
    """Whether a wrong backward pass is told from that of the program."""
    wrong, name, how = control
    tests = [test for test in compare(CELLS[name], theirs, draw(rng, CELLS[name], **how)) if "grad" in test[0][0]]
    p = smallest(tests)
    below = sum(smallest([test]) < threshold for test in tests)
    is_found = p < FAR_BELOW * threshold
    print(f"control, {name}: {wrong}: {'found' if is_found else 'NOT FOUND'}, "
          f"{below} of {len(tests)} observables below the threshold, smallest p {p:.2g}", flush=True)
    return is_found


def main(program, seed=0):
    count = sum(1 + has_mean_test(metric) for cell in CELLS.values() for _, _, metric in cell["observables"])
    threshold = CHANCE / count
    rng = np.random.default_rng(seed)
    theirs, all_tests = {}, []
    for name, cell in CELLS.items():
        theirs[name] = run_program(program, cell, seed)
        tests = list(compare(cell, theirs[name], draw(rng, cell)))
        print_tests(name, tests, threshold)
        all_tests += tests
    holds = smallest(all_tests) >= threshold
    controls = [found(control, theirs[control[1]], rng, threshold) for control in CONTROLS]
    print(f"{count} tests of {len(all_tests)} observables, {TRIALS} trials each: smallest p {smallest(all_tests):.2g}, "
          f"threshold {threshold:.2g}: {'all hold' if holds else 'FAILED'}; "
          f"{sum(controls)} of {len(controls)} controls found")
    return 0 if holds and all(controls) else 1


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:])))
