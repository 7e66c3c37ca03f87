#include "tests/repository/fuzz/grader.hpp"

#include "src/tito/grade/intake.hpp"
#include "src/tito/grade/plain.hpp"
#include "src/tito/grade/similar/similar.hpp"
#include "src/tito/grade/verdict.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace tinytorch::fuzz {
namespace {

void demand(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "grader: %s\n", what);
  std::abort();
}

std::string line_of_stream(int n, const std::string& rest) {
  return R"({"test":"t","case":"2x3","n":)" + std::to_string(n) + R"(,"what":"y",)" + rest + "}";
}

// Each kind of line that a suite writes.
const std::vector<std::string>& right_lines() {
  static const std::vector<std::string> lines{
      line_of_stream(0, R"("kind":"input","value":{"dtype":"float32","sizes":[2],"values":[1.0,2.0]})"),
      line_of_stream(1, R"("kind":"value","value":{"dtype":"int64","sizes":[1],"values":["nan"]},"tolerance":0.1)"),
      line_of_stream(2, R"("kind":"value","value":{"throws":"ShapeError"})"),
      line_of_stream(3, R"("kind":"value","value":[true,"text",7,null])"),
      line_of_stream(4, R"("kind":"relation","value":12,"op":"<=","rhs":64)")};
  return lines;
}

std::string right_stream() {
  std::string text;
  for (const std::string& line : right_lines()) text += line + "\n";
  return text;
}

// The stream of a submission's process: it passes only when it says what the right one says.
void judge_any_stream(std::string_view bytes) {
  const tito::StreamVerdict verdict = tito::judge_stream(right_lines(), bytes);
  demand(tito::plain_text(verdict.detail) == verdict.detail, "a detail with control characters");
  demand(verdict.detail.size() < 1000, "a detail that is too long");
  if (verdict.passed()) demand(std::count(bytes.begin(), bytes.end(), '\n') == 5, "a stream that is too short passed");
}

tito::Lab small_lab() {
  tito::Lab lab;
  lab.number = "02";
  lab.folder = "02_mlp";
  for (const char* unit : {"nn/linear", "nn/loss"}) {
    tito::LabUnit row;
    row.name = unit;
    lab.units.push_back(row);
  }
  return lab;
}

// An archive that was handed in.
void take_any_archive(std::string_view bytes) {
  static const tito::Lab lab = small_lab();
  const std::filesystem::path folder =
      std::filesystem::exists("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path();
  const std::filesystem::path file = folder / ("tito_fuzz_" + std::to_string(::getpid()) + ".zip");
  std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  const tito::IntakeLimits limits{1 << 12, 1 << 16, 50};
  const tito::Submission submission = tito::take_in(file, lab, limits);
  std::filesystem::remove(file);
  for (const auto& [name, text] : submission.files) {
    demand(name == "linear.cpp" || name == "loss.cpp", "a file that the lab does not name");
    demand(text.size() <= limits.file_bytes && text.find('\0') == std::string::npos, "a file that should be left out");
  }
  demand(!submission.files.empty() || !submission.refused.empty(), "nothing taken, and not said why");
  for (const std::string& problem : submission.problems)
    demand(tito::plain_text(problem) == problem, "a problem with control characters");
}

// The code of a submission, beside other code.
void compare_any_code(std::string_view bytes) {
  tito::Submission one, other;
  one.id = "one";
  other.id = "other";
  one.files["linear.cpp"] = bytes.substr(0, bytes.size() / 2);
  other.files["linear.cpp"] = bytes.substr(bytes.size() / 2);
  for (const tito::SimilarPair& pair : tito::similar_pairs({one, other}, {}, {}))
    demand(pair.shared >= 0 && pair.shared <= 1, "more than all is shared");
}

std::string stored_zip() {
  // One entry, linear.cpp with "int x;", not compressed.
  static constexpr char bytes[] =
      "PK\x03\x04\x14\0\0\0\0\0\0\0\x21\0\xEC\x5D\xC6\x32\x06\0\0\0\x06\0\0\0\x0A\0\0\0linear.cppint x;"
      "PK\x01\x02\x14\x03\x14\0\0\0\0\0\0\0\x21\0\xEC\x5D\xC6\x32\x06\0\0\0\x06\0\0\0\x0A\0\0\0\0\0\0\0\0\0\0\0\x80\x01"
      "\0\0\0\0linear.cppPK\x05\x06\0\0\0\0\x01\0\x01\0\x38\0\0\0\x2E\0\0\0\0\0";
  return std::string(bytes, sizeof bytes - 1);
}

// One entry of a tar: a header of 512 bytes, the text, two empty blocks.
std::string small_tar(const std::string& name, char type) {
  std::string header(512, '\0');
  const auto put = [&](std::size_t at, const std::string& text) { header.replace(at, text.size(), text); };
  put(0, name);
  put(100, "0000644");
  put(124, "00000000006");
  put(136, "00000000000");
  header[156] = type;
  put(257, std::string("ustar\00000", 8));
  put(148, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  char digits[8];
  std::snprintf(digits, sizeof digits, "%06o", sum);
  put(148, std::string(digits, 7));
  return header + "int x;" + std::string(506 + 1024, '\0');
}

}  // namespace

const std::vector<Target>& grader_targets() {
  static const std::vector<Target> all = {
      {"grade_stream", judge_any_stream}, {"grade_archive", take_any_archive}, {"grade_similar", compare_any_code}};
  return all;
}

std::vector<std::string> grader_seeds(const std::string& target) {
  if (target == "grade_stream") return {right_stream(), right_lines()[1] + "\n[[[1]]]\n"};
  if (target == "grade_archive")
    return {stored_zip(), small_tar("02_mlp/linear.cpp", '0'), small_tar("../loss.cpp", '0'),
            small_tar("linear.cpp", '2')};
  if (target == "grade_similar") return {"int f(int x) { return x + 1; }\nint g(int y) { return y + 2; /* \" */ }\n"};
  return {};
}

}  // namespace tinytorch::fuzz
