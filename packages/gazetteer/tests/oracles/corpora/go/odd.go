//go:build linux && !class
// +build linux

/*
Package odd is documented.

	type NotOne struct{}
*/
package odd // import "example.org/odd"

import "fmt"
import (
	. "math"
	_ "embed"; other "example.org/other/v2"
	`strings`
)

type (
	// One is documented.
	One struct {
		A, B int `json:"type Two struct {}"`
		One2
		*Three
		pkg.Four
		Five[int, string]
		in struct {
			deep []map[string]*struct{ X, Y int }
			_    int
		}
		f func(a, b int) (c struct{ no int })
		größe, 名前 string
	} // behind

	Three[K comparable, V interface{ ~int | ~string }] struct{ k K; v V }
	Four  = map[string]struct{ Key int }
	Five[A, B any] interface {
		fmt.Stringer
		Three[A, B]
		~int | ~float64
		Get(A, ...B) (x, y int)
		do()
	}
	Array [4]struct{ E int }
	Func  func(struct{ No int }) interface{ Yes() }
	Chan  <-chan struct{ C bool }
)

type Alias = One
type Param[T interface{ *int }] []T
type Pointer[T *int,] struct{}

const (
	A, B = iota, "const No = 1"
	C, D
	_, E
	F float64 = 1 << iota
)

var a, b, _ = 1, func() { type InLiteral struct{ x int } }, struct{ y int }{1}
var (
	table = []struct {
		name string
		want interface{ M() }
	}{{"type No struct{}", nil}}
	single = &struct{ p int }{p: 1}
	c chan struct{ in int }
	err error = func() error { type Inner int; return nil }()
)

func init() {}
func init() {}
func (o *One) Method(x int, _ string, more ...interface{}) (err error) {
	type Local struct{ Field int }
	const notListed = 1
	var neither struct{ no int }
	switch x := any(o).(type) {
	case *One:
		type InCase interface{ Do() }
		_ = x
	}
	go func() { type InGo []Local }()
	if type1 := 1; type1 > 0 { goto end }
end:
	for range []int{} { type (
		P int
		Q struct{ R int }
	) }
	return
}
func (Three[K, _]) Unnamed() {}
func (*(Three[K, V])) Wrapped() {}
func Generic[T any, U ~[]T](t T, u U) (r struct{ z int }) { return }
func assembly(x int) int
func _() {}
func f(func(a int) int, int) { fmt.Println(`type InRaw struct {
}`, '{', '\'', "\"") }; func g() {}
