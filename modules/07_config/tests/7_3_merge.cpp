// Task 7.3: layers over layers.
#include "modules/07_config/tests/scene.hpp"

#include <algorithm>
#include <map>

namespace tinytorch::config {
namespace {

Value any_value(lab::Case& c) {
  switch (c.integer(0, 4)) {
    case 0:
      return c.integer(-9, 9);
    case 1:
      return c.coin();
    case 2:
      return static_cast<double>(c.integer(-9, 9)) / 4;
    case 3:
      return word(c, 0, 4);
    default: {
      List list;
      for (std::int64_t left = c.integer(1, 3); left > 0; --left) list.push_back(c.integer(0, 9));
      return list;
    }
  }
}

/// Layers with few keys, so that they meet, each of one origin. Their order decides, not where they come from.
std::vector<Tree> some_layers(lab::Case& c) {
  const std::int64_t count = c.index() == 0 ? 1 : c.integer(0, 4);
  std::vector<Tree> layers(static_cast<std::size_t>(count));
  int place = 0;
  for (Tree& layer : layers) {
    const Layer from = c.pick({Layer::file, Layer::environment, Layer::arguments});
    std::vector<std::string> keys{"seed", "lr", "net", "out"};
    for (std::int64_t left = c.integer(0, std::min<std::int64_t>(c.size(), 4)); left > 0; --left) {
      const auto at = static_cast<std::size_t>(c.integer(0, static_cast<std::int64_t>(keys.size()) - 1));
      const Value value = any_value(c);
      layer.entries.push_back(entry_of(keys[at], value, from, ++place));
      keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  for (std::size_t i = 0; i < layers.size(); ++i) c.input("layer " + std::to_string(i + 1), written(layers[i]));
  return layers;
}

/// The keys of all layers, each where it first appears.
std::vector<std::string> first_appearances(const std::vector<Tree>& layers) {
  std::vector<std::string> keys;
  for (const Tree& layer : layers) {
    for (const Entry& entry : layer.entries) {
      if (std::find(keys.begin(), keys.end(), entry.key) == keys.end()) keys.push_back(entry.key);
    }
  }
  return keys;
}

/// A text for each key, in alphabetical order, from the entries of that key in the order of the layers.
template <class Part>
std::vector<std::string> for_each_key(const std::vector<Tree>& layers, const Part& part) {
  std::map<std::string, std::vector<const Entry*>> by_key;
  for (const Tree& layer : layers)
    for (const Entry& entry : layer.entries) by_key[entry.key].push_back(&entry);
  std::vector<std::string> texts;
  for (const auto& [key, entries] : by_key) texts.push_back(key + ": " + part(entries));
  return texts;
}

std::vector<std::string> sorted(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  return texts;
}

std::string losers_text(const std::vector<Loser>& losers) {
  std::string text;
  for (const Loser& loser : losers) text += shown(loser.value) + " from " + to_string(loser.origin) + "; ";
  return text;
}

}  // namespace

TASK_TEST(7, 3, the_last_layer_wins_for_each_key) {
  lab::cases(60, [](lab::Case& c) {
    const std::vector<Tree> layers = some_layers(c);
    const auto expected = [&] {
      return for_each_key(layers, [](const auto& entries) { return shown(entries.back()->value); });
    };
    CHECK_SAME("values", sorted(each(merge(layers), [](const Entry& e) { return e.key + ": " + shown(e.value); })),
               expected());
  });
}

TASK_TEST(7, 3, keys_stay_where_they_first_appear) {
  lab::cases(60, [](lab::Case& c) {
    const std::vector<Tree> layers = some_layers(c);
    CHECK_SAME("keys", keys_of(merge(layers)), first_appearances(layers));
  });
}

TASK_TEST(7, 3, the_winner_keeps_its_origin) {
  lab::cases(60, [](lab::Case& c) {
    const std::vector<Tree> layers = some_layers(c);
    const auto expected = [&] {
      return for_each_key(layers, [](const auto& entries) { return to_string(entries.back()->origin); });
    };
    CHECK_SAME("origins",
               sorted(each(merge(layers), [](const Entry& e) { return e.key + ": " + to_string(e.origin); })),
               expected());
  });
}

TASK_TEST(7, 3, losers_are_listed_the_weakest_first) {
  lab::cases(60, [](lab::Case& c) {
    const std::vector<Tree> layers = some_layers(c);
    const auto expected = [&] {
      return for_each_key(layers, [](const auto& entries) {
        std::vector<Loser> losers;
        for (std::size_t i = 0; i + 1 < entries.size(); ++i) losers.push_back({entries[i]->value, entries[i]->origin});
        return losers_text(losers);
      });
    };
    CHECK_SAME("losers",
               sorted(each(merge(layers), [](const Entry& e) { return e.key + ": " + losers_text(e.losers); })),
               expected());
  });
}

TASK_TEST(7, 3, lists_are_replaced_as_a_whole) {
  lab::cases(40, [](lab::Case& c) {
    std::vector<Tree> layers(static_cast<std::size_t>(c.integer(2, 4)));
    List last;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      last.clear();
      for (std::int64_t left = c.integer(0, 3); left > 0; --left) last.push_back(c.integer(0, 99));
      layers[i].entries.push_back(entry_of("model.hidden", last, Layer::file, static_cast<int>(i) + 1));
      c.input("layer " + std::to_string(i + 1), last);
    }
    CHECK_SAME("list", values_of(merge(layers)), std::vector<std::string>{"model.hidden = " + shown(Value(last))});
  });
}

// A sweep puts trials over a tree that was merged before.
TASK_TEST(7, 3, losers_of_a_layer_stay_losers) {
  lab::cases(60, [](lab::Case& c) {
    std::vector<Tree> layers(static_cast<std::size_t>(c.integer(1, 3)));
    std::vector<Loser> expected;
    int place = 0;
    for (Tree& layer : layers) {
      Entry entry = entry_of("seed", c.integer(0, 9), Layer::file, ++place);
      for (std::int64_t left = c.integer(0, 2); left > 0; --left) {
        Entry weaker = entry_of("seed", c.integer(10, 99), Layer::file, ++place);
        entry.losers.push_back({weaker.value, weaker.origin});
      }
      expected.insert(expected.end(), entry.losers.begin(), entry.losers.end());
      if (&layer != &layers.back()) expected.push_back({entry.value, entry.origin});
      layer.entries.push_back(entry);
    }
    for (std::size_t i = 0; i < layers.size(); ++i) c.input("layer " + std::to_string(i + 1), written(layers[i]));
    CHECK_SAME("losers", each(merge(layers), [](const Entry& e) { return losers_text(e.losers); }),
               std::vector<std::string>{losers_text(expected)});
  });
}

TASK_TEST(7, 3, texts_stay_texts) {
  lab::cases(40, [](lab::Case& c) {
    std::vector<Tree> layers(2);
    std::vector<std::string> expected;
    for (const char* key : {"a", "b", "c"}) {
      for (Tree& layer : layers) {
        const bool is_text = c.coin();
        layer.entries.push_back(entry_of(key, word(c, 0, 2), Layer::environment, 0, is_text));
        if (&layer == &layers[1]) expected.push_back(is_text ? "text" : "typed");
      }
    }
    for (std::size_t i = 0; i < layers.size(); ++i) c.input("layer " + std::to_string(i + 1), written(layers[i]));
    CHECK_SAME("forms", each(merge(layers), [](const Entry& e) { return std::string(e.is_text ? "text" : "typed"); }),
               expected);
  });
}

}  // namespace tinytorch::config
