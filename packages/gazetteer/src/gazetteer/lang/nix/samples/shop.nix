# Sells things.
{
  lib,
  stdenv ? import ./std.nix,
  fetchurl,
  withCoins ? true, # pays in coins
  ...
}@args:

let
  inherit (lib) mkOption types;
  # How many.
  count = 3;
  /** Adds two numbers. */
  add = a: b: let inner = a; in inner + b;
  till = { open, price ? 1 }: { sum = price; };
  text = ''
    name = "not a binding"; ''${no} ${toString ./count.txt} '''
  '';
  lists = [ ./a.nix { in_list = 1; } ];
in
assert withCoins;
stdenv.mkDerivation (final: {
  pname = "shop";
  version = "1.${toString count}"; # inner = 2;
  src = ./src;
  meta = {
    license = lib.licenses.mit;
    "quoted name" = x: x;
  };
  "${final.pname}-dynamic" = 1;
  passthru.tests.unit = callPackage ./tests.nix { };
  options.services.shop.enable = lib.mkOption {
    type = types.bool;
    description = "Whether to sell.";
  };
  nested = rec { deep = { deeper = 1; }; };
  url = https://example.org/a=b;
  far = import <nixpkgs> { };
})
