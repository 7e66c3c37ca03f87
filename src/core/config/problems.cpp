#include "tinytorch/core/settings.hpp"

#include <cmath>

namespace tinytorch::config {

namespace {

// The value as it was written. A text of the environment or the command line has no quotes there, and has some here.
std::string written(const Entry& entry) {
  if (kind_of(entry.value) == Kind::none) return to_string(Kind::none);
  return to_string(entry.value);
}

std::string allowed(const Setting& setting) {
  if (!setting.choices.empty()) {
    std::string list;
    for (const std::string& choice : setting.choices) list += (list.empty() ? "" : ", ") + choice;
    return "one of " + list;
  }
  const std::string least = to_string(Value(setting.least)), most = to_string(Value(setting.most));
  if (std::isfinite(setting.least) && std::isfinite(setting.most)) return "from " + least + " to " + most;
  if (std::isfinite(setting.least)) return "at least " + least;
  if (std::isfinite(setting.most)) return "at most " + most;
  return "finite";
}

}  // namespace

std::string to_string(const Problem& problem) {
  return problem.where == Origin{} ? problem.text : to_string(problem.where) + ": " + problem.text;
}

Problem unknown_setting(const Entry& entry, const std::optional<std::string>& nearest) {
  std::string text = entry.key + " is not a setting";
  if (nearest) text += "; did you mean " + *nearest + "?";
  return {Problem::What::unknown, entry.key, entry.origin, text};
}

Problem wrong_kind(const Entry& entry, const Setting& setting) {
  return {Problem::What::kind, entry.key, entry.origin,
          detail::text({entry.key, " must be ", to_string(setting.kind), ", but is ", written(entry)})};
}

Problem out_of_range(const Entry& entry, const Setting& setting) {
  return {Problem::What::range, entry.key, entry.origin,
          detail::text({entry.key, " must be ", allowed(setting), ", but is ", written(entry)})};
}

Problem missing_setting(const Setting& setting) {
  return {Problem::What::missing, setting.key, {}, setting.key + " is missing and has no default"};
}

Problem conflict(const Entry& entry, const Entry& other) {
  return {Problem::What::conflict, entry.key, entry.origin,
          detail::text({entry.key, " excludes ", other.key, ", which is given at ", to_string(other.origin)})};
}

}  // namespace tinytorch::config
