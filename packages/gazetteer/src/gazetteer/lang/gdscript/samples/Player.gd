## The player.
##
## It walks.
@tool
class_name Player
extends "res://scenes/actor.gd"

## It was hit.
signal hit(damage: int, by = null)
signal gone

enum State { IDLE, WALK = 2, JUMP }
enum { LEFT, RIGHT }

const SPEED := 200.0
const Coin = preload("res://coin.tscn")  # not var a

## How many lives.
@export_range(0, 10) var lives: int = 3
@export_enum("a b c") var title = "func no()"
@onready var sprite: Sprite2D = $Sprite
export(int, "a", "b") var old = 1 setget set_old, get_old
var names: Array[String] = [
	"var b = 1",
	"c",
]
static var count: int:
	get:
		return count

func _init() -> void:
	pass

# Walks.
func walk(by: Vector2, speed: float = 1.0, rest := [1, 2]) -> bool:
	var inner = 1
	var text = """
func d():
	pass
"""
	load("res://sounds/step.wav")
	return true


static func make(): return Player.new()

class Inner extends Node:
	var x = 1
	class Deep:
		func y():
			pass
	func z(): pass

func last(a = "x, (y",
		b = {1: "z"}):
	if a: return
