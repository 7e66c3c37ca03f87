// Task 7.2: settings in the environment and on the command line.
#include "modules/07_config/tests/scene.hpp"

#include <algorithm>

namespace tinytorch::config {
namespace {

/// A setting as a person gives it: the parts of its key and its text.
struct Given {
  std::vector<std::string> parts;
  std::string text;

  std::string key() const { return joined(".", false); }
  std::string variable() const { return joined("__", true); }

 private:
  std::string joined(const std::string& between, bool capitals) const {
    std::string result;
    for (const std::string& part : parts) result += (result.empty() ? "" : between) + part;
    if (capitals)
      for (char& letter : result) letter = letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 32) : letter;
    return result;
  }
};

/// Settings of different keys, in any order.
std::vector<Given> some_settings(lab::Case& c, std::int64_t least) {
  const std::int64_t count = c.integer(least, least + std::min<std::int64_t>(c.size(), 4));
  std::vector<Given> all;
  for (std::int64_t i = 0; i < count; ++i) {
    Given given;
    const std::int64_t depth = c.integer(1, 3);
    for (std::int64_t level = 0; level < depth; ++level) given.parts.push_back(word(c, 1, 4));
    given.parts.back() += c.pick<std::string>({"", "_x", "2"}) + std::to_string(9 - i);  // no key twice
    given.text = c.pick<std::string>({"", "0.1", "a b", "x=y", "=", "--x=1", "true"});
    given.text += word(c, 0, 3);
    all.push_back(given);
  }
  return all;
}

Tree tree_of(const std::vector<Given>& settings, Layer layer) {
  Tree tree;
  for (const Given& given : settings) {
    Entry entry = text_of(given.key(), given.text, layer);
    entry.origin.name = layer == Layer::environment ? "TINYTORCH_" + given.variable() : "--" + given.key();
    tree.entries.push_back(entry);
  }
  return tree;
}

std::vector<std::string> environment_of(const std::vector<Given>& settings) {
  std::vector<std::string> env;
  for (const Given& given : settings) env.push_back("TINYTORCH_" + given.variable() + "=" + given.text);
  return env;
}

std::vector<std::string> arguments_of(const std::vector<Given>& settings) {
  std::vector<std::string> args;
  for (const Given& given : settings) args.push_back("--" + given.key() + "=" + given.text);
  return args;
}

std::vector<std::string> layers_of(const Tree& tree) {
  return each(tree, [](const Entry& e) {
    constexpr std::array names{"default", "file", "environment", "arguments"};
    return e.key + ": " + names[static_cast<std::size_t>(e.origin.layer)] + (e.is_text ? ", text" : ", typed");
  });
}

}  // namespace

TASK_TEST(7, 2, variables_become_keys) {
  lab::cases(40, [](lab::Case& c) {
    const std::vector<Given> settings = some_settings(c, 1);
    const auto env = c.input("env", environment_of(settings));
    CHECK_SAME("keys", keys_of(from_environment(env, "TINYTORCH_")), keys_of(tree_of(settings, Layer::environment)));
  });
}

TASK_TEST(7, 2, every_capital_becomes_a_small_letter) {
  lab::cases(52, [](lab::Case& c) {
    std::string key(1, static_cast<char>('a' + c.index() % 26));
    const std::int64_t more = c.integer(0, 3);
    for (std::int64_t i = 0; i < more; ++i) key += static_cast<char>('a' + c.integer(0, 25));
    std::string variable = "TINYTORCH_";
    for (const char letter : key) variable += static_cast<char>(letter - 'a' + 'A');
    const auto env = c.input("env", std::vector<std::string>{variable + "=1"});
    CHECK_SAME("keys", keys_of(from_environment(env, "TINYTORCH_")), std::vector<std::string>{key});
  });
}

TASK_TEST(7, 2, a_variables_value_is_all_after_the_first_equals) {
  lab::cases(40, [](lab::Case& c) {
    const std::vector<Given> settings = some_settings(c, 1);
    const auto env = c.input("env", environment_of(settings));
    CHECK_SAME("values", values_of(from_environment(env, "TINYTORCH_")),
               values_of(tree_of(settings, Layer::environment)));
  });
}

TASK_TEST(7, 2, variables_say_where_they_come_from) {
  lab::cases(30, [](lab::Case& c) {
    const std::vector<Given> settings = some_settings(c, 1);
    const auto env = c.input("env", environment_of(settings));
    const Tree tree = from_environment(env, "TINYTORCH_");
    CHECK_SAME("origins", origins_of(tree), origins_of(tree_of(settings, Layer::environment)));
    CHECK_SAME("layers", layers_of(tree), layers_of(tree_of(settings, Layer::environment)));
  });
}

// A manifest keeps what is read here, and a password must not be among it.
TASK_TEST(7, 2, only_variables_with_the_prefix_are_read) {
  lab::cases(60, [](lab::Case& c) {
    const std::vector<Given> settings = some_settings(c, 0);
    std::vector<std::string> env = environment_of(settings);
    const std::int64_t others = c.integer(1, 3);
    for (std::int64_t i = 0; i < others; ++i) {
      const std::string other =
          c.pick<std::string>({"HOME=/root", "PASSWORD=TINYTORCH_X=1", "TINYTORCH=1", "TINYTORCH_=1", "TINYTORCH_X",
                               "tinytorch_seed=1", "MY_TINYTORCH_SEED=1", "", "=1", "X=TINYTORCH_SEED=1"});
      env.insert(env.begin() + static_cast<std::ptrdiff_t>(c.integer(0, static_cast<std::int64_t>(env.size()))), other);
    }
    c.input("env", env);
    CHECK_SAME("settings", values_of(from_environment(env, "TINYTORCH_")),
               values_of(tree_of(settings, Layer::environment)));
  });
}

TASK_TEST(7, 2, the_prefix_is_the_callers) {
  lab::cases(30, [](lab::Case& c) {
    const std::string prefix = c.input("prefix", c.pick<std::string>({"A_", "AB_", "T", "RUN__"}));
    std::vector<std::string> env{"A_X=1", "AB_X=2", "TX=3", "RUN__X=4"};
    const std::string text = word(c, 1, 4);
    env.push_back(prefix + "Y=" + text);
    c.input("env", env);
    const auto expected = [&]() -> std::vector<std::string> {
      const std::string x = prefix == "A_" ? "1" : prefix == "AB_" ? "2" : prefix == "T" ? "3" : "4";
      return {"x = " + shown(Value(x)), "y = " + shown(Value(text))};
    };
    CHECK_SAME("settings", values_of(from_environment(env, prefix)), expected());
  });
}

TASK_TEST(7, 2, a_variable_that_is_there_twice_throws) {
  lab::cases(60, [](lab::Case& c) {
    const std::vector<Given> settings = some_settings(c, 1);
    std::vector<std::string> env = environment_of(settings);
    const bool twice = c.coin();
    const Given& again = c.pick(settings);
    if (twice) env.push_back("TINYTORCH_" + again.variable() + "=again");
    c.input("env", env);
    const auto expected = [&] {
      if (twice) throw ParseError("twice");
      return keys_of(tree_of(settings, Layer::environment));
    };
    CHECK_OUTCOME("keys", keys_of(from_environment(env, "TINYTORCH_")), expected());
  });
}

TASK_TEST(7, 2, arguments_become_keys) {
  lab::cases(40, [](lab::Case& c) {
    const std::vector<Given> settings = some_settings(c, 1);
    const auto args = c.input("args", arguments_of(settings));
    CHECK_SAME("keys", keys_of(from_arguments(args)), keys_of(tree_of(settings, Layer::arguments)));
  });
}

TASK_TEST(7, 2, an_arguments_value_is_all_after_the_first_equals) {
  lab::cases(40, [](lab::Case& c) {
    const std::vector<Given> settings = some_settings(c, 1);
    const auto args = c.input("args", arguments_of(settings));
    CHECK_SAME("values", values_of(from_arguments(args)), values_of(tree_of(settings, Layer::arguments)));
  });
}

TASK_TEST(7, 2, arguments_say_where_they_come_from) {
  lab::cases(30, [](lab::Case& c) {
    const std::vector<Given> settings = some_settings(c, 1);
    const auto args = c.input("args", arguments_of(settings));
    const Tree tree = from_arguments(args);
    CHECK_SAME("origins", origins_of(tree), origins_of(tree_of(settings, Layer::arguments)));
    CHECK_SAME("layers", layers_of(tree), layers_of(tree_of(settings, Layer::arguments)));
  });
}

TASK_TEST(7, 2, a_flag_alone_is_true) {
  lab::cases(40, [](lab::Case& c) {
    std::vector<Given> settings = some_settings(c, 1);
    std::vector<std::string> args = arguments_of(settings);
    for (std::size_t i = 0; i < args.size(); ++i) {
      if (!c.coin()) continue;
      args[i] = "--" + settings[i].key();
      settings[i].text = "true";
    }
    c.input("args", args);
    CHECK_SAME("values", values_of(from_arguments(args)), values_of(tree_of(settings, Layer::arguments)));
  });
}

TASK_TEST(7, 2, an_argument_without_a_key_throws) {
  lab::cases(80, [](lab::Case& c) {
    const std::vector<Given> settings = some_settings(c, 0);
    std::vector<std::string> args = arguments_of(settings);
    const bool wrong = c.coin();
    const std::string name = word(c, 1, 4);
    const std::string stray = c.pick<std::string>(
        {"", "-", "--", "-" + name, name, name + "=1", "--=1", "-" + name + "=--x", " --" + name + "=1"});
    if (wrong)
      args.insert(args.begin() + static_cast<std::ptrdiff_t>(c.integer(0, static_cast<std::int64_t>(args.size()))),
                  stray);
    c.input("args", args);
    const auto expected = [&] {
      if (wrong) throw ParseError("no key");
      return keys_of(tree_of(settings, Layer::arguments));
    };
    CHECK_OUTCOME("keys", keys_of(from_arguments(args)), expected());
  });
}

TASK_TEST(7, 2, the_error_quotes_the_argument) {
  lab::cases(40, [](lab::Case& c) {
    const bool wrong = c.coin();
    const std::string name = word(c, 3, 6);
    const std::vector<std::string> args = c.input("args", std::vector<std::string>{(wrong ? "-" : "--") + name + "=1"});
    const auto said = [&] {
      try {
        from_arguments(args);
        return "no error";
      } catch (const ParseError& error) {
        return std::string(error.what()).find(args[0]) == std::string::npos ? "argument not quoted" : "argument quoted";
      }
    };
    CHECK_SAME("error", said(), std::string(wrong ? "argument quoted" : "no error"));
  });
}

TASK_TEST(7, 2, an_argument_that_is_there_twice_throws) {
  lab::cases(60, [](lab::Case& c) {
    const std::vector<Given> settings = some_settings(c, 1);
    std::vector<std::string> args = arguments_of(settings);
    const bool twice = c.coin();
    const Given& again = c.pick(settings);
    if (twice) args.push_back("--" + again.key() + c.pick<std::string>({"", "=again"}));
    c.input("args", args);
    const auto expected = [&] {
      if (twice) throw ParseError("twice");
      return keys_of(tree_of(settings, Layer::arguments));
    };
    CHECK_OUTCOME("keys", keys_of(from_arguments(args)), expected());
  });
}

}  // namespace tinytorch::config
