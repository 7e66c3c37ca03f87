#include "tests/repository/fuzz/targets.hpp"

#include "src/data/formats/bytes.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/memory.hpp"
#include "tinytorch/data/formats/cifar.hpp"
#include "tinytorch/data/formats/csv.hpp"
#include "tinytorch/data/formats/idx.hpp"
#include "tinytorch/data/formats/npz.hpp"
#include "tinytorch/data/formats/safetensors.hpp"
#include "tinytorch/data/formats/table.hpp"
#include "tinytorch/data/text.hpp"
#include "tinytorch/nn/onnx.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

namespace tinytorch::fuzz {

namespace {

std::span<const std::byte> as_bytes(std::string_view bytes) {
  return {reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()};
}

[[noreturn]] void give_up(const Target& target, const std::string& why) {
  std::fprintf(stderr, "%s: %s\n", target.name, why.c_str());
  std::abort();
}

// Writes what was read, reads it again and writes it again: both times the same bytes.
void safetensors_round_trip(std::string_view bytes) {
  data::Metadata metadata;
  const StateDict tensors = data::parse_safetensors(bytes, "fuzz", &metadata);
  for (const NamedTensor& named : tensors)
    if (named.name.empty()) return;  // read, but refused when written
  const std::string written = data::serialize_safetensors(tensors, metadata);
  data::Metadata again;
  if (data::serialize_safetensors(data::parse_safetensors(written, "again", &again), again) != written) std::abort();
}

void bpe_round_trip(std::string_view bytes) {
  const data::BpeTokenizer learned = data::BpeTokenizer::train(bytes.substr(0, 500), 270);
  if (learned.decode(learned.encode(bytes)) != bytes) std::abort();
  const data::CharTokenizer characters(bytes);
  if (characters.decode(characters.encode(bytes)) != bytes) std::abort();
}

// For readers of compressed and streamed files, which take a file name. The file is in memory where the system allows.
void read_as_file(std::string_view bytes) {
  const std::filesystem::path folder =
      std::filesystem::exists("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path();
  const std::filesystem::path file = folder / ("tinytorch_fuzz_" + std::to_string(::getpid()));
  std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  struct Remove {
    const std::filesystem::path& file;
    ~Remove() { std::filesystem::remove(file); }
  } const remove{file};
  try {
    data::IdxStream stream(file);
    while (stream.next(3)) continue;
  } catch (const Error&) {
  }
  try {
    data::read_lines(file);
  } catch (const Error&) {
  }
  data::IdxFile(file).read(0);
}

}  // namespace

const std::vector<Target>& targets() {
  static const std::vector<Target> all = {
      {"csv", [](std::string_view bytes) { data::parse_csv(bytes, "fuzz"); }},
      {"csv_int64", [](std::string_view bytes) { data::parse_csv(bytes, "fuzz", {.dtype = DType::int64}); }},
      {"table",
       [](std::string_view bytes) {
         const data::Table table(bytes, "fuzz");
         for (const std::string& name : table.names()) {
           table.categories(name);
           if (table.is_number(name)) table.numbers(name, {.missing = data::Missing::value});
         }
       }},
      {"idx", [](std::string_view bytes) { data::read_idx(as_bytes(bytes)); }},
      {"idx_file", read_as_file},
      {"cifar10", [](std::string_view bytes) { data::parse_cifar10(bytes, "fuzz"); }},
      {"npy", [](std::string_view bytes) { data::parse_npy(bytes, "fuzz"); }},
      {"npz", [](std::string_view bytes) { data::parse_npz(bytes, "fuzz"); }},
      {"safetensors", safetensors_round_trip},
      {"onnx", [](std::string_view bytes) { nn::parse_onnx(bytes, "fuzz"); }},
      {"tokens", bpe_round_trip},
      {"bpe_file", [](std::string_view bytes) { data::BpeTokenizer::parse(bytes, "fuzz"); }},
      {"char_file", [](std::string_view bytes) { data::CharTokenizer::parse(bytes, "fuzz"); }},
  };
  return all;
}

void run(const Target& target, std::string_view bytes) {
  memory::reset_peak();
  const std::int64_t before = memory::stats().peak;
  try {
    target.read(bytes);
  } catch (const Error& error) {
    if (std::string_view(error.what()).find('\n') != std::string_view::npos)
      give_up(target, std::string("a message of several lines: ") + error.what());
  }
  // Tensors may be there twice (a Fortran-ordered array is copied); deflated bytes become at most 1032 times as many.
  const bool packed = std::string_view(target.name) == "npz" || std::string_view(target.name) == "idx_file";
  const auto justified = static_cast<std::int64_t>(bytes.size()) * (packed ? 2100 : 16) + 4096;
  if (const std::int64_t used = memory::stats().peak - before; used > justified)
    give_up(target, "took " + std::to_string(used) + " bytes for a file of " + std::to_string(bytes.size()));
}

}  // namespace tinytorch::fuzz
