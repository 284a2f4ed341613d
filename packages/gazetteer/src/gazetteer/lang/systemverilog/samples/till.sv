// SPDX-License-Identifier: MIT

// Counts coins.

`timescale 1ns/1ps
`include "coin_macros.svh"
`define ADD(a, b) \
  ((a) + (b))
`define SIZE 8

package till_pkg;
  // Metals.
  typedef enum logic [1:0] { GOLD, SILVER = 2'b10 } metal_e;
  typedef struct packed { logic [3:0] worth; } coin_t;
  typedef logic [`SIZE-1:0] bag_t;
  parameter int unsigned MOST = 16, LEAST = 1;
  function automatic int sum(int a, int b = 1);
    int inner_v = a; // module no;
    return a + b;
  endfunction
endpackage

/* The till. */
module till
  import till_pkg::*;
#(
  parameter int Width = 8,
  parameter type T = coin_t
) (
  input  logic clk_i, rst_ni,
  input  coin_t [3:0] coins_i,
  output logic [Width-1:0] sum_o
);
  localparam int Depth = 2;
  import other_pkg::thing;
  wire a;
  coin_t c;
  counter #(.W(Width)) u_counter (.clk(clk_i), .q(a));
  latch u_latch [1:0] (clk_i, a), u_more (clk_i, c);
  for (genvar i = 0; i < 2; i++) begin : gen_x
    adder u_adder (.a(a));
  end
  always_ff @(posedge clk_i) begin
    if (a) $display("module text (x);");
    do_it (a);
  end
  task automatic do_it(input logic x); endtask
  and g1 (a, b);
endmodule : till

interface bus_if (input clk);
  modport host (input clk);
endinterface

virtual class base_c;
  pure virtual function void f(int x);
endclass
class coin_c #(type T = int) extends base_c;
  extern function new(string name);
  virtual task run(); endtask
endclass
import "DPI-C" function int c_sum(input int a);
module tb; till dut (); endmodule
