"""Runs, their tables, and what a notebook shows of them. The oracle is the command line and the files that it writes."""
import csv
import json
import math
import subprocess
import tomllib
from io import StringIO
from xml.etree import ElementTree

import initsweep
import numpy as np
import pandas as pd
import polars as pl
import pytest
from initsweep import _toml

from conftest import CONFIG


def raw(run, name="summary"):
    with open(run.path / f"{name}.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_dict_gives_the_bytes_of_the_same_config_in_a_file(run, tmp_path):
    path = tmp_path / "he.toml"
    path.write_text(_toml.dumps(CONFIG), encoding="utf-8")
    subprocess.run([initsweep.executable(), "run", path, "--quiet", "--out", tmp_path / "he"], check=True)
    for table in ("summary.csv", "expect.csv", "compare.csv", "config.toml"):
        assert (tmp_path / "he" / table).read_bytes() == (run.path / table).read_bytes()
    again = initsweep.run(path, out=tmp_path / "again", threads=1, memory="1G", figures=False, progress=False)
    assert (again.path / "summary.csv").read_bytes() == (run.path / "summary.csv").read_bytes()
    assert again.figures == [] and again.meta["threads"] == 1


def test_overrides_are_those_of_the_command_line(tmp_path):
    run = initsweep.run(CONFIG, out=tmp_path / "a", seed=3, trials=40, progress=False,
                        set={"defaults.batch": 2, "measure.metrics": ["std", "overflowed"], "defaults.activation": "tanh"})
    assert set(run.summary["batch"]) == {2} and set(run.summary["activation"]) == {"tanh"}
    assert (run.meta["seed"], run.meta["trials"]) == (3, 40)
    assert set(run.summary["metric"]) == {"std", "overflowed"}


def test_without_a_directory_a_run_goes_where_the_command_line_puts_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert initsweep.run(CONFIG, trials=40, progress=False).path.as_posix() == "results/he"
    assert (tmp_path / "results" / "he" / "summary.csv").exists()


@pytest.mark.parametrize("name", ["summary", "expect", "compare"])
def test_every_column_has_its_declared_type_and_every_value_is_that_of_the_file(run, name):
    package = json.loads((run.path / "datapackage.json").read_text(encoding="utf-8"))
    fields = next(resource for resource in package["resources"] if resource["name"] == name)["schema"]["fields"]
    frame, rows = getattr(run, name), raw(run, name)
    other = getattr(initsweep.read(run.path, frames="polars"), name)
    assert list(frame.columns) == [field["name"] for field in fields] == other.columns
    assert len(frame) == len(rows) == len(other)
    wanted = {"integer": "i", "number": "f", "boolean": "b"}
    polars = {"integer": pl.Int64, "number": pl.Float64, "boolean": pl.Boolean, "string": pl.String}
    for field in fields:
        column, missing = frame[field["name"]], field.get("missingValues", [])
        assert other.schema[field["name"]] == polars[field["type"]]
        if field["type"] == "string":
            assert isinstance(column.dtype, pd.StringDtype) or column.dtype == object
        else:
            assert column.dtype.kind == wanted[field["type"]]
        for row, value, second in zip(rows, column, other[field["name"]]):
            text = row[field["name"]]
            if text in missing:
                assert pd.isna(value) and second is None
            elif field["type"] in ("integer", "number"):
                assert value == float(text) == second
            elif field["type"] == "string":
                assert value == text == second


def test_what_the_config_did_not_ask_for_is_none(run):
    assert run.stopping is None and run.bands is None and run.held is True


def test_a_selection_is_that_of_show(run):
    chosen = run.select("width == 64", metric=["std", "second_moment"], site="post", layer=[1, 4])
    expected = [row for row in raw(run) if row["width"] == "64" and row["site"] == "post"
                and row["metric"] in ("std", "second_moment") and row["layer"] in ("1", "4")]
    assert sorted(chosen["estimate"]) == sorted(float(row["estimate"]) for row in expected) and len(expected) == 8
    assert list(run.select(metric="std", site="post", layer="last")["layer"]) == [4] * 4
    with pytest.raises(initsweep.InitsweepError, match="widht"):
        run.select("widht == 64")


def test_the_means_of_the_trials_are_the_estimates(run):
    arrays = run.trials(metric="std", site="post")
    assert len(arrays) == 4 * 4 and all(values.dtype == float and len(values) == 60 for values in arrays.values())
    for row in raw(run):
        key = initsweep.TrialKey(row["cell"], int(row["layer"]), row["site"], row["metric"])
        if key in arrays:
            # A sum of 60 terms is right to 60 units in the last place.
            assert math.isclose(arrays[key].mean(), float(row["estimate"]), rel_tol=60 * np.finfo(float).eps)
    one = run.trials("std == 'he_normal'", metric="std", site="post", layer="last")
    (key,) = one
    assert key.layer == 4 and np.array_equal(one[key], arrays[key])


def test_figures_are_the_files_and_a_notebook_shows_them(run):
    assert "std-post" in run.figures
    figure = run.figure("std-post")
    assert figure._repr_svg_() == (run.path / "figures" / "std-post.svg").read_text(encoding="utf-8")
    assert figure.pdf.read_bytes().startswith(b"%PDF")
    ElementTree.fromstring(figure.svg)
    with pytest.raises(KeyError, match="std-post"):
        run.figure("nothing")


def test_the_page_of_a_run_escapes_what_a_config_says(run):
    page = run._repr_html_()
    assert "Is &lt;b&gt;He&lt;/b&gt; right" in page and "<td>small</td><td>held</td>" in page and "<svg" in page
    ElementTree.fromstring(f"<div>{page.replace('<br>', '<br/>')}</div>")


def test_a_plot_draws_the_estimates_and_theory(run):
    import matplotlib
    matplotlib.use("Agg")
    axes = run.plot("second_moment", where="width == 64")
    lines = {line.get_label(): line for line in axes.lines}
    assert {"he_normal", "1/sqrt(fan_in)"} < set(lines)
    rows = run.select("std == 'he_normal'", metric="second_moment", site="post", layer="all")
    assert np.array_equal(lines["he_normal"].get_ydata(), rows["estimate"])
    # Beside each line of estimates the dashed one of theory.
    dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
    assert any(np.array_equal(line.get_ydata(), rows["theory"]) for line in dashed)
    assert run.plot("std", x="width", where="std == '0.5'", ax=axes) is axes
    with pytest.raises(ValueError, match="second_moment"):
        run.plot("kurtosis")


def test_cells_that_no_column_tells_apart_are_lines_of_their_own(tmp_path):
    import matplotlib
    matplotlib.use("Agg")
    grid = [{"width": 8, "depth": 3, "std": 1, "bias_law": ["normal", "uniform"], "bias_std": 1, "bias_mean": [0, 1]}]
    config = CONFIG | {"grid": grid, "defaults": {}, "expect": [], "compare": []}
    run = initsweep.run(config, out=tmp_path / "a", progress=False)
    lines = [line for line in run.plot("std").lines if line.get_marker() != "None"]
    assert len(lines) == 4 == len(set(line.get_label() for line in lines)) and all(len(line.get_xdata()) == 3 for line in lines)


def test_what_is_measured_behind_the_network_is_drawn_and_no_two_lines_look_the_same(tmp_path):
    import matplotlib
    matplotlib.use("Agg")
    grid = [{"width": 8, "depth": 2, "std": {"from": 0.1, "to": 0.9, "points": 9}}]
    measure = {"sites": ["jacobian", "grad_weight"], "layers": "all", "metrics": ["max"]}
    run = initsweep.run({"name": "back", "trials": 20, "grid": grid, "measure": measure}, out=tmp_path / "a", progress=False)
    for site in (None, "jacobian"):
        lines = [line for line in run.plot("max", site=site).lines if line.get_marker() != "None"]
        assert len(lines) == 9 == len({(line.get_color(), line.get_marker()) for line in lines})
    with pytest.raises(ValueError, match="'nope' is no column of the summary"):
        run.plot("max", x="nope")


def test_a_std_is_named_alone_only_where_nothing_else_is_in_an_initialisation():
    from initsweep._plot import PLAIN
    assert PLAIN.fullmatch("normal(mean=0, std=sqrt(2/fan_in))")[1] == "sqrt(2/fan_in)"
    assert not PLAIN.fullmatch("normal(mean=0, std=he_normal) + bias normal(mean=0, std=0.1)")


def test_an_expectation_that_fails_is_a_warning_and_the_run_is_there(tmp_path):
    config = CONFIG | {"expect": [{"claim": "tiny", "metric": "std", "site": "post", "at_most": 1e-9}]}
    with pytest.warns(initsweep.ExpectationWarning, match="failed"):
        run = initsweep.run(config, out=tmp_path / "a", progress=False)
    assert run.held is False and set(run.expect["claim"]) == {"tiny"}


def test_mistakes_carry_the_code_and_the_words_of_the_program(tmp_path):
    with pytest.raises(initsweep.InitsweepError, match="did you mean `width`") as caught:
        initsweep.run({"name": "a", "grid": [{"widht": 3, "std": 1}]}, out=tmp_path / "a")
    assert caught.value.code == 2
    with pytest.raises(TypeError, match=r"grid.width\[1\]"):
        initsweep.run({"name": "a", "grid": [{"width": [3, None]}]})
    with pytest.raises(FileNotFoundError, match="no finished run"):
        initsweep.read(tmp_path)


def test_configs_survive_the_way_through_toml():
    odd = {"name": 'a "b" \\ \n \x7f ü', "n": np.int64(3), "x": np.float64(0.1), "big": 1e300, "inf": math.inf,
           "flag": np.bool_(True), "list": np.array([1, 2]), "nested": [[1], []], "empty": [],
           "t": {"a b": {"c": [{"d": 1}]}}, "grid": [{"w": (1, 2)}, {"r": range(3)}]}
    plain = odd | {"list": [1, 2], "grid": [{"w": [1, 2]}, {"r": [0, 1, 2]}]}
    assert tomllib.loads(_toml.dumps(odd)) == plain


def test_the_citation_names_the_run(run):
    assert "@misc{initsweep-" in run.cite() and "seed 7" in run.cite()


def test_the_module_runs_the_program(tmp_path):
    import sys
    done = subprocess.run([sys.executable, "-m", "initsweep", "plan", "nothing.toml"], capture_output=True, text=True)
    assert done.returncode == 2 and "cannot read nothing.toml" in done.stderr
    done = subprocess.run([sys.executable, "-m", "initsweep", "theory", "--activation", "tanh"], capture_output=True, text=True)
    assert done.returncode == 0 and "tanh" in done.stdout


def test_without_any_other_package_runs_are_made_and_what_is_missing_is_named(tmp_path):
    import sys
    code = f"""
import sys
sys.modules.update(dict.fromkeys(["pandas", "polars", "numpy", "matplotlib"]))
import initsweep
run = initsweep.run({CONFIG!r}, out={str(tmp_path / "a")!r}, progress=False)
assert run.held and "<td>held</td>" in run._repr_html_() and run.figures and run.config["name"] == "he"
for need in ("run.summary", "run.trials()", "initsweep.read(run.path, frames='polars').summary"):
    try:
        eval(need)
    except ImportError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines() == [f'{name} is needed for this: pip install {name}'
                                        for name in ("pandas", "numpy", "polars")], done.stderr
