int old_style(a, b)
int a;
char *b;
{
  return a;
}
static thread_local int tl2 = 3;
static _Thread_local int tl3;
_Thread_local int tl;
__thread int tl4;
typeof(int) t1;
typeof_unqual(t1) t2 = 3;
_Atomic(int) at1;
_Atomic int at2;
_BitInt(17) bi;
unsigned _BitInt(3) ubi = 1;
struct [[deprecated]] dep { int x [[maybe_unused]]; };
enum [[x]] en : int { P1 [[deprecated]] = 1, P2 };
void proto(int n, int a[static n], int (*fp)(void));
int vla(int n, int a[n][n]);
inline void restrict_(char *restrict p);
struct flex { int n; int data[]; };
union un { int i; float f; };
extern struct point global_pt;
const struct point origin = { .x = 0, .y = 0 };
#define OBJ 1
#define FN(x) \
  do { x; } while (0)
enum fwd_enum : int;
int x1 = 0b1010'1010;
static_assert(true);
void (*signal(int sig, void (*func)(int)))(int);
extern int printf(const char *, ...) __attribute__((format(printf, 1, 2)));
int a __attribute__((aligned(8))) = 3;
struct { int a; };
typedef void (*cb)(int), cbarr[3];
#if __has_include(<stdbit.h>)
#  include <stdbit.h>
#endif
typedef enum : unsigned char { RED, GREEN = 2, } color_t;
int (*get_handler(int which))(int) { return 0; }
void kr(a, b) int a; char *b; { }
