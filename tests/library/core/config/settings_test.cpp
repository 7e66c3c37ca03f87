// What is given of the settings: values as texts, trees, schemas, TOML, and the binding to a struct.
#include "tinytorch/core/binding.hpp"

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::config {
namespace {

using List = std::vector<std::int64_t>;

TEST(SettingsValues, have_one_text_each) {
  EXPECT_EQ(to_string(Value(true)), "true");
  EXPECT_EQ(to_string(Value(std::int64_t{-3})), "-3");
  EXPECT_EQ(to_string(Value(0.1)), "0.1");
  EXPECT_EQ(to_string(Value(1e300)), "1e+300");
  EXPECT_EQ(to_string(Value(std::string("a \"b\"\\\n\r\t\x1b\x7f"))), R"("a \"b\"\\\n\r\t\u001b\u007f")");
  EXPECT_EQ(to_string(Value(List{64, -32})), "[64, -32]");
  EXPECT_EQ(to_string(Value(List{})), "[]");
  EXPECT_EQ(to_string(Value(std::monostate())), "?");
}

TEST(SettingsTree, refuses_a_key_that_is_there) {
  Tree tree;
  tree.add({"optim.lr", 0.1, false, {Layer::file, "run.toml", 7, 6}, {}});
  try {
    tree.add({"optim.lr", 0.2, false, {Layer::file, "run.toml", 9, 1}, {}});
    FAIL();
  } catch (const ParseError& error) {
    EXPECT_STREQ(error.what(), "[settings] run.toml:9:1: optim.lr is there twice");
  }
}

TEST(SettingsSchema, refuses_what_makes_no_sense) {
  Schema schema;
  schema.add("optim.lr", 0.1, "learning rate");
  EXPECT_THROW(schema.require("optim.lr", Kind::real, ""), ValueError);
  EXPECT_THROW(schema.exclude("optim.lr", "seed"), ValueError);
}

TEST(SettingsSchema, explains_itself) {
  Schema schema;
  schema.add("optim.lr", 0.1, "learning rate").range(1e-6, 10);
  schema.add("optim.name", "adam", "rule").one_of({"sgd", "adam"});
  schema.require("data.path", Kind::text, "file of the digits");
  EXPECT_EQ(help(schema),
            "optim.lr              learning rate; a real number, default 0.1, from 1e-06 to 10\n"
            "optim.name            rule; a text, default \"adam\", sgd, adam\n"
            "data.path             file of the digits; a text, required\n");
}

TEST(SettingsToml, keeps_order_and_places) {
  const Tree tree =
      parse_toml("seed = 3\n[optim]\nlr = 0.1\n  name = \"sgd\"\n[data]\nflip = true\nsizes = [64, 32]\n", "run.toml");
  ASSERT_EQ(tree.entries.size(), 5U);
  const std::array keys{"seed", "optim.lr", "optim.name", "data.flip", "data.sizes"};
  for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(tree.entries[i].key, keys[i]);
  EXPECT_EQ(to_string(tree.entries[2].origin), "run.toml:4:3");
  EXPECT_EQ(tree.entries[2].value, Value("sgd"));
  EXPECT_EQ(tree.entries[4].value, Value(List{64, 32}));
  EXPECT_FALSE(tree.entries[1].is_text);
}

TEST(SettingsToml, has_values_that_no_setting_has) {
  const Tree tree = parse_toml("a = 1979-05-27\nb = [1, \"x\"]\nc = [[1]]\n", "run.toml");
  for (const Entry& entry : tree.entries) EXPECT_EQ(kind_of(entry.value), Kind::none) << entry.key;
}

TEST(SettingsToml, names_the_place_of_what_is_no_toml) {
  try {
    parse_toml("seed = 3\n[optim\n", "run.toml");
    FAIL();
  } catch (const ParseError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("[toml] run.toml:2:")) << error.what();
  }
  EXPECT_THROW(parse_toml("a = 1\na = 2\n", "run.toml"), ParseError);
}

TEST(SettingsToml, reads_back_what_it_writes) {
  Tree tree;
  tree.add({"a.whole", std::int64_t{1}, false, {}, {}});
  tree.add({"a.real", 1.0, false, {}, {}});
  tree.add({"b.small", 5e-324, false, {}, {}});
  tree.add({"b.infinite", -std::numeric_limits<double>::infinity(), false, {}, {}});
  tree.add({"text", std::string("\"\n\x01 ü"), false, {}, {}});
  tree.add({"list", List{1, 2}, false, {}, {}});
  tree.add({"flag", false, false, {}, {}});
  const Tree back = parse_toml(to_toml(tree), "again");
  ASSERT_EQ(back.entries.size(), tree.entries.size());
  for (const Entry& entry : tree.entries) {
    ASSERT_NE(back.find(entry.key), nullptr) << entry.key;
    EXPECT_EQ(back.find(entry.key)->value, entry.value) << entry.key;
  }
  tree.add({"no key", true, false, {}, {}});
  EXPECT_THROW(to_toml(tree), ValueError);
}

struct Options {
  double lr = 0.1;
  std::int64_t epochs = 5;
  bool nesterov = false;
  std::string name = "adam";
  List hidden{64};
};

Binding bound(Options& options) {
  Binding binding;
  binding.add("optim.lr", options.lr, "learning rate").range(0, 10);
  binding.add("train.epochs", options.epochs, "passes over the data").range(1, 1000);
  binding.add("optim.nesterov", options.nesterov, "look one step ahead");
  binding.add("optim.name", options.name, "rule").one_of({"sgd", "adam"});
  binding.add("model.hidden", options.hidden, "widths");
  return binding;
}

TEST(SettingsBinding, gives_each_target_its_value) {
  const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "settings_test.toml";
  std::ofstream(file) << "[optim]\nlr = 1\nname = \"sgd\"\n[model]\nhidden = [3, 4]\n";
  Options options;
  const Binding binding = bound(options);
  const std::vector<std::string> env{"TINYTORCH_OPTIM__NAME=adam", "HOME=/"},
      args{"--optim.nesterov", "--train.epochs=7"};
  binding.assign(layered(binding.schema(), file, env, "TINYTORCH_", args));
  EXPECT_EQ(options.lr, 1.0);
  EXPECT_EQ(options.epochs, 7);
  EXPECT_TRUE(options.nesterov);
  EXPECT_EQ(options.name, "adam");
  EXPECT_EQ(options.hidden, (List{3, 4}));
  std::filesystem::remove(file);
}

TEST(SettingsBinding, reports_every_problem_and_changes_nothing) {
  Options options;
  const Binding binding = bound(options);
  const Tree tree = parse_toml("[optim]\nname = \"sgd\"\nlrr = 1\n[train]\nepochs = 0\n", "run.toml");
  try {
    binding.assign(tree);
    FAIL();
  } catch (const ValueError& error) {
    EXPECT_STREQ(error.what(),
                 "[settings] 2 problems\n"
                 "  run.toml:3:1: optim.lrr is not a setting; did you mean optim.lr?\n"
                 "  run.toml:5:1: train.epochs must be from 1 to 1000, but is 0");
  }
  EXPECT_EQ(options.name, "adam");
}

// The examples of FIPS 180-4, and lengths around the end of a block.
TEST(Sha256, is_that_of_the_standard) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(sha256(std::string(55, 'x')), "d5e285683cd4efc02d021a5c62014694958901005d6f71e89e0989fac77e4072");
  EXPECT_EQ(sha256(std::string(56, 'x')), "04c26261370ee7541549d16dee320c723e3fd14671e66a099afe0a377c16888e");
  EXPECT_EQ(sha256(std::string(63, 'x')), "75220b47218278e656f2013bb8f0c455a25eaf01e86c64924e9d48d89776d6f2");
  EXPECT_EQ(sha256(std::string(64, 'x')), "7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c");
  EXPECT_EQ(sha256(std::string(119, 'x')), "000b48d4edf0fa7bee3c6236ecd2785baa5db4eeb8bb54341b029e0d9fa5fb0c");
  EXPECT_EQ(sha256(std::string(120, 'x')), "13f05a0b594787f5ecd315edc96141bd3243203d1b7d4f0836f37308b276ba98");
}

TEST(Sha256, of_a_file_is_that_of_its_bytes) {
  const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "sha256_test.bin";
  std::ofstream(file, std::ios::binary) << "abc";
  EXPECT_EQ(file_checksum(file), sha256("abc"));
  std::filesystem::remove(file);
  EXPECT_THROW(file_checksum(file), FileError);
}

}  // namespace
}  // namespace tinytorch::config
