"""Python's onnx checks what we wrote, NumPy computes it; and what Python's onnx makes is computed by us.

    onnx_test.py ONNX_FILES   (exit code 77: skipped, there is no onnx or no NumPy)
"""

import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy as np
    import onnx
    from onnx import TensorProto, checker, helper, numpy_helper
except ImportError:
    print("SKIPPED: python3-onnx is not installed (apt-get install python3-onnx)")
    sys.exit(77)

sys.path.insert(0, str(Path(__file__).parent))
from numpy_onnx import OPERATORS, TYPES, evaluate  # noqa: E402

rng = np.random.default_rng(7)


def agree(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and np.allclose(a, b, 1e-5, 1e-5, equal_nan=True)


def check_ours(folder):
    """Every file is valid, also for full_check's shapes, and NumPy gets our answers."""
    files = sorted(folder.glob("*.onnx"))
    used = set()
    for file in files:
        model = onnx.load(str(file))
        checker.check_model(model, full_check=True)
        assert model.opset_import[0].version == 17 and model.producer_name == "tinytorch"
        got = evaluate(model, [np.load(file.with_suffix(".x0.npy"))])
        expected = np.load(file.with_suffix(".y.npy"))
        assert agree(got, expected), (file.name, got.dtype, got.shape, expected.shape, abs(got - expected).max())
        used.update(node.op_type for node in model.graph.node)
    assert len(files) == 16, files
    return len(files), used


def reals(*shape):
    return rng.uniform(-1.5, 1.5, shape).astype(np.float32)


def positive(*shape):
    return rng.uniform(0.2, 0.9, shape).astype(np.float32)


def wholes(*numbers):
    return np.array(numbers, np.int64)


def bools(*shape):
    return rng.uniform(size=shape) < 0.5


def cases():
    """(operator, inputs, initializers, settings, number of outputs): every operator, in the ways that its settings allow."""
    lines, images = reals(2, 4, 9), reals(2, 4, 7, 8)
    for settings in (
        {},
        {"strides": [2, 3], "pads": [1, 0, 1, 0]},
        {"dilations": [2, 1], "pads": [0, 1, 2, 3], "kernel_shape": [2, 3]},
        {"auto_pad": "SAME_UPPER", "strides": [2, 2]},
        {"auto_pad": "SAME_LOWER"},
        {"auto_pad": "VALID"},
    ):
        yield "Conv", [images], [reals(6, 4, 2, 3), reals(6)], settings
    yield "Conv", [images], [reals(6, 2, 3, 3)], {"group": 2}
    yield "Conv", [images], [reals(4, 1, 3, 3), reals(4)], {"group": 4, "pads": [1, 1, 1, 1]}
    yield "Conv", [lines], [reals(5, 4, 3), reals(5)], {"strides": [2], "pads": [1, 2], "dilations": [2]}
    for op in ("MaxPool", "AveragePool"):
        yield op, [images], [], {"kernel_shape": [3, 2]}
        yield op, [images], [], {"kernel_shape": [3, 2], "strides": [2, 2], "pads": [1, 1, 1, 1]}
        yield op, [images], [], {"kernel_shape": [2, 2], "strides": [2, 1]}
        yield op, [lines], [], {"kernel_shape": [3], "strides": [2], "pads": [1, 1]}
    yield "MaxPool", [images], [], {"kernel_shape": [3, 3], "strides": [2, 2], "auto_pad": "SAME_UPPER"}
    yield "MaxPool", [images], [], {"kernel_shape": [3, 3], "pads": [0, 1, 1, 0]}
    yield "AveragePool", [images], [], {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "count_include_pad": 1}
    yield "AveragePool", [images], [], {"kernel_shape": [3, 3], "pads": [0, 1, 1, 0], "count_include_pad": 1}
    yield "GlobalAveragePool", [images], [], {}
    yield "GlobalMaxPool", [images], [], {}
    yield "BatchNormalization", [images], [reals(4), reals(4), reals(4), positive(4)], {"epsilon": 1e-3}
    yield "BatchNormalization", [reals(5, 3)], [reals(3), reals(3), reals(3), positive(3)], {}
    yield "LayerNormalization", [images], [reals(8), reals(8)], {}
    yield "LayerNormalization", [images], [reals(7, 8)], {"axis": 2, "epsilon": 1e-2}
    yield "Gemm", [reals(3, 4)], [reals(5, 4), reals(5)], {"transB": 1}
    yield "Gemm", [reals(4, 3)], [reals(4, 5), reals(3, 5)], {"transA": 1, "alpha": 0.5, "beta": 2.0}
    yield "Gemm", [reals(3, 4)], [reals(4, 5)], {}
    yield "MatMul", [reals(2, 3, 4)], [reals(4, 5)], {}
    yield "MatMul", [reals(2, 1, 3, 4), reals(5, 4, 2)], [], {}
    yield "Dropout", [images], [], {}
    yield "Dropout", [images], [np.array(0.3, np.float32)], {"seed": 1}
    for op in ("Relu", "LeakyRelu", "Elu", "Celu", "Selu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Softplus",
               "Softsign", "Softmax", "LogSoftmax", "Neg", "Abs", "Sign", "Exp", "Erf", "Floor", "Ceil", "Round", "Sin",
               "Cos", "Tan", "Atan", "Sinh", "Cosh", "Asinh", "Identity", "IsNaN"):
        yield op, [reals(3, 5) * 1.3], [], {}
    for op in ("Reciprocal", "Sqrt", "Log", "Asin", "Acos", "Atanh"):
        yield op, [positive(3, 5)], [], {}
    yield "Acosh", [positive(3, 5) + 1], [], {}
    yield "LeakyRelu", [reals(3, 5)], [], {"alpha": 0.3}
    yield "Elu", [reals(3, 5)], [], {"alpha": 0.3}
    yield "Celu", [reals(3, 5)], [], {"alpha": 0.6}
    yield "HardSigmoid", [reals(3, 5)], [], {"alpha": 0.7, "beta": 0.1}
    yield "Softmax", [reals(3, 5)], [], {"axis": 0}
    yield "LogSoftmax", [reals(3, 5, 2)], [], {"axis": 1}
    yield "PRelu", [images], [reals(4, 1, 1)], {}
    for op in ("Add", "Sub", "Mul", "Div", "Max", "Min", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"):
        yield op, [reals(3, 1, 5), reals(2, 5)], [], {}
        yield op, [rng.integers(-9, 9, (3, 5))], [rng.integers(1, 9, (5,))], {}
    yield "Pow", [positive(3, 5)], [reals(5)], {}
    yield "Pow", [positive(3, 5)], [wholes(2)], {}
    yield "Equal", [rng.integers(0, 3, (3, 5))], [rng.integers(0, 3, (3, 5))], {}
    for op in ("Sum", "Mean", "Max"):
        yield op, [reals(3, 5), reals(5), reals(3, 1)], [], {}
    for op in ("And", "Or"):
        yield op, [bools(3, 5), bools(5)], [], {}
    yield "Not", [bools(3, 5)], [], {}
    yield "Clip", [reals(3, 5)], [np.array(-0.5, np.float32), np.array(0.4, np.float32)], {}
    yield "Clip", [reals(3, 5)], [None, np.array(0.4, np.float32)], {}
    yield "Where", [bools(3, 5), reals(3, 1), reals(5)], [], {}
    for kind in (TensorProto.INT64, TensorProto.DOUBLE, TensorProto.BOOL, TensorProto.INT32):
        yield "Cast", [np.round(reals(3, 5))], [], {"to": kind}
    yield "Reshape", [reals(2, 3, 4)], [wholes(0, -1, 2)], {}
    yield "Flatten", [reals(2, 3, 4)], [], {}
    yield "Flatten", [reals(2, 3, 4)], [], {"axis": 2}
    yield "Flatten", [reals(2, 3, 4)], [], {"axis": 0}
    yield "Transpose", [reals(2, 3, 4)], [], {}
    yield "Transpose", [reals(2, 3, 4)], [], {"perm": [1, 2, 0]}
    yield "Squeeze", [reals(2, 1, 4, 1)], [], {}
    yield "Squeeze", [reals(2, 1, 4, 1)], [wholes(-1)], {}
    yield "Unsqueeze", [reals(2, 4)], [wholes(0, -1)], {}
    yield "Expand", [reals(2, 1, 4)], [wholes(3, 1, 5, 1)], {}
    yield "Concat", [reals(2, 3), reals(2, 1), reals(2, 2)], [], {"axis": -1}
    yield "Split", [reals(2, 6)], [], {"axis": 1}, 3
    yield "Split", [reals(6, 2)], [wholes(1, 3, 2)], {}, 3
    yield "Slice", [reals(5, 6)], [wholes(1, -4), wholes(2**62, -1)], {}
    yield "Slice", [reals(5, 6)], [wholes(0), wholes(5), wholes(-1), wholes(2)], {}
    yield "Gather", [reals(5, 6)], [np.array([[0, -1], [3, 2]])], {}
    yield "Gather", [reals(5, 6)], [np.array(-2)], {"axis": 1}
    yield "GatherElements", [reals(5, 6)], [rng.integers(-6, 6, (5, 3))], {"axis": 1}
    yield "Pad", [reals(2, 5)], [wholes(0, 1, 2, 3), np.array(0.5, np.float32)], {}
    yield "Pad", [reals(2, 5)], [wholes(1, 2, 0, 1)], {"mode": "reflect"}
    yield "Pad", [reals(2, 5)], [wholes(1, 2, 0, 1)], {"mode": "edge"}
    yield "Pad", [reals(2, 5)], [wholes(-1, 1, 0, -2)], {}
    yield "Shape", [reals(2, 5, 3)], [], {}
    yield "Shape", [reals(2, 5, 3)], [], {"start": 1, "end": -1}
    yield "ConstantOfShape", [wholes(2, 3)], [], {}
    yield "ConstantOfShape", [wholes(2)], [], {"value": numpy_helper.from_array(np.array([7], np.int64))}
    yield "Constant", [], [], {"value": numpy_helper.from_array(reals(2, 3))}
    yield "Constant", [], [], {"value_floats": [1.5, 2.5]}
    yield "Constant", [], [], {"value_ints": [3, 4]}
    yield "Constant", [], [], {"value_int": 5}
    yield "Constant", [], [], {"value_float": 0.25}
    yield "ReduceSum", [reals(2, 3, 4)], [wholes(1)], {"keepdims": 0}
    yield "ReduceSum", [reals(2, 3, 4)], [], {"noop_with_empty_axes": 1}
    for op in ("ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd"):
        yield op, [reals(2, 3, 4)], [], {"axes": [0, -1]}
        yield op, [reals(2, 3, 4)], [], {"keepdims": 0}
    for op in ("ArgMax", "ArgMin"):
        yield op, [reals(3, 5)], [], {}
        yield op, [reals(3, 5)], [], {"axis": -1, "keepdims": 0}


def typed(name, array):
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype) if hasattr(helper, "np_dtype_to_tensor_dtype") else onnx.mapping.NP_TYPE_TO_TENSOR_TYPE[array.dtype], array.shape)


def stored(name, array, as_numbers):
    """As raw bytes, or as a list of numbers: both are allowed."""
    if not as_numbers:
        return numpy_helper.from_array(array, name)
    kind = onnx.mapping.NP_TYPE_TO_TENSOR_TYPE[array.dtype]
    return helper.make_tensor(name, kind, array.shape, array.flatten().tolist())


def make(op, inputs, initializers, settings, outputs, as_numbers):
    names = [f"in{i}" for i in range(len(inputs))]
    own = [f"w{i}" if array is not None else "" for i, array in enumerate(initializers)]
    made = ["y"] + [f"y{i}" for i in range(1, outputs)]
    node = helper.make_node(op, names + own, made, name=f"the_{op}", **settings)
    graph = helper.make_graph(
        [node],
        "one",
        [typed(name, array) for name, array in zip(names, inputs)],
        [helper.make_empty_tensor_value_info("y")],
        [stored(name, array, as_numbers) for name, array in zip(own, initializers) if array is not None],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    checker.check_model(inferred, full_check=True)
    return inferred


def make_theirs(folder):
    """A file, its inputs and NumPy's answer for every case."""
    covered, count = set(), 0
    for op, inputs, initializers, settings, *outputs in cases():
        name = f"{count:03d}_{op}"
        model = make(op, inputs, initializers, settings, outputs[0] if outputs else 1, count % 2 == 0)
        expected = evaluate(model, inputs)
        onnx.save(model, str(folder / f"{name}.onnx"))
        for i, array in enumerate(inputs):
            np.save(folder / f"{name}.x{i}.npy", array)
        np.save(folder / f"{name}.y.npy", expected.astype(TYPES[model.graph.output[0].type.tensor_type.elem_type]))
        covered.add(op)
        count += 1
    return count, covered


def main(program):
    table = (Path(__file__).parents[3] / "docs" / "onnx.md").read_text()  # as in the code: OnnxTables.stand_in_the_page
    loaded = {line.split("|")[1].strip() for line in table.split("| operator | settings |")[1].splitlines()[2:] if "|" in line}
    assert loaded == set(OPERATORS), loaded ^ set(OPERATORS)
    with tempfile.TemporaryDirectory() as name:
        subprocess.run([program, "write", name], check=True)
        ours, used = check_ours(Path(name))
    with tempfile.TemporaryDirectory() as name:
        theirs, covered = make_theirs(Path(name))
        later = {"Gelu", "Mish"}  # of opsets that onnx 1.12 does not have
        assert loaded - covered - later == set(), loaded - covered
        done = subprocess.run([program, "check", name], capture_output=True, text=True)
        print(done.stdout, end="")
        assert done.returncode == 0
    print(f"onnx {onnx.__version__}: {ours} files of ours with {len(used)} operators are valid and give NumPy our answers;")
    print(f"{theirs} files of {len(covered)} operators give us NumPy's")


if __name__ == "__main__":
    main(sys.argv[1])
