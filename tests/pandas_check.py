"""Checks that pandas reads the summary.csv of run directories as their datapackage.json says.

    python3 tests/pandas_check.py DIR...

Every column gets its declared type, undefined values are missing and nothing else is, and every float is the
double that its decimal text denotes.
"""
import csv
import json
import math
import sys

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
    key = resource["schema"]["primaryKey"]
    assert not frame.duplicated(key).any(), "the primary key is not unique"
    print(f"{directory}: {len(frame)} rows, {len(fields)} columns, every float exact (pandas {pd.__version__})")


for directory in sys.argv[1:]:
    check(directory)
