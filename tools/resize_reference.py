#!/usr/bin/env python3
"""Resizing as Pillow 12 and Pillow 13 do it.

    tools/resize_reference.py > tests/unit/resize_reference.h
        writes checksums of small resizes by both rules; needs Pillow 13 and NumPy
    tools/resize_reference.py --compare build/liblikeness.so 2000
        compares random resizes, half of them of crops, with whichever Pillow is there

Never needed to build or to test. Pillow before 13 goes along the rows first, so that the
older rule is two resizes of one direction each, in any version. (12.2 and 12.3 go along the
columns first where an image is more than a hundred times as high as wide and becomes less
high. No face is, and we do not follow them there.)
"""
import ctypes
import random
import sys
import zlib

import numpy as np
import PIL
from PIL import Image

CASES = [  # in width and height, box cut out first, out width and height
    (40, 90, (0, 0, 40, 90), 32, 32), (90, 40, (0, 0, 90, 40), 32, 32),
    (60, 80, (0, 0, 60, 80), 50, 60),  # the height loses twice as much: rows first
    (60, 81, (0, 0, 60, 81), 50, 60),  # one pixel more
    (20, 30, (0, 0, 20, 30), 90, 40),  # both grow
    (20, 30, (0, 0, 20, 30), 90, 29), (20, 30, (0, 0, 20, 30), 90, 30),
    (33, 70, (0, 0, 33, 70), 33, 20), (33, 70, (0, 0, 33, 70), 20, 70),
    (70, 99, (9, 5, 52, 93), 40, 40), (70, 99, (0, 1, 70, 99), 24, 24),
    (7, 200, (1, 0, 7, 200), 3, 2), (120, 150, (3, 2, 100, 149), 96, 96), (1, 9, (0, 0, 1, 9), 2, 1),
]


def noise(width, height, seed):
    """The same as in image_reference.py and tests/unit/image_noise.h."""
    state, values = seed, np.empty(width * height * 3, np.uint8)
    for i in range(values.size):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values[i] = state >> 24
    return Image.fromarray(values.reshape(height, width, 3))


def resize(image, width, height):
    return np.asarray(image.resize((width, height), Image.BILINEAR))


def rows_first(image, width, height):
    return resize(image.resize((width, image.height), Image.BILINEAR), width, height)


def write():
    assert PIL.__version__.startswith("13."), "needs Pillow 13, this is " + PIL.__version__
    print("/* Written by tools/resize_reference.py with Pillow %s. */" % PIL.__version__)
    print("static const struct pillow_case {")
    print("    size_t in_width, in_height, box[4], width, height;")
    print("    uint32_t crc[2]; /* by lk_pillow */")
    print("} pillow_cases[] = {")
    for i, (iw, ih, box, w, h) in enumerate(CASES):
        image = noise(iw, ih, i + 1).crop(box)
        crcs = [zlib.crc32(made(image, w, h).tobytes()) for made in (rows_first, resize)]
        print("    {%d, %d, {%d, %d, %d, %d}, %d, %d, {0x%08xu, 0x%08xu}},"
              % (iw, ih, *box, w, h, *crcs))
    print("};")


class LkImage(ctypes.Structure):
    _fields_ = [("width", ctypes.c_size_t), ("height", ctypes.c_size_t), ("rgb", ctypes.c_void_p)]


def ours(library, image, width, height, rule):
    pixels = np.ascontiguousarray(image)
    given, out = LkImage(image.width, image.height, pixels.ctypes.data), LkImage()
    assert library.lk_image_resize_pillow(ctypes.byref(out), ctypes.byref(given),
                                          ctypes.c_size_t(width), ctypes.c_size_t(height), rule) == 0
    made = np.frombuffer(ctypes.string_at(out.rgb, 3 * width * height), np.uint8)
    library.lk_image_clear(ctypes.byref(out))
    return made.reshape(height, width, 3)


def random_case():
    """An image or a crop, and a size: a face's, any, one side kept, or near the rule's border."""
    most = random.choice([12, 60, 300, 700])
    w, h = random.randint(1, most), random.randint(1, most)
    image = Image.frombytes("RGB", (w, h), random.randbytes(3 * w * h))
    if random.random() < 0.5:
        x, y = random.randrange(w), random.randrange(h)
        image = image.crop((x, y, random.randint(x + 1, w), random.randint(y + 1, h)))
    w, h = image.size
    if h > 100 * w:
        return random_case()
    face, less = random.choice([1, 2, 7, 48, 80, 96, 150, 160, 256]), random.randint(-5, 5)
    return image, *random.choice([
        (face, face), (random.randint(1, 400), random.randint(1, 400)), (w, random.randint(1, 2 * h)),
        (max(1, w - less), max(1, h - 2 * less - random.randint(-1, 1)))])


def compare(path, count):
    library, rule = ctypes.CDLL(path), int(PIL.__version__.split(".")[0]) >= 13
    random.seed(int(count))
    equal = distinct = 0
    for _ in range(int(count)):
        image, w, h = random_case()
        made = resize(image, w, h)
        equal += np.array_equal(made, ours(library, image, w, h, int(rule)))
        distinct += not np.array_equal(made, ours(library, image, w, h, int(not rule)))
    print("Pillow %s: %d of %s resizes equal; %d are others by the other rule"
          % (PIL.__version__, equal, count, distinct))
    return equal != int(count)


if sys.argv[1:2] == ["--compare"]:
    sys.exit(compare(*sys.argv[2:4]))
write()
