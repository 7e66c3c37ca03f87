#include "tests/kit/shrinking/choices.hpp"

#include "tests/kit/values/show.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

namespace tinytorch::lab {
namespace {

constexpr std::int64_t decimal = 12;          // a decimal is harder to read than each of the whole numbers up to this
constexpr std::int64_t most_words = 1 << 20;  // of a list in a text that is read

void add_word(std::string& text, std::uint64_t word) {
  char buffer[20];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), word, 36);
  text.append(buffer, end.ptr);
  text += '.';
}

void add_integers(std::string& text, const std::vector<std::int64_t>& numbers) {
  add_word(text, numbers.size());
  for (const std::int64_t number : numbers) add_word(text, std::bit_cast<std::uint64_t>(number));
}

class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  bool more() const { return good_ && !text_.empty(); }
  bool good() const { return good_; }
  std::uint64_t word() {
    std::uint64_t word = 0;
    const char* const last = text_.data() + text_.size();
    const auto end = std::from_chars(text_.data(), last, word, 36);
    good_ = good_ && end.ec == std::errc() && end.ptr != last && *end.ptr == '.';
    if (good_) text_.remove_prefix(static_cast<std::size_t>(end.ptr + 1 - text_.data()));
    return good_ ? word : 0;
  }
  std::int64_t integer() { return std::bit_cast<std::int64_t>(word()); }
  double real() { return std::bit_cast<double>(word()); }
  std::vector<std::int64_t> integers() {
    std::vector<std::int64_t> numbers(count());
    for (std::int64_t& number : numbers) number = integer();
    return numbers;
  }
  std::vector<double> reals() {
    std::vector<double> numbers(count());
    for (double& number : numbers) number = real();
    return numbers;
  }

 private:
  std::size_t count() {
    const std::uint64_t count = word();
    good_ = good_ && count <= most_words;
    return good_ ? static_cast<std::size_t>(count) : 0;
  }

  std::string_view text_;
  bool good_ = true;
};

}  // namespace

std::string choices_text(const Choices& choices) {
  std::string text;
  for (const Choice& choice : choices) {
    add_word(text, static_cast<std::uint64_t>(choice.kind));
    add_integers(text, {choice.lo, choice.hi, choice.whole ? 1 : 0});
    add_integers(text, choice.sizes);
    add_integers(text, choice.integers);
    add_word(text, choice.reals.size() + 2);
    for (const double number : {choice.low, choice.high}) add_word(text, std::bit_cast<std::uint64_t>(number));
    for (const double number : choice.reals) add_word(text, std::bit_cast<std::uint64_t>(number));
  }
  return text;
}

std::optional<Choices> read_choices(std::string_view text) {
  Choices choices;
  Words words(text);
  while (words.more()) {
    Choice choice;
    const std::uint64_t kind = words.word();
    const std::vector<std::int64_t> range = words.integers();
    choice.sizes = words.integers();
    choice.integers = words.integers();
    choice.reals = words.reals();
    if (!words.good() || kind > static_cast<std::uint64_t>(Choice::Kind::engine) || range.size() != 3 ||
        choice.reals.size() < 2)
      return std::nullopt;
    choice.kind = static_cast<Choice::Kind>(kind);
    choice.lo = range[0];
    choice.hi = range[1];
    choice.whole = range[2] != 0;
    choice.low = choice.reals[0];
    choice.high = choice.reals[1];
    choice.reals.erase(choice.reals.begin(), choice.reals.begin() + 2);
    choices.push_back(std::move(choice));
  }
  return words.good() ? std::optional(std::move(choices)) : std::nullopt;
}

std::int64_t simplest_integer(std::int64_t lo, std::int64_t hi) { return std::clamp<std::int64_t>(0, lo, hi); }

double simplest_real(double low, double high) {
  for (const double number : {0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 0.1, -0.1, 0.01})
    if (number >= low && number < high) return number;
  for (double parts = 1.0; parts < 1e12; parts *= 10.0) {  // 1, 10, 100, ... of them make 1
    const double number = std::ceil(low * parts - 1e-9) / parts;
    if (number >= low && number < high) return number;
  }
  return low;
}

std::int64_t weight_of(double number, DType dtype) {
  if (!std::isfinite(number)) return 2 * decimal;
  const double size = std::abs(number);
  const std::int64_t sign = number < 0 ? 1 : 0;
  if (size == std::floor(size) && size < 1e15)
    return sign + (size < decimal ? static_cast<std::int64_t>(2 * size)
                                  : 2 * decimal + static_cast<std::int64_t>(8 * std::log2(size / decimal)));
  return sign + 2 * decimal + 3 * static_cast<std::int64_t>(show_number(number, dtype).size());
}

std::int64_t weight_of(const Choices& choices) {
  std::int64_t sum = 0;
  for (const Choice& choice : choices) {
    sum += 1;
    if (choice.kind == Choice::Kind::engine) continue;
    for (const std::int64_t number : choice.integers) sum += weight_of(static_cast<double>(number));
    for (const double number : choice.reals) sum += weight_of(number);
    if (choice.kind != Choice::Kind::order) continue;
    for (std::size_t i = 0; i < choice.integers.size(); ++i)
      for (std::size_t k = 0; k < i; ++k) sum += choice.integers[i] < choice.integers[k];
  }
  return sum;
}

std::vector<double> refitted(const std::vector<double>& elements, const std::vector<std::int64_t>& from,
                             const std::vector<std::int64_t>& to) {
  std::int64_t count = 1;
  for (const std::int64_t size : to) count *= size;
  std::vector<double> result;
  if (elements.empty()) return result;
  for (std::int64_t flat = 0; flat < count; ++flat) {
    std::int64_t rest = flat, place = 0, unit = 1;
    for (std::size_t d = 0; d < std::min(from.size(), to.size()); ++d) {
      const std::int64_t size = to[to.size() - 1 - d], old = from[from.size() - 1 - d];
      place += rest % size % old * unit;
      rest /= size;
      unit *= old;
    }
    result.push_back(elements[static_cast<std::size_t>(place)]);
  }
  return result;
}

const Choice* Script::next(Choice::Kind kind) {
  std::size_t& at = next_[static_cast<std::size_t>(kind)];
  while (at < choices_.size() && choices_[at].kind != kind) ++at;
  return at < choices_.size() ? &choices_[at++] : nullptr;
}

Choice engine_choice(const Generator& generator) {
  const Generator::State& state = generator.state();
  Choice choice;
  choice.kind = Choice::Kind::engine;
  for (const std::uint64_t word : state.words) choice.integers.push_back(std::bit_cast<std::int64_t>(word));
  choice.integers.push_back(state.has_kept_normal ? 1 : 0);
  choice.reals = {state.kept_normal};
  return choice;
}

void set_engine(Generator& generator, const Choice& choice) {
  if (choice.integers.size() != 5 || choice.reals.size() != 1) return;
  Generator::State state{};
  for (std::size_t i = 0; i < 4; ++i) state.words[i] = std::bit_cast<std::uint64_t>(choice.integers[i]);
  state.has_kept_normal = choice.integers[4] != 0;
  state.kept_normal = choice.reals[0];
  generator.set_state(state);
}

}  // namespace tinytorch::lab
