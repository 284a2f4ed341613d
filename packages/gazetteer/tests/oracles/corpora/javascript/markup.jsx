import React, { useState } from 'react';
/** A button. */
export const Button = ({ label, onClick = () => {}, ...props }) => <button {...props} onClick={() => { function notMe() {} }}>{label} class Fake {'{'} function no() {} import x from "y"</button>;
export default function App() { const [s, set] = useState(0); const helper = () => <></>; function render() {} return <div a="class B {}">{helper()}{/* function c() {} */}</div>; }
const Memo = React.memo(function MemoInner(p) { return <p.x.y/> }), Ref = React.forwardRef((p, r) => <i/>);
class Old extends React.Component { state = {}; static propTypes = {}; handle = (e) => {}; render() { return <A.B c:d="e" />; } }
App.displayName = "x"; App.Sub = function () {};
export const hoc = (C) => class extends React.Component { render() { return <C/>; } };
