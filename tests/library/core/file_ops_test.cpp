// The real disk behind FileOps.

#include "tinytorch/core/file_ops.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace tinytorch {
namespace {

namespace fs = std::filesystem;

class Disk : public ::testing::Test {
 protected:
  Disk() : folder(fs::temp_directory_path() / ("tinytorch_files_" + std::to_string(getpid()))) {
    fs::create_directories(folder);
  }
  ~Disk() override { fs::remove_all(folder); }

  static std::vector<std::byte> bytes(std::size_t count) {
    std::vector<std::byte> made(count);
    for (std::size_t i = 0; i < count; ++i) made[i] = static_cast<std::byte>(i * 7);
    return made;
  }
  void write(const fs::path& file, const std::vector<std::byte>& content) {
    const FileOps::Handle handle = disk().create(file);
    disk().write(handle, content);
    disk().flush(handle);
    disk().close(handle);
  }

  fs::path folder;
};

TEST_F(Disk, gives_back_what_was_written) {
  for (const std::size_t count : {0UL, 1UL, 65536UL, 200000UL}) {
    write(folder / "a", bytes(count));
    EXPECT_EQ(disk().read(folder / "a"), bytes(count));
  }
  const FileOps::Handle handle = disk().create(folder / "a");  // empties it
  disk().write(handle, bytes(3));
  disk().write(handle, bytes(2));
  disk().close(handle);
  EXPECT_EQ(disk().read(folder / "a").size(), 5U);
}

TEST_F(Disk, renames_over_removes_and_tells_what_is_there) {
  write(folder / "old", bytes(4));
  write(folder / "new", bytes(9));
  disk().rename(folder / "new", folder / "old");
  disk().flush_folder(folder);
  EXPECT_EQ(disk().read(folder / "old").size(), 9U);
  EXPECT_FALSE(disk().exists(folder / "new"));
  EXPECT_TRUE(disk().remove(folder / "old"));
  EXPECT_FALSE(disk().remove(folder / "old"));
  EXPECT_TRUE(disk().create_folder(folder / "runs"));
  EXPECT_FALSE(disk().create_folder(folder / "runs"));
  EXPECT_TRUE(disk().exists(folder / "runs"));
}

TEST_F(Disk, names_the_file_and_the_reason) {
  const auto message = [](auto work) {
    try {
      work();
    } catch (const FileError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  const std::string missing = (folder / "none" / "a").string();
  EXPECT_EQ(message([&] { disk().create(missing); }), "[create] " + missing + ": No such file or directory");
  EXPECT_EQ(message([&] { disk().read(missing); }), "[read] " + missing + ": No such file or directory");
  EXPECT_EQ(message([&] { disk().rename(missing, folder / "b"); }),
            "[rename] " + (folder / "b").string() + ": No such file or directory");
  EXPECT_NE(message([&] { disk().flush_folder(folder / "none"); }), "no error");
  EXPECT_NE(message([&] { disk().create_folder(missing); }), "no error");
  EXPECT_NE(message([&] { disk().read(folder); }), "no error");
}

TEST_F(Disk, says_when_it_is_full) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const FileOps::Handle handle = disk().create("/dev/full");
  EXPECT_THROW(disk().write(handle, bytes(10)), FileError);
  disk().close(handle);
}

}  // namespace
}  // namespace tinytorch
