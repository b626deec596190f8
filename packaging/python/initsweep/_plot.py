"""Pictures by matplotlib, in the look of the program's own figures."""
import re
from typing import TYPE_CHECKING, Any

from ._tables import needed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's colours, which people with any colour vision tell apart; the forms of the markers say the same.
COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#4d4d4d"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
# An initialisation of which the std says everything.
PLAIN = re.compile(r"\w+\(mean=0, std=((?:[^()]|\([^()]*\))*)\)")
# Letters of the longest label that leaves room for the axes beside it.
LONG = 24
# What may tell the lines of a picture apart, in the order of their legend.
FACTORS = ["label", "activation", "init", "operation", "width", "depth", "batch", "input_mean", "input_std",
           "input_correlation", "precision"]
STYLE: Any = {"axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": "#e6e6e6",
         "grid.linewidth": 0.5, "axes.axisbelow": True, "font.size": 8, "legend.frameon": False,
         "font.sans-serif": ["Helvetica", "Arial", "Liberation Sans", "Arimo", "DejaVu Sans"]}


def plot(rows: Any, metric: str, x: str, ax: "Axes | None") -> "Axes":
    """Draws rows of one metric at one site: a line and a ribbon for every kind of cell."""
    needed("matplotlib")
    import matplotlib.pyplot as plt

    with plt.rc_context(STYLE):
        is_own = ax is None
        if ax is None:
            ax = plt.figure(figsize=(6.7, 3.0), layout="constrained").add_subplot()
        if x not in rows.columns:
            raise ValueError(f"x = {x!r} is no column of the summary: there is {', '.join(rows.columns)}")
        factors = [name for name in FACTORS if name != x and rows[name].nunique(dropna=False) > 1]
        if x == "layer" and "label" in factors:
            # A label names a whole set-up.
            is_enough = rows.groupby("label", dropna=False)["cell"].nunique().max() == 1
            factors = ["label"] if is_enough else factors
        if rows.groupby([*factors, x], dropna=False)["cell"].nunique().max() > 1:
            # They differ in what has no column.
            factors.append("cell")
        plain = rows["init"].str.fullmatch(PLAIN.pattern).all()
        groups = rows.groupby(factors, sort=False, dropna=False) if factors else [((), rows)]
        for index, (level, group) in enumerate(groups):
            label = ", ".join(_word(name, part, plain) for name, part in zip(factors, level))
            _series(ax, group.sort_values(x), x, label, index)
        if (rows["estimate"] > 0).all() and rows["estimate"].max() > 30 * rows["estimate"].min():
            ax.set_yscale("log")
        ax.set_xlabel(x.replace("_", " "))
        ax.set_ylabel(metric.replace("_", " "))
        if factors and is_own:
            is_long = max(len(text) for text in ax.get_legend_handles_labels()[1]) > LONG
            ax.figure.legend(loc="outside lower left" if is_long else "outside right upper")
        elif factors:
            ax.legend()
    return ax


def _word(factor: str, level: Any, is_plain: bool) -> str:
    if factor == "init" and is_plain and (found := PLAIN.fullmatch(level)):
        return found[1]
    is_name = factor in ("label", "activation", "init", "operation", "precision", "cell")
    return str(level) if is_name else f"{factor.replace('_', ' ')} {level}"


def _series(ax: "Axes", rows: Any, x: str, label: str, index: int) -> None:
    color = COLORS[index % len(COLORS)]
    # The eighth line has the first colour again, and another form.
    marker = MARKERS[(index + index // len(COLORS)) % len(MARKERS)]
    ax.plot(rows[x], rows["estimate"], color=color, marker=marker, markersize=3, linewidth=1, label=label)
    ax.fill_between(rows[x], rows["conf_low"], rows["conf_high"], color=color, alpha=0.35, linewidth=0)
    if rows["theory"].notna().any():
        ax.plot(rows[x], rows["theory"], color="#4d4d4d", linestyle=(0, (4, 3)), linewidth=0.7)
