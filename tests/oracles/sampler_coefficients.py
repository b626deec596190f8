"""Prints the polynomial coefficients of src/random/math.rs (needs mpmath).

Near-minimax Chebyshev fits at 60 digits; the figure after each table is the largest error of the rounded
coefficients, evaluated exactly, on a fine grid: relative for the sine, absolute for the others.
"""
from mpmath import mp, mpf, chebyfit, sin, cos, log, pi, sqrt, erfinv, erf, expm1, exp, linspace
import struct

mp.dps = 60
f32 = lambda v: struct.unpack("f", struct.pack("f", float(v)))[0]


def table(name, function, low, high, terms, single=False):
    coefficients = chebyfit(function, [mpf(low), mpf(high)], terms)[::-1]
    rounded = [f32(c) if single else float(c) for c in coefficients]
    grid = linspace(mpf(low), mpf(high), 2001)
    error = max(abs(sum(mpf(c) * x**i for i, c in enumerate(rounded)) / function(x) - 1) for x in grid)
    print(f"{name}: [{', '.join(repr(c) if not single else repr(c) for c in rounded)}]  relative error {float(error):.2e}\n")


safe = lambda f, limit: (lambda x: limit if abs(x) < mpf(10) ** -25 else f(x))

sin_pi = safe(lambda t: sin(pi * sqrt(t)) / sqrt(t), pi)
cos_pi = lambda t: cos(pi * sqrt(t))
table("SIN_PI f64, r^2", sin_pi, 0, mpf(1) / 16, 7)
table("COS_PI f64, r^2", cos_pi, 0, mpf(1) / 16, 8)
table("SIN_PI f32, r^2", sin_pi, 0, mpf(1) / 16, 4, True)
table("COS_PI f32, r^2", cos_pi, 0, mpf(1) / 16, 5, True)

atanh = safe(lambda t: (log((1 + sqrt(t)) / (1 - sqrt(t))) / sqrt(t) - 2) / t, mpf(2) / 3)
edge = (sqrt(2) - 1) / (sqrt(2) + 1)
table("LOG f64, s^2", atanh, 0, edge**2, 7)
log_tail = safe(lambda f: (log(1 + f) - f) / f**2, mpf(-1) / 2)
table("LOG f32, f", log_tail, sqrt(mpf(1) / 2) - 1, sqrt(mpf(2)) - 1, 9, True)

exp_tail = safe(lambda r: expm1(r) / r, mpf(1))
table("EXPM1 f64, r", exp_tail, -log(2) / 2, log(2) / 2, 12)


def inverse_erf(w):
    x = sqrt(1 - exp(-w)) if w > mpf(10) ** -25 else mpf(0)
    return erfinv(x) / x if x else sqrt(pi) / 2


table("ERFINV f64, w - 1.25", lambda v: inverse_erf(v + mpf(5) / 4), mpf(-5) / 4, mpf(5) / 4, 17)
print("erf(sqrt 2) =", float(erf(sqrt(mpf(2)))), " truncated std =", float(sqrt(1 - 4 * exp(-mpf(2)) / sqrt(2 * pi) / erf(sqrt(mpf(2))))))

root = lambda centre: (lambda t: inverse_erf((t + centre) ** 2))
middle, outer = mpf("2.25"), mpf("4.5")
table("ERFINV_MIDDLE f64, sqrt(w) - 2.25", root(middle), sqrt(mpf(5) / 2) - middle, 3 - middle, 22)
table("ERFINV_OUTER f64, sqrt(w) - 4.5", root(outer), 3 - outer, mpf("6.01") - outer, 24)
