"""Writes student_t.csv: quantiles of Student's t, 20 digits.

    pip install mpmath && python3 student_t.py > student_t.csv

The density is integrated with 40 digits (Gauss-Legendre, split), and the root found by Newton's method; p is the exact value of the binary64
number printed.
"""
from mpmath import mp, mpf, quad, loggamma, exp, log1p, pi, log, nstr, erfinv, sqrt

mp.dps = 40
NU = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 19, 20, 30, 49, 50, 99, 100, 199, 500, 998, 999, 1000, 1001, 1999, 4999,
      9999, 10**5, 10**6, 10**7, 10**9]
P = [0.6, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.9975, 0.999, 0.9995, 0.99995, 0.999995]


def main():
    print("nu,p,t")
    for nu in NU:
        c = exp(loggamma(mpf(nu + 1) / 2) - loggamma(mpf(nu) / 2) - log(nu * pi) / 2)
        density = lambda t: c * exp(-mpf(nu + 1) / 2 * log1p(t * t / nu))
        for p in P:
            central = mpf(p) - mpf(1) / 2
            # Newton from the left of the root of a concave function climbs without overshooting.
            t = sqrt(2) * erfinv(2 * central)
            area = quad(density, [0, t / 2, t])
            for _ in range(80):
                step = (central - area) / density(t)
                if abs(step) < mpf(10)**-25 * t:
                    break
                area += quad(density, [t, t + step / 2, t + step])
                t += step
            else:
                raise ArithmeticError((nu, p))
            print(nu, repr(p), nstr(t, 20), sep=",")


main()
