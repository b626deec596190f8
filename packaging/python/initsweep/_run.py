"""A run: started by `run`, read by `read`."""
import html
import json
import tomllib
import warnings
from collections.abc import Iterable, Mapping, Sequence
from csv import DictReader, reader
from functools import cached_property
from io import StringIO
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _toml
from ._program import ExpectationWarning, InitsweepError, output, work
from ._progress import Progress
from ._tables import Frames, fields, frame, needed, table

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

Names = str | Sequence[str]


class TrialKey(NamedTuple):
    """What one array of `Run.trials` is of."""

    cell: str
    layer: int
    site: str
    metric: str


class Figure:
    """A figure of a run. A notebook shows it."""

    def __init__(self, path: Path):
        self.path = path

    @property
    def svg(self) -> str:
        """The picture as text."""
        return self.path.read_text(encoding="utf-8")

    @property
    def pdf(self) -> Path:
        """The same picture for a paper."""
        return self.path.with_suffix(".pdf")

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"Figure({str(self.path)!r})"


class Run:
    """The directory of a finished run. Tables are read when they are asked for."""

    def __init__(self, path: str | PathLike[str], frames: Frames = "pandas"):
        self.path = Path(path)
        self.frames: Frames = frames
        if not (self.path / "run.json").is_file():
            raise FileNotFoundError(f"{self.path} holds no finished run: it has no run.json")
        #: Version, commit, seed, processor and command line.
        self.meta: dict[str, Any] = json.loads((self.path / "run.json").read_text(encoding="utf-8"))

    @property
    def name(self) -> str:
        """The name that the config gives."""
        return str(self.meta["name"])

    @cached_property
    def config(self) -> dict[str, Any]:
        """The config, without what the command line overrode."""
        return tomllib.loads((self.path / "config.toml").read_text(encoding="utf-8"))

    @cached_property
    def summary(self) -> Any:
        """One row per cell, layer, site and metric."""
        return table(self.path, "summary", self.frames)

    @cached_property
    def expect(self) -> Any:
        """The numbers that the config expects, each with its verdict; ``None`` if it expects nothing."""
        return table(self.path, "expect", self.frames)

    @cached_property
    def compare(self) -> Any:
        """Each cell beside its baseline; ``None`` if the config compares nothing."""
        return table(self.path, "compare", self.frames)

    @cached_property
    def stopping(self) -> Any:
        """Why each cell stopped; ``None`` if the config has no target."""
        return table(self.path, "stopping", self.frames)

    @cached_property
    def bands(self) -> Any:
        """Intervals that hold in all layers at once; ``None`` if the config asks for none."""
        return table(self.path, "bands", self.frames)

    @cached_property
    def histogram(self) -> Any:
        """Parts of the entries in every bin, layer by layer; ``None`` if the config asks for none."""
        return table(self.path, "histogram", self.frames)

    @property
    def held(self) -> bool | None:
        """Whether every expectation is held; ``None`` if there is none."""
        verdicts = [verdict for _, verdict in self._claims()]
        return all(verdict == "held" for verdict in verdicts) if verdicts else None

    def _claims(self) -> list[tuple[str, str]]:
        """Claim and verdict of every expected number, without a library for tables."""
        path = self.path / "expect.csv"
        if not path.is_file():
            return []
        with open(path, newline="", encoding="utf-8") as file:
            return [(row["claim"], row["verdict"]) for row in DictReader(file)]

    def select(self, where: str | None = None, *, metric: Names | None = None, site: Names | None = None,
               layer: Names | int | Sequence[int] | None = None) -> Any:
        """Rows of the summary, chosen in the words of a config: ``where="depth == 8 && activation == 'relu'"``.

        ``layer`` is a number, several, ``"last"`` or ``"all"``. Without any choice: all rows.
        """
        columns = fields(self.path, "summary")
        assert columns is not None, "every run has a summary"
        text = output(["show", str(self.path), "--csv", "--all", *_choice(where, metric, site, layer)])
        return frame(StringIO(text), columns, self.frames)

    def trials(self, where: str | None = None, *, metric: Names | None = None, site: Names | None = None,
               layer: Names | int | Sequence[int] | None = None) -> "dict[TrialKey, np.ndarray[Any, Any]]":
        """The values of every trial as arrays of doubles, in the order of the trials; chosen as in `select`."""
        np = needed("numpy")
        rows = reader(StringIO(output(["export", str(self.path), *_choice(where, metric, site, layer)])))
        at = {name: index for index, name in enumerate(next(rows))}
        values: dict[TrialKey, list[float]] = {}
        for row in rows:
            key = TrialKey(row[at["cell"]], int(row[at["layer"]]), row[at["site"]], row[at["metric"]])
            values.setdefault(key, []).append(float(row[at["value"]]))
        return {key: np.array(list_) for key, list_ in values.items()}

    def plot(self, metric: str, *, site: str | None = None, x: str = "layer", where: str | None = None,
             layer: Names | int | Sequence[int] | None = None, ax: "Axes | None" = None) -> "Axes":
        """Estimates against ``x`` with their intervals, on dashed theory; a line for each kind of cell.

        ``x`` is ``"layer"`` (every measured layer) or a column such as ``"depth"`` or ``"width"`` (the last layer).
        Needs matplotlib.
        """
        from ._plot import plot

        chosen = layer if layer is not None else ("all" if x == "layer" else "last")
        columns = fields(self.path, "summary")
        assert columns is not None, "every run has a summary"
        words = _choice(where, metric, site or self._site(metric), chosen)
        text = output(["show", str(self.path), "--csv", "--all", *words])
        return plot(frame(StringIO(text), columns, "pandas"), metric, x, ax)

    def _site(self, metric: str) -> str:
        """The last of the sites where the metric was measured, as signals go."""
        sites = {site for site, name in zip(self.summary["site"], self.summary["metric"]) if name == metric}
        order = ["jacobian", "grad_weight", "grad_pre", "grad_post", "input", "pre", "post", "branch", "stream"]
        known = [site for site in order if site in sites]
        if not known:
            raise ValueError(f"{metric} was not measured: there is {', '.join(sorted(set(self.summary['metric'])))}")
        return known[-1]

    @property
    def figures(self) -> list[str]:
        """The names of the figures that were drawn."""
        return sorted(path.stem for path in (self.path / "figures").glob("*.svg"))

    def figure(self, name: str | None = None) -> Figure:
        """A figure by name, as in `figures`; without a name, the first one."""
        known = self.figures
        if not known or (name is not None and name not in known):
            raise KeyError(f"no figure {name or ''}: there is {', '.join(known) or 'none; run `initsweep figures`'}")
        return Figure(self.path / "figures" / f"{name or known[0]}.svg")

    def cite(self) -> str:
        """BibTeX for the program and the run."""
        return output(["cite", str(self.path)])

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r}: {self.name}, {self.meta['cells']} cells, {self.meta['trials']} trials)"

    def _repr_html_(self) -> str:
        purpose = self.config.get("purpose", "")
        parts = [f"<p><b>{html.escape(self.name)}</b> {html.escape(purpose)}<br>{self.meta['cells']} cells, "
                 f"{self.meta['trials']} trials, seed {self.meta['seed']}, initsweep {html.escape(self.meta['version'])}; "
                 f"all in {html.escape(str(self.path))}</p>"]
        if claims := self._claims():
            parts.append(_verdicts(claims))
        if self.figures:
            parts.append(self.figure().svg)
        return "".join(parts)


def _verdicts(found: Iterable[tuple[str, str]]) -> str:
    """One line for each claim: its worst verdict."""
    order = ["held", "undecided", "failed"]
    worst: dict[str, str] = {}
    for claim, verdict in found:
        worst[claim] = max(worst.get(claim, "held"), verdict, key=order.index)
    rows = (f"<tr><td>{html.escape(claim)}</td><td>{html.escape(verdict)}</td></tr>" for claim, verdict in worst.items())
    return f"<table><tr><th>expectation</th><th>verdict</th></tr>{''.join(rows)}</table>"


def _choice(where: str | None, metric: Names | None, site: Names | None,
            layer: Names | int | Sequence[int] | None) -> list[str]:
    words = [] if where is None else ["--where", where]
    for option, names in (("--metric", metric), ("--site", site), ("--layer", layer)):
        if names is not None:
            several = [names] if isinstance(names, (str, int)) else names
            words += [option, ",".join(str(name) for name in several)]
    return words


def read(path: str | PathLike[str], *, frames: Frames = "pandas") -> Run:
    """The run in a directory. ``frames="polars"``: tables as polars data frames."""
    return Run(path, frames)


def run(config: Mapping[str, Any] | str | PathLike[str], *, out: str | PathLike[str] | None = None,
        seed: int | None = None, trials: int | None = None, set: Mapping[str, Any] | None = None,
        threads: int | None = None, memory: str | None = None, figures: bool = True, progress: bool = True,
        frames: Frames = "pandas") -> Run:
    """Runs a sweep, or what is missing of it.

    ``config`` is a dict with the keys of a config file, or the path of one. ``set`` overrides keys, as in
    ``set={"defaults.batch": 32}``. The directory is ``out``, by default ``results/NAME``. Ctrl-C, or the interrupt of a
    notebook, saves; the same call goes on from there.

    Raises `InitsweepError` for mistakes in the config and whatever else stops the program; warns with
    `ExpectationWarning` if an expectation of the config is not held.
    """
    stdin = _toml.dumps(config) if isinstance(config, Mapping) else None
    text = stdin if stdin is not None else Path(config).read_text(encoding="utf-8")  # type: ignore[arg-type]
    directory = Path(out) if out is not None else Path("results") / _name(text, set or {})
    words = ["run", "-" if stdin is not None else str(config), "--out", str(directory)]
    words += [word for key, value in (set or {}).items() for word in ("--set", f"{key}={_toml.dumps({'x': value})[4:-1]}")]
    options = {"--seed": seed, "--trials": trials, "--threads": threads, "--memory": memory}
    words += [word for option, value in options.items() if value is not None for word in (option, str(value))]
    words += [] if figures else ["--no-figures"]
    words += [] if progress else ["--quiet"]
    code, said = work(words, stdin, Progress(progress))
    if code not in (0, 4):
        raise InitsweepError(code, said)
    if code == 4:
        warnings.warn(said.splitlines()[-1].removeprefix("error: "), ExpectationWarning, stacklevel=2)
    return Run(directory, frames)


def _name(text: str, overrides: Mapping[str, Any]) -> str:
    """The name of the run; of a config with mistakes, any: the program says which they are."""
    try:
        return str(overrides.get("name") or tomllib.loads(text)["name"])
    except (tomllib.TOMLDecodeError, KeyError):
        return "unnamed"
