import React, { useState } from "react";

interface Props { title: string; children?: React.ReactNode }

/** Shows a title. */
export const View: React.FC<Props> = ({ title, children }) => {
  const [open, setOpen] = useState(false);
  function toggle() { setOpen(!open); }
  return <div onClick={toggle}>class Words function here() {"interface InString {}"} {title}</div>;
};

export default class Page extends React.Component<Props> {
  state = { class: "x" };
  render() { return <View title="enum E { A }"><b>type T = 1</b></View>; }
}
