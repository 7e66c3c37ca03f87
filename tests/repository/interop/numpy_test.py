"""NumPy reads what we wrote, bit for bit, and writes it anew for us to read.

    numpy_test.py INTEROP_FILES   (exit code 77: skipped, there is no NumPy)
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy
except ImportError:
    print("SKIPPED: python3-numpy is not installed (apt-get install python3-numpy)")
    sys.exit(77)

TYPES = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "I32": "<i4", "U8": "|u1", "I8": "|i1", "BOOL": "|b1"}


def load_safetensors(path):
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    metadata = header.pop("__metadata__", {})
    arrays = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        array = numpy.frombuffer(content[start + begin : start + end], TYPES[entry["dtype"]])
        arrays[name] = array.reshape(entry["shape"])
    return arrays, metadata


def save_safetensors(path, arrays):
    header, elements = {}, b""
    for name, array in arrays.items():
        kind = next(key for key, value in TYPES.items() if numpy.dtype(value) == array.dtype)
        offsets = [len(elements), len(elements) + array.nbytes]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": offsets}
        elements += array.tobytes()
    text = json.dumps(dict(reversed(header.items()))).encode()  # escapes all but ASCII
    path.write_bytes(len(text).to_bytes(8, "little") + text + elements)


def same(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def main(program):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([program, "write", name], check=True)
        with numpy.load(folder / "ours.npz") as archive:
            arrays = {key: archive[key] for key in archive.files}
        tensors, metadata = load_safetensors(folder / "ours.safetensors")
        assert metadata == {"made by": 'tinytorch "ä"'}, metadata
        assert len(arrays) == 36 and arrays.keys() == tensors.keys(), sorted(arrays.keys() ^ tensors.keys())
        for key in arrays:
            kind = key.split(".")[0]
            assert kind == "transposed" or arrays[key].dtype == numpy.dtype(kind), (key, arrays[key].dtype)
            assert same(arrays[key], tensors[key]), key
        assert same(numpy.load(folder / "ours.npy"), arrays["transposed.ä"])

        numpy.savez(folder / "stored.npz", **arrays)
        numpy.savez_compressed(folder / "deflated.npz", **arrays)
        numpy.savez(folder / "fortran.npz", **{key: numpy.asfortranarray(arrays[key]) if arrays[key].ndim > 0 else arrays[key] for key in arrays})
        numpy.save(folder / "theirs.npy", arrays["transposed.ä"])
        save_safetensors(folder / "theirs.safetensors", arrays)
        subprocess.run([program, "check", name], check=True)
    print(f"NumPy {numpy.__version__}: {len(arrays)} tensors there and back, bit for bit")


if __name__ == "__main__":
    main(sys.argv[1])
