#!/usr/bin/env python3
"""Makes ONNX files with made-up weights: narrow ones for the tests, with the numbers that
ONNX Runtime gets of them, and hostile ones; or full-size ones for measuring.
Needs NumPy, onnx and onnxruntime; what the tests read is kept in the project.

usage: onnx_samples.py TESTS_FOLDER [NAME]...  (tests/data/onnx, tests/crashers/onnx; all)
       onnx_samples.py --full FOLDER           (full-size networks)
"""
import os
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


class Graph:
    """Nodes and weights, one after the other; a method returns its result's name."""

    def __init__(self, seed, opset, side=112, batch="N"):
        self.random = np.random.default_rng(seed)
        self.opset, self.side, self.batch = opset, side, batch
        self.nodes, self.weights, self.count = [], [], 0

    def name(self, stem):
        self.count += 1
        return f"{stem}_{self.count}"

    def add(self, op, *inputs, outputs=1, **attributes):
        names = [self.name(op.lower()) for _ in range(outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), names, name=self.name(op), **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, array, raw=True):
        array = np.asarray(array)
        name = self.name("weight")
        if raw:
            self.weights.append(numpy_helper.from_array(array, name))
        else:
            kind = helper.np_dtype_to_tensor_dtype(array.dtype)
            self.weights.append(helper.make_tensor(name, kind, array.shape, array.flatten().tolist()))
        return name

    def ints(self, *values):
        return self.constant(np.array(values, np.int64), raw=self.count % 2 == 0)

    def normal(self, *shape, scale=1.0):
        return (self.random.standard_normal(shape) * scale).astype(np.float32)

    def conv(self, x, out, channels, kernel, stride=1, pad=None, groups=1, bias=False, gain=1.0):
        pad = kernel // 2 if pad is None else pad
        fan = channels // groups * kernel * kernel
        weight = self.normal(out, channels // groups, kernel, kernel, scale=gain * np.sqrt(2 / fan))
        inputs = [x, self.constant(weight)]
        if bias:
            inputs.append(self.constant(self.normal(out, scale=0.1), raw=False))
        return self.add("Conv", *inputs, kernel_shape=[kernel] * 2, strides=[stride] * 2,
                        pads=[pad] * 4, dilations=[1, 1], group=groups)

    def norm(self, x, channels, epsilon=1e-5):
        r = self.random
        parts = [1 + 0.1 * r.standard_normal(channels), 0.1 * r.standard_normal(channels),
                 0.1 * r.standard_normal(channels), 0.5 + r.random(channels)]
        return self.add("BatchNormalization", x,
                        *(self.constant(p.astype(np.float32)) for p in parts), epsilon=epsilon)

    def prelu(self, x, channels):
        slope = (0.25 + 0.1 * self.random.standard_normal((channels, 1, 1))).astype(np.float32)
        return self.add("PRelu", x, self.constant(slope))

    def linear(self, x, out, channels, bias=True, kind="Gemm"):
        weight = self.normal(out, channels, scale=np.sqrt(1 / channels))
        if kind == "MatMul":
            x = self.add("MatMul", x, self.constant(np.ascontiguousarray(weight.T)))
            return self.add("Add", x, self.constant(self.normal(out, scale=0.1))) if bias else x
        inputs = [x, self.constant(weight)]
        if bias:
            inputs.append(self.constant(self.normal(out, scale=0.1)))
        return self.add("Gemm", *inputs, transB=1)

    def model(self, result, channels=3, unused_input=True):
        shape = [self.batch, channels, self.side, self.side]
        inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)]
        if unused_input:  # initialisers among the inputs, as older exporters list them
            inputs.append(helper.make_tensor_value_info(self.weights[0].name, TensorProto.FLOAT,
                                                        self.weights[0].dims))
        output = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [self.batch, "D"])
        self.nodes.append(helper.make_node("Identity", [result], ["embedding"], name="last"))
        graph = helper.make_graph(self.nodes, "network", inputs, [output], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)])
        model.ir_version = 8 if self.opset < 20 else 10
        return model


def iresnet(depths, widths, numbers, seed=1, opset=11):
    """ArcFace's residual network: batch norms before and behind the convolutions."""
    g = Graph(seed, opset)
    channels = widths[0]
    x = g.prelu(g.norm(g.conv("input", channels, 3, 3), channels), channels)
    for depth, width in zip(depths, widths):
        for i in range(depth):
            stride = 2 if i == 0 else 1
            y = g.conv(g.norm(x, channels), width, channels, 3)
            y = g.prelu(g.norm(y, width), width)
            y = g.norm(g.conv(y, width, width, 3, stride, gain=0.5), width)
            if i == 0:
                x = g.norm(g.conv(x, width, channels, 1, stride, 0, gain=0.7), width)
            x, channels = g.add("Add", y, x), width
    x = g.add("Dropout", g.norm(x, channels))
    x = g.linear(g.add("Flatten", x, axis=1), numbers, channels * 7 * 7)
    return g.model(g.norm(x, numbers))


def mobilefacenet(scale, numbers, seed=2, opset=13):
    """Inverted residuals, and a depthwise convolution over the whole plane at the end."""
    g = Graph(seed, opset)
    w = [max(8, int(c * scale)) for c in (64, 64, 128, 128, 512)]
    x = g.prelu(g.norm(g.conv("input", w[0], 3, 3, 2), w[0]), w[0])
    x = g.prelu(g.norm(g.conv(x, w[0], w[0], 3, 1, groups=w[0]), w[0]), w[0])
    channels = w[0]
    for out, expand, count, stride in ((w[1], 2, 5, 2), (w[2], 4, 1, 2), (w[2], 2, 6, 1),
                                       (w[3], 4, 1, 2), (w[3], 2, 2, 1)):
        for i in range(count):
            inner = channels * expand
            y = g.prelu(g.norm(g.conv(x, inner, channels, 1), inner), inner)
            step = stride if i == 0 else 1
            y = g.prelu(g.norm(g.conv(y, inner, inner, 3, step, groups=inner), inner), inner)
            y = g.norm(g.conv(y, out, inner, 1, gain=0.5), out)
            x = g.add("Add", x, y) if step == 1 and channels == out else y
            channels = out
    x = g.prelu(g.norm(g.conv(x, w[4], channels, 1), w[4]), w[4])
    x = g.norm(g.conv(x, w[4], w[4], 7, 1, 0, groups=w[4]), w[4])
    shape = g.add("Shape", x)  # as exporters flatten: by the batch's size
    images = g.add("Gather", shape, g.constant(np.array(0, np.int64)), axis=0)
    images = g.add("Unsqueeze", images, g.ints(0))
    x = g.add("Reshape", x, g.add("Concat", images, g.ints(-1), axis=0))
    x = g.linear(x, numbers, w[4], bias=False, kind="MatMul")
    return g.model(g.norm(x, numbers))


def layer_norm(g, x, channels):
    """As it is exported before version 17."""
    mean = g.add("ReduceMean", x, axes=[-1], keepdims=1)
    x = g.add("Sub", x, mean)
    square = g.add("Pow", x, g.constant(np.float32(2)))
    deviation = g.add("Sqrt", g.add("Add", g.add("ReduceMean", square, axes=[-1], keepdims=1),
                                    g.constant(np.float32(1e-6))))
    x = g.add("Mul", g.add("Div", x, deviation), g.constant(1 + g.normal(channels, scale=0.1)))
    return g.add("Add", x, g.constant(g.normal(channels, scale=0.1)))


def gelu(g, x):
    y = g.add("Erf", g.add("Div", x, g.constant(np.float32(np.sqrt(2)))))
    y = g.add("Mul", x, g.add("Add", y, g.constant(np.float32(1))))
    return g.add("Mul", y, g.constant(np.float32(0.5)))


def attention(g, x, channels, heads, side):
    """Between channels: [N, C, H, W] in and out."""
    tokens = side * side
    t = g.add("Reshape", x, g.ints(0, channels, tokens))
    t = layer_norm(g, g.add("Transpose", t, perm=[0, 2, 1]), channels)
    parts = []
    for _ in range(3):
        y = g.linear(t, channels, channels, kind="MatMul")
        y = g.add("Reshape", g.add("Transpose", y, perm=[0, 2, 1]),
                  g.ints(0, heads, channels // heads, tokens))
        parts.append(y)
    q = g.add("LpNormalization", parts[0], axis=-1, p=2)
    k = g.add("LpNormalization", parts[1], axis=-1, p=2)
    scores = g.add("MatMul", q, g.add("Transpose", k, perm=[0, 1, 3, 2]))
    heat = g.constant((1 + g.random.random((heads, 1, 1))).astype(np.float32))
    scores = g.add("Softmax", g.add("Mul", scores, heat), axis=-1)
    y = g.add("Reshape", g.add("MatMul", scores, parts[2]), g.ints(0, channels, side, side))
    return g.add("Add", x, g.conv(y, channels, channels, 1, bias=True))


def edgeface(widths, depths, numbers, seed=3, opset=16):
    """EdgeFace's parts: strided stems, depthwise blocks with layer norm and GELU, attention
    between channels behind a split and joined planes."""
    g = Graph(seed, opset)
    channels, side = widths[0], 28
    x = g.conv("input", channels, 3, 4, 4, 0, bias=True)
    for stage, (width, depth) in enumerate(zip(widths, depths)):
        if stage:
            x = g.norm(x, channels)
            x = g.conv(x, width, channels, 2, 2, 0, bias=True)
            channels, side = width, side // 2
        for i in range(depth):
            kernel = (3, 5, 7, 9)[stage]
            y = x
            if stage and i == depth - 1:
                half = channels // 2
                a, b = g.add("Split", y, g.ints(half, channels - half), outputs=2, axis=1)
                b = g.add("Add", a, b) if half * 2 == channels else b
                b = g.conv(b, channels - half, channels - half, 3, groups=channels - half, bias=True)
                y = attention(g, g.add("Concat", a, b, axis=1), channels, 4, side)
            y = g.conv(y, channels, channels, kernel, groups=channels, bias=True)
            y = layer_norm(g, g.add("Transpose", y, perm=[0, 2, 3, 1]), channels)
            y = gelu(g, g.linear(y, 2 * channels, channels, kind="MatMul"))
            y = g.linear(y, channels, 2 * channels, kind="MatMul")
            y = g.add("Mul", y, g.constant(g.normal(channels, scale=0.5)))
            x = g.add("Add", x, g.add("Transpose", y, perm=[0, 3, 1, 2]))
    x = g.add("ReduceMean", x, axes=[2, 3], keepdims=0)
    x = g.linear(g.norm(x, channels), numbers, channels)
    return g.model(unit_length(g, x))


def unit_length(g, x):
    """As torch's normalize is exported."""
    length = g.add("ReduceL2", x, axes=[1], keepdims=1)
    length = g.add("Clip", length, g.constant(np.float32(1e-12)))
    return g.add("Div", x, g.add("Expand", length, g.add("Shape", x)))


def inception(scale, numbers, seed=5, opset=12):
    """InceptionResnetV1, as PyTorch exports facenet-pytorch's: batch norms folded into the
    convolutions before them, residual branches times a constant."""
    g = Graph(seed, opset, side=160)
    wide = lambda channels: max(4, int(channels * scale))

    def unit(x, out, channels, kernel, stride=1, pad=(0, 0)):
        weight = g.normal(wide(out), channels, *kernel,
                          scale=np.sqrt(2 / (channels * kernel[0] * kernel[1])))
        x = g.add("Conv", x, g.constant(weight), g.constant(g.normal(wide(out), scale=0.1)),
                  kernel_shape=list(kernel), strides=[stride] * 2, pads=list(pad) * 2,
                  dilations=[1, 1], group=1)
        return g.add("Relu", x)

    def chain(x, channels, *units):
        for out, *window in units:
            x, channels = unit(x, out, channels, *window), wide(out)
        return x, channels

    def block(x, trunk, factor, *branches):
        ends = [chain(x, trunk, *units) for units in branches]
        y = g.add("Concat", *(end[0] for end in ends), axis=1)
        y = g.conv(y, trunk, sum(end[1] for end in ends), 1, bias=True)
        y = g.add("Mul", y, g.constant(np.float32(factor))) if factor != 1 else y
        return g.add("Add", y, x)

    def reduction(x, trunk, *branches):
        ends = [chain(x, trunk, *units) for units in branches]
        pool = g.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[0] * 4, ceil_mode=0)
        return g.add("Concat", *(end[0] for end in ends), pool, axis=1), trunk + sum(
            end[1] for end in ends)

    one, three, same = (1, 1), (3, 3), (1, 1)
    x, trunk = chain("input", 3, (32, three, 2), (32, three), (64, three, 1, same))
    x = g.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[0] * 4, ceil_mode=0)
    x, trunk = chain(x, trunk, (80, one), (192, three), (256, three, 2))
    for _ in range(5):
        x = g.add("Relu", block(x, trunk, 0.17, [(32, one)], [(32, one), (32, three, 1, same)],
                                [(32, one), (32, three, 1, same), (32, three, 1, same)]))
    x, trunk = reduction(x, trunk, [(384, three, 2)],
                         [(192, one), (192, three, 1, same), (256, three, 2)])
    for _ in range(10):
        x = g.add("Relu", block(x, trunk, 0.10, [(128, one)], [
            (128, one), (128, (1, 7), 1, (0, 3)), (128, (7, 1), 1, (3, 0))]))
    x, trunk = reduction(x, trunk, [(256, one), (384, three, 2)], [(256, one), (256, three, 2)],
                         [(256, one), (256, three, 1, same), (256, three, 2)])
    last = [(192, one)], [(192, one), (192, (1, 3), 1, (0, 1)), (192, (3, 1), 1, (1, 0))]
    for _ in range(5):
        x = g.add("Relu", block(x, trunk, 0.20, *last))
    x = g.add("GlobalAveragePool", block(x, trunk, 1, *last))
    x = g.add("Reshape", x, g.ints(0, -1))
    return g.model(unit_length(g, g.norm(g.linear(x, numbers, trunk, bias=False), numbers,
                                         epsilon=1e-3)))


def operators(seed=4, opset=21):
    """One of everything else that is taken."""
    g = Graph(seed, opset, side=20)
    x = g.add("Sub", "input", g.constant(np.full((1, 3, 1, 1), 0.1, np.float32)))
    x = g.add("Mul", x, g.constant(np.array([2.0], np.float32)))
    x = g.add("LeakyRelu", g.conv(x, 12, 3, 3, bias=True), alpha=0.2)
    scale, zero = g.constant(np.float32(2**-20)), g.constant(np.int32(0))
    weight = g.normal(12, 1, 3, 3, scale=0.4)
    whole = np.round(weight * 2**20).astype(np.int32)
    y = g.add("DequantizeLinear", g.constant(whole), scale, zero)
    y = g.add("Conv", x, y, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4, group=12)
    y = g.add("HardSwish", y)
    q = g.random.integers(-128, 128, (24, 12)).astype(np.int8)
    s = g.random.uniform(1e-3, 3e-3, (24, 3)).astype(np.float32)
    z = g.random.integers(-10, 10, (24, 3)).astype(np.int8)
    w = g.add("DequantizeLinear", g.constant(q), g.constant(s), g.constant(z, raw=False), axis=1,
              block_size=5)
    y = g.add("Conv", y, g.add("Reshape", w, g.ints(24, 12, 1, 1)), kernel_shape=[1, 1])
    y = g.add("Clip", y, g.constant(np.float32(0)), g.constant(np.float32(6)))
    gate = g.conv(g.add("GlobalAveragePool", y), 24, 24, 1, bias=True)
    y = g.add("Mul", y, g.add("HardSigmoid", gate, alpha=1 / 6, beta=0.5))
    a = g.add("AveragePool", y, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4,
              count_include_pad=1)
    b = g.add("MaxPool", y, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    c = g.add("Resize", g.conv(y, 8, 24, 2, 4, 0, bias=True), "", g.constant(
        np.array([1, 1, 2, 2], np.float32)), mode="nearest",
        coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    c = g.add("Slice", g.conv(y, 8, 24, 1, 2, 0), g.ints(0), g.ints(99), g.ints(2))
    groups = g.conv(g.add("Concat", a, b, c, axis=1), 28, 56, 3, groups=14, bias=True)
    y = g.add("Elu", g.add("Tanh", groups), alpha=0.7)
    rows = g.add("ReduceMean", y, g.ints(3), keepdims=1)
    y = g.add("Sub", y, g.add("Sigmoid", rows))
    y = g.add("Div", y, g.add("Abs", g.add("Add", g.add("Exp", y), g.constant(
        g.normal(1, 1, 5, 5)))))
    y = g.add("Transpose", y, perm=[0, 2, 3, 1])
    y = g.add("LayerNormalization", y, g.constant(1 + g.normal(28, scale=0.1)),
              g.constant(g.normal(28, scale=0.1)), axis=-1, epsilon=1e-5)
    y = g.add("Gelu", g.add("Identity", y))
    y = g.add("Squeeze", g.add("ReduceMean", y, g.ints(1), keepdims=1), g.ints(1))
    y = g.add("Concat", y, g.add("Neg", y), axis=1)
    y = g.add("Unsqueeze", y, g.ints(1))
    y = g.add("Flatten", g.add("Softmax", y, axis=-1), axis=1)
    return g.model(g.add("LpNormalization", g.linear(y, 16, 280), axis=1, p=2))


def windows(seed=6, opset=18):
    """Windows as exporters of TensorFlow and of torchvision's networks write them, channels
    that are shuffled between groups, and inputs that are left out."""
    g = Graph(seed, opset, side=21)

    def conv(x, out, channels, kernel, **attributes):
        groups = attributes.get("group", 1)
        weight = g.normal(out, channels // groups, *kernel,
                          scale=np.sqrt(2 * groups / (channels * kernel[0] * kernel[1])))
        return g.add("Conv", x, g.constant(weight), kernel_shape=list(kernel), **attributes)

    x = conv("input", 12, 3, (3, 3), auto_pad="SAME_UPPER", strides=[2, 2])  # 11
    x = g.add("Clip", x, "", g.constant(np.float32(2)))
    x = g.add("Clip", x, g.constant(np.float32(-1.5)))
    a = conv(x, 16, 12, (4, 2), auto_pad="SAME_LOWER", strides=[2, 1])  # 6 x 11
    b = conv(x, 16, 12, (3, 3), pads=[0, 1, 2, 1], strides=[2, 1])
    x = g.add("Add", a, b)
    x = g.add("LeakyRelu", conv(x, 16, 16, (3, 3), group=16, dilations=[2, 3], pads=[2, 3, 2, 3]))
    x = conv(x, 16, 16, (3, 2), dilations=[1, 2], pads=[1, 1, 1, 1])
    x = g.add("Reshape", x, g.ints(0, 4, -1, 6, 11))  # shuffled
    x = g.add("Reshape", g.add("Transpose", x, perm=[0, 2, 1, 3, 4]), g.ints(0, 16, 6, 11))
    a = g.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1])
    b = g.add("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_UPPER")
    c = g.add("AveragePool", x, kernel_shape=[3, 2], strides=[2, 2], pads=[0, 1, 1, 0],
              count_include_pad=1)
    a = g.add("Pad", a, g.ints(0, 0, 0, 0, 0, 0, 1, 1), g.constant(np.float32(0.3)))  # 4 x 6
    b = g.add("Pad", b, g.ints(1, 0), "", g.ints(-2))
    c = g.add("Pad", c, g.ints(0, 2, 0, 0, 0, 1, 1, 0))
    c = g.add("Slice", c, g.ints(1), g.ints(17), g.ints(1))
    x = g.add("Concat", a, b, c, axis=1)
    x = g.add("HardSigmoid", g.add("ReduceMean", x, g.ints(-1, -2), keepdims=0))
    weight = g.constant(g.normal(48, 20, scale=0.5))
    return g.model(g.add("Gemm", x, weight, g.constant(g.normal(1, 20)), alpha=0.7, beta=-0.4))


def channels_last(seed=7, opset=13):
    """As TensorFlow's networks come: the image's channels last, and between transposes what
    was not moved past them."""
    g = Graph(seed, opset, side=18)
    x = g.add("Transpose", "input", perm=[0, 3, 1, 2])
    x = g.add("Sub", x, g.constant(np.full((1, 3, 1, 1), 0.2, np.float32)))
    x = g.conv(g.add("Pad", x, g.ints(0, 0, 0, 0, 0, 0, 1, 1)), 8, 3, 3, 2, 0, bias=True)
    x = g.add("Transpose", g.prelu(x, 8), perm=[0, 2, 3, 1])
    x = g.add("Mul", x, g.add("Sigmoid", g.add("ReduceMean", x, axes=[1, 2], keepdims=1)))
    x = g.linear(g.add("Reshape", x, g.ints(-1, 9 * 9 * 8)), 12, 9 * 9 * 8, kind="MatMul")
    model = g.model(x, unused_input=False)
    shape = model.graph.input[0].type.tensor_type.shape
    shape.dim[1].CopyFrom(shape.dim[2])
    shape.dim[3].dim_value = 3
    return model


def names(seed=8, opset=13):
    """The image under two names, of which one is scaled."""
    g = Graph(seed, opset, side=12)
    a = g.add("Mul", g.add("Identity", "input"), g.constant(np.array([3.0], np.float32)))
    x = g.add("Concat", g.conv(a, 6, 3, 3), g.conv("input", 6, 3, 3), axis=1)
    return g.model(g.linear(g.add("ReduceMean", x, axes=[2, 3], keepdims=0), 8, 12))


def image(count, side):
    """Numbers that a test makes up likewise."""
    n, c, y, x = np.indices((count, 3, side, side))
    return (((x * 7 + y * 13 + c * 29 + n * 31 + x * y % 11) % 256 - 127.5) / 128).astype(np.float32)


def run(model, side, count=2):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    pixels = image(count, side)
    if session.get_inputs()[0].shape[3] == 3:
        pixels = pixels.transpose(0, 2, 3, 1)
    return session.run(None, {"input": pixels})[0]


def tiny(nodes, weights=(), result="y", shape=(1, 3, 8, 8), opset=13, inputs=None):
    ends = inputs or [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
    graph = helper.make_graph(list(nodes), "g", ends,
                              [helper.make_tensor_value_info(result, TensorProto.FLOAT, None)],
                              list(weights))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


def tensor(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


def hostile():
    node = helper.make_node
    ones = np.ones((4, 3, 1, 1), np.float32)
    yield "circle", tiny([node("Add", ["x", "b"], ["a"], name="first"),
                          node("Relu", ["a"], ["b"], name="second"),
                          node("Relu", ["a"], ["y"], name="third")])
    yield "itself", tiny([node("Add", ["x", "y"], ["y"], name="snake")])
    yield "twice", tiny([node("Relu", ["x"], ["y"], name="one"), node("Relu", ["x"], ["y"], name="two")])
    yield "unknown", tiny([node("Loop", ["x"], ["y"], name="spin")])
    yield "foreign", tiny([node("FusedConv", ["x"], ["y"], name="odd", domain="com.example")])
    yield "axis", tiny([node("Softmax", ["x"], ["y"], name="soft", axis=-5)])
    yield "batch_axis", tiny([node("Softmax", ["x"], ["y"], name="soft", axis=0)])
    yield "reshape", tiny([node("Reshape", ["x", "s"], ["y"], name="bend")],
                          [tensor("s", np.array([1, -2, 96], np.int64))])
    yield "reshape_batch", tiny([node("Reshape", ["x", "s"], ["y"], name="bend")],
                                [tensor("s", np.array([2, 96], np.int64))])
    yield "bomb_constant", tiny([node("ConstantOfShape", ["s"], ["c"], name="bomb"),
                                 node("Add", ["x", "c"], ["y"], name="add")],
                                [tensor("s", np.array([1 << 20, 1 << 20], np.int64))])
    yield "bomb_overflow", tiny([node("ConstantOfShape", ["s"], ["c"], name="bomb"),
                                 node("Add", ["x", "c"], ["y"], name="add")],
                                [tensor("s", np.array([1 << 40, 1 << 40], np.int64))])
    resize = dict(mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    scale = tensor("f", np.array([1, 1, 64, 64], np.float32))
    yield "bomb_resize", tiny([node("Resize", ["x", "", "f"], ["a"], name="r1", **resize),
                               node("Resize", ["a", "", "f"], ["b"], name="r2", **resize),
                               node("Resize", ["b", "", "f"], ["y"], name="r3", **resize)], [scale])
    yield "bomb_pad", tiny([node("Conv", ["x", "w"], ["y"], name="wide", pads=[1 << 19] * 4)],
                           [tensor("w", ones)])
    kernel = tensor("w", np.ones((16, 16, 3, 3), np.float32))
    layers = [node("Conv", ["x", "v"], ["a0"], name="c", pads=[1] * 4)]
    layers += [node("Conv", [f"a{i}", "w"], [f"a{i + 1}"], name=f"c{i}", pads=[1] * 4)
               for i in range(400)]
    first = tensor("v", np.ones((16, 3, 3, 3), np.float32))
    yield "bomb_work", tiny(layers, [kernel, first], result="a400", shape=(1, 3, 900, 900))
    outside = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4, 3, 1, 1],
                          data_location=TensorProto.EXTERNAL)
    outside.external_data.add(key="location", value="../../etc/passwd")
    conv = node("Conv", ["x", "w"], ["y"], name="conv")
    yield "external", tiny([conv], [outside])
    yield "short_weights", tiny([conv], [TensorProto(name="w", data_type=1, dims=[4, 3, 1, 1],
                                                     raw_data=b"1234")])
    yield "huge_weights", tiny([conv], [TensorProto(name="w", data_type=1,
                                                    dims=[1 << 62, 1 << 62, 1, 1], raw_data=b"")])
    yield "negative_dims", tiny([conv], [TensorProto(name="w", data_type=1, dims=[-4, 3, 1, 1],
                                                     raw_data=b"")])
    yield "strings", tiny([conv], [helper.make_tensor("w", TensorProto.STRING, [1], [b"a"])])
    yield "not_finite", tiny([conv], [tensor("w", ones * np.nan)])
    yield "groups", tiny([node("Conv", ["x", "w"], ["y"], name="conv", group=2)], [tensor("w", ones)])
    yield "dilated", tiny([node("MaxPool", ["x"], ["y"], name="pool", kernel_shape=[2, 2],
                                dilations=[2, 2])])
    yield "bomb_dilated", tiny([node("Conv", ["x", "v"], ["y"], name="conv", pads=[4] * 4,
                                     dilations=[1 << 20, 1])],
                               [tensor("v", np.ones((4, 3, 2, 2), np.float32))])
    yield "bomb_spread", tiny([node("Conv", ["x", "v"], ["y"], name="conv", dilations=[899, 899])],
                              [tensor("v", np.ones((40, 3, 2, 2), np.float32))],
                              shape=(1, 3, 900, 900))
    yield "auto_pad", tiny([node("Conv", ["x", "w"], ["y"], name="conv", auto_pad="SAME_MIDDLE")],
                           [tensor("w", ones)])
    yield "uneven_mean", tiny([node("AveragePool", ["x"], ["y"], name="pool", kernel_shape=[2, 2],
                                    pads=[0, 0, 1, 1])])
    yield "pad_mirror", tiny([node("Pad", ["x", "p"], ["y"], name="pad", mode="reflect")],
                             [tensor("p", np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64))])
    yield "pad_cut", tiny([node("Pad", ["x", "p"], ["y"], name="pad")],
                          [tensor("p", np.array([0, 0, -1, 0, 0, 0, 0, 0], np.int64))])
    yield "pad_bomb", tiny([node("Pad", ["x", "p"], ["y"], name="pad")],
                           [tensor("p", np.array([0, 0, 1 << 20, 1 << 20, 0, 0, 0, 0], np.int64))])
    yield "pad_batch", tiny([node("Pad", ["x", "p"], ["y"], name="pad")],
                            [tensor("p", np.array([1, 0, 0, 0, 0, 0, 0, 0], np.int64))])
    yield "seven", tiny([node("Reshape", ["x", "s"], ["y"], name="bend")],
                        [tensor("s", np.array([1, 3, 2, 2, 2, 2, 2, 2], np.int64))])
    five = tensor("s", np.array([1, 3, 2, 4, 8], np.int64))
    yield "five", tiny([node("Reshape", ["x", "s"], ["a"], name="bend"),
                        node("Softmax", ["a"], ["y"], name="soft")], [five])
    yield "five_out", tiny([node("Reshape", ["x", "s"], ["y"], name="bend")], [five])
    yield "five_apart", tiny([node("Reshape", ["x", "s"], ["a"], name="bend"),
                              node("Transpose", ["a"], ["b"], name="turn", perm=[0, 4, 3, 2, 1]),
                              node("Flatten", ["b"], ["y"], name="flat")], [five])
    yield "last", tiny([node("Relu", ["x"], ["y"], name="relu")], shape=(1, 8, 8, 3))
    yield "last_kept", tiny([node("Transpose", ["x"], ["y"], name="turn", perm=[0, 2, 1, 3])],
                            shape=(1, 8, 8, 3))
    yield "kernel", tiny([node("Conv", ["x", "w"], ["y"], name="conv", kernel_shape=[3, 3])],
                         [tensor("w", ones)])
    yield "stride", tiny([node("Conv", ["x", "w"], ["y"], name="conv", strides=[0, -1])],
                         [tensor("w", ones)])
    yield "two_inputs", tiny([node("Add", ["x", "z"], ["y"], name="add")], inputs=[
        helper.make_tensor_value_info(n, TensorProto.FLOAT, (1, 3, 8, 8)) for n in "xz"])
    yield "no_size", tiny([node("Relu", ["x"], ["y"], name="relu")], shape=(1, 3, "h", "w"))
    yield "no_input", tiny([node("Constant", [], ["y"], name="c", value=tensor("t", ones))])
    yield "no_output", tiny([node("Relu", ["x"], ["z"], name="relu")])
    yield "old", tiny([node("Relu", ["x"], ["y"], name="relu")], opset=5)
    yield "quantised", tiny([node("QuantizeLinear", ["x", "s"], ["q"], name="q"),
                             node("Relu", ["q"], ["y"], name="relu")],
                            [tensor("s", np.float32(0.1))])
    yield "scales", tiny([node("DequantizeLinear", ["q", "s"], ["w"], name="dq", axis=1),
                          conv], [tensor("q", np.ones((4, 3, 1, 1), np.int8)),
                                  tensor("s", np.ones(7, np.float32))])
    yield "gather", tiny([node("Shape", ["x"], ["s"], name="shape"),
                          node("Gather", ["s", "i"], ["k"], name="take"),
                          node("Reshape", ["x", "k"], ["y"], name="bend")],
                         [tensor("i", np.array([-9], np.int64))])


def save(folder, name, data):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


def main():
    if sys.argv[1] == "--full":
        for name, model in (("iresnet50", iresnet((3, 4, 14, 3), (64, 128, 256, 512), 512)),
                            ("mobilefacenet", mobilefacenet(1, 512)),
                            ("edgeface", edgeface((32, 64, 100, 192), (3, 3, 9, 3), 512)),
                            ("inception", inception(1, 512))):
            save(sys.argv[2], name + ".onnx", model.SerializeToString())
        return
    asked = sys.argv[2:]
    data = os.path.join(sys.argv[1], "data", "onnx")
    for name, model, side in (
            ("iresnet", iresnet((2, 2, 3, 2), (12, 16, 20, 24), 64), 112),
            ("mobilefacenet", mobilefacenet(0.2, 64), 112),
            ("edgeface", edgeface((12, 16, 20, 24), (1, 2, 2, 2), 48), 112),
            ("inception", inception(0.08, 64), 160),
            ("operators", operators(), 20),
            ("windows", windows(), 21),
            ("channels_last", channels_last(), 18),
            ("names", names(), 12)):
        if asked and name not in asked:
            continue
        onnx.checker.check_model(model)
        save(data, name + ".onnx", model.SerializeToString())
        np.save(os.path.join(data, name + ".npy"), run(model, side))
    for name, model in hostile():
        if not asked or name in asked:
            save(os.path.join(sys.argv[1], "crashers", "onnx"), name, model.SerializeToString())


main()
