#!/usr/bin/env python3
"""Makes the small weight files of the tests: seeds for the fuzz targets, and
hostile files whose errors tests/unit/test_weights_crashers.c knows by heart.
Needs PyTorch, NumPy and safetensors; the results are kept in the project.

usage: weight_samples.py TESTS_FOLDER
"""
import io
import json
import os
import pickle
import struct
import sys
import zipfile

import numpy as np
import torch
from safetensors.torch import save_file

tests = sys.argv[1]
torch.manual_seed(1)


def place(folder, name):
    path = os.path.join(tests, folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def put(folder, name, data):
    with open(place(folder, name), "wb") as file:
        file.write(data)


def get(folder, name):
    with open(place(folder, name), "rb") as file:
        return file.read()


weight = torch.arange(6, dtype=torch.float32).reshape(2, 3)
plain = {"conv.weight": weight, "conv.bias": torch.zeros(2)}
every = dict(
    plain,
    t=weight.t(), v=weight[1:, 1:], half=weight.half(), brain=weight.bfloat16(),
    double=weight.double(), long=torch.tensor(3), int=weight.int(), byte=weight.byte(),
    bool=weight > 2, empty=torch.zeros(0, 3), wide=torch.ones(1).expand(4, 4),
)
nested = {"state_dict": {"p": torch.nn.Parameter(weight)}, "epoch": 3, "rate": 0.5, "who": None}

# Seeds.
for name, value in (("plain", plain), ("every", every), ("nested", nested)):
    torch.save(value, place("fuzz/corpus/pt", name + ".pt"))
    torch.save(value, place("fuzz/corpus/pt", name + "_legacy.pt"),
               _use_new_zipfile_serialization=False)
torch.save(plain, place("fuzz/corpus/pt", "protocol4.pt"), pickle_protocol=4)
save_file(plain, place("fuzz/corpus/safetensors", "plain.safetensors"), {"made": "by us"})
save_file({k: v.clone().contiguous() for k, v in every.items()},
          place("fuzz/corpus/safetensors", "every.safetensors"))
for kind in ("<f2", "<f4", "<f8", "<i4", "<i8", "|u1", "|b1"):
    np.save(place("fuzz/corpus/npy", kind.strip("<|") + ".npy"),
            np.arange(6).reshape(2, 3).astype(kind))
for kind in (">f4", "|i1", ">u2", "<u8"):
    np.save(place("fuzz/corpus/npy", "other_" + kind[1:] + ".npy"),
            np.arange(6).reshape(2, 3).astype(kind))
np.save(place("fuzz/corpus/npy", "fortran.npy"), np.asfortranarray(np.eye(2, 3, dtype="<f4")))
for version in ((2, 0), (3, 0)):
    with open(place("fuzz/corpus/npy", f"version{version[0]}.npy"), "wb") as file:
        np.lib.format.write_array(file, np.float32(7), version)

# Hostile legacy files: another pickle instead of the state dict.
legacy = get("fuzz/corpus/pt", "plain_legacy.pt")
stream = io.BytesIO(legacy)
for _ in range(3):  # magic, protocol, machine
    pickle.load(stream)
head = legacy[: stream.tell()]
keys = b"\x80\x02]."


def string(text):
    return b"X" + struct.pack("<I", len(text)) + text


def hostile(name, body):
    put("crashers/pt", name, head + body + keys)


class Runs:
    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


hostile("os_system.pt", pickle.dumps(Runs(os.system, "true"), 2).replace(b"posix", b"os"))
hostile("eval.pt", pickle.dumps({"w": Runs(eval, "1")}, 2).replace(b"__builtin__", b"builtins"))
hostile("stack_global.pt", pickle.dumps(Runs(os.system, "true"), 4))
hostile("instance.pt", b"\x80\x02(ios\nsystem\n.")
hostile("new_object.pt", b"\x80\x02ccollections\nOrderedDict\n)\x81.")
hostile("huge_memo.pt", b"\x80\x02}r\xff\xff\xff\x7f.")
hostile("deep.pt", b"\x80\x02" + b"(" * 5000 + b"t" * 5000 + b".")
hostile("deep_tuples.pt", b"\x80\x02)" + b"\x85" * 5000 + b".")
hostile("itself.pt", b"\x80\x02}q\x00" + string(b"me") + b"h\x00s.")
hostile("long_string.pt", b"\x80\x02X\xff\xff\xff\xff.")
hostile("epoch.pt", b"\x80\x02}" + string(b"epoch") + b"K\x03s.")

put("crashers/pt", "truncated_legacy.pt", legacy[:-5])
put("crashers/pt", "truncated_pickle.pt", legacy[:200])
at = legacy.rindex(struct.pack("<q", 6))
put("crashers/pt", "storage_lies.pt", legacy[:at] + struct.pack("<q", 1 << 60) + legacy[at + 8:])
nan = dict(plain, **{"conv.weight": torch.full((2, 3), float("nan"))})
torch.save(nan, place("crashers/pt", "nan_legacy.pt"), _use_new_zipfile_serialization=False)
torch.save(nan, place("crashers/pt", "nan.pt"))
torch.save({"conv.weights": weight}, place("crashers/pt", "renamed.pt"))
torch.save({"conv.weight": weight.t()}, place("crashers/pt", "shape.pt"))
torch.save({"conv.weight": torch.ones(1).expand(1 << 20, 1 << 12)},
           place("crashers/pt", "expanded.pt"))
torch.save({"conv.weight": torch.ones(2, 3).to_sparse()}, place("crashers/pt", "sparse.pt"))
torch.save({"conv.weight": torch.ones(2, 3, dtype=torch.complex64)},
           place("crashers/pt", "complex.pt"))
torch.save(torch.nn.Linear(2, 2), place("crashers/pt", "module.pt"))


# Hostile zip files.
def archive(name, members, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(place("crashers/pt", name), "w", method) as file:
        for member, data in members:
            file.writestr(zipfile.ZipInfo(member), data, method)


with zipfile.ZipFile(place("fuzz/corpus/pt", "plain.pt")) as file:
    members = [(info.filename, file.read(info)) for info in file.infolist()]
archive("compressed.pt", members, zipfile.ZIP_DEFLATED)
archive("bomb.pt", [("a/data.pkl", b"\0" * 5000000)], zipfile.ZIP_DEFLATED)
archive("big_endian.pt", [(n, b"big" if n.endswith("byteorder") else d) for n, d in members])
archive("no_storage.pt", [(n, d) for n, d in members if not n.endswith("data/0")])
archive("short_storage.pt", [(n, d[:-4] if n.endswith("data/0") else d) for n, d in members])
archive("photographs.pt", [("faces/001.jpg", b"none")])
archive("system_zip.pt", [("a/data.pkl", pickle.dumps(Runs(os.system, "true"), 2))])
zipped = get("fuzz/corpus/pt", "plain.pt")
put("crashers/pt", "truncated.pt", zipped[:-30])
put("crashers/pt", "empty.pt", b"")
put("crashers/pt", "text.pt", b"<html>not found</html>\n")


# Hostile safetensors.
def safetensors(name, header, data, length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    put("crashers/safetensors", name,
        struct.pack("<Q", len(text) if length is None else length) + text + data)


def tensor(begin, end, shape=None, dtype="F32"):
    return {"dtype": dtype, "shape": shape or [(end - begin) // 4], "data_offsets": [begin, end]}


safetensors("overlap.safetensors", {"a": tensor(0, 8), "b": tensor(4, 12)}, bytes(12))
safetensors("hole.safetensors", {"a": tensor(0, 8), "b": tensor(12, 16)}, bytes(16))
safetensors("beyond.safetensors", {"a": tensor(0, 4000)}, bytes(12))
safetensors("huge_header.safetensors", {"a": tensor(0, 4)}, bytes(4), 1 << 62)
safetensors("long_header.safetensors", {"a": tensor(0, 4)}, bytes(4), 4000)
safetensors("overflow.safetensors", {"a": tensor(0, 0, [1 << 62, 8])}, b"")
safetensors("twice.safetensors", b'{"a":{},"a":{}}', b"")
safetensors("deep.safetensors", b'{"a":' + b"[" * 5000, b"")
safetensors("nan.safetensors", {"conv.weight": tensor(0, 24, [2, 3])}, b"\xff" * 24)
safetensors("float8.safetensors", {"a": tensor(0, 4, [4], "F8_E4M3")}, bytes(4))


# Hostile arrays.
def npy(name, header, data, version=1):
    put("crashers/npy", name, b"\x93NUMPY" + bytes([version, 0])
        + struct.pack("<H" if version == 1 else "<I", len(header)) + header + data)


npy("object.npy", b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n", b"cos\nsystem\n.")
npy("complex.npy", b"{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }\n", bytes(8))
npy("short.npy", b"{'descr': '<f4', 'fortran_order': False, 'shape': (5,), }\n", bytes(16))
npy("huge.npy", b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }\n",
    bytes(16))
npy("overflow.npy", b"{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
    bytes(16))
npy("code.npy", b"{'descr': __import__('os').system('true'), 'shape': (1,)}", bytes(4))
put("crashers/npy", "header_beyond.npy", b"\x93NUMPY\x02\0\xff\xff\xff\xff{")


# Archives as `data pull` unpacks them.
def unpackable(folder, name, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(place(folder, name), "w") as file:
        for member, mode, data in members:
            info = zipfile.ZipInfo(member)
            info.external_attr = mode << 16
            file.writestr(info, data, method)


FILE, LINK = 0o100644, 0o120777
unpackable("fuzz/corpus/unpack", "plain.zip",
           [("faces/", 0o040755, b""), ("faces/a/1.jpg", FILE, b"one"), ("faces/b/1.jpg", FILE, b"two")])
unpackable("fuzz/corpus/unpack", "stored.zip", [("1.jpg", FILE, b"one")], zipfile.ZIP_STORED)
unpackable("crashers/unpack", "up.zip", [("../evil", FILE, b"evil")])
unpackable("crashers/unpack", "absolute.zip", [("/tmp/evil", FILE, b"evil")])
unpackable("crashers/unpack", "link.zip", [("in", LINK, b"/tmp"), ("in/evil", FILE, b"evil")])
unpackable("crashers/unpack", "bomb.zip", [("zeros", FILE, bytes(1 << 22))])
unpackable("crashers/unpack", "file_and_folder.zip", [("a", FILE, b"1"), ("a/b", FILE, b"2")])
