#!/usr/bin/env python3
"""Writes the small images that tests and fuzzing start from (Pillow, NumPy).

    tools/image_samples.py     from the project's root

tests/fuzz/corpus/image   good images of every kind, drawn, a few hundred bytes
tests/crashers/image      hostile ones: lying headers, truncated, bad EXIF, ...
tests/fuzz/corpus/exif and tests/crashers/exif   the same of EXIF blocks alone
tests/unit/image_samples.h  the good ones' sizes and checksums as Pillow decodes
                          them (alpha over white), upright and as stored
"""
import io
import os
import struct
import zlib

import numpy as np
import PIL
from PIL import Image, ImageOps

W, H = 21, 13


def drawing():
    y, x = np.mgrid[0:H, 0:W]
    red, green = x * 255 // (W - 1), y * 255 // (H - 1)
    blue = np.where((x - 6) ** 2 + (y - 5) ** 2 < 16, 220, 40)
    return Image.fromarray(np.stack([red, green, blue], -1).astype(np.uint8))


def saved(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def oriented(value, order="<"):
    """A TIFF block with nothing but an orientation."""
    head = b"II*\0" if order == "<" else b"MM\0*"
    return head + struct.pack(order + "IHHHIHHI", 8, 1, 0x112, 3, 1, value, 0, 0)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, depth, colour, raw, before=b"", interlace=0):
    """A PNG of any depth, which Pillow itself does not write."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + before
            + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b""))


def rows(array):
    """Scan lines with filter 0 in front of each."""
    return b"".join(b"\0" + row.tobytes() for row in array)


def interlaced(array):
    """The seven passes of Adam7."""
    starts = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
              (1, 0, 2, 1)]
    return b"".join(rows(np.ascontiguousarray(array[y::dy, x::dx])) for y, x, dy, dx in starts
                    if array[y::dy, x::dx].size)


def packed(values, bits):
    """Scan lines of values of one, two or four bits, the last byte of each filled up."""
    one_by_one = np.unpackbits(values.astype(np.uint8)[..., None], axis=2)[..., 8 - bits:]
    return rows(np.packbits(one_by_one.reshape(len(values), -1), axis=1))


def ycck(rgb):
    """What Adobe's programs write: inks turned as RGB is into YCbCr, beside them black.
    Pillow writes four components as they are (inverted); the marker says what they mean."""
    inks = ImageOps.invert(rgb).convert("YCbCr").split()
    black = ImageOps.invert(rgb.convert("L")).point(lambda v: v // 3)
    components = [ImageOps.invert(part) for part in inks] + [black]
    data = saved(Image.merge("CMYK", components), "JPEG", quality=90)
    at = data.index(b"Adobe") + 11
    assert data[at] == 0
    return data[:at] + b"\2" + data[at + 1:]


def good():
    rgb = drawing()
    alpha = rgb.convert("RGBA")
    alpha.putalpha(Image.fromarray((np.arange(W * H) * 255 // (W * H - 1)).astype(np.uint8)
                                   .reshape(H, W)))
    array = np.asarray(rgb)
    wide = (array.astype(np.uint16) * 256 + 77).astype(">u2")
    bits = np.packbits(array[:, :, 2] > 100, axis=1)
    nibbles = array[:, :20, 0] >> 4
    palette = rgb.quantize(16)
    files = {
        "baseline.jpg": saved(rgb, "JPEG", quality=90, subsampling=0),
        "baseline_422.jpg": saved(rgb, "JPEG", quality=80, subsampling=1),
        "baseline_420.jpg": saved(rgb, "JPEG", quality=75, subsampling=2),
        "progressive.jpg": saved(rgb, "JPEG", quality=75, progressive=True),
        "grey.jpg": saved(rgb.convert("L"), "JPEG"),
        "cmyk.jpg": saved(rgb.convert("CMYK"), "JPEG"),
        "ycck.jpg": ycck(rgb),
        "one_pixel.jpg": saved(rgb.resize((1, 1)), "JPEG"),
        "grey_alpha.png": saved(alpha.convert("LA"), "PNG"),
        "rgb.png": saved(rgb, "PNG"),
        "alpha.png": saved(alpha, "PNG"),
        "palette.png": saved(palette, "PNG"),
        "palette_transparent.png": saved(palette, "PNG", transparency=3),
        "grey_1bit.png": png(W, H, 1, 0, rows(bits)),
        "grey_2bit.png": png(W, H, 2, 0, packed(array[:, :, 0] >> 6, 2)),
        "palette_2bit.png": png(W, H, 2, 3, packed(array[:, :, 1] >> 6, 2), before=chunk(
            b"PLTE", bytes([10, 20, 30, 250, 0, 0, 0, 240, 9, 90, 80, 255]))),
        "grey_4bit.png": png(20, H, 4, 0, rows(nibbles[:, ::2] << 4 | nibbles[:, 1::2])),
        "rgb_16bit.png": png(W, H, 16, 2, rows(wide)),
        "grey_16bit.png": png(W, H, 16, 0, rows(wide[:, :, 0])),
        "transparent_colour.png": png(W, H, 8, 2, rows(array), before=chunk(
            b"tRNS", struct.pack(">HHH", *(int(v) for v in array[4, 4])))),
        "interlaced.png": png(W, H, 8, 2, interlaced(array), interlace=1),
        "interlaced_alpha.png": png(W, H, 8, 6, interlaced(np.asarray(alpha)), interlace=1),
        "one_pixel.png": saved(rgb.resize((1, 1)), "PNG"),
        "lossy.webp": saved(rgb, "WEBP", quality=80),
        "lossless.webp": saved(rgb, "WEBP", lossless=True),
        "alpha.webp": saved(alpha, "WEBP", quality=80),
        "alpha_lossless.webp": saved(alpha, "WEBP", lossless=True, exact=True),
        "exif_6.png": saved(rgb, "PNG", exif=oriented(6)),
        "exif_3.webp": saved(rgb, "WEBP", quality=80, exif=oriented(3, ">")),
    }
    for value in range(1, 9):
        exif = b"Exif\0\0" + oriented(value, "<>"[value % 2])
        files["exif_%d.jpg" % value] = saved(rgb, "JPEG", exif=exif)
    return files


def lying_jpeg(data, width, height):
    at = data.index(b"\xff\xc0") if b"\xff\xc0" in data else data.index(b"\xff\xc2")
    return data[:at + 5] + struct.pack(">HH", height, width) + data[at + 9:]


def lying_png(data, width, height):
    head = struct.pack(">II", width, height) + data[24:29]
    return data[:8] + chunk(b"IHDR", head) + data[33:]


def lying_webp(data, width, height):
    at = data.index(b"\x9d\x01\x2a") + 3
    return data[:at] + struct.pack("<HH", width, height) + data[at + 4:]


# TIFF blocks that are no reason to refuse a photograph.
BAD_TIFF = {
    "offset_out": b"II*\0" + struct.pack("<I", 0xfffffff0),
    "offset_edge": b"II*\0" + struct.pack("<I", 7),
    "many_entries": b"MM\0*" + struct.pack(">IH", 8, 65535),
    "orientation_0": oriented(0),
    "orientation_9": oriented(9),
    "short": b"II",
    "not_tiff": b"nothing of the kind",
}


def hostile(files):
    jpg, prog, png_, webp = (files[n] for n in
                             ("baseline.jpg", "progressive.jpg", "rgb.png", "lossy.webp"))
    first = prog.index(b"\xff\xda")
    after = prog.index(b"\xff\xc4", first)  # the next scan brings its own table
    return {
        "pdf.jpg": b"%PDF-1.4\n1 0 obj\n",
        "two_bytes.jpg": b"\xff\xd8",
        "only_start.jpg": b"\xff\xd8\xff\xe0",
        "only_signature.png": png_[:8],
        "only_riff.webp": webp[:12],
        "half.jpg": jpg[:len(jpg) * 2 // 3],
        "cut_scan.jpg": jpg[:(jpg.rindex(b"\xff\xda") + len(jpg)) // 2] + b"\xff\xd9",
        "no_end.jpg": jpg[:-2],
        "half_progressive.jpg": prog[:len(prog) * 3 // 4],
        "half.png": png_[:len(png_) // 2],
        "no_end.png": png_[:-12],
        "half.webp": webp[:len(webp) // 2],
        "lying_20000.jpg": lying_jpeg(jpg, 20000, 20000),
        "lying_9000.jpg": lying_jpeg(jpg, 9000, 9000),
        "lying_9000_progressive.jpg": lying_jpeg(prog, 9000, 9000),
        "lying_65535.jpg": lying_jpeg(jpg, 65535, 65535),
        "lying_empty.jpg": lying_jpeg(jpg, 0, 16),
        "lying_20000.png": lying_png(png_, 20000, 20000),
        "lying_9000.png": lying_png(png_, 9000, 9000),
        "lying_2147483647.png": lying_png(png_, 2**31 - 1, 2**31 - 1),
        "lying_empty.png": lying_png(png_, 0, 4),
        "lying_16383.webp": lying_webp(webp, 16383, 16383),
        "lying_9000.webp": lying_webp(webp, 9000, 9000),
        "many_scans.jpg": prog[:after] + prog[first:after] * 200 + prog[after:],
        "animated.webp": saved(drawing(), "WEBP", save_all=True, lossless=True,
                               append_images=[drawing().rotate(180)]),
        "bad_crc.png": png_[:29] + b"\0\0\0\0" + png_[33:],
        "short_data.png": png(W, H, 8, 2, b"\0" * 20),
        "bad_zlib.png": png_[:41] + b"\xff" * 8 + png_[49:],
        "no_palette.png": png(4, 1, 8, 3, b"\0\1\2\3\4"),
        "palette_overrun.png": png(4, 1, 8, 3, b"\0\1\2\3\4",
                                   before=chunk(b"PLTE", b"\xff\0\0")),
        "bad_depth.png": png(4, 1, 7, 2, b"\0" * 13),
        "huge_chunk.png": png_[:33] + b"\x7f\xff\xff\xfftEXt" + png_[33:],
        "huge_exif.png": png_[:33] + b"\x2d\0\0\x1aeXIf" + png_[33:],
        **{"exif_%s.jpg" % name: saved(drawing(), "JPEG", exif=b"Exif\0\0" + tiff)
           for name, tiff in BAD_TIFF.items()},
        "two_components.jpg": jpg.replace(b"\x03\x01\x11\x00\x02\x11\x01\x03\x11\x01",
                                          b"\x02\x01\x11\x00\x02\x11\x01\x03\x11\x01"),
    }


def white(image):
    values = np.asarray(image.convert("RGBA")).astype(int)
    colour, cover = values[..., :3], values[..., 3:]
    return ((colour * cover + 255 * (255 - cover) + 127) // 255).astype(np.uint8)


def as_rgb(name, image):
    if name == "rgb_16bit.png" or "16bit" not in name:
        return white(image)
    # Pillow clips 16-bit grey; the high byte is what the contract says.
    return np.repeat((np.asarray(image) >> 8).astype(np.uint8)[..., None], 3, 2)


def checksum(array):
    return zlib.crc32(np.ascontiguousarray(array).tobytes())


def write(folder, files):
    os.makedirs(folder, exist_ok=True)
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)


def write_header(path, files):
    with open(path, "w") as out:
        print("/* Written by tools/image_samples.py with Pillow %s. */" % PIL.__version__, file=out)
        print("static const struct sample {\n    const char *name;\n    size_t width, height;"
              "\n    uint32_t upright_crc, stored_crc;\n} samples[] = {", file=out)
        for name, data in sorted(files.items()):
            image = Image.open(io.BytesIO(data))
            upright = as_rgb(name, ImageOps.exif_transpose(image))
            print('    {"%s", %d, %d, 0x%08xu, 0x%08xu},'
                  % (name, upright.shape[1], upright.shape[0], checksum(upright),
                     checksum(as_rgb(name, image))), file=out)
        print("};", file=out)


if __name__ == "__main__":
    samples = good()
    write("tests/fuzz/corpus/image", samples)
    write("tests/crashers/image", hostile(samples))
    write("tests/fuzz/corpus/exif", {"big": oriented(6, ">"), "little": oriented(3),
                                     "jpeg": b"Exif\0\0" + oriented(8)})
    write("tests/crashers/exif", BAD_TIFF)
    write_header("tests/unit/image_samples.h", samples)
