#!/usr/bin/env python3
"""Prints what PyTorch's optimisers make of three numbers in five steps, in float64,
as the table in tests/unit/test_train_update.c. Made with PyTorch 2.2.2."""
import math

import torch

CASES = [
    ("LK_SGD", torch.optim.SGD, dict()),
    ("LK_SGD", torch.optim.SGD, dict(weight_decay=0.1)),
    ("LK_SGD", torch.optim.SGD, dict(momentum=0.9, weight_decay=0.1)),
    ("LK_SGD", torch.optim.SGD, dict(momentum=0.9, nesterov=True, weight_decay=0.1)),
    ("LK_ADAGRAD", torch.optim.Adagrad, dict(eps=1e-10, weight_decay=0.1)),
    ("LK_RMSPROP", torch.optim.RMSprop, dict(alpha=0.9, eps=1e-2)),
    ("LK_RMSPROP", torch.optim.RMSprop, dict(alpha=0.9, momentum=0.8, weight_decay=0.1, eps=1e-2)),
    ("LK_ADAM", torch.optim.Adam, dict(eps=1e-2)),
    ("LK_ADAM", torch.optim.Adam, dict(betas=(0.8, 0.9), weight_decay=0.1, eps=1e-2)),
    ("LK_ADAMW", torch.optim.AdamW, dict(betas=(0.8, 0.9), weight_decay=0.1, eps=1e-2)),
]


def run(optimizer, options):
    x = torch.tensor([0.5, -0.25, 1.0], dtype=torch.float64, requires_grad=True)
    steps = optimizer([x], lr=0.1, **options)
    for t in range(5):
        for group in steps.param_groups:
            group["lr"] = 0.1 / (1 + t)
        x.grad = torch.tensor([math.sin(1 + 0.7 * t + 1.3 * i) for i in range(3)], dtype=torch.float64)
        steps.step()
    return x.tolist()


def main():
    for kind, optimizer, options in CASES:
        beta1, beta2 = options.get("betas", (0.9, 0.999))
        fields = [kind, options.get("momentum", 0), str(options.get("nesterov", False)).lower(), beta1, beta2,
                  options.get("alpha", 0.99), options.get("eps", 1e-8), options.get("weight_decay", 0)]
        print("    {{%s}, {%s}}," % (", ".join(map(str, fields)), ", ".join("%.12g" % v for v in run(optimizer, options))))


main()
