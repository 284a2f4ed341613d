#ifndef SHOP_HPP
#define SHOP_HPP
/// \file
/// A shop in C++: class ghost {}; declares nothing in a comment.

#include <vector>
#include "base/thing.hpp"

#define SHOP_API __attribute__((visibility("default")))
#define SHOP_DECLARE(name) void name()

namespace shop::inner {

class Later;
template <typename T>
struct Box;
enum class Mode : unsigned char;

} // namespace shop::inner

namespace shop {
inline namespace v1 {
namespace {
int hidden_count = 0;
}

using Names = std::vector<std::string>;
template <class T>
using Pair = std::pair<T, T>;
typedef int (*Handler)(int, const char*);
constexpr int kLimit = 3;
inline const char* const kName = "class Fake {";
extern thread_local int current;
template <typename T>
constexpr bool is_small = sizeof(T) < 8;

template <typename T>
concept Countable = requires(T t) {
  { t.count() };
};

enum class [[nodiscard]] Mode : unsigned char {
  kOpen [[maybe_unused]] = 1, ///< doors are open
  kClosed, //!< doors are closed,
           //!< until tomorrow
};

/// Everything that can be sold.
/// It has a price.
class SHOP_API Thing : public Base, protected virtual Other<int>, private detail::Hidden {
 public:
  Thing();
  explicit Thing(int price, Mode mode = Mode::kOpen, Names names = {}) noexcept : price_(price) {}
  Thing(const Thing&) = delete;
  Thing(Thing&& other) noexcept = default;
  virtual ~Thing();
  Thing& operator=(const Thing& other);
  bool operator()(int a) const;
  Thing& operator[](size_t i) &;
  explicit operator bool() const { return true; }
  operator std::vector<int>() const;
  void* operator new(size_t size);
  auto operator<=>(const Thing&) const = default;
  [[nodiscard]] virtual int price() const = 0;
  int sold() const override final;
  static Thing make(int);
  template <typename T, int N = 3>
    requires Countable<T>
  void put(T&& value, int (&cells)[N], void (*done)(int) = nullptr);
  friend void swap(Thing& a, Thing& b) noexcept { }
  friend class Cashier;
  using Base::Base;
  using Self = Thing;
  SHOP_DECLARE(declared);

  struct Label {
    std::string text;
    union {
      int number;
      float weight;
    };
    struct {
      int x;
    } at;
  };
  enum { kFirst, kSecond = 2 };

 protected:
  int price_ = 0, *pointer_{nullptr};
  mutable std::atomic<bool> open_;
  unsigned flags_ : 3;
  void (Thing::*member_)(int);
  static constexpr double kRate = 0.19;
  static inline std::vector<int> all_;

 private:
  int secret(int, char = 'x', ...);
};

template <typename T>
Box(T) -> Box<T>;
template <>
struct Box<int> {
  int value;
};
template <typename T>
struct Box<T*> final : Box<T> {};
template class Box<long>;
extern template class Box<double>;

SHOP_API int count(const std::vector<Thing*>& things, std::function<void(int)> each);
auto trailing(int a) -> std::vector<int>;
template <Countable T>
void constrained(T value) requires(sizeof(T) > 1);
[[deprecated("use count")]] inline int old_count() {
  struct Local {};
  auto f = [](int x) { return x; };
  return 0;
}
SHOP_REGISTER(Thing)
int after_the_macro();
bool operator==(const Thing& a, const Thing& b);
std::ostream& operator<<(std::ostream& out, const Thing& t);
long double operator""_eur(long double value);

} // namespace v1
} // namespace shop

int shop::Thing::sold() const { return 1; }
shop::Thing::Thing() : price_(1) {}
template <typename T>
void shop::Box<T>::put(T value) {}

extern "C" {
int c_count(void);
}
extern "C" void c_reset();
#endif // SHOP_HPP
