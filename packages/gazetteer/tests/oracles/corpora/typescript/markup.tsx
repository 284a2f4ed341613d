import * as React from "react"; import type { FC } from "react";
export interface Props<T> extends React.HTMLAttributes<HTMLDivElement> { items: T[]; render?: (item: T) => JSX.Element }
export const List: FC<Props<any>> = ({ items, ...rest }) => <div {...rest}>{items.map((i: any) => <Item<string> key={i} value={"class No {}"} />)}</div>;
export function Generic<T extends object>(props: Props<T>): JSX.Element { const f = <U,>(u: U) => u; return <><Ctx.Provider value={f}>function fake() {}</Ctx.Provider></>; }
export default class View<P = {}> extends React.Component<P, { open: boolean }> { state = { open: false }; static defaultProps: Partial<Props<any>> = {}; private ref = React.createRef<HTMLDivElement>(); toggle = (): void => this.setState(s => ({ open: !s.open })); render() { return this.state.open ? <b>it's &amp; "x"</b> : null; } }
const Styled = styled.div<{ a: boolean }>`color: ${(p) => p.a}; class X {}`; const enum K { A } type X = keyof JSX.IntrinsicElements;
export const Ref = React.forwardRef<HTMLDivElement, Props<any>>(function Ref(props, ref) { return <div ref={ref as any} /> }); const arrow = async <T extends unknown>(x: T) => <T2 a={x as T} />;
