#include "tinytorch/optim/logs.hpp"

#include "tinytorch/core/error.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace tinytorch::optim {

EpochLog::~EpochLog() {
  if (out_ != nullptr) std::fclose(out_);
}

void EpochLog::on_begin(const TrainingRun& run, const FitOptions&) {
  if (out_ != nullptr) std::fclose(out_);
  out_ = std::fopen(file_.c_str(), "wb");
  if (out_ == nullptr) throw FileError(fmt::format("[log] {}: {}", file_.string(), std::strerror(errno)));
  if (!head_.empty()) write(head_);
  for (const EpochRecord& record : run.progress.history.epochs) write(line(record));
}

bool EpochLog::on_epoch(const TrainingRun&, const EpochRecord& record) {
  if (out_ != nullptr) write(line(record));
  return true;
}

void EpochLog::write(const std::string& text) {
  if (std::fprintf(out_, "%s\n", text.c_str()) < 0 || std::fflush(out_) != 0)
    throw FileError(fmt::format("[log] {}: {}", file_.string(), std::strerror(errno)));
}

}  // namespace tinytorch::optim
