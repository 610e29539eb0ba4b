#!/usr/bin/env python3
"""Writes tests/unit/stats_reference.h: small inputs and what NumPy, SciPy and
scikit-learn say about them.

    python3 tools/make_stats_reference.py > tests/unit/stats_reference.h

Needs scikit-learn 1.5 or later, which chooses a component's sign by V; the sign that
1.2 chose, by U, is set here.
"""
import numpy as np
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score
from sklearn.metrics.pairwise import cosine_similarity


def array(name, values, kind="double"):
    flat = np.asarray(values).ravel()
    if kind == "double":
        body = ", ".join(f"{v:.17g}" for v in flat)
    else:
        body = ", ".join(str(int(v)) for v in flat)
    print(f"static const {kind} {name}[] = {{{body}}};")


def pca(x, components):
    model = PCA(components, svd_solver="full")
    y = model.fit_transform(x)
    old = y.copy()
    for c in range(components):
        if y[np.argmax(np.abs(y[:, c])), c] < 0:
            old[:, c] = -y[:, c]
    return y, old, model.explained_variance_, model.explained_variance_ratio_


def case(name, x, group, components):
    n, d = x.shape
    print(f"\nenum {{ {name}_n = {n}, {name}_d = {d}, {name}_components = {components} }};")
    array(f"{name}_x", x)
    array(f"{name}_group", group, "size_t")
    distances = cdist(x, x)
    array(f"{name}_distances", distances)
    y, old, variance, ratio = pca(x, components)
    array(f"{name}_pca", y)
    array(f"{name}_pca_1_2", old)
    array(f"{name}_variance", variance)
    array(f"{name}_ratio", ratio)
    off = ~np.eye(n, dtype=bool)
    wss = ((x - x.mean(0)) ** 2).sum()
    array(f"{name}_wss", [wss, wss / (n - 1), cosine_similarity(x)[off].mean(), distances[off].mean()])
    array(f"{name}_silhouette", [silhouette_score(distances, group, metric="precomputed")])
    hidden = distances + np.diag(np.full(n, np.inf))
    array(f"{name}_nearest", hidden.argmin(1), "size_t")


random = np.random.default_rng(7)
print("/* Made by tools/make_stats_reference.py; do not edit. */")
print("/* clang-format off */")
tall = random.normal(size=(13, 5)).round(3) * [3, 1, 2, 0.5, 1]
tall[6:] += [4, 0, 1, 0, 0]
case("tall", tall, [0] * 6 + [1] * 7, 3)
wide = random.normal(size=(6, 9)).round(3)
wide[3] += 2
case("wide", wide, [0, 0, 1, 2, 1, 0], 2)
# Here both components point one way by V and the other way by U.
broad = random.normal(size=(5, 8)).round(3)
broad[0] -= 1
case("broad", broad, [0, 1, 0, 1, 1], 2)
