"""Computes an ONNX graph with NumPy, as onnx/onnx, docs/Operators.md defines each operator (opset 17).

It is slow and plain: a loop per window. It knows the operators and settings that the library reads or writes.
"""

import math

import numpy as np
from onnx import helper, numpy_helper

erf = np.vectorize(math.erf, otypes=[np.float64])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def gemm(a, b, c=None, alpha=1.0, beta=1.0, transA=0, transB=0):
    y = alpha * (a.T if transA else a) @ (b.T if transB else b)
    return y if c is None else y + beta * c


def pads_of(x, kernel, strides, dilations, pads, auto_pad):
    """(before, after) for each dimension of the image."""
    rank = len(kernel)
    if auto_pad in ("SAME_UPPER", "SAME_LOWER"):
        both = []
        for size, k, s, d in zip(x.shape[2:], kernel, strides, dilations):
            total = max(0, (-(-size // s) - 1) * s + (k - 1) * d + 1 - size)
            small, large = total // 2, total - total // 2
            both.append((small, large) if auto_pad == "SAME_UPPER" else (large, small))
        return both
    pads = pads or [0] * (2 * rank)
    return list(zip(pads[:rank], pads[rank:]))


def windows(x, kernel, strides, dilations, pads, fill):
    """Yields the place of each output and its window (N, C, *kernel)."""
    x = np.pad(x, [(0, 0), (0, 0), *pads], constant_values=fill)
    counts = [(n - (k - 1) * d - 1) // s + 1 for n, k, s, d in zip(x.shape[2:], kernel, strides, dilations)]
    for place in np.ndindex(*counts):
        yield place, x[(slice(None), slice(None), *(slice(p * s, p * s + (k - 1) * d + 1, d) for p, s, k, d in zip(place, strides, kernel, dilations)))]


def collect(pieces, channels_first):
    """An array (N, C, *places) of arrays (N, C)."""
    places = [place for place, _ in pieces]
    counts = [1 + max(place[d] for place in places) for d in range(len(places[0]))]
    y = np.zeros((*channels_first, *counts), pieces[0][1].dtype)
    for place, piece in pieces:
        y[(slice(None), slice(None), *place)] = piece
    return y


def conv(x, w, b=None, kernel_shape=None, strides=None, pads=None, dilations=None, group=1, auto_pad="NOTSET"):
    kernel = w.shape[2:]
    ones = [1] * len(kernel)
    strides, dilations = strides or ones, dilations or ones
    around = pads_of(x, kernel, strides, dilations, pads, auto_pad)
    groups = []
    for xg, wg in zip(np.split(x, group, 1), np.split(w, group, 0)):
        flat = wg.reshape(len(wg), -1).T
        groups.append([(place, piece.reshape(len(x), -1) @ flat) for place, piece in windows(xg, kernel, strides, dilations, around, 0)])
    pieces = [(parts[0][0], np.concatenate([piece for _, piece in parts], 1)) for parts in zip(*groups)]
    y = collect(pieces, (len(x), len(w)))
    return y if b is None else y + b.reshape(-1, *[1] * len(kernel))


def pool(x, kernel_shape, strides, pads, auto_pad, fill, reduce):
    ones = [1] * len(kernel_shape)
    strides = strides or ones
    around = pads_of(x, kernel_shape, strides, ones, pads, auto_pad)
    axes = tuple(range(2, x.ndim))
    pieces = [(place, reduce(piece, axes)) for place, piece in windows(x, kernel_shape, strides, ones, around, fill)]
    return collect(pieces, x.shape[:2])


def max_pool(x, kernel_shape, strides=None, pads=None, auto_pad="NOTSET"):
    return pool(x, kernel_shape, strides, pads, auto_pad, -np.inf, np.max)


def average_pool(x, kernel_shape, strides=None, pads=None, auto_pad="NOTSET", count_include_pad=0):
    total = pool(x, kernel_shape, strides, pads, auto_pad, 0, np.sum)
    counted = np.ones_like(x)
    count = pool(counted, kernel_shape, strides, pads, auto_pad, 1 if count_include_pad else 0, np.sum)
    return total / count


def batch_norm(x, scale, bias, mean, var, epsilon=1e-5, momentum=0.9):
    along = (1, -1, *[1] * (x.ndim - 2))
    return (x - mean.reshape(along)) / np.sqrt(var.reshape(along) + epsilon) * scale.reshape(along) + bias.reshape(along)


def layer_norm(x, scale, bias=None, axis=-1, epsilon=1e-5):
    axes = tuple(range(axis % x.ndim, x.ndim))
    centred = x - x.mean(axis=axes, keepdims=True)
    y = centred / np.sqrt((centred**2).mean(axis=axes, keepdims=True) + epsilon) * scale
    return y if bias is None else y + bias


def reshape(x, shape, allowzero=0):
    return x.reshape([x.shape[d] if n == 0 and not allowzero else n for d, n in enumerate(shape)])


def slice_(x, starts, ends, axes=None, steps=None):
    axes = range(len(starts)) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    places = [slice(None)] * x.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps):
        places[axis] = slice(int(start), int(end), int(step))
    return x[tuple(places)]


def pad(x, pads, value=None, mode="constant"):
    pairs = list(zip(pads[: x.ndim], pads[x.ndim :]))
    cut = x[tuple(slice(max(0, -b), x.shape[d] - max(0, -a)) for d, (b, a) in enumerate(pairs))]
    pairs = [(max(0, b), max(0, a)) for b, a in pairs]
    if mode == "constant":
        return np.pad(cut, pairs, constant_values=0 if value is None else value)
    return np.pad(cut, pairs, mode=mode)


def reducer(function):
    def run(x, given=None, axes=None, keepdims=1, noop_with_empty_axes=0):
        axes = given if given is not None else axes
        if axes is None or len(axes) == 0:
            return x if noop_with_empty_axes else function(x, axis=None, keepdims=bool(keepdims))
        return function(x, axis=tuple(int(a) for a in axes), keepdims=bool(keepdims))

    return run


def picker(function):
    def run(x, axis=0, keepdims=1):
        y = function(x, axis=axis)
        return np.expand_dims(y, axis) if keepdims else y

    return run


def unsqueeze(x, axes):
    return np.expand_dims(x, tuple(int(a) for a in axes))


def squeeze(x, axes=None):
    return np.squeeze(x, None if axes is None else tuple(int(a) for a in axes))


def split(x, parts=None, axis=0, count=0):
    return np.split(x, count if parts is None else np.cumsum(parts)[:-1], axis)


def gelu(x, approximate="none"):
    if approximate == "none":
        return 0.5 * x * (1 + erf(x / np.sqrt(2)))
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def constant(**given):
    name, value = next(iter(given.items()))
    if name == "value":
        return numpy_helper.to_array(value)
    return np.array(value, np.int64 if "int" in name else np.float32)


def divide(a, b):
    return a / b if a.dtype.kind == "f" else (np.sign(a) * np.sign(b) * (abs(a) // abs(b))).astype(a.dtype)


def elu(x, alpha=1.0):
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def clip(x, low=None, high=None):
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


# By TensorProto.DataType.
TYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64, 9: np.bool_, 11: np.float64}

OPERATORS = {
    "Gemm": gemm,
    "MatMul": np.matmul,
    "Conv": conv,
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "GlobalAveragePool": lambda x: x.mean(axis=tuple(range(2, x.ndim)), keepdims=True),
    "GlobalMaxPool": lambda x: x.max(axis=tuple(range(2, x.ndim)), keepdims=True),
    "BatchNormalization": batch_norm,
    "LayerNormalization": layer_norm,
    "Dropout": lambda x, ratio=None, seed=0: x,
    "Relu": lambda x: np.maximum(x, 0),
    "LeakyRelu": lambda x, alpha=0.01: np.where(x > 0, x, alpha * x),
    "PRelu": lambda x, slope: np.where(x < 0, slope * x, x),
    "Elu": elu,
    "Celu": lambda x, alpha=1.0: np.maximum(0, x) + np.minimum(0, alpha * np.expm1(np.minimum(x, 0) / alpha)),
    "Selu": lambda x, alpha=1.67326319217681884765625, gamma=1.05070102214813232421875: gamma * elu(x, alpha),
    "Gelu": gelu,
    "Sigmoid": sigmoid,
    "HardSigmoid": lambda x, alpha=0.2, beta=0.5: np.clip(alpha * x + beta, 0, 1),
    "HardSwish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "Mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
    "Tanh": np.tanh,
    "Softplus": lambda x: np.log1p(np.exp(x)),
    "Softsign": lambda x: x / (1 + abs(x)),
    "Softmax": lambda x, axis=-1: softmax(x, axis),
    "LogSoftmax": lambda x, axis=-1: np.log(softmax(x, axis)),
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": divide,
    "Pow": lambda a, b: np.power(a, b).astype(a.dtype),
    "Sum": lambda *all: sum(all[1:], all[0]),
    "Mean": lambda *all: sum(all[1:], all[0]) / len(all),
    "Max": lambda *all: np.maximum.reduce(np.broadcast_arrays(*all)),
    "Min": lambda *all: np.minimum.reduce(np.broadcast_arrays(*all)),
    "Neg": np.negative,
    "Abs": np.abs,
    "Sign": np.sign,
    "Reciprocal": lambda x: 1 / x,
    "Sqrt": np.sqrt,
    "Exp": np.exp,
    "Log": np.log,
    "Erf": erf,
    "Floor": np.floor,
    "Ceil": np.ceil,
    "Round": np.rint,
    "Sin": np.sin,
    "Cos": np.cos,
    "Tan": np.tan,
    "Asin": np.arcsin,
    "Acos": np.arccos,
    "Atan": np.arctan,
    "Sinh": np.sinh,
    "Cosh": np.cosh,
    "Asinh": np.arcsinh,
    "Acosh": np.arccosh,
    "Atanh": np.arctanh,
    "Clip": clip,
    "Where": np.where,
    "Equal": np.equal,
    "Less": np.less,
    "LessOrEqual": np.less_equal,
    "Greater": np.greater,
    "GreaterOrEqual": np.greater_equal,
    "And": np.logical_and,
    "Or": np.logical_or,
    "Not": np.logical_not,
    "IsNaN": np.isnan,
    "Cast": lambda x, to: x.astype(TYPES[to]),
    "Reshape": reshape,
    "Flatten": lambda x, axis=1: x.reshape(math.prod(x.shape[:axis]), -1),
    "Transpose": lambda x, perm=None: np.transpose(x, perm),
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Expand": lambda x, shape: np.broadcast_to(x, np.broadcast_shapes(x.shape, tuple(int(n) for n in shape))),
    "Concat": lambda *all, axis: np.concatenate(all, axis),
    "Split": split,
    "Slice": slice_,
    "Gather": lambda x, index, axis=0: np.take(x, index, axis),
    "GatherElements": lambda x, index, axis=0: np.take_along_axis(x, index, axis),
    "Pad": pad,
    "Shape": lambda x, start=0, end=None: np.array(x.shape[start:end], np.int64),
    "ConstantOfShape": lambda shape, value=None: np.full([int(n) for n in shape], np.float32(0) if value is None else numpy_helper.to_array(value)[0]),
    "Identity": lambda x: x,
    "Constant": constant,
    "ReduceSum": reducer(np.sum),
    "ReduceMean": reducer(np.mean),
    "ReduceMax": reducer(np.max),
    "ReduceMin": reducer(np.min),
    "ReduceProd": reducer(np.prod),
    "ArgMax": picker(np.argmax),
    "ArgMin": picker(np.argmin),
}


def setting(attribute):
    value = helper.get_attribute_value(attribute)
    return value.decode() if isinstance(value, bytes) else value


def evaluate(model, inputs):
    """The first output of the model for these arrays. Floats of 32 bits are computed in 64 and rounded at the end."""
    graph = model.graph
    values = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    free = [one.name for one in graph.input if one.name not in values]
    values.update(zip(free, inputs))
    wide = lambda x: x.astype(np.float64) if x.dtype == np.float32 else x
    values = {name: wide(value) for name, value in values.items()}
    values[""] = None
    for node in graph.node:
        settings = {one.name: setting(one) for one in node.attribute}
        if node.op_type == "Split":
            settings["count"] = len(node.output)
        arguments = [values[name] for name in node.input]
        result = OPERATORS[node.op_type](*arguments, **settings)
        results = result if isinstance(result, list) else [result]
        values.update((name, wide(np.asarray(value))) for name, value in zip(node.output, results))
    result = values[graph.output[0].name]
    kind = graph.output[0].type.tensor_type.elem_type
    return result.astype(np.float32) if kind == 1 else result
