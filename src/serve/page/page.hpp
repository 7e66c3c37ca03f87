// The page on which a digit is drawn, as it was when the project was built.
#pragma once

#include <string_view>

namespace tinytorch::serve {

extern const std::string_view page_html;
extern const std::string_view page_css;
extern const std::string_view page_js;

}  // namespace tinytorch::serve
