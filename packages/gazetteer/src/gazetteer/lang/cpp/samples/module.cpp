module;
#include <compare>
#include "local.h"
export module shop.core:part;
export import std;
import <vector>;
import :other;

export namespace shop::inline v1 {
template <typename T>
concept Addable = requires(T a, T b) {
  { a + b } -> std::convertible_to<T>;
  typename T::value_type;
};

template <class T> requires Addable<T> && (sizeof(T) > 1)
class [[nodiscard("x")]] Box final : public virtual Base<T>, private detail::Impl {
 public:
  constexpr explicit(sizeof(T) > 4) Box(T value) noexcept(true) : value_{value} {}
  Box(const Box&) = default;
  Box(Box&&) = delete;
  ~Box() override = default;
  auto operator<=>(const Box&) const = default;
  bool operator==(const Box& other) const;
  template <typename U> explicit operator U() const { return U(value_); }
  T& operator[](std::size_t i) &;
  const T& operator[](std::size_t i) const&;
  void operator()(int) &&;
  static consteval int answer() { return 42; }
  friend void swap(Box& a, Box& b) noexcept { }
  friend class Other;
  friend struct detail::Peer;
  using value_type = T;
  using Base<T>::Base;
  enum class Kind : std::uint8_t { A [[deprecated]], B = 3, C };
  struct { int x, y; } point;
  union { float f; int i; };
  static inline constexpr int limit = 3, other_limit = 4;
  [[no_unique_address]] T value_;
  int bits : 3 = 1;
  mutable std::atomic<int> count_{0};
  int (*callback)(int, const char*);
  int array[3][4];
  std::function<void(int)> fn = [](int) {};
  auto get(this auto&& self) -> decltype(auto) { return self.value_; }
 protected:
  virtual void run() const = 0;
};

template <> class Box<int> { };
template <typename T> Box(T) -> Box<T>;
template class Box<double>;
extern template class Box<float>;

template <auto N, template <typename...> class C, typename... Ts>
inline constexpr bool is_v = sizeof...(Ts) == N;

consteval int sq(int n) { return n * n; }
constinit int global = sq(3);
thread_local static int tls;
extern "C" int c_func(void);
extern "C" {
  void c_two(int);
  extern int c_var;
}
auto lambda = []<typename T>(T x) { return x; };
using namespace std::literals;
using std::vector;
namespace alias = shop::v1;
typedef int (*FnPtr)(double), *IntPtr;
typedef struct Tagged { int a; } TaggedT, *TaggedP;
struct Fwd;
enum Old { O1, O2 = 1 << 2, };
enum struct Opaque : int;
int operator""_km(unsigned long long v) { return v; }
void free_function(int a, ...) noexcept;
[[noreturn]] void die();
auto trailing(int x) -> std::pair<int, int>;
std::pair<int,int> structured();
auto [p1, p2] = structured();
static_assert(sizeof(int) == 4);
asm("nop");
}
int shop::v1::Box<int>::method(int x) const { struct Local { int z; }; return x; }
template <typename T> bool shop::Box<T>::operator==(const Box& other) const { return true; }
namespace { int hidden = 1; }
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define VERSION "1.0"
#undef VERSION
int main(int argc, char** argv) try { return 0; } catch (...) { return 1; }
