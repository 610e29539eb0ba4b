"""Times facenet-pytorch's InceptionResnetV1 for bench_embed, which runs it as a
coprocess.

For every line on standard input, BATCH * 100000 + SIZE, the network runs once on
that many images and the seconds that took are printed.
"""
import os
import sys
import time

import torch
from facenet_pytorch import InceptionResnetV1

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
network = InceptionResnetV1().eval()
inputs = {}
print("ready PyTorch", torch.__version__, torch.get_num_threads(), "threads", flush=True)
with torch.no_grad():
    for line in sys.stdin:
        batch, size = divmod(int(line), 100000)
        if (batch, size) not in inputs:
            inputs[batch, size] = torch.randn(batch, 3, size, size)
        start = time.perf_counter()
        network(inputs[batch, size])
        print(time.perf_counter() - start, flush=True)
