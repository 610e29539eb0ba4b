"""hnswlib and USearch beside bench_near: the same vectors, one query after the other on one thread.

usage: peer_near.py make FOLDER COUNT      (rows.f32 and queries.f32 in it)
       peer_near.py ask FOLDER hnswlib|usearch
Five photographs a person; both vary more in some directions than in others, as faces do. Prints
for each breadth of the search how many of the ten nearest were found, and the processor's time.
"""
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


def nearest(rows, queries):
    squares = (rows * rows).sum(1)
    return numpy.array([numpy.argsort(squares - 2 * (rows @ q))[:10] for q in queries])


def make_index(which, rows):
    if which == "hnswlib":
        import hnswlib
        index = hnswlib.Index("l2", WIDTH)
        index.init_index(len(rows), M=16, ef_construction=200)
        index.add_items(rows)
        return lambda queries: index.knn_query(queries, 10, num_threads=1)[0], index.set_ef
    from usearch.index import Index
    index = Index(ndim=WIDTH, metric="l2sq", dtype="f32", connectivity=16, expansion_add=200)
    index.add(numpy.arange(len(rows)), rows)
    ask = lambda queries: index.search(queries, 10, threads=1).keys
    return ask, lambda breadth: setattr(index, "expansion_search", breadth)


def ask(folder, which):
    rows, queries = load(folder, "rows"), load(folder, "queries")
    truth = nearest(rows, queries)
    search, set_breadth = make_index(which, rows)
    for breadth in (100, 200, 320, 400, 600):
        set_breadth(breadth)
        times = []
        for _ in range(3):
            begun = time.process_time()
            found = search(queries)
            times.append(time.process_time() - begun)
        same = [len(set(a) & set(b)) for a, b in zip(truth.tolist(), found.tolist())]
        print("%s %d: %.4f found, %.3f ms a query" % (which, breadth, numpy.mean(same) / 10,
                                                      1e3 * min(times) / len(queries)), flush=True)


if sys.argv[1] == "make":
    make(sys.argv[2], int(sys.argv[3]))
else:
    ask(sys.argv[2], sys.argv[3])
