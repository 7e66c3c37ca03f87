// Task 12.2: promote, roll_back and open_current, on a disk that stops at any call.

#include "modules/12_mlops/tests/disk.hpp"

#include <algorithm>

namespace tinytorch::deploy {
namespace {

ModelPackage numbered_package(std::int64_t version) {
  const auto bytes = bytes_of(std::to_string(100 + version));
  return {{{"weights", {bytes.begin(), bytes.end()}}, {"labels", {std::byte{7}}}}};
}

/// Versions 1 to `count`, and the list.
void put_registry(FileOps& files, std::int64_t count, const std::vector<std::int64_t>& promoted) {
  make_root(files);
  for (std::int64_t version = 1; version <= count; ++version) put_version(files, version, numbered_package(version));
  put_promoted(files, promoted);
}

/// A list in which no version follows itself.
std::vector<std::int64_t> some_list(lab::Case& c, std::int64_t least, std::int64_t most, std::int64_t versions) {
  std::vector<std::int64_t> list;
  const std::int64_t count = c.integer(least, most);
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t version = c.integer(1, versions);
    if (!list.empty() && list.back() == version) version = version % versions + 1;
    list.push_back(version);
  }
  return c.input("promoted", list);
}

/// A way to spoil a file of a version. Some ways keep its size.
void spoil(FileOps& files, std::int64_t kind, const fs::path& file) {
  std::vector<std::byte> bytes = files.read(file);
  if (kind == 0) {
    files.remove(file);
    return;
  }
  if (kind == 1) bytes.back() ^= std::byte{1};
  if (kind == 2) bytes.push_back(std::byte{0});
  if (kind == 3) bytes.pop_back();
  put_file(files, file, bytes);
}

/// Text of the error with which `call` ends.
template <class F>
std::string error_of(F call) {
  try {
    call();
  } catch (const FormatError& error) {
    return error.what();
  } catch (const ValueError&) {
    return "ValueError";
  } catch (const FileError& error) {
    return std::string("FileError: ") + error.what();
  }
  return "none";
}

/// A damage, and the error that names it.
struct Damage {
  std::int64_t version = 0;  // 0: nothing is damaged
  std::string file, way;
  std::int64_t kind = 0;

  std::string says() const { return version == 0 ? "none" : damaged(version, file).what(); }
  void make(FileOps& files) const {
    if (version != 0) spoil(files, kind, root / ("v" + std::to_string(version)) / file);
  }
};

/// Of that kind, or of any.
Damage some_damage(lab::Case& c, std::int64_t version, std::int64_t kind = -1) {
  Damage damage;
  const bool any = kind < 0 ? c.coin() : c.integer(0, 3) > 0;
  damage.kind = kind < 0 ? c.integer(0, 3) : kind;
  damage.file = c.pick<std::string>({"weights", "labels", "manifest"});
  if (damage.file == "manifest" && damage.kind == 0) damage.kind = 1;  // without a manifest it is not published
  const std::vector<std::string> ways{"is missing", "has a wrong bit", "has one byte more", "has one byte less"};
  if (any) damage.version = version;
  damage.way =
      any ? damage.file + " of version " + std::to_string(version) + " " + ways[static_cast<std::size_t>(damage.kind)]
          : "nothing is damaged";
  c.input("damage", damage.way);
  return damage;
}

/// What open_current() returned.
lab::Value value_of(const StoredModel& model) {
  std::vector<std::string> files;
  for (const PackageFile& file : model.package.files) files.push_back(file.name + " = " + text_of(file.bytes));
  return lab::record({{"version", model.version}, {"files", files}});
}

}  // namespace

TASK_TEST(12, 2, the_promoted_version_is_appended_to_the_list) {
  lab::cases(24, [](lab::Case& c) {
    std::vector<std::int64_t> list = some_list(c, 0, 1 + c.size() / 2, 4);
    const std::int64_t version = c.input("promote", c.integer(1, 4));
    FaultyFiles files;
    put_registry(files, 4, list);
    promote(files, root, version);
    const auto right = [&] {
      if (list.empty() || list.back() != version) list.push_back(version);
      return list_text_of(list);
    };
    CHECK_SAME("list", list_of(files), right());
    CHECK_SAME("open handles", files.open_handles(), 0);
  });
}

TASK_TEST(12, 2, what_serves_already_is_not_appended_again) {
  lab::cases(30, [](lab::Case& c) {
    const std::vector<std::int64_t> list = some_list(c, 1, 1 + c.size() / 2, 4);
    FaultyFiles files;
    put_registry(files, 4, list);
    promote(files, root, list.back());
    promote(files, root, list.back());
    CHECK_SAME("list", list_of(files), list_text_of(list));
  });
}

TASK_TEST(12, 2, rolling_back_goes_to_the_version_promoted_before) {
  lab::cases(24, [](lab::Case& c) {
    std::vector<std::int64_t> list = some_list(c, 2, 2 + c.size() / 2, 5);
    FaultyFiles files;
    put_registry(files, 5, list);
    CHECK_SAME("version", roll_back(files, root), list[list.size() - 2]);
    const auto right = [&] {
      list.pop_back();
      return list_text_of(list);
    };
    CHECK_SAME("list", list_of(files), right());
  });
}

TASK_TEST(12, 2, rolling_back_ends_at_the_first_version) {
  lab::cases(24, [](lab::Case& c) {
    std::vector<std::int64_t> list = some_list(c, 0, 3, 4);
    FaultyFiles files;
    put_registry(files, 4, list);
    for (int step = 0; step < 3; ++step) {
      const auto right = [&] {
        if (list.size() < 2) throw ValueError("none");
        list.pop_back();
        return list.back();
      };
      CHECK_OUTCOME("version", roll_back(files, root), right());
      CHECK_SAME("list", list_of(files), list_text_of(list));
    }
  });
}

TASK_TEST(12, 2, the_last_version_of_the_list_serves) {
  lab::cases(24, [](lab::Case& c) {
    const std::vector<std::int64_t> list = some_list(c, 0, 2 + c.size() / 2, 4);
    FaultyFiles files;
    put_registry(files, 4, list);
    const auto right = [&] {
      if (list.empty()) throw ValueError("none");
      return value_of({list.back(), numbered_package(list.back())});
    };
    CHECK_OUTCOME("model", value_of(open_current(files, root)), right());
  });
}

TASK_TEST(12, 2, the_files_come_as_they_were_published) {
  lab::cases(40, [](lab::Case& c) {
    const ModelPackage package = some_package(c);
    FaultyFiles files;
    make_root(files);
    put_version(files, 1, package);
    put_promoted(files, {1});
    const StoredModel model = open_current(files, root);
    std::vector<std::string> names, right;
    std::int64_t same = 0;
    for (const PackageFile& file : model.package.files) {
      names.push_back(shown(file));
      same += std::count(package.files.begin(), package.files.end(), file);
    }
    for (const PackageFile& file : package.files) right.push_back(shown(file));
    CHECK_SAME("files", names, right);
    CHECK_SAME("files with the bytes that were published", same, static_cast<std::int64_t>(package.files.size()));
  });
}

TASK_TEST(12, 2, a_damaged_version_is_refused_by_name) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t version = c.integer(1, 3);
    FaultyFiles files;
    put_registry(files, 3, {version});
    const Damage damage = some_damage(c, version, c.index() % 4);
    damage.make(files);
    CHECK_SAME("error", error_of([&] { open_current(files, root); }), damage.says());
  });
}

TASK_TEST(12, 2, a_damaged_version_is_not_promoted) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t version = c.input("promote", c.integer(1, 3));
    FaultyFiles files;
    const std::vector<std::int64_t> list = some_list(c, 0, 2, 3);
    put_registry(files, 3, list);
    const Damage damage = some_damage(c, version);
    damage.make(files);
    CHECK_SAME("error", error_of([&] { promote(files, root, version); }), damage.says());
    const auto right = [&] {
      std::vector<std::int64_t> now = list;
      if (damage.version == 0 && (now.empty() || now.back() != version)) now.push_back(version);
      return list_text_of(now);
    };
    CHECK_SAME("list", list_of(files), right());
  });
}

TASK_TEST(12, 2, rolling_back_refuses_a_damaged_version) {
  lab::cases(40, [](lab::Case& c) {
    FaultyFiles files;
    std::vector<std::int64_t> list = some_list(c, 2, 3, 3);
    put_registry(files, 3, list);
    // A damage of the version that serves must not stop anybody from leaving it.
    const std::int64_t serving = list.back(), before = list[list.size() - 2];
    const Damage damage = some_damage(c, c.coin() ? serving : before);
    damage.make(files);
    const bool refused = damage.version == before;
    CHECK_SAME("error", error_of([&] { roll_back(files, root); }), refused ? damage.says() : "none");
    const auto right = [&] {
      if (!refused) list.pop_back();
      return list_text_of(list);
    };
    CHECK_SAME("list", list_of(files), right());
  });
}

TASK_TEST(12, 2, what_is_not_published_is_not_promoted) {
  lab::cases(40, [](lab::Case& c) {
    const std::vector<std::int64_t> list = some_list(c, 0, 2, 2);
    FaultyFiles files;
    put_registry(files, 2, list);
    files.create_folder(root / "v3");  // of a publisher that crashed
    put_file(files, root / "v3" / "weights", {});
    const std::int64_t version = c.input("promote", c.integer(0, 4));
    const bool published = version == 1 || version == 2;
    CHECK_SAME("error", error_of([&] { promote(files, root, version); }), published ? "none" : "ValueError");
    const auto right = [&] {
      std::vector<std::int64_t> now = list;
      if (published && (now.empty() || now.back() != version)) now.push_back(version);
      return list_text_of(now);
    };
    CHECK_SAME("list", list_of(files), right());
  });
}

TASK_TEST(12, 2, a_crash_at_any_call_leaves_the_old_list_or_the_new) {
  lab::cases(14, [](lab::Case& c) {
    const bool back = c.input("roll back", c.coin());
    const std::vector<std::int64_t> list = some_list(c, back ? 2 : 0, 3, 3);
    const std::int64_t version = list.empty() ? 2 : list.back() % 3 + 1;
    if (!back) c.input("promote", version);
    const auto share = some_share(c);
    const std::uint64_t draws = c.rng().next();
    std::vector<std::int64_t> next = list;
    if (back) next.pop_back();
    if (!back) next.push_back(version);
    const auto after_stop = [&](std::int64_t call) {
      FaultyFiles files;
      put_registry(files, 3, list);
      files.stop_at(call, share);
      try {
        if (back) roll_back(files, root);
        if (!back) promote(files, root, version);
      } catch (const FaultyFiles::Stopped&) {
        // The test looks at what is there when the machine starts again.
      }
      Generator generator(mix_seed(draws, static_cast<std::uint64_t>(call)));
      FaultyFiles after = files.after_crash(generator);
      const std::string found = list_of(after);
      const bool fine = found == list_text_of(list) || found == list_text_of(next);
      return fine ? std::string("old or new") : found;
    };
    for (std::int64_t call = 0; call < 18; ++call)
      CHECK_SAME("list after a crash in call " + std::to_string(call), after_stop(call), "old or new");
  });
}

TASK_TEST(12, 2, a_list_that_was_changed_survives_a_crash) {
  lab::cases(30, [](lab::Case& c) {
    const bool back = c.input("roll back", c.coin());
    std::vector<std::int64_t> list = some_list(c, back ? 2 : 0, 3, 3);
    const std::int64_t version = list.empty() ? 2 : list.back() % 3 + 1;
    FaultyFiles files;
    put_registry(files, 3, list);
    if (back) roll_back(files, root);
    if (!back) promote(files, root, version);
    Generator generator(c.rng().next());
    FaultyFiles after = files.after_crash(generator);
    const auto right = [&] {
      if (back) list.pop_back();
      if (!back) list.push_back(version);
      return list_text_of(list);
    };
    CHECK_SAME("list", list_of(after), right());
  });
}

// Before each call somebody reads the list.
TASK_TEST(12, 2, a_reader_sees_the_old_list_or_the_new) {
  lab::cases(30, [](lab::Case& c) {
    const bool back = c.input("roll back", c.coin());
    const std::vector<std::int64_t> list = some_list(c, back ? 2 : 1, 3, 3);
    const std::int64_t version = list.back() % 3 + 1;
    FaultyFiles files;
    put_registry(files, 3, list);
    SharedDisk shared(files);
    std::vector<std::string> seen;
    shared.meanwhile = [&](std::int64_t) {
      std::string found = list_of(files);
      if (seen.empty() || seen.back() != found) seen.push_back(std::move(found));
    };
    if (back) roll_back(shared, root);
    if (!back) promote(shared, root, version);
    shared.meanwhile(0);
    const auto right = [&] {
      std::vector<std::int64_t> next = list;
      if (back) next.pop_back();
      if (!back) next.push_back(version);
      return std::vector<std::string>{list_text_of(list), list_text_of(next)};
    };
    CHECK_SAME("lists that a reader sees", seen, right());
  });
}

}  // namespace tinytorch::deploy
