// The site of the documentation: the pages of the repository, gathered so that MkDocs can make a site of them.
#pragma once

#include "src/tito/util/context.hpp"

#include <map>
#include <set>
#include <string>

namespace tinytorch::tito {

/// The pages, as paths in the repository: README.md, docs/nn.md, modules/01_tensor/README.md.
std::set<std::string> site_pages(const fs::path& root);

/// From a header in include/ to its page in the reference, "tinytorch/core/tensor.hpp" -> "api/tensor_8hpp.html", as in
/// Doxygen's tag file, which has the paths of the machine.
std::map<std::string, std::string> reference_pages(const std::string& tag_file, const fs::path& include);

/// What a link leads to that is no page: a header's page of the reference, or a file that is shown as text.
struct SiteLinks {
  const fs::path& root;
  const std::set<std::string>& pages;
  const std::map<std::string, std::string>& reference;
  std::set<std::string> files;  ///< pictures and other files that the pages lead to; filled by site_text
};

/// The name of such a file in the site: a picture keeps its own, another file ends in .txt.
std::string site_name(const std::string& file);

/// The text of a page with its links as the site needs them: those to pages and pictures stay, a header leads to the
/// reference, and another file to a copy that ends in .txt. Code stays as it is.
std::string site_text(const std::string& page, const std::string& text, SiteLinks& links);

/// The page that lists all headers of the reference, with the first sentence of each.
std::string reference_text(const fs::path& root, const std::map<std::string, std::string>& reference);

}  // namespace tinytorch::tito
