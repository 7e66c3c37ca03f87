#include "src/tito/lab/milestones.hpp"

#include "src/tito/lab/toml_reader.hpp"

#include <string>
#include <vector>

namespace tinytorch::tito {

std::vector<Milestone> load_milestones(const Context& context) {
  const std::string file = "examples/milestones.toml";
  const toml::table table = parse_toml(read_file(context.root / file), file, "milestones");
  const TomlReader in(table, file, "milestones");
  in.only({"milestone"});
  std::vector<Milestone> all;
  for (const TomlReader& entry : in.tables("milestone")) {
    entry.only({"name", "year", "title", "labs", "passes", "check"});
    all.push_back({entry.text("name"), static_cast<int>(entry.number("year")), entry.text("title"), entry.texts("labs"),
                   entry.text("passes"), entry.texts("check")});
  }
  return all;
}

}  // namespace tinytorch::tito
