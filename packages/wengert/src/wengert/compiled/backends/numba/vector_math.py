def call(builder, name, args): return None
