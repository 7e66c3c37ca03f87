"""How gdb shows tensors and shapes: `p x` prints `(2, 3) float32 [[1, 2, 3], [4, 5, 6]]`."""

import gdb
import gdb.printing

MOST = 6  # elements shown of a dimension
ELEMENTS = {
    "float32": "float",
    "float64": "double",
    "int64": "long",
    "int32": "int",
    "uint8": "unsigned char",
    "int8": "signed char",
    "boolean": "bool",
}


def numbers(shape):
    return [int(shape["values_"][d]) for d in range(int(shape["size_"]))]


class ShapePrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        sizes = numbers(self.value)
        return "(" + ", ".join(map(str, sizes)) + ("," if len(sizes) == 1 else "") + ")"


class TensorPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        impl = self.value["impl_"]
        if int(impl) == 0:
            return "undefined"
        dtype = str(impl["dtype"]).split("::")[-1]
        sizes, strides = numbers(impl["sizes"]), numbers(impl["strides"])
        head = "(" + ", ".join(map(str, sizes)) + ") " + dtype
        if dtype not in ELEMENTS:
            return head
        data = impl["storage"]["data"].cast(gdb.lookup_type(ELEMENTS[dtype]).pointer())
        return head + " " + self.text(data, sizes, strides, int(impl["offset"]))

    def text(self, data, sizes, strides, at):
        if not sizes:
            return self.number(data[at])
        shown = [
            self.text(data, sizes[1:], strides[1:], at + i * strides[0]) for i in range(min(sizes[0], MOST))
        ]
        return "[" + ", ".join(shown) + (", ..." if sizes[0] > MOST else "") + "]"

    @staticmethod
    def number(value):
        if value.type.sizeof == 1:
            return str(int(value))
        text = str(value)
        return "%g" % float(text) if "." in text or "e" in text else text


printers = gdb.printing.RegexpCollectionPrettyPrinter("tinytorch")
printers.add_printer("Shape", "^tinytorch::Shape$", ShapePrinter)
printers.add_printer("Tensor", "^tinytorch::Tensor$", TensorPrinter)
gdb.printing.register_pretty_printer(gdb.current_objfile(), printers, replace=True)
