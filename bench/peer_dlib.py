"""Times dlib's own face recognition network for bench_dlib, which runs it as a
coprocess.

usage: peer_dlib.py WEIGHTS
For every line on standard input, a number of aligned faces, the network runs once on
that many and the seconds that took are printed.
"""
import sys
import time

import dlib
import numpy

network = dlib.face_recognition_model_v1(sys.argv[1])
random = numpy.random.default_rng(1)
faces = [random.integers(0, 256, (150, 150, 3), dtype=numpy.uint8) for _ in range(64)]
print("ready dlib", dlib.__version__, "with BLAS" if dlib.DLIB_USE_BLAS else "without BLAS", flush=True)
for line in sys.stdin:
    batch = int(line)
    start = time.perf_counter()
    network.compute_face_descriptor(faces[:batch])
    print(time.perf_counter() - start, flush=True)
