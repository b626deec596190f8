#!/usr/bin/env python3
"""Writes digits.npy beside this file: the handwritten digits of scikit-learn, 1,797 samples of 8 x 8 pixels from 0 to 16.

    pip install scikit-learn
    python3 examples/digits/fetch.py

The data are part of the package: nothing is downloaded. They are the test set of Alpaydin and Kaynak (1998), Optical Recognition of
Handwritten Digits, UCI Machine Learning Repository, doi:10.24432/C50P49.
"""
from pathlib import Path

import numpy
from sklearn.datasets import load_digits

pixels = load_digits().data
assert pixels.shape == (1797, 64)
numpy.save(Path(__file__).parent / "digits.npy", pixels.astype("u1"))
