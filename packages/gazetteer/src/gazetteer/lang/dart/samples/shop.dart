#!/usr/bin/env dart
// Copyright (c) 2020.

/// A shop.
@TestOn('vm')
library shop.till;

import 'dart:async';
import 'package:shop/src/till.dart' as till show A, B hide C;
import 'src/other.dart' deferred as other;
import 'a.dart' if (dart.library.io) 'a_io.dart';
export 'src/exported.dart' show X;
part 'part.g.dart';
part of 'whole.dart';

const int limit = 10;
final name = 'x', other2 = 1;
var untyped;
late final String lazy;
int? counter = 0, second;
/// Doc of top.
int top(int a, {required String b, int c = 3}) => 1;
void opt([int? a, int b = 2]) {}
int get getter => 1;
set setter(int v) {}
external void ext();
typedef F = void Function(int);
typedef int Old(int a);
typedef Gen<T> = List<T>;

/// A class.
@immutable
abstract class Shop<T extends Object> extends Base<T> with M1, M2 implements I1, I2 {
  /// The name.
  final String name;
  static const int max = 5;
  int _private = 0, b;
  late T value;
  Shop(this.name, {this.b = 1, super.key});
  const Shop.named(String n) : name = n, super();
  factory Shop.from(Map<String, dynamic> m) { return Shop(''); }
  factory Shop.redirect() = Other;
  Shop._();
  void sell(int a) { void inner() {} }
  Future<int> later() async { return 1; }
  Stream<int> gen() async* { yield 1; }
  static Shop make() => Shop('');
  int get total => 1;
  set total(int v) {}
  bool operator ==(Object o) => true;
  int operator [](int i) => i;
  void operator []=(int i, int v) {}
  abstract int abs;
  void abst();
  external int e();
  covariant int cov = 1;
  @override
  String toString() => '';
}
mixin M1 on Base { void m() {} }
mixin class MC {}
enum Color { red, green, blue }
enum Planet implements I1 {
  /// Mercury.
  mercury(mass: 1.0),
  @deprecated
  venus(mass: 2.0);
  const Planet({required this.mass});
  final double mass;
  double get g => mass;
}
extension StrExt on String { int get len2 => length; void f() {} }
extension on int {}
extension type Id(int id) implements int { int get x => id; }
sealed class S {}
final class Fin extends S {}
base class Ba {}
interface class In {}
class Alias = Base with M1;
(int, String) record() => (1, '');
void main(List<String> args) { final x = () { int local() => 1; }; }
