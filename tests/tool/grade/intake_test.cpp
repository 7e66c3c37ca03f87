// What is taken of what students hand in, and what is not.
#include "src/tito/grade/intake.hpp"

#include "src/tito/grade/pack.hpp"
#include "src/tito/grade/plain.hpp"
#include "tests/tool/temporary_folder.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace tinytorch::tito {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

struct Entry {
  std::string path, text;
  unsigned type = AE_IFREG;
  std::string link{};
};

// Writes what no honest program writes, too: names, links and devices as they are asked for.
void write_archive(const fs::path& file, const std::vector<Entry>& entries) {
  archive* const out = archive_write_new();
  if (file.extension() == ".zip") {
    archive_write_set_format_zip(out);
  } else {
    archive_write_set_format_pax_restricted(out);
    if (file.extension() != ".tar") archive_write_add_filter_gzip(out);
  }
  ASSERT_EQ(archive_write_open_filename(out, file.c_str()), ARCHIVE_OK);
  for (const Entry& entry : entries) {
    archive_entry* const header = archive_entry_new();
    archive_entry_set_pathname(header, entry.path.c_str());
    archive_entry_set_filetype(header, entry.type);
    archive_entry_set_perm(header, 0644);
    if (entry.type == AE_IFLNK) archive_entry_set_symlink(header, entry.link.c_str());
    if (entry.type == AE_IFREG && !entry.link.empty()) archive_entry_set_hardlink(header, entry.link.c_str());
    archive_entry_set_size(header, static_cast<la_int64_t>(entry.text.size()));
    archive_write_header(out, header);
    archive_write_data(out, entry.text.data(), entry.text.size());
    archive_entry_free(header);
  }
  archive_write_close(out);
  archive_write_free(out);
}

class Intake : public testing::Test {
 protected:
  Intake() {
    lab_.number = "02";
    lab_.folder = "02_mlp";
    for (const char* unit : {"nn/linear", "nn/loss"}) {
      LabUnit row;
      row.name = unit;
      lab_.units.push_back(row);
    }
  }

  Submission folder(const std::vector<Entry>& entries) const {
    for (const Entry& entry : entries) folder_.write("s1/" + entry.path, entry.text);
    return take_in(folder_.path() / "s1", lab_);
  }
  Submission archived(const std::string& name, const std::vector<Entry>& entries,
                      const IntakeLimits& limits = {}) const {
    write_archive(folder_.path() / name, entries);
    return take_in(folder_.path() / name, lab_, limits);
  }

  TemporaryFolder folder_;
  Lab lab_;
};

TEST_F(Intake, a_units_file_is_found_wherever_students_keep_it) {
  for (const char* place : {"linear.cpp", "02_mlp/linear.cpp", "work/02_mlp/linear.cpp", "me/work/02_mlp/linear.cpp"}) {
    for (const char* name : {"s1.zip", "s1.tar", "s1.tar.gz", "s1.tgz"}) {
      const Submission taken = archived(name, {{place, "int x;\n"}, {"notes.txt", "hello"}});
      EXPECT_THAT(taken.files, ElementsAre(Pair("linear.cpp", "int x;\n"))) << place << " in " << name;
      EXPECT_EQ(taken.id, "s1");
      EXPECT_EQ(taken.refused, "");
    }
  }
  EXPECT_THAT(folder({{"work/02_mlp/loss.cpp", "y"}}).files, ElementsAre(Pair("loss.cpp", "y")));
  const Submission file = take_in(folder_.write("linear.cpp", "z"), lab_);
  EXPECT_THAT(file.files, ElementsAre(Pair("linear.cpp", "z")));
  EXPECT_EQ(file.id, "linear");
  const Submission named = take_in(folder_.write("ada_l_linear.cpp", "z"), lab_);
  EXPECT_THAT(named.files, ElementsAre(Pair("linear.cpp", "z")));
  EXPECT_EQ(named.id, "ada_l");
}

TEST_F(Intake, a_folder_may_hold_one_archive) {
  folder_.write("Ada_1_file_/notes.txt", "hello");
  write_archive(folder_.path() / "Ada_1_file_/02_mlp.tar.gz", {{"02_mlp/linear.cpp", "x"}});
  EXPECT_THAT(take_in(folder_.path() / "Ada_1_file_", lab_).files, ElementsAre(Pair("linear.cpp", "x")));
  write_archive(folder_.path() / "Ada_1_file_/again.zip", {{"02_mlp/linear.cpp", "y"}});
  EXPECT_THAT(take_in(folder_.path() / "Ada_1_file_", lab_).refused, HasSubstr("holds none of"))
      << "which one is meant?";
}

TEST_F(Intake, hidden_folders_and_those_of_other_labs_are_not_meant) {
  const Submission taken = archived("s1.zip", {{"work/02_mlp/linear.cpp", "mine"},
                                               {"work/.tito/backups/02_mlp/linear.cpp", "old"},
                                               {"__MACOSX/linear.cpp", "fork"},
                                               {"work/03_cnn/linear.cpp", "other"}});
  EXPECT_THAT(taken.files, ElementsAre(Pair("linear.cpp", "mine")));
  EXPECT_TRUE(taken.problems.empty());
}

TEST_F(Intake, no_name_leads_out_of_the_submission) {
  for (const char* path : {"/linear.cpp", "../linear.cpp", "a/../../linear.cpp", "../../02_mlp/linear.cpp"}) {
    for (const char* name : {"s1.zip", "s1.tar"}) {
      const Submission taken = archived(name, {{path, "evil"}});
      EXPECT_TRUE(taken.files.empty()) << path;
      EXPECT_EQ(taken.refused,
                "holds none of linear.cpp, loss.cpp; " + std::string(path) + " leads out of the submission");
    }
  }
}

TEST_F(Intake, links_and_devices_are_left_out_and_named) {
  const Submission linked = archived("s1.tar", {{"linear.cpp", "", AE_IFLNK, "/etc/passwd"}, {"loss.cpp", "y"}});
  EXPECT_THAT(linked.files, ElementsAre(Pair("loss.cpp", "y")));
  EXPECT_THAT(linked.problems, ElementsAre("linear.cpp is a link or no plain file"));
  const Submission hard = archived("s2.tar", {{"loss.cpp", "y"}, {"linear.cpp", "", AE_IFREG, "/etc/passwd"}});
  EXPECT_THAT(hard.files, ElementsAre(Pair("loss.cpp", "y")));
  EXPECT_THAT(archived("s3.tar", {{"linear.cpp", "", AE_IFIFO}}).problems,
              ElementsAre("linear.cpp is a link or no plain file"));
  folder_.write("secret.txt", "secret");
  fs::create_directories(folder_.path() / "cyd");
  fs::create_symlink(folder_.path() / "secret.txt", folder_.path() / "cyd/linear.cpp");
  EXPECT_THAT(take_in(folder_.path() / "cyd", lab_).problems, ElementsAre("linear.cpp is a link or no plain file"));
  fs::create_directory_symlink(folder_.path() / "s1", folder_.path() / "s4");
  EXPECT_EQ(take_in(folder_.path() / "s4", lab_).refused.substr(0, 26), "is a link or no plain file");
}

TEST_F(Intake, a_pipe_does_not_hold_the_grader_up) {
  fs::create_directories(folder_.path() / "s1");
  ASSERT_EQ(::mkfifo((folder_.path() / "s1/linear.cpp").c_str(), 0644), 0);
  EXPECT_THAT(take_in(folder_.path() / "s1", lab_).problems, ElementsAre("linear.cpp is a link or no plain file"));
}

TEST_F(Intake, twins_are_refused_unless_they_are_equal) {
  EXPECT_THAT(archived("s1.zip", {{"linear.cpp", "a"}, {"02_mlp/linear.cpp", "a"}}).files,
              ElementsAre(Pair("linear.cpp", "a")));
  const Submission twins =
      archived("s2.zip", {{"linear.cpp", "a"}, {"loss.cpp", "y"}, {"02_mlp/linear.cpp", "b"}, {"x/linear.cpp", "c"}});
  EXPECT_THAT(twins.files, ElementsAre(Pair("loss.cpp", "y")));
  EXPECT_THAT(twins.problems, ElementsAre("linear.cpp is there twice with different text; hand in one"));
}

TEST_F(Intake, large_files_and_bombs_are_refused) {
  const IntakeLimits limits{1 << 10, 1 << 16, 5};
  EXPECT_THAT(archived("s1.zip", {{"linear.cpp", std::string(1025, ' ')}}, limits).problems,
              ElementsAre("linear.cpp is larger than 1 KiB"));
  EXPECT_EQ(archived("s2.tar.gz", {{"linear.cpp", "x"}, {"big.bin", std::string(1 << 20, '\0')}}, limits).refused,
            "grows to more than 0 MiB");
  std::vector<Entry> many;
  for (int i = 0; i < 6; ++i) many.push_back({"file" + std::to_string(i), ""});
  EXPECT_EQ(archived("s3.zip", many, limits).refused, "has more than 5 entries");
  folder_.write("cyd/linear.cpp", std::string(1 << 20, ' '));
  EXPECT_THAT(take_in(folder_.path() / "cyd", lab_).problems, ElementsAre("linear.cpp is larger than 256 KiB"));
}

TEST_F(Intake, what_is_no_archive_says_so) {
  EXPECT_EQ(take_in(folder_.write("s1.zip", "PK no zip"), lab_).refused, "is no zip or tar archive, or is damaged");
  EXPECT_EQ(take_in(folder_.write("s1.rar", "Rar!"), lab_).refused.substr(0, 12), "is no folder");
  std::string noise;
  for (std::uint32_t x = 1; noise.size() < 100000; x = x * 1664525 + 1013904223)
    noise += static_cast<char>(1 + (x >> 25));
  write_archive(folder_.path() / "s2.tar.gz", {{"linear.cpp", noise}});
  fs::resize_file(folder_.path() / "s2.tar.gz", fs::file_size(folder_.path() / "s2.tar.gz") / 2);
  EXPECT_THAT(take_in(folder_.path() / "s2.tar.gz", lab_).refused, HasSubstr("is damaged"));
  EXPECT_THAT(archived("s3.zip", {{"readme", "x"}}).refused, HasSubstr("holds none of linear.cpp, loss.cpp"));
}

TEST_F(Intake, what_is_packed_is_taken_in_and_has_the_same_bytes_again) {
  const std::map<std::string, std::string> files{{"linear.cpp", "int x;\n"}, {"loss.cpp", std::string(100000, ' ')}};
  write_package(folder_.path() / "s1.tar.gz", "02_mlp", files);
  EXPECT_EQ(take_in(folder_.path() / "s1.tar.gz", lab_).files, files);
  fs::create_directories(folder_.path() / "later");
  write_package(folder_.path() / "later/s2.tar.gz", "02_mlp", files);
  EXPECT_EQ(read_file(folder_.path() / "s1.tar.gz"), read_file(folder_.path() / "later/s2.tar.gz"));
  EXPECT_THROW(write_package(folder_.path() / "nowhere/x.tar.gz", "02_mlp", files), CommandError);
}

TEST(Plain, text_keeps_its_lines) {
  EXPECT_EQ(plain_text("a\tb\nc"), "a\tb\nc");
  EXPECT_EQ(plain_text("\x1b[2J\x07\x7f\xC2\x9B"), "?[2J???");
}

TEST(Plain, names_have_one_line) {
  EXPECT_EQ(plain_name("s1"), "s1");
  EXPECT_EQ(plain_name("J\xC3\xBCrgen"), "J\xC3\xBCrgen");
  EXPECT_EQ(plain_name("a\x1b[31m/b\n"), "a?[31m?b?");
  EXPECT_EQ(plain_name("\xff\xC3"), "??");
  EXPECT_EQ(plain_name("\xE2\x80\xAE"
                       "cpp.x"),
            "?cpp.x")
      << "right to left";
  EXPECT_EQ(plain_name(std::string(500, 'a')).size(), 100U);
}

TEST(Plain, names_are_encoded_and_decoded) {
  EXPECT_EQ(encoded_name("s1-a_b.zip"), "s1-a_b.zip");
  EXPECT_EQ(encoded_name("a b%\xff"), "a%20b%25%FF");
  EXPECT_EQ(decoded_name("a%20b%25%FF"), "a b%\xff");
  EXPECT_EQ(decoded_name("%zz%4"), "%zz%4");
}

TEST(TellApart, later_ones_are_called_by_their_file) {
  std::vector<std::string> ids{"s1", "s1", "s2", "s1.zip"};
  tell_apart({{&ids[0], "s1"}, {&ids[1], "s1.zip"}, {&ids[2], "s2"}, {&ids[3], "s1.zip.zip"}});
  EXPECT_EQ(ids, (std::vector<std::string>{"s1", "s1.zip", "s2", "s1.zip.zip"}));
}

TEST_F(Intake, submissions_of_one_name_stay_apart) {
  folder_.write("class/s1/linear.cpp", "a");
  write_archive(folder_.path() / "class/s1.zip", {{"linear.cpp", "b"}});
  folder_.write("class/.DS_Store", "");
  const std::vector<Submission> all = take_in_all(folder_.path() / "class", lab_);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].id, "s1");
  EXPECT_EQ(all[1].id, "s1.zip");
  EXPECT_THROW(take_in_all(folder_.path() / "nowhere", lab_), CommandError);
}

}  // namespace
}  // namespace tinytorch::tito
