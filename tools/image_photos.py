#!/usr/bin/env python3
"""Writes tests/parity/image_photos.h: checksums of the tutorial's photographs.

    tools/image_photos.py SHARED > tests/parity/image_photos.h

Every sixteenth photograph as Pillow decodes it, and resized to 160 x 160.
"""
import glob
import os
import sys
import zlib

import PIL
from PIL import Image

shared = sys.argv[1]
paths = sorted(glob.glob(os.path.join(shared, "data/tutorial/**/*.jpg"), recursive=True))
print("/* Written by tools/image_photos.py with Pillow %s. */" % PIL.__version__)
print("static const struct photo {\n    const char *path;\n    size_t width, height;"
      "\n    uint32_t pixels_crc, resized_crc;\n} photos[] = {")
for path in paths[::16]:
    image = Image.open(path).convert("RGB")
    print('    {"%s", %d, %d, 0x%08xu, 0x%08xu},'
          % (os.path.relpath(path, shared), *image.size, zlib.crc32(image.tobytes()),
             zlib.crc32(image.resize((160, 160), Image.BILINEAR).tobytes())))
print("};")
