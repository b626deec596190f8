"""Checks that pandas reads the summary.csv of run directories as their datapackage.json says.

    python3 tests/pandas_check.py DIR...

Every column gets its declared type, undefined values are missing and nothing else is, every float is the double
that its decimal text denotes, and labels are those of the config.
"""
import csv
import json
import math
import sys
import tomllib

import pandas as pd


def check(directory):
    with open(f"{directory}/datapackage.json") as file:
        resource = json.load(file)["resources"][0]
    path = f"{directory}/{resource['path']}"
    fields = resource["schema"]["fields"]
    frame = pd.read_csv(path)
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(frame.columns) == [field["name"] for field in fields]
    assert len(frame) == len(rows) > 0
    kinds = {"integer": "i", "number": "f", "boolean": "b"}
    for field in fields:
        name, kind = field["name"], field["type"]
        column = frame[name]
        texts = [row[name] for row in rows]
        assert list(column.isna()) == [text == "" for text in texts], name
        if kind in kinds:
            assert column.dtype.kind == kinds[kind], f"{name}: {column.dtype} is no {kind}"
        if kind == "number":
            for value, text in zip(column, texts):
                assert text == "" or value == float(text) and not math.isnan(value), f"{name}: {text} read as {value}"
    with open(f"{directory}/config.toml", "rb") as file:
        labels = {grid.get("label", "") for grid in tomllib.load(file)["grid"]}
    assert {row["label"] for row in rows} == labels, "a label did not come back as it was written"
    assert set(frame["label"].fillna("")) == labels, "pandas reads another label than was written"
    key = resource["schema"]["primaryKey"]
    assert not frame.duplicated(key).any(), "the primary key is not unique"
    print(f"{directory}: {len(frame)} rows, {len(fields)} columns, every float exact (pandas {pd.__version__})")


for directory in sys.argv[1:]:
    check(directory)
