"""Runs that several tests look at."""
import initsweep
import pytest

CONFIG = {
    "name": "he",
    "purpose": "Is <b>He</b> right for relu?",
    "seed": 7,
    "trials": 60,
    "defaults": {"batch": 8, "depth": 4, "activation": "relu"},
    "grid": [{"label": "wide", "width": 64, "std": ["he_normal", "1/sqrt(fan_in)"]},
             {"width": {"from": 8, "to": 32, "points": 2, "scale": "log"}, "std": 0.5}],
    "measure": {"layers": "all", "metrics": ["std", "second_moment", "overflowed"]},
    "expect": [{"claim": "small", "metric": "overflowed", "at_most": 0.5}],
    "compare": [{"labels": "wide", "parameter": "std", "baseline": "he_normal"}],
}


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    return initsweep.run(CONFIG, out=tmp_path_factory.mktemp("runs") / "he", progress=False)
