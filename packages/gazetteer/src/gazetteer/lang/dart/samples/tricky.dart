// Words that declare nothing: class NotOne {}
/* void notTwo() {} /* class NotThree {} */ */
final text = 'class NotFour {}' "void notFive() ${f((x) { return 'class NotSix'; })}" r'''
class NotSeven {}
''';

/// A till.
///
/// Of [Coin]s.
class Till<T> implements Comparable<Till<T>>, prefix.Other {
  // How much.
  int sum = 0;
  final void Function(int a)? callback;
  Map<String, List<int>> byName = {'a': [1, 2]}, other = {};
  var a = 1, _b;
  static final _cache = <String, Till>{};

  Till({required this.callback, int? start, void other(int x)?, @deprecated this.a = 2}) : sum = start ?? 0 {
    void local() {}
  }

  untyped() {}
  noResult(a, [b = 1]) => a;
  @override
  @Deprecated('for (class X)')
  int compareTo(covariant Till other) => 0;
  Iterable<int> each() sync* {
    int inner<S>(S s) => 1;
    yield* [];
  }
  T call<S extends num>(T t, {S? s}) => t;
  Till operator -() => this;
  (int, {String name}) pair() => (1, name: '');
  external factory Till.far();
}

abstract interface class Port {
  int get open;
  set open(int v);
  void close();
}

enum Level {
  low,
  high;

  static Level parse(String s) => values.byName(s);
}

@pragma('vm:entry-point')
external int nativeOne();

get loose => 1;
List<int> one = [], two = [3];
const Map<String, int> table = {
  'a': 1,
};
typedef Callback<T> = void Function(T value, {int? more});
extension on List<int> {
  int get total => 0;
}
extension Named<T> on Iterable<T> {}

void main() async {
  if (true) {
    Future<void> nested() async {}
  }
  final f = (int x) => x;
  await nested();
}
