/** A part of the page that is made once and brought up to date in place. */
export interface View<Value, E extends Element = HTMLElement> {
  readonly element: E
  update(value: Value): void
}
