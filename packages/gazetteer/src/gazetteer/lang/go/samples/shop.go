// Copyright of the shop.

// Package shop sells things; func fake() is prose.
package shop

import (
	"fmt"
	renamed "example.org/mod/other"
	. "example.org/mod/dot"
	_ "example.org/mod/effects"
)
import "strings"

// Limit is how many at most.
const Limit = 10
const (
	Red Colour = iota // func commented() {}
	Green
	_
	dark, light = "a", "b"
)

var ErrNone = fmt.Errorf("type InString struct { x int }")
var (
	first, second int
	third        = `
func inRaw() {}
type Raw struct{}
`
)

// Colour is a number.
type Colour int
type Alias = renamed.Thing
type Handler func(w int) error

// A Shop sells.
type Shop[T any, K comparable] struct {
	// Name is what it is called.
	Name, title string `json:"name"`
	*Base
	renamed.Thing `json:",inline"`
	inner         struct {
		Deep int
	}
	Call func(x int) (y int)
}
type (
	Empty struct{}
	Seller interface {
		// Sell sells.
		Sell(thing string, more ...int) (ok bool, err error)
		fmt.Stringer
		Closer
	}
	Numeric interface {
		~int | ~float64
	}
)

// Sell sells.
func (s *Shop[T, K]) Sell(a, b T, more ...int) (bool, error) {
	type local struct{ x int }
	const inFunction = 1
	f := func() {}
	f()
	return false, nil
}
func (Colour) String() string { return "func InString() {}" }
func New[T any](name string) *Shop[T, string] { return nil }
func init()                                  {}
func external(x int) int
func (e *Empty) unexported()                 {}

const (
	first, second = iota, "s"
	third, fourth
)
