"""Prints the reference numbers of tests/unit/test_embed.c: facenet-pytorch's
InceptionResnetV1 at a quarter of its width, in float64, with weights and crops
made up from their names and indices by the same rule as in the test.

usage: embed_reference.py
"""
import math

import numpy as np
import torch
from facenet_pytorch import InceptionResnetV1

WIDTH, CLASSES = 0.25, 10
MASK = (1 << 64) - 1


def units(name, count):
    """Numbers in [0, 1) of a name: FNV-1a seeds splitmix64, the top 24 bits."""
    seed = 1469598103934665603
    for byte in name.encode():
        seed = ((seed ^ byte) * 1099511628211) & MASK
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) / (1 << 24)


def values(name, shape):
    u = units(name, int(np.prod(shape)))
    if len(shape) > 1:
        u = (2 * u - 1) * math.sqrt(6 / np.prod(shape[1:]))
    elif name.endswith(("bn.weight", "running_var")):
        u = 0.5 + u
    else:
        u = 0.2 * (u - 0.5)
    return torch.tensor(u.astype(np.float32).reshape(shape), dtype=torch.float64)


def scaled(channels):
    return channels if channels == 3 else max(1, int(channels * WIDTH + 0.5))


def replace(parent, name, child):
    bias = getattr(child, "bias", None) is not None
    if isinstance(child, torch.nn.Conv2d):
        new = torch.nn.Conv2d(scaled(child.in_channels), scaled(child.out_channels),
                              child.kernel_size, child.stride, child.padding, bias=bias)
    elif isinstance(child, torch.nn.BatchNorm2d):
        new = torch.nn.BatchNorm2d(scaled(child.num_features), eps=child.eps)
    elif name == "last_linear":
        new = torch.nn.Linear(scaled(child.in_features), child.out_features, bias=bias)
    else:
        return
    setattr(parent, name, new)


def network(classify):
    net = InceptionResnetV1(classify=classify, num_classes=CLASSES)
    for parent in list(net.modules()):
        for name, child in list(parent.named_children()):
            replace(parent, name, child)
    net.double().eval()
    state = {key: value if key.endswith("num_batches_tracked") else values(key, tuple(value.shape))
             for key, value in net.state_dict().items()}
    net.load_state_dict(state)
    return net


crops = np.floor(units("crops", 2 * 80 * 80 * 3) * 256).reshape(2, 80, 80, 3)
planes = (torch.tensor(crops).permute(0, 3, 1, 2) - 127.5) / 128
with torch.no_grad():
    for classify in (False, True):
        print("logits" if classify else "embeddings")
        for row in network(classify)(planes)[:, :8].tolist():
            print("    {" + ", ".join(f"{x:.10g}" for x in row) + "},")
