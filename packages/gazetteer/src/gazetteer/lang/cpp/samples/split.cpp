// Conditions that split declarations, macros that nobody defines, words in texts.
#include "split.h"

#ifdef _WIN32
struct Widget : public Base {
  Widget() = default;
#else
struct UNKNOWN_API Widget : public Base {
#endif
  int shared;
};

#if WIDE
long total(long a) {
#else
int total(int a) {
#endif
  return a;
}

class FOO_EXPORT Named : Base {};
FOO_EXPORT int exported(int a);
REGISTER(x)
int after_register() { return 0; }

struct PyThing {
  PyObject_HEAD
  int held;
  STMT_ON_STACK(X)
  int last;
};

const char* text = R"(class InText { def foo(): pass })";
const char* more = "struct InString { int ghost; };"; // class InComment {};
/* namespace in_block { int ghost(); } */

TEST(Suite, Case) {
  int local = 0;
}

#ifdef __cplusplus
extern "C" {
#endif
int inside(void);
#ifdef __cplusplus
}
#endif
