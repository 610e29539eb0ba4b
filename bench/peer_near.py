"""hnswlib and USearch beside bench_near: the same vectors, and the same questions.

usage: peer_near.py make FOLDER COUNT      (rows.f32 and queries.f32 in it)
       peer_near.py ask FOLDER KIND...     (hnswlib, usearch-f32, usearch-f16, usearch-bf16,
                                            usearch-i8; KIND.graph is made there, and used if
                                            it is there; hnswlib-ours: hnswlib follows the graph
                                            that bench_near made there; $BREADTHS: from how
                                            many each looks on)
Five photographs a person; both vary more in some directions than in others, as faces do. Prints
for each breadth of the search how many of the ten nearest were found, and the processor's time a
query: one after the other on one thread, and all together on $OMP_NUM_THREADS.
"""
import os
import struct
import sys
import time

import numpy

WIDTH, PHOTOS, QUERIES, NOISE = 512, 5, 1000, 0.6
SPREAD = numpy.arange(1, WIDTH + 1, dtype="float32") ** -0.375


def photographs(random, people):
    noise = random.standard_normal((len(people), WIDTH), dtype="float32")
    rows = people + NOISE * SPREAD * noise
    return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)


def make(folder, count):
    random = numpy.random.default_rng(5)
    kept = []
    with open(folder + "/rows.f32", "wb") as file:
        for first in range(0, count, 50000):
            some = min(50000, count - first) // PHOTOS
            people = random.standard_normal((some, WIDTH), dtype="float32") * SPREAD
            kept.append(people)
            file.write(photographs(random, numpy.repeat(people, PHOTOS, 0)).tobytes())
    people = numpy.concatenate(kept)
    asked = people[random.choice(len(people), QUERIES, replace=False)]
    photographs(random, asked).tofile(folder + "/queries.f32")


def load(folder, name):
    return numpy.fromfile("%s/%s.f32" % (folder, name), "float32").reshape(-1, WIDTH)


def nearest(folder, rows, queries):
    kept = folder + "/truth.i32"
    if not os.path.exists(kept):
        squares = (rows * rows).sum(1)
        some = [numpy.argpartition(squares - 2 * (queries[at:at + 20] @ rows.T), 10, 1)[:, :10]
                for at in range(0, QUERIES, 20)]
        numpy.concatenate(some).astype("int32").tofile(kept)
    return numpy.fromfile(kept, "int32").reshape(-1, 10)


def convert(path, rows):
    """The graph beside the gallery (src/gallery/graph_file.c), as hnswlib writes its own."""
    links, low_links, head = 16, 32, 64
    with open(os.path.dirname(path) + "/gallery.db-near", "rb") as file:
        bytes_ = file.read()
    _, _, _, count, high_count, entry = struct.unpack_from("<IIQQQQ", bytes_)
    at = head + 16 + 4 * struct.unpack_from("<Q", bytes_, head)[0]
    faces = numpy.frombuffer(bytes_, "<i8", count, at)
    levels = numpy.frombuffer(bytes_, "u1", count, at + 12 * count)
    at += 13 * count
    low = numpy.frombuffer(bytes_, "<u4", (low_links + 1) * count, at).reshape(count, -1)
    high = numpy.frombuffer(bytes_, "<u4", (links + 1) * high_count, at + low.nbytes)
    size = low.shape[1] * 4 + WIDTH * 4 + 8
    with open(path, "wb") as file:
        file.write(struct.pack("<6QiI3QdQ", 0, count, count, size, size - 8, low.shape[1] * 4,
                               int(levels.max()), entry, links, low_links, links,
                               1 / numpy.log(links), 200))
        for first in range(0, count, 10000):
            some = slice(first, min(first + 10000, count))
            labels = (faces[some] - 1).astype("<u8")
            file.write(numpy.hstack([low[some].view("u1"), rows[labels].view("u1"),
                                     labels[:, None].view("u1")]).tobytes())
        ends = numpy.cumsum(levels.astype("i8")) * (links + 1)
        for end, level in zip(ends, levels.astype("i8") * (links + 1)):
            file.write(struct.pack("<I", 4 * level) + high[end - level:end].tobytes())


class Hnswlib:
    def __init__(self, path, rows):
        import hnswlib
        self.index = hnswlib.Index("l2", WIDTH)
        if path.endswith("-ours.graph") and not os.path.exists(path):
            convert(path, rows)
        if os.path.exists(path):
            self.index.load_index(path)
            return
        self.index.init_index(len(rows), M=16, ef_construction=200)
        self.index.add_items(rows, num_threads=THREADS)
        self.index.save_index(path)

    def set_breadth(self, breadth):
        self.index.set_ef(breadth)

    def search(self, queries, threads):
        return self.index.knn_query(queries, 10, num_threads=threads)[0]


class USearch:
    def __init__(self, path, rows, numbers):
        from usearch.index import Index
        self.index = Index(ndim=WIDTH, metric="cos", dtype=numbers, connectivity=16,
                           expansion_add=200)
        if os.path.exists(path):
            self.index.load(path)
            return
        self.index.add(numpy.arange(len(rows)), rows, threads=THREADS)
        self.index.save(path)

    def set_breadth(self, breadth):
        self.index.expansion_search = breadth

    def search(self, queries, threads):
        return self.index.search(queries, 10, threads=threads).keys


def open_index(folder, kind, rows):
    path = "%s/%s.graph" % (folder, kind)
    there = os.path.exists(path)
    begun = time.process_time()
    which, _, numbers = kind.partition("-")
    index = USearch(path, rows, numbers) if which == "usearch" else Hnswlib(path, rows)
    print("%s: %s in %.1f s" % (kind, "read" if there else "made", time.process_time() - begun),
          flush=True)
    return index


def least_time(index, queries, threads):
    times = []
    for _ in range(3):
        begun = time.process_time()
        found = index.search(queries, threads)
        times.append(time.process_time() - begun)
    return found, 1e3 * min(times) / len(queries)


def ask(folder, kinds):
    rows, queries = load(folder, "rows"), load(folder, "queries")
    truth = nearest(folder, rows, queries)
    for kind in kinds:
        index = open_index(folder, kind, rows)
        for breadth in BREADTHS:
            index.set_breadth(breadth)
            found, alone = least_time(index, queries, 1)
            _, together = least_time(index, queries, THREADS)
            same = [len(set(a) & set(b)) for a, b in zip(truth.tolist(), found.tolist())]
            print("%s %d: %.4f found, %.3f ms a query, %.3f together on %d threads" % (
                kind, breadth, numpy.mean(same) / 10, alone, together, THREADS), flush=True)


BREADTHS = [int(x) for x in os.environ.get("BREADTHS", "100 150 200 320 400 600").split()]
THREADS = int(os.environ.get("OMP_NUM_THREADS", "1"))
if sys.argv[1] == "make":
    make(sys.argv[2], int(sys.argv[3]))
else:
    ask(sys.argv[2], sys.argv[3:])
