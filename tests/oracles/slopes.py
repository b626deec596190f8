"""Correctly rounded derivatives of the smooth activations: writes slopes_f64.txt and slopes_f32.txt here.

Each line is `function input derivative unit`, the first three as in activation.py; the unit is the exponent of the last
bit of the derivative, or, where it is the difference of two larger terms, of the larger one. Needs mpmath.
"""

import pathlib

import mpmath as mp
from activation import CUBIC, FORMATS, PARAMETERS, SELU_ALPHA, SELU_SCALE, points, rounded

mp.mp.dps = 70


def logistic(x):
    return 1 / (1 + mp.exp(-x))


def gelu_tanh(x):
    z = 2 * mp.sqrt(2 / mp.pi) * (x + CUBIC * x**3)
    s = logistic(z)
    return s, x * s * logistic(-z) * 2 * mp.sqrt(2 / mp.pi) * (1 + 3 * CUBIC * x**2)


def mish(x):
    w = mp.exp(2 * x) + 2 * mp.exp(x)
    return w / (w + 2), 4 * x * mp.exp(x) * (1 + mp.exp(x)) / (w + 2) ** 2


# The terms that the derivative is the sum of.
TERMS = {
    "tanh": lambda x: (mp.sech(x) ** 2,),
    "sigmoid": lambda x: (logistic(x) * logistic(-x),),
    "erf": lambda x: (2 / mp.sqrt(mp.pi) * mp.exp(-x * x),),
    "gelu": lambda x: (mp.erfc(-x / mp.sqrt(2)) / 2, x * mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)),
    "gelu_tanh": gelu_tanh,
    "silu": lambda x: (logistic(x), x * logistic(x) * logistic(-x)),
    "mish": mish,
    "elu": lambda x, alpha: (mp.mpf(1) if x > 0 else alpha * mp.exp(x),),
    "selu": lambda x: (SELU_SCALE * (1 if x > 0 else SELU_ALPHA * mp.exp(x)),),
    "softplus": lambda x: (logistic(x),),
    "softsign": lambda x: (1 / (1 + abs(x)) ** 2,),
    "celu": lambda x, alpha: (mp.mpf(1) if x > 0 else mp.exp(x / alpha),),
    "logsigmoid": lambda x: (logistic(-x),),
}


def lines(fmt):
    """The table of one precision."""
    width = {"f64": 16, "f32": 8}[fmt]
    digits, lowest = FORMATS[fmt][:2]
    inputs = [x for x in points(fmt) if abs(x) < 2000][::2]
    for name, terms in TERMS.items():
        with mp.workprec(digits):
            parameters = [+mp.mpf(PARAMETERS[name])] if name in PARAMETERS else []
        for x in inputs:
            parts = terms(x, *parameters)
            y = mp.fsum(parts)
            largest = max(abs(part) for part in (*parts, y))
            unit = max(mp.frexp(largest)[1] - digits, lowest)
            yield f"{name} {rounded(x, fmt, False):0{width}x} {rounded(y, fmt, False):0{width}x} {unit}"


if __name__ == "__main__":
    folder = pathlib.Path(__file__).parent
    for fmt in FORMATS:
        (folder / f"slopes_{fmt}.txt").write_text("\n".join(lines(fmt)) + "\n")
