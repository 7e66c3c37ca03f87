// Reads an ONNX file. Field numbers are those of onnx.proto.

#include "src/nn/onnx/file.hpp"
#include "src/nn/onnx/wire.hpp"
#include "tinytorch/core/error.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace tinytorch::onnx {

using tinytorch::detail::text;

namespace {

// The numbers of TensorProto.DataType.
enum Number : std::int64_t {
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  int32 = 6,
  int64 = 7,
  boolean = 9,
  half = 10,
  float64 = 11,
  brain = 16
};

float from_brain(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }

float from_half_float(std::uint16_t bits) {
  const int exponent = bits >> 10 & 0x1F, fraction = bits & 0x3FF;
  float size = std::ldexp(static_cast<float>(fraction), -24);
  if (exponent == 31)
    size = fraction != 0 ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity();
  else if (exponent != 0)
    size = std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  return (bits & 0x8000) != 0 ? -size : size;
}

// One TensorProto: what its fields say, before a tensor is made of it.
struct Stored {
  std::string name;
  std::vector<std::int64_t> dims, wholes, longs;
  std::vector<float> floats;
  std::vector<double> doubles;
  std::optional<std::string_view> raw;
  std::int64_t type = 0;
  bool elsewhere = false;
};

Stored read_stored(Fields fields) {
  Stored stored;
  while (fields.next()) switch (fields.number()) {
      case 1:
        fields.append_wholes(stored.dims);
        break;
      case 2:
        stored.type = fields.whole();
        break;
      case 4:
        fields.append_reals(stored.floats);
        break;
      case 5:
        fields.append_wholes(stored.wholes);
        break;
      case 7:
        fields.append_wholes(stored.longs);
        break;
      case 8:
        stored.name = fields.string();
        break;
      case 9:
        stored.raw = fields.bytes();
        break;
      case 10:
        fields.append_reals(stored.doubles);
        break;
      case 13:
        stored.elsewhere = true;
        break;
      case 14:
        stored.elsewhere = stored.elsewhere || fields.whole() == 1;
        break;
      default:
        break;
    }
  return stored;
}

// The number of elements. Throws unless it and the bytes of that many elements fit 63 bits.
std::int64_t count_elements(const Stored& stored, const Fields& at) {
  if (stored.dims.size() > Shape::max_rank)
    at.fail(text({"tensor '", shown(stored.name), "' has more than ", Shape::max_rank, " dimensions"}));
  std::int64_t count = 1;
  bool none = false;
  for (const std::int64_t size : stored.dims) {
    if (size < 0) at.fail(text({"tensor '", shown(stored.name), "' has a size of ", size}));
    none = none || size == 0;
    if (size > 0 && count > (std::numeric_limits<std::int64_t>::max() >> 4) / size)
      at.fail(text({"tensor '", shown(stored.name), "' has more elements than a file can hold"}));
    count *= size > 0 ? size : 1;
  }
  return none ? 0 : count;
}

template <class To, class From>
void convert(const Tensor& tensor, const std::vector<From>& from) {
  To* to = tensor.data<To>();
  for (const From value : from) *to++ = static_cast<To>(value);
}

void fill_from_bytes(const Tensor& tensor, std::string_view raw, std::int64_t type) {
  if (type == half || type == brain) {
    for (std::size_t i = 0; 2 * i < raw.size(); ++i) {
      std::uint16_t bits = 0;
      std::memcpy(&bits, raw.data() + 2 * i, 2);
      tensor.data<float>()[i] = type == half ? from_half_float(bits) : from_brain(bits);
    }
  } else if (type == boolean) {
    for (std::size_t i = 0; i < raw.size(); ++i) tensor.data<bool>()[i] = raw[i] != 0;
  } else if (!raw.empty()) {
    std::memcpy(tensor.data(), raw.data(), raw.size());
  }
}

void fill_from_numbers(const Tensor& tensor, const Stored& stored) {
  if (stored.type == float32) convert<float>(tensor, stored.floats);
  if (stored.type == float64) convert<double>(tensor, stored.doubles);
  if (stored.type == int64) convert<std::int64_t>(tensor, stored.longs);
  if (stored.type == int32) convert<std::int32_t>(tensor, stored.wholes);
  if (stored.type == uint8) convert<std::uint8_t>(tensor, stored.wholes);
  if (stored.type == int8) convert<std::int8_t>(tensor, stored.wholes);
  if (stored.type == boolean) convert<bool>(tensor, stored.wholes);
  if (stored.type == half || stored.type == brain)
    for (std::size_t i = 0; i < stored.wholes.size(); ++i) {
      const auto bits = static_cast<std::uint16_t>(stored.wholes[i]);
      tensor.data<float>()[i] = stored.type == half ? from_half_float(bits) : from_brain(bits);
    }
}

NamedTensor read_tensor(const Fields& fields) {
  Stored stored = read_stored(fields);
  const std::string what = text({"tensor '", shown(stored.name), "'"});
  if (stored.elsewhere)
    fields.fail(text({what,
                      " has its numbers in another file: save the model with them inside (save_as_external_data="
                      "False)"}));
  const std::optional<DType> dtype = dtype_of_number(stored.type);
  if (!dtype) fields.fail(text({what, " is of type ", stored.type, ", for which there is no dtype"}));
  const auto count = static_cast<std::uint64_t>(count_elements(stored, fields));
  const std::uint64_t item =
      stored.type == half || stored.type == brain ? 2 : static_cast<std::uint64_t>(item_size(*dtype));
  const std::uint64_t numbers = stored.type == float32   ? stored.floats.size()
                                : stored.type == float64 ? stored.doubles.size()
                                : stored.type == int64   ? stored.longs.size()
                                                         : stored.wholes.size();
  const std::uint64_t given = stored.raw && !stored.raw->empty() ? stored.raw->size() : numbers * item;
  const Shape sizes{Dims(stored.dims)};
  if (given != count * item) fields.fail(text({what, " has ", given, " bytes for ", sizes, " of ", item, " each"}));
  const Tensor tensor = empty(sizes, *dtype);
  if (stored.raw && !stored.raw->empty())
    fill_from_bytes(tensor, *stored.raw, stored.type);
  else
    fill_from_numbers(tensor, stored);
  return {std::move(stored.name), tensor};
}

Attribute read_attribute(Fields fields) {
  Attribute attribute;
  while (fields.next()) switch (fields.number()) {
      case 1:
        attribute.name = fields.string();
        break;
      case 2:
        attribute.f = fields.real();
        break;
      case 3:
        attribute.i = fields.whole();
        break;
      case 4:
        attribute.s = fields.string();
        break;
      case 5:
        attribute.t = read_tensor(fields.message()).value;
        break;
      case 7:
        fields.append_reals(attribute.floats);
        break;
      case 8:
        fields.append_wholes(attribute.ints);
        break;
      case 20:
        attribute.type = fields.whole();
        break;
      default:
        break;
    }
  if (attribute.type == Attribute::tensor && !attribute.t.defined())
    fields.fail(text({"attribute '", shown(attribute.name), "' has no tensor"}));
  return attribute;
}

Node read_node(Fields fields) {
  Node node;
  std::string domain;
  while (fields.next()) switch (fields.number()) {
      case 1:
        node.inputs.push_back(fields.string());
        break;
      case 2:
        node.outputs.push_back(fields.string());
        break;
      case 3:
        node.name = fields.string();
        break;
      case 4:
        node.op = fields.string();
        break;
      case 5:
        node.attributes.push_back(read_attribute(fields.message()));
        break;
      case 7:
        domain = fields.string();
        break;
      default:
        break;
    }
  if (!domain.empty() && domain != "ai.onnx")
    fields.fail(text({"node '", shown(node.name), "' is ", shown(node.op), " of '", shown(domain),
                      "': only operators of ONNX itself are read"}));
  return node;
}

Dimension read_dimension(Fields fields) {
  Dimension dimension;
  while (fields.next()) {
    if (fields.number() == 1) dimension.size = fields.whole();
    if (fields.number() == 2) dimension.symbol = fields.string();
  }
  if (dimension.size < 0) dimension.size = -1;
  return dimension;
}

void read_type(Fields type, Value& value) {
  while (type.next()) {
    if (type.number() != 1) type.fail(text({"value '", shown(value.name), "' is no tensor"}));
    Fields tensor = type.message();
    while (tensor.next()) {
      if (tensor.number() == 1) value.dtype = dtype_of_number(tensor.whole());
      if (tensor.number() != 2) continue;
      value.sizes.emplace();
      Fields shape = tensor.message();
      while (shape.next())
        if (shape.number() == 1) value.sizes->push_back(read_dimension(shape.message()));
    }
  }
}

Value read_value(const Fields& fields) {
  Value value;
  for (Fields all = fields; all.next();)
    if (all.number() == 1) value.name = all.string();
  for (Fields all = fields; all.next();)
    if (all.number() == 2) read_type(all.message(), value);
  return value;
}

Graph read_graph(Fields fields) {
  Graph graph;
  while (fields.next()) switch (fields.number()) {
      case 1:
        graph.nodes.push_back(read_node(fields.message()));
        break;
      case 2:
        graph.name = fields.string();
        break;
      case 5:
        graph.initializers.push_back(read_tensor(fields.message()));
        break;
      case 11:
        graph.inputs.push_back(read_value(fields.message()));
        break;
      case 12:
        graph.outputs.push_back(read_value(fields.message()));
        break;
      case 15:
        fields.fail("a sparse initializer: store it as a dense one");
      default:
        break;
    }
  return graph;
}

// One OperatorSetIdProto: sets `opset` if it is ONNX's own.
void read_opset(Fields fields, std::int64_t& opset) {
  std::string domain;
  std::int64_t version = 0;
  while (fields.next()) {
    if (fields.number() == 1) domain = fields.string();
    if (fields.number() == 2) version = fields.whole();
  }
  if (domain.empty() || domain == "ai.onnx") opset = version;
}

std::pair<std::string, std::string> read_property(Fields fields) {
  std::pair<std::string, std::string> property;
  while (fields.next()) {
    if (fields.number() == 1) property.first = fields.string();
    if (fields.number() == 2) property.second = fields.string();
  }
  return property;
}

}  // namespace

std::optional<DType> dtype_of_number(std::int64_t number) {
  switch (number) {
    case float32:
    case half:
    case brain:
      return DType::float32;
    case float64:
      return DType::float64;
    case int64:
      return DType::int64;
    case int32:
      return DType::int32;
    case uint8:
      return DType::uint8;
    case int8:
      return DType::int8;
    case boolean:
      return DType::boolean;
    default:
      return std::nullopt;
  }
}

File parse(std::string_view bytes, std::string_view name) {
  const Source source{bytes, name};
  Fields fields(source, bytes);
  File file;
  file.opset = 0;
  std::optional<Fields> graph;
  while (fields.next()) switch (fields.number()) {
      case 1:
        file.ir = fields.whole();
        break;
      case 2:
        file.producer = fields.string();
        break;
      case 7:
        graph = fields.message();
        break;
      case 8:
        read_opset(fields.message(), file.opset);
        break;
      case 14:
        file.metadata.push_back(read_property(fields.message()));
        break;
      case 25:
        fields.fail("a function of the model's own: inline it (onnx.inliner)");
      default:
        break;
    }
  if (!graph) fields.fail("there is no graph in it: is this an ONNX file?");
  if (file.opset < first_opset || file.opset > last_opset)
    fields.fail(text({"opset ", file.opset, ": ", first_opset, " to ", last_opset,
                      " are read (onnx.version_converter converts others)"}));
  file.graph = read_graph(*graph);
  return file;
}

}  // namespace tinytorch::onnx
