#pragma once

#include "tinytorch/core/error.hpp"
#include "tinytorch/core/settings.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <string>
#include <string_view>

/// A run's numbers while it goes on: as lines of JSON, as an event file that TensorBoard opens, and as a run in a file
/// store of MLflow.
namespace tinytorch::config {

/// Seconds since 1970.
using WallClock = double (*)();
inline double wall_seconds() {
  std::timespec now{};
  std::timespec_get(&now, TIME_UTC);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

namespace logging {

/// A file that is appended to. Each call of write() reaches the system, so a run that is killed loses no line.
class AppendedFile {
 public:
  explicit AppendedFile(std::filesystem::path path) : path_(std::move(path)), file_(std::fopen(path_.c_str(), "ab")) {
    if (file_ == nullptr) fail("cannot be opened");
  }
  ~AppendedFile() {
    if (file_ != nullptr) std::fclose(file_);
  }
  AppendedFile(const AppendedFile&) = delete;
  AppendedFile& operator=(const AppendedFile&) = delete;

  void write(std::string_view bytes) {
    const bool whole = std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size();
    if (!whole || std::fflush(file_) != 0) fail("cannot be written");
  }

 private:
  [[noreturn]] void fail(const char* what) const { throw FileError("[run_log] " + path_.string() + ": " + what); }

  std::filesystem::path path_;
  std::FILE* file_;
};

inline void write_new(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::remove(path);
  AppendedFile(path).write(text);
}

/// CRC-32C (Castagnoli), bit by bit: an event has some thirty bytes. Source: RFC 3720, appendix B.4.
inline std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1U) != 0 ? 0x82f63b78U : 0U);
  }
  return ~crc;
}

template <class T>
std::string little_endian(T number) {
  std::string bytes;
  for (std::size_t i = 0; i < sizeof(T); ++i) bytes += static_cast<char>(number >> (8 * i) & 0xffU);
  return bytes;
}

}  // namespace logging

/// Where a run's numbers go.
class RunLog {
 public:
  virtual ~RunLog() = default;
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;
  /// The value of a quantity, such as "train/loss", after a step.
  virtual void scalar(const std::string& name, double value, std::int64_t step) = 0;

 protected:
  RunLog() = default;
};

/// A line for each number: {"name":"train/loss","step":3,"value":0.25,"time":1700000000.5}. JSON has no nan and inf;
/// these values are written as "nan", "inf" and "-inf", as texts.
class JsonlLog final : public RunLog {
 public:
  explicit JsonlLog(const std::filesystem::path& file, WallClock clock = &wall_seconds) : file_(file), clock_(clock) {}

  void scalar(const std::string& name, double value, std::int64_t step) override {
    std::string number = to_string(Value(value));
    if (!std::isfinite(value)) number = '"' + number + '"';
    file_.write(
        tinytorch::detail::text({"{\"name\":", to_string(Value(name)), ",\"step\":", static_cast<long long>(step),
                                 ",\"value\":", number, ",\"time\":", to_string(Value(clock_())), "}\n"}));
  }

 private:
  logging::AppendedFile file_;
  WallClock clock_;
};

/// An event file for TensorBoard: records of length, masked CRC-32C, bytes, masked CRC-32C; the bytes are an Event as
/// protocol buffer with wall_time (1), step (2) and a summary (5) with tag and simple_value.
class EventFile final : public RunLog {
 public:
  /// Makes a file in the folder with a name that TensorBoard looks for.
  explicit EventFile(const std::filesystem::path& folder, WallClock clock = &wall_seconds)
      : clock_(clock), start_(clock()), path_(folder / name_of(start_)), file_(path_) {
    record(double_field(1, start_) + bytes_field(3, "brain.Event:2"));
  }

  const std::filesystem::path& path() const { return path_; }
  void scalar(const std::string& name, double value, std::int64_t step) override {
    const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
    const std::string number = key(2, 5) + logging::little_endian(bits);
    const std::string summary = bytes_field(1, bytes_field(1, name) + number);
    record(double_field(1, clock_()) + key(2, 0) + varint(static_cast<std::uint64_t>(step)) + bytes_field(5, summary));
  }

 private:
  static std::string name_of(double start) {
    std::string seconds = std::to_string(static_cast<long long>(start));
    seconds.insert(0, seconds.size() < 10 ? 10 - seconds.size() : 0, '0');
    return "events.out.tfevents." + seconds + ".tinytorch";
  }
  static std::string varint(std::uint64_t number) {
    std::string bytes;
    for (; number >= 0x80; number >>= 7) bytes += static_cast<char>((number & 0x7f) | 0x80);
    return bytes + static_cast<char>(number);
  }
  static std::string key(int field, int type) { return {static_cast<char>(field << 3 | type)}; }
  static std::string bytes_field(int field, std::string_view bytes) {
    return key(field, 2) + varint(bytes.size()) + std::string(bytes);
  }
  static std::string double_field(int field, double number) {
    return key(field, 1) + logging::little_endian(std::bit_cast<std::uint64_t>(number));
  }
  static std::string masked(std::string_view bytes) {
    const std::uint32_t crc = logging::crc32c(bytes);
    return logging::little_endian(std::rotr(crc, 15) + 0xa282ead8U);
  }
  void record(const std::string& bytes) {
    const std::string length = logging::little_endian(std::uint64_t{bytes.size()});
    file_.write(length + masked(length) + bytes + masked(bytes));
  }

  WallClock clock_;
  double start_;
  std::filesystem::path path_;
  logging::AppendedFile file_;
};

/// A run in MLflow's file store: `store`/0/RUN/ with meta.yaml, metrics, params and artifacts. Since MLflow 3.13 the
/// variable MLFLOW_ALLOW_FILE_STORE=true must be set to open one: MLFLOW_ALLOW_FILE_STORE=true mlflow ui
/// --backend-store-uri mlruns.
class MlflowRun final : public RunLog {
 public:
  /// `id`: letters and digits, such as settings_hash() returns. Throws FileError when the run is there already.
  MlflowRun(const std::filesystem::path& store, std::string id, WallClock clock = &wall_seconds)
      : clock_(clock), id_(std::move(id)), folder_(store / "0" / id_), start_(milliseconds()) {
    std::filesystem::create_directories(store / "0");
    if (!std::filesystem::exists(store / "0" / "meta.yaml")) {
      logging::write_new(
          store / "0" / "meta.yaml",
          "artifact_location: " + uri(store / "0") + "\nexperiment_id: '0'\nlifecycle_stage: active\nname: Default\n");
    }
    if (!std::filesystem::create_directory(folder_)) throw FileError("[run_log] " + folder_.string() + " is there");
    for (const char* part : {"metrics", "params", "tags", "artifacts"})
      std::filesystem::create_directory(folder_ / part);
    write_meta(running, "null");
  }

  const std::filesystem::path& folder() const { return folder_; }
  /// Keeps a setting. A key may have letters, digits, "_", "-", ".", "/" and blanks.
  void param(const std::string& key, const std::string& value) { logging::write_new(inside("params", key), value); }
  void scalar(const std::string& name, double value, std::int64_t step) override {
    logging::AppendedFile(inside("metrics", name))
        .write(milliseconds() + " " + to_string(Value(value)) + " " + std::to_string(step) + "\n");
  }
  /// Copies a file into the run.
  void artifact(const std::filesystem::path& file) {
    std::filesystem::copy_file(file, folder_ / "artifacts" / file.filename());
  }
  /// The run has ended: it is shown as finished, or as failed.
  void finish(bool success = true) { write_meta(success ? finished : failed, milliseconds()); }

 private:
  static constexpr int running = 1, finished = 3, failed = 4;

  std::string milliseconds() const { return std::to_string(static_cast<long long>(clock_() * 1e3)); }
  static std::string uri(const std::filesystem::path& path) {
    return "file://" + std::filesystem::absolute(path).string();
  }
  std::filesystem::path inside(const char* part, const std::string& name) const {
    const std::filesystem::path file = folder_ / part / name;
    std::filesystem::create_directories(file.parent_path());
    return file;
  }
  void write_meta(int status, const std::string& end) const {
    logging::write_new(folder_ / "meta.yaml",
                       "artifact_uri: " + uri(folder_ / "artifacts") + "\nend_time: " + end +
                           "\nentry_point_name: ''\nexperiment_id: '0'\nlifecycle_stage: active\nrun_id: '" + id_ +
                           "'\nrun_name: '" + id_ + "'\nrun_uuid: '" + id_ +
                           "'\nsource_name: ''\nsource_type: 4\nsource_version: ''\nstart_time: " + start_ +
                           "\nstatus: " + std::to_string(status) + "\ntags: []\nuser_id: ''\n");
  }

  WallClock clock_;
  std::string id_;
  std::filesystem::path folder_;
  std::string start_;
};

}  // namespace tinytorch::config
