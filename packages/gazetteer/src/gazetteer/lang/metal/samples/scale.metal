#include <metal_stdlib>
using namespace metal;

// Scales each value.
template <typename T>
kernel void scale(
    device T* values [[buffer(0)]],
    constant float& by [[buffer(1)]],
    uint index [[thread_position_in_grid]]) {
  values[index] *= by;
}
constant float device = 1.0;
struct Vertex {
  float4 position [[position]];
  device float* extra;
};
vertex Vertex shade(constant Vertex* all, uint kernel) { return all[kernel]; }
