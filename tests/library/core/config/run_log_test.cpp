// Logs of a run, read back by readers that follow the formats' descriptions and share no code with the writers.
#include "tinytorch/core/run_log.hpp"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::config {
namespace {

namespace fs = std::filesystem;

double some_time() { return 1700000000.25; }

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// An empty folder of this test.
fs::path fresh(const char* name) {
  const fs::path folder = fs::path(::testing::TempDir()) / name;
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

TEST(JsonLines, hold_a_number_each) {
  const fs::path file = fresh("run_log_jsonl") / "log.jsonl";
  {
    JsonlLog log(file, &some_time);
    log.scalar("train/loss", 0.25, 1);
    log.scalar("a \"b\"", -1e-300, 2);
  }
  JsonlLog(file, &some_time).scalar("train/loss", std::nan(""), 3);  // a run that goes on appends
  EXPECT_EQ(content(file),
            "{\"name\":\"train/loss\",\"step\":1,\"value\":0.25,\"time\":1700000000.25}\n"
            "{\"name\":\"a \\\"b\\\"\",\"step\":2,\"value\":-1e-300,\"time\":1700000000.25}\n"
            "{\"name\":\"train/loss\",\"step\":3,\"value\":\"nan\",\"time\":1700000000.25}\n");
  EXPECT_THROW(JsonlLog(fs::path("/no/such/folder/log.jsonl")), FileError);
}

// ---- A reader of event files ----

std::uint64_t little(const std::string& bytes, std::size_t at, std::size_t count) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < count; ++i)
    number |= std::uint64_t{static_cast<unsigned char>(bytes.at(at + i))} << (8 * i);
  return number;
}

/// CRC-32C by a table; the polynomial 0x1EDC6F41 with its bits in the opposite order.
std::uint32_t table_crc(const std::string& bytes) {
  std::vector<std::uint32_t> table(256);
  for (std::uint32_t i = 0; i < 256; ++i) {
    table[i] = i;
    for (int k = 0; k < 8; ++k) table[i] = table[i] % 2 == 1 ? table[i] / 2 ^ 0x82F63B78U : table[i] / 2;
  }
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) crc = table[(crc ^ static_cast<unsigned char>(c)) % 256] ^ crc / 256;
  return crc ^ 0xFFFFFFFFU;
}

bool checked(const std::string& bytes, std::uint64_t stored) {
  const std::uint32_t crc = table_crc(bytes);
  return static_cast<std::uint32_t>((crc / 32768U | crc << 17U) + 0xA282EAD8U) == stored;
}

/// The fields of a protocol buffer, by number: a varint, eight bytes, four bytes, or bytes.
struct Field {
  std::uint64_t number = 0;
  std::string bytes;
};

std::multimap<int, Field> fields_of(const std::string& message) {
  std::multimap<int, Field> fields;
  std::size_t at = 0;
  const auto varint = [&] {
    std::uint64_t number = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(message.at(at++));
      number |= std::uint64_t{byte} % 128 << shift;
      if (byte < 128) return number;
    }
  };
  while (at < message.size()) {
    const std::uint64_t key = varint();
    Field field;
    if (key % 8 == 0) field.number = varint();
    if (key % 8 == 1 || key % 8 == 5) {
      const std::size_t count = key % 8 == 1 ? 8 : 4;
      field.number = little(message, at, count);
      at += count;
    }
    if (key % 8 == 2) {
      const std::size_t count = varint();
      field.bytes = message.substr(at, count);
      EXPECT_EQ(field.bytes.size(), count);
      at += count;
    }
    fields.emplace(static_cast<int>(key / 8), field);
  }
  return fields;
}

std::vector<std::string> records_of(const std::string& file) {
  std::vector<std::string> records;
  for (std::size_t at = 0; at < file.size();) {
    const std::uint64_t length = little(file, at, 8);
    EXPECT_TRUE(checked(file.substr(at, 8), little(file, at + 8, 4)));
    records.push_back(file.substr(at + 12, length));
    EXPECT_TRUE(checked(records.back(), little(file, at + 12 + length, 4)));
    at += 16 + length;
  }
  return records;
}

TEST(EventFiles, have_the_checksum_of_the_standard) {
  EXPECT_EQ(logging::crc32c("123456789"), 0xE3069283U);            // the check value of CRC-32C
  EXPECT_EQ(logging::crc32c(std::string(32, '\0')), 0x8A9136AAU);  // RFC 3720, B.4
  EXPECT_EQ(logging::crc32c(std::string(32, '\xff')), 0x62A8AB43U);
  EXPECT_EQ(table_crc("123456789"), 0xE3069283U);
}

TEST(EventFiles, are_read_back) {
  const fs::path folder = fresh("run_log_events");
  fs::path file;
  {
    EventFile log(folder, &some_time);
    file = log.path();
    log.scalar("train/loss", 0.5, 1);
    log.scalar("train/loss", 0.25, 300);
    log.scalar(std::string(200, 'n'), -1e30, std::int64_t{1} << 40);
  }
  EXPECT_EQ(file.filename().string(), "events.out.tfevents.1700000000.tinytorch");
  const std::vector<std::string> records = records_of(content(file));
  ASSERT_EQ(records.size(), 4U);
  EXPECT_EQ(fields_of(records[0]).find(3)->second.bytes, "brain.Event:2");
  const std::vector<std::tuple<std::string, float, std::uint64_t>> expected{
      {"train/loss", 0.5F, 1}, {"train/loss", 0.25F, 300}, {std::string(200, 'n'), -1e30F, std::uint64_t{1} << 40}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto event = fields_of(records[i + 1]);
    double time = 0;
    std::memcpy(&time, &event.find(1)->second.number, sizeof time);
    EXPECT_EQ(time, some_time());
    EXPECT_EQ(event.find(2)->second.number, std::get<2>(expected[i]));
    const auto value = fields_of(fields_of(event.find(5)->second.bytes).find(1)->second.bytes);
    EXPECT_EQ(value.find(1)->second.bytes, std::get<0>(expected[i]));
    const auto bits = static_cast<std::uint32_t>(value.find(2)->second.number);
    float number = 0;
    std::memcpy(&number, &bits, sizeof number);
    EXPECT_EQ(number, std::get<1>(expected[i]));
  }
}

// ---- A reader of a file store ----

std::map<std::string, std::string> yaml(const fs::path& file) {
  std::map<std::string, std::string> values;
  std::istringstream in(content(file));
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(": ");
    EXPECT_NE(colon, std::string::npos) << line;
    std::string value = line.substr(colon + 2);
    if (value.size() >= 2 && value.front() == '\'') value = value.substr(1, value.size() - 2);
    values[line.substr(0, colon)] = value;
  }
  return values;
}

TEST(MlflowStores, are_read_back) {
  const fs::path store = fresh("run_log_mlruns"), artifact = store / "weights.npz";
  std::ofstream(artifact) << "bytes";
  {
    MlflowRun run(store, "0123abcd", &some_time);
    EXPECT_EQ(yaml(run.folder() / "meta.yaml")["status"], "1");
    run.param("optim.lr", "0.1");
    run.scalar("train/loss", 0.5, 1);
    run.scalar("train/loss", 0.25, 2);
    run.artifact(artifact);
    run.finish();
  }
  EXPECT_EQ(yaml(store / "0" / "meta.yaml")["experiment_id"], "0");
  EXPECT_EQ(yaml(store / "0" / "meta.yaml")["name"], "Default");
  const fs::path folder = store / "0" / "0123abcd";
  auto meta = yaml(folder / "meta.yaml");
  EXPECT_EQ(meta["run_id"], "0123abcd");
  EXPECT_EQ(meta["status"], "3");
  EXPECT_EQ(meta["tags"], "[]");
  EXPECT_EQ(meta["start_time"], "1700000000250");
  EXPECT_EQ(meta["end_time"], "1700000000250");
  EXPECT_EQ(meta["lifecycle_stage"], "active");
  EXPECT_EQ(meta["artifact_uri"], "file://" + fs::absolute(folder / "artifacts").string());
  EXPECT_EQ(content(folder / "params" / "optim.lr"), "0.1");
  EXPECT_EQ(content(folder / "metrics" / "train" / "loss"), "1700000000250 0.5 1\n1700000000250 0.25 2\n");
  EXPECT_EQ(content(folder / "artifacts" / "weights.npz"), "bytes");
  EXPECT_TRUE(fs::is_directory(folder / "tags"));
  EXPECT_THROW(MlflowRun(store, "0123abcd"), FileError);
}

}  // namespace
}  // namespace tinytorch::config
