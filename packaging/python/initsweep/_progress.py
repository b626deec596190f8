"""Progress: a bar in a notebook, a line on a terminal, nothing elsewhere."""
import sys
from typing import Any


class Progress:
    """Shows how far a run is."""

    def __init__(self, wanted: bool):
        self._handle: Any = None
        self._display: Any = _notebook() if wanted else None
        self._on_terminal = wanted and self._display is None and sys.stderr.isatty()

    def show(self, share: float, what: str, elapsed: int, left: int) -> None:
        """``share`` from 0 to 1 of ``what`` is done; times in seconds."""
        text = f"{100 * share:.0f} % of the {what}, {elapsed} s elapsed, about {left} s remaining"
        if self._on_terminal:
            print(f"\r{text:<70}", end="", file=sys.stderr, flush=True)
        elif self._display is not None:
            self._draw({"text/plain": text, "text/html": f'<progress value="{share:.4f}" max="1"></progress> {text}'})

    def close(self) -> None:
        """The bar disappears."""
        if self._on_terminal:
            print(f"\r{'':<70}\r", end="", file=sys.stderr, flush=True)
        elif self._handle is not None:
            self._draw({"text/plain": "", "text/html": ""})

    def _draw(self, bundle: dict[str, str]) -> None:
        if self._handle is None:
            self._handle = self._display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


def _notebook() -> Any:
    """How to show something in the notebook; ``None`` outside of one."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import display
    return display
