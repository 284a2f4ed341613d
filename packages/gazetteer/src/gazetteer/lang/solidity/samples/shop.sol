// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/* A shop: the words "contract Ghost {}" declare nothing here. */

import "./till.sol";
import {Node, Thing as T} from "../nodes.sol";
import * as D from "@shops/d.sol";
import "e.sol" as E;

uint256 constant MAX = 10;
type Price is uint128;
/// @notice Nothing is left.
/// @param why says so
error Free(uint a, string why);
event Top(address indexed a);
struct S {
    uint a; // how many
    mapping(address => uint) b;
}
enum Unit { Cm, /* By twelve. */ Inch }
using {add as +, L.f} for Price global;

/**
 * @title A box
 * @dev Holds things.
 */
abstract contract Box is Base(1), D.Thing {
    using L for uint256;
    enum Kind {
        // The first.
        One,
        Two
    }
    struct Inner { uint x; }
    event Sold(address indexed who, uint256 amount) anonymous;
    error Bad();

    // What it costs.
    uint256 public immutable price = 1;
    mapping(address owner => mapping(address => bool)) private _allowed;
    address payable internal constant x = payable(address(0));
    function() external returns (uint) callback;
    uint[] sizes;

    modifier onlyOwner(uint a) virtual { _; }
    modifier later() virtual;
    constructor(uint a) Base(a) payable { }
    receive() external payable {}
    fallback(bytes calldata d) external returns (bytes memory) {}

    /** @notice Sells. @return c the sum */
    function sell(uint256 a, S[] memory b)
        public
        view
        virtual
        override(A, B)
        onlyOwner(1)
        returns (uint256 c, bool)
    {
        uint y = 1;
        string memory s = "function no() {}";
        assembly { let z := 1 function inner() {} }
    }
    function declared(uint) external returns (uint);
}
library L { function add(Price a) pure internal returns (uint) { return 1; } }
interface I is Node, T { function z() external; event Gone(); }
function free(uint a) pure returns (uint) { return a; }
contract Empty layout at 0x1 { uint transient t; }
