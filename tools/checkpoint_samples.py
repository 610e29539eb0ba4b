#!/usr/bin/env python3
"""Makes small checkpoints as training scripts save them, without PyTorch: the pickles are
Python's own, of classes that are called as PyTorch's. Needs NumPy. For
tests/unit/test_weights_checkpoints.c, which knows their tensors.

usage: checkpoint_samples.py TESTS_FOLDER
"""
import argparse
import collections
import io
import os
import pathlib
import pickle
import struct
import sys
import types
import zipfile

import numpy as np

torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
sys.modules["torch"], sys.modules["torch._utils"] = torch, utils


def _rebuild_tensor_v2(*arguments):
    raise AssertionError("never called")


_rebuild_tensor_v2.__module__ = "torch._utils"
utils._rebuild_tensor_v2 = _rebuild_tensor_v2
TYPES = {"float32": "FloatStorage", "int8": "CharStorage", "int16": "ShortStorage",
         "bool": "BoolStorage", "int64": "LongStorage"}
for kind in TYPES.values():
    setattr(torch, kind, type(kind, (), {"__module__": "torch"}))


class Storage:
    def __init__(self, array, key):
        self.array, self.key = array, key


class Tensor:
    def __init__(self, array):
        self.array = np.ascontiguousarray(array)
        self.storage = None

    def __reduce__(self):
        strides = tuple(s // self.array.itemsize for s in self.array.strides)
        return _rebuild_tensor_v2, (self.storage, 0, self.array.shape, strides, False,
                                    collections.OrderedDict())


class Pickler(pickle.Pickler):
    def __init__(self, file, storages):
        super().__init__(file, protocol=2)
        self.storages = storages

    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        self.storages.setdefault(value.key, value)
        kind = getattr(torch, TYPES[str(value.array.dtype)])
        return "storage", kind, value.key, "cpu", value.array.size


def give_storages(value, count):
    if isinstance(value, Tensor) and value.storage is None:
        value.storage = Storage(value.array, str(next(count)))
    elif isinstance(value, dict):
        for one in value.values():
            give_storages(one, count)
    elif isinstance(value, (list, tuple)):
        for one in value:
            give_storages(one, count)


def write(path, value, archive):
    give_storages(value, iter(range(10000)))
    storages, text = {}, io.BytesIO()
    Pickler(text, storages).dump(value)
    if archive:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
            file.writestr("name/data.pkl", text.getvalue())
            for key, storage in storages.items():
                file.writestr(f"name/data/{key}", storage.array.tobytes())
            file.writestr("name/version", "3\n")
        return
    head = [0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}]
    with open(path, "wb") as file:
        for one in head:
            pickle.dump(one, file, protocol=2)
        file.write(text.getvalue())
        pickle.dump(sorted(storages), file, protocol=2)
        for key in sorted(storages):
            array = storages[key].array
            file.write(struct.pack("<q", array.size) + array.tobytes())


def weights(prefix=""):
    return collections.OrderedDict(
        [(prefix + "conv.weight", Tensor(np.arange(12, dtype=np.float32).reshape(3, 4) / 8)),
         (prefix + "bn.bias", Tensor(np.float32([1, -2, 3])))])


def beside(**entries):
    options = argparse.Namespace(lr=0.1, name="run", sizes=[1, 2], out=pathlib.PurePosixPath("a"))
    counts = collections.defaultdict(dict)
    counts["a"]["b"] = 1
    optimiser = {"state": {0: {"step": 5, "momentum": Tensor(np.zeros(4, np.float32))}},
                 "param_groups": [{"lr": 0.1, "betas": (0.9, 0.999), "params": [0, 1]}]}
    return {"epoch": 3, "best": np.float64(0.5), "last": np.int64(7), "curve": np.arange(3.0),
            "args": argparse.Namespace(**{**vars(options), "out": None}), "counts": counts,
            "seen": {1, 2}, "optimizer": optimiser, **entries}


def main():
    folder = os.path.join(sys.argv[1], "data", "checkpoints")
    os.makedirs(folder, exist_ok=True)
    shapes = {"plain": weights()}
    for name, prefix in (("module", "module."), ("compiled", "_orig_mod."), ("model_prefix", "model."),
                         ("net_prefix", "net."), ("both", "_orig_mod.module.")):
        shapes[name] = weights(prefix)
    for key in ("state_dict", "model", "model_state_dict", "net", "weights"):
        shapes["under_" + key] = beside(**{key: weights("module.")})
    shapes["nested"] = {"model": {"state_dict": weights(), "arch": "r50"}, "epoch": 1}
    shapes["small_types"] = {**weights(), "mask": Tensor(np.array([True, False])),
                             "q": Tensor(np.int8([-3, 4])), "s": Tensor(np.int16([-300, 400]))}
    for name, value in shapes.items():
        for ending, archive in (("legacy", False), ("zip", True)):
            write(os.path.join(folder, f"{name}.{ending}.pt"), value, archive)
    texts = {"lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
             "page": b"\n<!DOCTYPE html>\n<html><title>404</title></html>\n",
             "xml": b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>',
             "error": b'{"error": "Repository not found"}\n'}
    for name, text in texts.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(text)
    with zipfile.ZipFile(os.path.join(folder, "script"), "w") as file:
        file.writestr("m/data.pkl", b"\x80\x02c__torch__\nNet\n)\x81.")
        file.writestr("m/code/__torch__.py", "class Net(Module):\n" * 9, zipfile.ZIP_DEFLATED)
        file.writestr("m/constants.pkl", b"\x80\x02).")


main()
