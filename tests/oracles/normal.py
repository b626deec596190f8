"""Writes normal.csv: kind,x,y with y = quantile(x) or cdf(x) of N(0, 1), 20 digits.

    pip install mpmath && python3 normal.py > normal.csv
"""
from mpmath import mp, mpf, erfc, exp, findroot, log, nstr, pi, sqrt

mp.dps = 50


def cdf(x):
    return erfc(-x / sqrt(2)) / 2


def quantile(p):
    if p > mpf(1) / 2:
        return -quantile(1 - p)
    x = -sqrt(-2 * log(p)) + mpf("0.5")
    for _ in range(200):  # Newton on log cdf, which is concave
        f = cdf(x)
        step = (log(p) - log(f)) * f * sqrt(2 * pi) * exp(x * x / 2)
        x += step
        if abs(step) < mpf(10)**-40:
            return x
    raise ArithmeticError(p)


def main():
    print("kind,x,y")
    for p in [1e-300, 1e-100, 1e-20, 1e-12, 1e-9, 1e-6, 1e-4, 0.001, 0.005, 0.01, 0.025, 0.05, 0.0749, 0.0751, 0.1,
              0.25, 0.4, 0.45, 0.6, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.9995, 0.999999, 0.9999999999]:
        print("quantile", repr(p), nstr(quantile(mpf(p)), 20), sep=",")
    for x in [-37.5, -30.1, -20.7, -12.3, -8.1, -5.3, -3.7, -2.2, -1.96, -1.3, -0.7, -0.1, 0.0, 0.1, 0.7, 1.3, 1.96, 2.2, 3.7,
              5.3, 8.1]:
        print("cdf", repr(x), nstr(cdf(mpf(x)), 20), sep=",")


main()
