"""What the numbers were measured on."""
import re
import subprocess


def output(*command):
    """The first words a program prints, or that it is missing."""
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return "missing"


NUMPY = """
import numpy, threadpoolctl
numpy.ones((9, 9)) @ numpy.ones((9, 9))
for library in threadpoolctl.threadpool_info():
    print(library["internal_api"], library["version"], library.get("architecture", "of an unknown kind"))
"""


def kernels(base):
    """Which kernels each library runs here, as far as it says so."""
    python = f"{base}/venv/bin/python"
    torch = "import torch; print(torch.backends.cpu.get_cpu_capability())"
    # With this, MKL prints a line about itself before that of its first call.
    mkl = output("env", "MKL_VERBOSE=1", f"{base}/mkl", "MT19937", "ICDF", "gemm", "f64", "8", "8", "8")
    mkl = re.search(r"^MKL_VERBOSE (.* processors)", mkl, re.M)
    return (
        f"numpy {output(python, '-c', NUMPY) or 'says nothing'}; PyTorch {output(python, '-c', torch) or 'says nothing'}; "
        f"{mkl[1] if mkl else 'MKL says nothing'}"
    )


def description(base, here, core):
    """Markdown list of CPU, compilers and packages."""
    cpu = dict(re.findall(r"^(.*?):\s+(.*)$", output("lscpu"), re.M))
    caches = ", ".join(f"{name} {cpu.get(name, '?')}" for name in ("L1d cache", "L2 cache", "L3 cache"))
    wheels = output(f"{base}/venv/bin/pip", "list", "--format=freeze")
    wheels = re.findall(r"^((?:numpy|torch|jax|jaxlib|mkl)==\S+)", wheels, re.M)
    with open(f"{here}/rust/Cargo.lock") as lock:
        crates = re.findall(r'name = "(gemm|rand_distr|rand_xoshiro|fearless_simd)"\nversion = "(.*?)"', lock.read())
    # MKL keeps its best kernels for processors of its own maker.
    doubt = ["- MKL is not at its best on this processor"] if cpu.get("Vendor ID") == "AuthenticAMD" else []
    commit = output("git", "-C", here, "describe", "--always", "--dirty", "--exclude=*")
    return "\n".join([
        f"- initsweep at commit {commit}",
        f"- CPU: {cpu.get('Model name')}, family {cpu.get('CPU family')} model {cpu.get('Model')}, {cpu.get('CPU(s)')} "
        f"cores, {cpu.get('Hypervisor vendor', 'no')} hypervisor; {caches}; core {core} used",
        f"- {output('rustc', '-V')}; {output('gcc', '--version').splitlines()[0]}; Python "
        f"{output('python3', '-V').split()[-1]}",
        f"- {', '.join(wheels)}; crates {', '.join(f'{name} {version}' for name, version in crates)}",
        f"- kernels: {kernels(base)}",
        *doubt,
    ])
