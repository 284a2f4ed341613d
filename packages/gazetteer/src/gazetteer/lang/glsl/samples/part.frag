#version 300 es
// SPDX-License-Identifier: MIT

/**
 * A part of a shader: it is pasted into the body of a function.
 */

$if STORAGE == "buffer":
  layout(set = 0, binding = 0) buffer ${MODE} BufferOut { ${T} data[]; } bufferOut;
$else:
  layout(set = 0, binding = 0) uniform ${IMAGE} image;

#ifdef USE_MAP
	vec4 texel = texture2D( map, vUv );
	texel.a *= 0.5;
	diffuseColor *= texel;
	if ( texel.a < 0.5 ) discard;
	for ( int i = 0; i < 2; i ++ ) {
		vec3 inner = vec3( 0.0 );
	}
#elif defined(USE_COLOR) || A
	vec3 tint = vec3(1.0);
#else
	return;
#endif
out vec4 late;
