"""Times facenet-pytorch's MTCNN for bench_detect, which runs it as a coprocess.

usage: peer_detect.py WEIGHTS_DIRECTORY LIST_FILE...
Each list file names images, one per line. For every line on standard input, the
index of a list, all images of that list are detected one by one, already decoded,
and the seconds that took are printed.
"""
import os
import sys
import time

import torch
from facenet_pytorch import MTCNN
from PIL import Image

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
detector = MTCNN(keep_all=True)
for name in ("pnet", "rnet", "onet"):
    state = torch.load(os.path.join(sys.argv[1], name + ".pt"))
    getattr(detector, name).load_state_dict(state)

sets = []
for path in sys.argv[2:]:
    with open(path) as lines:
        sets.append([Image.open(line.strip()).convert("RGB") for line in lines])

print("ready", torch.__version__, torch.get_num_threads(), flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    for image in sets[int(line)]:
        detector.detect(image, landmarks=True)
    print(time.perf_counter() - start, flush=True)
