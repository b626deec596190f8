"""Correctly rounded values of the activations: writes activation_f64.txt and activation_f32.txt here.

Each line is `function input output`, inputs and outputs as the hexadecimal bits of the float. NaN is left to
the test. Needs mpmath.
"""

import pathlib
import random
import struct

import mpmath as mp

mp.mp.dps = 70

# bits of the significand, exponent of the smallest subnormal, struct codes, mapped exponent range
FORMATS = {"f64": (53, -1074, ">d", ">Q", 1024), "f32": (24, -149, ">f", ">I", 128)}

SELU_SCALE = mp.mpf("1.0507009873554804934193349852946")
SELU_ALPHA = mp.mpf("1.6732632423543772848170429916717")
CUBIC = mp.mpf("0.044715")

# The functions, for 0 < |x| <= 2000 and parameters in the precision of the network.
FUNCTIONS = {
    "linear": lambda x: x,
    "relu": lambda x: max(x, mp.mpf(0)),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "tanh": mp.tanh,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "erf": mp.erf,
    "gelu": lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2,
    "gelu_tanh": lambda x: x / (1 + mp.exp(-2 * mp.sqrt(2 / mp.pi) * (x + CUBIC * x**3))),
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "mish": lambda x: x * (mp.exp(2 * x) + 2 * mp.exp(x)) / (mp.exp(2 * x) + 2 * mp.exp(x) + 2),
    "elu": lambda x, alpha: x if x > 0 else alpha * mp.expm1(x),
    "selu": lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * mp.expm1(x)),
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "hardtanh": lambda x: min(max(x, mp.mpf(-1)), mp.mpf(1)),
    "celu": lambda x, alpha: x if x > 0 else alpha * mp.expm1(x / alpha),
    "hardsigmoid": lambda x: min(max(x + 3, mp.mpf(0)), mp.mpf(6)) / 6,
    "hardswish": lambda x: x * min(max(x + 3, mp.mpf(0)), mp.mpf(6)) / 6,
    "logsigmoid": lambda x: -mp.log1p(mp.exp(-x)),
    "squared_relu": lambda x: max(x, mp.mpf(0)) ** 2,
}
PARAMETERS = {"leaky_relu": "0.01", "elu": "1.5", "celu": "1.5"}

# Values at -infinity, -0, +0 and +infinity.
INF = float("inf")
LIMITS = {
    "linear": (-INF, -0.0, 0.0, INF), "relu": (0.0, -0.0, 0.0, INF), "leaky_relu": (-INF, -0.0, 0.0, INF),
    "tanh": (-1.0, -0.0, 0.0, 1.0), "sigmoid": (0.0, 0.5, 0.5, 1.0), "erf": (-1.0, -0.0, 0.0, 1.0),
    "gelu": (-0.0, -0.0, 0.0, INF), "gelu_tanh": (-0.0, -0.0, 0.0, INF), "silu": (-0.0, -0.0, 0.0, INF),
    "mish": (-0.0, -0.0, 0.0, INF), "elu": (-1.5, -0.0, 0.0, INF),
    "selu": (-SELU_SCALE * SELU_ALPHA, -0.0, 0.0, INF), "softplus": (0.0, mp.log(2), mp.log(2), INF),
    "softsign": (-1.0, -0.0, 0.0, 1.0), "hardtanh": (-1.0, -0.0, 0.0, 1.0), "celu": (-1.5, -0.0, 0.0, INF),
    "hardsigmoid": (0.0, 0.5, 0.5, 1.0), "hardswish": (-0.0, -0.0, 0.0, INF),
    "logsigmoid": (-INF, -mp.log(2), -mp.log(2), -0.0), "squared_relu": (0.0, 0.0, 0.0, INF),
}


def rounded(value, fmt, negative):
    """Bits of the float nearest to `value`; the sign of a zero is given."""
    digits, lowest, real, whole, top = FORMATS[fmt]
    value = mp.mpf(value)
    if mp.isinf(value) or value == 0:
        result = float(value) if value != 0 else (-0.0 if negative else 0.0)
        return struct.unpack(whole, struct.pack(real, result))[0]
    exponent = max(mp.frexp(value)[1] - digits, lowest)
    result = mp.nint(mp.ldexp(value, -exponent))
    if result == 0:
        result = -0.0 if negative else 0.0
    elif abs(mp.ldexp(result, exponent)) >= mp.ldexp(1, top):
        result = mp.sign(result) * INF
    else:
        result = mp.ldexp(result, exponent)
    return struct.unpack(whole, struct.pack(real, float(result)))[0]


def points(fmt):
    """Finite nonzero inputs: every binade near 1, the ends of the range, seams, tails, random."""
    digits, lowest, _, _, top = FORMATS[fmt]
    rng = random.Random(20240607)
    out = []

    def add(x):
        with mp.workprec(digits):
            out.append(+mp.mpf(x))

    binades = list(range(-digits - 8, 12)) + [lowest, lowest + 1, lowest + digits - 1, lowest + digits, top - 1]
    binades += [rng.randrange(lowest + digits, top) for _ in range(12)]
    for e in binades:
        for sign in (-1, 1):
            mantissa = 1 if e < lowest + digits else 1 + mp.mpf(rng.getrandbits(digits - 1)) / 2 ** (digits - 1)
            add(sign * mp.ldexp(mantissa, e))
            if e == top - 1:
                add(sign * (mp.ldexp(1, top) - mp.ldexp(1, top - digits)))
    # Where k of exp changes, of x and of 2x; pieces' ends; thresholds of clamps; where tails underflow.
    seams = [mp.log(2) * (k + 0.5) / d for k in (0, 1, 2, 3, 7, 20) for d in (1, 2)]
    seams += [1, 2, 4, 6, 8, 12, 15, 20, 22, 39, 42, 46, 120, 760, mp.log(mp.sqrt(2) + 1)]
    seams += [9.01, 19.06, 5.86, 3.83, 38.4, 38.5, 38.6, 14.1, 14.4, 21.4, 21.5, 11.1, 708.5, 744.5, 745.2, 751.5]
    seams += [87.4, 103.3, 103.9, 108.7]
    # Where 1 + exp(-x) begins to be 1, and where log1p changes its reduction.
    seams += [36.74337343394719, 36.742, 36.39, 16.764498, 16.7, 0.8289072019528194, 0.8675243]
    for s in seams:
        with mp.workprec(digits):
            s = +mp.mpf(s)
            around = [s * (1 - mp.ldexp(2, -digits)), s, s * (1 + mp.ldexp(2, -digits))]
        for x in around:
            add(x)
            add(-x)
    for limit, count in ((2, 60), (10, 60), (50, 20), (120, 10), (760, 20)):
        for _ in range(count):
            add(limit * (2 * mp.mpf(rng.random()) - 1))
    return sorted(set(x for x in out if x != 0))


def value(name, x, parameters):
    """The function, with exponentials kept within reason far out where it has its limit."""
    piecewise = ("linear", "relu", "leaky_relu", "softsign", "hardtanh", "hardsigmoid", "hardswish", "squared_relu")
    if abs(x) > 2000 and name not in piecewise:
        lower, _, _, upper = LIMITS[name]
        if name == "logsigmoid":
            return x if x < 0 else mp.mpf(0)
        if name in ("elu", "selu", "celu") and x > 0:
            return FUNCTIONS[name](x, *parameters)
        limit = upper if x > 0 else lower
        return x if limit == INF else limit
    return FUNCTIONS[name](x, *parameters)


def lines(fmt):
    """The table of one precision."""
    width = {"f64": 16, "f32": 8}[fmt]
    digits = FORMATS[fmt][0]
    specials = (-INF, -0.0, 0.0, INF)
    inputs = points(fmt)
    for name in FUNCTIONS:
        with mp.workprec(digits):
            parameters = [+mp.mpf(PARAMETERS[name])] if name in PARAMETERS else []
        for x, y in zip(specials, LIMITS[name]):
            negative = str(y)[0] == "-"
            yield f"{name} {rounded(x, fmt, str(x)[0] == '-'):0{width}x} {rounded(y, fmt, negative):0{width}x}"
        for x in inputs:
            zero = ("relu", "sigmoid", "softplus", "hardsigmoid", "squared_relu")
            negative = name == "logsigmoid" or x < 0 and name not in zero
            y = rounded(value(name, x, parameters), fmt, negative)
            yield f"{name} {rounded(x, fmt, False):0{width}x} {y:0{width}x}"


if __name__ == "__main__":
    folder = pathlib.Path(__file__).parent
    for fmt in FORMATS:
        (folder / f"activation_{fmt}.txt").write_text("\n".join(lines(fmt)) + "\n")
