#!/usr/bin/env python3
"""Writes tests/unit/image_reference.h: checksums that PyTorch and Pillow give.

Needs PyTorch, NumPy and Pillow; never needed to build or to test. The images
are noise from a small generator that tests/unit/image_noise.h repeats in C.

    tools/image_reference.py > tests/unit/image_reference.h
"""
import zlib

import numpy as np
import PIL
import torch
import torch.nn.functional as F
from PIL import Image


def noise(width, height, seed):
    """The test image: the high bytes of a linear congruential generator."""
    state, values = seed, np.empty(width * height * 3, np.uint8)
    for i in range(values.size):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values[i] = state >> 24
    return values.reshape(height, width, 3)


SIZES = [  # in width, in height, out width, out height
    (1, 1, 1, 1), (1, 1, 3, 2), (2, 3, 1, 1), (7, 5, 3, 4), (16, 16, 8, 8), (17, 23, 24, 24),
    (20, 31, 48, 48), (48, 48, 24, 24), (64, 40, 64, 20), (64, 40, 32, 40), (101, 77, 60, 46),
    (250, 250, 151, 151), (250, 250, 107, 107), (250, 250, 13, 13), (300, 20, 7, 19),
    (20, 300, 19, 1), (41, 37, 1, 1), (29, 610, 5, 2), (590, 290, 2, 1), (260, 530, 2, 2), (160, 160, 160, 160), (33, 65, 66, 65),
    (90, 70, 160, 160), (123, 321, 160, 160), (400, 300, 150, 150), (5, 5, 256, 256),
]


def crc(array):
    return zlib.crc32(np.ascontiguousarray(array).tobytes())


def area(image, width, height):
    planes = torch.from_numpy(image).permute(2, 0, 1)[None].float()
    # Contiguous planes: PyTorch's channels-last kernel divides differently.
    return F.interpolate(planes.contiguous(), size=(height, width), mode="area")[0].numpy()


def bilinear(image, width, height):
    return np.asarray(Image.fromarray(image).resize((width, height), Image.BILINEAR))


print("/* Written by tools/image_reference.py with PyTorch %s and Pillow %s. */"
      % (torch.__version__.split("+")[0], PIL.__version__))
print("static const struct resize_case {")
print("    size_t in_width, in_height, width, height;")
print("    uint32_t area_crc, bilinear_crc;")
print("} resize_cases[] = {")
for i, (iw, ih, w, h) in enumerate(SIZES):
    image = noise(iw, ih, i + 1)
    print("    {%d, %d, %d, %d, 0x%08xu, 0x%08xu},"
          % (iw, ih, w, h, crc(area(image, w, h)), crc(bilinear(image, w, h))))
print("};")
