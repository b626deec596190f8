"""Ctrl-C saves: at a terminal, where every process gets the signal, and in a notebook; and progress is seen."""
import os
import re
import signal
import subprocess
import sys
import time

import initsweep
import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

# Jupyter leaves sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings("default")

# Some seconds of work.
CONFIG = {"name": "long", "trials": 4000, "grid": [{"width": 200, "depth": 8, "batch": 64, "std": "he_normal"}],
          "measure": {"metrics": ["std"], "sites": ["post"]}}
CODE = "import initsweep; initsweep.run({config!r}, out={out!r}, threads=1)"


def has_begun(path):
    """Waits until some networks are saved."""
    for _ in range(200):
        status = subprocess.run([initsweep.executable(), "status", path], capture_output=True, text=True).stdout
        if re.search(r"all +[1-9]\d* of 4000 networks", status):
            return
        time.sleep(0.1)
    raise AssertionError("nothing was saved")


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """A run that was never interrupted."""
    return initsweep.run(CONFIG, out=tmp_path_factory.mktemp("runs") / "whole", progress=False)


def is_resumed(path, whole):
    """The same call goes on from what was saved, and ends in the bytes of a run that was never interrupted."""
    resumed = initsweep.run(CONFIG, out=path, progress=False)
    assert 0 < resumed.meta["networks_from_store"] < 4000
    assert (path / "summary.csv").read_bytes() == (whole.path / "summary.csv").read_bytes()


@pytest.mark.parametrize("whom", ["group", "python"])
def test_ctrl_c_saves_and_the_same_call_resumes(tmp_path, whole, whom):
    out = tmp_path / "long"
    process = subprocess.Popen([sys.executable, "-c", CODE.format(config=CONFIG, out=str(out))],
                               stderr=subprocess.PIPE, text=True, start_new_session=True)
    has_begun(out)
    (os.killpg if whom == "group" else os.kill)(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in said and "Run the same command to resume" in said, said
    assert not (out / "summary.csv").exists()
    is_resumed(out, whole)


def test_a_notebook_shows_progress_and_the_run():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(
        "import initsweep, tempfile\n"
        f"run = initsweep.run({CONFIG!r}, out=tempfile.mkdtemp() + '/long', threads=1)\nrun"),
        nbformat.v4.new_code_cell("run.figure()")])
    seen = []
    client = NotebookClient(notebook, timeout=120)
    process_message = client.process_message

    def process(message, *arguments):
        data = message["content"].get("data", {})
        seen.append(data.get("text/html", ""))
        return process_message(message, *arguments)

    client.process_message = process
    client.execute()
    assert sum(html.startswith("<progress") for html in seen) >= 2, seen
    outputs = [output for cell in notebook.cells for output in cell.outputs]
    assert any("4000 trials" in output.get("data", {}).get("text/html", "") for output in outputs)
    assert any("image/svg+xml" in output.get("data", {}) for output in outputs)


def test_the_interrupt_of_a_notebook_saves(tmp_path, whole):
    out = tmp_path / "long"
    manager = KernelManager()
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        client.execute(CODE.format(config=CONFIG, out=str(out)))
        has_begun(out)
        manager.interrupt_kernel()
        reply = next(message["content"] for message in iter(lambda: client.get_shell_msg(timeout=30), None)
                     if message["msg_type"] == "execute_reply")
        assert (reply["status"], reply["ename"]) == ("error", "KeyboardInterrupt")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    is_resumed(out, whole)
