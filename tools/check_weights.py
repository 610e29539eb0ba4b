#!/usr/bin/env python3
"""Checks the files that `likeness models convert` writes against PyTorch and
the safetensors package: every tensor equal, bit for bit.

usage: check_weights.py ORIGINAL.pt CONVERTED.pt CONVERTED.safetensors
"""
import sys
from collections import OrderedDict

import torch
from safetensors.torch import load_file


def same(expected, found, path):
    assert sorted(expected) == sorted(found), f"{path}: other names"
    for name, tensor in expected.items():
        other = found[name]
        assert other.dtype == tensor.dtype and other.shape == tensor.shape, f"{path}: {name}"
        assert torch.equal(other, tensor), f"{path}: {name} differs"


original, pt, safetensors = sys.argv[1:]
expected = torch.load(original, map_location="cpu", weights_only=True)
loaded = torch.load(pt, weights_only=True)
assert isinstance(loaded, OrderedDict) and list(loaded) == list(expected)
same(expected, loaded, pt)
same(expected, torch.load(pt, weights_only=True, mmap=True), pt)
same(expected, load_file(safetensors), safetensors)
print(f"{len(expected)} tensors equal")
