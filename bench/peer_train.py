"""Times a step of triplet training in PyTorch for bench_train, which runs it as a
coprocess: facenet-pytorch's InceptionResnetV1 in training mode, batch-hard mining,
margin 0.2 on squared distances, SGD with momentum 0.9.

For every line on standard input, BATCH * 100000 + SIZE, one step on that many
images (four a person) is run and the seconds that took are printed; with 10000 more
under autocast to bfloat16. The number 0
asks for the process's largest resident memory, in bytes.
"""
import os
import resource
import sys
import time

import torch
from facenet_pytorch import InceptionResnetV1

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
channels_last = "channels_last" in sys.argv
network = InceptionResnetV1().train()
if channels_last:
    network = network.to(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(network.parameters(), lr=1e-4, momentum=0.9)
inputs = {}


def batch_hard(x, label, margin=0.2):
    distance = (x[:, None] - x[None]).square().sum(2)
    same = label[:, None] == label[None]
    far = distance.masked_fill(~same, -1).max(1).values
    near = distance.masked_fill(same, 10).min(1).values
    return (far - near + margin).clamp(min=0).mean()


def step(batch, size):
    narrow, size = divmod(size, 10000)
    if (batch, size) not in inputs:
        data = torch.rand(batch, 3, size, size) * 2 - 1
        if channels_last:
            data = data.to(memory_format=torch.channels_last)
        inputs[batch, size] = data
    start = time.perf_counter()
    optimizer.zero_grad()
    with torch.autocast("cpu", torch.bfloat16, enabled=bool(narrow)):
        x = network(inputs[batch, size])
    loss = batch_hard(x.float(), torch.arange(batch) // 4)
    loss.backward()
    optimizer.step()
    return time.perf_counter() - start


print("ready PyTorch", torch.__version__, torch.get_num_threads(), "threads",
      "channels last" if channels_last else "channels first", flush=True)
for line in sys.stdin:
    if int(line) == 0:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, flush=True)
    else:
        print(step(*divmod(int(line), 100000)), flush=True)
