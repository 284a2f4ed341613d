// A shop, lit from above.
// The words "uniform ghost" and struct Ghost { declare nothing here.
#ifndef SHOP_GLSL
#define SHOP_GLSL
#version 450 core
#extension GL_GOOGLE_include_directive : require

#include "till.glsl"
#include <lights/sun.glsl>
#ifdef WITH_NOISE
#pragma glslify: noise = require(glsl-noise/simplex/2d)
#endif

#define SHELVES 12 // how many there are
/* The larger one. */
#define MAX(a, b) \
    ((a) > (b) ? (a) : (b)) /* not "struct X {" */
#define PRECISION ${PRECISION}

precision highp float;
layout(local_size_x = 8, local_size_y = 8) in;
layout(std430) buffer;

/* Where prices go. */
layout(set = 0, binding = 0, rgba16f)
    uniform PRECISION restrict writeonly image3D uPrices;
layout(constant_id = 3) const int order = 2;
uniform sampler2D uLabels[4], uSigns; // what is read
in vec3 place;
flat out ivec2 shelf;
varying vec2 v_uv;
shared float sums[SHELVES];
const vec3 table[2] = vec3[2](vec3(1.0, 2.0, 3.0), vec3(0.0));
const float a = 1.0, b = a < 2.0 ? a : 2.0;
invariant gl_Position;

// Of a box.
struct Box {
    float width; // in centimetres
    float height, depth;
    vec4[2] corners;
    mat4 moves[3];
} first, others[2];
struct { int x; } nameless;

/* Params. */
layout(set = 0, binding = 2) uniform PRECISION restrict Block {
    ivec4 extents; /* of the input */
    Box boxes[];
}
uBlock;
buffer Prices { float price[]; };
in gl_PerVertex { vec4 gl_Position; } gl_in[];

subroutine vec4 Paint(vec3 at);
subroutine(Paint) vec4 red(vec3 at) { return vec4(1.0); }
subroutine uniform Paint paint;

float area(in Box box);
float area(in Box box) {
    struct Local { int x; } local;
    float inner = 1.0;
    for (int i = 0; i < 2; i++) { inner *= 2.0; }
    return box.width * box.height; // }
}
#ifdef GL_ES
mediump vec4 tinted(lowp vec4 colour, const in float by[2]) {
#else
vec4 tinted(vec4 colour, const in float by[2]) {
#endif
    return colour * by[0];
}
float[2] pair(float, out float);
highp
vec3
    spread
    (
        inout vec3 at,
        vec2 by
    )
{ return at; }
DECLARE_THING(one, 2);
APPLY(main, void);
void main(void) { shelf = ivec2(gl_GlobalInvocationID.xy); }
#endif
