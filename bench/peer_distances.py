#!/usr/bin/env python3
"""The distances of N x D float32 rows by `likeness distances`, NumPy's product and SciPy's cdist, in
turns, the least of several runs, each into a new .npy file. Of the program everything counts, its
start and the reading of the rows too; of the others neither.
usage: bench/peer_distances.py E.npy OUT.npy [PROGRAM]"""
import os
import subprocess
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


def by_program():
    subprocess.run([program, "distances", source, "-o", out], stdout=subprocess.DEVNULL, check=True)


source, out = sys.argv[1:3]
program = sys.argv[3] if len(sys.argv) > 3 else "build/likeness"
x = np.load(source).astype(np.float64)
ways = {
    "likeness distances": by_program,
    "NumPy product": lambda: np.save(out, by_product(x)),
    "SciPy cdist": lambda: np.save(out, by_scipy(x)),
}
times = {name: [] for name in ways}
for turn in range(7):
    for name, way in ways.items():
        if turn and name == "SciPy cdist" and times[name][0] > 5:
            continue
        begin = time.perf_counter()
        way()
        times[name].append(time.perf_counter() - begin)
        found = np.load(out)
        if turn == 0 and name != "SciPy cdist":
            print(f"{name}: diagonal up to {abs(np.diag(found)).max():.2g}")
        os.remove(out)
for name, found in times.items():
    print(f"{name:20} {min(found):.2f} s")
