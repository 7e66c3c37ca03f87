// The pages of the site: which there are, and where their links lead.

#include "src/tito/dev/site.hpp"

#include "src/tito/util/text.hpp"
#include "src/tito/util/tools.hpp"
#include "tests/tool/temporary_folder.hpp"

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

TEST(Site, finds_each_header_in_the_tag_file) {
  const std::string tags =
      "<tagfile>\n  <compound kind=\"file\">\n    <name>loader.hpp</name>\n    "
      "<path>/x/include/tinytorch/data/</path>\n"
      "    <filename>loader_8hpp.html</filename>\n  </compound>\n  <compound kind=\"class\">\n    <name>A</name>\n"
      "    <filename>classA.html</filename>\n  </compound>\n</tagfile>\n";
  EXPECT_EQ(reference_pages(tags, "/x/include"),
            (std::map<std::string, std::string>{{"tinytorch/data/loader.hpp", "api/loader_8hpp.html"}}));
}

TEST(Site, leads_links_to_pages_headers_pictures_and_texts) {
  const TemporaryFolder folder;
  for (const char* file : {"docs/a.md", "docs/b.md", "include/tinytorch/x.hpp", "docs/p.svg", "LICENSE"})
    write_file(folder.path() / file, "text");
  const std::set<std::string> pages{"docs/a.md", "docs/b.md"};
  const std::map<std::string, std::string> reference{{"tinytorch/x.hpp", "api/x_8hpp.html"}};
  SiteLinks links{folder.path(), pages, reference, {}};
  EXPECT_EQ(site_text("docs/a.md",
                      "[b](b.md#top) [x](../include/tinytorch/x.hpp) ![p](p.svg) [l](../LICENSE) [w](https://a.b)\n"
                      "<img src=\"p.svg\"> [gone](no.md) [here](#top)\n```cpp\n[l](../LICENSE)\n```\n",
                      links),
            "[b](b.md#top) [x](../api/x_8hpp.html) ![p](p.svg) [l](../LICENSE.txt) [w](https://a.b)\n"
            "<img src=\"p.svg\"> [gone](no.md) [here](#top)\n```cpp\n[l](../LICENSE)\n```\n");
  EXPECT_EQ(links.files, (std::set<std::string>{"docs/p.svg", "LICENSE"}));
}

TEST(Site, says_what_each_header_holds) {
  const TemporaryFolder folder;
  write_file(
      folder.path() / "include/tinytorch/core/x.hpp",
      "#pragma once\n\n/// Not this one.\n\n/// All of x. And more.\n///\n///     code\nnamespace tinytorch {}\n");
  const std::string text = reference_text(folder.path(), {{"tinytorch/core/x.hpp", "api/x_8hpp.html"}});
  EXPECT_NE(text.find("## tinytorch/core\n"), std::string::npos) << text;
  EXPECT_NE(text.find("| [x.hpp](api/x_8hpp.html) | All of x. |\n"), std::string::npos) << text;
}

TEST(Site, has_a_table_of_contents_with_every_page_that_is_there) {
  const fs::path root = make_context().root;
  const std::set<std::string> pages = site_pages(root);
  std::set<std::string> listed;
  for (const std::string& line : split_lines(read_file(root / "docs" / "site" / "mkdocs.yml")))
    if (line.ends_with(".md")) listed.insert(line.substr(line.rfind(' ') + 1));
  for (const std::string& page : listed)
    EXPECT_TRUE(page == "reference.md" || pages.contains(page)) << page << " is not there";
  for (const std::string& page : pages) {
    // The index is the table of contents of the repository; the rubrics are linked from docs/instructors.md.
    if (page == "docs/index.md" || page.starts_with("docs/instructors/")) continue;
    EXPECT_TRUE(listed.contains(page)) << page << " is not in docs/site/mkdocs.yml";
  }
}

}  // namespace
}  // namespace tinytorch::tito
