"""Fits the polynomials of the activations and prints src/kernels/activation/coefficients.rs.

Weighted least squares on Chebyshev points in 80 digits. Coefficients are rounded one at a time, lowest
degree first, and the rest is fitted again each time, so that later coefficients absorb the rounding of
earlier ones. The printed error is the maximum over a dense grid, with the rounded coefficients.

Needs mpmath and numpy.
"""

import sys

import mpmath as mp
import numpy as np

mp.mp.dps = 80


def nearest(value, bits):
    """The nearest floating-point number with a significand of `bits` bits."""
    if value == 0:
        return mp.mpf(0)
    with mp.workprec(bits):
        return +value


def fit(f, weight, a, b, degree, bits, first=(), first_bits=None):
    """Coefficients, lowest degree first, of a polynomial close to f on [a, b].

    `weight` scales the error at a point; `first` fixes the lowest coefficients; `first_bits` is the
    precision of the constant term where it differs.
    """
    a, b = mp.mpf(a), mp.mpf(b)
    count = 4 * degree + 12
    xs = [(a + b) / 2 + (b - a) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * count)) for i in range(count)]
    fs = [f(x) for x in xs]
    # Chebyshev density and the weight 1/sqrt(1-u^2) come for free with these points: near minimax.
    ws = [weight(x) for x in xs]
    powers = [[x**j for j in range(degree + 1)] for x in xs]
    fixed = [mp.mpf(c) for c in first]
    while len(fixed) <= degree:
        m = len(fixed)
        n = degree + 1 - m
        gram, rhs = mp.matrix(n, n), mp.matrix(n, 1)
        for p, v, w in zip(powers, fs, ws):
            rest = v - mp.fdot(p[:m], fixed)
            w2 = w * w
            for i in range(n):
                rhs[i] += w2 * p[m + i] * rest
                for j in range(i, n):
                    gram[i, j] += w2 * p[m + i] * p[m + j]
        for i in range(n):
            for j in range(i):
                gram[i, j] = gram[j, i]
        fixed.append(nearest(mp.lu_solve(gram, rhs)[0], bits if m or not first_bits else first_bits))
    return fixed


def error(f, weight, a, b, coefficients):
    """Maximum weighted error over a dense grid."""
    a, b = mp.mpf(a), mp.mpf(b)
    worst = mp.mpf(0)
    for i in range(1501):
        x = a + (b - a) * i / 1500
        worst = max(worst, abs(weight(x) * (mp.polyval(coefficients[::-1], x) - f(x))))
    return worst


def exp_tail(r):
    """(exp r - 1 - r) / r^2."""
    return (mp.expm1(r) - r) / r**2 if abs(r) > mp.mpf(10) ** -20 else mp.mpf(1) / 2 + r / 6


def log_tail(z):
    """(log((1+s)/(1-s)) - 2s) / s^3 with s^2 = z."""
    s = mp.sqrt(z)
    return (2 * mp.atanh(s) - 2 * s) / s**3 if z > mp.mpf(10) ** -20 else mp.mpf(2) / 3


def erf_ratio(z):
    """erf(t) / t with t^2 = z."""
    t = mp.sqrt(z)
    return mp.erf(t) / t if z > mp.mpf(10) ** -40 else 2 / mp.sqrt(mp.pi)


def log_erfc(t):
    """log(erfc t)."""
    return mp.log(mp.erfc(t))


def mills(k):
    """H(q) = (t + 1) * exp(t^2/2) * erfc(t/sqrt 2) / 2 with q = (t - k) / (t + k)."""

    def h(q):
        t = k * (1 + q) / (1 - q)
        return (t + 1) * mp.exp(t * t / 2) * mp.erfc(t / mp.sqrt(2)) / 2

    return h


LN2 = mp.log(2)
HALF_LN2 = LN2 / 2
# (2 - sqrt 2) / (2 + sqrt 2) squared, times a margin for rounding at the seam.
LOG_Z = (mp.sqrt(2) - 1) ** 4 * mp.mpf("1.001")

# Klambauer et al. (2017), appendix A.1.
SELU_SCALE = mp.mpf("1.0507009873554804934193349852946")
SELU_ALPHA = mp.mpf("1.6732632423543772848170429916717")

# Per precision: significand bits, then degrees and ranges.
PRECISIONS = {
    "F64": dict(bits=53, exp=9, log=6, erf=11, erfc=(17, 6), mills=(22, 6, 39), ln2_bits=40,
                bias=1023, exp_max=760, gelu_tanh_min=-22),
    "F32": dict(bits=24, exp=4, log=2, erf=6, erfc=(6, 4), mills=(10, 4, 15), ln2_bits=15,
                bias=127, exp_max=120, gelu_tanh_min=-12),
}


def literal(value, bits):
    """Shortest decimal that reads back as `value`, as a Rust literal."""
    text = repr(float(value)) if bits == 53 else str(np.float32(float(value)))
    return text if "." in text or "e" in text else text + ".0"


def slice_literal(values, bits, pad):
    return "&[\n" + "".join(f"{pad}    {literal(v, bits)},\n" for v in values) + f"{pad}]"


def polynomials(p):
    """(field, coefficients, error, description) of each polynomial of one precision."""
    bits = p["bits"]
    degree, top = p["erfc"]
    mills_degree, k, t_max = p["mills"]
    h = mills(mp.mpf(k))
    q_max = mp.mpf(t_max - k) / (t_max + k)
    cases = [
        ("exp", exp_tail, lambda r: r * r, -HALF_LN2, HALF_LN2, p["exp"], False,
         "absolute error of `exp r` on `|r| <= ln(2)/2`"),
        ("log", log_tail, lambda z: z, 0, LOG_Z, p["log"], False,
         "error of `log1p`, relative, on `s^2 <= (sqrt 2 - 1)^4`"),
        ("erf", erf_ratio, lambda z: 1 / erf_ratio(z), 0, 1, p["erf"], True,
         "relative error of `erf t` on `t <= 1`"),
        ("log_erfc", lambda u: log_erfc(u + 1), lambda u: mp.erfc(u + 1), 0, top - 1, degree, False,
         f"absolute error of `erf t` on `1 <= t <= {top}`"),
        ("mills", h, lambda q: 1 / h(q), -1, q_max, mills_degree, True,
         f"relative error of `H` on `0 <= t <= {t_max}`"),
    ]
    for name, f, weight, a, b, n, split, what in cases:
        first = ["0.5"] if name == "exp" else []
        c = fit(f, weight, a, b, n, bits, first, 2 * bits if split else None)
        yield name, c, error(f, weight, a, b, c), what, split


def constants(p):
    """Rust source of one table."""
    bits, pad = p["bits"], "    "
    _, k, t_max = p["mills"]
    ln2_hi = nearest(LN2, p["ln2_bits"])
    scalars = [
        ("log2e", 1 / LN2), ("ln2_hi", ln2_hi), ("ln2_lo", LN2 - ln2_hi), ("ln2", LN2),
        ("ln2_rest", LN2 - nearest(LN2, bits)),
        ("shifter", mp.mpf(3) * 2 ** (bits - 2) + p["bias"]),
        ("half", mp.mpf("0.5")), ("log_seam", mp.sqrt(2) - 1),
        ("mills_k", mp.mpf(k)), ("mills_max", mp.mpf(t_max)), ("erfc_max", mp.mpf(p["erfc"][1])),
        ("exp_max", mp.mpf(p["exp_max"])), ("gelu_tanh_min", mp.mpf(p["gelu_tanh_min"])),
        ("huge", mp.mpf(2) ** 60),
        ("density_at_0", 1 / mp.sqrt(2 * mp.pi)),
        ("selu_scale", SELU_SCALE), ("selu_negative", SELU_SCALE * SELU_ALPHA),
    ]
    a = 2 * mp.sqrt(2 / mp.pi)
    for name, value in (("gelu_tanh_linear", a), ("gelu_tanh_cubic", a * mp.mpf("0.044715"))):
        hi = nearest(value, bits)
        scalars += [(name + "_hi", hi), (name + "_lo", value - hi)]
    out = "".join(f"{pad}{name}: {literal(nearest(v, bits), bits)},\n" for name, v in scalars)
    for name, c, worst, what, split in polynomials(p):
        bound = f"2^{float(mp.log(worst, 2)):.1f}"
        if split:
            high = nearest(c[0], bits)
            out += f"{pad}{name}_high: {literal(high, bits)},\n"
            c = [nearest(c[0] - high, bits), *c[1:]]
        out += f"{pad}// {what}: {bound}.\n"
        out += f"{pad}{name}: {slice_literal(c, bits, pad)},\n"
        print(name, bound, file=sys.stderr)
    return out


HEADER = """//! Constants and polynomials of the activations, lowest degree first.
//!
//! Generated by `tests/oracles/activation_coefficients.py`; the fields are documented in `constants`. The
//! bound before a polynomial is its approximation error, measured with the rounded coefficients.

#![expect(clippy::unreadable_literal, reason = "generated: the shortest decimals that read back")]
#![expect(clippy::approx_constant, reason = "generated: ln 2 and the like beside what std does not name")]

use super::constants::Constants;
"""

if __name__ == "__main__":
    print(HEADER, end="")
    for name, p in PRECISIONS.items():
        kind = name.lower()
        print(f"\n/// Constants in `{kind}`.\npub(super) const {name}: Constants<{kind}> = Constants {{")
        print(constants(p), end="")
        print("};")
