"""The clock, the check and the arguments that the Python peers share: rust/src/lib.rs in Python."""
import statistics
import sys
import time


def check(what, mean, expected, sd, count):
    """Refuses a mean of `count` values that is five standard errors from what theory says."""
    z = (mean - expected) / (sd / count**0.5)
    if not abs(z) < 5:
        sys.exit(f"{what} is {z:.1f} standard errors off: {mean}")


def measure(unit):
    """Prints the median seconds of one unit on the wall clock and on the core."""
    unit()
    start = time.perf_counter()
    unit()
    # Short units in batches: reading the clocks must not count.
    batch = range(max(1, int(200e-6 / (time.perf_counter() - start))))
    wall, core = [], []
    begin = time.perf_counter()
    while len(wall) < 5 or time.perf_counter() - begin < 0.3:
        start, busy = time.perf_counter(), time.process_time()
        for _ in batch:
            unit()
        core.append((time.process_time() - busy) / len(batch))
        wall.append((time.perf_counter() - start) / len(batch))
    print(statistics.median(wall), statistics.median(core))


def serve(network, normals):
    """`network(width, depth, batch, element)` gives a function that runs one and returns its std, and
    `normals(element)` one that draws ten thousand; None where there is no such job."""
    job, element, *numbers = sys.argv[-8:] if "network" in sys.argv else sys.argv[-2:]
    if job == "network":
        width, depth, batch, mean, sd, count = map(float, numbers)
        one = network(int(width), int(depth), int(batch), element)
        check("the std", sum(float(one()) for _ in range(int(count))) / count, mean, sd, count)
        measure(one)
    elif job == "normals":
        draw = normals(element)
        check("the second moment", float((draw() ** 2).mean()), 1.0, 2**0.5, 1e4)
        measure(draw)
    else:
        sys.exit(f"no {job}")
