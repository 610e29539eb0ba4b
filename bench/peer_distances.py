#!/usr/bin/env python3
"""The distances of N x D float32 rows with NumPy's product and with SciPy's cdist, the least of
several runs, each into an .npy file as `likeness distances` writes one.
usage: bench/peer_distances.py E.npy OUT.npy"""
import sys
import time

import numpy as np


def by_product(x):
    squares = (x * x).sum(1)
    d = squares[:, None] + squares[None, :] - 2 * (x @ x.T)
    np.maximum(d, 0, out=d)
    return np.sqrt(d, out=d)


def by_scipy(x):
    from scipy.spatial.distance import cdist

    return cdist(x, x)


def least(run, runs):
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return min(times)


x = np.load(sys.argv[1]).astype(np.float64)
d = by_product(x)
print(f"diagonal of the product: up to {abs(np.diag(d)).max():.2g}")
print(f"NumPy product      {least(lambda: np.save(sys.argv[2], by_product(x)), 3):.2f} s")
print(f"SciPy cdist        {least(lambda: np.save(sys.argv[2], by_scipy(x)), 2):.2f} s")
