// Task 7.8: a folder for each run, on a disk that other runs use at the same time.
#include "modules/07_config/tests/scene.hpp"
#include "tinytorch/core/experiment.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace tinytorch::config {
namespace {

namespace fs = std::filesystem;

/// A disk of folders, in memory. Before each call on it `meanwhile` may let another run do something.
class Folders final : public FileOps {
 public:
  std::set<std::string> there{"."};
  std::vector<std::string> removed;
  std::function<void(std::int64_t)> meanwhile;  // gets the number of the call that follows
  std::int64_t calls = 0, fails_at = -1;

  bool create_folder(const fs::path& folder) override {
    begin();
    const fs::path parent = folder.parent_path();
    if (!parent.empty() && there.count(parent.string()) == 0) throw FileError("[create_folder] no " + parent.string());
    return there.insert(folder.string()).second;
  }
  bool exists(const fs::path& file) override {
    begin();
    return there.count(file.string()) != 0;
  }
  bool remove(const fs::path& file) override {
    begin();
    removed.push_back(file.string());
    return there.erase(file.string()) != 0;
  }
  void rename(const fs::path& from, const fs::path& to) override {
    begin();
    there.erase(from.string());
    there.insert(to.string());
  }
  void flush_folder(const fs::path&) override { begin(); }
  Handle create(const fs::path&) override { return no_files(); }
  void write(Handle, std::span<const std::byte>) override { no_files(); }
  void flush(Handle) override { no_files(); }
  void close(Handle) override { no_files(); }
  std::vector<std::byte> read(const fs::path&) override {
    no_files();
    return {};
  }

 private:
  void begin() {
    const std::int64_t call = calls++;
    if (call == fails_at) throw FileError("[create_folder] No space left on device");
    if (meanwhile) meanwhile(call);
  }
  static Handle no_files() { throw FileError("[create] this disk holds folders only"); }
};

std::string some_hash(lab::Case& c) {
  std::string text = word(c, 1, 3);
  text += std::to_string(c.integer(0, 99));
  return text;
}

/// The folders that right code gives to `count` runs, one after the other, when `taken` are there.
std::vector<std::string> folders_for(std::int64_t count, const std::string& root, const std::string& hash,
                                     std::set<std::string> taken) {
  std::vector<std::string> folders;
  for (std::int64_t number = 1; static_cast<std::int64_t>(folders.size()) < count; ++number) {
    std::string folder = root;
    folder += "/" + hash;
    if (number > 1) folder += "-" + std::to_string(number);
    if (taken.insert(folder).second) folders.push_back(folder);
  }
  return folders;
}

}  // namespace

TASK_TEST(7, 8, runs_of_one_name_are_numbered) {
  lab::cases(40, [](lab::Case& c) {
    const std::string hash = c.input("hash", some_hash(c));
    const std::int64_t count = c.input("runs", c.integer(1, 2 + c.size() / 2));
    Folders disk;
    std::vector<std::string> folders;
    for (std::int64_t i = 0; i < count; ++i) folders.push_back(create_run_dir(disk, "runs", hash).string());
    CHECK_SAME("folders", folders, folders_for(count, "runs", hash, {}));
  });
}

TASK_TEST(7, 8, the_folder_is_there) {
  lab::cases(40, [](lab::Case& c) {
    const std::string hash = c.input("hash", some_hash(c));
    const bool taken = c.input("the name is taken", c.coin());
    Folders disk;
    disk.there.insert("runs");
    if (taken) disk.there.insert("runs/" + hash);
    const std::string folder = create_run_dir(disk, "runs", hash).string();
    CHECK_SAME("folders that were removed", disk.removed, std::vector<std::string>{});
    CHECK_SAME("folder", folder, "runs/" + hash + (taken ? "-2" : ""));
    CHECK_SAME("it was made", disk.there.count(folder) != 0, true);
    CHECK_SAME("folders", static_cast<std::int64_t>(disk.there.size()), taken ? 4 : 3);
  });
}

TASK_TEST(7, 8, the_root_is_made_if_it_is_missing) {
  lab::cases(40, [](lab::Case& c) {
    const std::string hash = c.input("hash", some_hash(c));
    const std::string root = c.input("root", c.pick<std::string>({"runs", "out"}));
    const bool missing = c.input("the root is missing", c.coin());
    Folders disk;
    if (!missing) disk.there.insert(root);
    CHECK_SAME("folder", create_run_dir(disk, root, hash).string(), root + "/" + hash);
    const std::vector<std::string> folders(disk.there.begin(), disk.there.end());
    CHECK_SAME("folders on the disk", folders, std::vector<std::string>{".", root, root + "/" + hash});
  });
}

TASK_TEST(7, 8, the_first_free_number_is_taken) {
  lab::cases(60, [](lab::Case& c) {
    const std::string hash = c.input("hash", some_hash(c));
    std::set<std::string> taken;
    std::vector<std::string> names;
    for (std::int64_t number = 1; number <= 2 + c.size() / 2; ++number) {
      const bool there = c.coin();
      if (!there) continue;
      names.push_back(number == 1 ? hash : hash + "-" + std::to_string(number));
      taken.insert("runs/" + names.back());
    }
    c.input("taken", names);
    Folders disk;
    disk.there.insert("runs");
    disk.there.insert(taken.begin(), taken.end());
    CHECK_SAME("folder", create_run_dir(disk, "runs", hash).string(), folders_for(1, "runs", hash, taken).front());
  });
}

// Another run does all of its work just before the k-th call of this one: for each k, two folders.
TASK_TEST(7, 8, two_runs_at_once_get_two_folders) {
  lab::cases(60, [](lab::Case& c) {
    const std::string hash = c.input("hash", some_hash(c));
    const std::int64_t at = c.input("the other run starts before call", c.integer(0, 4));
    const std::int64_t taken = c.input("earlier runs", c.integer(0, 2));
    Folders disk;
    disk.there.insert("runs");
    for (std::int64_t i = 0; i < taken; ++i) disk.there.insert(folders_for(i + 1, "runs", hash, {}).back());
    std::string other;
    bool started = false;
    disk.meanwhile = [&](std::int64_t call) {
      if (started || call != at) return;
      started = true;
      other = create_run_dir(disk, "runs", hash).string();
    };
    const std::string mine = create_run_dir(disk, "runs", hash).string();
    disk.meanwhile = nullptr;
    if (!started) other = create_run_dir(disk, "runs", hash).string();
    const auto two = [&] {
      std::vector<std::string> all = folders_for(taken + 2, "runs", hash, {});
      all.erase(all.begin(), all.end() - 2);
      std::sort(all.begin(), all.end());
      return all;
    };
    std::vector<std::string> both{mine, other};
    std::sort(both.begin(), both.end());
    CHECK_SAME("folders of the two runs", both, two());
  });
}

TASK_TEST(7, 8, a_disk_that_fails_is_reported) {
  lab::cases(40, [](lab::Case& c) {
    const std::string hash = c.input("hash", some_hash(c));
    const bool fails = c.input("the disk is full", c.coin());
    Folders disk;
    disk.there.insert("runs");
    if (fails) disk.fails_at = c.integer(0, 1);
    const auto right = [&]() -> std::string {
      if (fails) throw FileError("full");
      return "runs/" + hash;
    };
    CHECK_OUTCOME("folder", create_run_dir(disk, "runs", hash).string(), right());
  });
}

}  // namespace tinytorch::config
