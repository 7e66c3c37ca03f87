// Lines and tokens: any bytes come out as they went in.

#include "tinytorch/data/text.hpp"

#include "tests/library/core/random_tensors.hpp"
#include "tests/library/data/damage.hpp"

#include <map>

#include <gtest/gtest.h>
#include <zlib.h>

namespace tinytorch {
namespace {

using testing::Folder;
using testing::integer;
using testing::message;

std::string random_bytes(Generator& g, std::int64_t count, std::uint64_t letters) {
  std::string bytes;
  for (std::int64_t i = 0; i < count; ++i) bytes += static_cast<char>(g.below(letters) + (letters < 200 ? ' ' : 0));
  return bytes;
}

const std::string& prose() {
  static const std::string text = [] {
    std::string all;
    for (int i = 0; i < 40; ++i)
      all += "the rain in Spain stays mainly in the plain, über und über; then the other thing\n\n  there\t" +
             std::to_string(i) + " ";
    return all;
  }();
  return text;
}

TEST(Lines, end_as_unix_and_dos_end_them) {
  const Folder folder;
  const std::string text = "one\r\n\ntwo\rx\n" + std::string(200000, 'y') + "\nlast";
  const std::vector<std::string> expected = {"one", "", "two\rx", std::string(200000, 'y'), "last"};
  testing::write(folder / "t.txt", text);
  EXPECT_EQ(data::read_lines(folder / "t.txt"), expected);
  EXPECT_EQ(data::read_text(folder / "t.txt"), text);
  const std::vector<std::string_view> split = data::split_lines(text);
  EXPECT_EQ(std::vector<std::string>(split.begin(), split.end()), expected);
  gzFile out = gzopen((folder / "t.txt.gz").c_str(), "wb");
  gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
  gzclose(out);
  EXPECT_EQ(data::read_lines(folder / "t.txt.gz"), expected);
  testing::write(folder / "t.txt", "a\n");
  EXPECT_EQ(data::read_lines(folder / "t.txt").size(), 1U);
  testing::write(folder / "t.txt", "");
  EXPECT_TRUE(data::read_lines(folder / "t.txt").empty());
  EXPECT_THROW(data::read_lines(folder / "missing"), FileError);
  const std::string packed = testing::read(folder / "t.txt.gz");
  for (std::size_t i = 20; i < packed.size(); i += 7) {
    testing::write(folder / "cut.gz", packed.substr(0, i));
    EXPECT_THROW(data::read_text(folder / "cut.gz"), FormatError) << i;
  }
}

TEST(CharTokenizer, counts_characters_not_bytes) {
  const data::CharTokenizer tokenizer("bä€😀a\xFF");
  EXPECT_EQ(tokenizer.vocabulary_size(), 6);
  EXPECT_EQ(tokenizer.encode("ab"), (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(tokenizer.token(2), "ä");
  EXPECT_EQ(tokenizer.decode(tokenizer.encode("ä€😀\xFF")), "ä€😀\xFF");
  EXPECT_EQ(message<ValueError>([&] { tokenizer.encode("ab c"); }),
            "[char_tokenizer] byte 2: \" \" is not in the vocabulary");
  EXPECT_THROW(tokenizer.decode(std::vector<std::int64_t>{6}), IndexError);
  EXPECT_THROW(tokenizer.token(-1), IndexError);
}

TEST(CharTokenizer, gives_any_bytes_back_and_survives_a_file) {
  const Folder folder;
  for (std::uint64_t k = 0; k < 30; ++k) {
    Generator g(mix_seed(111, k));
    const std::string text = random_bytes(g, integer(g, 0, 300), 256);
    const data::CharTokenizer tokenizer(text);
    ASSERT_EQ(tokenizer.decode(tokenizer.encode(text)), text);
    tokenizer.save(folder / "t.txt");
    const data::CharTokenizer loaded = data::CharTokenizer::load(folder / "t.txt");
    ASSERT_EQ(loaded.vocabulary_size(), tokenizer.vocabulary_size());
    ASSERT_EQ(loaded.encode(text), tokenizer.encode(text));
  }
  const std::string saved = "tinytorch characters 1\n61\nc3a4\nff\n";
  EXPECT_EQ(data::CharTokenizer::parse(saved, "t").vocabulary_size(), 3);
  for (const char* wrong :
       {"", "x\n", "tinytorch characters 1\n6\n", "tinytorch characters 1\n61\n61\n", "tinytorch characters 1\n\n",
        "tinytorch characters 1\n6162\n", "tinytorch characters 1\n6g\n"})
    EXPECT_THROW(data::CharTokenizer::parse(wrong, "t"), FormatError) << wrong;
  testing::damage_everywhere(saved, [](const std::string& text) { data::CharTokenizer::parse(text, "t"); });
}

TEST(BpeTokenizer, learns_the_most_frequent_pair_first) {
  const data::BpeTokenizer tokenizer = data::BpeTokenizer::train("low low low lower lowest newest newest", 262);
  // " low" four times and "low" once: l-o and o-w occur 5 times each, and the smaller numbers win.
  EXPECT_EQ(tokenizer.merges()[0], (data::BpeTokenizer::Merge{'l', 'o'}));
  EXPECT_EQ(tokenizer.merges()[1], (data::BpeTokenizer::Merge{256, 'w'}));
  EXPECT_EQ(tokenizer.merges()[2], (data::BpeTokenizer::Merge{' ', 257}));
  EXPECT_EQ(tokenizer.token(258), " low");
  EXPECT_EQ(tokenizer.encode(" low"), (std::vector<std::int64_t>{258}));
  EXPECT_EQ(data::BpeTokenizer::train("abc", 300).vocabulary_size(), 256);
  EXPECT_EQ(data::BpeTokenizer::train("", 300).vocabulary_size(), 256);
  EXPECT_THROW(data::BpeTokenizer::train("abc", 255), ValueError);
}

// Learns the merges by counting all pairs again for each merge.
std::vector<data::BpeTokenizer::Merge> oracle(const std::string& text, std::int64_t size) {
  std::vector<std::vector<std::int64_t>> words;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool blank = std::string_view(" \n\t\r").find(text[i]) != std::string_view::npos;
    if (i == 0 || blank || words.back().size() == 256) words.emplace_back();
    words.back().push_back(static_cast<unsigned char>(text[i]));
  }
  std::vector<data::BpeTokenizer::Merge> merges;
  while (256 + static_cast<std::int64_t>(merges.size()) < size) {
    std::map<data::BpeTokenizer::Merge, std::int64_t> counts;
    for (const auto& word : words)
      for (std::size_t i = 0; i + 1 < word.size(); ++i) ++counts[{word[i], word[i + 1]}];
    data::BpeTokenizer::Merge best;
    std::int64_t most = 1;
    for (const auto& [pair, count] : counts)
      if (count > most) {
        most = count;
        best = pair;
      }
    if (most == 1) break;
    for (auto& word : words)
      for (std::size_t i = 0; i + 1 < word.size(); ++i)
        if (word[i] == best.first && word[i + 1] == best.second) {
          word[i] = 256 + static_cast<std::int64_t>(merges.size());
          word.erase(word.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        }
    merges.push_back(best);
  }
  return merges;
}

TEST(BpeTokenizer, learns_what_counting_anew_learns) {
  EXPECT_EQ(data::BpeTokenizer::train(prose(), 330).merges(), oracle(prose(), 330));
  for (std::uint64_t k = 0; k < 20; ++k) {
    Generator g(mix_seed(112, k));
    const std::string text = random_bytes(g, integer(g, 0, 400), 4);
    ASSERT_EQ(data::BpeTokenizer::train(text, 280).merges(), oracle(text, 280)) << k;
  }
}

TEST(BpeTokenizer, gives_any_bytes_back) {
  const data::BpeTokenizer tokenizer = data::BpeTokenizer::train(prose(), 400);
  EXPECT_LT(tokenizer.encode(prose()).size(), prose().size() / 3);
  for (std::uint64_t k = 0; k < 60; ++k) {
    Generator g(mix_seed(113, k));
    const std::string text =
        k % 2 == 0 ? random_bytes(g, integer(g, 0, 600), 256) : prose().substr(g.below(100), g.below(300));
    ASSERT_EQ(tokenizer.decode(tokenizer.encode(text)), text);
  }
  EXPECT_THROW(tokenizer.decode(std::vector<std::int64_t>{400}), IndexError);
  const std::string long_word(100000, 'a');
  const data::BpeTokenizer repeated = data::BpeTokenizer::train(long_word, 300);
  EXPECT_EQ(repeated.decode(repeated.encode(long_word)), long_word);
}

TEST(BpeTokenizer, survives_a_file_and_refuses_others) {
  const Folder folder;
  const data::BpeTokenizer tokenizer = data::BpeTokenizer::train(prose(), 300);
  tokenizer.save(folder / "t.bpe");
  const data::BpeTokenizer loaded = data::BpeTokenizer::load(folder / "t.bpe");
  EXPECT_EQ(loaded.merges(), tokenizer.merges());
  EXPECT_EQ(loaded.encode(prose()), tokenizer.encode(prose()));
  const std::string first = "tinytorch byte pairs 1\n";
  for (const char* wrong : {"1\n", "1 2 3\n", "1 256\n", "-1 2\n", "1 2\n1 2\n", "1  2\n", "\n"})
    EXPECT_THROW(data::BpeTokenizer::parse(first + wrong, "t"), FormatError) << wrong;
  EXPECT_THROW(data::BpeTokenizer::parse("1 2\n", "t"), FormatError);
  std::string doubling = first + "97 97\n";
  for (int i = 256; i < 280; ++i) doubling += std::to_string(i) + " " + std::to_string(i) + "\n";
  EXPECT_THROW(data::BpeTokenizer::parse(doubling, "t"), FormatError) << "tokens that double must not fill the memory";
  testing::damage_everywhere(first + "97 98\n256 99\n",
                             [](const std::string& text) { data::BpeTokenizer::parse(text, "t"); });
}

}  // namespace
}  // namespace tinytorch
