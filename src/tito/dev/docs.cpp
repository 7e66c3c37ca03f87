// tito docs: makes a site of the documentation.
#include "src/tito/dev/site.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/tools.hpp"
#include "src/tito/verbs.hpp"

#include <memory>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/core.h>

namespace tinytorch::tito {

namespace {

void require(const char* program, const char* package) {
  if (!in_path(program)) throw trouble(fmt::format("[docs] {} is not installed: apt-get install {}", program, package));
}

void run_tool(const char* what, std::vector<std::string> argv, const fs::path& directory,
              std::vector<std::string> environment) {
  ProcessOptions options;
  options.argv = std::move(argv);
  options.directory = directory;
  options.environment = std::move(environment);
  options.merged = true;
  options.seconds = 600;
  const ProcessResult result = run_process(options);
  if (!result.ok()) throw trouble(fmt::format("[docs] {} {}:\n{}", what, ending(result), result.out));
}

/// Gathers pages, pictures and the files that pages lead to in `site`/pages. The reference is there already.
void gather(const fs::path& root, const fs::path& site) {
  const auto reference = reference_pages(read_file(site / "pages" / "api.tag"), root / "include");
  const std::set<std::string> pages = site_pages(root);
  SiteLinks links{root, pages, reference, {}};
  for (const std::string& page : pages)
    write_file(site / "pages" / page, site_text(page, read_file(root / page), links));
  for (const std::string& file : links.files) write_file(site / "pages" / site_name(file), read_file(root / file));
  write_file(site / "pages" / "reference.md", reference_text(root, reference));
  fs::remove(site / "pages" / "api.tag");
}

int make_site(const Context& context, fs::path site) {
  require("doxygen", "doxygen");
  require("mkdocs", "mkdocs mkdocs-material");
  if (site.empty()) site = context.build().parent_path() / "site";
  const fs::path from = context.root / "docs" / "site";
  fs::remove_all(site / "pages");
  fs::create_directories(site / "pages");
  run_tool("doxygen", {"doxygen", (from / "Doxyfile").string()}, from,
           {"TINYTORCH_INCLUDE=" + (context.root / "include").string(), "TINYTORCH_SITE=" + (site / "pages").string()});
  gather(context.root, site);
  write_file(site / "mkdocs.yml", read_file(from / "mkdocs.yml"));
  run_tool("mkdocs", {"mkdocs", "build", "--quiet"}, site, {});
  fmt::print("{}\nwith search: python3 -m http.server -d {}\n", shown(context, site / "html" / "index.html"),
             shown(context, site / "html"));
  return exit_ok;
}

}  // namespace

void add_docs(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("docs", "Makes a site of the pages and of the headers' comments");
  const auto folder = std::make_shared<fs::path>();
  verb->add_option("--out", *folder, "The folder of the site; build/site unless you say otherwise");
  verb->footer("Example:\n  ./tito docs     runs Doxygen and MkDocs; a link that leads nowhere is an error");
  verb->callback([&context, folder] { context.exit_code = make_site(context, *folder); });
}

}  // namespace tinytorch::tito
