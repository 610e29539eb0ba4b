"""Bytes of images, also of kinds that Pillow does not write, for image_samples.py."""
import io
import struct
import zlib

import numpy as np
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


def oriented(value, order="<", kind=3):
    """A TIFF block with nothing but an orientation; kind 4: in 32 bits."""
    head = b"II*\0" if order == "<" else b"MM\0*"
    entry = struct.pack(order + ("HHIHH" if kind in (3, 8) else "HHII"), 0x112, kind, 1, value,
                        *([0] if kind in (3, 8) else []))
    return head + struct.pack(order + "IH", 8, 1) + entry + bytes(4)


def xmp(value, element=False):
    """An XMP packet with nothing but an orientation."""
    inner = "<tiff:Orientation>%d</tiff:Orientation>" % value
    return ('<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description %s>%s'
            "</rdf:Description></rdf:RDF></x:xmpmeta>"
            % (("", inner) if element else ('tiff:Orientation="%d"' % value, ""))).encode()


def app1(jpeg, data):
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(data) + 2) + data + jpeg[2:]


def raw_profile(value):
    """EXIF as ImageMagick writes it into text chunks."""
    data = b"Exif\0\0" + oriented(value)
    return b"\nexif\n%8d\n%s\n" % (len(data), data.hex().encode())


def webp_chunk(webp, name, data, flag):
    """An extended WebP with one more chunk."""
    body = webp[12:]
    if body[:4] != b"VP8X":
        body = (b"VP8X" + struct.pack("<II", 10, 0) + struct.pack("<I", W - 1)[:3]
                + struct.pack("<I", H - 1)[:3] + body)
    body = body[:8] + bytes([body[8] | flag]) + body[9:]
    body += name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def bmp(bits, raw, compression=0, header=40, palette=b"", masks=(), height=H, width=W):
    """A bitmap of any kind, of which Pillow writes few."""
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, compression, len(raw),
                           2835, 2835, len(palette) // 4, 0)
        info += b"".join(struct.pack("<I", m) for m in masks)
        info = info.ljust(max(header, len(info)), b"\0")
    start = 14 + len(info) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(raw), 0, 0, start) + info + palette + raw


def padded(lines):
    return b"".join(line + bytes(-len(line) % 4) for line in lines)


def rle8(indices):
    """Runs, literals, ends of rows and the end; Pillow reads jumps from the wrong place."""
    out = b""
    for y, row in enumerate(indices):
        x = 0
        while x < len(row):
            run = 1
            while x + run < len(row) and row[x + run] == row[x]:
                run += 1
            if run > 1 or x + 3 > len(row):
                out += bytes([run, row[x]])
            else:
                run = min(5, len(row) - x)
                out += bytes([0, run]) + bytes(row[x:x + run]) + bytes(run % 2)
            x += run
        out += b"\0\0" if y < len(indices) - 1 else b"\0\1"
    return out


def rle4(indices):
    """Runs of two colours that alternate."""
    out = b""
    for row in indices:
        for x in range(0, len(row), 2):
            pair = list(row[x:x + 2]) + [0]
            out += bytes([min(2, len(row) - x), pair[0] << 4 | pair[1]])
        out += b"\0\0"
    return out[:-2] + b"\0\1"


def tiff(entries, data, order="<", start=8):
    """A TIFF of one page: pairs of a tag and what struct makes of its values."""
    entries = sorted(entries)
    after = start + len(data) + 2 + 12 * len(entries) + 4
    table, extra = struct.pack(order + "H", len(entries)), b""
    for tag, kind, values in entries:
        packed = struct.pack(order + {1: "B", 2: "B", 3: "H", 4: "I", 7: "B"}[kind] * len(values),
                             *values)
        if len(packed) > 4:
            field = struct.pack(order + "I", after + len(extra))
            extra += packed + bytes(len(packed) % 2)
        else:
            field = packed.ljust(4, b"\0")
        table += struct.pack(order + "HHI", tag, kind, len(values)) + field
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", start + len(data))
    return head + data + table + struct.pack(order + "I", 0) + extra


def page(array, photometric, bits=8, order="<", planar=1, more=(), raw=None):
    """An uncompressed TIFF of two strips (one with `raw`), for what Pillow does not write."""
    height, width = array.shape[:2]
    samples = array.shape[2] if array.ndim == 3 else 1
    half = (height + 1) // 2
    if raw is not None:
        strips = [raw]
        half = height
    else:
        planes = [array] if planar == 1 else [array[..., s] for s in range(samples)]
        strips = [p[y:y + half].tobytes() for p in planes for y in (0, half)]
    offsets, at = [], 8
    for strip in strips:
        offsets.append(at)
        at += len(strip)
    entries = [(256, 3, [width]), (257, 3, [height]), (258, 3, [bits] * samples), (259, 3, [1]),
               (262, 3, [photometric]), (273, 4, offsets), (277, 3, [samples]), (278, 3, [half]),
               (279, 4, [len(s) for s in strips]), (284, 3, [planar])]
    data = b"".join(strips)
    return tiff(entries + list(more), data + bytes(len(data) % 2), order)


def tiles(array):
    """A TIFF of two tiles of 16 x 16 pixels, the second half empty."""
    filled = np.zeros((16, 32, 3), np.uint8)
    filled[:H, :W] = array
    parts = [filled[:, x:x + 16].tobytes() for x in (0, 16)]
    return tiff([(256, 3, [W]), (257, 3, [H]), (258, 3, [8, 8, 8]), (259, 3, [1]), (262, 3, [2]),
                 (277, 3, [3]), (322, 3, [16]), (323, 3, [16]), (324, 4, [8, 8 + len(parts[0])]),
                 (325, 4, [len(p) for p in parts])], b"".join(parts))


def frames(first, kind, **options):
    """An animation whose first frame is what counts."""
    return saved(first, kind, save_all=True, append_images=[first.rotate(180), first], **options)


def gif_with(gif, x, y, screen):
    """The same frame further right and down on a larger screen."""
    gif = gif[:6] + struct.pack("<HH", *screen) + gif[10:]
    at = gif.index(b",\0\0\0\0" + struct.pack("<HH", W, H))
    return gif[:at + 1] + struct.pack("<HH", x, y) + gif[at + 5:]


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


def webp_part(image, alpha):
    """An animation whose first frame covers a part of its canvas."""
    part = saved(image.crop((2, 4, 12, 10)), "WEBP", lossless=True, exact=True)[12:]
    if part[:4] == b"VP8X":
        part = part[18:]
    frame = struct.pack("<I", 1)[:3] + struct.pack("<I", 2)[:3]  # half the place
    frame += struct.pack("<I", 9)[:3] + struct.pack("<I", 5)[:3] + struct.pack("<I", 100)[:3] + b"\0"
    frame += part
    body = b"VP8X" + struct.pack("<II", 10, 0x12 if alpha else 2)
    body += struct.pack("<I", W - 1)[:3] + struct.pack("<I", H - 1)[:3]
    body += b"ANIM" + struct.pack("<IIH", 6, 0xff0000ff, 0)
    body += b"ANMF" + struct.pack("<I", len(frame)) + frame + bytes(len(frame) % 2)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def few_colours_gif():
    """Two colours, and pixels that name a third: it is a grey."""
    number = sum(code << 3 * i for i, code in enumerate([4, 0, 1, 2, 5]))  # clear, pixels, end
    return (b"GIF89a" + struct.pack("<HHBBB", 3, 1, 0x80, 0, 0) + bytes([255, 0, 0, 0, 0, 255])
            + b"," + struct.pack("<HHHHB", 0, 0, 3, 1, 0) + b"\2\2" + struct.pack("<H", number)
            + b"\0;")
