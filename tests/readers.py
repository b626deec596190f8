"""Checks that the readers of tables guess the types that datapackage.json declares, for every table of run directories.

    python3 tests/readers.py [--without-r] DIR...

Without any option, pandas, polars, DuckDB, and read.csv and readr of R give every column of every table its declared type,
and all its rows; pandas also reads every float exactly, labels as they are in the config, and keys that are unique.
Whole numbers are doubles in readr, and in read.csv beyond 32 bits: exact ones, for all are below 2^53.
"""
import csv
import json
import math
import subprocess
import sys
import tomllib
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl

PANDAS = {"i": "integer", "u": "integer", "f": "number", "b": "boolean", "O": "string"}
DUCKDB = {"BIGINT": "integer", "HUGEINT": "integer", "DOUBLE": "number", "BOOLEAN": "boolean", "VARCHAR": "string"}


def pandas_kind(dtype):
    return "string" if isinstance(dtype, pd.StringDtype) else PANDAS.get(dtype.kind, str(dtype))


def polars_kind(dtype):
    if dtype.is_integer():
        return "integer"
    return {pl.Float64: "number", pl.Boolean: "boolean", pl.String: "string"}.get(dtype, str(dtype))


def by_pandas(path):
    frame = pd.read_csv(path)
    return len(frame), {name: pandas_kind(dtype) for name, dtype in frame.dtypes.items()}


def by_polars(path):
    frame = pl.read_csv(path)
    return len(frame), {name: polars_kind(dtype) for name, dtype in frame.schema.items()}


def by_duckdb(path):
    table = duckdb.read_csv(str(path))
    kinds = {name: DUCKDB.get(str(kind), str(kind)) for name, kind in zip(table.columns, table.types)}
    return len(table.fetchall()), kinds


def by_r(paths):
    """What R reads, by reader and table: one process for all tables, for it starts slowly."""
    script = Path(__file__).with_suffix(".R")
    run = subprocess.run(["Rscript", script, *paths], check=True, stdout=subprocess.PIPE, text=True)
    found = {}
    for line in run.stdout.splitlines():
        path, reader, column, kind = line.split("\t")
        rows, kinds = found.setdefault((reader, path), [0, {}])
        if column:
            kinds[column] = kind
        else:
            found[reader, path][0] = int(kind.removesuffix(" rows"))
    return found


def tables(directory):
    """Path and resource of every table, those of the summary first."""
    with open(directory / "datapackage.json") as file:
        resources = json.load(file)["resources"]
    return [(directory / resource["path"], resource) for resource in resources if resource["format"] == "csv"]


def compare(path, reader, fields, rows, found):
    count, kinds = found
    assert count == rows, f"{path}: {reader} reads {count} rows of {rows}"
    assert list(kinds) == [field["name"] for field in fields], f"{path}: {reader} reads columns {list(kinds)}"
    wrong = [f"{field['name']} is {field['type']}, read as {kinds[field['name']]}"
             for field in fields if field["type"] not in kinds[field["name"]].split()]
    assert not wrong, f"{path}: {reader}: {'; '.join(wrong)}"


def check_values(path, resource, rows):
    """That pandas reads what is written: every float, every text, and keys that tell rows apart."""
    frame = pd.read_csv(path)
    for field in resource["schema"]["fields"]:
        name = field["name"]
        for value, text in zip(frame[name], (row[name] for row in rows)):
            assert text != "", f"{path}: {name} is empty"
            if field["type"] == "number":
                same = math.isnan(value) if text == "NaN" else value == float(text)
            else:
                same = str(value).lower() == text.lower()
            assert same, f"{path}: {name}: {text} is read as {value}"
    assert not frame.duplicated(resource["schema"]["primaryKey"]).any(), f"{path}: the primary key is not unique"


def check_labels(directory, rows):
    with open(directory / "config.toml", "rb") as file:
        labels = {grid.get("label", "none") for grid in tomllib.load(file)["grid"]}
    assert {row["label"] for row in rows} == labels, f"{directory}: a label did not come back as it was written"


def main(arguments):
    with_r = "--without-r" not in arguments
    found = [table for name in arguments if not name.startswith("--") for table in tables(Path(name))]
    of_r = by_r([str(path) for path, _ in found]) if with_r else {}
    for path, resource in found:
        fields = resource["schema"]["fields"]
        with open(path, newline="") as file:
            rows = list(csv.DictReader(file))
        if not rows:
            continue  # Nothing to guess from.
        readers = {"pandas": by_pandas(path), "polars": by_polars(path), "DuckDB": by_duckdb(path)}
        readers |= {reader: kinds for (reader, table), kinds in of_r.items() if table == str(path)}
        for reader, kinds in readers.items():
            compare(path, reader, fields, len(rows), kinds)
        check_values(path, resource, rows)
        if path.name == "summary.csv":
            check_labels(path.parent, rows)
        print(f"{path}: {len(rows)} rows, {len(fields)} columns, the same types by {', '.join(readers)}")


main(sys.argv[1:])
