"""Monte Carlo sweeps of random neural networks, run by the program ``initsweep``.

>>> import initsweep
>>> grid = [{"width": 64, "std": "he_normal", "activation": "relu"}]
>>> run = initsweep.run({"name": "he", "trials": 100, "grid": grid})
>>> run.summary[["site", "metric", "estimate", "conf_low", "conf_high", "theory"]]

The numbers are those of the command line, byte for byte: this module starts the program and reads its files.
"""
from ._program import ExpectationWarning, InitsweepError, executable
from ._run import Figure, Run, TrialKey, read, run

__all__ = ["ExpectationWarning", "Figure", "InitsweepError", "Run", "TrialKey", "executable", "read", "run"]
