"""Whole sweeps through the program: what the engine costs, what a second thread gains, what shared draws gain.

`run` builds the program and calls this after the peers; prints markdown.
"""
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = int(sys.argv[1])
BASE, CORE = os.environ["PEERS_DIR"], os.environ["PEERS_CORE"]
PROGRAM, BARE = f"{BASE}/program/release/initsweep", f"{BASE}/plain/release/ours"
CHAIN = dict(width=100, depth=6, batch=100, std='"1/sqrt(fan_in)"', activation='"linear"')
FOLDER = tempfile.mkdtemp()


def config(trials, top="", measure='layers = "last"\nmetrics = ["std"]', **keys):
    """A config file with one grid."""
    path = f"{FOLDER}/{len(os.listdir(FOLDER))}.toml"
    grid = "\n".join(f"{key} = {value}" for key, value in keys.items())
    with open(path, "w") as file:
        file.write(f'name = "bench"\ntrials = {trials}\n{top}\n[[grid]]\n{grid}\n[measure]\n{measure}\n')
    return path


def run(path, *words, threads=1, pin=True):
    """Wall seconds, seconds on the cores and the peak of memory in MiB of one run."""
    out = tempfile.mkdtemp(dir=FOLDER)
    os.rmdir(out)
    pinned = ["taskset", "-c", CORE] if pin else []
    command = [*pinned, PROGRAM, "run", path, "--quiet", "--threads", str(threads), "--out", out, *words]
    wall = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - wall
    if status:
        sys.exit(f"{command} failed")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def bare(activation):
    """Seconds on the core of one network of the chain, the trial alone in a loop."""
    law = [0.9992355, 0.0378012, 200] if activation == "linear" else []
    job = "network" if activation == "linear" else f"network:{activation}"
    command = ["taskset", "-c", CORE, BARE, "default", job, "f64", 100, 6, 100, *law]
    return float(subprocess.run([*map(str, command)], capture_output=True, text=True, check=True).stdout.split()[1])


def table(head, rows):
    print(f"\n| {' | '.join(head)} |\n|---|{'--:|' * (len(head) - 1)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def spread(values, digits=3):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def overhead():
    """Two lengths of the same run, so that starting the program and writing its files do not count."""
    short, long = 1000, 9000
    rows = []
    for activation in ("linear", "relu", "tanh", "gelu"):
        keys = {**CHAIN, "activation": f'"{activation}"'}
        first, second = config(short, **keys), config(long, **keys)
        engine, alone = [], []
        for _ in range(ROUNDS):
            engine.append((run(second)[1] - run(first)[1]) / (long - short))
            alone.append(bare(activation))
        ratios = [a / b for a, b in zip(engine, alone)]
        rows.append([activation, f"{statistics.median(alone) * 1e6:.1f}", f"{statistics.median(engine) * 1e6:.1f}",
                     spread(ratios)])
    print("\n### The engine around the kernels: six layers of 100 x 100, batch 100, f64, one thread")
    table(["activation", "µs, trials in a bare loop", "µs, in a run", "ratio"], rows)


def threads():
    rows = []
    for name, keys, trials in [("six layers of 100 x 100, batch 100", CHAIN, 12_000),
                               ("width 8, depth 2, batch 8", {**CHAIN, "width": 8, "depth": 2, "batch": 8}, 2_000_000),
                               ("two layers of width 1024, batch 100", {**CHAIN, "width": 1024, "depth": 2}, 150)]:
        path = config(trials, **keys)
        pairs = [(run(path, pin=False)[0], run(path, threads=2, pin=False)[0]) for _ in range(ROUNDS)]
        one, two = (statistics.median(times) for times in zip(*pairs))
        rows.append([name, f"{one:.2f}", f"{two:.2f}", spread([a / b for a, b in pairs]), f"{trials / one:,.0f}"])
    print("\n### One thread and two, f64, wall time of the whole program")
    table(["networks", "s, one thread", "s, two", "ratio", "networks/s, one thread"], rows)


def common():
    """Twenty cells of one width: 5 stds x 2 means x 2 activations."""
    cells = dict(depth=2, batch=64, std="[0.02, 0.03, 0.04, 0.05, 0.06]", mean="[0.0, 0.001]",
                 activation='["linear", "relu"]')
    rows = []
    for precision in ("f64", "f32"):
        for width, trials in [(32, 4000), (100, 800), (256, 200), (512, 60), (1024, 16), (2048, 4)]:
            paths = [config(trials, f'randomness = "{kind}"', width=width, precision=f'"{precision}"', **cells)
                     for kind in ("independent", "common")]
            pairs = [[run(path)[1] for path in paths] for _ in range(ROUNDS)]
            one, other = (statistics.median(times) for times in zip(*pairs))
            ratio = spread([a / b for a, b in pairs])
            rows.append([f"{precision}, width {width}", f"{one:.2f}", f"{other:.2f}", ratio])
    print("\n### Twenty cells that share their draws: two layers, batch 64, one thread, seconds on the core")
    table(["cells", 'randomness = "independent"', '"common"', "ratio"], rows)


def memory():
    path = config(1, width=65536, depth=2, batch=16, std='"1/sqrt(fan_in)"')
    wall, _, peak = run(path, threads=2, pin=False)
    print(f"\nOne network of width 65,536, depth 2, batch 16 in f64: {wall:.1f} s on two threads, {peak:.0f} MiB at the peak.")


for part in (overhead, threads, common, memory):
    part()
