"""Writes linear_chain.csv: exact moments of batch statistics of a linear Gaussian chain.

    python3 linear_chain.py > linear_chain.csv        (Python 3 standard library only)

Two computations that share nothing:
  brute_force   expands M and S^2 as polynomials in the single Gaussian entries and takes the expectation of every
                monomial (small nets only; no theory at all);
  recursion     the block recursion of src/theory/linear_chain, in fractions.
They must agree exactly wherever the first is affordable, then the second fills the table.
A layer is width:mean:std; layer 0 is the input. Every number is rounded once, to 25 digits.
"""
from decimal import Decimal, getcontext
from fractions import Fraction as F

SMALL = [
    (1, "1:0.5:1 1:0.3:0.7"),
    (2, "2:0:1 2:0:1"),
    (2, "2:0.5:1 2:0.3:0.7"),
    (2, "3:0.5:0.8 1:0.3:0.7 2:-0.2:1.5"),
    (3, "2:0.5:2 2:0.3:0.7 1:-0.2:1.5"),
    (1, "2:1:0.5 3:-0.5:1 2:0.25:2"),
    (3, "2:-1:0.5 3:0.5:1 2:0.25:2"),
]
LARGE = [
    (100, "100:0:1" + " 100:0:0.1" * 6),
    (100, "100:0:1" + " 100:0:2" * 6),
    (100, "100:0:1" + " 100:1:0.1" * 6),
    (100, "100:0:1" + " 100:0.001:0.1" * 6),
    (100, "100:0:1" + " 100:0.01:0.1" * 6),
    (100, "100:0:1" + " 100:0.1:0.1" * 6),
    (100, "100:0.5:2" + " 100:0:0.1" * 6),
    (3, "4:0.5:1.5 5:0.3:0.5 2:-0.2:1.5"),
    (1, "10:3:0.01 10:0.25:0.001 1:0.5:0.125"),
    (65536, "4096:0.5:1" + " 4096:0:0.015625" * 20),
    (64, "32:0:1" + " 32:0.03125:0.25" * 100),
]


def parse(text):
    return [(int(n), F(m), F(s)) for n, m, s in (layer.split(":") for layer in text.split())]


# --- brute force ---------------------------------------------------------------------------------------------------

def times(p, q):
    out = {}
    for a, x in p.items():
        for b, y in q.items():
            powers = dict(a)
            for var, k in b:
                powers[var] = powers.get(var, 0) + k
            key = tuple(sorted(powers.items()))
            out[key] = out.get(key, 0) + x * y
    return out


def plus(*polys):
    out = {}
    for p in polys:
        for key, x in p.items():
            out[key] = out.get(key, 0) + x
    return out


def scale(p, c):
    return {key: x * c for key, x in p.items()}


def raw_moment(mean, std, k):
    a, b = F(1), mean  # E x^{k} = mean E x^{k-1} + (k-1) std^2 E x^{k-2}
    if k == 0:
        return a
    for j in range(2, k + 1):
        a, b = b, mean * b + (j - 1) * std * std * a
    return b


def expectation(p, law):
    total = F(0)
    for key, x in p.items():
        for var, k in key:
            x *= raw_moment(*law[var[0]], k)
        total += x
    return total


def brute_force(batch, layers):
    law = [(m, s) for _, m, s in layers]
    n = layers[0][0]
    x = [[{(((0, i, j), 1),): F(1)} for j in range(n)] for i in range(batch)]
    for l, (width, _, _) in enumerate(layers[1:], 1):
        w = [[{(((l, i, j), 1),): F(1)} for j in range(width)] for i in range(n)]
        x = [[plus(*(times(row[i], w[i][j]) for i in range(n))) for j in range(width)] for row in x]
        n = width
    count = F(batch * n)
    mean = scale(plus(*(e for row in x for e in row)), 1 / count)
    second = scale(plus(*(times(e, e) for row in x for e in row)), 1 / count)
    square = times(mean, mean)
    variance = plus(second, scale(square, -1))
    e_m, e_q, e_v = (expectation(p, law) for p in (mean, second, variance))
    return (e_m, expectation(square, law) - e_m**2,
            e_q, expectation(times(second, second), law) - e_q**2,
            e_v, expectation(times(variance, variance), law) - e_v**2)


# --- recursion -----------------------------------------------------------------------------------------------------

def recursion(batch, layers):
    """Yields (E M, Var M, E Q, Var Q, E S^2, Var S^2) of every layer."""
    n, m, s = layers[0]
    v, nu, k = s * s, n - 1, batch - 1
    shift = m * m * n * batch
    mu = [nu * v, nu * v * k, shift + v, v * k]  # alpha, h, b^2, |q|^2
    cov = [[F(0)] * 4 for _ in range(4)]
    cov[0][0], cov[1][1] = 2 * nu * v * v, 2 * nu * v * v * k
    cov[2][2], cov[3][3] = 2 * v * v + 4 * shift * v, 2 * v * v * k
    extra = [v * v * (nu * (nu + 1) * k + nu * k * k), v * v * nu * k, nu * v * v * k, F(0)]
    # E b = m sqrt(n B): keep E b / sqrt(n B) = E M rational instead.
    e_m, var_b = m, v
    yield report(batch * n, e_m, var_b, mu, cov)
    for width, m, s in layers[1:]:
        v, nu, drift = s * s, width - 1, m * m * width * n
        second = [[cov[i][j] + mu[i] * mu[j] for j in range(4)] for i in range(4)]
        al, h, b, q = range(4)
        a2 = second[al][al] + 2 * second[al][b] + second[b][b]
        c2 = extra[1] + 2 * extra[3] + second[b][q]
        d2 = extra[0] + 2 * extra[2] + second[q][q]
        td2 = second[h][h] + 2 * second[h][q] + second[q][q]
        a_td = second[al][h] + second[al][q] + second[b][h] + second[b][q]
        b2a = second[al][b] + second[b][b]
        bcq = extra[3] + second[b][q]
        qdq = extra[2] + second[q][q]
        step = [[nu * v, 0, nu * v, 0], [0, nu * v, 0, nu * v], [v, 0, v + drift, 0], [0, v, 0, v + drift]]
        var_b = drift * var_b + v * (mu[al] + mu[b])
        mu = [sum(step[i][j] * mu[j] for j in range(4)) for i in range(4)]
        cov = [[sum(step[i][x] * cov[x][y] * step[j][y] for x in range(4) for y in range(4)) for j in range(4)]
               for i in range(4)]
        cov[al][al] += 2 * nu * v * v * a2
        cov[h][h] += 2 * nu * v * v * d2
        cov[b][b] += 2 * v * v * a2 + 4 * drift * v * b2a
        cov[q][q] += 2 * v * v * d2 + 4 * drift * v * qdq
        for i, j, x in ((al, h, 2 * nu * v * v * c2), (b, q, 2 * v * v * c2 + 4 * drift * v * bcq)):
            cov[i][j] += x
            cov[j][i] += x
        extra = [v * v * (nu * (nu + 1) * d2 + nu * td2), v * v * (nu * (nu + 1) * c2 + nu * a_td),
                 nu * v * (drift * qdq + v * d2), nu * v * (drift * bcq + v * c2)]
        e_m, n = e_m * m * n, width
        yield report(batch * n, e_m, var_b, mu, cov)


def report(count, e_m, var_b, mu, cov):
    spread = [i for i in range(4) if i != 2]
    return (e_m, var_b / count, sum(mu) / count, sum(map(sum, cov)) / F(count)**2,
            sum(mu[i] for i in spread) / count, sum(cov[i][j] for i in spread for j in spread) / F(count)**2)


def decimal(x):
    getcontext().prec = 25
    return str(Decimal(x.numerator) / Decimal(x.denominator))


def main():
    print("batch,layers,layer,mean,var_mean,second_moment,var_second_moment,variance,var_variance")
    for batch, text in SMALL + LARGE:
        layers = parse(text)
        rows = list(recursion(batch, layers))
        if (batch, text) in SMALL:
            assert rows[-1] == brute_force(batch, layers), (batch, text)
        for layer, row in enumerate(rows):
            print(batch, text, layer, *map(decimal, row), sep=",")


if __name__ == "__main__":
    main()
