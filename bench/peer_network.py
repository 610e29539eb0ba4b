"""Times InceptionResnetV1 in another library for bench_embed, which runs it as a
coprocess: peer_network.py PEER, one of PEERS below.

For every line on standard input, BATCH * 100000 + SIZE, the network runs once on that
many images and the seconds that took are printed. Its weights are made up, with the
batch norms folded in, which spares a library that would not do so. OMP_NUM_THREADS says
how many threads; a library that chooses its layout is given the faster one.
"""
import os
import sys
import time

import numpy as np

THREADS = int(os.environ.get("OMP_NUM_THREADS", os.cpu_count()))
LENGTH = 512


def made_up(order, shape):
    values = np.random.RandomState(order).standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:]))
    return values.astype(np.float32)


def network(ops, x):
    """The whole network, said in calls of `ops`, which count channels along."""
    def conv(x, channels, kernel=(1, 1), stride=1, pad=(0, 0), relu=True):
        return ops.conv(x, channels, kernel, stride, pad, relu)

    def block35(x):
        a = conv(x, 32)
        b = conv(conv(x, 32), 32, (3, 3), pad=(1, 1))
        c = conv(conv(conv(x, 32), 32, (3, 3), pad=(1, 1)), 32, (3, 3), pad=(1, 1))
        return ops.join(x, conv(ops.concat([a, b, c]), 256, relu=False), 0.17, True)

    def block17(x):
        b = conv(conv(conv(x, 128), 128, (1, 7), pad=(0, 3)), 128, (7, 1), pad=(3, 0))
        return ops.join(x, conv(ops.concat([conv(x, 128), b]), 896, relu=False), 0.10, True)

    def block8(x, scale, relu):
        b = conv(conv(conv(x, 192), 192, (1, 3), pad=(0, 1)), 192, (3, 1), pad=(1, 0))
        return ops.join(x, conv(ops.concat([conv(x, 192), b]), 1792, relu=False), scale, relu)

    x = conv(conv(x, 32, (3, 3), 2), 32, (3, 3))
    x = ops.maxpool(conv(x, 64, (3, 3), pad=(1, 1)))
    x = conv(conv(conv(x, 80), 192, (3, 3)), 256, (3, 3), 2)
    for _ in range(5):
        x = block35(x)
    b = conv(conv(conv(x, 192), 192, (3, 3), pad=(1, 1)), 256, (3, 3), 2)
    x = ops.concat([conv(x, 384, (3, 3), 2), b, ops.maxpool(x)])
    for _ in range(10):
        x = block17(x)
    c = conv(conv(conv(x, 256), 256, (3, 3), pad=(1, 1)), 256, (3, 3), 2)
    x = ops.concat([conv(conv(x, 256), 384, (3, 3), 2), conv(conv(x, 256), 256, (3, 3), 2), c,
                    ops.maxpool(x)])
    for _ in range(5):
        x = block8(x, 0.20, True)
    return ops.finish(block8(x, 1.0, False))


class OnnxOps:
    """Writes the network down as an ONNX model."""

    def __init__(self):
        import onnx
        self.onnx, self.nodes, self.weights, self.channels = onnx, [], [], {"x": 3}

    def add(self, op, inputs, channels, **attributes):
        name = "t%d" % len(self.nodes)
        self.nodes.append(self.onnx.helper.make_node(op, inputs, [name], **attributes))
        self.channels[name] = channels
        return name

    def weight(self, values):
        name = "w%d" % len(self.weights)
        self.weights.append(self.onnx.numpy_helper.from_array(np.asarray(values), name))
        return name

    def conv(self, x, channels, kernel, stride, pad, relu):
        weight = self.weight(made_up(len(self.weights), (channels, self.channels[x]) + kernel))
        bias = self.weight(np.zeros(channels, np.float32))
        x = self.add("Conv", [x, weight, bias], channels, kernel_shape=kernel,
                     strides=[stride] * 2, pads=list(pad) * 2)
        return self.add("Relu", [x], channels) if relu else x

    def maxpool(self, x):
        return self.add("MaxPool", [x], self.channels[x], kernel_shape=[3, 3], strides=[2, 2])

    def concat(self, parts):
        return self.add("Concat", parts, sum(self.channels[p] for p in parts), axis=1)

    def join(self, trunk, branch, scale, relu):
        channels = self.channels[trunk]
        x = self.add("Mul", [branch, self.weight(np.float32(scale))], channels)
        x = self.add("Add", [trunk, x], channels)
        return self.add("Relu", [x], channels) if relu else x

    def finish(self, x):
        x = self.add("Flatten", [self.add("GlobalAveragePool", [x], self.channels[x])], 1792)
        x = self.add("Gemm", [x, self.weight(made_up(1, (LENGTH, 1792)))], LENGTH, transB=1)
        return self.add("LpNormalization", [x], LENGTH, axis=1, p=2)

    def model(self):
        helper, kind = self.onnx.helper, self.onnx.TensorProto.FLOAT
        end = network(self, "x")
        ends = [helper.make_tensor_value_info("x", kind, ["N", 3, "H", "W"]),
                helper.make_tensor_value_info(end, kind, ["N", LENGTH])]
        graph = helper.make_graph(self.nodes, "network", ends[:1], ends[1:], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
        model.ir_version = 8
        return model


class TorchOps:
    """Runs the network; the first run makes the weights."""

    def __init__(self, torch, kind, layout):
        self.torch, self.kind, self.layout, self.weights = torch, kind, layout, []

    def conv(self, x, channels, kernel, stride, pad, relu):
        if self.at == len(self.weights):
            made = self.torch.from_numpy(made_up(self.at, (channels, x.shape[1]) + kernel))
            made = made.to(self.kind).contiguous(memory_format=self.layout)
            self.weights.append((made, self.torch.zeros(channels, dtype=self.kind)))
        weight, bias = self.weights[self.at]
        self.at += 1
        x = self.torch.nn.functional.conv2d(x, weight, bias, stride, pad)
        return x.relu_() if relu else x

    def maxpool(self, x):
        return self.torch.nn.functional.max_pool2d(x, 3, 2)

    def concat(self, parts):
        return self.torch.cat(parts, 1)

    def join(self, trunk, branch, scale, relu):
        x = self.torch.add(trunk, branch, alpha=scale)
        return x.relu_() if relu else x

    def finish(self, x):
        if self.at == len(self.weights):
            made = self.torch.from_numpy(made_up(1, (LENGTH, x.shape[1]))).to(self.kind)
            self.weights.append(made)
        x = x.mean((2, 3)) @ self.weights[self.at].T
        return self.torch.nn.functional.normalize(x)

    def run(self, x):
        self.at = 0
        return network(self, x)


def pytorch(precision):
    import torch
    torch.set_num_threads(THREADS)
    torch.set_grad_enabled(False)
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    layouts = [torch.contiguous_format, torch.channels_last]
    ways = [TorchOps(torch, kind, layout) for layout in layouts]

    def prepare(images):
        runs = []
        for way in ways:
            x = torch.from_numpy(images).to(kind).contiguous(memory_format=way.layout)
            runs.append(lambda way=way, x=x: way.run(x))
        return faster(runs)
    return "PyTorch " + torch.__version__, prepare


def faster(runs, rounds=3):
    """Of the ways to run, the one with the least time of some."""
    def seconds(run):
        run()
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            run()
            times.append(time.perf_counter() - start)
        return min(times)
    return min(runs, key=seconds)


def onnxruntime(_):
    import onnxruntime as ort
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = THREADS
    session = ort.InferenceSession(OnnxOps().model().SerializeToString(), options)

    def prepare(images):
        return lambda: session.run(None, {"x": images})
    return "ONNX Runtime " + ort.__version__, prepare


def quantized(model):
    import nncf
    random = np.random.RandomState(1)
    faces = [random.standard_normal((1, 3, 160, 160)).astype(np.float32) for _ in range(8)]
    return nncf.quantize(model, nncf.Dataset(faces), subset_size=len(faces))


def openvino(precision):
    import openvino as ov
    core = ov.Core()
    if precision == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise RuntimeError("OpenVINO has no bf16 on this processor")
    model = core.read_model(OnnxOps().model().SerializeToString())
    if precision == "int8":
        model = quantized(model)
    config = {"INFERENCE_NUM_THREADS": THREADS, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY",
              "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32"}

    def prepare(images):
        shaped = model.clone()
        shaped.reshape(list(images.shape))
        request = core.compile_model(shaped, "CPU", config).create_infer_request()
        tensor = ov.Tensor(images)
        return lambda: request.infer([tensor])
    return "OpenVINO " + ov.__version__.split("-")[0] + " " + precision, prepare


PEERS = {"pytorch": (pytorch, "f32"), "pytorch-bf16": (pytorch, "bf16"),
         "onnxruntime": (onnxruntime, "f32"), "openvino-f32": (openvino, "f32"),
         "openvino-bf16": (openvino, "bf16"), "openvino-int8": (openvino, "int8")}


def serve(peer):
    # What libraries print is not for the pipe, and their progress for nobody.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    make, precision = PEERS[peer]
    try:
        greeting, prepare = make(precision)
    except Exception as error:  # missing, or unable: the reader says so
        print("no", " ".join(str(error).split()), file=answers, flush=True)
        return
    print("ready", greeting, file=answers, flush=True)
    runs = {}
    for line in sys.stdin:
        batch, size = divmod(int(line), 100000)
        if (batch, size) not in runs:
            random = np.random.RandomState(0)
            images = random.standard_normal((batch, 3, size, size)).astype(np.float32)
            runs[batch, size] = prepare(images)
            runs[batch, size]()
        start = time.perf_counter()
        runs[batch, size]()
        print(time.perf_counter() - start, file=answers, flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
