// ${generated_comment}
#include <ATen/core/Tensor.h>
${extra_includes}

namespace at {
${declarations}

struct Fixed {
  ${return_type} first(${args}) const;
  int kept;
};

int last(@COUNT@);
} // namespace at
