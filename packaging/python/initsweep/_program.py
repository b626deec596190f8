"""The program: where it is, and how it is run."""
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ._progress import Progress

# Seconds between two lines of progress.
INTERVAL = 0.25
LINE = re.compile(r"([\d.]+) % of the (.+) done after (\d+) s, about (\d+) s remaining")


class InitsweepError(RuntimeError):
    """The program failed: ``code`` is its exit code, the text what it said."""

    def __init__(self, code: int, message: str):
        super().__init__(message or f"initsweep ended with exit code {code}")
        self.code = code


class ExpectationWarning(UserWarning):
    """A run is done, and an expectation of its config failed or is undecided."""


def executable() -> str:
    """The path of the program: ``$INITSWEEP``, else the one installed beside this module, else the one on the path."""
    named = os.environ.get("INITSWEEP")
    if named:
        return named
    name = "initsweep" + (sysconfig.get_config_var("EXE") or "")
    folders = [sysconfig.get_path("scripts"), sysconfig.get_path("scripts", f"{os.name}_user")]
    found = [path for path in (Path(folder) / name for folder in folders) if path.is_file()]
    path = str(found[0]) if found else shutil.which("initsweep")
    if not path:
        raise FileNotFoundError("the program initsweep is not there: pip install initsweep brings it")
    return path


def output(arguments: Sequence[str]) -> str:
    """What the program prints on stdout."""
    done = subprocess.run([executable(), *arguments], capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL)
    if done.returncode:
        raise InitsweepError(done.returncode, done.stderr.strip())
    return done.stdout


def work(arguments: Sequence[str], stdin: str | None, progress: Progress) -> tuple[int, str]:
    """Runs the program to its end. Gives its exit code and what it said.

    On KeyboardInterrupt the program saves what it has done (within two seconds) before the exception goes on; a second
    one makes it leave at once.
    """
    environment = os.environ | {"INITSWEEP_PROGRESS": str(INTERVAL)}
    pipe = subprocess.DEVNULL if stdin is None else subprocess.PIPE
    with _without_interrupts():
        process = subprocess.Popen(
            [executable(), *arguments], stdin=pipe, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            encoding="utf-8", errors="replace", env=environment)
    said: list[str] = []
    interrupt: KeyboardInterrupt | None = None
    while True:
        try:
            if stdin is not None and process.stdin and not process.stdin.closed:
                _feed(process.stdin, stdin)
            assert process.stderr is not None
            for line in process.stderr:
                _hear(line.rstrip("\n"), said, progress)
            code = process.wait()
            process.stderr.close()
            break
        except KeyboardInterrupt as error:
            interrupt = error
            process.terminate()
    progress.close()
    if interrupt:
        interrupt.add_note("\n".join(said).strip() or "initsweep was interrupted")
        raise interrupt
    return code, "\n".join(said).strip()


def _feed(pipe: Any, text: str) -> None:
    try:
        pipe.write(text)
        pipe.close()
    except BrokenPipeError:
        pass  # It left before it read everything; its exit code says why.


def _hear(line: str, said: list[str], progress: Progress) -> None:
    found = LINE.fullmatch(line)
    if found:
        progress.show(float(found[1]) / 100, found[2], int(found[3]), int(found[4]))
    else:
        said.append(line)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """What starts in here ignores Ctrl-C, which reaches every process of a terminal or notebook at once.

    The program must get one signal and not two, for the second one makes it leave without saving: this module sends it.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
