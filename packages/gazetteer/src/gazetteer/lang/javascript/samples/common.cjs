module.exports = {
  listed,
  renamed: listed,
  value: 1,
  method(a) {},
  bound: function () {},
  arrow: (x) => x,
  other: require("./other"),
};
function listed() {}
