// Task 5.2: read_idx.

#include "modules/05_data/tests/idx_bytes.hpp"

namespace tinytorch {
namespace {

Tensor filled(DType dtype, const Shape& sizes, const Indices& numbers) {
  const Tensor tensor = empty(sizes, dtype);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto k = static_cast<std::int64_t>(i);
    switch (dtype) {
      case DType::uint8:
        tensor.data<std::uint8_t>()[k] = static_cast<std::uint8_t>(numbers[i]);
        break;
      case DType::int8:
        tensor.data<std::int8_t>()[k] = static_cast<std::int8_t>(numbers[i]);
        break;
      case DType::int32:
        tensor.data<std::int32_t>()[k] = static_cast<std::int32_t>(numbers[i]);
        break;
      case DType::float32:
        tensor.data<float>()[k] = static_cast<float>(numbers[i]);
        break;
      default:
        tensor.data<double>()[k] = static_cast<double>(numbers[i]);
    }
  }
  return tensor;
}

Tensor refused() { throw FormatError("length"); }

void check_file(lab::Case& c, const TypeCode& type, const std::vector<std::uint64_t>& sizes) {
  const Indices numbers = random_numbers(c, type, product(sizes));
  const Bytes bytes = file_bytes(type, sizes, numbers);
  c.input("bytes", hex(bytes));
  CHECK_SAME("tensor", data::read_idx(as_bytes(bytes)), filled(type.dtype, shape_of(sizes), numbers));
}

}  // namespace

TASK_TEST_USES(5, 2, bytes_become_elements_in_order, "5.1") {
  lab::cases(40, [](lab::Case& c) {
    const TypeCode& type = type_codes[static_cast<std::size_t>(c.coin())];
    check_file(c, type, small_sizes(c, 1));
  });
}

TASK_TEST_USES(5, 2, wider_elements_are_big_endian_too, "5.1") {
  lab::cases(40, [](lab::Case& c) {
    const TypeCode& type = type_codes[static_cast<std::size_t>(c.integer(2, 4))];
    check_file(c, type, small_sizes(c, 1));
  });
}

TASK_TEST_USES(5, 2, a_file_may_have_no_elements, "5.1") {
  lab::cases(40, [](lab::Case& c) {
    std::vector<std::uint64_t> sizes = small_sizes(c, 0);
    if (c.index() == 0) sizes = {0};
    check_file(c, random_type(c), sizes);
  });
}

TASK_TEST_USES(5, 2, the_length_must_be_the_headers, "5.1") {
  lab::cases(60, [](lab::Case& c) {
    const TypeCode& type = random_type(c);
    const std::vector<std::uint64_t> sizes = small_sizes(c, 1);
    const Indices numbers = random_numbers(c, type, product(sizes));
    Bytes bytes = file_bytes(type, sizes, numbers);
    const std::size_t right = bytes.size();
    if (c.coin()) bytes.resize(right - c.rng().below(right - 4 * sizes.size() - 3));
    if (c.coin()) bytes.resize(bytes.size() + c.rng().below(4));
    if (bytes.size() == right) bytes = file_bytes(type, sizes, numbers);
    c.input("bytes", hex(bytes));
    c.input("length", static_cast<std::int64_t>(bytes.size()));
    CHECK_OUTCOME("tensor", data::read_idx(as_bytes(bytes)),
                  bytes.size() == right ? filled(type.dtype, shape_of(sizes), numbers) : refused());
  });
}

TASK_TEST_USES(5, 2, nothing_is_allocated_for_a_header_that_lies, "5.1") {
  lab::cases(20, [](lab::Case& c) {
    const TypeCode& type = random_type(c);
    Bytes bytes = header_bytes(type, {1000 + c.rng().below(100'000), 1 + c.rng().below(4)});
    for (std::int64_t given = c.integer(0, 20); given > 0; --given) bytes.push_back(1);
    c.input("bytes", hex(bytes));
    const std::int64_t before = memory::stats().blocks;
    CHECK_OUTCOME("tensor", data::read_idx(as_bytes(bytes)), refused());
    CHECK_SAME("blocks of tensor memory taken", memory::stats().blocks - before, 0);
  });
}

TASK_TEST_USES(5, 2, the_error_names_the_byte_where_file_and_header_part, "5.1") {
  lab::cases(40, [](lab::Case& c) {
    const TypeCode& type = random_type(c);
    const std::vector<std::uint64_t> sizes = small_sizes(c, 1);
    const Indices numbers = random_numbers(c, type, product(sizes));
    Bytes bytes = file_bytes(type, sizes, numbers);
    const std::size_t right = bytes.size(), start = 4 + 4 * sizes.size();
    const bool missing = c.coin();
    bytes.resize(missing ? start + c.rng().below(right - start) : right + 1 + c.rng().below(4));
    c.input("bytes", hex(bytes));
    c.input("length", bytes.size());
    c.input("length that the header states", right);
    CHECK_SAME("byte that the message names", named_byte([&] { data::read_idx(as_bytes(bytes)); }),
               std::to_string(missing ? bytes.size() : right));
  });
}

}  // namespace tinytorch
