#include "tests/repository/fuzz/seeds.hpp"

#include "src/data/formats/bytes.hpp"
#include "src/data/formats/zip.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/data/formats/npz.hpp"
#include "tinytorch/data/formats/safetensors.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/mlp.hpp"
#include "tinytorch/nn/norm.hpp"
#include "tinytorch/nn/onnx.hpp"

#include <memory>

#include <zlib.h>

namespace tinytorch::fuzz {

namespace {

std::string idx() { return std::string("\0\0\x0C\x02\0\0\0\x02\0\0\0\x01\0\0\0\x07\xFF\xFF\xFF\xF9", 20); }

std::string deflated_npz() {
  const std::string bytes = data::serialize_npy(arange(16));
  std::string packed = data::gzip(bytes);
  packed = packed.substr(10, packed.size() - 18);  // without gzip's header and trailer
  const std::vector<data::ZipEntry> entries = {{"w.npy", packed}};
  std::string archive = data::zip(entries);
  const unsigned long sum = crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  for (const std::size_t common : {std::size_t{4}, archive.find("PK\x01\x02") + 6}) {
    std::string fields;
    data::put(fields, 8, 2);
    archive.replace(common + 4, 2, fields);
    fields.clear();
    data::put(fields, sum, 4);
    archive.replace(common + 10, 4, fields);
    fields.clear();
    data::put(fields, bytes.size(), 4);
    archive.replace(common + 18, 4, fields);
  }
  return archive;
}

StateDict tensors() {
  return {{"w", tensor({{1.0, 2.0}, {3.0, 4.0}})}, {"b.c", tensor({1, 2, 3})}, {"m", scalar(1.0, DType::boolean)}};
}

// A convolution, statistics that are a buffer, a shape, a product.
std::string onnx_model() {
  nn::Sequential net;
  net.push_back(std::make_shared<nn::Conv2d>(ones({2, 1, 1, 2}), zeros({2})));
  net.push_back(std::make_shared<nn::BatchNorm2d>(2));
  net.push_back(std::make_shared<nn::Flatten>());
  net.push_back(std::make_shared<nn::Linear>(ones({2, 2}), ones({2})));
  return nn::serialize_onnx(net, ones({1, 1, 1, 2}));
}

}  // namespace

std::vector<std::string> seeds(const std::string& target) {
  if (target == "table") return {"a,\"b\"\n1,\"x\"\"y\"\n,3\r\n", "\xEF\xBB\xBFn\nNA\n"};
  if (target == "csv" || target == "csv_int64") return {"1,2.5\n-3e4,inf\n", "1;2\r\n", "9007199254740993\n"};
  if (target == "idx") return {idx(), std::string("\0\0\x08\0\x07", 5)};
  if (target == "idx_file") return {idx(), data::gzip(idx()), data::gzip(std::string("\0\0\x08\x01\0\0\0\x02zz", 10))};
  if (target == "cifar10") return {std::string(3073, '\x03')};
  if (target == "npy") return {data::serialize_npy(tensor({{1.0, 2.0}})), data::serialize_npy(arange(3))};
  if (target == "npz") return {data::serialize_npz(tensors()), deflated_npz(), data::serialize_npz({})};
  if (target == "safetensors")
    return {data::serialize_safetensors(tensors(), {{"format", "pt"}}), data::serialize_safetensors({})};
  if (target == "onnx") return {onnx_model()};
  if (target == "tokens") return {"the rain in Spain, \xC3\xA4\xFF\n\n  the rain"};
  if (target == "bpe_file") return {"tinytorch byte pairs 1\n97 98\n256 99\n"};
  if (target == "char_file") return {"tinytorch characters 1\n61\nc3a4\nff\n"};
  return {};
}

}  // namespace tinytorch::fuzz
