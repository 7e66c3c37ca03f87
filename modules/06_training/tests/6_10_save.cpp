// Task 6.10: save_atomic, on a disk that stops at any call.

#include "modules/06_training/tests/oracle.hpp"
#include "tests/kit/instruments/faulty_files.hpp"
#include "tinytorch/optim/checkpoint.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>

namespace tinytorch {
namespace {

using lab::FaultyFiles;
using Bytes = std::vector<std::byte>;

const std::filesystem::path folder = "runs", target = folder / "state.safetensors";

Bytes bytes(std::int64_t count, int value) {
  return Bytes(static_cast<std::size_t>(count), static_cast<std::byte>(value));
}

// Writes and flushes a file, without the function under test.
void put(FileOps& files, const Bytes& content) {
  const FileOps::Handle handle = files.create(target);
  files.write(handle, content);
  files.flush(handle);
  files.close(handle);
  files.flush_folder(folder);
}

// What a reader finds: "old", "new", "nothing", or other bytes.
std::string found(FaultyFiles& files, const Bytes& old_bytes, const Bytes& new_bytes) {
  if (!files.exists(target)) return "nothing";
  const Bytes there = files.read(target);
  if (there == new_bytes) return "new";
  return there == old_bytes ? "old" : "torn: " + std::to_string(there.size()) + " bytes";
}

struct Scene {
  explicit Scene(lab::Case& c)
      : old_bytes(bytes(c.integer(1, 40), 1)), new_bytes(bytes(c.integer(0, 60), 2)), is_there(c.coin()) {
    c.input("bytes of the old file", is_there ? std::to_string(old_bytes.size()) : "there is no old file");
    c.input("bytes of the new one", static_cast<std::int64_t>(new_bytes.size()));
  }
  void prepare(FaultyFiles& files) const {
    if (is_there) put(files, old_bytes);
  }
  std::string before() const { return is_there ? "old" : "nothing"; }

  Bytes old_bytes, new_bytes;
  bool is_there;
};

/// Forwards all calls, and records the files that were created. Fails to close and to remove while `tidying_fails` says
/// so.
class Watched final : public FileOps {
 public:
  explicit Watched(FileOps& files) : files_(files) {}
  Handle create(const std::filesystem::path& file) override {
    folders.push_back(file.parent_path().string());
    names.push_back(file.string());
    return files_.create(file);
  }
  void write(Handle handle, std::span<const std::byte> content) override { files_.write(handle, content); }
  void flush(Handle handle) override { files_.flush(handle); }
  void close(Handle handle) override {
    const bool fails = tidying_fails && tidying_fails();
    files_.close(handle);
    if (fails) throw FileError("[close] on order");
  }
  void rename(const std::filesystem::path& from, const std::filesystem::path& to) override { files_.rename(from, to); }
  void flush_folder(const std::filesystem::path& name) override { files_.flush_folder(name); }
  bool remove(const std::filesystem::path& file) override {
    if (tidying_fails && tidying_fails()) throw FileError("[remove] on order");
    return files_.remove(file);
  }
  bool create_folder(const std::filesystem::path& name) override { return files_.create_folder(name); }
  bool exists(const std::filesystem::path& file) override { return files_.exists(file); }
  std::vector<std::byte> read(const std::filesystem::path& file) override { return files_.read(file); }

  std::vector<std::string> folders, names;
  std::function<bool()> tidying_fails;

 private:
  FileOps& files_;
};

}  // namespace

TASK_TEST(6, 10, the_target_holds_the_new_bytes_and_nothing_else_is_left) {
  lab::cases(20, [](lab::Case& c) {
    const Scene scene(c);
    FaultyFiles files;
    scene.prepare(files);
    Watched watched(files);
    optim::save_atomic(watched, target, scene.new_bytes);
    CHECK_SAME("found", found(files, scene.old_bytes, scene.new_bytes), "new");
    std::int64_t left = 0;
    for (const std::string& name : watched.names) left += name != target.string() && files.exists(name);
    CHECK_SAME("temporary files left", left, 0);
    CHECK_SAME("open handles", files.open_handles(), 0);
    CHECK_SAME("folders in which files were made", watched.folders, std::vector<std::string>{folder.string()});
    const bool named = watched.names == std::vector<std::string>{target.string() + ".tmp"};
    CHECK_SAME("the only file that was made has the target's name and .tmp", named, true);
  });
}

TASK_TEST(6, 10, a_crash_at_any_call_leaves_the_old_bytes_or_the_new) {
  lab::cases(40, [](lab::Case& c) {
    const Scene scene(c);
    const auto share = c.pick({FaultyFiles::Share::all, FaultyFiles::Share::half, FaultyFiles::Share::none});
    c.input("work done in the call that stops", share == FaultyFiles::Share::all    ? "all"
                                                : share == FaultyFiles::Share::half ? "half"
                                                                                    : "nothing");
    const auto draws = c.rng().next();
    const auto after_stop = [&](std::int64_t call) {
      FaultyFiles files;
      scene.prepare(files);
      files.stop_at(call, share);
      try {
        optim::save_atomic(files, target, scene.new_bytes);
      } catch (const FaultyFiles::Stopped&) {
        // The machine has stopped. The test looks at what is there when it starts again.
      }
      Generator generator(mix_seed(draws, static_cast<std::uint64_t>(call)));
      FaultyFiles after = files.after_crash(generator);
      const std::string what = found(after, scene.old_bytes, scene.new_bytes);
      const bool torn = what != scene.before() && what != "new" && !files.stopped_in().empty();
      return torn ? what + ", stopped in " + files.stopped_in() : what;
    };
    const auto whole = [&](const std::string& what) {
      return what == scene.before() || what == "new" ? std::string("old or new") : what;
    };
    for (std::int64_t call = 0; call < 8; ++call) {
      CHECK_SAME("found after a crash in call " + std::to_string(call), whole(after_stop(call)), "old or new");
    }
    CHECK_SAME("found after a crash that comes later", after_stop(1000), "new");
  });
}

TASK_TEST(6, 10, a_save_that_returned_survives_a_crash) {
  lab::cases(40, [](lab::Case& c) {
    const Scene scene(c);
    FaultyFiles files;
    scene.prepare(files);
    optim::save_atomic(files, target, scene.new_bytes);
    Generator generator(c.rng().next());
    FaultyFiles after = files.after_crash(generator);
    CHECK_SAME("found", found(after, scene.old_bytes, scene.new_bytes), "new");
  });
}

// A disk that fails once may fail again while save_atomic tidies up.
TASK_TEST(6, 10, the_first_failure_is_reported_when_tidying_up_fails_too) {
  lab::cases(30, [](lab::Case& c) {
    const Scene scene(c);
    const std::int64_t call = c.input("call that fails", c.integer(0, 6));
    FaultyFiles files;
    scene.prepare(files);
    Watched watched(files);
    files.fail_at(call);
    const std::int64_t before = files.calls();
    watched.tidying_fails = [&] { return files.calls() - before > call; };
    c.input("and after it each close and remove", true);
    std::string reported = "nothing";
    const auto saved = [&] {
      try {
        optim::save_atomic(watched, target, scene.new_bytes);
      } catch (const FileError& error) {
        reported = std::string(error.what()).find("No space left") != std::string::npos ? "the disk" : error.what();
      }
      return reported;
    };
    const auto failed = [&] { return files.calls() - before > call; };
    CHECK_SAME("what is reported", saved(), failed() ? "the disk" : "nothing");
    CHECK_RELATION("open handles", files.open_handles(), <=, call == 3 ? 1 : 0);  // close itself failed
  });
}

TASK_TEST(6, 10, a_full_disk_is_reported_and_the_old_bytes_stay) {
  lab::cases(40, [](lab::Case& c) {
    const Scene scene(c);
    const std::int64_t call = c.input("call that fails", c.integer(0, 9));
    FaultyFiles files;
    scene.prepare(files);
    Watched watched(files);
    files.fail_at(call);
    const std::int64_t before = files.calls();
    std::string reported = "nothing";
    const auto saved = [&] {
      try {
        optim::save_atomic(watched, target, scene.new_bytes);
      } catch (const FileError& error) {
        reported = std::string(error.what()).find("No space left") != std::string::npos ? "the disk" : error.what();
        throw;
      }
      return true;
    };
    const auto failed = [&] { return files.calls() - before > call; };
    const auto expected = [&] {
      if (failed()) throw FileError("full");
      return true;
    };
    CHECK_OUTCOME("saved", saved(), expected());
    const bool fails = failed();
    CHECK_SAME("what is reported", reported, fails ? "the disk" : "nothing");  // the first failure must be reported
    files.fail_at(-1000);                                                      // now the test itself reads
    const auto left_over = [&] {
      std::int64_t left = 0;
      for (const std::string& name : watched.names) left += name != target.string() && files.exists(name);
      return left;
    };
    const std::string there = found(files, scene.old_bytes, scene.new_bytes);
    CHECK_SAME("found", fails && there == scene.before() ? "new" : there, "new");  // old only after a failure
    CHECK_SAME("temporary files left", left_over(), 0);
    CHECK_RELATION("open handles", files.open_handles(), <=, fails && call == 3 ? 1 : 0);  // close itself failed
  });
}

}  // namespace tinytorch
