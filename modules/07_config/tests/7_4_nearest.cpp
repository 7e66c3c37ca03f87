// Task 7.4: what a misspelt key was meant to be.
#include "modules/07_config/tests/scene.hpp"

#include <algorithm>
#include <map>

namespace tinytorch::config {
namespace {

/// From the definition: the cheapest of the three changes at the end of the texts. Remembers what it has worked out.
class Distance {
 public:
  Distance(std::string a, std::string b) : a_(std::move(a)), b_(std::move(b)) {}
  int operator()() { return of(a_.size(), b_.size()); }

 private:
  int of(std::size_t i, std::size_t j) {
    if (i == 0 || j == 0) return static_cast<int>(i + j);
    if (const auto known = known_.find({i, j}); known != known_.end()) return known->second;
    const int replaced = of(i - 1, j - 1) + (a_[i - 1] == b_[j - 1] ? 0 : 1);
    const int changed = 1 + std::min(of(i - 1, j), of(i, j - 1));
    return known_[{i, j}] = std::min(replaced, changed);
  }
  std::string a_, b_;
  std::map<std::pair<std::size_t, std::size_t>, int> known_;
};

int distance(const std::string& a, const std::string& b) { return Distance(a, b)(); }

/// A text that differs by `changes` insertions, removals or replacements, or by fewer.
std::string misspelt(lab::Case& c, std::string text, std::int64_t changes) {
  for (; changes > 0; --changes) {
    const auto at = static_cast<std::size_t>(c.integer(0, static_cast<std::int64_t>(text.size())));
    const std::int64_t how = c.integer(0, 2);
    const char letter = static_cast<char>('v' + c.integer(0, 3));
    if (how == 0 || at == text.size())
      text.insert(at, 1, letter);
    else if (how == 1)
      text[at] = letter;
    else
      text.erase(at, 1);
  }
  return text;
}

std::optional<std::string> nearest(const std::string& key, const std::vector<std::string>& known) {
  const int most = std::max(1, static_cast<int>(key.size()) / 3);
  for (int d = 0; d <= most; ++d) {
    for (const std::string& candidate : known)
      if (distance(key, candidate) == d) return candidate;
  }
  return std::nullopt;
}

std::vector<std::string> some_keys(lab::Case& c, std::int64_t least) {
  std::vector<std::string> keys;
  for (std::int64_t left = c.integer(least, least + 4); left > 0; --left) {
    std::string key = word(c, 1, 4);
    key += c.pick<std::string>({"", ".", ".lr"});
    key += word(c, 0, 8);
    keys.push_back(key);
  }
  return keys;
}

}  // namespace

TASK_TEST(7, 4, one_change_is_one) {
  lab::cases(60, [](lab::Case& c) {
    const std::string a = c.input("a", word(c, 0, 3 + c.size()));
    const std::string b = c.input("b", misspelt(c, a, c.integer(0, 1)));
    CHECK_SAME("distance", edit_distance(a, b), a == b ? 0 : 1);
  });
}

TASK_TEST(7, 4, an_empty_text_needs_every_character) {
  lab::cases(30, [](lab::Case& c) {
    const std::string text = word(c, 0, 2 + 2 * c.size());
    const bool turned = c.coin();
    const std::string a = c.input("a", turned ? text : std::string()), b = c.input("b", turned ? std::string() : text);
    CHECK_SAME("distance", edit_distance(a, b), static_cast<int>(text.size()));
  });
}

TASK_TEST(7, 4, the_cheapest_changes_count) {
  lab::cases(80, [](lab::Case& c) {
    const std::string a = c.input("a", word(c, 0, 2 + c.size() / 2)), b = c.input("b", word(c, 0, 2 + c.size() / 2));
    CHECK_SAME("distance", edit_distance(a, b), distance(a, b));
  });
}

TASK_TEST(7, 4, a_key_is_found_in_spite_of_a_mistake) {
  lab::cases(60, [](lab::Case& c) {
    const auto known = c.input("known", some_keys(c, 1));
    const std::string key = c.input("key", misspelt(c, c.pick(known), c.integer(0, 2)));
    CHECK_SAME("nearest", nearest_key(key, known), nearest(key, known));
  });
}

TASK_TEST(7, 4, the_nearest_key_goes_before_an_earlier_one) {
  lab::cases(40, [](lab::Case& c) {
    const std::string key = c.input("key", word(c, 9, 14));
    const std::string near = key + "z", far = key + "yy";  // both near enough
    const bool far_first = c.coin();
    const auto known =
        c.input("known", far_first ? std::vector<std::string>{far, near} : std::vector<std::string>{near, far});
    CHECK_SAME("nearest", nearest_key(key, known), std::optional(near));
  });
}

TASK_TEST(7, 4, the_first_of_equally_near_keys_is_suggested) {
  lab::cases(60, [](lab::Case& c) {
    const std::string stem = word(c, 3, 8);
    std::vector<std::string> known;
    for (std::int64_t left = c.integer(2, 5); left > 0; --left)
      known.push_back(stem + static_cast<char>('p' + c.integer(0, 9)));
    c.input("known", known);
    const std::string key = c.input("key", c.coin() ? stem : stem + "z");
    CHECK_SAME("nearest", nearest_key(key, known), std::optional(known.front()));
  });
}

TASK_TEST(7, 4, what_is_too_far_is_not_suggested) {
  lab::cases(100, [](lab::Case& c) {
    const std::string key = c.input("key", word(c, 1, 14));
    const std::int64_t most = std::max<std::int64_t>(1, static_cast<std::int64_t>(key.size()) / 3);
    const bool near = c.coin();
    const std::int64_t changes = near ? most : most + 1;
    std::string other = key;
    for (std::int64_t i = 0; i < changes; ++i) {
      if (i < static_cast<std::int64_t>(key.size()))
        other[static_cast<std::size_t>(i)] = 'z';
      else
        other += 'z';
    }
    const std::vector<std::string> known = c.input("known", std::vector<std::string>{other});
    CHECK_SAME("nearest", nearest_key(key, known), near ? std::optional(other) : std::nullopt);
  });
}

TASK_TEST(7, 4, among_no_keys_none_is_near) {
  lab::cases(32, [](lab::Case& c) {
    const std::string key = c.input("key", word(c, 0, 5));
    const bool none = c.coin();
    const auto known = c.input("known", none ? std::vector<std::string>{} : std::vector<std::string>{key});
    CHECK_SAME("nearest", nearest_key(key, known), none ? std::nullopt : std::optional(key));
  });
}

}  // namespace tinytorch::config
