// Task 5.1: parse_idx_header.

#include "modules/05_data/tests/idx_bytes.hpp"

#include <limits>

namespace tinytorch {
namespace {

// 128 bits hold the product of sizes until it is found to be too large.
data::IdxHeader header_of(const TypeCode& type, const std::vector<std::uint64_t>& sizes) {
  __extension__ using Wide = unsigned __int128;
  Wide bytes = static_cast<Wide>(type.bytes);
  bool none = false;
  for (const std::uint64_t size : sizes) {
    none = none || size == 0;
    if (size > 0) bytes *= size;
    if (bytes >> 63 != 0) throw FormatError("too much");
  }
  return {type.dtype, shape_of(sizes), static_cast<std::int64_t>(4 + 4 * sizes.size()),
          none ? 0 : static_cast<std::int64_t>(bytes)};
}

data::IdxHeader refused() { throw FormatError("damaged"); }

}  // namespace

TASK_TEST(5, 1, the_header_says_type_and_sizes) {
  lab::cases(40, [](lab::Case& c) {
    const TypeCode& type = random_type(c);
    const std::vector<std::uint64_t> sizes = small_sizes(c, 1);
    Bytes bytes = header_bytes(type, sizes);
    for (std::int64_t more = c.integer(0, 9); more > 0; --more) bytes.push_back(7);  // elements are not read
    c.input("bytes", hex(bytes));
    CHECK_SAME("header", data::parse_idx_header(as_bytes(bytes)), header_of(type, sizes));
  });
}

TASK_TEST(5, 1, sizes_have_four_bytes_the_highest_first) {
  lab::cases(60, [](lab::Case& c) {
    const TypeCode& type = random_type(c);
    std::vector<std::uint64_t> sizes{c.rng().next() & 0xFFFFFFFF};
    if (c.coin()) sizes.push_back(1 + c.rng().below(1000));
    const Bytes bytes = header_bytes(type, sizes);
    c.input("bytes", hex(bytes));
    CHECK_SAME("header", data::parse_idx_header(as_bytes(bytes)), header_of(type, sizes));
  });
}

TASK_TEST(5, 1, a_size_of_zero_makes_no_elements) {
  lab::cases(40, [](lab::Case& c) {
    const TypeCode& type = random_type(c);
    std::vector<std::uint64_t> sizes = small_sizes(c, 1);
    const auto place = static_cast<std::ptrdiff_t>(c.rng().below(sizes.size() + 1));
    sizes.insert(sizes.begin() + place, c.integer(0, 3) == 0 ? 2 : 0);
    const Bytes bytes = header_bytes(type, sizes);
    c.input("bytes", hex(bytes));
    CHECK_SAME("header", data::parse_idx_header(as_bytes(bytes)), header_of(type, sizes));
  });
}

TASK_TEST(5, 1, a_damaged_header_throws) {
  lab::cases(120, [](lab::Case& c) {
    const TypeCode& type = random_type(c);
    std::vector<std::uint64_t> sizes = small_sizes(c, 1);
    Bytes bytes = header_bytes(type, sizes);
    bool damaged = true;
    switch (c.integer(0, 5)) {
      case 0:
        bytes[static_cast<std::size_t>(c.integer(0, 1))] = static_cast<std::uint8_t>(c.integer(1, 255));
        break;
      case 1:
        bytes[2] = c.pick<std::uint8_t>({0x00, 0x07, 0x0A, 0x0B, 0x0F, 0x80, 0xFF});
        break;
      case 2:
        sizes.assign(static_cast<std::size_t>(c.coin() ? 8 : c.integer(9, 255)), 1);  // 1: nothing else is wrong
        bytes = header_bytes(type, sizes);
        damaged = sizes.size() > 8;
        break;
      case 3:
        bytes.resize(c.rng().below(bytes.size()));
        break;
      default:
        damaged = false;
    }
    c.input("bytes", hex(bytes));
    CHECK_OUTCOME("header", data::parse_idx_header(as_bytes(bytes)), damaged ? refused() : header_of(type, sizes));
  });
}

TASK_TEST(5, 1, elements_beyond_every_memory_throw) {
  lab::cases(80, [](lab::Case& c) {
    const TypeCode& type = random_type(c);
    std::vector<std::uint64_t> sizes;
    for (std::int64_t rank = c.integer(1, 6); rank > 0; --rank) {
      sizes.push_back(c.integer(0, 9) == 0 ? 0 : std::uint64_t{1} << c.rng().below(32));
      if (c.coin()) sizes.back() += c.rng().below(1 + sizes.back() / 2);
    }
    if (c.integer(0, 4) == 0) sizes = {153'092'023, 92'737, 649'657};  // 2^63 - 1 bytes: the most that are allowed
    const Bytes bytes = header_bytes(type, sizes);
    c.input("sizes", shape_of(sizes));
    c.input("bytes each", type.bytes);
    CHECK_OUTCOME("header", data::parse_idx_header(as_bytes(bytes)), header_of(type, sizes));
  });
}

TASK_TEST(5, 1, the_error_names_the_byte) {
  lab::cases(60, [](lab::Case& c) {
    Bytes bytes = header_bytes(random_type(c), small_sizes(c, 1));
    std::int64_t wrong = c.integer(0, 3);
    std::size_t length = bytes.size();
    if (wrong == 3) {
      length = c.rng().below(length);  // the memory behind the end must not be read
      for (std::size_t at = length + 1; at < bytes.size(); ++at) bytes[at] = 0xFF;
      wrong = static_cast<std::int64_t>(length);
    } else {
      bytes[static_cast<std::size_t>(wrong)] = 0x77;
    }
    const std::span<const std::byte> file = as_bytes(bytes).first(length);
    c.input("bytes", hex({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)}));
    CHECK_SAME("byte that the message names", named_byte([&] { data::parse_idx_header(file); }), std::to_string(wrong));
  });
}

// Sizes of which the large ones make 2^63 bytes or more. The second large one is the first that does.
TASK_TEST(5, 1, the_error_names_the_size_that_is_too_much) {
  lab::cases(40, [](lab::Case& c) {
    const TypeCode& type = random_type(c);
    std::vector<std::uint64_t> sizes = small_sizes(c, 1);
    const auto place = static_cast<std::int64_t>(sizes.size());
    if (c.integer(0, 3) == 0) sizes.push_back(0);
    const std::int64_t wrong = 4 + 4 * static_cast<std::int64_t>(sizes.size() + 1);
    for (std::int64_t large = c.integer(2, 3); large > 0; --large) sizes.push_back(0xFFFF'FFFF - c.rng().below(1000));
    const Bytes bytes = header_bytes(type, sizes);
    c.input("sizes", shape_of(sizes));
    c.input("small sizes before the large ones", place);
    CHECK_SAME("byte that the message names", named_byte([&] { data::parse_idx_header(as_bytes(bytes)); }),
               std::to_string(wrong));
  });
}

TASK_TEST(5, 1, five_types_are_known_and_no_other) {
  lab::cases(256, [](lab::Case& c) {
    TypeCode type = random_type(c);
    const std::vector<std::uint64_t> sizes = small_sizes(c, 1);
    Bytes bytes = header_bytes(type, sizes);
    bytes[2] = static_cast<std::uint8_t>(c.index());
    const auto known = std::find_if(std::begin(type_codes), std::end(type_codes),
                                    [&](const TypeCode& each) { return each.code == bytes[2]; });
    c.input("bytes", hex(bytes));
    CHECK_OUTCOME("header", data::parse_idx_header(as_bytes(bytes)),
                  known == std::end(type_codes) ? refused() : header_of(*known, sizes));
  });
}

}  // namespace tinytorch
