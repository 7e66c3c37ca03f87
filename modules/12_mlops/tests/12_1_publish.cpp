// Task 12.1: publish, on a disk that stops at any call and that others use at the same time.

#include "modules/12_mlops/tests/disk.hpp"

#include <algorithm>
#include <set>

namespace tinytorch::deploy {
namespace {

constexpr std::int64_t most_calls = 26;  // more than three files need

/// Names of which some make no package.
ModelPackage doubtful_package(lab::Case& c, bool& valid) {
  ModelPackage package;
  valid = c.coin();
  if (valid) return some_package(c);
  const std::int64_t kind = c.integer(0, 3);
  if (kind == 1) package.files = {{"a", {}}, {"b", {}}, {"a", {}}};
  if (kind == 2) package.files = {{"manifest", {}}};
  if (kind == 3) package.files = {{"a/b", {}}};
  show_package(c, "package", package);
  return package;
}

}  // namespace

TASK_TEST(12, 1, versions_count_from_1) {
  lab::cases(20, [](lab::Case& c) {
    const std::int64_t count = c.input("packages", c.integer(1, 2 + c.size() / 2));
    FaultyFiles files;
    make_root(files);
    std::vector<std::int64_t> versions, right;
    for (std::int64_t i = 1; i <= count; ++i) {
      versions.push_back(publish(files, root, {{{"notes", some_bytes(c, 4)}}}));
      right.push_back(i);
    }
    CHECK_SAME("versions", versions, right);
  });
}

TASK_TEST(12, 1, a_version_holds_the_files_of_its_package) {
  lab::cases(30, [](lab::Case& c) {
    const ModelPackage first = some_package(c, "first package"), second = some_package(c, "second package");
    FaultyFiles files;
    make_root(files);
    publish(files, root, first);
    publish(files, root, second);
    CHECK_SAME("version 1", state_of(files, 1, first), "whole");
    CHECK_SAME("version 2", state_of(files, 2, second), "whole");
    CHECK_SAME("v2/manifest.tmp is there", files.exists(root / "v2" / "manifest.tmp"), false);
    CHECK_SAME("open handles", files.open_handles(), 0);
  });
}

// A publisher that crashed leaves a folder without a manifest.
TASK_TEST(12, 1, a_folder_that_is_there_is_left_alone) {
  lab::cases(40, [](lab::Case& c) {
    const ModelPackage left = some_package(c, "files of a crashed publisher"), package = some_package(c);
    FaultyFiles files;
    make_root(files);
    std::set<std::int64_t> taken;
    for (std::int64_t version = 1; version <= 1 + c.size() / 2; ++version) {
      if (!c.coin()) continue;
      taken.insert(version);
      files.create_folder(root / ("v" + std::to_string(version)));
      for (const PackageFile& file : left.files)
        put_file(files, root / ("v" + std::to_string(version)) / file.name, file.bytes);
    }
    c.input("folders", std::vector<std::int64_t>(taken.begin(), taken.end()));
    const auto first_free = [&] {
      std::int64_t version = 1;
      while (taken.count(version) != 0) ++version;
      return version;
    };
    CHECK_SAME("version", publish(files, root, package), first_free());
    std::int64_t changed = 0, published = 0;
    for (const std::int64_t version : taken) {
      const fs::path folder = root / ("v" + std::to_string(version));
      published += files.exists(folder / "manifest") || files.exists(folder / "manifest.tmp");
      for (const PackageFile& file : left.files) changed += files.read(folder / file.name) != file.bytes;
    }
    CHECK_SAME("files in the folders that were there that have other bytes", changed, 0);
    CHECK_SAME("folders that were there and now have a manifest", published, 0);
  });
}

TASK_TEST(12, 1, a_crash_at_any_call_leaves_a_whole_version_or_none) {
  lab::cases(14, [](lab::Case& c) {
    const ModelPackage old = some_package(c, "each version that is there"), package = some_package(c);
    const std::int64_t there = c.input("versions that are there", c.integer(1, 3));
    const auto share = some_share(c);
    const std::uint64_t draws = c.rng().next();
    std::int64_t version = 0;  // that was returned
    const auto after_stop = [&](std::int64_t call) {
      FaultyFiles files;
      make_root(files);
      for (std::int64_t k = 1; k <= there; ++k) put_version(files, k, old);
      files.stop_at(call, share);
      try {
        version = publish(files, root, package);
      } catch (const FaultyFiles::Stopped&) {
        // The machine has stopped. The test looks at what is there when it starts again.
      }
      Generator generator(mix_seed(draws, static_cast<std::uint64_t>(call)));
      FaultyFiles after = files.after_crash(generator);
      const std::string first = state_of(after, there, old), next = state_of(after, there + 1, package);
      const bool fine = first == "whole" && (next == "whole" || next == "nothing");
      return fine ? std::string("whole or nothing") : "the version before: " + first + ", the new one: " + next;
    };
    for (std::int64_t call = 0; call < most_calls; ++call)
      CHECK_SAME("found after a crash in call " + std::to_string(call), after_stop(call), "whole or nothing");
    CHECK_SAME("found after a crash that comes later", after_stop(1000), "whole or nothing");
    CHECK_SAME("version", version, there + 1);
  });
}

TASK_TEST(12, 1, after_a_crash_the_next_version_is_whole) {
  lab::cases(30, [](lab::Case& c) {
    const ModelPackage package = some_package(c);
    const auto share = some_share(c);
    const std::uint64_t draws = c.rng().next();
    const std::int64_t call = c.input("the first publisher stops in call", c.integer(0, 20));
    FaultyFiles files;
    make_root(files);
    files.stop_at(call, share);
    try {
      publish(files, root, package);
    } catch (const FaultyFiles::Stopped&) {
      // The second publisher finds what the first one left.
    }
    Generator generator(draws);
    FaultyFiles after = files.after_crash(generator);
    const bool there = after.exists(root / "v1");
    const std::int64_t version = publish(after, root, package);
    CHECK_SAME("it has a number of its own", version == (there ? 2 : 1), true);
    CHECK_SAME("found", state_of(after, there ? 2 : 1, package), "whole");
  });
}

TASK_TEST(12, 1, a_version_that_was_returned_survives_a_crash) {
  lab::cases(60, [](lab::Case& c) {
    const ModelPackage package = some_package(c);
    FaultyFiles files;
    make_root(files);
    publish(files, root, package);
    Generator generator(c.rng().next());
    FaultyFiles after = files.after_crash(generator);
    CHECK_SAME("version 1", state_of(after, 1, package), "whole");
  });
}

// Before each call of the publisher somebody reads.
TASK_TEST(12, 1, a_reader_sees_all_of_a_version_or_nothing) {
  lab::cases(30, [](lab::Case& c) {
    const ModelPackage package = some_package(c);
    FaultyFiles files;
    make_root(files);
    SharedDisk shared(files);
    std::vector<std::string> seen;
    shared.meanwhile = [&](std::int64_t) {
      std::string state = state_of(files, 1, package);
      if (seen.empty() || seen.back() != state) seen.push_back(std::move(state));
    };
    publish(shared, root, package);
    shared.meanwhile(0);
    CHECK_SAME("what a reader sees of version 1", seen, std::vector<std::string>{"nothing", "whole"});
  });
}

// The other one does all of its work just before the k-th call of this one.
TASK_TEST(12, 1, two_publishers_at_once_get_two_versions) {
  lab::cases(60, [](lab::Case& c) {
    const ModelPackage one = some_package(c, "this package"), two = some_package(c, "the other package");
    const std::int64_t there = c.input("versions that are there", c.integer(0, 2));
    const std::int64_t at = c.input("the other publisher comes before call", c.integer(0, 20));
    FaultyFiles files;
    make_root(files);
    for (std::int64_t k = 1; k <= there; ++k) put_version(files, k, two);
    SharedDisk shared(files);
    std::int64_t other = 0;
    shared.meanwhile = [&](std::int64_t call) {
      if (call == at) other = publish(files, root, two);
    };
    const std::int64_t mine = publish(shared, root, one);
    if (other == 0) other = publish(files, root, two);
    const std::vector<std::int64_t> versions{std::min(mine, other), std::max(mine, other)};
    CHECK_SAME("versions", versions, std::vector<std::int64_t>{there + 1, there + 2});
    const std::vector<std::string> found{state_of(files, mine, one), state_of(files, other, two)};
    CHECK_SAME("this version and the other", found, std::vector<std::string>{"whole", "whole"});
  });
}

TASK_TEST(12, 1, what_is_no_package_changes_nothing) {
  lab::cases(40, [](lab::Case& c) {
    bool valid = false;
    const ModelPackage package = doubtful_package(c, valid);
    FaultyFiles files;
    make_root(files);
    const auto right = [&]() -> std::int64_t {
      if (!valid) throw ValueError("no package");
      return 1;
    };
    CHECK_OUTCOME("version", publish(files, root, package), right());
    CHECK_SAME("v1 is there", files.exists(root / "v1"), valid);
  });
}

TASK_TEST(12, 1, a_full_disk_is_reported) {
  lab::cases(60, [](lab::Case& c) {
    const ModelPackage package = some_package(c);
    const std::int64_t call = c.input("call that fails", c.integer(0, 24));
    FaultyFiles files;
    make_root(files);
    const std::int64_t before = files.calls();
    files.fail_at(call);
    std::string reported = "nothing";
    try {
      publish(files, root, package);
    } catch (const FileError& error) {
      reported = std::string(error.what()).find("No space left") != std::string::npos ? "the disk" : error.what();
    }
    const bool failed = files.calls() - before > call;
    CHECK_SAME("reported as it happened", reported == (failed ? "the disk" : "nothing"), true);
    files.fail_at(-1000);  // now the test itself reads
    const std::string state = state_of(files, 1, package);
    CHECK_SAME("version 1", state == "nothing" && failed ? "whole" : state, "whole");
  });
}

}  // namespace tinytorch::deploy
