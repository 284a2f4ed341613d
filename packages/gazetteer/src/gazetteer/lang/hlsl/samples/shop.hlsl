// A shop for Direct3D.
#include "common.hlsli"
#define TAXED(x) ((x) * 1.2f)

namespace shops {
/// What is sold.
interface IThing { float price(float tax = 1.2f); };
class Box : IThing, Base<float> {
    float width;
    row_major float4x4 moves[2];
    float price(float tax = 1.2f) { return width * tax; }
    static float area(Box box);
};
float Box::area(Box box) { return box.width; }
namespace inner { static const int deep = 3; }
}
enum class Colour : uint { Red = 1, Green = Red << 1, /* last */ Blue };
enum { Loose };
typedef float4 colour4;
typedef struct { int x; } Point;
struct VsOut { float4 position : SV_Position; linear float2 uv : TEXCOORD0; /* where */ };

cbuffer PerFrame : register(b0) {
    float4x4 view : packoffset(c0); // to the eye
    float3 eye, up;
}
tbuffer Tables { float4 rows[16]; };
CBUFFER_START(UnityPerMaterial)
    float4 _Colour;
CBUFFER_END
TEXTURE2D(_Map); SAMPLER(sampler_Map);

Texture2D<float4> map : register(t0);
RWStructuredBuffer<float3> results : register(u1), more;
[[vk::binding(1, 0)]] ConstantBuffer<VsOut> constants;
SamplerState smooth_one { Filter = MIN_MAG_MIP_LINEAR; AddressU = Wrap; };
sampler2D old = sampler_state { Texture = <map>; };
static const float weights[3] = { 0.25, 0.5, 0.25 };
groupshared uint counts[64];
float shade : COLOR < string UIName = "struct No { int a; };"; > = 1;
uniform extern float4 tint = float4(1, 0, 0, 1);

template<typename T> T twice(T value) { return value * 2; }

/* Runs for each thread. */
[numthreads(8, 8, 1)]
[RootSignature("CBV(b0)")]
void main(uint3 id : SV_DispatchThreadID, inout VsOut o, float4 c[2] : COLOR0 = 0) { if (id.x) { return; } }
float4 PS(VsOut input) : SV_Target { return 1; }
float4
Late(in float2 uv : TEXCOORD0)
    : SV_Target0;
technique11 Draw {
    pass P0 { SetPixelShader(CompileShader(ps_5_0, PS())); }
}
struct Forward;
