"""FAISS's flat index beside bench_gallery: the same vectors, the same threads.

usage: peer_gallery.py VECTORS WIDTH QUERIES
VECTORS and QUERIES are raw float32. For each number n on standard input it finds the ten
nearest of the first n queries, and prints the seconds that took.
"""
import os
import sys
import time

import faiss
import numpy

width = int(sys.argv[2])
faiss.omp_set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
index = faiss.IndexFlatL2(width)
index.add(numpy.memmap(sys.argv[1], "float32", "r").reshape(-1, width))
queries = numpy.fromfile(sys.argv[3], "float32").reshape(-1, width)
print("ready faiss-cpu %s, IndexFlatL2" % faiss.__version__, flush=True)
for line in sys.stdin:
    count = int(line)
    begun = time.perf_counter()
    index.search(queries[:count], 10)
    print(time.perf_counter() - begun, flush=True)
