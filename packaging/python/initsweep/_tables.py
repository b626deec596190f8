"""Tables with the types that datapackage.json declares."""
import json
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any, Literal

Frames = Literal["pandas", "polars"]


def fields(directory: Path, name: str) -> list[dict[str, Any]] | None:
    """The columns of a table of a run; ``None`` if the run has no such table."""
    with open(directory / "datapackage.json", encoding="utf-8") as file:
        resources = json.load(file)["resources"]
    return next((resource["schema"]["fields"] for resource in resources if resource["path"] == f"{name}.csv"), None)


def table(directory: Path, name: str, frames: Frames) -> Any:
    """A table of a run, or ``None``."""
    columns = fields(directory, name)
    return None if columns is None else frame(directory / f"{name}.csv", columns, frames)


def needed(name: str) -> Any:
    """A module that the wheel does not bring along."""
    try:
        return import_module(name)
    except ImportError as error:
        raise ImportError(f'{name} is needed for this: pip install {name}', name=name) from error


def frame(source: Path | StringIO, columns: list[dict[str, Any]], frames: Frames) -> Any:
    """Text as a data frame."""
    return _pandas(source, columns) if frames == "pandas" else _polars(source, columns)


def _pandas(source: Path | StringIO, columns: list[dict[str, Any]]) -> Any:
    pd = needed("pandas")

    full = {"string": "str", "integer": "int64", "number": "float64", "boolean": "bool"}
    # numpy's own integers and truth values cannot be missing.
    partial = full | {"integer": "Int64", "boolean": "boolean"}
    types = {column["name"]: (partial if "missingValues" in column else full)[column["type"]] for column in columns}
    missing = {column["name"]: column["missingValues"] for column in columns if "missingValues" in column}
    return pd.read_csv(source, dtype=types, na_values=missing, keep_default_na=False)


def _polars(source: Path | StringIO, columns: list[dict[str, Any]]) -> Any:
    pl = needed("polars")

    types = {"string": pl.String, "integer": pl.Int64, "number": pl.Float64, "boolean": pl.String}
    found = pl.read_csv(source, schema={column["name"]: types[column["type"]] for column in columns})
    repaired = []
    for column in columns:
        value = pl.col(column["name"])
        if column["type"] == "number" and "missingValues" in column:
            repaired.append(value.fill_nan(None))
        elif column["type"] == "boolean":
            repaired.append(value.replace_strict({"TRUE": True, "FALSE": False}, default=None, return_dtype=pl.Boolean))
        elif column["type"] == "string" and "missingValues" in column:
            is_missing = value.is_in(column["missingValues"])
            repaired.append(pl.when(is_missing).then(None).otherwise(value).alias(column["name"]))
    return found.with_columns(repaired)
