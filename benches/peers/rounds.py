"""Runs the peers in turns and prints markdown: see `run`, which builds them and calls this."""
import math
import os
import resource
import statistics
import subprocess
import sys
import time

import machine

ROUNDS = int(sys.argv[1])
BASE, HERE = os.environ["PEERS_DIR"], os.path.dirname(os.path.abspath(__file__))
PYTHON = f"{BASE}/venv/bin/python"
ELEMENTS = ["f64", "f32"]
CHAIN, PAIRS = (100, 6, 100), [(n, 2, batch) for n in (512, 2048) for batch in (100, 512)]
# The first product fits the level-1 cache: what the innermost loop can do.
TINY, GEMMS = (8, 2, 8), [(8, 128, 24), (96, 96, 96), (512, 512, 96), (512, 512, 512)]
ACTIVATIONS = ["relu", "tanh", "sigmoid", "silu", "gelu"]


def ours(level):
    return [f"{BASE}/plain/release/ours", level]


def python(name, *words):
    return [PYTHON, f"{HERE}/with_{name}.py", *words]


def std_law(n, depth, batch):
    """Mean and sd of the std S of the last layer. Exact for the thread's chain; else the delta method on the exact
    moments of S^2: a layer sends E tr(G)^2 and E tr(G^2), G = X'X / n, to the values below, from G = 1 of the input."""
    if (n, depth, batch) == CHAIN:
        return 0.9992355, 0.0378012
    square, trace = batch**2, batch
    for _ in range(depth + 1):
        square, trace = square + 2 / n * trace, trace * (1 + 1 / n) + square / n
    variance = square / batch**2 - 1
    return (1 - 1 / (n * batch)) ** 0.5 * (1 - variance / 8), variance**0.5 / 2


def number(x):
    """Four digits."""
    return f"{x:,.0f}" if x >= 1000 else f"{x:.4g}"


def launch(command):
    """Standard output of a process, or the reason why there is none; and which share of its life it had the core."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    try:
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300)
        error = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1] if done.returncode else ""
        error = next((x for x in done.stderr.splitlines() if "standard errors" in x), error) if error else ""
        out = done.stdout.split()
    except (OSError, subprocess.TimeoutExpired) as failure:
        out, error = [], f"{type(failure).__name__}: not built, or too slow"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return out, error.replace(BASE, "PEERS_DIR")[:90], busy / (time.perf_counter() - start)


def fastest_vsl(element):
    """Generator and method with which the VSL draws normals fastest, and a word for the table."""
    timed = []
    out, _, _ = launch([f"{BASE}/mkl", "-", "-", "list", element])
    for pair in zip(out[::2], out[1::2]):
        if seconds := launch([f"{BASE}/mkl", *pair, "normals", element])[0]:
            timed.append((float(seconds[1]), pair))
    return min(timed)[1] if timed else ("-", "-")


class Section:
    """Peers side by side on one job: rows of (name, command); the first one is ours, to which ratios refer."""

    def __init__(self, title, peers, job, unit=1e6, floor=None):
        self.title, self.unit, self.floor = title, unit, floor
        self.peers = {name: [*command, *job] for name, command in peers}
        self.wall = {name: [] for name in self.peers}
        self.core = {name: [] for name in self.peers}
        self.missing = {}

    def add(self, commands):
        """More rows, whole commands."""
        for name, command in commands:
            self.peers[name], self.wall[name], self.core[name] = command, [], []

    def round(self):
        for name, command in self.peers.items():
            if name in self.missing:
                continue
            out, error, share = launch(command)
            shares.append(share)
            if error or len(out) != 2:
                self.missing[name] = error or "no result"
                continue
            self.wall[name].append(float(out[0]))
            self.core[name].append(float(out[1]))

    def seconds(self, name=None):
        times = self.core[name or next(iter(self.peers))]
        return statistics.median(times) if times else float("nan")

    def print(self, extra=None, head="", unit_name="µs"):
        """A table; `extra(name, seconds)` is the text of its last column, under `head`."""
        columns = ["peer", f"{unit_name} on core", f"{unit_name} wall", "÷ ours", "range of ÷"] + ([head] if head else [])
        print(f"\n### {self.title}\n\n| {' | '.join(columns)} |\n|---|{'--:|' * (len(columns) - 1)}")
        first = next(iter(self.peers))
        for name in self.peers:
            if name in self.missing:
                print(f"| {name} | missing: {self.missing[name]} |" + " |" * (len(columns) - 2))
                continue
            ratios = [a / b for a, b in zip(self.core[name], self.core[first])] or [float("nan")]
            cells = [number(x * self.unit) for x in (self.seconds(name), statistics.median(self.wall[name]))]
            cells += [f"{statistics.median(ratios):.2f}", f"{min(ratios):.2f} to {max(ratios):.2f}"]
            print(f"| {name} | {' | '.join(cells + ([extra(name, self.seconds(name))] if head else []))} |")
        if self.floor:
            floor = self.floor()
            print(f"\nFloor {number(floor * self.unit)} {unit_name}; ours reaches {floor / self.seconds():.0%} of it.")


def peak(element, name):
    """Fused multiply-adds a second: a unit of the peak is 240,000 instructions, and AVX2 has half as much in each."""
    avx2 = name.endswith("avx2")
    lanes = {"f64": 8, "f32": 16}[element] // (2 if avx2 else 1)
    return 240_000 * lanes / sections["peak", element].seconds("initsweep, avx2" if avx2 else None)


def floor(element, n, depth, batch):
    """Multiply-adds at the peak, and normals at our own cost when drawn alone."""
    normal = sections["normals", element].seconds() / 10_000
    return depth * n * n * batch / peak(element, level) + (depth * n * n + n * batch) * normal


shares = []
level = (launch([*ours("default"), "name", "-"])[0] or ["missing"])[0]
vsl = {element: fastest_vsl(element) for element in ELEMENTS}
sections = {}
for element in ELEMENTS:
    best = f"initsweep, {level}"
    two = [(best, ours("default"))] + ([("initsweep, avx2", ours("avx2"))] if level == "avx512" else [])
    crates = ("crates gemm + rand_distr + xoshiro", [f"{BASE}/native/release/crates"])
    mkl = (f"C, MKL + VSL {' '.join(vsl[element])}", [f"{BASE}/mkl", *vsl[element]])
    legacy = [("numpy, np.random.normal", python("numpy", "legacy"))] if element == "f64" else []
    numpy = [*legacy, ("numpy, default_rng", python("numpy", "generator"))]
    torch = ("PyTorch eager", python("torch"))
    jax = [(f"JAX jit, {key}", python("jax", key)) for key in ("threefry2x32", "rbg")]
    everyone = [*two, mkl, crates, *numpy, torch, *jax]

    def network(title, peers, shape, count, element=element):
        job = ["network", element, *shape, *std_law(*shape), count]
        sections["network", element, shape] = Section(title, peers, job, floor=lambda: floor(element, *shape))

    network(f"Six layers of 100 x 100, batch 100, {element}", everyone, CHAIN, 200)
    for shape in PAIRS:
        title = f"Two layers of width {shape[0]}, batch {shape[2]}, {element}"
        network(title, [*two, mkl], shape, 20 if shape[0] < 1000 else 6)
    network(f"Tiny networks, {element}: width 8, depth 2, batch 8", [*two, mkl, crates], TINY, 2000)
    sections["peak", element] = Section(f"Peak of the core, {element}", two, ["peak", element])
    sections["normals", element] = Section(
        f"Normals alone, {element}: per normal, ten thousand at a time",
        [*two, ("initsweep, sse2", ours("sse2")), mkl, crates, *numpy, torch, *jax], ["normals", element], 1e5)
    for shape in GEMMS:
        sections["gemm", element, shape] = Section(
            f"Product of stored weights, {element}: {' x '.join(map(str, shape))}", [*two, mkl, crates],
            ["gemm", element, *shape])
    section = sections["activation", element] = Section(
        f"Activations of a layer of width and batch 100, {element}, beside the product of the same layer",
        [("product, weights at rest", ours("default"))], ["gemm", element, 100, 100, 100])
    section.add((name, [*ours("default"), f"activation:{name}", element, 100, 100]) for name in ACTIVATIONS)

load = [os.getloadavg()[0]]
for turn in range(ROUNDS):
    for section in sections.values():
        section.round()
    load.append(os.getloadavg()[0])
    print(f"round {turn + 1} of {ROUNDS}", file=sys.stderr)

print("`on core` is time on the core itself: what the wall clock says where nothing else wants it.\n")
print(machine.description(BASE, HERE, os.environ["PEERS_CORE"]))
print(f"- load average before and after each round: {', '.join(f'{x:.1f}' for x in load)}; a process had the core for "
      f"{statistics.median(shares):.0%} of its life (median; the least {min(shares):.0%})")
print(f"- {ROUNDS} rounds; every number is the median of the rounds' medians, `÷ ours` the median of the rounds' ratios")
for (kind, element, *shape), section in sections.items():
    if kind == "normals":
        section.print(unit_name="ns")
    elif kind == "network":
        section.print(lambda name, seconds: f"{1 / seconds:,.0f}", "networks/s")
    elif kind == "gemm":
        def rate(name, seconds, element=element, adds=math.prod(shape[0])):
            return f"{2e-9 * adds / seconds:.1f} = {adds / seconds / peak(element, name):.0%}"

        section.print(rate, "GFLOP/s = share of the peak")
    elif kind == "activation":
        section.print()
    else:
        print(f"\n### {section.title}, fused multiply-adds in registers\n")
        for name in section.peers:
            rate = section.missing.get(name) or f"{2e-9 * peak(element, name):.1f} GFLOP/s"
            print(f"- {name.split(', ')[1]}: {rate}")
