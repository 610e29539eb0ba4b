"""Times ONNX Runtime for bench_onnx, which runs it as a coprocess: FILE SIDE.

For every line on standard input, a number of images, the network runs once on that many
and the seconds that took are printed. A batch that the file fixes is opened first, and
inputs that no node reads are left out, as ONNX Runtime wants it.
"""
import os
import sys
import time

import numpy as np
import onnx
import onnxruntime

model = onnx.load(sys.argv[1])
weights = {w.name for w in model.graph.initializer}
inputs = [i for i in model.graph.input if i.name not in weights]
read = {name for node in model.graph.node for name in node.input}
inputs = [i for i in inputs if i.name in read]
del model.graph.input[:]
model.graph.input.extend(inputs)
for end in list(model.graph.input) + list(model.graph.output):
    if end.type.tensor_type.shape.dim:
        end.type.tensor_type.shape.dim[0].dim_param = "N"
options = onnxruntime.SessionOptions()
options.log_severity_level = 3
options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS", os.cpu_count()))
session = onnxruntime.InferenceSession(model.SerializeToString(), options)
name, side = inputs[0].name, int(sys.argv[2])
print("ready ONNX Runtime", onnxruntime.__version__, options.intra_op_num_threads, "threads",
      flush=True)
clock = time.process_time if os.environ.get("BENCH_CLOCK") == "cpu" else time.perf_counter
for line in sys.stdin:
    count = int(line)
    images = (np.arange(count * 3 * side * side) % 255 / 128 - 1).astype(np.float32)
    images = images.reshape(count, 3, side, side)
    start = clock()
    session.run(None, {name: images})
    print(clock() - start, flush=True)
