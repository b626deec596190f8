"""``python -m initsweep``: the program."""
import subprocess
import sys

from ._program import executable


def main() -> int:
    """Hands everything to the program; Ctrl-C reaches it by itself."""
    process = subprocess.Popen([executable(), *sys.argv[1:]])
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


if __name__ == "__main__":
    sys.exit(main())
