// A registry on the disk, a window in virtual time, and replies: lab 12's functions as the library has them, and what
// is given beside them.
#include "tinytorch/nn/deploy_batching.hpp"
#include "tinytorch/nn/deploy_registry.hpp"
#include "tinytorch/nn/deploy_traffic.hpp"
#include "tinytorch/nn/linear.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace tinytorch::deploy {
namespace {

namespace fs = std::filesystem;

/// A folder of the test's own.
class DeployFolder : public ::testing::Test {
 protected:
  DeployFolder() : root_(fs::temp_directory_path() / ("tinytorch_deploy_test_" + std::to_string(::getpid()))) {
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~DeployFolder() override { fs::remove_all(root_); }
  DeployFolder(const DeployFolder&) = delete;
  DeployFolder& operator=(const DeployFolder&) = delete;

  fs::path root_;
};

ModelPackage package_saying(const std::string& text) {
  const auto bytes = bytes_of(text);
  return {{{"weights", {bytes.begin(), bytes.end()}}, {"labels", {}}}};
}

TEST_F(DeployFolder, keeps_versions_on_the_real_disk) {
  EXPECT_EQ(publish(disk(), root_, package_saying("one")), 1);
  EXPECT_EQ(publish(disk(), root_, package_saying("two")), 2);
  EXPECT_THROW(open_current(disk(), root_), ValueError);
  promote(disk(), root_, 1);
  promote(disk(), root_, 2);
  EXPECT_EQ(open_current(disk(), root_).package, package_saying("two"));
  EXPECT_EQ(roll_back(disk(), root_), 1);
  EXPECT_EQ(open_current(disk(), root_).package, package_saying("one"));
}

TEST_F(DeployFolder, names_what_is_damaged) {
  publish(disk(), root_, package_saying("one"));
  promote(disk(), root_, 1);
  write_file(disk(), root_ / "v1" / "weights", bytes_of("onE"));
  try {
    open_current(disk(), root_);
    FAIL() << "a damaged version was opened";
  } catch (const FormatError& error) {
    EXPECT_STREQ(error.what(), "[registry] version 1 is damaged: weights");
  }
}

TEST(DeployManifest, is_read_as_it_was_written) {
  const std::string text = manifest_text(package_saying("one"));
  const std::vector<ManifestEntry> entries = parse_manifest(text, "manifest");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].name, "weights");
  EXPECT_EQ(entries[0].size, 3);
  // The digest of "one", as sha256sum prints it.
  EXPECT_EQ(entries[0].sha256, "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
  EXPECT_EQ(entries[1].size, 0);
}

TEST(DeployManifest, refuses_any_other_text) {
  const std::string text = manifest_text(package_saying("one"));
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] ^= 1;
    EXPECT_THROW(parse_manifest(changed, "manifest"), FormatError) << i;
    EXPECT_THROW(parse_manifest(text.substr(0, i), "manifest"), FormatError) << i;
  }
  EXPECT_THROW(parse_manifest(text + "\n", "manifest"), FormatError);
}

TEST(DeployManifest, refuses_names_that_are_no_file_of_a_version) {
  EXPECT_THROW(manifest_text({}), ValueError);
  for (const char* name : {"", "manifest", "manifest.tmp", "a/b", "..", ".", "a\nb"})
    EXPECT_THROW(manifest_text({{{name, {}}}}), ValueError) << name;
  EXPECT_THROW(manifest_text({{{"a", {}}, {"a", {}}}}), ValueError);
}

TEST_F(DeployFolder, refuses_a_list_that_is_damaged) {
  EXPECT_TRUE(promoted_versions(disk(), root_).empty());
  write_file(disk(), root_ / "promoted", bytes_of("4\n7\n"));
  EXPECT_EQ(promoted_versions(disk(), root_), (std::vector<std::int64_t>{4, 7}));
  for (const char* text : {"", "4", "4\n7", "x\n", "0\n", "-1\n", "4\n\n", " 4\n", "04\n"}) {
    write_file(disk(), root_ / "promoted", bytes_of(text));
    EXPECT_THROW(promoted_versions(disk(), root_), FormatError) << text;
  }
}

/// A disk whose writes fail.
class FullDisk final : public FileOps {
 public:
  int open = 0;

  Handle create(const fs::path&) override { return ++open; }
  void write(Handle, std::span<const std::byte>) override { throw FileError("[write] No space left on device"); }
  void flush(Handle) override {}
  void close(Handle) override { --open; }
  void rename(const fs::path&, const fs::path&) override {}
  void flush_folder(const fs::path&) override {}
  bool remove(const fs::path&) override { return false; }
  bool create_folder(const fs::path&) override { return true; }
  bool exists(const fs::path&) override { return false; }
  std::vector<std::byte> read(const fs::path&) override { return {}; }
};

TEST(DeployFiles, are_closed_when_the_disk_is_full) {
  FullDisk files;
  EXPECT_THROW(write_file(files, "a", bytes_of("text")), FileError);
  EXPECT_EQ(files.open, 0);
}

TEST(DeployWindow, refuses_options_that_make_no_window) {
  EXPECT_THROW(BatchWindow({0, 1, 1}), ValueError);
  EXPECT_THROW(BatchWindow({1, -1, 1}), ValueError);
  EXPECT_THROW(BatchWindow({4, 1, 3}), ValueError);
}

TEST(DeployWindow, moves_with_its_requests) {
  BatchWindow window({4, 5, 8});
  window.submit({3, Tensor(), never}, 10);
  BatchWindow other = std::move(window);
  EXPECT_EQ(other.wake_at(), 15);
  ASSERT_EQ(other.take(15).batch.size(), 1U);
}

// 100 requests, 10 ms apart; a batch takes 1 ms and 1 ms for each request in it.
TEST(DeployTraffic, adds_waiting_and_computing) {
  std::vector<std::int64_t> arrivals;
  for (std::int64_t i = 0; i < 100; ++i) arrivals.push_back(i * 10'000'000);
  const Service service{1'000'000, 1'000'000};
  const Traffic alone = simulate({8, 0, 100}, service, arrivals);
  EXPECT_EQ(alone.batches, 100);
  EXPECT_EQ(alone.latencies, std::vector<std::int64_t>(100, 2'000'000));
  EXPECT_EQ(alone.busy_ns, 200'000'000);
  EXPECT_NEAR(alone.in_system, 0.2 * 1000 / 992, 1e-6);
  const Traffic pairs = simulate({2, 50'000'000, 100}, service, arrivals);
  EXPECT_EQ(pairs.batches, 50);
  EXPECT_EQ(pairs.latencies.at(0), 13'000'000);  // it waited for the second one
  EXPECT_EQ(pairs.latencies.at(1), 3'000'000);
}

TEST(DeployTraffic, counts_who_is_refused) {
  const std::vector<std::int64_t> arrivals(10, 0);
  const Traffic traffic = simulate({2, 5, 4}, {100, 0}, arrivals);
  EXPECT_EQ(traffic.refused, 6);
  EXPECT_EQ(traffic.latencies, (std::vector<std::int64_t>{100, 100, 200, 200}));
}

TEST(DeployAnswer, gives_each_request_the_row_of_a_linear_layer) {
  Generator generator(1);
  const auto layer = std::make_shared<nn::Linear>(3, 2, generator);
  ModelHandle current;
  publish_model(current, {7, layer});
  Taken taken;
  for (std::int64_t id = 0; id < 3; ++id) taken.batch.push_back({id, randn({3}, generator), never});
  Replies replies;
  answer(taken, current, replies);
  ASSERT_EQ(replies.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(replies[i].version, 7);
    EXPECT_TRUE(allclose(replies[i].output, (*layer)(taken.batch[i].input), 1e-5, 1e-6));
    EXPECT_FALSE(replies[i].output.requires_grad());
  }
}

}  // namespace
}  // namespace tinytorch::deploy
