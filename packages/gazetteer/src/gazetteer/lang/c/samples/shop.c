/* SPDX-License-Identifier: BSD-3-Clause */

/* A shop: all that C can declare. The words "struct ghost" and "int ghost(void);" declare nothing here. */

#include <stdio.h>
#include "shop.h"
#ifdef WITH_MATH
#include <math.h>
#endif

#define SHELVES 12
#define MAX(a, b) \
    ((a) > (b) ? (a) : (b))
#define KIND_OF(x) _Generic((x), int: "int", double: "double", default: "other")

struct shelf; /* told later */
union price_u;
enum colour_e;

typedef unsigned long id_t_, *id_p;
typedef int (*compare_fn)(const void *, const void *);
typedef struct {
    int width;      ///< in centimetres
    int height : 7; /**< a bit field */
    const char *label, *hint;
    int cells[SHELVES][2];
    void (*on_sale)(struct shelf *, double price);
} box;

struct shelf {
    box boxes[SHELVES];
    struct {
        int x, y;
    } place;
    union {
        int cents;
        double euros;
    };
    struct shelf *next;
};

typedef enum colour {
    RED = 1,
    GREEN = RED << 1, //!< as grass
    BLUE
} colour;

enum __attribute__((packed)) state { OPEN_, CLOSED_ };

extern int opened;
static const int limit = 3;
int counter = 0, *last_counter = &counter;
const char *const names[] = { "struct named {", "int fake(void);" };
int (*handlers[4])(int);
_Static_assert(SHELVES > 3, "too few shelves");

int add(int a, int b);
static inline int twice(int a) { return add(a, a); }
char *label_of(const box *b, ...);
void (*choose(int kind))(int);
_Noreturn void leave(void);
__attribute__((noinline, format(printf, 1, 2))) void say(const char *format, ...);

/** Puts two numbers together.
 *
 * @param a one
 * @param b another
 */
int
add(int a, int b)
{
    struct local { int hidden; };
    int inner(int); /* declared here, for this body alone */
    return ({ int t = a; t + b; });
}

int old(a, b)
    int a;
    char *b;
{
    return a + b[0];
}

main() { return 0; }

#if defined(A) && A > 2
int only_a(void);
#elif defined(B)
int only_b(void);
#else
int neither(void);
#endif
