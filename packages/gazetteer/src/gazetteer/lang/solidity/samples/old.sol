/// @title An old one
pragma solidity >=0.4.22 <0.6.0;
import 'a.sol';
contract Old {
    string constant public name = "contract X { uint y; }";
    uint a = 1; /// behind
    function Old() public payable {}
    function () external payable { }
    function each(uint8[3] storage list, function (uint) external returns (bool) f) internal returns (bool) { var b = 1; throw; }
    event Log(string);
}
