# What a running Ruby says of a tree: JSON objects, one a line. `ruby ruby_constants.rb ROOT FEATURE…` requires the features from ROOT/lib.
require "json"

ROOT = File.realpath(ARGV.shift)
$LOAD_PATH.unshift("#{ROOT}/lib")

def inside(path)
  path.is_a?(String) && path.start_with?("#{ROOT}/") ? path.delete_prefix("#{ROOT}/") : nil
end

def say(kind, path, line, target)
  puts JSON.generate({ kind: kind, path: path, line: line, target: target }) if path && target
end

module Told
  def require(name)
    from = caller_locations(1, 1).first
    say("import", inside(from.absolute_path), from.lineno, inside($LOAD_PATH.resolve_feature_path(name)&.last))
    super
  end
end
Object.prepend(Told)
ARGV.each { |feature| require feature }

# Some of Ruby's own have names that are none, and no place.
def place(one)
  Object.const_source_location(one.name) if one.name
rescue NameError
  nil
end

# Where the superclass and the modules of each class of the tree are defined: the line is that of the class.
ObjectSpace.each_object(Module) do |one|
  path, line = place(one)
  next unless inside(path)

  of_superclass = one.is_a?(Class) && one.superclass ? one.superclass.ancestors : []
  bases = (one.ancestors - [one] - of_superclass).select { |base| base.instance_of?(Module) }
  bases << one.superclass if one.is_a?(Class) && one.superclass
  bases.each { |base| say("base", inside(path), line, inside(place(base)&.first)) }
end
