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
import subprocess
import zlib

import numpy as np
import PIL
from PIL import Image, ImageOps

from image_makers import (H, W, app1, bmp, chunk, drawing, few_colours_gif, frames, gif_with,
                          interlaced, oriented, packed, padded, page, png, raw_profile, rle4, rle8,
                          rows, saved, tiff, tiles, webp_chunk, webp_part, xmp, ycck)


def other_orientations(rgb, files):
    """Where else than in EXIF's usual 16 bits programs write which way is up."""
    jpg, png_, lossy = files["baseline_420.jpg"], files["rgb.png"], files["lossless.webp"]
    text = lambda name, data: png_[:33] + chunk(name, data) + png_[33:]  # noqa: E731
    name = b"http://ns.adobe.com/xap/1.0/\0"
    profile, key = raw_profile(6), b"XML:com.adobe.xmp\0"
    return {
        "exif_long_6.jpg": app1(jpg, b"Exif\0\0" + oriented(6, "<", 4)),
        "exif_long_8_big.jpg": app1(jpg, b"Exif\0\0" + oriented(8, ">", 4)),
        "exif_signed_3.jpg": app1(jpg, b"Exif\0\0" + oriented(3, "<", 8)),
        "exif_twice_6.jpg": app1(jpg, b"Exif\0\0Exif\0\0" + oriented(6)),
        "xmp_6.jpg": app1(jpg, name + xmp(6)),
        "xmp_element_8.jpg": app1(jpg, name + xmp(8, element=True)),
        "xmp_and_exif.jpg": app1(app1(jpg, name + xmp(8)), b"Exif\0\0" + oriented(3)),
        "xmp_and_empty_exif.jpg": app1(app1(jpg, name + xmp(8)),
                                       b"Exif\0\0II*\0" + struct.pack("<IHI", 8, 0, 0)),
        "exif_behind_5.png": png_[:-12] + chunk(b"eXIf", oriented(5)) + png_[-12:],
        "profile_6.png": text(b"tEXt", b"Raw profile type exif\0" + profile),
        "profile_packed_6.png": text(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(profile)),
        "xmp_8.png": text(b"iTXt", key + b"\0\0\0\0" + xmp(8)),
        "xmp_packed_7.png": text(b"iTXt", key + b"\1\0en\0x\0" + zlib.compress(xmp(7))),
        "xmp_5.webp": webp_chunk(lossy, b"XMP ", xmp(5), 4),
        "exif_long_8.webp": webp_chunk(lossy, b"EXIF", oriented(8, "<", 4), 8),
        "trailer.jpg": jpg[:-2] + b"a trailer in place of the end marker",
        "no_end.png": png_[:-12],
        "no_checksum.png": png_[:-16],
        "trailer.png": png_[:-12] + b"---- - a trailer",
        "no_end_interlaced.png": files["interlaced.png"][:-12],
    }


def gifs(rgb, palette, alpha):
    clear = palette.copy()
    grey = rgb.convert("L")
    plain = saved(palette, "GIF", interlace=0)
    clear_gif = saved(clear, "GIF", transparency=3, interlace=0)
    return {
        "plain.gif": plain,
        "interlaced.gif": saved(palette, "GIF", interlace=1),
        "transparent.gif": clear_gif,
        "grey.gif": saved(grey, "GIF"),
        "animated.gif": frames(palette, "GIF", duration=100),
        "larger_screen.gif": gif_with(plain, 5, 3, (30, 20)),
        "larger_screen_transparent.gif": gif_with(clear_gif, 5, 3, (30, 20)),
        "larger_frame.gif": gif_with(plain, 2, 1, (10, 10)),
        "few_colours.gif": few_colours_gif(),
        "no_end.gif": plain[:-1],
        "no_terminator.gif": plain[:-2],
    }


def bitmaps(array, palette, alpha):
    colours = b"".join(bytes(palette.getpalette()[3 * i:3 * i + 3][::-1]) + b"\0"
                       for i in range(16))
    core = b"".join(colours[4 * i:4 * i + 3] for i in range(16)) + bytes(3 * 240)
    up = np.asarray(palette)[::-1]
    bgr = array[::-1, :, ::-1]
    wide = array.astype(np.uint32)
    five = ((wide[..., 0] >> 3) << 10 | (wide[..., 1] >> 3) << 5 | wide[..., 2] >> 3)[::-1]
    six = ((wide[..., 0] >> 3) << 11 | (wide[..., 1] >> 2) << 5 | wide[..., 2] >> 3)[::-1]
    rgba = np.asarray(alpha)[::-1]
    bits = np.packbits(array[::-1, :, 2] > 100, axis=1)
    nibbles = np.zeros((H, W + 1), np.uint8)
    nibbles[:, :W] = up
    four = padded(row.tobytes() for row in nibbles[:, ::2] << 4 | nibbles[:, 1::2])
    return {
        "rgb.bmp": bmp(24, padded(row.tobytes() for row in bgr)),
        "from_top.bmp": bmp(24, padded(row.tobytes() for row in bgr[::-1]), height=-H),
        "core_header.bmp": bmp(8, padded(row.tobytes() for row in up), header=12, palette=core),
        "palette_1bit.bmp": bmp(1, padded(row.tobytes() for row in bits), palette=colours[:8]),
        "grey_1bit.bmp": bmp(1, padded(row.tobytes() for row in bits),
                             palette=bytes(4) + b"\xff\xff\xff\0"),
        "palette_4bit.bmp": bmp(4, four, palette=colours),
        "palette_8bit.bmp": bmp(8, padded(row.tobytes() for row in up), palette=colours),
        "555.bmp": bmp(16, padded(row.tobytes() for row in five.astype("<u2"))),
        "565.bmp": bmp(16, padded(row.tobytes() for row in six.astype("<u2")), compression=3,
                       masks=(0xf800, 0x7e0, 0x1f)),
        "32bit.bmp": bmp(32, np.ascontiguousarray(rgba[..., [2, 1, 0, 3]]).tobytes()),
        "alpha.bmp": bmp(32, np.ascontiguousarray(rgba[..., [2, 1, 0, 3]]).tobytes(),
                         compression=3, header=124, masks=(0xff0000, 0xff00, 0xff, 0xff000000)),
        "alpha_swapped.bmp": bmp(32, rgba.tobytes(), compression=3, header=56,
                                 masks=(0xff, 0xff00, 0xff0000, 0xff000000)),
        "rle8.bmp": bmp(8, rle8(up), compression=1, palette=colours),
        "rle4.bmp": bmp(4, rle4(up), compression=2, palette=colours),
    }


def tiffs(rgb, array, palette, alpha, bits):
    wide = array.astype(np.uint16) * 256 + 77
    grey, inks = array[..., 0], np.asarray(rgb.convert("CMYK"))
    rgba = np.asarray(alpha)
    cover = rgba[..., 3:].astype(int)
    times = np.concatenate([rgba[..., :3].astype(int) * cover // 255, cover], -1).astype(np.uint8)
    colours = [int(v) * 257 for c in range(3) for v in
               (palette.getpalette() + [0] * 768)[c:768:3][:256]]
    nibbles = (grey[:, :20] >> 4)[:, ::2] << 4 | (grey[:, :20] >> 4)[:, 1::2]
    grey_alpha = np.stack([grey, rgba[..., 3]], -1)
    return {
        "plain.tif": saved(rgb, "TIFF"),
        "lzw.tif": saved(rgb, "TIFF", compression="tiff_lzw", tiffinfo={317: 2}),
        "deflate.tif": saved(rgb, "TIFF", compression="tiff_adobe_deflate"),
        "packbits.tif": saved(rgb, "TIFF", compression="packbits"),
        "zstd.tif": saved(rgb, "TIFF", compression="zstd"),
        "lzma.tif": saved(rgb, "TIFF", compression="lzma"),
        "jpeg.tif": saved(rgb, "TIFF", compression="jpeg", quality=85),
        "ycbcr_jpeg.tif": saved(rgb.convert("YCbCr"), "TIFF", compression="jpeg", quality=85),
        "ycbcr.tif": saved(rgb.convert("YCbCr"), "TIFF", compression="tiff_lzw"),
        "fax.tif": saved(rgb.convert("1"), "TIFF", compression="group4"),
        "fax3.tif": saved(rgb.convert("1"), "TIFF", compression="group3"),
        "tiles.tif": tiles(array),
        "pages.tif": saved(rgb, "TIFF", save_all=True, append_images=[rgb.rotate(180)]),
        "big.tif": saved(rgb, "TIFF", big_tiff=True),
        "big_endian.tif": page(array, 2, order=">"),
        "grey.tif": page(grey, 1),
        "grey_inverted.tif": page(grey, 0),
        "grey_1bit.tif": page(grey, 1, bits=1, raw=bits.tobytes()),
        "grey_1bit_inverted.tif": page(grey, 0, bits=1, raw=bits.tobytes()),
        "grey_4bit.tif": page(grey[:, :20], 1, bits=4, raw=nibbles.tobytes()),
        "grey_16bit.tif": page(wide[..., 0].astype("<u2"), 1, bits=16),
        "grey_alpha.tif": page(grey_alpha, 1, more=[(338, 3, [2])]),
        "rgb_16bit.tif": page(wide.astype("<u2"), 2, bits=16),
        "rgb_16bit_big.tif": page(wide.astype(">u2"), 2, bits=16, order=">"),
        "planes.tif": page(array, 2, planar=2),
        "palette.tif": page(np.asarray(palette), 3, more=[(320, 3, colours)]),
        "alpha.tif": page(rgba, 2, more=[(338, 3, [2])]),
        "alpha_times.tif": page(times, 2, more=[(338, 3, [1])]),
        "unused_sample.tif": page(rgba, 2, more=[(338, 3, [0])]),
        "cmyk.tif": page(inks, 5, more=[(332, 3, [1])]),
        "fill_order.tif": page(grey, 1, bits=1, more=[(266, 3, [2])],
                               raw=bytes(int(f"{b:08b}"[::-1], 2) for b in bits.tobytes())),
        "orientation_6.tif": page(array, 2, more=[(274, 3, [6])]),
        "orientation_long_5.tif": page(array, 2, more=[(274, 4, [5])]),
        "xmp_8.tif": page(array, 2, more=[(700, 1, list(xmp(8)))]),
    }


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
    files.update(other_orientations(rgb, files))
    files.update(gifs(rgb, palette, alpha))
    files.update(bitmaps(array, palette, alpha))
    files.update(tiffs(rgb, array, palette, alpha, bits))
    files["animated.webp"] = frames(rgb, "WEBP", lossless=True)
    files["animated_alpha.webp"] = frames(alpha, "WEBP", lossless=True, exact=True)
    files["animated_part.webp"] = webp_part(rgb, alpha=False)
    files["animated_part_alpha.webp"] = webp_part(alpha, alpha=True)
    files["animated.png"] = frames(rgb, "PNG")
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
        "trailer_progressive.jpg": prog[:-2] + b"a trailer in place of the end marker",
        "half_progressive.jpg": prog[:len(prog) * 3 // 4],
        "half.png": png_[:len(png_) // 2],
        "no_end_of_data.png": png_[:-30],
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


def changed(data, at, form, *values):
    return data[:at] + struct.pack(form, *values) + data[at + struct.calcsize(form):]


def hostile_others(files):
    """The same of GIF, BMP and TIFF, and metadata that lie."""
    gif, bmp24, rle, tif, png_ = (files[n] for n in
                                  ("plain.gif", "rgb.bmp", "rle8.bmp", "plain.tif", "rgb.png"))
    frame = gif.index(b",\0\0\0\0") + 5
    tags = {struct.unpack("<H", tif[at:at + 2])[0]: at
            for at in range(struct.unpack("<I", tif[4:8])[0] + 2, len(tif) - 11, 12)}
    text = lambda name, data: png_[:33] + chunk(name, data) + png_[33:]  # noqa: E731
    bomb = zlib.compress(bytes(1 << 24), 9)
    return {
        "half.gif": gif[:len(gif) * 2 // 3],
        "only_screen.gif": gif[:13],
        "no_image.gif": gif[:frame - 5] + b";",
        "lying_65535.gif": changed(gif, 6, "<HH", 65535, 65535),
        "lying_frame.gif": changed(gif, frame, "<HH", 9000, 9000),
        "lying_empty.gif": changed(gif, frame, "<HH", 0, 5),
        "bad_codes.gif": gif[:-40] + b"\xff" * 38 + b"\0;",
        "half.bmp": bmp24[:len(bmp24) // 2],
        "only_bm.bmp": b"BM",
        "header_beyond.bmp": bmp24[:30],
        "lying_20000.bmp": changed(bmp24, 18, "<ii", 20000, 20000),
        "lying_9000.bmp": changed(bmp24, 18, "<ii", 9000, 9000),
        "lying_negative.bmp": changed(bmp24, 18, "<ii", -5, 5),
        "lying_lowest.bmp": changed(bmp24, 18, "<ii", 5, -2**31),
        "lying_offset.bmp": changed(bmp24, 10, "<I", 2**32 - 1),
        "lying_palette.bmp": changed(rle, 46, "<I", 2**32 - 1),
        "bad_depth.bmp": changed(bmp24, 28, "<H", 7),
        "jpeg_within.bmp": changed(bmp24, 30, "<I", 4),
        "half_runs.bmp": rle[:len(rle) * 2 // 3],
        "lying_9000_runs.bmp": changed(rle, 18, "<ii", 9000, 9000),
        "half.tif": tif[:len(tif) // 2],
        "only_header.tif": tif[:8],
        "directory_beyond.tif": changed(tif, 4, "<I", 2**32 - 2),
        "lying_20000.tif": changed(changed(tif, tags[256] + 8, "<I", 20000), tags[257] + 8, "<I",
                                   20000),
        "lying_9000.tif": changed(changed(tif, tags[256] + 8, "<I", 9000), tags[257] + 8, "<I", 9000),
        "lying_strip.tif": changed(tif, tags[273] + 8, "<I", 2**31),
        "many_samples.tif": changed(tif, tags[277] + 8, "<I", 65535),
        "old_jpeg.tif": changed(tif, tags[259] + 8, "<I", 6),
        "float.tif": page(np.zeros((2, 2), "<f4"), 1, bits=32, more=[(339, 3, [3])]),
        "thumbnail.tif": page(np.zeros((2, 2), np.uint8), 1, more=[(254, 4, [1])]),
        "huge_tiles.tif": tiff([(256, 3, [4]), (257, 3, [4]), (258, 3, [8]), (259, 3, [1]),
                                (262, 3, [1]), (277, 3, [1]), (322, 4, [2**20]), (323, 4, [2**20]),
                                (324, 4, [8]), (325, 4, [16])], bytes(16)),
        "half_animated.webp": files["animated.webp"][:120],
        "text_bomb.png": text(b"zTXt", b"Raw profile type exif\0\0" + bomb),
        "xmp_bomb.png": text(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb),
        "text_broken.png": text(b"zTXt", b"Raw profile type exif\0\0not deflated"),
        "text_short.png": text(b"iTXt", b"XML:com.adobe.xmp\0\1"),
        "profile_odd.png": text(b"tEXt", b"Raw profile type exif\0\n\n\n457"),
        "xmp_cut.jpg": app1(files["baseline.jpg"],
                            b"http://ns.adobe.com/xap/1.0/\0" + xmp(6)[:-80] + b'tiff:Orientation="'),
        "heic_only_brand.heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        "avif_only_brand.avif": b"\0\0\0\x18ftypavif\0\0\0\0mif1avif",
    }


def shortest(data):
    """The shortest beginning that Pillow takes for the whole picture."""
    least = len(data)
    while least > 0:
        try:
            with Image.open(io.BytesIO(data[:least - 1])) as image:
                image.load()
        except Exception:  # noqa: BLE001 any refusal will do
            break
        least -= 1
    return least


def heifs():
    """A larger drawing (HEVC wants 64 pixels) as PNG, AVIF (as it is, and turned by the
    container) and, with pillow_heif, HEIC."""
    big = drawing().resize((96, 64), Image.BICUBIC)
    files = {"heif_reference.png": saved(big, "PNG"), "plain.avif": saved(big, "AVIF", quality=90),
             "turned.avif": saved(big.transpose(Image.Transpose.ROTATE_90), "AVIF", quality=90,
                                  exif=oriented(6))}
    try:
        import pillow_heif
        pillow_heif.register_heif_opener()
        files["plain.heic"] = saved(big, "HEIF", quality=90)
        files["alpha.heic"] = saved(Image.merge("RGBA", (*big.split(), big.split()[0])), "HEIF",
                                    quality=90)
    except ImportError:
        print("no pillow_heif: the HEIC samples stay as they are")
    return files


def white(image):
    values = np.asarray(image.convert("RGBA")).astype(int)
    colour, cover = values[..., :3], values[..., 3:]
    return ((colour * cover + 255 * (255 - cover) + 127) // 255).astype(np.uint8)


def as_rgb(name, image):
    if "grey_16bit" not in name:
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


TRUNCATED = ("baseline_420.jpg", "progressive.jpg", "cmyk.jpg", "rgb.png", "interlaced.png",
             "lossy.webp", "alpha.webp", "lossless.webp", "plain.gif", "interlaced.gif", "rgb.bmp",
             "palette_4bit.bmp", "rle8.bmp", "plain.tif", "lzw.tif", "jpeg.tif")


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
        print("};\n\n/* The shortest beginning of a file that Pillow takes for the whole picture. */"
              "\nstatic const struct {\n    const char *name;\n    size_t bytes;\n} shortest[] = {",
              file=out)
        for name in TRUNCATED:
            print('    {"%s", %d},' % (name, shortest(files[name])), file=out)
        print("};", file=out)
    subprocess.run(["clang-format-14", "-i", path], check=True)


if __name__ == "__main__":
    samples = good()
    write("tests/fuzz/corpus/image", samples)
    write("tests/fuzz/corpus/image", heifs())
    write("tests/crashers/image", {**hostile(samples), **hostile_others(samples)})
    write("tests/fuzz/corpus/exif", {"big": oriented(6, ">"), "little": oriented(3),
                                     "jpeg": b"Exif\0\0" + oriented(8),
                                     "long": oriented(6, "<", 4), "xmp": xmp(6),
                                     "xmp_element": xmp(8, element=True)})
    write("tests/crashers/exif", BAD_TIFF)
    write_header("tests/unit/image_samples.h", samples)
