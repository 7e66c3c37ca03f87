#include "tests/kit/instruments/faulty_files.hpp"

#include <algorithm>

namespace tinytorch::lab {

namespace fs = std::filesystem;

FaultyFiles::Share FaultyFiles::begin(const char* call) {
  const std::int64_t now = calls_++;
  if (now == fail_at_) throw FileError(std::string("[") + call + "] the disk: No space left on device");
  if (stop_at_ < 0 || now < stop_at_) return Share::all;
  if (now > stop_at_) throw Stopped();
  stopped_in_ = call;
  return share_;
}

void FaultyFiles::end() {
  if (calls_ - 1 == stop_at_) throw Stopped();
}

FaultyFiles::File& FaultyFiles::opened(Handle handle) {
  const auto index = static_cast<std::size_t>(handle);
  if (handle < 0 || index >= open_.size() || open_[index] == closed) throw FileError("[file] the handle is not open");
  return files_[open_[index]];
}

std::int64_t FaultyFiles::open_handles() const {
  return std::count_if(open_.begin(), open_.end(), [](std::size_t file) { return file != closed; });
}

FileOps::Handle FaultyFiles::create(const fs::path& file) {
  if (begin("create") != Share::none) {
    Names names = names_.back();
    const auto there = names.find(file.string());
    if (there != names.end()) {
      files_[there->second].content.clear();
    } else {
      names[file.string()] = files_.size();
      files_.emplace_back();
      change_names(names);
    }
  }
  end();
  open_.push_back(names_.back().at(file.string()));
  return static_cast<Handle>(open_.size()) - 1;
}

void FaultyFiles::write(Handle handle, std::span<const std::byte> bytes) {
  const Share share = begin("write");
  std::vector<std::byte>& content = opened(handle).content;
  if (share == Share::half) bytes = bytes.first(bytes.size() / 2);
  if (share != Share::none) content.insert(content.end(), bytes.begin(), bytes.end());
  end();
}

void FaultyFiles::flush(Handle handle) {
  if (begin("flush") == Share::all) opened(handle).flushed = opened(handle).content;
  end();
}

void FaultyFiles::close(Handle handle) {
  begin("close");
  static_cast<void>(opened(handle));
  open_[static_cast<std::size_t>(handle)] = closed;
  end();
}

void FaultyFiles::rename(const fs::path& from, const fs::path& to) {
  const Share share = begin("rename");
  Names names = names_.back();
  const auto found = names.find(from.string());
  if (found == names.end()) throw FileError("[rename] " + from.string() + ": there is no such file");
  if (share != Share::none) {
    names[to.string()] = found->second;
    names.erase(from.string());
    change_names(names);
  }
  end();
}

void FaultyFiles::flush_folder(const fs::path& name) {
  if (begin("flush_folder") == Share::all) {
    const auto inside = [&](const Names::value_type& entry) { return fs::path(entry.first).parent_path() == name; };
    const Names now = names_.back();
    for (Names& possible : names_) {
      std::erase_if(possible, inside);
      for (const auto& entry : now)
        if (inside(entry)) possible.insert(entry);
    }
  }
  end();
}

bool FaultyFiles::remove(const fs::path& file) {
  const Share share = begin("remove");
  Names names = names_.back();
  const bool there = names.erase(file.string()) == 1;
  if (share != Share::none) change_names(names);
  end();
  return there;
}

bool FaultyFiles::create_folder(const fs::path& name) {
  const Share share = begin("create_folder");
  Names names = names_.back();
  const bool made = names.insert({name.string(), folder}).second;
  if (share != Share::none) change_names(names);
  end();
  return made;
}

bool FaultyFiles::exists(const fs::path& file) {
  begin("exists");
  end();
  return names_.back().contains(file.string());
}

std::vector<std::byte> FaultyFiles::read(const fs::path& file) {
  begin("read");
  end();
  const auto found = names_.back().find(file.string());
  if (found == names_.back().end() || found->second == folder)
    throw FileError("[read] " + file.string() + ": there is no such file");
  return files_[found->second].content;
}

FaultyFiles FaultyFiles::after_crash(Generator& generator) const {
  std::vector<File> files = files_;
  for (File& file : files) {
    if (file.content == file.flushed) continue;
    // A file that was appended to keeps its flushed bytes. A file that was emptied may have any part of the new bytes.
    const bool appended = file.content.size() > file.flushed.size() &&
                          std::equal(file.flushed.begin(), file.flushed.end(), file.content.begin());
    const std::size_t least = appended ? file.flushed.size() : 0;
    switch (generator.below(3)) {
      case 0:
        file.content = file.flushed;
        break;
      case 1:
        file.content.resize(least + generator.below(file.content.size() - least + 1));
        break;
      default:  // everything reached the disk
        break;
    }
    file.flushed = file.content;
  }
  return FaultyFiles(std::move(files), names_[generator.below(names_.size())]);
}

}  // namespace tinytorch::lab
